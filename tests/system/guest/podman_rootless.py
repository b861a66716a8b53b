"""podman of an ordinary user, in the user's own service manager with its delegated cgroup."""

import functools
import os
import pathlib

import podman
import podman_systemd
import service

USER, UID = "berthuser", 1234
HOME = pathlib.Path("/home") / USER
SESSION = {"XDG_RUNTIME_DIR": f"/run/user/{UID}", "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{UID}/bus", "HOME": str(HOME),
           "PATH": os.environ["PATH"], "USER": USER}
AS_USER = ("setpriv", "--reuid", str(UID), "--regid", str(UID), "--init-groups")
SLICE = service.CGROUPS / "user.slice" / f"user-{UID}.slice" / f"user@{UID}.service" / "app.slice"


def join_session():
    """Between fork and exec: as if the user's own service manager had started it."""
    (SLICE / "session.service/cgroup.procs").write_text("0")


@functools.cache
def log_in():
    """The user with a service manager, and a service of it that our commands join."""
    service.run("useradd", "--create-home", "--shell", "/bin/sh", "--uid", UID, "-G", "systemd-journal", USER, check=True)
    service.run("systemctl", "start", f"user@{UID}.service", check=True)
    service.run(*AS_USER, "systemd-run", "--user", "--unit", "session", "sleep", "infinity", env=SESSION, check=True)


class Rootless(podman.TestCase):
    """What podman does, it does for the user."""

    runtimes = ("berth",)

    @classmethod
    def setUpClass(cls):
        log_in()
        podman.configure(cls.runtime, cls.manager, HOME / ".config" / "containers")
        service.run("chown", "-R", f"{UID}:{UID}", HOME / ".config", check=True)
        cls.prepare(podman.make_root()[1])

    @staticmethod
    def podman(*arguments, **kwargs):
        return service.run(*AS_USER, "podman", *arguments, cwd="/", env=SESSION, preexec_fn=join_session, **kwargs)


