"""Pods: namespaces and limits in common, their life and their end."""

import podman
import service


class APod(podman.TestCase):
    @classmethod
    def setUpClass(cls):
        """podman builds the image of the pause process with the first pod that it ever makes."""
        super().setUpClass()
        if "podman-pause" not in cls.podman("images", check=True).stdout:
            cls.podman("pod", "create", "--name", "builder", check=True)
            cls.podman("pod", "rm", "-f", "builder", check=True)

    def pod(self, *arguments):
        self.addCleanup(self.podman, "pod", "rm", "-f", "-t", "0", "-i", "pod")
        return self.ok("pod", "create", "--name", "pod", *arguments)

    def member(self, name, *command, flags=()):
        return self.ok("run", "-d", "--pod", "pod", "--name", name, *flags, "busybox", *command)

    def test_shares_its_namespaces(self):
        self.pod()
        self.member("one", "sleep", "1000")
        self.member("two", "sleep", "1001")
        self.assertEqual(self.ok("exec", "one", "hostname"), "pod")
        spaces = [self.ok("exec", name, "stat", "-L", "-c", "%i", "/proc/self/ns/net", "/proc/self/ns/ipc", "/proc/self/ns/uts")
                  for name in ("one", "two")]
        self.assertEqual(spaces[0], spaces[1])

    def test_can_share_its_processes(self):
        self.pod("--share", "pid,ipc,net,uts")
        self.member("one", "sleep", "1000")
        self.member("two", "sleep", "1001")
        self.assertIn("sleep 1000", self.ok("exec", "two", "ps"))

    def test_limits_all_its_members(self):
        self.pod("--cpus", "0.5")
        self.member("one", "sleep", "1000")
        parent = self.cgroup("one").parent
        while parent != service.CGROUPS and (parent / "cpu.max").read_text().startswith("max"):
            parent = parent.parent
        self.assertEqual((parent / "cpu.max").read_text(), "50000 100000\n")

    def test_is_paused_stopped_started_and_restarted(self):
        self.pod()
        self.member("one", "sleep", "1000")
        self.ok("pod", "pause", "pod")
        self.assertEqual(self.inspect("State.Status", "one"), "paused")
        self.ok("pod", "unpause", "pod")
        self.ok("pod", "stop", "-t", "0", "pod")
        self.assertEqual(self.inspect("State.Status", "one"), "exited")
        self.ok("pod", "start", "pod")
        self.assertEqual(self.inspect("State.Status", "one"), "running")
        self.ok("pod", "restart", "pod")
        self.assertEqual(self.inspect("State.Status", "one"), "running")

    def test_goes_with_all_its_members(self):
        self.pod()
        self.member("one", "sleep", "1000")
        self.ok("pod", "rm", "-f", "-t", "0", "pod")
        self.assertEqual(self.ok("ps", "-a", "--format", "{{.Names}}"), "first")


class APodInCgroupfs(APod):
    runtimes = ("berth",)
    manager = "cgroupfs"


if __name__ == "__main__":
    podman.main()
