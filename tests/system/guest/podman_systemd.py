"""A Debian with systemd as its first process in a container of podman."""

import podman

# What this machine starts and a container has no use for.
MASKED = ("berth-disk.service", "berth-shell.service", "berth-tests.service", "podman.service", "podman.socket",
          "systemd-udevd.service", "systemd-modules-load.service", "systemd-logind.service")


class SystemdInAContainer(podman.TestCase):
    def boot(self, *flags):
        root = self.rootfs()
        for unit in MASKED:
            (root / "etc/systemd/system" / unit).unlink(missing_ok=True)
            (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        self.start("--systemd", "always", *flags, "--rootfs", root, "/sbin/init")
        self.eventually(lambda: podman.run("exec", "box", "systemctl", "is-system-running").stdout.strip() in
                        ("running", "degraded"), timeout=180)

    def test_boots_starts_services_and_shuts_down_at_the_stop_signal(self):
        self.boot()
        self.assertEqual(self.ok("exec", "box", "cat", "/proc/1/comm"), "systemd")
        self.ok("exec", "box", "systemd-run", "--wait", "--unit", "inner", "-p", "MemoryMax=50M", "sh", "-c",
                "cat /sys/fs/cgroup/system.slice/inner.service/memory.max > /inner")
        self.assertEqual(self.ok("exec", "box", "cat", "/inner"), str(50 * 2**20))
        self.ok("stop", "-t", "60", "box", timeout=180)
        self.assertEqual(self.inspect("State.Status"), "exited")
        self.assertNotEqual(self.inspect("State.ExitCode"), 137)


if __name__ == "__main__":
    podman.main()
