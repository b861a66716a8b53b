"""berth-runtime, black box: the payload of config.json and of exec: who it is, what it may, what it sees."""

import json
import os
import pathlib
import socket
import subprocess
import unittest

import runtime_bundle


class ThePayload(runtime_bundle.TestCase):
    def status(self, field, **kwargs):
        text = self.output(["cat", "/proc/self/status"], **kwargs)
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)[field]

    def test_has_the_user_the_groups_and_the_umask_that_are_asked_for(self):
        user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 2000], "umask": 0o077}
        text = self.output(["sh", "-c", "id -u; id -g; id -G; umask"], process={"user": user})
        self.assertEqual(text.split(), ["1000", "1001", "1001", "5", "2000", "0077"])

    def test_has_exactly_the_capabilities_that_are_asked_for(self):
        capabilities = {"bounding": ["CAP_CHOWN", "CAP_KILL"], "effective": ["CAP_CHOWN"],
                        "permitted": ["CAP_CHOWN", "CAP_KILL"], "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]}
        text = self.output(["cat", "/proc/self/status"],
                           process={"capabilities": capabilities, "user": {"uid": 7, "gid": 7}})
        sets = {line.split()[0]: int(line.split()[1], 16) for line in text.splitlines() if line.startswith("Cap")}
        # execve of a program without file capabilities: permitted and effective are the ambient set.
        self.assertEqual(sets, {"CapInh:": 1 << 5, "CapPrm:": 1 << 5, "CapEff:": 1 << 5, "CapBnd:": (1 << 5) | 1,
                                "CapAmb:": 1 << 5})

    def test_has_no_capabilities_when_none_are_asked_for(self):
        self.assertEqual(self.status("CapEff", process={"capabilities": {}}), "0000000000000000")

    def test_cannot_gain_privileges_when_that_is_forbidden(self):
        self.assertEqual(self.status("NoNewPrivs", process={"noNewPrivileges": True}), "1")
        self.assertEqual(self.status("NoNewPrivs", process={"noNewPrivileges": False}), "0")

    def test_has_its_resource_limits(self):
        limits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
        text = self.output(["cat", "/proc/self/limits"],
                           process={"rlimits": limits, "user": {"uid": 1000, "gid": 1000}})
        self.assertRegex(text, r"Max open files +100 +200")
        self.assertRegex(text, r"Max core file size +0 +0")

    def test_has_the_seccomp_filter(self):
        seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
                   "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
        for forbidden in (True, False):
            with self.subTest(noNewPrivileges=forbidden):
                self.bundle(["mkdir", "/tmp/x"], linux={"seccomp": seccomp}, root={"path": "rootfs"},
                            process={"noNewPrivileges": forbidden})
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                self.assertIn("No space left on device", result.stderr)

    def seccomp_with(self, *names):
        """Debian's default profile of podman, as podman hands it down, with some more names."""
        profile = json.loads(pathlib.Path("/usr/share/containers/seccomp.json").read_text())
        rules = [{k: v for k, v in rule.items() if k in ("names", "action", "args", "errnoRet") and v is not None}
                 for rule in profile["syscalls"]
                 if not rule.get("includes") or "amd64" in rule["includes"].get("arches", ())]
        rules.append({"names": [*names, "getpid"], "action": "SCMP_ACT_ALLOW"})
        return {"defaultAction": profile["defaultAction"], "syscalls": rules,
                "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]}

    @unittest.skipUnless(os.uname().machine == "x86_64", "the rules are those of x86_64")
    def test_takes_the_default_profiles_of_todays_engines(self):
        # What Docker's and podman's profiles of 2025 have that an older libseccomp does not.
        younger = ["cachestat", "fchmodat2", "futex_requeue", "futex_wait", "futex_wake", "getxattrat", "listmount",
                   "listxattrat", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "map_shadow_stack",
                   "mseal", "removexattrat", "riscv_hwprobe", "setxattrat", "statmount", "uretprobe"]
        self.assertEqual(self.output(["echo", "done"], linux={"seccomp": self.seccomp_with(*younger)}), "done\n")

    def test_an_unknown_syscall_is_left_out_when_the_annotation_says_so(self):
        seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
                   "syscalls": [{"names": ["frobnicate"], "action": "SCMP_ACT_ERRNO"}]}
        self.bundle(["true"], linux={"seccomp": seccomp})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn('linux.seccomp.syscalls[0].names[0]: expected the name of a system call, found "frobnicate"',
                      result.stderr)
        self.assert_nothing_left()
        self.bundle(["true"], linux={"seccomp": seccomp},
                    annotations={"run.oci.seccomp_fail_unknown_syscall": "0"})
        self.assertIn("frobnicate left out", self.ok("run", "-b", self.bundle_path, self.id()).stderr)

    def test_finds_its_home_in_the_container(self):
        env = ["PATH=/bin"]
        self.assertEqual(self.output(["sh", "-c", "echo $HOME"], process={"env": env}), "/root\n")
        user = {"uid": 1000, "gid": 1000}
        self.assertEqual(self.output(["sh", "-c", "echo $HOME"], process={"env": env, "user": user}), "/home\n")
        user = {"uid": 4711, "gid": 1000}
        self.assertEqual(self.output(["sh", "-c", "echo $HOME"], process={"env": env, "user": user}), "/\n")
        self.assertEqual(self.output(["sh", "-c", "echo $HOME"], process={"env": env + ["HOME=/tmp"]}), "/tmp\n")

    def test_begins_in_its_working_directory_which_is_made_when_missing(self):
        root = {"path": "rootfs", "readonly": True}
        self.assertEqual(self.output(["pwd"], process={"cwd": "/new/deep"}, root=root), "/new/deep\n")

    def test_has_the_host_name_the_domain_name_and_the_sysctls(self):
        text = self.output(["sh", "-c", "hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward"],
                           hostname="web", domainname="example.org", linux={"sysctl": {"net.ipv4.ip_forward": "1"}})
        self.assertEqual(text.split(), ["web", "example.org", "1"])

    def test_is_killed_first_when_memory_runs_out_if_so_asked(self):
        self.assertEqual(self.output(["cat", "/proc/self/oom_score_adj"], process={"oomScoreAdj": 500}), "500\n")

    def test_has_its_scheduler_its_io_priority_and_its_personality(self):
        process = {"scheduler": {"policy": "SCHED_BATCH", "nice": 3},
                   "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 6}}
        text = self.output(["sh", "-c", "ionice; uname -m; cut -d' ' -f19,41 /proc/self/stat"], process=process,
                           linux={"personality": {"domain": "LINUX32"}})
        self.assertEqual(text.split(), ["best-effort:", "prio", "6", "i686", "3", "3"])

    def test_has_no_descriptor_of_ours(self):
        text = self.output(["sh", "-c", "ls /proc/$$/fd; true"])
        self.assertEqual([fd for fd in text.split() if int(fd) < 10], ["0", "1", "2"])

    def test_has_its_own_null_device_where_the_caller_gave_the_hosts(self):
        self.bundle(["sh", "-c", "stat -Lc %d:%i /proc/self/fd/0 /dev/null"])
        lines = self.ok("run", "-b", self.bundle_path, self.id(), stdin=subprocess.DEVNULL).stdout.split()
        self.assertEqual(lines[0], lines[1])

    def test_gets_the_descriptors_that_are_preserved(self):
        self.bundle(["cat", "/proc/self/fd/3"])
        path = self.scratch / "handed"
        path.write_text("through descriptor 3")
        with open(path) as handed:
            command = f'exec "$0" --root "$1" run --preserve-fds 1 -b "$2" "$3" 3<&{handed.fileno()}'
            result = subprocess.run(["bash", "-c", command, self.program("berth-runtime"), str(self.state_root),
                                     str(self.bundle_path), self.id()], capture_output=True, text=True,
                                    pass_fds=[handed.fileno()])
        self.assertEqual(result.stdout, "through descriptor 3", result)

    def test_gets_the_sockets_of_socket_activation(self):
        self.bundle(["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4"])
        for name in ("first", "second"):
            (self.scratch / name).write_text(name + "\n")
        command = 'export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=a:b; exec "$0" --root "$1" run -b "$2" "$3" ' \
                  '3< "$4/first" 4< "$4/second"'
        result = subprocess.run(["bash", "-c", command, self.program("berth-runtime"), str(self.state_root),
                                 str(self.bundle_path), self.id(), str(self.scratch)], capture_output=True, text=True)
        self.assertEqual(result.stdout, "2 1 a:b\nfirst\nsecond\n", result)

    def test_is_known_by_a_pidfd_to_who_asks(self):
        self.bundle(["sleep", "100"])
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.scratch / "pidfd"))
        listener.listen(1)
        self.addCleanup(listener.close)
        self.create("--pidfd-socket", self.scratch / "pidfd")
        connection, _ = listener.accept()
        _, fds, _, _ = socket.recv_fds(connection, 100, 1)
        connection.close()
        self.assertIn(f"Pid:\t{self.state()['pid']}\n", pathlib.Path(f"/proc/self/fdinfo/{fds[0]}").read_text())
        os.close(fds[0])

    def test_is_supervised_by_a_seccomp_listener(self):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.scratch / "seccomp"))
        listener.listen(1)
        self.addCleanup(listener.close)
        seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": str(self.scratch / "seccomp"),
                   "listenerMetadata": "metadata", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}
        for forbidden in (True, False):
            with self.subTest(noNewPrivileges=forbidden):
                self.bundle(["sleep", "100"], linux={"seccomp": seccomp}, process={"noNewPrivileges": forbidden})
                self.create()
                connection, _ = listener.accept()
                connection.settimeout(10)
                self.ok("start", self.id())
                data, fds, _, _ = socket.recv_fds(connection, 8192, 1)
                connection.close()
                state = json.loads(data)
                self.assertEqual((state["fds"], state["metadata"], state["state"]["id"]),
                                 (["seccompFd"], "metadata", self.id()))
                self.assertEqual(state["pid"], self.state()["pid"])
                self.assertIn("seccomp notify", os.readlink(f"/proc/self/fd/{fds[0]}"))
                os.close(fds[0])
                self.ok("delete", "--force", self.id())

    def test_leaves_the_owner_of_the_hosts_null_device_alone(self):
        before = os.stat("/dev/null")
        self.bundle(["true"], process={"user": {"uid": 1000, "gid": 1000}})
        self.ok("run", "-b", self.bundle_path, self.id(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
        self.assertEqual((os.stat("/dev/null").st_uid, os.stat("/dev/null").st_mode), (before.st_uid, before.st_mode))

    def test_may_reopen_its_pipes_as_an_ordinary_user(self):
        text = self.output(["sh", "-c", "echo reopened > /dev/stdout"], process={"user": {"uid": 1000, "gid": 1000}})
        self.assertEqual(text, "reopened\n")

    def test_is_not_disturbed_by_the_callers_signal_mask_and_ignored_signals(self):
        self.bundle(["grep", "^Sig[BI]", "/proc/self/status"])
        command = 'trap "" HUP TERM; exec "$0" --root "$1" run -b "$2" "$3"'
        result = subprocess.run(["bash", "-c", command, self.program("berth-runtime"), str(self.state_root),
                                 str(self.bundle_path), self.id()], capture_output=True, text=True)
        self.assertEqual(result.stdout.split(), ["SigBlk:", "0" * 16, "SigIgn:", "0" * 16])


class Exec(runtime_bundle.TestCase):
    def run_container(self, **kwargs):
        self.bundle(["sleep", "100"], **kwargs)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def test_runs_in_all_namespaces_and_in_the_cgroup_of_the_container(self):
        self.run_container()
        kinds = ["ipc", "uts", "net", "pid", "mnt", "cgroup"]
        inside = self.ok("exec", self.id(), "sh", "-c", f"cd /proc/self/ns; for k in {' '.join(kinds)}; do readlink $k; done").stdout.split()
        pid = self.state()["pid"]
        self.assertEqual(inside, [os.readlink(f"/proc/{pid}/ns/{kind}") for kind in kinds])
        process = self.start_runtime("exec", self.id(), "sleep", "50")
        members = lambda: (self.cgroup() / "cgroup.procs").read_text().split()
        self.eventually(lambda: len(members()) == 2)
        listed = json.loads(self.ok("ps", "-f", "json", self.id()).stdout)
        self.assertEqual(sorted(listed), sorted(map(int, members())))
        self.assertIn("sleep 50", self.ok("ps", self.id()).stdout)
        process.terminate()
        self.assertEqual(process.wait(60), 128 + 15)

    def test_gives_the_exit_status_and_127_126_for_what_cannot_run(self):
        self.run_container()
        self.assertEqual(self.runtime("exec", self.id(), "sh", "-c", "exit 9").returncode, 9)
        self.assertEqual(self.runtime("exec", self.id(), "nosuch").returncode, 127)
        self.assertEqual(self.runtime("exec", self.id(), "/etc/passwd").returncode, 126)

    def test_takes_user_directory_environment_and_capabilities(self):
        self.run_container()
        text = self.ok("exec", "-u", "1000:2000", "--cwd", "/tmp", "-e", "A=b", "--cap", "CAP_CHOWN", "-g", "77",
                       self.id(), "sh", "-c", "id -u; id -G; pwd; echo $A; grep CapBnd /proc/self/status").stdout
        self.assertEqual(text.split()[:6], ["1000", "2000", "77", "/tmp", "b", "CapBnd:"])
        self.assertTrue(int(text.split()[6], 16) & 1)

    def test_refuses_a_user_that_is_no_number(self):
        self.run_container()
        for user in ("root", "0x0", "1000:", ":1", "-1", "4294967295", "1 ", "1000:1000:1000", "+0"):
            with self.subTest(user):
                result = self.runtime("exec", "--user", user, self.id(), "id")
                self.assertNotEqual(result.returncode, 0)
                self.assertIn("expected UID or UID:GID", result.stderr)

    def test_takes_a_process_file(self):
        self.run_container()
        process = {"args": ["sh", "-c", "echo $X; pwd"], "cwd": "/var", "env": ["PATH=/bin", "X=1"],
                   "user": {"uid": 0, "gid": 0}}
        (self.scratch / "process.json").write_text(json.dumps(process))
        text = self.ok("exec", "--process", self.scratch / "process.json", self.id()).stdout
        self.assertEqual(text, "1\n/var\n")

    def test_detached_returns_when_the_process_runs(self):
        self.run_container()
        self.ok("exec", "-d", "--pid-file", self.scratch / "pid", self.id(), "sleep", "60",
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pid = int((self.scratch / "pid").read_text())
        self.assertIn(b"sleep", pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())

    @unittest.skipIf(os.cpu_count() < 2, "there is but one CPU")
    def test_begins_on_the_initial_cpus_and_goes_on_on_the_final_ones(self):
        cpus = sorted(os.sched_getaffinity(0))
        first, last = str(cpus[0]), str(cpus[-1])
        allowed = lambda: self.ok("exec", self.id(), "grep", "Cpus_allowed_list", "/proc/self/status").stdout.split()[1]
        everywhere = subprocess.run(["grep", "Cpus_allowed_list", "/proc/self/status"], capture_output=True,
                                    text=True).stdout.split()[1]
        for affinity, expected in (({"initial": first, "final": last}, last), ({"final": first}, first),
                                   ({"initial": first}, everywhere)):
            with self.subTest(affinity):
                self.run_container(process={"execCPUAffinity": affinity})
                self.assertEqual(allowed(), expected)
                self.ok("delete", "--force", self.id())
        self.run_container(process={"execCPUAffinity": {"initial": "7000"}})
        result = self.runtime("exec", self.id(), "true")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("execCPUAffinity.initial", result.stderr)

    def test_is_refused_while_the_container_is_paused_unless_told_otherwise(self):
        self.run_container()
        self.ok("pause", self.id())
        self.assertEqual(self.state()["status"], "paused")
        self.assertIn("paused", self.runtime("exec", self.id(), "true").stderr)
        self.ok("resume", self.id())
        self.assertEqual(self.state()["status"], "running")
        self.ok("exec", self.id(), "true")

    def test_is_refused_when_the_container_has_stopped(self):
        self.bundle(["true"])
        self.ok("run", "--keep", "-b", self.bundle_path, self.id())
        self.assertIn("stopped", self.runtime("exec", self.id(), "true").stderr)


if __name__ == "__main__":
    unittest.main()
