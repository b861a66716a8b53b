"""The sd_notify line of real containers: through berth-runtime alone, and through berth-monitor."""

import array
import os
import select
import shutil
import signal
import socket
import subprocess
import unittest

import harness
import runtime_bundle


class Host:
    """A service manager's end that reads only when it is told to."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def receive(self, timeout=60):
        """The next message as (text, descriptors); barriers of the line's own end are answered by the caller."""
        if not select.select([self.socket], [], [], timeout)[0]:
            raise AssertionError("the host heard nothing")
        data, ancillary, _, _ = self.socket.recvmsg(8192, 8192)
        fds = [fd for _, kind, content in ancillary if kind == socket.SCM_RIGHTS for fd in array.array("i", content)]
        return data.decode(), fds

    def text(self):
        text, fds = self.receive()
        for fd in fds:
            os.close(fd)
        return text


class ContainerCase(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.host = Host(self.scratch / "host.sock")
        self.addCleanup(self.host.socket.close)
        self.env = dict(os.environ, NOTIFY_SOCKET=str(self.host.path))

    def notifying_bundle(self, script, **kwargs):
        config = self.bundle(["sh", "-c", script], **kwargs)
        shutil.copy2(harness.STATIC_BERTH, self.bundle_path / "rootfs" / "bin" / "berth")
        return config


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ThroughTheRuntime(ContainerCase):
    def test_the_whole_protocol_passes_while_run_stays_in_the_foreground(self):
        self.notifying_bundle("berth notify send STATUS=up READY=1 MAINPID=1 --barrier && berth notify send STOPPING=1; exit 7")
        run = self.start_runtime("run", "-b", self.bundle_path, self.id(), env=self.env, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        self.assertEqual(self.host.text(), "STATUS=up\nREADY=1")
        text, fds = self.host.receive()
        self.assertEqual((text, len(fds)), ("BARRIER=1", 1))
        self.assertEqual(select.select([self.host.socket], [], [], 0.1)[0], [], "the payload did not wait")
        os.close(fds[0])
        self.assertEqual(self.host.text(), "STOPPING=1")
        out, err = run.communicate(timeout=60)
        self.assertEqual((run.returncode, out, err), (7, "", ""))
        self.assert_nothing_left()

    def test_the_line_lives_on_after_create_and_start_have_returned(self):
        self.notifying_bundle("berth notify send READY=1; read line < /out/go; berth notify send STATUS=later; sleep 100",
                              mounts=[self.shared_mount()])
        os.mkfifo(self.shared / "go")
        self.create_with_manager()
        self.ok("start", self.id(), env=self.env)
        self.assertEqual(self.host.text(), "READY=1")
        with open(self.shared / "go", "w", encoding="ascii") as go:
            go.write("\n")
        self.assertEqual(self.host.text(), "STATUS=later")
        self.ok("delete", "--force", self.id())
        self.assertEqual(self.host.text(), "BARRIER=1")  # the line's own last one
        self.assert_nothing_left()

    def create_with_manager(self):
        self.ok("create", "-b", self.bundle_path, self.id(), env=self.env, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)

    def test_a_detached_run_makes_init_the_main_process_before_it_returns(self):
        self.notifying_bundle("berth notify send READY=1; sleep 100")
        run = self.start_runtime("run", "-d", "-b", self.bundle_path, self.id(), env=self.env,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        barrier = None
        texts = []
        while len(texts) < 2:  # in any order: the payload and the runtime speak for themselves
            text, fds = self.host.receive()
            if text == "BARRIER=1":
                barrier = fds[0]
            else:
                texts.append(text)
        if barrier is None:
            barrier = self.host.receive()[1][0]
        self.assertEqual(sorted(texts), [f"MAINPID={self.state()['pid']}", "READY=1"])
        self.assertIsNone(run.poll())
        os.close(barrier)
        self.assertEqual(run.wait(timeout=60), 0)
        self.ok("delete", "--force", self.id())
        self.assert_nothing_left()

    def test_the_payloads_socket_is_read_only_for_it_and_its_watchdog_is_its_own(self):
        self.notifying_bundle("touch /run/notify/x; rm /run/notify/notify.sock; grep ' /run/notify ' /proc/self/mountinfo; "
                              "echo $NOTIFY_SOCKET $WATCHDOG_USEC $WATCHDOG_PID", process={})
        env = dict(self.env, WATCHDOG_USEC="5000000")
        result = self.ok("run", "-b", self.bundle_path, self.id(), env=env)
        mount, variables = result.stdout.splitlines()
        for option in ("ro", "nosuid", "nodev", "noexec"):
            self.assertIn(option, mount.split()[5].split(","))
        self.assertEqual(variables, "/run/notify/notify.sock 5000000 1")
        self.assertIn("Read-only file system", result.stderr)

    def test_without_a_manager_there_is_no_line(self):
        self.notifying_bundle("ls /run; echo \"[$NOTIFY_SOCKET]\"")
        env = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id(), env=env).stdout, "[]\n")


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ThroughTheMonitor(ContainerCase):
    def hears_ready(self, text):
        """READY=1 and, at its heels, the barrier by which the monitor finds out whether it is heard."""
        self.assertEqual(self.host.text(), text)
        self.assertEqual(self.host.text(), "BARRIER=1")

    def start_monitor(self, script, *flags):
        """The container runs under berth-monitor --sync, as an engine would have it; returns the monitor."""
        mount = {"destination": "/run/notify", "type": "bind", "source": str(self.bundle_path / "notify"),
                 "options": ["bind", "ro", "nosuid", "nodev", "noexec"]}
        os.mkfifo(self.shared / "go")
        config = self.notifying_bundle(script, mounts=[mount, self.shared_mount()])
        config["process"]["env"].append("NOTIFY_SOCKET=/run/notify/notify.sock")
        self.write_config(config)
        pid_file = self.scratch / "pid"
        self.exits = self.scratch / "exits"
        self.exits.mkdir()
        log = open(self.scratch / "monitor.log", "w", encoding="utf-8")
        self.addCleanup(log.close)
        monitor = self.start_program(
            "berth-monitor", "--api-version", "1", "-c", self.id(), "-u", self.id(), "-n", self.id(), "-b", self.bundle_path,
            "-p", pid_file, "-r", self.program("berth-runtime"), f"--runtime-arg=--root={self.state_root}",
            "-l", "none:", "--exit-dir", self.exits, "--socket-dir-path", self.scratch, "--sync",
            "--sdnotify-socket", self.host.path, *flags,
            stdout=subprocess.DEVNULL, stderr=log,
            env={key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"})
        self.eventually(pid_file.exists, message="no container was created")
        self.ok("start", self.id())
        return monitor

    def end(self, monitor, code):
        exit_file = self.exits / self.id()
        self.eventually(exit_file.exists)
        self.assertEqual(exit_file.read_text(), str(code))
        self.assertEqual(monitor.wait(timeout=60), code)
        self.ok("delete", self.id())
        self.assert_nothing_left()

    def test_what_the_payload_says_reaches_the_host_and_a_barrier_waits_for_it(self):
        monitor = self.start_monitor("berth notify send STATUS=up READY=1 MAINPID=1 NOTIFYACCESS=all --barrier && "
                                     "berth notify send STOPPING=1; exit 3")
        self.hears_ready("STATUS=up\nREADY=1")
        text, fds = self.host.receive()
        self.assertEqual((text, len(fds)), ("BARRIER=1", 1))
        self.assertEqual(select.select([self.host.socket], [], [], 0.1)[0], [], "the payload did not wait")
        os.close(fds[0])
        self.assertEqual(self.host.text(), "STOPPING=1")
        self.assertEqual(self.host.text(), "BARRIER=1")  # the monitor's own: it may end now
        self.end(monitor, 3)

    def test_last_words_are_heard_although_the_payload_is_gone(self):
        monitor = self.start_monitor("for i in 1 2 3 4 5; do berth notify send STATUS=$i; done; kill -9 $$")
        self.assertEqual([self.host.text() for _ in range(6)], [f"STATUS={i}" for i in range(1, 6)] + ["BARRIER=1"])
        self.end(monitor, 0)  # init cannot kill itself: the shell's last command was kill, which did nothing

    def test_a_main_pid_passes_translated_when_it_is_allowed(self):
        monitor = self.start_monitor("berth notify send READY=1 MAINPID=1 --barrier; exit 0", "--sdnotify-allow", "mainpid")
        pid = (self.scratch / "pid").read_text()
        self.hears_ready(f"READY=1\nMAINPID={pid}")
        self.assertEqual(self.host.text(), "BARRIER=1")
        self.end(monitor, 0)

    def test_in_mode_conmon_the_monitor_says_ready_and_the_payload_is_not_heard(self):
        monitor = self.start_monitor("berth notify send READY=1 STATUS=mine --barrier && sleep 100", "--sdnotify-mode=conmon")
        with open(self.bundle_path / "ctl", "w", encoding="ascii") as ctl:
            ctl.write("16 0 0\n")
        self.hears_ready("READY=1")
        os.kill(int((self.scratch / "pid").read_text()), signal.SIGKILL)
        self.end(monitor, 137)

    def test_in_mode_healthy_only_the_first_ready_is_the_monitors(self):
        monitor = self.start_monitor("berth notify send READY=1 STATUS=up; read line < /out/go; berth notify send RELOADING=1; "
                                     "berth notify send READY=1 --barrier; exit 0", "--sdnotify-mode=healthy")
        self.assertEqual(self.host.text(), "STATUS=up")
        with open(self.bundle_path / "ctl", "w", encoding="ascii") as ctl:
            ctl.write("16 0 0\n")
        self.hears_ready("READY=1")
        with open(self.shared / "go", "w", encoding="ascii") as go:
            go.write("\n")
        self.assertEqual([self.host.text() for _ in range(4)], ["RELOADING=1", "READY=1", "BARRIER=1", "BARRIER=1"])
        self.end(monitor, 0)

    def words(self):
        return (self.scratch / "monitor.log").read_text()

    def test_a_host_that_does_not_read_is_named_once_in_the_log(self):
        monitor = self.start_monitor("for i in 1 2 3; do berth notify send READY=1; done; sleep 100")
        self.eventually(lambda: "has not read READY=1" in self.words(), timeout=60)
        os.kill(int((self.scratch / "pid").read_text()), signal.SIGKILL)
        self.end(monitor, 137)
        self.assertEqual(self.words().count("sd_notify:"), 1, self.words())
        self.assertIn(str(self.host.path), self.words())

    def test_a_host_that_is_gone_is_named_once_in_the_log(self):
        self.host.socket.close()
        monitor = self.start_monitor("for i in 1 2 3; do berth notify send READY=1; done; sleep 100")
        self.eventually(lambda: "does not listen" in self.words())
        os.kill(int((self.scratch / "pid").read_text()), signal.SIGKILL)
        self.end(monitor, 137)
        self.assertEqual(self.words().count("sd_notify:"), 1, self.words())

    def test_a_process_outside_of_the_container_is_not_heard(self):
        monitor = self.start_monitor("berth notify send STATUS=inside --barrier; sleep 100")
        self.assertEqual(self.host.text(), "STATUS=inside")
        self.assertEqual(self.host.text(), "BARRIER=1")
        env = dict(os.environ, NOTIFY_SOCKET=str(self.bundle_path / "notify" / "notify.sock"))
        self.assertEqual(self.run_program("berth", "notify", "send", "READY=1", "--barrier", env=env).returncode, 0)
        os.kill(int((self.scratch / "pid").read_text()), signal.SIGKILL)
        self.assertEqual(self.host.text(), "BARRIER=1")  # the monitor's own: it may end now
        self.end(monitor, 137)
        self.assertEqual(select.select([self.host.socket], [], [], 0)[0], [])


if __name__ == "__main__":
    unittest.main()
