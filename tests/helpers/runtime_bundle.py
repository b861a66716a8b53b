"""Bundles for berth-runtime, and what must be gone after a test: shared by the tests/integration/test_runtime_*.py.

    class Mounts(runtime_bundle.TestCase):
        def test_x(self):
            self.bundle(["sh", "-c", "true"], mounts=[…])
            self.ok("run", "-b", self.bundle_path, self.id())
"""

import json
import pathlib
import subprocess

import harness


def cgroup_mount():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ")
        if right.split()[0] == "cgroup2":
            return pathlib.Path(left.split()[4])
    return None


class TestCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.state_root = self.scratch / "state"
        self.bundle_path = self.scratch / "bundle"
        self.shared = self.scratch / "shared"
        self.shared.mkdir()
        self.bundle_path.mkdir()
        self.addCleanup(self._delete_all)

    def id(self):
        """A container's name that no other test uses (unittest's own id() is of no use here)."""
        return "t" + self.scratch.name.removeprefix("berth-test-").replace("_", "-")

    def _delete_all(self):
        if self.state_root.exists():
            for directory in self.state_root.iterdir():
                self.runtime("delete", "--force", directory.name)

    def bundle(self, args, mounts=(), namespaces_without=(), process=None, linux=None, **members):
        """A bundle of the default config with `args`; keyword arguments replace or add members."""
        if not (self.bundle_path / "rootfs").exists():
            harness.make_rootfs(self.bundle_path / "rootfs")
        (self.bundle_path / "config.json").unlink(missing_ok=True)
        subprocess.run([self.program("berth-runtime"), "spec", "--bundle", self.bundle_path], check=True)
        config = json.loads((self.bundle_path / "config.json").read_text())
        config["process"].update({"terminal": False, "args": list(args), **(process or {})})
        config["mounts"].extend(mounts)
        config["linux"].update(linux or {})
        config["linux"]["namespaces"] = [n for n in config["linux"]["namespaces"]
                                         if n["type"] not in namespaces_without]
        config.update(members)
        self.write_config(config)
        return config

    def write_config(self, config):
        (self.bundle_path / "config.json").write_text(json.dumps(config))

    def shared_mount(self, destination="/out", options=("rbind", "rw")):
        return {"destination": destination, "type": "bind", "source": str(self.shared), "options": list(options)}

    def runtime(self, *args, **kwargs):
        return self.run_program("berth-runtime", "--root", self.state_root, *args, **kwargs)

    def start_runtime(self, *args, **kwargs):
        return self.start_program("berth-runtime", "--root", self.state_root, *args, **kwargs)

    def ok(self, *args, **kwargs):
        result = self.runtime(*args, **kwargs)
        self.assertEqual(result.returncode, 0, result)
        return result

    def output(self, args, **kwargs):
        """What a container with this payload prints."""
        self.bundle(args, **kwargs)
        return self.ok("run", "-b", self.bundle_path, self.id()).stdout

    def create(self, *flags):
        # Not captured: the waiting container would hold the pipe open.
        self.ok("create", *flags, "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)

    def state(self):
        return json.loads(self.ok("state", self.id()).stdout)

    def cgroup(self):
        return cgroup_mount() / self.id()

    def assert_nothing_left(self):
        left = list(self.state_root.iterdir()) if self.state_root.exists() else []
        self.assertEqual([path for path in left if path.name != ".seccomp@"], [])  # the cache of filters may stay
        self.assertFalse(self.cgroup().exists(), f"{self.cgroup()} is still there")
        self.assertNotIn(str(self.scratch), pathlib.Path("/proc/self/mounts").read_text())
