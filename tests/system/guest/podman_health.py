"""Health checks, which podman lets timers of systemd run."""

import podman


class AHealthCheck(podman.TestCase):
    runtimes = ("berth",)

    def health(self):
        return self.podman("inspect", "-f", "{{.State.Health.Status}}", "box").stdout.strip()

    def test_is_run_by_hand(self):
        self.start("--health-cmd", "test -e /tmp/well", "--health-interval", "disable", "busybox", "sleep", "1000")
        self.assertEqual(self.podman("healthcheck", "run", "box").returncode, 1)
        self.ok("exec", "box", "touch", "/tmp/well")
        self.ok("healthcheck", "run", "box")
        self.assertEqual(self.health(), "healthy")

    def test_is_run_again_and_again(self):
        self.start("--health-cmd", "test ! -e /tmp/ill", "--health-interval", "1s", "--health-retries", "1", "busybox", "sleep",
                   "1000")
        self.eventually(lambda: self.health() == "healthy", timeout=90)
        self.ok("exec", "box", "touch", "/tmp/ill")
        self.eventually(lambda: self.health() == "unhealthy", timeout=90)

    @podman.since(4, 3)
    def test_can_end_a_container_that_is_ill(self):
        self.start("--health-cmd", "false", "--health-interval", "1s", "--health-retries", "1", "--health-on-failure", "kill",
                   "busybox", "sleep", "1000")
        self.assertEqual(self.ok("wait", "box"), "137")


if __name__ == "__main__":
    podman.main()
