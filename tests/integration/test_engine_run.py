"""berth run, create, start: containers that start, and those that cannot."""

import os
import pathlib
import signal
import subprocess
import unittest

import engine


class InTheForeground(engine.TestCase):
    def run_in(self, *command, flags=(), **kwargs):
        return self.berth("run", "--rm", *flags, "--rootfs", self.rootfs(), *command, **kwargs)

    def test_the_exit_code_is_the_containers(self):
        self.run_in("sh", "-c", "exit 7", code=7)

    def test_stdout_and_stderr_stay_apart(self):
        result = self.run_in("sh", "-c", "echo out; echo err >&2")
        self.assertEqual((result.stdout, result.stderr), ("out\n", "err\n"))

    def test_stdin_reaches_the_container_with_i_only(self):
        self.assertEqual(self.run_in("cat", flags=["-i"], stdin=None, input="hello").stdout, "hello")
        self.assertEqual(self.run_in("cat", stdin=None, input="hello").stdout, "")

    def test_a_megabyte_comes_out_whole(self):
        result = self.run_in("sh", "-c", "yes 0123456789 | head -c 1000000")
        self.assertEqual(len(result.stdout), 1000000)

    def test_a_signal_is_passed_on(self):
        process = self.start_berth("run", "--rm", "--name", "web", "--rootfs", self.rootfs(), "sh", "-c",
                                   "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done",
                                   stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), "up\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 9)

    def test_a_payload_that_dies_of_a_signal_gives_128_and_its_number(self):
        self.run_in("sh", "-c", "kill -9 $$", flags=["--pid", "host"], code=137)

    def test_rm_leaves_no_container(self):
        self.run_in("true")
        self.assertEqual(self.names("-a"), [])

    def test_without_rm_the_container_stays(self):
        self.berth("run", "--name", "web", "--rootfs", self.rootfs(), "true")
        self.assertEqual(self.names("-a"), ["web"])

    def test_the_issues_spelling_of_rootfs_and_podmans_are_the_same(self):
        for spelling in (["--rootfs", self.rootfs(), "echo", "hi"], [f"--rootfs={self.rootfs()}", "echo", "hi"],
                         ["--rootfs", "--rm=true", self.rootfs(), "echo", "hi"],
                         ["--rootfs", self.rootfs(), "--rm", "echo", "hi"]):
            self.assertEqual(self.berth("run", *spelling).stdout, "hi\n", spelling)
        self.berth("rm", "-a")

    def test_a_terminal_is_a_terminal(self):
        result = self.run_in("sh", "-c", "tty; test -t 0 && test -t 1 && echo yes", flags=["-t"])
        self.assertEqual(result.stdout.replace("\r", ""), "/dev/pts/0\nyes\n")


