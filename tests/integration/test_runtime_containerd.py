"""containerd's own runc shim on berth-runtime, by ctr.

The daemon and all that it starts live in a pid and mount namespace of this test: with a pure cgroup2 view, as the shim
wants it, a /run of their own, and one process to kill that takes everything with it.
"""

import os
import pathlib
import shutil
import subprocess
import unittest

import harness
import leftovers

# The shell reaps what the shims leave to it; $1 is containerd's configuration.
WORLD = """
mount -t tmpfs run /run && mount -t cgroup2 none /sys/fs/cgroup || exit 1
containerd --config "$1" & while :; do wait; sleep 1; done
"""
# Without the plugin that makes /opt/containerd.
CONFIGURATION = """
version = 2
root = "{folder}/lib"
state = "/run/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
address = "/run/containerd.sock"
"""
WAITS = "trap 'exit 4' TERM; echo up; while :; do sleep 0.1; done"


@unittest.skipUnless(shutil.which("containerd") and shutil.which("ctr") and os.geteuid() == 0, "needs containerd and root")
class ContainerdRunsOnBerthRuntime(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.cgroup_parent = "/" + self.scratch.name
        self.addCleanup(self._remove_cgroups)
        self.rootfs()
        configuration = self.scratch / "config.toml"
        configuration.write_text(CONFIGURATION.format(folder=self.scratch))
        with open(self.scratch / "log", "wb") as log:
            world = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--mount-proc",
                                      "--kill-child", "sh", "-c", WORLD, "sh", configuration],
                                     stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self._end, world)
        self.init = self.eventually(lambda: self._child_of(world.pid))
        self.eventually(lambda: self.ctr("version").returncode == 0, message="containerd did not come up")

    @staticmethod
    def _child_of(pid):
        return pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()

    def _remove_cgroups(self):
        def removed():  # the last of those that were killed may still be on their way out
            for mount in leftovers.cgroup_roots():
                for directory, _, _ in os.walk(mount + self.cgroup_parent, topdown=False):
                    try:
                        os.rmdir(directory)
                    except OSError:
                        return False
            return True

        self.eventually(removed, message="containerd left processes behind")

    def inside(self, *command):
        return ["nsenter", "--target", self.init, "--mount", "--pid", *map(str, command)]

    def ctr(self, *arguments):
        return subprocess.run(self.inside("ctr", "--address", "/run/containerd.sock", *arguments), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120)

    def run_words(self, *command, flags=("--rm",), name="box"):
        return ("run", *flags, "--runc-binary", os.path.abspath(self.program("berth-runtime")),
                "--cgroup", f"{self.cgroup_parent}/{name}", "--rootfs", self.rootfs(), name, *command)

    def status(self):
        rows = [line.split() for line in self.ctr("tasks", "ls").stdout.splitlines()]
        return next((row[2] for row in rows if row[0] == "box"), "gone")

    def test_a_command_gives_its_output_and_status_and_a_missing_one_is_named(self):
        done = self.ctr(*self.run_words("sh", "-c", "id -u; echo err >&2; exit 3"))
        self.assertEqual((done.returncode, done.stdout), (3, "0\n"), done)
        self.assertIn("err\n", done.stderr)
        missing = self.ctr(*self.run_words("nosuch"))
        self.assertEqual(missing.returncode, 1, missing)
        self.assertIn('exec: "nosuch": executable file not found in $PATH', missing.stderr)

    def test_a_task_lives_through_exec_pause_resume_and_kill(self):
        started = self.ctr(*self.run_words("sh", "-c", WAITS, flags=("--detach",)))
        self.assertEqual(started.returncode, 0, started)
        inside = self.ctr("tasks", "exec", "--exec-id", "one", "--user", "1000:7", "--cwd", "/tmp", "box", "sh", "-c",
                          "id -u; id -g; pwd; exit 9")
        self.assertEqual((inside.returncode, inside.stdout.split()), (9, ["1000", "7", "/tmp"]), inside)
        missing = self.ctr("tasks", "exec", "--exec-id", "two", "box", "nosuch")
        self.assertIn('exec: "nosuch": executable file not found in $PATH', missing.stderr)
        self.assertEqual(self.ctr("tasks", "pause", "box").returncode, 0)
        self.assertEqual(self.status(), "PAUSED")
        self.assertEqual(self.ctr("tasks", "resume", "box").returncode, 0)
        self.assertEqual(self.status(), "RUNNING")
        self.assertGreaterEqual(len(self.ctr("tasks", "ps", "box").stdout.splitlines()), 2)
        self.assertEqual(self.ctr("tasks", "kill", "--signal", "TERM", "box").returncode, 0)
        self.eventually(lambda: self.status() == "STOPPED")
        self.assertIn("exit code 4", self.ctr("tasks", "delete", "box").stderr)
        self.assertEqual(self.ctr("containers", "delete", "box").returncode, 0)

    def test_a_terminal_is_one_of_the_containers(self):
        words = self.inside("ctr", "--address", "/run/containerd.sock", *self.run_words("tty", flags=("--rm", "--tty")))
        done = subprocess.run(["script", "-qec", " ".join(words), "/dev/null"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("/dev/pts/0", done.stdout)


if __name__ == "__main__":
    unittest.main()
