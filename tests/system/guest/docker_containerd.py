"""containerd's runc shim with berth-runtime, by ctr."""

import json
import pathlib
import shutil
import subprocess

import busybox
import containerd
import service

RUNTIME = ("--runc-binary", "/usr/bin/berth-runtime")
WAITS = "trap 'exit 4' TERM; echo started; sleep 1000000 & wait"


class Ctr(containerd.TestCase):
    def ok(self, *arguments):
        result = containerd.ctr(*arguments)
        self.assertEqual(result.returncode, 0, f"ctr {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout

    def run_container(self, *command, flags=("--rm",), name="box"):
        return containerd.ctr("run", *flags, *RUNTIME, "--rootfs", busybox.root(), name, *command)

    def start(self, *command, flags=()):
        self.addCleanup(containerd.ctr, "containers", "rm", "box")
        self.addCleanup(containerd.ctr, "tasks", "rm", "-f", "box")
        result = self.run_container(*command, flags=("-d", *flags))
        self.assertEqual(result.returncode, 0, result.stderr)

    def status(self):
        """What `ctr tasks ls` says of the container: its pid and its state."""
        rows = [line.split() for line in self.ok("tasks", "ls").splitlines()]
        return next((row[2] for row in rows if row[0] == "box"), "gone")

    def test_runs_a_command_and_gives_its_output_and_status(self):
        done = self.run_container("sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout), (7, "out\n"))
        self.assertIn("err\n", done.stderr)
        self.assertIn("executable file not found", self.run_container("nosuch").stderr)

    def test_an_image_is_unpacked_and_run(self):
        done = containerd.ctr("run", "--rm", *RUNTIME, "--read-only", containerd.IMAGE, "box", "touch", "/x")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Read-only file system", done.stderr)

    def test_execs_pauses_resumes_counts_and_kills(self):
        self.start("sh", "-c", WAITS, flags=("--memory-limit", str(64 * 2**20), "--cpus", "0.5"))
        done = containerd.ctr("tasks", "exec", "--exec-id", "one", "--user", "65534:7", "--cwd", "/tmp", "box", "sh", "-c",
                              "id -u; pwd; exit 9")
        self.assertEqual((done.returncode, done.stdout.split()), (9, ["65534", "/tmp"]), done.stderr)
        cgroup = service.CGROUPS / "default/box"  # ctr mounts none inside
        self.assertEqual([(cgroup / name).read_text() for name in ("memory.max", "cpu.max")],
                         [f"{64 * 2**20}\n", "50000 100000\n"])
        self.assertIn("executable file not found", containerd.ctr("tasks", "exec", "--exec-id", "two", "box", "nosuch").stderr)
        self.ok("tasks", "pause", "box")
        self.assertEqual(self.status(), "PAUSED")
        self.ok("tasks", "resume", "box")
        self.assertEqual(self.status(), "RUNNING")
        self.assertGreaterEqual(len(self.ok("tasks", "ps", "box").splitlines()), 2)
        metrics = json.loads(self.ok("tasks", "metrics", "--format", "json", "box"))
        self.assertGreater(metrics["memory"]["usage"], 0)
        self.assertEqual(metrics["memory"]["usage_limit"], 64 * 2**20)
        self.ok("tasks", "kill", "-s", "TERM", "box")
        self.eventually(lambda: self.status() == "STOPPED", timeout=120)
        self.assertEqual(containerd.ctr("tasks", "rm", "box").returncode, 0)

    def test_is_checkpointed_and_restored_with_what_it_had_in_memory(self):
        self.addCleanup(containerd.ctr, "images", "rm", "saved:1")
        command = ("sh", "-c", "n=1; trap 'n=7; echo set' USR1; trap 'exit $n' TERM; echo up; while :; do sleep 0.2; done")
        first = self.popen("run", "--rm", *RUNTIME, containerd.IMAGE, "box", *command)
        self.assertEqual(first.stdout.readline(), "up\n")
        self.ok("tasks", "kill", "-s", "USR1", "box")
        self.assertEqual(first.stdout.readline(), "set\n")
        self.ok("containers", "checkpoint", "--image", "--rw", "--task", "box", "saved:1")
        self.ok("tasks", "kill", "-s", "KILL", "box")
        self.assertEqual(first.wait(timeout=240), 137)
        self.addCleanup(containerd.ctr, "containers", "rm", "box")
        self.addCleanup(containerd.ctr, "tasks", "rm", "-f", "box")
        self.addCleanup(self.remove_unpacked_checkpoint)
        self.ok("containers", "restore", "--rw", "--live", "box", "saved:1")
        self.assertEqual(self.status(), "RUNNING")
        self.ok("tasks", "kill", "-s", "TERM", "box")
        self.eventually(lambda: self.status() == "STOPPED", timeout=120)
        self.assertIn("exit code 7", containerd.ctr("tasks", "rm", "box").stderr)

    @staticmethod
    def remove_unpacked_checkpoint():
        """containerd unpacks what is restored into a folder that it then forgets."""
        for folder in pathlib.Path("/tmp").glob("ctrd-checkpoint*"):
            shutil.rmtree(folder)

    def popen(self, *arguments):
        """ctr in the foreground, for as long as its task runs."""
        process = subprocess.Popen(["ctr", "--address", containerd.SOCKET, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_systemd_scope_is_made(self):
        self.start("sleep", "1000000", flags=("--runc-systemd-cgroup", "--cgroup", "system.slice:berth:box"))
        self.assertEqual(service.run("systemctl", "is-active", "berth-box.scope").stdout.strip(), "active")


if __name__ == "__main__":
    service.main()
