"""berth-runtime --systemd-cgroup by an ordinary user: the scope is one of the user's own service manager.

The manager here is systemd's user instance with a delegated cgroup and nothing else: no session bus and no login, since
the runtime asks for neither.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

USER, UID = "berthuser", 1234
RUNTIME_DIR = pathlib.Path(f"/run/user/{UID}")
MANAGER = "berth-user-manager"
CGROUPS = pathlib.Path("/sys/fs/cgroup")
MIB = 1 << 20


def run(*command, **kwargs):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120,
                          **kwargs)


class AnOrdinaryUser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        run("useradd", "--no-create-home", "--home-dir", "/", "--uid", UID, USER, check=True)
        cls.addClassCleanup(run, "userdel", USER)
        run("systemd-run", "--unit", MANAGER, "-p", f"User={USER}", "-p", "Type=notify", "-p", "Delegate=pids memory cpu",
            "-p", f"RuntimeDirectory=user/{UID}", "-p", "RuntimeDirectoryMode=0700", "-E", f"XDG_RUNTIME_DIR={RUNTIME_DIR}",
            "/lib/systemd/systemd", "--user", check=True)
        cls.addClassCleanup(run, "systemctl", "stop", MANAGER)

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-rootless-"))
        self.addCleanup(shutil.rmtree, self.scratch)
        rootfs = self.scratch / "rootfs"
        for name in ("bin", "proc", "sys", "dev"):
            (rootfs / name).mkdir(parents=True)
        shutil.copy("/bin/busybox", rootfs / "bin")
        for name in ("sh", "sleep", "cat", "id", "tail"):
            (rootfs / "bin" / name).symlink_to("busybox")
        run("chown", "-R", USER, self.scratch, check=True)
        self.scope = "test-box.scope"
        self.addCleanup(self.runtime, "delete", "--force", "box")

    def as_user(self, *command, script='"$@"'):
        """In a service of the user's manager: its exit status and what it wrote. (--wait would need a session bus.)"""
        files = [self.scratch / name for name in ("out", "err", "status")]
        for file in files:
            file.unlink(missing_ok=True)
        started = run("setpriv", "--reuid", UID, "--regid", UID, "--clear-groups", "systemd-run", "--user", "--quiet",
                      "--collect", "-p", "Type=oneshot", "-p", f"StandardOutput=file:{files[0]}", "-p",
                      f"StandardError=file:{files[1]}", "-p", f"WorkingDirectory={self.scratch}", "sh", "-c",
                      f"{script}; echo $? > {files[2]}", "sh", *command,
                      env={"XDG_RUNTIME_DIR": str(RUNTIME_DIR), "PATH": os.environ["PATH"]})
        self.assertEqual(started.returncode, 0, started.stderr)
        out, err, status = (file.read_text() for file in files)
        return subprocess.CompletedProcess(command, int(status), out, err)

    def runtime(self, *arguments):
        return self.as_user("berth-runtime", "--systemd-cgroup", *arguments)

    def ok(self, *arguments):
        done = self.runtime(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def bundle(self, *command, **resources):
        (self.scratch / "config.json").unlink(missing_ok=True)
        self.assertEqual(self.as_user("berth-runtime", "spec", "--rootless").returncode, 0)
        spec = json.loads((self.scratch / "config.json").read_text())
        spec["process"].update(terminal=False, args=list(command))
        spec["linux"].update(cgroupsPath="app.slice:test:box", resources=resources)
        (self.scratch / "config.json").write_text(json.dumps(spec))

    def start(self, *command, **resources):
        self.bundle(*command, **resources)
        self.ok("run", "--detach", "--bundle", self.scratch, "box")
        pid = json.loads(self.ok("state", "box"))["pid"]
        path = pathlib.Path(f"/proc/{pid}/cgroup").read_text().strip().removeprefix("0::/")
        return CGROUPS / path

    def show(self, name):
        done = self.as_user("systemctl", "--user", "show", "-P", name, self.scope)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def test_has_a_scope_of_his_own_manager_with_its_limits(self):
        cgroup = self.start("sleep", "100", memory={"limit": 64 * MIB, "swap": 64 * MIB}, pids={"limit": 20}, cpu={"shares": 2048})
        self.assertEqual(cgroup, CGROUPS / f"system.slice/{MANAGER}.service/app.slice/{self.scope}")
        self.assertEqual([(cgroup / name).read_text().strip() for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.weight")],
                         [str(64 * MIB), "0", "20", "174"])
        self.assertEqual([self.show(name) for name in ("ActiveState", "MemoryMax", "TasksMax", "CPUWeight")],
                         ["active", str(64 * MIB), "20", "174"])
        self.assertEqual(cgroup.stat().st_uid, UID)

    def test_execs_pauses_updates_counts_kills_and_deletes(self):
        cgroup = self.start("sh", "-c", "trap 'exit 4' TERM; while :; do sleep 0.1; done", memory={"limit": 64 * MIB})
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "id -u; cat /proc/self/cgroup"), "0\n0::/")
        self.ok("pause", "box")
        self.assertEqual(((cgroup / "cgroup.freeze").read_text(), json.loads(self.ok("state", "box"))["status"]), ("1\n", "paused"))
        self.ok("resume", "box")
        self.ok("update", "--memory", 96 * MIB, "--pids-limit", "30", "box")
        self.assertEqual([(cgroup / name).read_text() for name in ("memory.max", "pids.max")], [f"{96 * MIB}\n", "30\n"])
        self.assertEqual(self.show("MemoryMax"), str(96 * MIB))
        stats = json.loads(self.ok("events", "--stats", "box"))["data"]
        self.assertEqual((stats["memory"]["usage"]["limit"], stats["pids"]["limit"]), (96 * MIB, 30))
        self.ok("kill", "box", "TERM")
        self.until(lambda: json.loads(self.ok("state", "box"))["status"] == "stopped")
        self.ok("delete", "box")
        self.until(lambda: self.show("LoadState") == "not-found")
        self.assertFalse(cgroup.exists())

    def test_gives_the_payloads_exit_status_in_the_foreground(self):
        self.bundle("sh", "-c", "id -u; cat /proc/self/uid_map; exit 5")
        done = self.runtime("run", "--bundle", self.scratch, "box")
        self.assertEqual((done.returncode, done.stdout.split()), (5, ["0", "0", str(UID), "1"]), done.stderr)
        self.until(lambda: self.show("LoadState") == "not-found")

    def test_an_oom_kill_is_reported(self):
        self.start("sh", "-c", "while :; do sleep 1; tail /dev/zero; done", memory={"limit": 16 * MIB, "swap": 16 * MIB})
        self.until(lambda: json.loads(self.ok("events", "--stats", "box"))["data"]["memory"]["event_count"]["oom_kill"] > 0)

    def test_a_controller_that_was_not_delegated_is_named(self):
        self.bundle("sleep", "100", hugepageLimits=[{"pageSize": "2MB", "limit": 2 * MIB}])
        done = self.runtime("run", "--bundle", self.scratch, "box")
        self.assertEqual(done.returncode, 1)
        self.assertIn("linux.resources.hugepageLimits(2MB): expected the hugetlb controller", done.stderr)
        self.until(lambda: self.show("LoadState") == "not-found")

    def until(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline, "the condition never held")
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
