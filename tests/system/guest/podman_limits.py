"""What podman asks of the cgroup: limits, updates, statistics, the OOM kill, and containers without one of their own."""

import podman
import service


class WithSystemd(podman.TestCase):
    runtimes = ("berth",)

    def setting(self, name, box="box"):
        return self.ok("exec", box, "cat", f"/sys/fs/cgroup/{name}")

    def test_limits_hold_and_are_changed_while_it_runs(self):
        self.start("--memory", "64m", "--memory-reservation", "32m", "--pids-limit", "33", "--cpus", "0.5", "--cpuset-cpus", "1",
                   "busybox", "sleep", "1000")
        self.assertEqual([self.setting(name) for name in ("memory.max", "memory.low", "pids.max", "cpu.max", "cpuset.cpus")],
                         [str(64 * 2**20), str(32 * 2**20), "33", "50000 100000", "1"])
        self.ok("update", "--memory", "96m", "--memory-swap", "128m", "--cpus", "0.25", "--cpu-shares", "512",
                "--cpuset-cpus", "0", "box")
        self.assertEqual([self.setting(name) for name in ("memory.max", "memory.swap.max", "cpu.max", "pids.max", "cpuset.cpus")],
                         [str(96 * 2**20), str(32 * 2**20), "25000 100000", "33", "0"])
        self.assertNotEqual(self.setting("cpu.weight"), "100")

    @podman.since(5, 0)
    def test_the_number_of_processes_is_changed_while_it_runs(self):
        self.start("--pids-limit", "33", "busybox", "sleep", "1000")
        self.ok("update", "--pids-limit", "44", "box")
        self.assertEqual(self.setting("pids.max"), "44")

    def test_statistics_are_shown(self):
        self.start("busybox", "sleep", "1000")
        name, pids, memory = self.ok("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}", "box").split(" ", 2)
        self.assertEqual((name, pids), ("box", "1"))
        self.assertRegex(memory, r"^\d.*B / ")

    def test_no_more_processes_than_allowed_can_be_made(self):
        done = self.podman("run", "--rm", "--pids-limit", "5", "busybox", "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 3 & done")
        self.assertIn("can't fork", done.stderr)

    def test_an_oom_kill_is_shown(self):
        self.start("--memory", "24m", "--memory-swap", "24m", "busybox", "tail", "/dev/zero")
        self.ok("wait", "box")
        self.assertEqual((self.inspect("State.ExitCode"), self.inspect("State.OOMKilled")), (137, True))

    def test_another_death_is_not_shown_as_an_oom_kill(self):
        self.start("--memory", "24m", "busybox", "sleep", "1000")
        self.ok("kill", "box")
        self.ok("wait", "box")
        self.assertEqual((self.inspect("State.ExitCode"), self.inspect("State.OOMKilled")), (137, False))


class WithCgroupfs(WithSystemd):
    manager = "cgroupfs"


class WithoutACgroup(podman.TestCase):
    runtimes = ("berth",)

    def own(self):
        """Where the test itself is."""
        with open("/proc/self/cgroup", encoding="ascii") as file:
            return service.CGROUPS / file.read().strip().partition("::/")[2]

    def test_a_container_stays_where_podman_is(self):
        self.start("--cgroups", "disabled", "busybox", "sleep", "1000")
        self.assertEqual(self.cgroup(), self.own())
        self.assertEqual(self.podman("exec", "box", "true").returncode, 0)
        self.ok("stop", "-t", "0", "box")

    def test_a_monitor_stays_where_podman_is_when_asked_to(self):
        self.start("--cgroups", "no-conmon", "busybox", "sleep", "1000")
        with open(f"/proc/{self.inspect('State.ConmonPid')}/cgroup", encoding="ascii") as file:
            self.assertEqual(service.CGROUPS / file.read().strip().partition("::/")[2], self.own())
        self.assertNotEqual(self.cgroup(), self.own())


if __name__ == "__main__":
    podman.main()
