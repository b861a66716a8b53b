"""What the guest's tests share: units of a real systemd, a Debian root filesystem for containers, what is left behind.

    class AContainerAsAService(service.TestCase):
        def test_is_active_when_the_payload_says_so(self):
            unit = self.unit("berth", "run", "--rm", "--name", "web", "--rootfs", self.rootfs(), "redis-server", …)
            unit.start()
            self.assertEqual(unit.show("ActiveState"), "active")

Every test ends with a look at the machine: a process, mount, cgroup or file that was not there before fails it.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

UNITS = pathlib.Path("/run/systemd/system")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
# Where Berth, its containers and the tests could leave a file.
WATCHED = ("/run/berth", "/run/berth-runtime", "/run/notify", "/var/lib/berth", "/tmp", "/var/tmp", "/dev/shm", "/run/lock")


# What the engine makes once and keeps.
KEPT = {"/run/berth/locks", "/run/berth/state", "/var/lib/berth/containers"}
# The same of others: systemd, the runtime's cache, podman 5 (an empty directory a user, for every --userns=auto).
KEPT_PARTS = ("/systemd-private-", "/.seccomp@", "/intermediate-mountpoint-")


def run(*command, check=False, timeout=120, **kwargs):
    """Runs a command to its end; the result has returncode, stdout and stderr as text, which a failed check shows."""
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    if "stdout" not in kwargs:
        kwargs["capture_output"] = True
    done = subprocess.run([str(part) for part in command], text=True, timeout=timeout, **kwargs)
    if check and done.returncode != 0:
        raise AssertionError(f"{done}")
    return done


def processes():
    """Every user process as "pid command line"; systemd's own helpers come and go and are left out."""
    found = set()
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            state = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            if not command and state == "Z":
                command = "zombie " + (entry / "comm").read_text().strip()
        except OSError:
            continue
        if command and not command.startswith(("(", "/lib/systemd/", "/usr/lib/systemd/")):
            found.add(f"{entry.name} {command}")
    return found


def mounts():
    return {line.split()[4] + " " + line.split(" - ")[1] for line in
            pathlib.Path("/proc/self/mountinfo").read_text().splitlines()}


def cgroups():
    """All of them; one may go while we look."""
    return {os.path.join(where, name) for where, names, _ in os.walk(CGROUPS) for name in names if "systemd-" not in name}


def files(folders):
    found = set()
    for folder in folders:
        for where, directories, names in os.walk(folder):
            found.update(os.path.join(where, name) for name in (*directories, *names))
    return {path for path in found - KEPT if not any(part in path for part in KEPT_PARTS)}


def read_json(path):
    return json.loads(pathlib.Path(path).read_text())


def write_json(path, value):
    pathlib.Path(path).write_text(json.dumps(value))


