"""Docker with berth-runtime: what a container sees of the host, and what it may do."""

import os

import docker
import service


class Docker(docker.TestCase):
    def test_volumes_and_tmpfs_are_mounted(self):
        (self.scratch / "file").write_text("from outside")
        self.addCleanup(docker.docker, "volume", "rm", "-f", "kept")
        out = self.ok("run", "--rm", "--network", "none", "-v", f"{self.scratch}:/data:ro", "-v", "kept:/kept",
                      "--tmpfs", "/scratch:size=1m", "busybox", "sh", "-c",
                      "cat /data/file; touch /data/new 2>&1; echo kept > /kept/file; df -k /scratch | tail -1")
        self.assertIn("from outside", out)
        self.assertIn("Read-only file system", out)
        self.assertIn("1024", out)
        self.assertEqual(self.ok("run", "--rm", "--network", "none", "-v", "kept:/kept", "busybox", "cat", "/kept/file"), "kept")

    def test_confines_as_docker_asks(self):
        out = self.ok("run", "--rm", "--network", "none", "--read-only", "--cap-drop", "all", "-u", "nobody",
                      "--security-opt", "no-new-privileges", "--ulimit", "nofile=100:200", "--hostname", "here",
                      "--sysctl", "net.ipv4.ping_group_range=7 8", "--oom-score-adj", "500", "busybox", "sh", "-c",
                      "id -u; touch /x 2>&1; grep -E 'CapEff|Seccomp:|NoNewPrivs' /proc/self/status; ulimit -n; ulimit -Hn;"
                      "hostname; cat /proc/sys/net/ipv4/ping_group_range /proc/self/oom_score_adj /proc/self/attr/current")
        self.assertEqual([" ".join(line.split()) for line in out.splitlines()],
                         ["65534", "touch: /x: Read-only file system", "CapEff: 0000000000000000", "NoNewPrivs: 1",
                          "Seccomp: 2", "100", "200", "here", "7 8", "500", "docker-default (enforce)"])

    def test_holds_the_default_profile_and_capabilities(self):
        command = ("busybox", "sh", "-c", "grep -E 'Cap(Prm|Eff|Bnd|Amb)|Seccomp:' /proc/self/status; unshare -U true 2>&1; true")
        run = ("run", "--rm", "--network", "none", "--security-opt", "apparmor=unconfined")  # which may forbid it, too
        out = [" ".join(line.split()) for line in self.ok(*run, *command).splitlines()]
        default = "00000000a80425fb"  # of Docker's documentation: fourteen of them
        self.assertEqual(out, [f"CapPrm: {default}", f"CapEff: {default}", f"CapBnd: {default}", "CapAmb: 0000000000000000",
                               "Seccomp: 2", "unshare: unshare(0x10000000): Operation not permitted"])
        out = self.ok(*run, "--security-opt", "seccomp=unconfined", *command).splitlines()
        self.assertEqual(" ".join(out[-1].split()), "Seccomp: 0")  # and no refusal

    def test_takes_a_profile_of_the_users(self):
        profile = self.scratch / "profile.json"
        service.write_json(profile, {"defaultAction": "SCMP_ACT_ALLOW",
                                     "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]})
        out = self.ok("run", "--rm", "--network", "none", "--security-opt", f"seccomp={profile}", "busybox", "sh", "-c",
                      "touch /file && echo touched; mkdir /folder 2>&1; true")
        self.assertEqual(out.splitlines(), ["touched", "mkdir: can't create directory '/folder': Operation not permitted"])

    def test_shares_what_the_host_has_when_asked_to(self):
        self._before["mount"].add("/run/docker/netns/default nsfs nsfs rw")  # made once, for all that share it
        out = self.ok("run", "--rm", "--network", "host", "--pid", "host", "--uts", "host", "--cgroupns", "host", "--shm-size", "3m",
                      "busybox", "sh", "-c", "for n in net pid uts cgroup; do readlink /proc/self/ns/$n; done; df -k /dev/shm | tail -1")
        *namespaces, shm = out.splitlines()
        self.assertEqual(namespaces, [os.readlink(f"/proc/self/ns/{name}") for name in ("net", "pid", "uts", "cgroup")])
        self.assertEqual(shm.split()[1], "3072")

    def test_joins_the_namespaces_of_another_container(self):
        self.start("busybox", "sleep", "100000")
        out = self.ok("run", "--rm", "--network", "container:box", "--pid", "container:box", "--ipc", "host", "busybox",
                      "sh", "-c", "cat /proc/1/cmdline; hostname")
        self.assertIn("sleep", out)
        self.assertIn(self.inspect()["Config"]["Hostname"], out)

    def test_a_privileged_container_has_the_hosts_devices_and_all_capabilities(self):
        out = self.ok("run", "--rm", "--network", "none", "--privileged", "busybox", "sh", "-c",
                      "ls /dev/vda; grep -E 'CapEff|Seccomp:' /proc/self/status; mount -t tmpfs t /tmp && echo mounted")
        device, _, capabilities, *rest = out.split()
        self.assertEqual((device, rest), ("/dev/vda", ["Seccomp:", "0", "mounted"]))
        self.assertGreaterEqual(int(capabilities, 16), 0x3fffffffff)  # an old Docker does not know the newest three


if __name__ == "__main__":
    service.main()
