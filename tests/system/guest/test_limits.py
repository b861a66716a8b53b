"""Limits and privileges that only a machine with every controller and every capability can show."""

import pathlib

import service
from service import payload


class LimitsOfAContainer(service.TestCase):
    def serve(self, *flags, **settings):
        unit = self.container(*payload("notify", "READY=1", "serve"), flags=flags, **settings)
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        return unit

    def limit(self, unit, file):
        """A file of the container's cgroup: of the deepest one that has processes."""
        [path] = [path.parent for path in unit.cgroup("container").rglob("cgroup.procs") if path.read_text()]
        while path != unit.cgroup().parent:
            text = (path / file).read_text().strip()
            if text not in ("max", "max 100000"):
                return text
            path = path.parent
        return "max"

    def test_memory_is_limited(self):
        self.assertEqual(self.limit(self.serve("--memory", "64m"), "memory.max"), str(64 * 2**20))

    def test_cpu_time_is_limited(self):
        quota, period = self.limit(self.serve("--cpus", "0.5"), "cpu.max").split()
        self.assertEqual(int(quota) / int(period), 0.5)

    def test_the_number_of_processes_is_limited_and_a_fork_beyond_it_fails(self):
        unit = self.container("sh", "-c", "for n in 1 2 3 4 5 6 7 8 9 10; do sleep 100 & done; exit 0", flags=("--pids-limit", "6"),
                              Type="exec")
        unit.begin()
        self.becomes(unit, "SubState", "failed")
        self.assertIn("fork", unit.journal().lower())

    def test_a_payload_that_takes_too_much_memory_is_killed_and_the_unit_says_137(self):
        unit = self.container("python3", "-c", "import systemd.daemon as d; d.notify('READY=1'); b = bytearray(1 << 29)",
                              flags=("--memory", "48m"))
        unit.begin()
        self.becomes(unit, "ActiveState", "failed")
        self.assertIn((unit.show("Result"), unit.show("ExecMainStatus")), (("exit-code", "137"), ("oom-kill", "137")),
                      unit.journal())

    def test_devices_beyond_the_default_ones_cannot_be_opened(self):
        script = ("mknod /tmp/disk b 254 0; exec 2>&1; head -c1 /dev/null && head -c1 /dev/zero >/dev/null && "
                  "echo the defaults open; head -c1 /tmp/disk; systemd-notify --ready")
        unit = self.container("sh", "-c", script, flags=("--cap-add", "MKNOD"))
        unit.begin()
        self.becomes(unit, "SubState", "dead")
        self.assertIn("the defaults open", unit.journal())
        self.assertIn("Operation not permitted", unit.journal())

    def test_the_limits_of_the_unit_hold_for_the_container(self):
        unit = self.serve(MemoryMax="200M")
        self.assertEqual((unit.cgroup() / "memory.max").read_text().strip(), str(200 * 2**20))
        self.assertEqual(self.limit(unit, "memory.max"), str(200 * 2**20))


class ABundleThatNeedsEveryCapability(service.TestCase):
    """berth-runtime alone, with a config.json that root without CAP_SYS_RESOURCE could not run."""

    def run_bundle(self, change, *command):
        service.run("berth-runtime", "spec", "--bundle", self.scratch, check=True)
        config = pathlib.Path(self.scratch, "config.json")
        spec = service.read_json(config)
        spec["root"] = {"path": str(self.rootfs()), "readonly": False}
        spec["process"].update(terminal=False, args=list(command))
        change(spec)
        service.write_json(config, spec)
        name = f"bundle-{self.scratch.name}"
        result = service.run("berth-runtime", "run", "--bundle", self.scratch, name)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_nothing_left_behind()
        return result.stdout.strip()

    def test_oom_score_adj_is_lowered(self):
        out = self.run_bundle(lambda spec: spec["process"].update(oomScoreAdj=-700), "cat", "/proc/self/oom_score_adj")
        self.assertEqual(out, "-700")

    def test_a_hard_limit_is_raised(self):
        limits = [{"type": "RLIMIT_NOFILE", "soft": 700000, "hard": 800000}]
        out = self.run_bundle(lambda spec: spec["process"].update(rlimits=limits), "sh", "-c", "ulimit -Sn; ulimit -Hn")
        self.assertEqual(out.split(), ["700000", "800000"])

    def test_the_cgroup_limits_of_the_bundle_are_written(self):
        def change(spec):
            spec["linux"]["cgroupsPath"] = "/berth-test"
            spec["linux"]["resources"] = {"memory": {"limit": 2**26, "reservation": 2**25, "swap": 2**26},
                                          "cpu": {"shares": 512, "quota": 20000, "period": 50000, "cpus": "1"},
                                          "pids": {"limit": 33}, "unified": {"memory.high": "60000000"}}
            spec["mounts"] = [mount for mount in spec["mounts"] if mount["type"] != "cgroup"]
            spec["mounts"].append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                                   "options": ["ro", "nosuid", "noexec", "nodev"]})
        out = self.run_bundle(change, "sh", "-c", "cd /sys/fs/cgroup; cat memory.max memory.low memory.swap.max cpu.weight "
                              "cpu.max cpuset.cpus pids.max memory.high")
        got = out.split("\n")
        self.assertEqual(got[:3], [str(2**26), str(2**25), "0"])
        self.assertIn(got[3], ("20", "59"))  # the classic and the present conversion of 512 shares
        self.assertEqual(got[4:7], ["20000 50000", "1", "33"])
        self.assertEqual(int(got[7]) // 4096, 60000000 // 4096)


if __name__ == "__main__":
    service.main()
