"""podman of an ordinary user, in the user's own service manager with its delegated cgroup."""

import json
import os
import pathlib

import podman
import service

USER, UID = "berthuser", 1234
HOME = pathlib.Path("/home") / USER
SESSION = {"XDG_RUNTIME_DIR": f"/run/user/{UID}", "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{UID}/bus", "HOME": str(HOME),
           "PATH": os.environ["PATH"], "USER": USER}


def as_user(*command, **kwargs):
    """In a service of the user's manager, whose exit status and output it gives; podman is not to know, or it leaves its
    monitors in that service."""
    return service.run("setpriv", "--reuid", UID, "--regid", UID, "--init-groups", "systemd-run", "--user", "--quiet", "--pipe",
                       "--wait", "--collect", "env", "-u", "INVOCATION_ID", *command, cwd="/", env=SESSION, **kwargs)


class RootlessPodman(podman.TestCase):
    @classmethod
    def setUpClass(cls):
        if not HOME.exists():
            service.run("useradd", "--create-home", "--shell", "/bin/sh", "--uid", UID, USER, check=True)
        service.run("systemctl", "start", f"user@{UID}.service", check=True)
        podman.configure(cls.runtime, cls.manager, HOME / ".config" / "containers")
        podman.make_root()
        if cls.podman("image", "exists", "busybox").returncode != 0:
            done = cls.podman("import", "/srv/busybox.tar", "busybox")
            assert done.returncode == 0, done.stdout + done.stderr
        done = cls.podman("run", "-d", "--replace", "--name", "first", "busybox", "sleep", "100000")
        assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.podman("rm", "-f", "-t", "0", "first")

    @staticmethod
    def podman(*arguments, **kwargs):
        return as_user("podman", *arguments, **kwargs)

    def ok(self, *arguments, **kwargs):
        done = self.podman(*arguments, **kwargs)
        self.assertEqual(done.returncode, 0, f"podman {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self, *arguments, name="box"):
        self.addCleanup(self.podman, "rm", "-f", "-t", "0", name)
        return self.ok("run", "-d", "--name", name, *arguments)

    def test_runs_as_root_of_a_user_namespace(self):
        done = self.podman("run", "--rm", "busybox", "sh", "-c", "id -u; head -n 1 /proc/self/uid_map; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout.split(), done.stderr), (7, ["0", "0", str(UID), "1"], "err\n"))

    def test_execs_logs_and_stops(self):
        self.start("busybox", "sh", "-c", "trap 'exit 4' TERM; echo started; while :; do sleep 0.1; done")
        self.eventually(lambda: self.ok("logs", "box") == "started")
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "echo from exec; id -u"), "from exec\n0")
        self.assertEqual(self.podman("exec", "box", "sh", "-c", "exit 9").returncode, 9)
        self.ok("stop", "box")
        self.assertEqual(json.loads(self.ok("inspect", "box"))[0]["State"]["ExitCode"], 4)

    def test_has_a_scope_of_the_users_manager_with_its_limits(self):
        self.start("--memory", "64m", "--pids-limit", "33", "busybox", "sleep", "1000")
        cgroup = self.cgroup()
        self.assertIn(f"/user.slice/user-{UID}.slice/user@{UID}.service/", str(cgroup))
        scope = next(path for path in (cgroup, *cgroup.parents) if path.name.endswith(".scope"))
        self.assertEqual((scope / "memory.max").read_text(), f"{64 * 2**20}\n")
        self.assertEqual((scope / "pids.max").read_text(), "33\n")
        self.ok("pause", "box")
        self.ok("unpause", "box")
        self.ok("update", "--memory", "96m", "box")
        self.assertEqual((scope / "memory.max").read_text(), f"{96 * 2**20}\n")

    def test_is_without_a_cgroup_of_its_own_when_asked_to(self):
        self.assertEqual(self.ok("run", "--rm", "--cgroups", "disabled", "busybox", "echo", "hello"), "hello")

    def test_keeps_the_callers_id_when_asked_to(self):
        self.assertEqual(self.ok("run", "--rm", "--userns", "keep-id", "busybox", "id", "-u"), str(UID))


if __name__ == "__main__":
    podman.main()
