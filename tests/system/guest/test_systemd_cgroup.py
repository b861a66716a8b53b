"""berth-runtime --systemd-cgroup: the container's cgroup is a scope that systemd keeps."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

MIB = 1 << 20


def show(unit, name):
    return subprocess.run(["systemctl", "show", "-P", name, unit], capture_output=True, text=True,
                          check=True).stdout.strip()


class AScope(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-scope-"))
        self.addCleanup(shutil.rmtree, self.scratch)
        rootfs = self.scratch / "rootfs"
        (rootfs / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", rootfs / "bin")
        for name in ("sh", "sleep", "cat"):
            (rootfs / "bin" / name).symlink_to("busybox")
        self.name = self.scratch.name.replace("_", "x")
        self.unit = f"test-{self.name}.scope"
        self.addCleanup(lambda: self.runtime("delete", "--force", self.name))

    def runtime(self, *arguments, **kwargs):
        kwargs.setdefault("capture_output", True)
        return subprocess.run(["berth-runtime", "--systemd-cgroup", "--root", self.scratch / "state",
                               *map(str, arguments)], text=True, stdin=subprocess.DEVNULL, **kwargs)

    def bundle(self, *command, annotations=None, cgroups_path=None, **resources):
        (self.scratch / "config.json").unlink(missing_ok=True)
        subprocess.run(["berth-runtime", "spec"], cwd=self.scratch, check=True)
        spec = json.loads((self.scratch / "config.json").read_text())
        spec["process"].update(terminal=False, args=list(command))
        spec["annotations"] = annotations or {}
        spec["linux"]["cgroupsPath"] = cgroups_path or f"machine.slice:test:{self.name}"
        spec["linux"]["resources"].update(resources)
        (self.scratch / "config.json").write_text(json.dumps(spec))

    def start(self, *command, **kwargs):
        self.bundle(*command, **kwargs)
        with open(self.scratch / "output", "w", encoding="utf-8") as output:
            done = self.runtime("run", "--detach", "--bundle", self.scratch, self.name, capture_output=False,
                                stdout=output, stderr=output)
        self.assertEqual(done.returncode, 0, (self.scratch / "output").read_text())
        return pathlib.Path("/sys/fs/cgroup") / show(self.unit, "ControlGroup").lstrip("/")

    def gone(self):
        deadline = time.monotonic() + 30
        while show(self.unit, "LoadState") != "not-found":
            self.assertLess(time.monotonic(), deadline, "the unit is still there")
            time.sleep(0.05)

    def test_of_a_container_that_cannot_be_made_does_not_hide_why(self):
        self.bundle("true")
        path = self.scratch / "config.json"
        spec = json.loads(path.read_text())
        spec["mounts"] = [{"destination": "/proc", "type": "proc", "source": "proc", "options": ["nonsense"]}]
        path.write_text(json.dumps(spec))
        for _ in range(10):  # the scope may be gone before all is set in it, or just after
            done = self.runtime("run", "--bundle", self.scratch, self.name)
            self.assertIn("Unknown parameter 'nonsense'", done.stderr)
        self.gone()

    def test_holds_the_container_alone_and_ends_with_it(self):
        cgroup = self.start("sleep", "100")
        self.assertEqual(cgroup, pathlib.Path("/sys/fs/cgroup/machine.slice") / self.unit)
        pid = json.loads(self.runtime("state", self.name).stdout)["pid"]
        self.assertEqual((cgroup / "cgroup.procs").read_text().split(), [str(pid)])
        self.assertEqual((show(self.unit, "ActiveState"), show(self.unit, "Delegate")), ("active", "yes"))
        self.assertEqual(self.runtime("delete", "--force", self.name).returncode, 0)
        self.assertFalse(cgroup.exists())
        self.gone()

    def test_is_no_unit_any_more_when_the_container_is_deleted(self):
        for _ in range(8):
            self.start("sleep", "100")
            self.assertEqual(self.runtime("delete", "--force", self.name).returncode, 0)
            self.gone()

    def test_ends_when_the_payload_cannot_run(self):
        self.bundle("no-such-program")
        self.assertEqual(self.runtime("run", "--bundle", self.scratch, self.name).returncode, 127)
        self.gone()

    def test_has_its_limits_as_properties_and_in_its_files(self):
        cgroup = self.start("sleep", "100", memory={"limit": 64 * MIB, "swap": 64 * MIB}, pids={"limit": 20},
                            cpu={"shares": 2048, "quota": 33333, "period": 50000})
        self.assertEqual([show(self.unit, name) for name in ("MemoryMax", "MemorySwapMax", "TasksMax", "CPUWeight")],
                         [str(64 * MIB), "0", "20", "174"])
        # After a reload systemd writes its own values again: the same ones.
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        self.assertEqual([(cgroup / name).read_text().strip() for name in ("memory.max", "pids.max", "cpu.weight")],
                         [str(64 * MIB), "20", "174"])
        self.assertEqual((cgroup / "cpu.max").read_text().split()[1], "50000")

    def test_keeps_what_an_update_has_set_over_a_reload(self):
        cgroup = self.start("sleep", "100", memory={"limit": 64 * MIB, "swap": 64 * MIB}, pids={"limit": 20})
        done = self.runtime("update", "--memory", 128 * MIB, "--memory-swap", 128 * MIB, "--pids-limit", "33",
                            "--cpu-period", "50000", "--cpu-quota", "25000", "--cpuset-cpus", "0", self.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = {"memory.max": str(128 * MIB), "pids.max": "33", "cpu.max": "25000 50000", "cpuset.cpus": "0"}
        found = lambda: {name: (cgroup / name).read_text().strip() for name in expected}
        self.assertEqual(found(), expected)
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        # A unit's cgroup is written again when it is next realized.
        subprocess.run(["systemctl", "set-property", "--runtime", self.unit, "IOWeight=50"], check=True)
        self.assertEqual(found(), expected)
        self.assertEqual([show(self.unit, name) for name in ("MemoryMax", "TasksMax", "AllowedCPUs")],
                         [str(128 * MIB), "33", "0"])

    def test_keeps_what_a_later_update_does_not_name(self):
        """systemd writes all files of a controller when one property of it changes: it must know them all."""
        cgroup = self.start("sleep", "100", unified={"memory.high": str(48 * MIB), "pids.max": "77"}, blockIO={"weight": 500},
                            cpu={"idle": 1})
        files = ("memory.max", "memory.high", "pids.max", "cpu.idle", "io.weight")
        found = lambda: [(cgroup / name).read_text().split("\n")[0] for name in files]
        self.assertEqual(found(), ["max", str(48 * MIB), "77", "1", "default 4950"])
        self.assertEqual([show(self.unit, name) for name in ("MemoryHigh", "TasksMax", "IOWeight")],
                         [str(48 * MIB), "77", "4950"])
        done = self.runtime("update", "--memory", 128 * MIB, "--cpu-quota", "50000", self.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        subprocess.run(["systemctl", "set-property", "--runtime", self.unit, "IODeviceWeight=/dev/vdb 300"], check=True)
        self.assertEqual(found(), [str(128 * MIB), str(48 * MIB), "77", "1", "default 4950"])

    def test_an_update_is_exact_where_systemd_rounds(self):
        cgroup = self.start("sleep", "100")
        done = self.runtime("update", "--cpu-period", "30000", "--cpu-quota", "10001", self.name)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((cgroup / "cpu.max").read_text().strip(), "10001 30000")

    def test_takes_properties_from_annotations(self):
        self.start("sleep", "100", annotations={"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
                                                "org.systemd.property.Description": "'of mine'"})
        self.assertEqual((show(self.unit, "TimeoutStopUSec"), show(self.unit, "Description")), ("7s", "of mine"))

    def test_a_payload_in_the_foreground_gives_its_exit_status(self):
        self.bundle("sh", "-c", "cat /proc/self/cgroup; exit 5")
        result = self.runtime("run", "--bundle", self.scratch, self.name)
        self.assertEqual((result.returncode, result.stdout), (5, "0::/\n"), result.stderr)
        self.gone()

    def test_a_second_one_of_that_name_is_refused_and_the_first_lives(self):
        cgroup = self.start("sleep", "100")
        other = self.runtime("--root", self.scratch / "other", "run", "--bundle", self.scratch, self.name)
        self.assertEqual(other.returncode, 1)
        self.assertIn(self.unit, other.stderr)
        self.assertTrue((cgroup / "cgroup.procs").read_text())

    def test_bad_names_and_slices_are_refused_and_nothing_stays(self):
        for path, expected in (("/a/b", "expected slice:prefix:name"), ("nonsense:test:x", "systemd:"),
                               (f"machine.slice:te st:{self.name}", "systemd:")):
            self.bundle("sleep", "100", cgroups_path=path)
            result = self.runtime("run", "--bundle", self.scratch, self.name)
            self.assertEqual(result.returncode, 1, path)
            self.assertIn(expected, result.stderr)
            self.assertEqual([entry.name for entry in (self.scratch / "state").iterdir() if entry.is_dir()], [])

    def test_a_stalled_manager_is_an_error_that_says_so(self):
        # A socket that accepts and never answers, in a mount namespace of the test's own.
        script = ("import socket,subprocess,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); "
                  "sys.exit(subprocess.run(['unshare','-m','sh','-c','mount --bind $0 /run/systemd/private && "
                  "exec berth-runtime --systemd-cgroup --root $1/state run --bundle $1 stalled', sys.argv[1], "
                  "sys.argv[2]]).returncode)")
        self.bundle("sleep", "100")
        result = subprocess.run(["python3", "-c", script, self.scratch / "socket", self.scratch], capture_output=True,
                                text=True, timeout=60)
        self.assertEqual(result.returncode, 1)
        self.assertIn("systemd did not answer within 25 s", result.stderr)


if __name__ == "__main__":
    unittest.main()
