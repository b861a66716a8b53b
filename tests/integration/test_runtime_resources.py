"""berth-runtime, black box: the container's cgroup: limits, devices, update, events; and what a bad config.json says."""

import json
import os
import pathlib
import stat
import subprocess
import unittest

import runtime_bundle

DENY_ALL = {"allow": False, "access": "rwm"}


def controllers():
    return (runtime_bundle.cgroup_mount() / "cgroup.controllers").read_text().split()


class TheCgroup(runtime_bundle.TestCase):
    def running(self, **linux):
        self.bundle(["sleep", "60"], linux=linux)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL)

    def file(self, name):
        return (self.cgroup() / name).read_text().strip()

    def test_holds_the_payload_and_goes_with_the_container(self):
        self.running()
        self.assertEqual(self.file("cgroup.procs"), str(self.state()["pid"]))
        self.ok("delete", "--force", self.id())
        self.assert_nothing_left()

    def test_is_where_cgroups_path_says(self):
        path = f"/{self.id()}-parent/child"
        self.running(cgroupsPath=path)
        directory = runtime_bundle.cgroup_mount() / path.lstrip("/")
        self.addCleanup(lambda: directory.parent.rmdir())
        self.assertTrue((directory / "cgroup.procs").read_text())
        self.ok("delete", "--force", self.id())
        self.assertFalse(directory.exists())
        self.assertTrue(directory.parent.exists(), "the parent may be somebody else's")

    def test_takes_the_unified_files(self):
        self.running(resources={"unified": {"cgroup.max.descendants": "5"}})
        self.assertEqual(self.file("cgroup.max.descendants"), "5")

    def test_that_others_use_is_not_taken(self):
        directory = runtime_bundle.cgroup_mount() / f"{self.id()}-taken"
        directory.mkdir()
        self.addCleanup(directory.rmdir)
        sleeper = subprocess.Popen(["sleep", "60"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        (directory / "cgroup.procs").write_text(str(sleeper.pid))
        self.bundle(["true"], linux={"cgroupsPath": f"/{directory.name}"})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("it has processes", result.stderr)
        self.assertTrue(directory.exists())
        sleeper.kill()
        sleeper.wait()

    def owned_cgroup(self, options):
        """What root of a user namespace can make in its cgroup, which it sees mounted with `options`."""
        mapping = [{"containerID": 0, "hostID": 100000, "size": 10}]
        config = self.bundle(["sh", "-c", "mkdir /sys/fs/cgroup/child 2>&1 && rmdir /sys/fs/cgroup/child && echo made"],
                             linux={"uidMappings": mapping, "gidMappings": mapping})
        config["linux"]["namespaces"].append({"type": "user"})
        config["mounts"][-1]["options"] = list(options)
        self.assertEqual(config["mounts"][-1]["type"], "cgroup")
        for mount in config["mounts"]:
            if "gid=5" in mount.get("options", ()):
                mount["options"].remove("gid=5")
        self.write_config(config)
        for directory in (self.scratch, self.bundle_path):
            directory.chmod(0o755)  # the way to the root file system, for a user who is nobody on the host
        return self.ok("run", "-b", self.bundle_path, self.id()).stdout

    def test_belongs_to_the_root_of_a_user_namespace_that_may_write_to_it(self):
        self.assertEqual(self.owned_cgroup(["nosuid", "noexec", "nodev"]), "made\n")

    @unittest.skipIf("pids" in controllers(), "the machine has every controller: see tests/system")
    def test_a_limit_that_the_machine_cannot_set_is_refused_by_name(self):
        for resources, member, controller in (({"pids": {"limit": 5}}, "pids.limit", "pids"),
                                              ({"memory": {"limit": 1 << 25}}, "memory.limit", "memory"),
                                              ({"cpu": {"quota": 5000, "period": 10000}}, "cpu.quota", "cpu")):
            self.bundle(["true"], linux={"resources": resources})
            result = self.runtime("run", "-b", self.bundle_path, self.id())
            self.assertEqual(result.returncode, 1)
            self.assertIn(f"linux.resources.{member}: expected the {controller} controller", result.stderr)
            self.assert_nothing_left()

    @unittest.skipIf("pids" not in controllers(), "no controllers here")
    def test_limits_are_in_its_files(self):
        self.running(resources={"pids": {"limit": 5}, "memory": {"limit": 1 << 25},
                                "cpu": {"quota": 5000, "period": 10000, "shares": 2048}})
        self.assertEqual(self.file("pids.max"), "5")
        self.assertEqual(self.file("memory.max"), str(1 << 25))
        self.assertEqual(self.file("cpu.max"), "5000 10000")
        self.assertEqual(self.file("cpu.weight"), "174")

    def test_takes_a_hugepage_limit_where_the_controller_is_there(self):
        if "hugetlb" not in controllers():
            self.skipTest("no hugetlb controller")
        self.running(resources={"hugepageLimits": [{"pageSize": "2MB", "limit": 4 << 20}]})
        self.assertEqual(self.file("hugetlb.2MB.max"), str(4 << 20))


class WithoutSystemd(runtime_bundle.TestCase):
    @unittest.skipIf(os.path.exists("/run/systemd/private"), "there is a systemd: see tests/system")
    def test_a_scope_is_refused_and_nothing_is_left(self):
        self.bundle(["true"], linux={"cgroupsPath": f"machine.slice:test:{self.id()}"})
        result = self.runtime("--systemd-cgroup", "run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("connect to systemd", result.stderr)
        self.assert_nothing_left()

    def test_a_path_that_names_no_scope_is_refused(self):
        self.bundle(["true"], linux={"cgroupsPath": "/a/b"})
        result = self.runtime("--systemd-cgroup", "run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("linux.cgroupsPath: expected slice:prefix:name", result.stderr)


class WithoutACgroup(runtime_bundle.TestCase):
    def test_a_container_and_its_execs_stay_in_the_callers_cgroup(self):
        own = pathlib.Path("/proc/self/cgroup").read_text()
        self.bundle(["sleep", "1000"], linux={"cgroupsPath": "machine.slice:test:" + self.id()},
                    namespaces_without=("cgroup",))
        self.ok("--cgroup-manager", "disabled", "run", "--detach", "-b", self.bundle_path, self.id(),
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertEqual(pathlib.Path(f"/proc/{self.state()['pid']}/cgroup").read_text(), own)
        self.assertEqual(self.ok("exec", self.id(), "cat", "/proc/self/cgroup").stdout, own)
        self.ok("delete", "--force", self.id())
        self.assert_nothing_left()

    def test_an_unknown_manager_is_named(self):
        result = self.runtime("--cgroup-manager", "none", "list")
        self.assertEqual(result.returncode, 1)
        self.assertIn('--cgroup-manager: expected cgroupfs, systemd or disabled, found "none"', result.stderr)


class Devices(runtime_bundle.TestCase):
    def opened(self, node, rules):
        major, minor = node
        program = f"mknod /dev/n c {major} {minor} && (: < /dev/n) && echo open || echo refused"
        # CAP_SYSLOG: the kernel log is behind a capability too.
        capabilities = {name: ["CAP_MKNOD", "CAP_SYSLOG"] for name in ("bounding", "effective", "permitted")}
        return self.output(["sh", "-c", program + " 2>/dev/null"], process={"capabilities": capabilities},
                           linux={"resources": {"devices": rules}}).split()[-1]

    def test_of_the_host_stay_closed_unless_a_rule_opens_them(self):
        kmsg = (1, 11)
        rule = {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "r"}
        self.assertEqual(self.opened(kmsg, [DENY_ALL]), "refused")
        self.assertEqual(self.opened(kmsg, [DENY_ALL, rule]), "open")
        self.assertEqual(self.opened(kmsg, [rule, DENY_ALL]), "refused", "the last rule wins")
        self.assertEqual(self.opened(kmsg, []), "refused", "no rules: no devices")

    def test_that_every_container_has_are_open(self):
        self.assertEqual(self.opened((1, 5), [DENY_ALL]), "open")

    def test_are_closed_for_exec_too(self):
        capabilities = {name: ["CAP_MKNOD", "CAP_SYSLOG"] for name in ("bounding", "effective", "permitted")}
        self.bundle(["sleep", "60"], process={"capabilities": capabilities})
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL)
        result = self.runtime("exec", self.id(), "sh", "-c", "mknod /dev/n c 1 11; : < /dev/n")
        self.assertNotEqual(result.returncode, 0, result)
        self.assertIn("Operation not permitted", result.stderr)


class Seccomp(runtime_bundle.TestCase):
    def filtered(self, command, **seccomp):
        return self.output(["sh", "-c", command], linux={"seccomp": seccomp})

    def test_refuses_what_the_profile_refuses(self):
        text = self.filtered("mkdir /dev/x 2>&1; echo $?", defaultAction="SCMP_ACT_ALLOW",
                             syscalls=[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}])
        self.assertIn("No space left on device", text)

    def test_is_compiled_once_for_many_containers(self):
        profile = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["reboot"], "action": "SCMP_ACT_KILL"}]}
        for _ in range(2):
            self.filtered("true", **profile)
        cache = self.state_root / ".seccomp@"
        self.assertEqual(stat.S_IMODE(os.stat(cache).st_mode), 0o700)
        self.assertEqual(len(list(cache.iterdir())), 1)


