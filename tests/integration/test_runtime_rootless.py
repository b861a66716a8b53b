"""berth-runtime for an ordinary user who is root of a user namespace of his own, as rootless podman runs its runtime."""

import os
import subprocess
import unittest

import harness
import runtime_bundle

USER = 1000
ENTER = ("setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "unshare", "--user", "--map-root-user", "--mount")


@unittest.skipUnless(os.geteuid() == 0, "needs root, to become another user")
class RootOfAUserNamespace(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.runtime_dir = self.scratch / "runtime"
        self.runtime_dir.mkdir()
        harness.make_rootfs(self.bundle_path / "rootfs")
        config = self.bundle(["sh", "-c", "id -u; cat /proc/self/oom_score_adj"], namespaces_without=("network", "cgroup"),
                             process={"oomScoreAdj": -500, "rlimits": []}, linux={"resources": {}})
        config["mounts"] = [mount for mount in config["mounts"] if mount["type"] not in ("sysfs", "cgroup")]  # the host's network
        for mount in config["mounts"]:
            mount["options"] = [option for option in mount.get("options", []) if option != "gid=5"]  # the one id mapped is 0
        self.write_config(config)
        self.scratch.chmod(0o755)
        for path in (self.runtime_dir, self.bundle_path, self.bundle_path / "rootfs"):
            os.chown(path, USER, USER)

    def inside(self, *args, **environment):
        command = [*ENTER, os.path.abspath(self.program("berth-runtime")), *map(str, args)]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, cwd="/",
                              env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(self.runtime_dir), **environment})

    def test_runs_a_container_with_its_state_in_the_users_runtime_directory(self):
        done = self.inside("run", "-b", self.bundle_path, self.id())
        self.assertEqual((done.returncode, done.stdout.split()[:1]), (0, ["0"]), done)
        self.assertTrue((self.runtime_dir / "berth-runtime").is_dir())

    def test_an_oom_score_that_he_may_not_have_is_left_as_it_is(self):
        done = self.inside("run", "-b", self.bundle_path, self.id())
        self.assertEqual((done.returncode, done.stdout.split()[1:] == ["-500"]), (0, False), done)

    def test_asks_the_users_manager_for_a_scope(self):
        done = self.inside("--systemd-cgroup", "run", "-b", self.bundle_path, self.id())
        self.assertEqual(done.returncode, 1, done)
        self.assertIn(f"{self.runtime_dir}/systemd/private", done.stderr)


if __name__ == "__main__":
    unittest.main()