class Unit:
    """One service unit in /run/systemd/system, started and inspected through systemctl."""

    def __init__(self, name, text):
        self.name = name
        self.path = UNITS / f"{name}.service"
        self.path.write_text(text)

    def systemctl(self, verb, *arguments, **kwargs):
        return run("systemctl", verb, *arguments, f"{self.name}.service", **kwargs)

    def start(self):
        return self.systemctl("start")

    def begin(self):
        """Starts without waiting for it to become active."""
        return self.systemctl("start", "--no-block")

    def stop(self):
        return self.systemctl("stop")

    def show(self, key):
        return self.systemctl("show", "--value", "-p", key).stdout.rstrip("\n")

    def state(self):
        return self.show("ActiveState")

    def cgroup(self, child=""):
        return CGROUPS / "system.slice" / f"{self.name}.service" / child

    def processes(self, child=""):
        """The pids in the unit's cgroup or in a child of it, with all that lies below."""
        found = []
        for path in self.cgroup(child).rglob("cgroup.procs"):
            try:
                found += [int(pid) for pid in path.read_text().split()]
            except OSError:
                pass
        return found

    def journal(self):
        run("journalctl", "--sync")
        return run("journalctl", "-o", "cat", "--no-pager", "-u", f"{self.name}.service").stdout

    def remove(self):
        if self.state() not in ("inactive", "failed"):
            self.systemctl("kill", "--signal=KILL")
            self.stop()
        if self.state() == "failed":
            self.systemctl("reset-failed")
        self.path.unlink(missing_ok=True)


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="test-", dir="/srv"))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        if not pathlib.Path("/var/lib/berth").exists():
            run("berth", "ps", "-a")  # makes the engine's own files, which stay
        self.watched = list(WATCHED)
        self._before = self._look()
        self._units = []
        self._rootfs = None
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        for unit in self._units:
            unit.remove()
        if self.left_behind():
            run("berth", "ps", "-a")  # heals what a test has killed
        try:
            self.assert_nothing_left_behind()
        finally:
            if self._rootfs:
                run("umount", "-l", self._rootfs)
                run("umount", "-l", self.scratch / "layers")

    def container(self, *command, flags=(), **settings):
        """A unit whose ExecStart= is `berth run` with the Debian rootfs; its container has the unit's name."""
        name = f"berth-{len(self._units)}-{time.monotonic_ns() % 10**9}"
        return self.unit("berth", "run", "--rm", "--name", name, *flags, "--rootfs", self.rootfs(), *command, name=name,
                         **settings)

    def _look(self):
        return {"process": processes(), "mount": mounts(), "cgroup": cgroups(), "file": files(self.watched)}

    def left_behind(self):
        """What is on the machine now and was not at the beginning of the test, its own rootfs aside."""
        return sorted(f"{what} {thing}" for what, now in self._look().items() for thing in now - self._before[what]
                      if not thing.startswith(str(self.scratch)))

    def assert_nothing_left_behind(self):
        """Some things end a moment after systemctl has returned: what counts is what stays."""
        self.eventually(lambda: not self.left_behind(), timeout=30, message=self.left_behind)

    def unit(self, *command, name=None, extra="", **settings):
        """Writes a unit of Type=notify with Delegate=yes; `settings` add to its [Service] section or replace lines."""
        name = name or f"berth-{len(self._units)}-{time.monotonic_ns() % 10**9}"
        service = {"Type": "notify", "Delegate": "yes", "TimeoutStartSec": "30", "TimeoutStopSec": "30", **settings}
        program = shutil.which(str(command[0]))
        exec_start = " ".join(quote(part) for part in (program, *command[1:]))
        lines = [f"{key}={value}" for key, value in service.items() if value is not None]
        text = "\n".join(["[Unit]", f"Description={self.id()}", "[Service]", f"ExecStart={exec_start}", *lines, extra, ""])
        unit = Unit(name, text)
        self._units.append(unit)
        return unit

    def rootfs(self):
        """A Debian for containers: this machine's own root filesystem under an overlay, its writes in memory."""
        if not self._rootfs:
            layers, root = self.scratch / "layers", self.scratch / "rootfs"
            layers.mkdir()
            root.mkdir()
            run("mount", "-t", "tmpfs", "rootfs-layers", layers, check=True)
            (layers / "upper").mkdir()
            (layers / "work").mkdir()
            run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={layers}/upper,workdir={layers}/work", root,
                check=True)
            shutil.copy2(pathlib.Path(__file__).with_name("payload.py"), root / "payload.py")
            (root / "payload.py").chmod(0o755)
            self._rootfs = root
        return self._rootfs

    def eventually(self, condition, timeout=30, message="the condition never held"):
        """Polls until `condition()` is true and returns its value."""
        deadline = time.monotonic() + timeout
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                self.fail(message() if callable(message) else message)
            time.sleep(0.05)

    def becomes(self, unit, key, value, timeout=30):
        """Waits for a property of the unit; a failure says what it was instead, and what the unit has logged."""
        self.eventually(lambda: unit.show(key) == value or unit.state() == "failed", timeout,
                        lambda: f"{key} is {unit.show(key)!r}, not {value!r}\n{unit.journal()}")
        self.assertEqual(unit.show(key), value, f"{key}\n{unit.journal()}")


class PromptResult(unittest.TextTestResult):
    """Tells of a failure when it happens, not at the end, which a hang may keep from coming."""

    def printErrorList(self, flavour, errors):
        pass

    def _tell(self, test, error):
        self.stream.writeln(self._exc_info_to_string(error, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._tell(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._tell(test, err)


def main():
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=PromptResult, verbosity=2, descriptions=False))


def quote(part):
    """One word of ExecStart=: systemd's quoting, and no specifier or variable of its own."""
    text = str(part).replace("%", "%%").replace("$", "$$")
    return text if text and all(c.isalnum() or c in "-_./=,:@%+$" for c in text) else '"' + text.replace("\\", "\\\\").replace(
        '"', '\\"').replace("\n", "\\n") + '"'


def payload(*steps):
    """The command of a payload that takes these steps (see payload.py, which is put into the rootfs as well)."""
    return ("/payload.py", *steps)
