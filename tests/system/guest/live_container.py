"""A container of berth-runtime that lives while its limits are looked at, in a cgroup that is named and goes with the test.

    class AContainer(live_container.TestCase):
        def test_takes_a_limit(self):
            self.run_detached("sleep", "100", pids={"limit": 10})
            self.assertEqual(self.file("pids.max"), "10")
"""

import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

CGROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1 << 20
APPLETS = ("sh", "sleep", "cat", "tail", "head", "dd")


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-live-"))
        self.addCleanup(shutil.rmtree, self.scratch)
        self.rootfs = self.scratch / "rootfs"
        (self.rootfs / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", self.rootfs / "bin")
        for name in APPLETS:
            (self.rootfs / "bin" / name).symlink_to("busybox")
        self.name = self.scratch.name
        # Three deep, none of it there before: the controllers must be handed down at each step.
        self.path = f"berth-system/{self.name}/deep"
        self.cgroup = CGROUPS / self.path
        self.addCleanup(self.remove)

    def remove(self):
        self.runtime("delete", "--force", self.name)
        self.assertFalse(self.cgroup.exists())
        for parent in (self.cgroup.parent, self.cgroup.parent.parent):
            if parent.exists():  # not when the container was refused before it had a cgroup
                parent.rmdir()

    def runtime(self, *arguments, **kwargs):
        return subprocess.run(["berth-runtime", "--root", self.scratch / "state", *map(str, arguments)],
                              capture_output="stdout" not in kwargs, text=True, **kwargs)

    def bundle(self, *command, **resources):
        config = self.scratch / "config.json"
        config.unlink(missing_ok=True)
        subprocess.run(["berth-runtime", "spec"], cwd=self.scratch, check=True)
        spec = json.loads(config.read_text())
        spec["process"].update(terminal=False, args=list(command))
        spec["linux"]["cgroupsPath"] = "/" + self.path
        spec["linux"]["resources"] = resources
        config.write_text(json.dumps(spec))

    def run_detached(self, *command, **resources):
        self.bundle(*command, **resources)
        with open(self.scratch / "output", "w", encoding="utf-8") as output:
            done = self.runtime("run", "--detach", "--bundle", self.scratch, self.name, stdin=subprocess.DEVNULL,
                                stdout=output, stderr=output)
        self.assertEqual(done.returncode, 0, (self.scratch / "output").read_text())

    def update(self, *flags, **resources):
        if resources:
            flags = ("--resources", "-", *flags)
        return self.runtime("update", *flags, self.name, input=json.dumps(resources))

    def updated(self, *flags, **resources):
        result = self.update(*flags, **resources)
        self.assertEqual(result.returncode, 0, result.stderr)

    def stats(self):
        result = self.runtime("events", "--stats", self.name)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)["data"]

    def file(self, name):
        return (self.cgroup / name).read_text().strip()

    def eventually(self, condition):
        deadline = time.monotonic() + 60
        while True:
            value = condition()
            if value:
                return value
            self.assertLess(time.monotonic(), deadline, "the condition never held")
            time.sleep(0.05)