class Update(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.bundle(["sleep", "60"])
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL)

    def test_takes_resources_from_stdin_and_from_a_file(self):
        self.ok("update", "-r", "-", self.id(), input='{"unified": {"cgroup.max.depth": "3"}}')
        self.assertEqual((self.cgroup() / "cgroup.max.depth").read_text(), "3\n")
        file = self.scratch / "resources.json"
        file.write_text('{"unified": {"cgroup.max.depth": "4"}}')
        self.ok("update", "--resources", file, self.id())
        self.assertEqual((self.cgroup() / "cgroup.max.depth").read_text(), "4\n")

    def test_leaves_the_device_filter_as_it_was(self):
        self.ok("update", "-r", "-", self.id(), input='{"devices": [{"allow": true, "access": "rwm"}]}')
        result = self.runtime("exec", self.id(), "sh", "-c", "mknod /dev/n c 1 11 && : < /dev/n")
        self.assertNotEqual(result.returncode, 0)

    def test_refuses_bad_input_by_its_path(self):
        for text, expected in (('{"memory": {"limit": "1G"}}', "stdin: memory.limit: expected an integer"),
                               ('{"cpu": {"cpus": "0-"}}', "resources.cpu.cpus: expected a list of CPUs"),
                               ('{"unified": {"a/b": "1"}}', "resources.unified: expected names of cgroup files"),
                               ("{", "stdin: not valid JSON")):
            result = self.runtime("update", "-r", "-", self.id(), input=text)
            self.assertEqual(result.returncode, 1)
            self.assertIn(expected, result.stderr)

    def test_refuses_a_container_that_is_not_there_or_has_stopped(self):
        self.assertIn("does not exist", self.runtime("update", "--pids-limit", "5", "nobody").stderr)
        self.ok("kill", self.id(), "KILL")
        self.eventually(lambda: self.state()["status"] == "stopped")
        result = self.runtime("update", "--pids-limit", "5", self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("found it stopped", result.stderr)


class Events(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.bundle(["sh", "-c", "sleep 60 & wait"])
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL)

    def test_stats_is_one_line_in_runcs_shape(self):
        self.eventually(lambda: len((self.cgroup() / "cgroup.procs").read_text().split()) == 2)
        event = json.loads(self.ok("events", "--stats", self.id()).stdout)
        self.assertEqual((event["type"], event["id"]), ("stats", self.id()))
        self.assertEqual(event["data"]["pids"]["current"], 2)
        self.assertGreater(event["data"]["cpu"]["usage"]["total"], 0)
        for member in ("cpuset", "memory", "blkio", "hugetlb", "intel_rdt", "network_interfaces"):
            self.assertIn(member, event["data"])

    def test_follow_the_container_to_its_end(self):
        follower = self.start_runtime("events", "--interval", "50ms", self.id(), stdout=subprocess.PIPE)
        for _ in range(3):
            self.assertEqual(json.loads(follower.stdout.readline())["type"], "stats")
        self.ok("kill", self.id(), "KILL")
        follower.stdout.read()
        self.assertEqual(follower.wait(timeout=60), 0)

    def test_refuse_a_bad_interval(self):
        for interval in ("0s", "5", "soon"):
            result = self.runtime("events", "--interval", interval, self.id())
            self.assertEqual(result.returncode, 1, interval)


class ABadConfig(runtime_bundle.TestCase):
    def complaint(self, change):
        config = self.bundle(["true"])
        change(config)
        self.write_config(config)
        log = self.scratch / "log.json"
        log.unlink(missing_ok=True)
        result = self.runtime("--log", log, "--log-format", "json", "run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1, result)
        self.assert_nothing_left()
        line = json.loads(log.read_text().splitlines()[-1])
        self.assertEqual(line["level"], "error")
        return line["msg"]

    def test_is_refused_with_the_json_path_and_the_value(self):
        def put(path, value):
            def change(config):
                *parents, last = path
                for key in parents:
                    config = config[key]
                if isinstance(config, list):
                    config.append(value)
                else:
                    config[last] = value
            return change

        for change, expected in (
                (put(["ociVersion"], "2.0.0"), 'ociVersion: expected version 1 of the specification, found "2.0.0"'),
                (put(["process", "user", "uid"], -1), "process.user.uid: expected an integer from 0 to 4294967295, found -1"),
                (put(["process", "args"], []), "process.args: expected at least one argument"),
                (put(["process", "cwd"], "tmp"), 'process.cwd: expected an absolute path, found "tmp"'),
                (put(["process", "capabilities", "bounding", 0], "CAP_FLY"),
                 "process.capabilities.bounding[3]: expected the name of a capability"),
                (put(["linux", "namespaces", 0], {"type": "nett"}), "linux.namespaces[6].type: expected one of pid,"),
                (put(["linux", "namespaces", 0], {"type": "pid"}), "linux.namespaces[6].type: expected each type once"),
                (put(["linux", "sysctl"], {"vm.swappiness": "1"}), 'linux.sysctl["vm.swappiness"]: expected a sysctl'),
                (put(["linux", "uidMappings"], [{"containerID": 0, "hostID": 0, "size": 2},
                                                {"containerID": 1, "hostID": 9, "size": 1}]),
                 "linux.uidMappings[1].containerID: expected ids that element 0 does not map, found 1"),
                (put(["linux", "seccomp"], {"defaultAction": "SCMP_ACT_PRAY"}),
                 "linux.seccomp.defaultAction: expected one of SCMP_ACT_KILL"),
                (put(["linux", "seccomp"], {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                    {"names": ["mkdir", "frobnicate"], "action": "SCMP_ACT_ERRNO"}]}),
                 'linux.seccomp.syscalls[0].names[1]: expected the name of a system call, found "frobnicate"'),
                (put(["linux", "uidMappings"], [{"containerID": 0, "hostID": 0, "size": -2}]),
                 "linux.uidMappings[0].size: expected an integer from 0 to 4294967295, found -2"),
                (put(["linux", "resources", "rdma"], {"mlx5_1": {}}),
                 'linux.resources.rdma["mlx5_1"]: expected hcaHandles or hcaObjects, found neither'),
                (put(["linux", "resources", "blockIO"], {"weight": 5}),
                 "linux.resources.blockIO.weight: expected a number from 10 to 1000, found 5"),
                (put(["linux", "resources", "blockIO"], {"weightDevice": [{"major": 8, "minor": 0}]}),
                 "linux.resources.blockIO.weightDevice[0]: expected a weight or a leafWeight"),
                (put(["mounts", 0], {"destination": "/x", "type": "nosuchfs", "source": "x"}),
                 "mounts[7]: mount x to /x: No such device"),
                (put(["mounts", 0], {"destination": "/x", "type": "bind", "source": "/tmp", "options": ["bind", "odd"]}),
                 'mounts[7].options: expected options that a bind mount has, found "odd"'),
                (put(["mounts", 0], {"destination": "/x", "type": "tmpfs", "source": "x",
                                     "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}],
                                     "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}),
                 'mounts[7]: expected id mappings with a bind mount, found them with "tmpfs"'),
                (put(["mounts"], {}), "mounts: expected an array"),
                (put(["hostname"], 5), "hostname: expected a string"),
                (put(["linux", "netDevices"], {"no/name": {}}), 'linux.netDevices["no/name"]: expected the name'),
                (put(["linux", "rootfsPropagation"], "sideways"), "linux.rootfsPropagation: expected one of"),
                (put(["hooks"], {"poststop": [{"path": "x"}]}), "hooks.poststop[0].path: expected an absolute path"),
        ):
            self.assertIn(expected, self.complaint(change))

    def test_that_is_no_json_is_refused_with_its_line(self):
        self.bundle(["true"])
        (self.bundle_path / "config.json").write_text('{\n  "ociVersion": ,\n}')
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("not valid JSON at line 2", result.stderr)

    def test_unknown_members_are_ignored(self):
        self.bundle(["true"], future={"a": 1})
        self.ok("run", "-b", self.bundle_path, self.id())


class Spec(runtime_bundle.TestCase):
    def test_is_what_runc_writes_but_for_what_is_meant_to_differ(self):
        ours, theirs = self.scratch / "ours", self.scratch / "theirs"
        for rootless in ((), ("--rootless",)):
            for directory, program in ((ours, os.path.abspath(self.program("berth-runtime"))), (theirs, "runc")):
                directory.mkdir(exist_ok=True)
                (directory / "config.json").unlink(missing_ok=True)
                subprocess.run([program, "spec", *rootless], cwd=directory, check=True)
            mine, runcs = (json.loads((d / "config.json").read_text()) for d in (ours, theirs))
            self.assertIn({"type": "cgroup"}, mine["linux"]["namespaces"])
            mine["linux"]["namespaces"].remove({"type": "cgroup"})  # runc adds it on a pure v2 host only
            runcs["process"]["capabilities"].pop("ambient", None)  # without the inheritable set it has no effect
            for config in (mine, runcs):
                del config["ociVersion"], config["hostname"]
                for names in config["process"]["capabilities"].values():
                    names.sort()
            self.assertEqual(mine, runcs)

    def test_never_overwrites_a_config(self):
        config = pathlib.Path(self.bundle_path / "config.json")
        config.write_text("mine")
        result = self.runtime("spec", "--bundle", self.bundle_path)
        self.assertEqual(result.returncode, 1)
        self.assertIn("File config.json exists. Remove it first", result.stderr)
        self.assertEqual(config.read_text(), "mine")


if __name__ == "__main__":
    unittest.main()
