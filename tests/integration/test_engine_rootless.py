"""berth by an ordinary user: no privilege, no delegated cgroup, state under the XDG paths."""

import os
import shutil
import subprocess
import unittest

import harness

USER = 12345


class AnOrdinaryUser(harness.TestCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.scratch, 0o755)
        self.home = self.scratch / "home"
        self.runtime_dir = self.scratch / "xdg"
        for directory in (self.home, self.runtime_dir):
            directory.mkdir(mode=0o700)
        harness.make_rootfs(self.home / "rootfs")
        # The build tree may be closed to other users: what one would install is copied to where they can read.
        self.bin = self.scratch / "bin"
        self.bin.mkdir()
        for name in ("berth", "berth-monitor", "berth-runtime"):
            shutil.copy2(self.program(name), self.bin / name)
        subprocess.run(["chown", "-R", f"{USER}:{USER}", self.home, self.runtime_dir], check=True)
        self.addCleanup(self.berth, "rm", "-f", "web")

    def berth(self, *args):
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.runtime_dir)}
        return subprocess.run(["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups",
                               self.bin / "berth", *map(str, args)],
                              env=environment, cwd=self.home, text=True, capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def test_is_root_inside_and_itself_outside(self):
        result = self.berth("run", "--rm", "--rootfs", "rootfs", "sh", "-c", "id -u; touch /made; exit 7")
        self.assertEqual((result.returncode, result.stdout), (7, "0\n"), result.stderr)
        self.assertEqual((self.home / "rootfs" / "made").stat().st_uid, USER)

    def test_runs_lists_enters_stops_and_removes_a_container(self):
        started = self.berth("run", "-d", "--name", "web", "--rootfs", "rootfs", "sleep", "1000")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertIn("web", self.berth("ps").stdout)
        entered = self.berth("exec", "web", "id", "-u")
        self.assertEqual((entered.returncode, entered.stdout), (0, "0\n"), entered.stderr)
        self.assertEqual(self.berth("stop", "-t", "0", "web").returncode, 0)
        self.assertEqual(self.berth("rm", "web").returncode, 0)
        self.assertNotIn("web", self.berth("ps", "-a").stdout)

    def test_keeps_its_state_under_the_xdg_paths(self):
        self.assertEqual(self.berth("run", "--rm", "--rootfs", "rootfs", "true").returncode, 0)
        self.assertTrue((self.home / ".local/share/berth/berth.db").exists())

    def test_gets_an_error_for_a_limit_that_nobody_delegated_to_it(self):
        result = self.berth("run", "--rm", "--pids-limit", "5", "--rootfs", "rootfs", "true")
        self.assertEqual(result.returncode, 125, result.stdout)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)


if __name__ == "__main__":
    unittest.main()
