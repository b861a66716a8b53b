"""What the other files build upon: this machine is what the tests say it is."""

import pathlib
import subprocess
import unittest


class TheTestMachine(unittest.TestCase):
    def test_runs_systemd_as_pid_1(self):
        self.assertEqual(pathlib.Path("/proc/1/comm").read_text().strip(), "systemd")

    def test_has_a_pure_cgroup_v2_tree_with_every_controller(self):
        kind = subprocess.run(["stat", "-fc", "%T", "/sys/fs/cgroup"], capture_output=True, text=True, check=True)
        self.assertEqual(kind.stdout.strip(), "cgroup2fs")
        controllers = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split()
        self.assertLessEqual({"cpu", "cpuset", "io", "memory", "pids"}, set(controllers))

    def test_gives_root_every_capability(self):
        status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
        self.assertTrue(int(status["CapEff"], 16) & 1 << 24, "CAP_SYS_RESOURCE is missing")

    def test_is_not_degraded(self):
        failed = subprocess.run(["systemctl", "--failed", "--plain", "--no-legend"], capture_output=True, text=True)
        self.assertEqual(failed.stdout, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
