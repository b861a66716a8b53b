"""Docker with berth-runtime: limits, freezing, OOM kills, restarts and health; the cgroups are systemd's."""

import os
import pathlib
import time

import docker
import service

FILES = "cd /sys/fs/cgroup; cat memory.max memory.swap.max pids.max cpu.max cpu.weight"


class Limits(docker.TestCase):
    driver = "systemd"
    cgroup_of = "system.slice/docker-{}.scope"

    def cgroup(self, name="box"):
        """Of a container that runs, as the host sees it."""
        pid = self.inspect(name)["State"]["Pid"]
        line = pathlib.Path(f"/proc/{pid}/cgroup").read_text().strip()
        return service.CGROUPS / line.removeprefix("0::/")

    def test_cgroups_are_the_drivers(self):
        self.assertEqual(self.ok("info", "--format", "{{.CgroupDriver}} {{.CgroupVersion}}"), f"{self.driver} 2")
        identity = self.start("busybox", "sleep", "100000")
        self.assertEqual(self.cgroup(), service.CGROUPS / self.cgroup_of.format(identity))

    def test_disks_are_weighed_and_throttled(self):
        """Asked of the daemon itself: the client of Docker 25 and 26 loses throttles on the way (docker/cli#5321)."""
        self.addCleanup(docker.docker, "rm", "-f", "-v", "box")
        limits = {"BlkioWeight": 500, "BlkioDeviceReadBps": [{"Path": "/dev/vdb", "Rate": 3 * 2**20}],
                  "BlkioDeviceWriteIOps": [{"Path": "/dev/vdb", "Rate": 200}], "NetworkMode": "none"}
        made = docker.Api().post("/containers/create?name=box", {"Image": "busybox", "Cmd": ["sleep", "100000"], "HostConfig": limits})
        self.assertIsNotNone(made)
        self.ok("start", "box")
        cgroup, device = self.cgroup(), os.stat("/dev/vdb").st_rdev
        self.assertEqual((cgroup / "io.weight").read_text(), "default 4950\n")
        self.assertEqual((cgroup / "io.max").read_text(),
                         f"{os.major(device)}:{os.minor(device)} rbps={3 * 2**20} wbps=max riops=max wiops=200\n")
        self.ok("update", "--blkio-weight", "1000", "box")
        self.assertEqual((cgroup / "io.weight").read_text(), "default 10000\n")

    def test_limits_hold_and_are_updated(self):
        self.start("--memory", "64m", "--memory-swap", "64m", "--pids-limit", "33", "--cpus", "0.5", "--cpu-shares", "512",
                   "--cpuset-cpus", "0", "busybox", "sleep", "100000")
        self.assertEqual(self.ok("exec", "box", "sh", "-c", FILES).split("\n"),
                         [str(64 * 2**20), "0", "33", "50000 100000", "59"])
        self.assertEqual((self.cgroup() / "cpuset.cpus").read_text().strip(), "0")
        self.ok("update", "--memory", "96m", "--memory-swap", "128m", "--pids-limit", "44", "--cpus", "1.5", "box")
        self.assertEqual(self.ok("exec", "box", "sh", "-c", FILES).split("\n"),
                         [str(96 * 2**20), str(32 * 2**20), "44", "150000 100000", "59"])
        used, processes = self.ok("stats", "--no-stream", "--format", "{{.MemUsage}};{{.PIDs}}", "box").split(";")
        self.assertRegex(used, r"^[1-9].* / 96MiB$")
        self.assertEqual(processes, "1")

    def test_pauses_and_unpauses(self):
        self.start("busybox", "sleep", "100000")
        frozen = self.cgroup() / "cgroup.freeze"
        self.ok("pause", "box")
        self.assertEqual((self.inspect()["State"]["Status"], frozen.read_text()), ("paused", "1\n"))
        self.ok("unpause", "box")
        self.assertEqual((self.inspect()["State"]["Status"], frozen.read_text()), ("running", "0\n"))

    def test_an_oom_kill_is_shown(self):
        """By the daemon's event at once; in the container's state by some versions at once, by others when it has ended."""
        self.start("--memory", "24m", "--memory-swap", "24m", "busybox", "sh", "-c",
                   "tail /dev/zero; until test -e /tmp/end; do sleep 0.2; done; exit 7")
        self.eventually(lambda: self.ok("events", "--since", "0", "--until", int(time.time()), "--filter", "event=oom",
                                        "--filter", "container=box"), timeout=120, message=lambda: str(self.inspect()))
        self.ok("exec", "box", "touch", "/tmp/end")
        state = self.until(lambda state: state["Status"] == "exited")
        self.assertEqual((state["ExitCode"], state["OOMKilled"]), (7, True))

    def test_an_oom_kill_of_the_command_ends_it(self):
        """That it is flagged as well is left to luck by containerd's shim, which reads the count by the cgroup's name: an empty
        scope is removed by systemd at once, whatever the runtime."""
        self.start("--memory", "24m", "--memory-swap", "24m", "busybox", "sh", "-c", "exec tail /dev/zero")
        self.assertEqual(self.ok("wait", "box"), "137")

    def test_is_restarted_as_often_as_the_policy_says(self):
        self.start("--restart", "on-failure:2", "busybox", "sh", "-c", "exit 5")
        self.eventually(lambda: self.inspect()["RestartCount"] == 2, timeout=120, message=lambda: str(self.inspect()))
        self.assertEqual(self.until(lambda state: state["Status"] == "exited")["ExitCode"], 5)

    def test_a_health_check_is_executed(self):
        self.start("--health-cmd", "test -e /tmp/well", "--health-interval", "3s", "--health-timeout", "60s", "busybox",
                   "sleep", "100000")
        self.ok("exec", "box", "touch", "/tmp/well")
        self.until(lambda state: state["Health"]["Status"] == "healthy")

    def test_devices_are_those_that_are_given(self):
        self.start("--device", "/dev/vdb:/dev/given:r", "--device-cgroup-rule", "c 10:200 rwm", "busybox", "sleep", "100000")
        out = self.ok("exec", "box", "sh", "-c",
                      "head -c 1 /dev/given | wc -c; mknod /tmp/vda b 254 0; head -c 1 /tmp/vda 2>&1; true")
        self.assertIn("1", out)
        self.assertIn("ot permitted", out)


if __name__ == "__main__":
    service.main()
