"""What the black-box tests share: the programs under test, a scratch directory, a root filesystem, processes.

    class ARunningContainer(harness.TestCase):
        def test_a_container_that_exits_7_is_reported_as_7(self):
            result = self.run_program("berth", "run", "--rootfs", self.rootfs(), "sh", "-c", "exit 7")
            self.assertEqual(result.returncode, 7, result)

Every test gets a scratch directory that is removed afterwards, and every process that it started is waited for.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("BERTH_BIN", pathlib.Path(__file__).parents[2] / "build" / "bin"))
# `berth` for use inside of a container: static also when BIN holds a build with sanitizers.
STATIC_BERTH = pathlib.Path(os.environ.get("BERTH_STATIC_BIN", BIN)) / "berth"
# The programs carry sanitizers: what they need of memory and time says nothing about those that are shipped.
SANITIZED = "BERTH_STATIC_BIN" in os.environ
BUSYBOX = pathlib.Path("/bin/busybox")


def make_rootfs(path):
    """A root filesystem of busybox-static: /bin with its applets as links, and the usual empty directories."""
    root = pathlib.Path(path)
    for name in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var", "home"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    shutil.copy2(BUSYBOX, root / "bin" / "busybox")
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for applet in applets:
        if applet != "busybox":
            (root / "bin" / applet).symlink_to("busybox")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:web:/home:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\nweb:x:1000:\nextra:x:2000:web\n")
    return root


def processes_of(text):
    """Every process whose command line has `text` in it, as "pid command line"."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command and int(entry.name) != os.getpid():
            found.append(f"{entry.name} {command}")
    return found


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-test-"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def rootfs(self, name="rootfs"):
        path = self.scratch / name
        return path if path.exists() else make_rootfs(path)

    def program(self, name):
        return str(BIN / name)

    def run_program(self, name, *args, timeout=60, **kwargs):
        """Runs one of ours to its end; the result has returncode, stdout and stderr as text."""
        if "input" not in kwargs:
            kwargs.setdefault("stdin", subprocess.DEVNULL)
        if "stdout" not in kwargs and "stderr" not in kwargs:
            kwargs["capture_output"] = True
        return subprocess.run([self.program(name), *map(str, args)], text=True, timeout=timeout, **kwargs)

    def start_program(self, name, *args, **kwargs):
        """Starts one of ours; it is killed and reaped at the end of the test if it still runs."""
        process = subprocess.Popen([self.program(name), *map(str, args)], text=True, **kwargs)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def eventually(self, condition, timeout=60, message="the condition never held"):
        """Polls until `condition()` is true and returns its value."""
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                self.fail(message() if callable(message) else message)
            time.sleep(0.01)
