"""podman with berth-monitor in conmon's place: what its user sees is the same."""

import json
import os
import shutil
import subprocess
import unittest

import harness
import monitored


@unittest.skipUnless(shutil.which("podman"), "podman is not installed")
class Podman(monitored.TestCase):
    def setUp(self):
        super().setUp()
        self.storage = self.scratch / "storage"
        # The monitor's exit command is podman, which still writes there.
        self.addCleanup(self.eventually, lambda: not harness.processes_of(str(self.storage)),
                        message=lambda: harness.processes_of(str(self.storage)))
        self.addCleanup(self.podman, "rm", "--all", "--force", "--time", "0", check=False)

    def podman(self, *words, check=True, **kwargs):
        command = ["podman", "--root", self.storage / "root", "--runroot", self.storage / "run", "--tmpdir",
                   self.storage / "tmp", "--cgroup-manager", "cgroupfs", "--storage-driver", "vfs",
                   "--events-backend", "file", "--conmon", os.path.abspath(self.program("berth-monitor")),
                   "--runtime", monitored.RUNTIME, *words]
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        result = subprocess.run([str(word) for word in command], capture_output=True, timeout=60, **kwargs)
        if check:
            self.assertEqual(result.returncode, 0, result)
        return result

    def run_container(self, *words, flags=(), **kwargs):
        # This machine may not raise its limits, as podman would.
        return self.podman("run", "--network", "none", "--cgroups", "disabled", "--ulimit", "nofile=1024:1024",
                           "--ulimit", "nproc=1024:1024", *flags, "--rootfs", self.rootfs(), *words, **kwargs)

    def test_run_gives_output_errors_and_the_exit_status(self):
        result = self.run_container("sh", "-c", "echo out; echo err >&2; exit 7", flags=["--rm"], check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, b"out\n", b"err\n"))

    def test_run_pipes_its_stdin(self):
        with open(self.scratch / "input", "wb") as file:
            file.write(b"x" * 3_000_000)
        with open(self.scratch / "input", "rb") as file:
            result = self.run_container("wc", "-c", flags=["--rm", "-i"], stdin=file)
        self.assertEqual(result.stdout.strip(), b"3000000")

    def test_a_command_that_is_missing_is_127(self):
        result = self.run_container("no-such-command", flags=["--rm"], check=False)
        self.assertEqual(result.returncode, 127, result)
        self.assertIn(b"no-such-command", result.stderr)

    def test_a_detached_container_can_be_looked_at_and_waited_for(self):
        self.run_container("sh", "-c", "echo out; read a; exit 5", flags=["-d", "-i", "--name", "web"])
        self.eventually(lambda: self.podman("logs", "web").stdout == b"out\n")
        result = self.podman("exec", "web", "sh", "-c", "echo inside; exit 4", check=False)
        self.assertEqual((result.returncode, result.stdout), (4, b"inside\n"))
        self.podman("kill", "web")
        self.assertEqual(self.podman("wait", "web").stdout, b"137\n")
        state = json.loads(self.podman("inspect", "web").stdout)[0]["State"]
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 137))
        self.podman("start", "web")
        self.podman("stop", "--time", "0", "web")
        self.podman("rm", "web")

    def test_exec_passes_input_and_output(self):
        self.run_container("sleep", "100", flags=["-d", "--name", "web"])
        result = self.podman("exec", "-i", "web", "cat", input=b"typed\n", stdin=None)
        self.assertEqual(result.stdout, b"typed\n")


if __name__ == "__main__":
    monitored.main()
