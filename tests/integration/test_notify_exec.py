"""berth notify exec and send: the embedded service manager and its client, alone and with systemd's own client."""

import array
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest

import harness

LINE = re.compile(r"^ *\d+\.\d{3}s  (.*)$")


def messages(output):
    """What was printed, without the times."""
    return [match.group(1) for match in map(LINE.match, output.splitlines()) if match]


class NotifyExec(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(self.scratch), PATH=f"{harness.BIN}:{os.environ['PATH']}")
        self.env.pop("NOTIFY_SOCKET", None)

    def exec(self, *args, **kwargs):
        return self.run_program("berth", "notify", "exec", *args, env=self.env, **kwargs)

    def assert_nothing_left(self):
        self.eventually(lambda: not list(self.scratch.glob("berth-notify-*")), message="the socket's directory is left")

    def test_ends_with_0_at_ready_and_prints_each_message_with_its_sender(self):
        result = self.exec("--", "sh", "-c", "berth notify send STATUS=warming READY=1; sleep 0.1")
        self.assertEqual(result.returncode, 0, result)
        lines = messages(result.stdout)
        self.assertRegex(lines[0], r"^started pid \d+: sh -c ")
        self.assertRegex(lines[1], r"^pid \d+ uid \d+ \((berth|ended)\)  STATUS=warming  READY=1$")
        self.assert_nothing_left()

    def test_the_command_runs_on_after_ready_and_its_barriers_are_still_released(self):
        done = self.scratch / "done"
        script = f"berth notify send READY=1; sleep 0.2; berth notify send STATUS=on --barrier && echo yes > {done}"
        self.assertEqual(self.exec("sh", "-c", script).returncode, 0)
        self.eventually(done.exists, message="the command did not run on")
        self.assert_nothing_left()

    def test_until_exit_gives_the_commands_exit_code_and_its_last_words(self):
        result = self.exec("--until", "exit", "sh", "-c", "berth notify send READY=1; berth notify send STOPPING=1; exit 7")
        self.assertEqual(result.returncode, 7, result)
        lines = messages(result.stdout)
        self.assertRegex(lines[2], r"STOPPING=1$")
        self.assertEqual(lines[3], "exited 7")
        self.assert_nothing_left()

    def test_until_stopping_passes_ready_by(self):
        result = self.exec("--until", "STOPPING", "sh", "-c", "berth notify send READY=1; berth notify send STOPPING=1; sleep 0.1")
        self.assertEqual(result.returncode, 0, result)
        self.assertEqual(len(messages(result.stdout)), 3)
        self.assert_nothing_left()

    def test_a_command_that_ends_before_ready_fails_with_its_code_or_1(self):
        for script, code in (("exit 0", 1), ("exit 9", 9), ("kill -9 $$", 137)):
            with self.subTest(script=script):
                result = self.exec("sh", "-c", script)
                self.assertEqual(result.returncode, code, result)
                self.assertEqual(result.stderr, "berth: notify exec: the command ended before it sent READY=1\n")
        self.assert_nothing_left()

    def test_a_timeout_stops_the_command_and_ends_with_124(self):
        pid_file = self.scratch / "pid"
        result = self.exec("--timeout", "1", "sh", "-c", f"echo $$ > {pid_file}; exec sleep 1000")
        self.assertEqual(result.returncode, 124, result)
        self.assertIn("killed by signal 15", messages(result.stdout))
        self.assertFalse(pathlib.Path(f"/proc/{pid_file.read_text().strip()}").exists())
        self.assert_nothing_left()

    def test_a_command_that_is_missing_gives_127_and_one_that_cannot_run_126(self):
        for command, code in (("no-such-program", 127), ("/etc/passwd", 126), ("/no/such/file", 127)):
            with self.subTest(command=command):
                result = self.exec("--", command)
                self.assertEqual(result.returncode, code, result)
                self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assert_nothing_left()

    def test_bad_usage_is_one_line_and_125(self):
        for args in ((), ("--until", "never", "true"), ("--timeout", "soon", "true"), ("--what",)):
            with self.subTest(args=args):
                result = self.exec(*args)
                self.assertEqual(result.returncode, 125, result)
                self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_a_reader_that_has_seen_enough_takes_nothing_with_it(self):
        script = "sleep 0.2; berth notify send STATUS=unread --barrier; berth notify send READY=1; exit 6"
        manager = self.start_program("berth", "notify", "exec", "--until", "exit", "sh", "-c", script, env=self.env,
                                     stdout=subprocess.PIPE)
        manager.stdout.close()
        manager.stdout = None  # nothing to read at the end
        self.assertEqual(manager.wait(timeout=60), 6)
        self.assert_nothing_left()

    def test_a_signal_is_passed_on_to_the_command(self):
        manager = self.start_program("berth", "notify", "exec", "--until", "exit", "sh", "-c",
                                     "trap 'berth notify send STOPPING=1; exit 5' TERM; berth notify send READY=1; "
                                     "while :; do sleep 0.05; done", env=self.env, stdout=subprocess.PIPE)
        seen = ""
        while not seen.endswith("  READY=1\n"):
            seen = manager.stdout.readline()
        manager.send_signal(signal.SIGTERM)
        rest, _ = manager.communicate(timeout=60)
        self.assertEqual(manager.returncode, 5)
        self.assertIn("STOPPING=1", rest)
        self.assert_nothing_left()

    @unittest.skipUnless(shutil.which("systemd-notify"), "systemd-notify is not installed")
    def test_systemds_own_client_is_understood_barrier_included(self):
        result = self.exec("--until", "exit", "--", "systemd-notify", "--ready", "--status=Läuft", "--pid=1")
        self.assertEqual(result.returncode, 0, result)
        lines = messages(result.stdout)
        self.assertIn("STATUS=Läuft", lines[1])
        self.assertIn("READY=1", lines[1])
        self.assertRegex(lines[2], r"BARRIER=1  1 descriptor: pipe:\[\d+\]$")

    def test_odd_datagrams_are_named_and_the_next_good_one_is_heard(self):
        send = self.scratch / "send.py"
        send.write_text(
            "import os, socket, array\n"
            "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "s.connect(os.environ['NOTIFY_SOCKET'])\n"
            "s.send(b'')\n"
            "s.send(b'x' * 4097)\n"
            "s.send(b'READY=1\\0STATUS=x')\n"
            "s.send(bytes(range(1, 256)))\n"
            "s.send(b'STATUS=' + b'y' * 4089)\n"
            "fds = array.array('i', [0] * 253)\n"
            "s.sendmsg([b'FDSTORE=1'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])\n"
            "s.send(b'STATUS=\\x1b[31mred\\nREADY=1\\0')\n")
        result = self.exec("--until", "exit", "--", "python3", "-B", send)
        self.assertEqual(result.returncode, 0, result)
        lines = messages(result.stdout)
        self.assertIn("dropped: empty", lines[1])
        self.assertIn("dropped: longer than 4096 bytes", lines[2])
        self.assertIn("dropped: a NUL inside", lines[3])
        self.assertIn("dropped: nothing that a service manager understands", lines[4])
        self.assertTrue(lines[5].endswith("y" * 4089))
        self.assertIn("FDSTORE=1  253 descriptors: ", lines[6])
        self.assertTrue(lines[7].endswith(r"STATUS=\x1b[31mred  READY=1"), lines[7])

    def test_it_works_in_a_container_that_has_nothing_but_busybox(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for chroot")
        root = self.rootfs()
        shutil.copy2(harness.STATIC_BERTH, root / "bin" / "berth")
        script = "exec /bin/berth notify exec --until exit sh -c '/bin/berth notify send READY=1 --barrier; exit 3'"
        result = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", f"--root={root}", "/bin/sh", "-c", script],
                                capture_output=True, text=True, timeout=60, env={"PATH": "/bin"})
        self.assertEqual(result.returncode, 3, result)
        self.assertIn("READY=1", result.stdout)


