"""Debian's podman with berth-runtime and berth-monitor in the places of crun and conmon."""

import json
import pathlib
import subprocess

import service

CONTAINERS_CONF = """
[engine]
runtime = "berth"
conmon_path = ["/usr/bin/berth-monitor"]
events_logger = "file"
cgroup_manager = "{manager}"
[engine.runtimes]
berth = ["/usr/bin/berth-runtime"]
"""
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'


def podman(*arguments, **kwargs):
    return service.run("podman", *arguments, **kwargs)


def make_image():
    """An image of busybox-static alone, from a tar of its root filesystem."""
    root = pathlib.Path("/srv/busybox")
    if not root.exists():
        for name in ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "run"):
            (root / name).mkdir(parents=True)
        service.run("cp", "/bin/busybox", root / "bin", check=True)
        service.run("chroot", root, "/bin/busybox", "--install", "-s", "/bin", check=True)
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
        service.run("tar", "-C", root, "-cf", "/srv/busybox.tar", ".", check=True)
    if podman("image", "exists", "busybox").returncode != 0:
        podman("import", "/srv/busybox.tar", "busybox", check=True)


class Podman(service.TestCase):
    manager = "cgroupfs"

    @classmethod
    def setUpClass(cls):
        """The image, and a first container, whose being there keeps what podman mounts for all of them."""
        configuration = pathlib.Path("/etc/containers")
        configuration.mkdir(exist_ok=True)
        (configuration / "policy.json").write_text(POLICY)
        (configuration / "containers.conf").write_text(CONTAINERS_CONF.format(manager=cls.manager))
        make_image()
        podman("run", "-d", "--name", "first", "--network", "none", "busybox", "sleep", "100000", check=True)

    @classmethod
    def tearDownClass(cls):
        podman("rm", "-f", "-t", "0", "first")

    def ok(self, *arguments, **kwargs):
        result = podman(*arguments, **kwargs)
        self.assertEqual(result.returncode, 0, f"podman {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        return result.stdout.strip()

    def start(self, *arguments, name="box"):
        self.addCleanup(podman, "rm", "-f", "-t", "0", name)
        return self.ok("run", "-d", "--name", name, "--network", "none", *arguments)

    def test_runs_a_command_and_gives_its_output_and_status(self):
        done = podman("run", "--rm", "--network", "none", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "out\n", "err\n"))

    def test_says_127_and_126_as_with_crun(self):
        self.assertEqual(podman("run", "--rm", "--network", "none", "busybox", "/nothing").returncode, 127)
        self.assertEqual(podman("run", "--rm", "--network", "none", "busybox", "/etc").returncode, 126)

    def test_execs_logs_inspects_and_stops(self):
        self.start("busybox", "sh", "-c", "trap 'exit 0' TERM; echo started; while :; do sleep 0.1; done")
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "echo from exec; id -u"), "from exec\n0")
        self.assertEqual(podman("exec", "box", "sh", "-c", "exit 9").returncode, 9)
        self.eventually(lambda: self.ok("logs", "box") == "started")
        state = json.loads(self.ok("inspect", "box"))[0]
        self.assertEqual(state["OCIRuntime"], "berth")
        self.assertTrue(state["State"]["Running"])
        self.ok("stop", "box")
        state = json.loads(self.ok("inspect", "box"))[0]["State"]
        self.assertEqual((state["Status"], state["ExitCode"]), ("exited", 0))

    def test_gives_a_terminal(self):
        done = subprocess.run(["script", "-qec", "podman run --rm -it --network none busybox sh -c 'tty; stty size'", "/dev/null"],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("/dev/pts/0", done.stdout)

    def test_passes_stdin_through(self):
        done = podman("run", "--rm", "-i", "--network", "none", "busybox", "cat", input="through and back", stdin=None)
        self.assertEqual(done.stdout, "through and back", done.stderr)

    def test_pauses_and_unpauses(self):
        self.start("busybox", "sleep", "1000")
        self.ok("pause", "box")
        self.assertEqual(self.ok("inspect", "-f", "{{.State.Status}}", "box"), "paused")
        self.ok("unpause", "box")
        self.assertEqual(self.ok("inspect", "-f", "{{.State.Status}}", "box"), "running")

    def test_kills_and_restarts(self):
        self.start("busybox", "sleep", "1000")
        self.ok("kill", "box")
        self.assertEqual(self.ok("wait", "box"), "137")
        self.ok("restart", "box")
        self.assertEqual(self.ok("inspect", "-f", "{{.State.Status}}", "box"), "running")

    def test_limits_hold_and_stats_and_update_answer(self):
        self.start("--memory", "64m", "--pids-limit", "33", "--cpus", "0.5", "busybox", "sleep", "1000")
        inside = self.ok("exec", "box", "sh", "-c", "cd /sys/fs/cgroup; cat memory.max pids.max cpu.max")
        self.assertEqual(inside.split("\n"), [str(64 * 2**20), "33", "50000 100000"])
        self.assertIn("box", self.ok("stats", "--no-stream", "--format", "{{.Name}}", "box"))
        self.ok("update", "--memory", "96m", "box")
        self.assertEqual(self.ok("exec", "box", "cat", "/sys/fs/cgroup/memory.max"), str(96 * 2**20))

    def test_an_oom_kill_is_shown(self):
        self.start("--memory", "24m", "--memory-swap", "24m", "busybox", "sh", "-c", "tail /dev/zero")
        self.ok("wait", "box", timeout=60)
        state = json.loads(self.ok("inspect", "box"))[0]["State"]
        self.assertEqual((state["ExitCode"], state["OOMKilled"]), (137, True))

    def test_runs_as_another_user_read_only_without_capabilities(self):
        out = self.ok("run", "--rm", "--network", "none", "--read-only", "--cap-drop", "all", "-u", "nobody", "busybox",
                      "sh", "-c", "id -u; touch /x 2>&1; grep CapEff /proc/self/status")
        self.assertIn("65534", out)
        self.assertIn("Read-only file system", out)
        self.assertIn("0000000000000000", out)

    def test_a_user_namespace_is_made(self):
        out = self.ok("run", "--rm", "--network", "none", "--uidmap", "0:100000:1000", "busybox", "cat", "/proc/self/uid_map")
        self.assertEqual(out.split(), ["0", "100000", "1000"])

    def test_volumes_are_mounted(self):
        (self.scratch / "file").write_text("from outside")
        out = self.ok("run", "--rm", "--network", "none", "-v", f"{self.scratch}:/data:ro", "busybox", "sh", "-c",
                      "cat /data/file; touch /data/new 2>&1; true")
        self.assertIn("from outside", out)
        self.assertIn("Read-only file system", out)

    def test_a_pod_shares_its_namespaces(self):
        if podman("image", "exists", "localhost/podman-pause:4.3.1-0").returncode != 0:
            podman("pod", "create", "--name", "first", "--network", "none")
        self.addCleanup(podman, "pod", "rm", "-f", "-a")
        self.ok("pod", "create", "--name", "pod", "--network", "none")
        self.ok("run", "-d", "--pod", "pod", "--name", "inpod", "busybox", "sleep", "1000")
        self.assertEqual(self.ok("exec", "inpod", "hostname"), "pod")

    def test_a_container_is_a_notify_service(self):
        unit = self.unit("podman", "run", "--rm", "--replace", "--name", "box", "--network", "none", "--sdnotify", "container",
                         "--cgroups", "split", "-v", "/usr/bin/berth:/berth:ro", "busybox", "sh", "-c",
                         "/berth notify send READY=1 'STATUS=in podman'; trap 'exit 0' TERM; while :; do sleep 0.1; done",
                         NotifyAccess="all")
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "in podman")
        unit.stop()
        self.assertEqual(unit.processes(), [])


if __name__ == "__main__":
    service.main()