class RootlessPodman(Rootless):
    def test_runs_as_root_of_a_user_namespace(self):
        done = self.podman("run", "--rm", "busybox", "sh", "-c", "id -u; head -n 1 /proc/self/uid_map; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout.split(), done.stderr), (7, ["0", "0", str(UID), "1"], "err\n"))

    def test_execs_logs_and_stops(self):
        self.start("busybox", "sh", "-c", "trap 'exit 4' TERM; echo started; while :; do sleep 0.1; done")
        self.eventually(lambda: self.ok("logs", "box") == "started")
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "echo from exec; id -u"), "from exec\n0")
        self.assertEqual(self.podman("exec", "box", "sh", "-c", "exit 9").returncode, 9)
        self.ok("restart", "box")
        self.eventually(lambda: self.ok("logs", "box") == "started\nstarted")
        self.ok("stop", "box")
        self.assertEqual(self.inspect("State.ExitCode"), 4)

    def test_kills_waits_and_removes(self):
        self.start("busybox", "sleep", "1000")
        self.ok("kill", "box")
        self.assertEqual(self.ok("wait", "box"), "137")
        self.ok("start", "box")
        cgroup = self.cgroup()
        self.assertTrue(cgroup.exists())
        self.ok("rm", "-f", "-t", "0", "box")
        self.assertFalse(cgroup.exists())

    def test_has_a_scope_of_the_users_manager_with_its_limits(self):
        self.start("--memory", "64m", "--pids-limit", "33", "--cpus", "0.5", "busybox", "sleep", "1000")
        cgroup = self.cgroup()
        self.assertIn(f"/user.slice/user-{UID}.slice/user@{UID}.service/", str(cgroup))
        scope = next(path for path in (cgroup, *cgroup.parents) if path.name.endswith(".scope"))

        def limits():
            return [(scope / name).read_text().strip() for name in ("memory.max", "pids.max", "cpu.max")]

        self.assertEqual(limits(), [str(64 * 2**20), "33", "50000 100000"])
        self.ok("update", "--memory", "96m", "--cpus", "0.25", "box")
        self.assertEqual(limits(), [str(96 * 2**20), "33", "25000 100000"])
        self.assertEqual(self.ok("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "box"), "box 1")
        self.ok("pause", "box")
        self.assertEqual(self.inspect("State.Status"), "paused")
        self.ok("unpause", "box")
        self.assertEqual(self.inspect("State.Status"), "running")

    def test_logs_with_every_driver(self):
        self.scratch.chmod(0o777)
        for driver in ("k8s-file", "json-file", "journald"):
            with self.subTest(driver=driver):
                self.start("--replace", "--log-driver", driver, "busybox", "sh", "-c", "echo one; echo two >&2; printf three")
                self.ok("wait", "box")
                service.run("journalctl", "--sync")
                done = self.podman("logs", "box")
                self.assertEqual((done.stdout.rstrip("\n"), done.stderr.rstrip("\n")), ("one\nthree", "two"))
        self.ok("run", "--replace", "--name", "box", "--log-driver", "none", "busybox", "echo", "nowhere")
        self.assertNotEqual(self.podman("logs", "box").returncode, 0)
        with open(self.scratch / "out", "w", encoding="utf-8") as out:
            self.podman("run", "--rm", "--log-driver", "passthrough", "busybox", "echo", "through", stdout=out, check=True)
        self.assertEqual((self.scratch / "out").read_text(), "through\n")

    def test_is_without_a_cgroup_of_its_own_when_asked_to(self):
        self.assertEqual(self.ok("run", "--rm", "--cgroups", "disabled", "busybox", "echo", "hello"), "hello")

    def test_keeps_the_callers_id_when_asked_to(self):
        self.assertEqual(self.ok("run", "--rm", "--userns", "keep-id", "busybox", "id", "-u"), str(UID))

    def test_has_ids_of_its_own_chosen_by_podman(self):
        out = self.ok("run", "--rm", "--userns", "auto", "busybox", "sh", "-c", "cat /proc/self/uid_map; touch /x && stat -c %u /x")
        inside, outside, _, owner = out.split()
        self.assertEqual((inside, owner), ("0", "0"))
        self.assertGreater(int(outside), 0)

    def test_has_a_terminal_for_itself_and_one_for_an_exec(self):
        self.remove_at_the_end()
        terminal = podman.Terminal(*AS_USER, "podman", "run", "-it", "--name", "box", "busybox", "sh", environment=SESSION,
                                   before=join_session)
        terminal.send("tty; echo $((40 + 1))\n")
        terminal.expect("/dev/pts/0")
        terminal.expect("41")
        another = podman.Terminal(*AS_USER, "podman", "exec", "-it", "box", "sh", environment=SESSION, before=join_session)
        another.send("tty; echo $((50 + 1)); exit 8\n")
        another.expect("/dev/pts/1")
        another.expect("51")
        self.assertEqual(another.status(), 8)
        terminal.send("exit 5\n")
        self.assertEqual(terminal.status(), 5)

    def test_asks_a_container_for_its_health_again_and_again(self):
        self.start("--health-cmd", "test ! -e /tmp/ill", "--health-interval", "10s", "--health-retries", "1", "busybox", "sleep",
                   "1000")

        def health():
            return self.podman("inspect", "-f", "{{.State.Health.Status}}", "box").stdout.strip()

        self.eventually(lambda: health() == "healthy", timeout=120)
        self.ok("exec", "box", "touch", "/tmp/ill")
        self.eventually(lambda: health() == "unhealthy", timeout=120)

    def test_has_a_pod(self):
        self.addCleanup(self.podman, "pod", "rm", "-f", "-t", "0", "-i", "pod")
        self.ok("pod", "create", "--name", "pod", "--cpus", "0.5", "--share", "pid,ipc,uts")
        self.ok("run", "-d", "--pod", "pod", "--name", "one", "busybox", "sleep", "1000")
        self.ok("run", "-d", "--pod", "pod", "--name", "two", "busybox", "sleep", "1001")
        self.assertIn("sleep 1000", self.ok("exec", "two", "ps"))
        self.ok("pod", "restart", "pod")
        self.assertEqual(self.inspect("State.Status", "two"), "running")
        self.ok("pod", "rm", "-f", "-t", "0", "pod")
        self.assertEqual(self.ok("ps", "-a", "--format", "{{.Names}}"), "first")


class RootlessSystemd(Rootless, podman_systemd.SystemdInAContainer):
    """That of podman_systemd.py, by the user."""


if __name__ == "__main__":
    podman.main()
