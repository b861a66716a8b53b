"""Containers under a monitor, ours or the real conmon, with the same flags and a real OCI runtime (crun).

    class Logs(monitored.TestCase):
        def test_both_write_the_same_lines(self):
            for container in self.under_each_monitor(["sh", "-c", "echo hi"]):
                container.create()
                ...

crun insists on a pure cgroup2 view: the test program runs itself again in a mount namespace that has one.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import unittest

import harness

RUNTIME = os.environ.get("BERTH_TEST_RUNTIME") or shutil.which("crun")
CONMON = shutil.which("conmon")
UUID = "0123456789abcdef0123456789abcdef"
_ENTERED = "BERTH_TEST_CGROUP_VIEW"


def main():
    """unittest.main() inside the private view."""
    if _ENTERED not in os.environ:
        command = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'
        os.execvpe("unshare", ["unshare", "-m", "sh", "-ec", command, "sh", sys.executable, "-B", *sys.argv],
                   {**os.environ, _ENTERED: "1"})
    unittest.main()


class Container:
    """One bundle, one monitor, one life."""

    def __init__(self, case, monitor, name, args, terminal=False, runtime=RUNTIME):
        self.case, self.monitor, self.runtime = case, monitor, runtime
        self.id = f"berth-test-{os.getpid()}-{name}"
        self.dir = case.scratch / name
        self.dir.mkdir()
        for sub in ("exits", "persist", "sockets"):
            (self.dir / sub).mkdir()
        self.log = self.dir / "ctr.log"
        self.process = None
        self._write_bundle(args, terminal)
        case.addCleanup(self.clean_up)

    def _write_bundle(self, args, terminal):
        subprocess.run([self.runtime, "spec"], cwd=self.dir, check=True)
        path = self.dir / "config.json"
        config = json.loads(path.read_text())
        config["process"].update(args=args, terminal=terminal)
        config["root"] = {"path": str(self.case.rootfs()), "readonly": False}
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"] if n["type"] != "network"]
        config["linux"]["resources"] = {}
        config["linux"]["cgroupsPath"] = f"/{self.id}"
        config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/sys/fs/cgroup"]
        path.write_text(json.dumps(config))
        self.config = config

    def command(self, *flags, log=None):
        logs = [f"k8s-file:{self.log}"] if log is None else log
        return [self.monitor, "--api-version", "1", "--cid", self.id, "--cuuid", UUID, "--name", "web",
                "--bundle", str(self.dir), "--container-pidfile", str(self.dir / "pidfile"),
                "--conmon-pidfile", str(self.dir / "monitor.pid"), "--runtime", self.runtime,
                "--runtime-arg", f"--root={self.dir}/root", "--exit-dir", str(self.dir / "exits"),
                "--persist-dir", str(self.dir / "persist"), "--full-attach",
                *[word for spec in logs for word in ("--log-path", spec)], *map(str, flags)]

    def launch(self, command, env=None, **kwargs):
        """Starts the monitor with a sync pipe; its first line, parsed (None: it closed without one)."""
        ours, theirs = os.pipe()
        env = {**os.environ, **(env or {}), "_OCI_SYNCPIPE": str(theirs)}
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.PIPE)
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        pass_fds = (theirs, *kwargs.pop("pass_fds", ()))
        process = subprocess.Popen(command, env=env, pass_fds=pass_fds, cwd=self.dir, text=True, **kwargs)
        self.case.addCleanup(harness.TestCase._end, process)
        os.close(theirs)
        self.sync = os.fdopen(ours)
        self.case.addCleanup(self.sync.close)
        return process

    def create(self, *flags, log=None, **kwargs):
        """Runs the monitor until the container waits to be started; returns what came on the sync pipe."""
        self.process = self.launch(self.command(*flags, log=log), **kwargs)
        message = self.next_message()
        if message and message["data"] > 0:
            self.pid = message["data"]
        return message

    def next_message(self):
        line = self.sync.readline()
        return json.loads(line) if line else None

    def start(self):
        self.call("start", self.id)

    def call(self, *words, check=True):
        return subprocess.run([self.runtime, f"--root={self.dir}/root", *words], check=check, timeout=60,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait(self, timeout=60):
        """The text of the exit file, once it is there and the monitor is gone."""
        path = self.dir / "exits" / self.id
        self.case.eventually(path.exists, timeout=timeout, message=f"{self.monitor} wrote no exit file")
        self.case.eventually(lambda: not self.monitor_runs(), timeout=timeout, message=f"{self.monitor} did not end")
        return path.read_text()

    def run(self, *flags, **kwargs):
        message = self.create(*flags, **kwargs)
        self.case.assertGreater(message["data"], 0, message)
        self.start()
        return self.wait()

    @property
    def monitor_pid(self):
        return int((self.dir / "monitor.pid").read_text())

    def monitor_runs(self):
        try:
            stat = pathlib.Path(f"/proc/{self.monitor_pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rsplit(")", 1)[1].split()[0] != "Z"

    def attach(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.case.addCleanup(client.close)
        with harness_cwd(self.dir):  # the path may be too long for an address
            client.connect("attach")
        client.settimeout(20)
        return client

    def lines(self):
        """(stream, tag, text) of each k8s-file entry."""
        return [re.fullmatch(r"\S+ (stdout|stderr) ([FP]) (.*)", line, re.S).groups()
                for line in self.log.read_bytes().decode(errors="surrogateescape").split("\n")[:-1]]

    def text(self, stream="stdout"):
        """The stream put together again."""
        return "".join(text + ("\n" if tag == "F" else "") for name, tag, text in self.lines() if name == stream)

    def clean_up(self):
        self.call("delete", "--force", self.id, check=False)
        if (self.dir / "monitor.pid").exists() and self.monitor_runs():
            os.kill(self.monitor_pid, 9)


class harness_cwd:
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.old = os.getcwd()
        os.chdir(self.path)

    def __exit__(self, *_):
        os.chdir(self.old)


def frames(client):
    """All that the monitor sends until it closes: {stream byte: bytes}."""
    out = {}
    while True:
        try:
            packet = client.recv(65536)
        except ConnectionResetError:
            return out
        if not packet:
            return out
        out[packet[0]] = out.get(packet[0], b"") + packet[1:]


@unittest.skipUnless(RUNTIME, "crun is not installed")
class TestCase(harness.TestCase):
    def container(self, args, name="ours", monitor=None, **kwargs):
        return Container(self, monitor or os.path.abspath(self.program("berth-monitor")), name, args, **kwargs)

    def under_each_monitor(self, args, **kwargs):
        """The same container under berth-monitor and, where it is installed, under conmon."""
        yield self.container(args, **kwargs)
        if CONMON:
            yield self.container(args, name="conmon", monitor=CONMON, **kwargs)