class WhatItGets(engine.TestCase):
    def output(self, *command, flags=()):
        return self.berth("run", "--rm", *flags, "--rootfs", self.rootfs(), *command).stdout

    def test_the_environment_is_the_default_and_what_was_asked(self):
        (self.scratch / "env").write_text("# a comment\nFROM_FILE=1\n\n")
        lines = self.output("env", flags=["-e", "A=b", "--env-file", self.scratch / "env", "-h", "box"]).splitlines()
        for line in ("A=b", "FROM_FILE=1", "HOSTNAME=box", "HOME=/root", "container=berth",
                     "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"):
            self.assertIn(line, lines)

    def test_a_user_is_looked_up_in_the_container(self):
        self.assertIn("uid=1000(web) gid=1000(web) groups=2000(extra)", self.output("id", flags=["-u", "web"]))
        self.assertIn("uid=5 gid=2000(extra)", self.output("id", flags=["-u", "5:extra"]))
        self.assertIn("HOME=/home", self.output("env", flags=["-u", "web"]))

    def test_the_working_directory_is_made_current(self):
        self.assertEqual(self.output("pwd", flags=["-w", "/tmp"]), "/tmp\n")

    def test_a_volume_is_the_hosts_directory(self):
        (self.scratch / "data").mkdir()
        self.output("sh", "-c", "echo hi > /data/file", flags=["-v", f"{self.scratch}/data:/data"])
        self.assertEqual((self.scratch / "data" / "file").read_text(), "hi\n")

    def test_a_read_only_volume_cannot_be_written(self):
        (self.scratch / "data").mkdir()
        for flag in (["-v", f"{self.scratch}/data:/data:ro"],
                     ["--mount", f"type=bind,src={self.scratch}/data,dst=/data,ro"]):
            self.assertEqual(self.output("sh", "-c", "touch /data/f 2>/dev/null || echo refused", flags=flag), "refused\n")

    def test_a_tmpfs_is_empty_and_writable(self):
        self.assertEqual(self.output("sh", "-c", "ls -A /opt; touch /opt/f && echo ok", flags=["--tmpfs", "/opt:size=1m"]),
                         "ok\n")

    def test_a_read_only_root_keeps_tmp_writable(self):
        script = "touch /bin/f 2>/dev/null || echo refused; touch /tmp/f && echo ok"
        self.assertEqual(self.output("sh", "-c", script, flags=["--read-only"]), "refused\nok\n")

    def test_capabilities_are_podmans_and_can_be_changed(self):
        effective = ["grep", "CapEff", "/proc/self/status"]
        self.assertEqual(self.output(*effective).split()[1], "00000000800405fb")
        self.assertEqual(self.output(*effective, flags=["--cap-drop", "ALL"]).split()[1], "0" * 16)
        self.assertEqual(self.output(*effective, flags=["--cap-drop=all", "--cap-add", "net_admin"]).split()[1],
                         f"{1 << 12:016x}")

    def test_the_network_is_none_or_the_hosts(self):
        self.assertEqual(self.output("sh", "-c", "ls /sys/class/net"), "lo\n")
        self.assertEqual(self.output("readlink", "/proc/self/ns/net", flags=["--network", "host"]).strip(),
                         os.readlink("/proc/self/ns/net"))

    def test_names_resolve_through_generated_files(self):
        self.assertEqual(self.output("cat", "/etc/hostname", flags=["--hostname", "box"]), "box\n")
        self.assertIn("localhost box", self.output("cat", "/etc/hosts", flags=["--hostname", "box"]))
        self.assertIn('name="web"', self.output("cat", "/run/.containerenv", flags=["--name", "web"]))

    def test_ulimits_umask_and_no_new_privileges_are_set(self):
        script = "ulimit -n; umask; grep NoNewPrivs /proc/self/status"
        flags = ["--ulimit", "nofile=64:128", "--umask", "0077", "--security-opt", "no-new-privileges"]
        self.assertEqual(self.output("sh", "-c", script, flags=flags), "64\n0077\nNoNewPrivs:\t1\n")

    def test_the_default_seccomp_profile_is_applied_unless_unconfined(self):
        if not any(pathlib.Path(p).exists() for p in ("/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json")):
            self.skipTest("this machine has no default profile")
        mode = ["grep", "Seccomp:", "/proc/self/status"]
        self.assertEqual(self.output(*mode), "Seccomp:\t2\n")
        self.assertEqual(self.output(*mode, flags=["--security-opt", "seccomp=unconfined"]), "Seccomp:\t0\n")

    def test_an_entrypoint_comes_before_the_command(self):
        self.assertEqual(self.output("a", "b", flags=["--entrypoint", "echo"]), "a b\n")
        self.assertEqual(self.output("b", flags=["--entrypoint", '["echo", "a"]']), "a b\n")

    def test_a_device_of_the_host_is_there(self):
        self.assertIn("null", self.output("ls", "/dev/mynull", flags=["--device", "/dev/null:/dev/mynull"]))


class InTheBackground(engine.TestCase):
    def test_the_id_is_printed_and_the_container_runs(self):
        container = self.run_detached("sleep", "100")
        self.assertRegex(container, "^[0-9a-f]{64}$")
        self.assertEqual(self.names(), ["web"])
        self.assertEqual(self.status(container[:5]), "running")

    def test_rm_removes_it_when_it_ends(self):
        self.run_detached("true", flags=["--rm"])
        self.eventually(lambda: self.names("-a") == [])

    def test_files_with_its_id_and_pids_are_written(self):
        flags = []
        for flag in ("cidfile", "pidfile", "conmon-pidfile"):
            flags += [f"--{flag}", self.scratch / flag]
        container = self.run_detached("sleep", "100", flags=flags)
        state = self.inspect("web")["State"]
        self.assertEqual((self.scratch / "cidfile").read_text(), container)
        self.assertEqual(int((self.scratch / "pidfile").read_text()), state["Pid"])
        self.assertEqual(int((self.scratch / "conmon-pidfile").read_text()), state["ConmonPid"])

    def test_a_made_up_name_is_two_words(self):
        self.berth("run", "-d", "--rootfs", self.rootfs(), "sleep", "100")
        self.assertRegex(self.names()[0], "^[a-z]+_[a-z]+$")

    def test_replace_takes_the_place_of_a_running_container(self):
        first = self.run_detached("sleep", "100", flags=["--stop-timeout", "0"])
        second = self.run_detached("sleep", "100", flags=["--replace"])
        self.assertNotEqual(first, second)
        self.assertEqual(self.names("-a"), ["web"])

    def test_create_then_start(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "sleep", "100")
        self.assertEqual(self.status("web"), "created")
        self.assertEqual(self.berth("start", "web").stdout, "web\n")
        self.assertEqual(self.status("web"), "running")

    def test_start_attached_gives_output_and_exit_code_again_and_again(self):
        self.berth("create", "--name", "web", "--rootfs", self.rootfs(), "sh", "-c", "echo hi; exit 3")
        for _ in range(3):
            self.assertEqual(self.berth("start", "-a", "web", code=3).stdout, "hi\n")

    def test_the_monitor_is_the_service_managers_main_process(self):
        result = self.run_program("berth", "notify", "exec", "--timeout", "10", "--until", "READY", "--",
                                  self.program("berth"), *self.globals, "run", "-d", "--name", "web", "--sdnotify=conmon",
                                  "--rootfs", self.rootfs(), "sleep", "100")
        self.assertEqual(result.returncode, 0, result)
        self.assertIn(f"MAINPID={self.inspect('web')['State']['ConmonPid']}", result.stdout)