class NotifySend(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.path = self.scratch / "host.sock"
        self.host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.host.close)
        self.host.bind(str(self.path))
        self.host.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.host.settimeout(10)

    def send(self, *args, address=None, **kwargs):
        env = dict(os.environ, NOTIFY_SOCKET=str(address or self.path))
        return self.run_program("berth", "notify", "send", *args, env=env, **kwargs)

    def receive(self):
        data, ancillary, _, _ = self.host.recvmsg(8192, 4096)
        fds, pid = [], None
        for _, kind, content in ancillary:
            if kind == socket.SCM_RIGHTS:
                fds = list(array.array("i", content))
            elif kind == socket.SCM_CREDENTIALS:
                pid = array.array("i", content)[0]
        return data, fds, pid

    def test_all_assignments_go_in_one_datagram(self):
        self.assertEqual(self.send("READY=1", "STATUS=two words").returncode, 0)
        self.assertEqual(self.receive()[0], b"READY=1\nSTATUS=two words")

    def test_descriptors_go_along(self):
        with open(self.scratch / "kept", "w+") as kept:
            kept.write("content")
            kept.flush()
            result = self.send("FDSTORE=1", "FDNAME=kept", f"--fd={kept.fileno()}", "--fd=0", pass_fds=[kept.fileno()])
        self.assertEqual(result.returncode, 0, result)
        _, fds, _ = self.receive()
        self.assertEqual(len(fds), 2)
        self.assertEqual(os.pread(fds[0], 100, 0), b"content")
        for fd in fds:
            os.close(fd)

    def test_a_barrier_waits_until_the_host_has_closed_it(self):
        env = dict(os.environ, NOTIFY_SOCKET=str(self.path))
        client = self.start_program("berth", "notify", "send", "--barrier=30", "READY=1", env=env)
        self.assertEqual(self.receive()[0], b"READY=1")
        data, fds, _ = self.receive()
        self.assertEqual(data, b"BARRIER=1")
        self.assertEqual(len(fds), 1)
        self.assertIsNone(client.poll())
        os.close(fds[0])
        self.assertEqual(client.wait(timeout=60), 0)

    def test_a_barrier_that_nobody_closes_is_an_error_after_its_time(self):
        result = self.send("--barrier=1")
        self.assertEqual(result.returncode, 125)
        self.assertRegex(result.stderr, r"^berth notify send: wait for the barrier: .*timed out\n$")

    def test_another_process_can_be_named_as_the_sender(self):
        if os.geteuid() != 0:
            self.skipTest("needs CAP_SYS_ADMIN")
        self.assertEqual(self.send("READY=1", f"--pid={os.getpid()}").returncode, 0)
        self.assertEqual(self.receive()[2], os.getpid())

    def test_an_abstract_and_a_long_address_are_reached(self):
        abstract = f"@berth-test-{os.getpid()}"
        far = self.scratch / ("d" * 120)
        far.mkdir()
        for name, bind_to in ((abstract, "\0" + abstract[1:]), (str(far / "host.sock"), None)):
            with self.subTest(name=name), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as host:
                host.settimeout(10)
                if bind_to is None:
                    directory = os.open(far, os.O_PATH)
                    host.bind(f"/proc/self/fd/{directory}/host.sock")
                    os.close(directory)
                else:
                    host.bind(bind_to)
                self.assertEqual(self.send("READY=1", address=name).returncode, 0)
                self.assertEqual(host.recv(100), b"READY=1")

    def test_each_error_is_one_line_and_125(self):
        cases = (
            (("READY=1",), "", "NOTIFY_SOCKET is not set"),
            (("READY=1",), "relative", "expected /path, @name or vsock:CID:PORT"),
            (("READY=1",), self.scratch / "nobody", "No such file or directory"),
            (("READY",), self.path, 'expected NAME=VALUE, found "READY"'),
            ((), self.path, "expected NAME=VALUE or --barrier"),
            (("STATUS=" + "x" * 4090,), self.path, "at most 4096 bytes"),
            (("--fd=99", "FDSTORE=1"), self.path, "Bad file descriptor"),
            (("--barrier=soon",), self.path, "expected seconds"),
        )
        for args, address, text in cases:
            with self.subTest(text=text):
                env = dict(os.environ, NOTIFY_SOCKET=str(address))
                result = self.run_program("berth", "notify", "send", *args, env=env)
                self.assertEqual(result.returncode, 125, result)
                self.assertIn(text, result.stderr)
                self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_a_full_host_is_waited_for(self):
        filler = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(filler.close)
        filler.connect(str(self.path))
        filler.setblocking(False)
        filled = 0
        while True:
            try:
                filler.send(b"STATUS=filling")
                filled += 1
            except BlockingIOError:
                break
        env = dict(os.environ, NOTIFY_SOCKET=str(self.path))
        client = self.start_program("berth", "notify", "send", "READY=1", env=env)
        time.sleep(0.05)  # long enough to be refused, were it not waiting; the order below proves the rest
        received = [self.receive()[0] for _ in range(filled + 1)]
        self.assertEqual(client.wait(timeout=60), 0)
        self.assertEqual(received[-1], b"READY=1")


if __name__ == "__main__":
    unittest.main()
