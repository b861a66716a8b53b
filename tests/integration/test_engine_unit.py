"""berth run as a unit's process: it becomes the supervisor. (With real systemd: tests/system.)

The unit is a cgroup that is marked as delegated, and the environment that systemd gives.
"""

import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import time
import unittest
import uuid

import engine


@unittest.skipUnless(engine.CGROUP and os.geteuid() == 0, "needs a cgroup v2 tree that may be written")
class UnderAUnit(engine.TestCase):
    def setUp(self):
        super().setUp()
        self.make_unit()

    def make_unit(self):
        """As systemd makes one for each start: the cgroup of an earlier run has its controllers enabled."""
        self.unit = engine.CGROUP / f"berth-unit-{uuid.uuid4().hex[:8]}"
        self.unit.mkdir()
        os.setxattr(self.unit, "trusted.delegate", b"1")
        self.addCleanup(self.remove_unit, self.unit)

    def remove_unit(self, unit):
        for folder, _, _ in os.walk(unit, topdown=False):
            self.eventually(lambda: not (pathlib.Path(folder) / "cgroup.procs").read_text())
            pathlib.Path(folder).rmdir()

    def run_as_unit(self, *args, environment=None, **kwargs):
        environment = {**os.environ, "INVOCATION_ID": uuid.uuid4().hex, **(environment or {})}
        # The shell's own pid is the one that systemd would have put there.
        command = ["/bin/sh", "-c", f'echo 0 > {self.unit}/cgroup.procs || exit; SYSTEMD_EXEC_PID=$$ exec "$@"',
                   "unit", self.program("berth"), *self.globals, "run", "--name", "web", *map(str, args)]
        process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, **kwargs)
        self.addCleanup(self._end, process)
        self.addCleanup(self.remove_all)  # first: the payload holds the pipes
        return process

    def test_the_process_becomes_the_monitor_and_the_cgroup_is_split(self):
        process = self.run_as_unit("--rootfs", self.rootfs(), "sh", "-c", "echo up; exec sleep 100")
        self.assertEqual(process.stdout.readline(), "up\n")
        self.eventually(lambda: self.status("web") == "running")
        state = self.inspect("web")["State"]
        self.assertEqual(state["ConmonPid"], process.pid)
        self.assertIn(str(process.pid), (self.unit / "supervisor" / "cgroup.procs").read_text().split())
        self.assertEqual((self.unit / "container" / "cgroup.procs").read_text().split(), [str(state["Pid"])])
        self.assertEqual((self.unit / "cgroup.procs").read_text(), "")

    def test_its_exit_status_is_the_containers(self):
        process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "sh", "-c", "exit 7")
        self.assertEqual(process.wait(60), 7)
        self.assertEqual(self.names("-a"), [])

    def test_sigterm_stops_it_and_nothing_stays(self):
        process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "sh", "-c",
                                   "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done")
        self.assertEqual(process.stdout.readline(), "up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(self.names("-a"), [])
        self.assertFalse((self.unit / "container").exists())
        self.assertEqual((self.unit / "supervisor" / "cgroup.procs").read_text(), "")

    def test_sigterm_is_the_containers_stop_signal(self):
        process = self.run_as_unit("--rm", "--stop-signal", "INT", "--rootfs", self.rootfs(), "sh", "-c",
                                   "trap 'exit 5' INT; echo up; while :; do sleep 0.1; done")
        self.assertEqual(process.stdout.readline(), "up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 5)

    def test_a_stop_of_the_whole_unit_while_it_ends_leaves_nothing(self):
        """systemd sends SIGTERM to all that is in the unit: also to who clears away, whatever it is doing."""
        told = set()
        for _ in range(100):  # the moment is short and may be missed
            self.make_unit()
            process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "sh", "-c", "exit 5")
            while process.poll() is None:
                for pid in self.supervisor_processes(b"\0container\0cleanup\0") - told:
                    told.add(pid)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGTERM)
            self.assertEqual(process.returncode, 5, process.communicate())
            self.assertEqual(self.leftovers(), [])  # first: any command would heal
            self.assertEqual(self.names("-a"), [])
            if len(told) >= 8:
                return
        self.fail(f"only {len(told)} were told in time")

    def test_a_stop_while_it_starts_leaves_nothing(self):
        chance = random.Random(11)
        for _ in range(12):
            self.make_unit()
            process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "sh", "-c",
                                       "trap 'exit 0' TERM; while :; do sleep 0.01; done")
            self.eventually(lambda: process.poll() is not None or (self.unit / "supervisor").exists())
            time.sleep(chance.uniform(0, 0.1))  # the moment is what is varied
            process.send_signal(signal.SIGTERM)
            # A shell that has not set its trap yet is deaf as the first process of its namespace: it is told again.
            while process.poll() is None:
                time.sleep(0.05)
                process.send_signal(signal.SIGTERM)
            self.assertNotEqual(process.returncode, -9)
            self.eventually(lambda: self.leftovers() == [], message=str(self.leftovers()))
            self.assertEqual(self.names("-a"), [])

    def supervisor_processes(self, arguments):
        """By `arguments` as they follow one another: a line that is read during an execve is of two programs."""
        found = set()
        with contextlib.suppress(OSError):
            for pid in (self.unit / "supervisor" / "cgroup.procs").read_text().split():
                if arguments in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(int(pid))
        return found

    def test_stop_from_outside_ends_the_unit(self):
        process = self.run_as_unit("--rootfs", self.rootfs(), "sh", "-c",
                                   "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done")
        self.assertEqual(process.stdout.readline(), "up\n")
        self.eventually(lambda: self.status("web") == "running")
        self.berth("stop", "web")
        self.assertEqual(process.wait(60), 3)
        self.assertEqual(self.inspect("web")["State"]["ExitCode"], 3)

    def test_a_command_that_is_missing_fails_the_unit_and_leaves_nothing(self):
        process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "nosuch")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 127)
        self.assertIn('"nosuch" not found', err)
        self.assertEqual(self.names("-a"), [])

    def test_a_start_that_the_runtime_refuses_fails_the_unit_and_leaves_nothing(self):
        (self.rootfs() / "bin" / "dangling").symlink_to("/dev/nowhere")
        process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "/bin/dangling")
        _, err = process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("/bin/dangling", err)
        self.eventually(lambda: self.names("-a") == [])

    def test_an_inherited_environment_makes_no_unit(self):
        process = self.run_as_unit("--rm", "--rootfs", self.rootfs(), "sh", "-c", "exit 4",
                                   environment={"SYSTEMD_EXEC_PID": "1"})
        self.assertEqual(process.wait(60), 4)

    def test_without_delegation_it_is_the_main_process_all_the_same(self):
        os.removexattr(self.unit, "trusted.delegate")
        script = f'echo 0 > {self.unit}/cgroup.procs || exit; SYSTEMD_EXEC_PID=$$ exec "$@"'
        process = self.start_program("berth", "notify", "exec", "--timeout", "10", "--until", "exit", "--", "/bin/sh", "-c",
                                     script, "unit", self.program("berth"), *self.globals, "run", "--rm", "--name", "web",
                                     "-v", f"{self.static_berth()}:/usr/bin/berth:ro", "--rootfs", self.rootfs(),
                                     "sh", "-c", "berth notify send READY=1 --barrier; exec sleep 100",
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(self.remove_all)
        said = ""
        while not re.search(r"uid 0 .* READY=1", said):  # the command line has READY=1, too
            line = process.stdout.readline()
            self.assertNotEqual(line, "", said)
            said += line
        state = self.inspect("web")["State"]
        self.assertRegex(said, rf"pid {state['ConmonPid']} +uid 0 \(berth-monitor\) +READY=1")
        self.assertEqual((self.unit / "cgroup.procs").read_text().split(), [str(state["ConmonPid"])])
        self.assertFalse((self.unit / "container").exists())

    def static_berth(self):
        return pathlib.Path(os.environ.get("BERTH_STATIC_BIN", engine.harness.BIN)).resolve() / "berth"

    def test_with_sdnotify_conmon_the_monitor_says_ready(self):
        script = f'echo 0 > {self.unit}/cgroup.procs || exit; SYSTEMD_EXEC_PID=$$ exec "$@"'
        process = self.start_program("berth", "notify", "exec", "--timeout", "10", "--", "/bin/sh", "-c", script, "unit",
                                     self.program("berth"), *self.globals, "run", "--name", "web",
                                     "--sdnotify=conmon", "--rootfs", self.rootfs(), "sleep", "100",
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(self.remove_all)
        said = ""
        while "READY=1" not in said:
            line = process.stdout.readline()
            self.assertNotEqual(line, "", said)
            said += line
        monitor = self.inspect("web")["State"]["ConmonPid"]
        self.assertRegex(said, rf"pid {monitor} +uid 0 \(berth-monitor\) +READY=1")


if __name__ == "__main__":
    unittest.main()