class WhatCannotBeStarted(engine.TestCase):
    def refused(self, *args, code, text):
        result = self.berth(*args, code=code)
        self.one_line(result, text)
        self.assertEqual(self.names("-a"), [], "a container is left")

    def test_an_unknown_flag(self):
        self.refused("run", "--bogus", code=125, text="unknown flag: --bogus")

    def test_a_missing_root_directory(self):
        self.refused("run", "--rootfs", "/no/such/dir", "true", code=125, text="/no/such/dir: no such directory")

    def test_no_command(self):
        self.refused("run", "--rootfs", self.rootfs(), code=125, text="no command")

    def test_an_image(self):
        self.refused("run", "docker.io/library/alpine", "true", code=125, text="images are not supported yet")

    def test_a_command_that_is_not_there_is_127(self):
        self.refused("run", "--rootfs", self.rootfs(), "nosuch", code=127, text='"nosuch" not found')
        self.refused("run", "--rootfs", self.rootfs(), "/bin/nosuch", code=127, text='"/bin/nosuch" not found')

    def test_a_command_that_only_the_runtime_can_miss_is_127(self):
        (self.rootfs() / "bin" / "dangling").symlink_to("/dev/nowhere")
        self.refused("run", "-d", "--rootfs", self.rootfs(), "/bin/dangling", code=127, text="/bin/dangling")

    def test_a_script_without_its_interpreter_is_127(self):
        script = self.rootfs() / "bin" / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        self.refused("run", "--rootfs", self.rootfs(), "/bin/script", code=127, text="/bin/script")

    def test_a_limit_without_its_controller_names_both(self):
        if "memory" in (engine.CGROUP / "cgroup.controllers").read_text():
            self.skipTest("this machine has the memory controller in its v2 tree")
        self.refused("run", "-m", "64m", "--rootfs", self.rootfs(), "true", code=125, text="memory.limit")

    def test_a_command_that_is_not_executable_is_126(self):
        self.refused("run", "--rootfs", self.rootfs(), "/etc/passwd", code=126, text='"/etc/passwd"')
        self.refused("run", "--rootfs", self.rootfs(), "/etc", code=126, text='"/etc"')

    def test_a_command_in_a_volume_is_found(self):
        (self.scratch / "tools").mkdir()
        os.symlink("/bin/busybox", self.scratch / "tools" / "true")
        self.berth("run", "--rm", "-v", f"{self.scratch}/tools:/tools", "--rootfs", self.rootfs(), "/tools/true")

    def test_a_link_that_leaves_the_root_is_resolved_inside(self):
        (self.rootfs() / "bin" / "outside").symlink_to("/../../../../bin/ls-that-the-host-lacks")
        self.refused("run", "--rootfs", self.rootfs(), "/bin/outside", code=127, text="/bin/outside")

    def test_an_unknown_user(self):
        self.refused("run", "-u", "nobody", "--rootfs", self.rootfs(), "true", code=125, text='user "nobody"')

    def test_a_user_that_is_no_user(self):
        for user in ("web:", ":web", "web:web:web", "-1", "4294967296", "we b"):
            self.refused("run", f"--user={user}", "--rootfs", self.rootfs(), "true", code=125, text="user")

    def test_an_unknown_capability(self):
        self.refused("run", "--cap-add", "FLY", "--rootfs", self.rootfs(), "true", code=125, text='"FLY"')

    def test_a_volume_without_a_source(self):
        self.refused("run", "-v", "/no/such:/data", "--rootfs", self.rootfs(), "true", code=125, text="/no/such")
        self.refused("run", "-v", "data:/data", "--rootfs", self.rootfs(), "true", code=125, text="named volumes")

    def test_a_size_that_is_none(self):
        self.refused("run", "--memory", "lots", "--rootfs", self.rootfs(), "true", code=125, text='"lots"')

    def test_a_missing_runtime_or_monitor(self):
        for flag in ("--runtime", "--monitor"):
            self.refused("run", flag, "no-such-program", "--rootfs", self.rootfs(), "true", code=125,
                         text="no-such-program")

    def test_a_runtime_that_fails(self):
        self.refused("run", "--runtime", "/bin/false", "--rootfs", self.rootfs(), "true", code=125, text="run:")

    def test_a_name_in_use_names_its_container(self):
        container = self.run_detached("sleep", "100")
        result = self.berth("run", "--name", "web", "--rootfs", self.rootfs(), "true", code=125)
        self.one_line(result, container)
        self.assertEqual(self.names("-a"), ["web"])

    def test_a_cid_file_that_exists(self):
        (self.scratch / "cid").write_text("x")
        self.refused("run", "--cidfile", self.scratch / "cid", "--rootfs", self.rootfs(), "true", code=125, text="exists")
        self.assertEqual((self.scratch / "cid").read_text(), "x")


if __name__ == "__main__":
    unittest.main()
