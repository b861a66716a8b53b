"""What the tests with Debian's podman share: its configuration with berth-monitor for conmon, an image, terminals.

    class Podman(podman.TestCase):
        def test_runs_a_command(self):
            self.assertEqual(self.ok("run", "--rm", "busybox", "echo", "hello"), "hello")

    podman.main()  # each test case once with crun as the runtime and once with berth-runtime, unless it says otherwise
"""

import fcntl
import functools
import json
import os
import pathlib
import pty
import select
import signal
import struct
import sys
import termios
import time
import unittest

import service

CONTAINERS_CONF = """
[containers]
netns = "none"
[engine]
runtime = "{runtime}"
conmon_path = ["/usr/bin/berth-monitor"]
events_logger = "file"
cgroup_manager = "{manager}"
runtime_supports_json = ["berth", "crun"]
runtime_supports_nocgroup = ["berth", "crun"]
[engine.runtimes]
berth = ["/usr/bin/berth-runtime"]
"""
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'
RUNTIMES = ("crun", "berth")
DETACH_BY_X = ("--detach-keys", "ctrl-x")  # a single one: podman wants to read each of several by itself

os.environ.pop("INVOCATION_ID", None)  # podman that sees it takes itself for a service and leaves its monitors in it


def run(*arguments, **kwargs):
    return service.run("podman", *arguments, **kwargs)


@functools.cache
def version():
    """podman's version as numbers: (4, 3, 1)."""
    return tuple(int(part) for part in run("version", "-f", "{{.Client.Version}}", check=True).stdout.strip().split("."))


def configure(runtime, manager, folder=pathlib.Path("/etc/containers")):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.json").write_text(POLICY)
    for file in (pathlib.Path("/etc/subuid"), pathlib.Path("/etc/subgid")):  # what --userns=auto takes its ids from
        if "containers:" not in (text := file.read_text() if file.exists() else ""):
            file.write_text(text + "containers:1000000:1000000\n")
    (folder / "containers.conf").write_text(CONTAINERS_CONF.format(runtime=runtime, manager=manager))


def make_root():
    """The root filesystem of busybox-static alone, and a tar of it."""
    root, archive = pathlib.Path("/srv/busybox"), pathlib.Path("/srv/busybox.tar")
    if not archive.exists():
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "run"):
            (root / name).mkdir(parents=True, exist_ok=True)
        service.run("cp", "/bin/busybox", root / "bin", check=True)
        service.run("chroot", root, "/bin/busybox", "--install", "-s", "/bin", check=True)
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
        service.run("tar", "-C", root, "-cf", archive, ".", check=True)
    return root, archive


class Terminal:
    """A command on a terminal of its own, as a person would sit at it."""

    def __init__(self, *command, environment=None, before=lambda: None):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            before()
            os.execvpe(command[0], [str(word) for word in command], environment or os.environ)

    def expect(self, text, timeout=90):
        """Reads until `text` has come; it and what was before it are not seen again."""
        deadline = time.monotonic() + timeout
        while text not in self.seen:
            if not self._read(deadline):
                raise AssertionError(f"the terminal ended before {text!r}, with {self.seen!r}")
        self.seen = self.seen.split(text, 1)[1]

    def _read(self, deadline):
        if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError(f"what was waited for did not come, but {self.seen!r}")
        try:
            data = os.read(self.fd, 4096)
        except OSError:  # EIO: the last process has closed it
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)

    def send(self, text):
        os.write(self.fd, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def status(self, timeout=90):
        """Reads to the end and gives the exit status."""
        deadline = time.monotonic() + timeout
        while self._read(deadline):
            pass
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class TestCase(service.TestCase):
    runtimes = RUNTIMES
    runtime = None  # one of them, in the subclasses that main() makes
    manager = "systemd"

    @classmethod
    def setUpClass(cls):
        configure(cls.runtime, cls.manager)
        cls.prepare(make_root()[1])

    @classmethod
    def prepare(cls, archive):
        """What stays: the image, and a first container, whose being there keeps what podman mounts for all of them."""
        if cls.podman("image", "exists", "busybox").returncode != 0:
            cls.podman("import", archive, "busybox", check=True)
        if cls.podman("container", "exists", "first").returncode != 0:
            # With an init, that heeds SIGTERM: the machine would wait long for a sleep of pid 1 when it goes down.
            cls.podman("run", "-d", "--init", "--name", "first", "busybox", "sleep", "1000000", check=True)
        # Where root's containers are, with the one manager and the other; podman leaves them.
        service.run("systemctl", "start", "machine.slice", check=True)
        (service.CGROUPS / "libpod_parent" / "conmon").mkdir(parents=True, exist_ok=True)

    @staticmethod
    def podman(*arguments, **kwargs):
        return run(*arguments, **kwargs)

    def ok(self, *arguments, **kwargs):
        result = self.podman(*arguments, **kwargs)
        self.assertEqual(result.returncode, 0, f"podman {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout.strip()

    def start(self, *arguments, name="box"):
        self.remove_at_the_end(name)
        return self.ok("run", "-d", "--name", name, *arguments)

    def remove_at_the_end(self, name="box"):
        self.addCleanup(self.podman, "rm", "-f", "-i", "-t", "0", name)

    def inspect(self, key, name="box"):
        """One entry of `podman inspect`, by its path: "State.Status"."""
        value = json.loads(self.ok("inspect", name))[0]
        for part in key.split("."):
            value = value[part]
        return value

    def cgroup(self, name="box"):
        """The cgroup of the container's first process, on the host."""
        line = pathlib.Path(f"/proc/{self.inspect('State.Pid', name)}/cgroup").read_text()
        return service.CGROUPS / line.strip().partition("::/")[2]

    def service_of(self, name, text):
        """A unit with this text, removed with the test."""
        unit = service.Unit(name, text)
        self._units.append(unit)
        return unit


def since(*wanted):
    """Skips a test of what podman has learned only with this version."""
    return unittest.skipIf(version() < wanted, f"came with podman {'.'.join(map(str, wanted))}")


def main():
    """Runs every test case of the file once with each of its runtimes; arguments are unittest's (-k WORD)."""
    run("rm", "-f", "-i", "-t", "0", "box")  # of a file that was killed
    module = sys.modules["__main__"]
    for case in [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, TestCase)]:
        delattr(module, case.__name__)
        for runtime in case.runtimes:
            name = f"{case.__name__}On{runtime.capitalize()}"
            setattr(module, name, type(name, (case,), {"runtime": runtime, "__module__": "__main__"}))
    print(f"podman {'.'.join(map(str, version()))} with berth-monitor; runtimes: {', '.join(RUNTIMES)}")
    service.main()
