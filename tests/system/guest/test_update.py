"""Limits of a live container, on a machine that has every controller: update, events, and how the kernel takes them."""

import json
import os
import subprocess
import unittest

import live_container

MIB = live_container.MIB


class ALiveContainer(live_container.TestCase):
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
        stats = self.stats()
        self.assertEqual(stats["memory"]["usage"]["limit"], 16 * MIB)
        self.assertGreater(stats["memory"]["usage"]["usage"], 0)
        self.assertGreaterEqual(stats["memory"]["event_count"]["oom_kill"], 2)
        self.assertGreater(stats["cpu"]["usage"]["total"], 0)
        self.assertGreater(stats["pids"]["current"], 0)

    def test_says_how_long_it_waited_for_cpu_memory_and_disk(self):
        self.run_detached("sh", "-c", "while :; do :; done & while :; do tail -c 12m /dev/zero > /dev/null; done",
                          memory={"limit": 8 * MIB, "swap": 8 * MIB}, cpu={"quota": 20000, "period": 100000})

        def files():
            """The totals of each pressure file, in microseconds: {("cpu", "some"): 7, …}."""
            return {(kind, line.split()[0]): int(line.rsplit("=", 1)[1]) for kind in ("cpu", "memory", "io")
                    for line in self.file(f"{kind}.pressure").split("\n")}

        self.eventually(lambda: files()["cpu", "some"] > 0 and files()["memory", "some"] > 0)
        before = files()
        stream = subprocess.Popen(["berth-runtime", "--root", self.scratch / "state", "events", "--interval", "10ms", self.name],
                                  stdout=subprocess.PIPE, text=True)
        with stream:
            told = next(event["data"] for event in map(json.loads, stream.stdout) if event["type"] == "stats")
            stream.kill()
        after = files()
        self.assertEqual(len(before), 6)
        for kind, member in (("cpu", "cpu"), ("memory", "memory"), ("io", "blkio")):
            for line in ("some", "full"):
                psi = told[member]["psi"][line]
                self.assertTrue(before[kind, line] <= psi["total"] <= after[kind, line], (kind, line, before, psi, after))
                self.assertEqual(set(psi), {"avg10", "avg60", "avg300", "total"})


if __name__ == "__main__":
    unittest.main()
