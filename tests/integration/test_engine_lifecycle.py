"""berth stop, kill, rm, ps, inspect, wait, logs, attach, exec: what is done to a container that exists."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

import engine


class Ending(engine.TestCase):
    def test_stop_sends_the_stop_signal(self):
        self.run_detached("sh", "-c", "trap 'exit 4' USR1; echo up; while :; do sleep 0.1; done",
                          flags=["--stop-signal", "USR1"])
        self.wait_for_log("web", "up")
        self.assertEqual(self.berth("stop", "web").stdout, "web\n")
        state = self.inspect("web")["State"]
        self.assertEqual((state["Status"], state["ExitCode"], state["Pid"]), ("exited", 4, 0))

    def test_stop_kills_what_does_not_listen(self):
        self.run_detached("sleep", "100")
        result = self.berth("stop", "-t", "0", "web")
        self.assertEqual(self.inspect("web")["State"]["ExitCode"], 137)
        self.assertEqual(result.stderr, "")
        self.berth("start", "web")
        self.assertIn("resorting to SIGKILL", self.berth("stop", "-t", "1", "web").stderr)

    def test_stopping_what_does_not_run_is_no_error(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "true")
        self.berth("stop", "web")
        self.assertEqual(self.status("web"), "created")

    def test_stop_leaves_no_process_mount_or_cgroup(self):
        self.run_detached("sh", "-c", "sleep 100 & sleep 100")
        cgroup = self.inspect("web")["State"]["CgroupPath"]
        pid = self.inspect("web")["State"]["Pid"]
        self.berth("stop", "-t", "0", "web")
        self.assertFalse(os.path.exists(f"/proc/{pid}"))
        self.assertFalse((engine.CGROUP / cgroup.lstrip("/")).exists())
        self.assertEqual([p.name for p in (self.scratch / "run").iterdir() if p.name not in ("locks", "state")], [])

    def test_kill_sends_any_signal(self):
        self.run_detached("sh", "-c", "trap 'echo got it' HUP; echo up; while :; do sleep 0.1; done")
        self.wait_for_log("web", "up")
        self.berth("kill", "-s", "HUP", "web")
        self.wait_for_log("web", "got it")
        self.berth("kill", "web")
        self.assertEqual(self.berth("wait", "web").stdout, "137\n")

    def test_kill_of_what_does_not_run_is_an_error(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "true")
        self.one_line(self.berth("kill", "web", code=125), "not running")

    def test_an_unknown_signal_is_an_error(self):
        self.one_line(self.berth("kill", "-s", "SIGNONSENSE", "web", code=125), "SIGNONSENSE")

    def test_rm_refuses_a_running_container_unless_forced(self):
        self.run_detached("sleep", "100")
        self.one_line(self.berth("rm", "web", code=125), "stop it first")
        self.assertEqual(self.status("web"), "running")
        self.assertEqual(self.berth("rm", "-f", "web").stdout, "web\n")
        self.assertEqual(self.names("-a"), [])

    def test_verbs_name_a_container_that_is_not_there(self):
        for verb in (["stop"], ["kill"], ["rm"], ["start"], ["logs"], ["inspect"], ["wait"], ["attach"]):
            self.one_line(self.berth(*verb, "nosuch", code=125), '"nosuch"')
        self.one_line(self.berth("exec", "nosuch", "true", code=125), '"nosuch"')
        self.berth("rm", "-f", "nosuch")

    def test_one_missing_container_does_not_keep_the_rest(self):
        self.run_detached("sleep", "100")
        self.one_line(self.berth("stop", "-t", "0", "nosuch", "web", code=125), "nosuch")
        self.assertEqual(self.status("web"), "exited")

    def test_wait_prints_the_exit_code_also_of_a_container_that_removes_itself(self):
        container = self.run_detached("sh", "-c", "sleep 0.3; exit 6", flags=["--rm"])
        self.assertEqual(self.berth("wait", container).stdout, "6\n")


class Listing(engine.TestCase):
    def test_ps_shows_what_runs_and_all_with_a(self):
        self.run_detached("sleep", "100")
        self.berth("run", "--name", "done", "--rootfs", self.rootfs(), "sh", "-c", "exit 2", code=2)
        self.assertEqual(self.names(), ["web"])
        self.assertEqual(self.names("-a"), ["web", "done"])
        table = self.berth("ps", "-a").stdout.splitlines()
        self.assertRegex(table[0], r"^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$")
        self.assertRegex(table[1], r"^[0-9a-f]{12} +sleep 100 +.* ago +Up .*web$")
        self.assertRegex(table[2], r"Exited \(2\) .* ago +done$")

    def test_templates_and_filters(self):
        self.run_detached("sleep", "100", flags=["--label", "tier=front"])
        self.assertEqual(self.berth("ps", "--format", "{{.Names}}\\t{{.State}}").stdout, "web\trunning\n")
        for matching, expression in ((1, "name=we"), (0, "name=x"), (1, "label=tier"), (0, "label=tier=back"),
                                     (1, "status=running"), (0, "status=exited")):
            self.assertEqual(len(self.berth("ps", "-q", "-f", expression).stdout.split()), matching, expression)
        self.one_line(self.berth("ps", "--format", "{{.Nonsense}}", code=125), "Nonsense")

    def test_quiet_and_no_trunc(self):
        container = self.run_detached("sleep", "100")
        self.assertEqual(self.berth("ps", "-q").stdout.strip(), container[:12])
        self.assertEqual(self.berth("ps", "-q", "--no-trunc").stdout.strip(), container)

    def test_inspect_has_podmans_members(self):
        container = self.run_detached("sleep", "100", flags=["-v", f"{self.scratch}:/data:ro", "-e", "A=b"])
        told = self.inspect("web")
        self.assertEqual(told["Id"], container)
        self.assertEqual(told["Name"], "web")
        self.assertEqual(told["Path"], "sleep")
        self.assertEqual(told["Args"], ["100"])
        self.assertEqual(told["Rootfs"], str(self.rootfs()))
        self.assertTrue(told["State"]["Running"])
        self.assertGreater(told["State"]["Pid"], 1)
        self.assertGreater(told["State"]["ConmonPid"], 1)
        self.assertEqual(told["State"]["FinishedAt"], "0001-01-01T00:00:00Z")
        self.assertEqual(told["Mounts"][0]["Destination"], "/data")
        self.assertFalse(told["Mounts"][0]["RW"])
        self.assertIn("A=b", told["Config"]["Env"])
        self.assertEqual(told["HostConfig"]["NetworkMode"], "none")
        self.assertEqual(self.berth("inspect", "-f", "{{.State.Status}} {{.Name}}", "web").stdout, "running web\n")

    def test_an_id_may_be_shortened_until_it_is_ambiguous(self):
        first = self.berth("create", "--rootfs", self.rootfs(), "true").stdout.strip()
        self.assertEqual(self.inspect(first[:6])["Id"], first)
        by_digit = {first[0]}
        while True:
            digit = self.berth("create", "--rootfs", self.rootfs(), "true").stdout[0]
            if digit in by_digit:
                break
            by_digit.add(digit)
        self.one_line(self.berth("rm", digit, code=125), "more than one container")

    def test_rename(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "true")
        self.berth("create", "--name", "db", "--rootfs", self.rootfs(), "true")
        self.berth("rename", "web", "front")
        self.assertEqual(self.names("-a"), ["front", "db"])
        self.one_line(self.berth("rename", "front", "db", code=125), "already in use")
        self.one_line(self.berth("rename", "front", "-x", code=125), "must match")


class Logs(engine.TestCase):
    def said(self, driver="k8s-file"):
        self.berth("run", "--name", "web", "--log-driver", driver, "--rootfs", self.rootfs(), "sh", "-c",
                   "for i in 1 2 3 4 5; do echo line $i; done; echo oops >&2")

    def test_both_file_drivers_give_back_what_was_said(self):
        for driver in ("k8s-file", "json-file"):
            self.said(driver)
            result = self.berth("logs", "web")
            self.assertEqual(result.stdout, "".join(f"line {i}\n" for i in range(1, 6)))
            self.assertEqual(result.stderr, "oops\n")
            self.berth("rm", "web")

    def test_tail_counts_lines_of_both_streams(self):
        self.said()
        result = self.berth("logs", "--tail", "3", "web")
        self.assertEqual(sorted((result.stdout + result.stderr).splitlines()), ["line 4", "line 5", "oops"])
        self.assertEqual(self.berth("logs", "--tail", "0", "web").stdout, "")

    def test_times_are_shown_and_bound(self):
        self.said()
        line = self.berth("logs", "-t", "--tail", "6", "web").stdout.splitlines()[0]
        self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S+ line 1$")
        self.assertEqual(self.berth("logs", "--since", "1h", "web").stdout.count("\n"), 5)
        self.assertEqual(self.berth("logs", "--until", "1h", "web").stdout, "")
        self.assertEqual(self.berth("logs", "--since", "2099-01-01T00:00:00Z", "web").stdout, "")
        self.one_line(self.berth("logs", "--since", "yesterday", "web", code=125), "yesterday")

    def test_follow_ends_with_the_container_and_misses_nothing(self):
        self.run_detached("sh", "-c", "for i in $(seq 200); do echo $i; done; sleep 0.3; echo end")
        result = self.berth("logs", "-f", "web")
        self.assertEqual(result.stdout.split(), [str(i) for i in range(1, 201)] + ["end"])

    def test_a_line_of_a_megabyte_comes_out_whole(self):
        self.berth("run", "--name", "web", "--rootfs", self.rootfs(), "sh", "-c",
                   "head -c 1048576 /dev/zero | tr '\\0' x; echo", stdout=subprocess.DEVNULL)
        self.assertEqual(self.berth("logs", "web").stdout, "x" * 1048576 + "\n")

    def test_a_driver_that_keeps_nothing_says_so(self):
        self.berth("run", "--name", "web", "--log-driver", "none", "--rootfs", self.rootfs(), "true")
        self.one_line(self.berth("logs", "web", code=125), "keeps nothing")


class Terminal:
    """The user's end of a pty, with a program of ours on the other."""

    def __init__(self, case, *args):
        self.case = case
        self.fd, other = pty.openpty()
        case.addCleanup(os.close, self.fd)
        self.process = case.start_berth(*args, stdin=other, stdout=other, stderr=other, start_new_session=True)
        os.close(other)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def expect(self, text, timeout=60):
        deadline = time.monotonic() + timeout
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                self.case.fail(f"{text!r} never came, but {self.seen!r}")
            try:
                self.seen += os.read(self.fd, 4096).decode(errors="replace")
            except OSError:
                self.case.fail(f"{text!r} never came, but {self.seen!r}")


