"""What the tests with Debian's Docker share: the daemon with berth-runtime for its runtime, an image, a terminal.

    class Docker(docker.TestCase):
        def test_runs_a_command(self):
            self.assertEqual(self.ok("run", "--rm", "busybox", "echo", "hello"), "hello")

The daemon stays for the files that come after; a class that needs it configured otherwise says so in `settings`.
"""

import fcntl
import http.client
import json
import os
import pathlib
import pty
import socket
import struct
import subprocess
import termios

import busybox
import service

SETTINGS = {"runtimes": {"berth": {"path": "/usr/bin/berth-runtime"}}, "default-runtime": "berth", "iptables": False}


def docker(*arguments, **kwargs):
    return service.run("docker", *arguments, **{"timeout": 240, **kwargs})


def configure(settings):
    """The daemon with these settings beside SETTINGS; one that has them already goes on."""
    configuration = pathlib.Path("/etc/docker/daemon.json")
    wanted = json.dumps({**SETTINGS, **settings})
    running = service.run("systemctl", "is-active", "docker").returncode == 0
    if not running or configuration.read_text() != wanted:
        configuration.parent.mkdir(exist_ok=True)
        configuration.write_text(wanted)
        # Under TCG a daemon in Go needs longer to come up than its unit allows.
        limits = pathlib.Path("/run/systemd/system/docker.service.d/slow.conf")
        limits.parent.mkdir(parents=True, exist_ok=True)
        limits.write_text("[Service]\nTimeoutStartSec=500\n[Unit]\nStartLimitBurst=0\n")
        service.run("systemctl", "daemon-reload", check=True)
        started = service.run("systemctl", "restart", "docker", timeout=500)
        assert started.returncode == 0, service.run("journalctl", "-o", "cat", "--no-pager", "-n", "30", "-u", "docker").stdout
    if docker("image", "inspect", "busybox").returncode != 0:
        docker("import", busybox.archive(), "busybox", check=True)


class Api(http.client.HTTPConnection):
    """The daemon's own socket: for what is asked again and again, a tenth of the time of a client that is started."""

    def __init__(self):
        super().__init__("docker", timeout=240)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/run/docker.sock")

    def get(self, path):
        return self._ask("GET", path)

    def post(self, path, body):
        return self._ask("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def _ask(self, *request):
        self.request(*request)
        answer = self.getresponse()
        text = answer.read()
        self.close()
        return json.loads(text) if answer.status in (200, 201) else None


class TestCase(service.TestCase):
    settings = {}

    @classmethod
    def setUpClass(cls):
        """The daemon, and a first container, whose being there keeps what the daemon makes once for all of them."""
        configure(cls.settings)
        docker("run", "--rm", "--network", "none", "busybox", "true", check=True)

    def setUp(self):
        super().setUp()
        self.watched += ["/run/docker/runtime-runc", "/run/docker/runtime-berth"]
        self._before = self._look()

    def assert_nothing_left_behind(self):
        """The shim goes when the daemon has long answered, and under TCG it takes its time."""
        self.eventually(lambda: not self.left_behind(), timeout=60, message=self.left_behind)

    def ok(self, *arguments, **kwargs):
        result = docker(*arguments, **kwargs)
        self.assertEqual(result.returncode, 0, f"docker {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout.strip()

    def start(self, *arguments, name="box"):
        self.addCleanup(docker, "rm", "-f", "-v", name)
        return self.ok("run", "-d", "--name", name, "--network", "none", *arguments)

    def inspect(self, name="box"):
        return Api().get(f"/containers/{name}/json")

    def until(self, condition, name="box"):
        """Waits for something that holds of the container's State and returns that."""
        self.eventually(lambda: condition(self.inspect(name)["State"]), timeout=120,
                        message=lambda: f"{self.inspect(name)['State']}\n{docker('logs', name)}")
        return self.inspect(name)["State"]

    def in_terminal(self, *command, rows=40, columns=100):
        """The exit code of a command on a terminal of its own, and what it wrote there."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen([str(word) for word in command], stdin=slave, stdout=slave, stderr=slave,
                                   start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        output = b""
        while True:
            try:
                data = os.read(master, 4096)
            except OSError:  # EIO: nobody has the other end any more
                break
            if not data:
                break
            output += data
        os.close(master)
        return process.wait(timeout=60), output.decode().replace("\r\n", "\n")
