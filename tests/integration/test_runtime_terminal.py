"""berth-runtime, black box: terminals, by console socket and in the foreground."""

import array
import fcntl
import os
import pty
import select
import socket
import struct
import subprocess
import termios
import threading
import unittest

import runtime_bundle


class ConsoleSocket:
    """Receives the master of one terminal."""

    def __init__(self, path):
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self.master = None
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def _receive(self):
        connection, _ = self._listener.accept()
        fds = array.array("i")
        _, ancillary, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
        for _, _, data in ancillary:
            fds.frombytes(data[:4])
        self.master = fds[0]
        connection.close()

    def wait(self):
        self._thread.join(10)
        self._listener.close()
        return self.master


def read_until(fd, text, timeout=60):
    data = b""
    while text not in data and select.select([fd], [], [], timeout)[0]:
        try:
            chunk = os.read(fd, 4096)
        except OSError:
            break
        if not chunk:
            break
        data += chunk
    return data


class Terminal(runtime_bundle.TestCase):
    def console(self):
        console = ConsoleSocket(self.scratch / "console")
        self.addCleanup(lambda: console.master is not None and os.close(console.master))
        return console

    def test_the_console_socket_gets_the_master_of_a_pty_of_the_container(self):
        script = "tty; stat -c %t:%T /dev/console /proc/self/fd/0 -L; stty size; id -u; echo end"
        self.bundle(["sh", "-c", script], process={"terminal": True, "consoleSize": {"height": 40, "width": 100}})
        console = self.console()
        self.create("--console-socket", console.path)
        master = console.wait()
        self.ok("start", self.id())
        lines = read_until(master, b"end").decode().splitlines()
        self.assertEqual(lines[0], "/dev/pts/0")
        self.assertEqual(lines[1], lines[2])
        self.assertEqual(lines[3], "40 100")

    def test_the_terminal_belongs_to_the_user(self):
        self.bundle(["sh", "-c", "stat -c %u /dev/pts/0; echo via-tty > /dev/tty; echo end"],
                    process={"terminal": True, "user": {"uid": 1000, "gid": 1000}})
        console = self.console()
        self.create("--console-socket", console.path)
        master = console.wait()
        self.ok("start", self.id())
        self.assertEqual(read_until(master, b"end").decode().split(), ["1000", "via-tty", "end"])

    def test_what_is_typed_comes_in_and_interrupts(self):
        self.bundle(["sh", "-c", "trap 'echo interrupted; exit 4' INT; read x; echo got-$x; while :; do sleep 0.05; done"],
                    process={"terminal": True})
        console = self.console()
        self.create("--console-socket", console.path)
        master = console.wait()
        self.ok("start", self.id())
        os.write(master, b"word\n")
        self.assertIn(b"got-word", read_until(master, b"got-word"))
        os.write(master, b"\x03")
        self.assertIn(b"interrupted", read_until(master, b"interrupted"))

    def test_create_without_a_console_socket_is_refused(self):
        self.bundle(["true"], process={"terminal": True})
        for command in (["create"], ["run", "-d"]):
            result = self.runtime(*command, "-b", self.bundle_path, self.id())
            self.assertEqual(result.returncode, 1)
            self.assertIn("--console-socket", result.stderr)
        self.assert_nothing_left()

    def test_a_console_socket_without_a_terminal_is_refused(self):
        self.bundle(["true"])
        console = self.console()
        result = self.runtime("create", "--console-socket", console.path, "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("process.terminal", result.stderr)
        self.assert_nothing_left()

    def in_a_terminal(self, *command):
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
        before = termios.tcgetattr(slave)
        process = subprocess.Popen([self.program("berth-runtime"), "--root", str(self.state_root), *map(str, command)],
                                   stdin=slave, stdout=slave, stderr=slave)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return master, slave, before, process

    def test_run_in_the_foreground_carries_our_own_terminal(self):
        self.bundle(["sh", "-c", "stty size; read x; echo got-$x; trap 'stty size; exit 6' WINCH; echo armed; "
                     "while :; do sleep 0.05; done"], process={"terminal": True})
        master, slave, before, process = self.in_a_terminal("run", "-b", self.bundle_path, self.id())
        self.assertIn(b"33 99", read_until(master, b"33 99"))
        os.write(master, b"word\r")
        self.assertIn(b"got-word", read_until(master, b"armed"))
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 88, 0, 0))
        process.send_signal(28)
        self.assertIn(b"44 88", read_until(master, b"44 88"))
        self.assertEqual(process.wait(60), 6)
        self.assertEqual(termios.tcgetattr(slave), before)
        os.close(slave)
        self.assert_nothing_left()

    def test_run_with_a_terminal_works_from_a_pipe(self):
        self.bundle(["sh", "-c", "tty; read x; echo got-$x"], process={"terminal": True})
        result = self.runtime("run", "-b", self.bundle_path, self.id(), stdin=None, input="word\n")
        self.assertEqual(result.returncode, 0, result)
        self.assertIn("/dev/pts/0", result.stdout)
        self.assertIn("got-word", result.stdout)

    def test_exec_has_a_terminal_of_the_containers_devpts(self):
        self.bundle(["sleep", "100"])
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        master, slave, before, process = self.in_a_terminal("exec", "-t", self.id(), "sh", "-c", "tty; stty size; exit 5")
        text = read_until(master, b"33 99")
        self.assertIn(b"/dev/pts/0", text)
        self.assertEqual(process.wait(60), 5)
        self.assertEqual(termios.tcgetattr(slave), before)
        os.close(slave)


if __name__ == "__main__":
    unittest.main()
