"""Docker with berth-runtime: what a container sees of the host, and what it may do."""

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
