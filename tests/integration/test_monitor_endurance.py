"""What must hold in numbers: much output, many exec sessions, many lives, floods. A short count of each, unless
BERTH_SOAK is set: then the full one (`./dev soak`), and how long it took is told on stderr.
"""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import monitored
from test_monitor_exec import Session

FULL = "BERTH_SOAK" in os.environ
AT_ONCE = 4


def count(short, full):
    return full if FULL else short


def children(pid):
    return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def descriptors(pid):
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):  # closed since
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}").split(":")[0])
    return sorted(found)


def files_below(path):
    return sorted(str(file) for file in pathlib.Path(path).rglob("*"))


class Endurance(monitored.TestCase):
    def setUp(self):
        super().setUp()
        begun = time.monotonic()
        if FULL:
            self.addCleanup(lambda: print(f"\n{self.id().rsplit('.', 1)[1]}: {time.monotonic() - begun:.0f} s", file=sys.stderr))

    def peak_kb(self, container):
        status = pathlib.Path(f"/proc/{container.monitor_pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])

    def test_output_without_end_costs_no_memory_and_a_client_that_never_reads_is_dropped(self):
        size = count(100 << 20, 10 << 30)
        script = f"yes 0123456789012345678901234567890123456789 | head -c {size}; echo; echo done; read line; exit 7"
        container = self.container(["sh", "-c", script])
        container.create("--stdin", "--leave-stdin-open", "--log-size-max", 1 << 20)
        stuck = container.attach()
        container.start()
        def last_line():
            try:
                return container.log.read_bytes()[-100:]
            except FileNotFoundError:  # a new one is about to take its place
                return b""
        self.eventually(lambda: b"F done\n" in last_line(), timeout=count(120, 3600))
        if not monitored.harness.SANITIZED:
            self.assertLess(self.peak_kb(container), 4096)
        self.assertLess(container.log.stat().st_size, 2 << 20)
        late = container.attach()
        late.send(b"go\n")
        self.assertEqual(container.wait(), "7")
        # What was sent before it was dropped is there; all of the output is not.
        self.assertLess(sum(map(len, monitored.frames(stuck).values())), size)

    def execs(self, container, numbers):
        for at in range(0, len(numbers), AT_ONCE):
            sessions, processes = [], []
            for number in numbers[at:at + AT_ONCE]:
                session = Session(container, f"exec{number}", ["sh", "-c", f"exit {number % 100}"])
                process = subprocess.Popen(session.command("--sync"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.PIPE, text=True)
                sessions.append((number, session, process))
                processes.append(process)
            for number, session, process in sessions:
                _, errors = process.communicate(timeout=120)
                self.assertEqual(process.returncode, number % 100, errors)
                self.assertEqual((session.dir / "exit" / container.id).read_text(), str(number % 100))
                subprocess.run(["rm", "-r", session.dir], check=True)

    def test_exec_sessions_leave_nothing(self):
        container = self.container(["sleep", "1000000"])
        container.create()
        container.start()
        self.execs(container, range(AT_ONCE))  # what the first ones make and keep is there
        before = (files_below(container.dir), descriptors(container.monitor_pid), children(container.monitor_pid))
        self.execs(container, range(count(20, 10_000)))
        self.assertEqual((files_below(container.dir), descriptors(container.monitor_pid), children(container.monitor_pid)), before)
        self.assertEqual(len(monitored.harness.processes_of(container.id)), 1)  # its monitor

    def life(self, container, number):
        message = container.create("--exit-command", "/bin/true")
        self.assertGreater(message["data"], 0, message)
        container.start()
        container.sync.close()
        self.assertEqual(container.wait(timeout=60), "7", number)
        container.call("delete", container.id)
        (container.dir / "exits" / container.id).unlink()
        (container.dir / "monitor.pid").unlink()
        container.process.communicate()

    def test_lives_of_a_container_leave_nothing(self):
        container = self.container(["sh", "-c", "echo out; exit 7"])
        self.life(container, 0)
        before = files_below(container.dir)
        for number in range(count(10, 1000)):
            self.life(container, number)
        self.assertEqual(files_below(container.dir), before)
        self.assertEqual(monitored.harness.processes_of(container.id), [])
        self.assertNotIn(str(self.scratch), pathlib.Path("/proc/self/mountinfo").read_text())
        self.assertEqual(len(container.lines()), count(10, 1000) + 1)
        self.assertEqual([str(path) for path in pathlib.Path("/sys/fs/cgroup").glob(f"*{container.id}*")], [])

    def test_floods_of_garbage_at_every_door_cost_no_memory_and_no_exit_status(self):
        container = self.container(["sh", "-c", "cat > /dev/null; exit 7"])
        (container.dir / "notify").mkdir()
        container.create("--stdin", "--leave-stdin-open", "--sdnotify-socket", self.scratch / "nobody.sock")
        container.start()
        before = len(descriptors(container.monitor_pid))
        with monitored.harness_cwd(container.dir):
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.addCleanup(notify.close)
            notify.connect("notify/notify.sock")
            ctl = os.open("ctl", os.O_WRONLY)
            winsz = os.open("winsz", os.O_WRONLY)
            client = container.attach()
            for _ in range(count(2000, 500_000)):
                junk = os.urandom(200)
                client.send(junk)
                notify.send(junk)
                os.write(ctl, junk)
                os.write(winsz, junk + b"\n")
            for fd in (ctl, winsz):
                os.close(fd)
            client.close()
        # One more may stay: the pidfd of who sent the last notification.
        self.eventually(lambda: len(descriptors(container.monitor_pid)) <= before + 1, timeout=60,
                        message=lambda: f"{descriptors(container.monitor_pid)}: more than {before} + 1")
        if not monitored.harness.SANITIZED:
            self.assertLess(self.peak_kb(container), 4096)
        container.call("kill", container.id, "KILL")
        self.assertEqual(container.wait(), "137")


class AFullDirectory(monitored.TestCase):
    """/run is a small tmpfs on many machines."""

    def test_is_told_to_the_caller_who_gets_no_container(self):
        for inodes in range(12, 40):
            container = self.container(["true"], name=f"inodes{inodes}")
            config = json.dumps(container.config)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=64k,nr_inodes={inodes}", "none", container.dir], check=True)
            self.addCleanup(subprocess.run, ["umount", "-l", container.dir], check=True)
            for sub in ("exits", "persist", "root"):
                (container.dir / sub).mkdir()
            (container.dir / "config.json").write_text(config)
            fillers = []
            try:
                for number in range(inodes):
                    filler = container.dir / f"filler{number}"
                    filler.touch()
                    fillers.append(filler)
            except OSError:
                pass
            for filler in fillers[:inodes - 12]:  # more room each time, until there is enough
                filler.unlink()
            message = container.create("--sync")
            if message and message["data"] > 0:
                container.start()
                self.assertEqual(container.process.wait(60), 0)
                container.call("delete", "--force", container.id)  # while its state is still mounted
                return
            self.assertNotEqual(container.process.wait(60), 0)
            if message:
                self.assertEqual(message["data"], -1)
                self.assertNotEqual(message["message"], "")
            container.call("delete", "--force", container.id, check=False)
            self.assertEqual(monitored.harness.processes_of(container.id), [])
        self.fail("there was never enough room")


if __name__ == "__main__":
    monitored.main()
