"""podman on berth-runtime, unchanged: the real client, with a root filesystem of busybox."""

import os
import pathlib
import shutil
import subprocess
import unittest

import harness


@unittest.skipUnless(shutil.which("podman") and os.geteuid() == 0, "needs podman and root")
class PodmanRunsOnBerthRuntime(harness.TestCase):
    # Limits that a machine without the controllers or without CAP_SYS_RESOURCE cannot set are not asked for.
    MODEST = ("--network", "none", "--pids-limit", "0", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")

    def setUp(self):
        super().setUp()
        # podman leaves the parent of its cgroups, in every hierarchy: one of ours, which goes with the test.
        self.cgroup_parent = "/" + self.scratch.name
        self.addCleanup(self._remove_cgroups)
        # conmon's exit command is podman, which still writes there.
        self.addCleanup(self.eventually, lambda: not harness.processes_of(str(self.scratch)),
                        message=lambda: harness.processes_of(str(self.scratch)))

    def _remove_cgroups(self):
        mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
                  if " - cgroup" in line]

        def removed():  # conmon may still be at its last work
            for mount in mounts:
                for directory, _, _ in os.walk(mount + self.cgroup_parent, topdown=False):
                    try:
                        os.rmdir(directory)
                    except OSError:
                        return False
            return True

        self.eventually(removed, message="podman left processes behind")

    def podman(self, *args, **kwargs):
        command = ["podman", "--root", self.scratch / "root", "--runroot", self.scratch / "run", "--tmpdir",
                   self.scratch / "tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend",
                   "file", "--runtime", os.path.abspath(self.program("berth-runtime")), *args]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, **kwargs)

    def run_container(self, *args, flags=("--rm",)):
        return self.podman("run", *flags, *self.MODEST, "--cgroup-parent", self.cgroup_parent, "--rootfs", self.rootfs(), *args)

    def test_run_gives_output_and_exit_codes(self):
        result = self.run_container("sh", "-c", "id -u; grep Seccomp: /proc/self/status; exit 3")
        self.assertEqual((result.returncode, result.stdout.split()), (3, ["0", "Seccomp:", "2"]), result)
        self.assertEqual(self.run_container("nosuch").returncode, 127)
        self.assertEqual(self.run_container("/etc/passwd").returncode, 126)

    def test_a_container_lives_through_exec_pause_and_stop(self):
        self.addCleanup(self.podman, "rm", "--force", "--time", "0", "web")
        started = self.run_container("sh", "-c", "trap 'exit 4' TERM; echo up; while :; do sleep 0.1; done",
                                     flags=("-d", "--name", "web"))
        self.assertEqual(started.returncode, 0, started)
        inside = self.podman("exec", "-u", "1000:1000", "-w", "/tmp", "-e", "A=b", "web", "sh", "-c", "id -u; pwd; echo $A")
        self.assertEqual(inside.stdout.split(), ["1000", "/tmp", "b"], inside)
        self.assertEqual(self.podman("exec", "web", "sh", "-c", "exit 9").returncode, 9)
        self.assertEqual(self.podman("exec", "web", "nosuch").returncode, 127)
        self.assertEqual(self.podman("pause", "web").returncode, 0)
        self.assertEqual(self.podman("inspect", "-f", "{{.State.Status}}", "web").stdout, "paused\n")
        self.assertEqual(self.podman("unpause", "web").returncode, 0)
        self.assertIn("sleep", self.podman("top", "web").stdout)
        self.assertEqual(self.podman("stop", "--time", "10", "web").returncode, 0)
        self.assertEqual(self.podman("inspect", "-f", "{{.State.ExitCode}}", "web").stdout, "4\n")
        self.assertEqual(self.podman("logs", "web").stdout, "up\n")

    def test_a_terminal_is_one_of_the_containers(self):
        result = self.run_container("tty", flags=("--rm", "-t"))
        self.assertEqual(result.stdout.strip(), "/dev/pts/0", result)


if __name__ == "__main__":
    unittest.main()