class Attached(engine.TestCase):
    def test_a_shell_on_a_terminal(self):
        terminal = Terminal(self, "run", "-it", "--rm", "--name", "web", "--rootfs", self.rootfs(), "sh")
        terminal.type("echo $((40+2)) $(tty)\n")
        terminal.expect("42 /dev/pts/0")
        terminal.type("exit 5\n")
        self.assertEqual(terminal.process.wait(60), 5)

    def test_the_size_of_the_terminal_is_passed_on(self):
        terminal = Terminal(self, "run", "-it", "--rm", "--rootfs", self.rootfs(), "sh")
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
        os.kill(terminal.process.pid, signal.SIGWINCH)
        terminal.type("while [ \"$(stty size)\" != '33 77' ]; do sleep 0.1; done; echo si''zed\n")
        terminal.expect("sized")
        terminal.type("exit\n")
        self.assertEqual(terminal.process.wait(60), 0)

    def test_the_detach_keys_leave_it_running_and_attach_comes_back(self):
        terminal = Terminal(self, "run", "-it", "--name", "web", "--rootfs", self.rootfs(), "sh")
        terminal.type("echo re''ady\n")
        terminal.expect("ready")
        terminal.type("\x10\x11")
        self.assertEqual(terminal.process.wait(60), 0)
        self.assertEqual(self.status("web"), "running")
        again = Terminal(self, "attach", "web")
        again.type("echo ag''ain; exit 3\n")
        again.expect("again")
        self.assertEqual(again.process.wait(60), 3)

    def test_attach_shows_output_and_ends_with_the_exit_code(self):
        self.run_detached("sh", "-c", "read x; echo got $x; exit 8", flags=["-i"])
        process = self.start_berth("attach", "web", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        out, _ = process.communicate("word\n", timeout=60)
        self.assertEqual((out, process.returncode), ("got word\n", 8))

    def test_attach_to_what_does_not_run_is_an_error(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "true")
        self.one_line(self.berth("attach", "web", code=125), "not running")


class Exec(engine.TestCase):
    def setUp(self):
        super().setUp()
        self.run_detached("sleep", "1000", flags=["-e", "FROM_RUN=1"])

    def test_output_and_exit_code_are_the_commands(self):
        result = self.berth("exec", "web", "sh", "-c", "echo out; echo err >&2; exit 3", code=3)
        self.assertEqual((result.stdout, result.stderr), ("out\n", "err\n"))

    def test_it_is_in_the_container(self):
        self.assertIn("sleep 1000", self.berth("exec", "web", "ps").stdout)

    def test_stdin_with_i(self):
        self.assertEqual(self.berth("exec", "-i", "web", "cat", stdin=None, input="hi").stdout, "hi")

    def test_environment_user_and_directory(self):
        flags = ["-e", "A=b", "-u", "web", "-w", "/tmp"]
        out = self.berth("exec", *flags, "web", "sh", "-c", "echo $A $FROM_RUN $HOME $(id -u) $(pwd)").stdout
        self.assertEqual(out, "b 1 /home 1000 /tmp\n")

    def test_a_terminal(self):
        terminal = Terminal(self, "exec", "-it", "web", "sh")
        terminal.type("test -t 0 && echo ter''minal; exit 6\n")
        terminal.expect("terminal")
        self.assertEqual(terminal.process.wait(60), 6)

    def test_detached_it_runs_on(self):
        self.berth("exec", "-d", "web", "sh", "-c", "touch /tmp/done")
        self.eventually(lambda: (self.rootfs() / "tmp" / "done").exists())

    def test_a_signal_reaches_it(self):
        process = self.start_berth("exec", "web", "sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done",
                                   stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), "up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 9)

    def test_missing_and_not_executable_commands(self):
        self.one_line(self.berth("exec", "web", "nosuch", code=127), "nosuch")
        self.one_line(self.berth("exec", "web", "/etc/passwd", code=126), "/etc/passwd")

    def test_no_file_of_the_session_stays(self):
        self.berth("exec", "web", "true")
        self.berth("exec", "web", "nosuch", code=127)
        self.assertEqual([p.name for p in (self.scratch / "run").glob("*/exec-*")], [])

    def test_in_what_does_not_run_it_is_an_error(self):
        self.berth("stop", "-t", "0", "web")
        self.one_line(self.berth("exec", "web", "true", code=125), "not running")


if __name__ == "__main__":
    unittest.main()
