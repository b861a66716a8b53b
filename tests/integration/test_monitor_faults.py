"""What may go wrong around a container, and must not end its supervision nor lose its exit status."""

import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time

import monitored


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Faults(monitored.TestCase):
    def test_a_caller_that_is_gone_changes_nothing(self):
        container = self.container(["sh", "-c", "exit 7"])
        container.create("--runtime-opt", "--no-new-keyring")
        container.sync.close()
        container.start()
        self.assertEqual(container.wait(), "7")

    def test_a_caller_that_closed_the_sync_pipe_before_the_pid_came(self):
        container = self.container(["sh", "-c", "exit 7"])
        read, write = os.pipe()
        start_read, start_write = os.pipe()
        env = {**os.environ, "_OCI_SYNCPIPE": str(write), "_OCI_STARTPIPE": str(start_read)}
        process = subprocess.Popen(container.command(), env=env, pass_fds=(write, start_read), cwd=container.dir)
        for fd in (read, write, start_read):
            os.close(fd)
        os.close(start_write)
        self.assertEqual(process.wait(60), 0)
        self.eventually((container.dir / "pidfile").exists)
        self.eventually(lambda: container.call("start", container.id, check=False).returncode == 0)
        self.assertEqual(container.wait(), "7")

    def test_an_exit_directory_without_room_gets_the_status_when_there_is_some(self):
        container = self.container(["sh", "-c", "exit 7"])
        exits = container.dir / "exits"
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", exits], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", exits])
        filler = exits / "filler"
        with self.assertRaises(OSError):
            filler.write_bytes(b"x" * (1 << 20))
        container.create()
        container.start()
        self.eventually(lambda: (container.dir / "persist" / "exit").exists())
        self.assertEqual((container.dir / "persist" / "exit").read_text(), "7")
        self.assertFalse((exits / container.id).exists())
        filler.unlink()
        self.assertEqual(container.wait(), "7")

    def test_an_exit_directory_that_is_missing_costs_only_the_file(self):
        container = self.container(["sh", "-c", "exit 7"])
        (container.dir / "exits").rmdir()
        container.create("--sync")
        container.start()
        self.assertEqual(container.process.wait(60), 7)

    def test_while_the_exit_command_hangs_everything_else_is_done(self):
        container = self.container(["sh", "-c", "echo out; exit 7"])
        container.create("--exit-command", "/bin/sleep", "--exit-command-arg", "3")
        client = container.attach()
        container.start()
        self.assertEqual(monitored.frames(client), {2: b"out\n"})
        self.assertIsNone(container.next_message())
        self.assertTrue(container.monitor_runs())
        self.assertEqual((container.dir / "exits" / container.id).read_text(), "7")
        self.assertEqual(container.wait(), "7")

    def test_out_of_descriptors_it_still_supervises(self):
        container = self.container(["sh", "-c", "read a; echo got $a; exit 7"])
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        container.create("--stdin", "--leave-stdin-open",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (48, hard)))
        container.start()
        first = container.attach()
        crowd = []

        def one_more():
            client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.addCleanup(client.close)
            client.setblocking(False)
            crowd.append(client)
            try:
                with monitored.harness_cwd(container.dir):
                    client.connect("attach")
            except BlockingIOError:
                pass  # it has not come to let in those before
            return descriptors(container.monitor_pid) == 48
        self.eventually(one_more)
        one_more()
        self.eventually(lambda: self.sleeps(container), message="it does not sleep")
        for client in crowd:
            client.close()
        late = container.attach()
        late.send(b"line\n")  # heard only once it has been accepted, behind all of the crowd
        self.assertEqual(monitored.frames(late), {2: b"got line\n"})
        self.assertEqual(monitored.frames(first), {2: b"got line\n"})
        self.assertEqual(container.wait(), "7")

    @staticmethod
    def sleeps(container):
        """For a while on end. One that is busy runs or waits for the CPU all the time."""
        def state():
            return pathlib.Path(f"/proc/{container.monitor_pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        for _ in range(20):
            if state() != "S":
                return False
            time.sleep(0.01)
        return True

    def test_clients_that_come_and_go_leave_no_descriptor(self):
        container = self.container(["sleep", "100"])
        container.create()
        container.start()
        container.attach().close()
        self.eventually(lambda: container.dir.exists())
        before = descriptors(container.monitor_pid)
        for _ in range(200):
            container.attach().close()
        self.eventually(lambda: descriptors(container.monitor_pid) <= before)

    def test_orphans_of_the_container_are_reaped_while_it_runs(self):
        # In the host's pid namespace an orphan of the container's falls to the monitor.
        container = self.container(["sh", "-c", "for i in 1 2 3 4 5; do (sleep 0.05 &); done; echo up; exec sleep 100"])

        container.config["linux"]["namespaces"] = [
            n for n in container.config["linux"]["namespaces"] if n["type"] != "pid"]
        (container.dir / "config.json").write_text(json.dumps(container.config))
        container.create()
        container.start()
        self.eventually(lambda: container.text() == "up\n")
        children = pathlib.Path(f"/proc/{container.monitor_pid}/task/{container.monitor_pid}/children")
        self.eventually(lambda: children.read_text().split() == [str(container.pid)])

    def test_the_payload_that_dies_before_it_is_started_is_recorded(self):
        for container in self.under_each_monitor(["sleep", "100"]):
            container.create()
            os.kill(container.pid, signal.SIGKILL)
            self.assertEqual(container.wait(), "137")

    def test_an_idle_monitor_is_small_and_sleeps(self):
        container = self.container(["sleep", "100"])
        container.create()
        container.start()
        def state():
            status = pathlib.Path(f"/proc/{container.monitor_pid}/status").read_text()
            return [line for line in status.splitlines() if "ctxt_switches" in line]
        time.sleep(1.5)  # the start is over
        before = state()
        time.sleep(1)
        self.assertEqual(state(), before)
        rollup = pathlib.Path(f"/proc/{container.monitor_pid}/smaps_rollup").read_text()
        private = int(next(line for line in rollup.splitlines() if line.startswith("Private_Dirty")).split()[1])
        if not monitored.harness.SANITIZED:
            self.assertLessEqual(private, 100)


if __name__ == "__main__":
    monitored.main()
