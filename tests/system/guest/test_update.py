"""Limits of a live container, on a machine that has every controller: update, events, and how the kernel takes them."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

CGROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1 << 20


class ALiveContainer(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-update-"))
        self.addCleanup(shutil.rmtree, self.scratch)
        self.rootfs = self.scratch / "rootfs"
        (self.rootfs / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", self.rootfs / "bin")
        for name in ("sh", "sleep", "cat", "tail", "head", "dd"):
            (self.rootfs / "bin" / name).symlink_to("busybox")
        self.name = self.scratch.name
        # Three deep, none of it there before: the controllers must be handed down at each step.
        self.path = f"berth-system/{self.name}/deep"
        self.cgroup = CGROUPS / self.path
        self.addCleanup(self.remove)

    def remove(self):
        self.runtime("delete", "--force", self.name)
        self.assertFalse(self.cgroup.exists())
        self.cgroup.parent.rmdir()
        self.cgroup.parent.parent.rmdir()

    def runtime(self, *arguments, **kwargs):
        return subprocess.run(["berth-runtime", "--root", self.scratch / "state", *map(str, arguments)],
                              capture_output="stdout" not in kwargs, text=True, **kwargs)

    def run_detached(self, *command, **resources):
        subprocess.run(["berth-runtime", "spec"], cwd=self.scratch, check=True)
        config = self.scratch / "config.json"
        spec = json.loads(config.read_text())
        spec["process"].update(terminal=False, args=list(command))
        spec["linux"]["cgroupsPath"] = "/" + self.path
        spec["linux"]["resources"] = resources
        config.write_text(json.dumps(spec))
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

    def file(self, name):
        return (self.cgroup / name).read_text().strip()

    def test_takes_new_limits_of_every_kind(self):
        self.run_detached("sleep", "100", memory={"limit": 64 * MIB}, pids={"limit": 10})
        self.updated("--memory", "128m", "--memory-reservation", "32m", "--pids-limit", "20", "--cpu-share", "512",
                     "--cpuset-cpus", "1", "--cpu-quota", "20000", "--cpu-period", "50000")
        self.assertEqual(self.file("memory.max"), str(128 * MIB))
        self.assertEqual(self.file("memory.low"), str(32 * MIB))
        self.assertEqual(self.file("pids.max"), "20")
        self.assertEqual(self.file("cpu.weight"), "59")
        self.assertEqual(self.file("cpu.max"), "20000 50000")
        self.assertEqual(self.file("cpuset.cpus"), "1")

    def test_keeps_the_other_half_of_a_pair(self):
        self.run_detached("sleep", "100", memory={"limit": 64 * MIB}, cpu={"quota": 20000, "period": 50000})
        self.updated("--cpu-period", "40000")
        self.assertEqual(self.file("cpu.max"), "20000 40000")
        self.updated("--cpu-quota", "10000")
        self.assertEqual(self.file("cpu.max"), "10000 40000")
        self.updated("--memory-swap", "96m")
        self.assertEqual((self.file("memory.max"), self.file("memory.swap.max")), (str(64 * MIB), str(32 * MIB)))
        self.updated("--memory", "-1")
        self.assertEqual((self.file("memory.max"), self.file("memory.swap.max")), ("max", "max"))

    def test_lifts_limits(self):
        self.run_detached("sleep", "100", pids={"limit": 10}, cpu={"quota": 20000})
        self.updated("--pids-limit", "-1", "--cpu-quota", "-1")
        self.assertEqual(self.file("pids.max"), "max")
        self.assertEqual(self.file("cpu.max").split()[0], "max")

    def test_grows_and_shrinks_burst_and_quota_together(self):
        self.run_detached("sleep", "100", cpu={"quota": 10000, "period": 100000, "burst": 5000})
        self.assertEqual((self.file("cpu.max"), self.file("cpu.max.burst")), ("10000 100000", "5000"))
        self.updated(cpu={"quota": 50000, "period": 100000, "burst": 40000})
        self.assertEqual((self.file("cpu.max"), self.file("cpu.max.burst")), ("50000 100000", "40000"))
        self.updated(cpu={"quota": 20000, "period": 100000, "burst": 1000})
        self.assertEqual((self.file("cpu.max"), self.file("cpu.max.burst")), ("20000 100000", "1000"))

    def test_can_be_idle_and_have_its_weight_back(self):
        self.run_detached("sleep", "100", cpu={"idle": 1, "shares": 2048})
        self.assertEqual(self.file("cpu.idle"), "1")
        self.updated(cpu={"idle": 0, "shares": 2048})
        self.assertEqual((self.file("cpu.idle"), self.file("cpu.weight")), ("0", "174"))

    def test_is_not_shrunk_below_what_it_uses_when_that_is_asked(self):
        self.run_detached("sh", "-c", f"head -c {24 * MIB} /dev/zero | tail -c {24 * MIB} & sleep 100", memory={"limit": 64 * MIB})
        self.eventually(lambda: int(self.file("memory.peak")) > 8 * MIB)
        used = int(self.file("memory.current"))
        result = self.update(memory={"limit": max(used // 4, 4096), "checkBeforeUpdate": True})
        self.assertEqual(result.returncode, 1, "the limit was set")
        self.assertIn("linux.resources.memory.limit: expected more than the", result.stderr)
        self.assertEqual(self.file("memory.max"), str(64 * MIB))

    def test_throttles_a_disk(self):
        disk = os.stat("/").st_dev
        major, minor = os.major(disk), 0
        self.run_detached("sleep", "100", blockIO={
            "throttleReadBpsDevice": [{"major": major, "minor": minor, "rate": 1 * MIB}],
            "throttleWriteIOPSDevice": [{"major": major, "minor": minor, "rate": 100}]})
        self.assertEqual(self.file("io.max"), f"{major}:{minor} rbps={MIB} wbps=max riops=max wiops=100")

    def test_refuses_what_the_kernel_refuses_and_says_what(self):
        self.run_detached("sleep", "100")
        result = self.update("--cpuset-cpus", "4000")
        self.assertEqual(result.returncode, 1)
        self.assertIn("linux.resources.cpu.cpus", result.stderr)
        result = self.update(unified={"memory.frob": "1"})
        self.assertIn('linux.resources.unified["memory.frob"]: expected a file memory.frob', result.stderr)

    def test_reports_each_oom_kill_and_its_use(self):
        self.run_detached("sh", "-c", "while true; do sleep 1; tail /dev/zero; done", memory={"limit": 16 * MIB, "swap": 16 * MIB})
        follower = subprocess.Popen(["berth-runtime", "--root", self.scratch / "state", "events", "--interval", "1h",
                                     self.name], stdout=subprocess.PIPE, text=True)
        self.addCleanup(follower.stdout.close)
        self.addCleanup(follower.wait)
        self.addCleanup(follower.kill)
        for _ in range(2):
            self.assertEqual(json.loads(follower.stdout.readline()), {"type": "oom", "id": self.name})
        stats = json.loads(self.runtime("events", "--stats", self.name).stdout)["data"]
        self.assertEqual(stats["memory"]["usage"]["limit"], 16 * MIB)
        self.assertGreater(stats["memory"]["usage"]["usage"], 0)
        self.assertGreaterEqual(stats["memory"]["event_count"]["oom_kill"], 2)
        self.assertGreater(stats["cpu"]["usage"]["total"], 0)
        self.assertGreater(stats["pids"]["current"], 0)

    def eventually(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "the condition never held")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
