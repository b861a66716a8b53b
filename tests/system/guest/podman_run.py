"""Containers in podman's foreground and background: output, status, users, volumes, terminals, attach, exec."""


import podman
import service

LOOP = "trap 'exit 4' TERM; echo started; while :; do sleep 0.1; done"


class ARun(podman.TestCase):
    def test_gives_output_and_status(self):
        done = self.podman("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "out\n", "err\n"))

    def test_says_127_for_a_missing_command_and_126_for_a_directory(self):
        self.assertEqual(self.podman("run", "--rm", "busybox", "/nothing").returncode, 127)
        self.assertEqual(self.podman("run", "--rm", "busybox", "/etc").returncode, 126)

    def test_passes_stdin_through(self):
        done = self.podman("run", "--rm", "-i", "busybox", "cat", input="through and back", stdin=None)
        self.assertEqual(done.stdout, "through and back", done.stderr)

    def test_ends_at_its_timeout(self):
        self.assertEqual(self.podman("run", "--rm", "--timeout", "10", "busybox", "sleep", "1000").returncode, 255)


class ItsConfiguration(podman.TestCase):
    runtimes = ("berth",)

    def test_is_read_only_without_capabilities_for_another_user(self):
        out = self.ok("run", "--rm", "--read-only", "--cap-drop", "all", "-u", "nobody", "busybox",
                      "sh", "-c", "id -u; touch /x 2>&1; grep CapEff /proc/self/status")
        self.assertIn("65534", out)
        self.assertIn("Read-only file system", out)
        self.assertIn("0000000000000000", out)

    def test_has_the_volumes_asked_for(self):
        (self.scratch / "file").write_text("from outside")
        out = self.ok("run", "--rm", "-v", f"{self.scratch}:/data:ro", "busybox", "sh", "-c",
                      "cat /data/file; touch /data/new 2>&1; true")
        self.assertIn("from outside", out)
        self.assertIn("Read-only file system", out)

    def test_has_a_user_namespace_with_the_mapping_asked_for(self):
        out = self.ok("run", "--rm", "--uidmap", "0:100000:1000", "busybox", "cat", "/proc/self/uid_map")
        self.assertEqual(out.split(), ["0", "100000", "1000"])

    def test_has_a_user_namespace_chosen_by_podman(self):
        out = self.ok("run", "--rm", "--userns", "auto", "busybox", "sh", "-c", "cat /proc/self/uid_map; touch /x && stat -c %u /x")
        inside, outside, _, owner = out.split()
        self.assertEqual((inside, owner), ("0", "0"))
        self.assertGreaterEqual(int(outside), 100000)

    def test_has_an_init_that_reaps(self):
        out = self.ok("run", "--rm", "--init", "busybox", "sh", "-c", "cat /proc/1/comm")
        self.assertIn(out, ("podman-init", "catatonit"))  # as podman 4 and podman 5 name it

    def test_keeps_the_descriptors_asked_for(self):
        (self.scratch / "file").write_text("by descriptor")
        done = service.run("sh", "-c", f"exec podman run --rm --preserve-fds 1 busybox cat /proc/self/fd/3 3< {self.scratch}/file")
        self.assertEqual(done.stdout, "by descriptor", done.stderr)


class ATerminal(podman.TestCase):
    def terminal(self, *arguments):
        return podman.Terminal("podman", *arguments)

    def test_is_the_containers_own(self):
        terminal = self.terminal("run", "--rm", "-it", "busybox", "sh")
        terminal.send("tty; echo $((40 + 2))\n")
        terminal.expect("/dev/pts/0")
        terminal.expect("42")
        terminal.send("exit 5\n")
        self.assertEqual(terminal.status(), 5)

    def test_can_be_left_and_attached_to_again(self):
        self.remove_at_the_end()
        first = self.terminal("run", *podman.DETACH_BY_X, "-it", "--name", "box", "busybox", "sh")
        first.send("echo $((40 + 1))\n")
        first.expect("41")
        first.send("\x18")
        self.assertEqual(first.status(), 0)
        self.assertEqual(self.inspect("State.Status"), "running")
        second = self.terminal("attach", "box")
        second.send("echo $((50 + 1))\n")
        second.expect("51")
        second.send("exit 6\n")
        second.status()
        self.assertEqual(self.ok("wait", "box"), "6")

    def test_follows_the_size_of_the_one_outside(self):
        terminal = self.terminal("run", "--rm", "-it", "busybox", "sh")
        terminal.resize(33, 101)
        terminal.send("until stty size | grep '33 101'; do sleep 0.2; done; exit\n")
        terminal.expect("\n33 101")
        self.assertEqual(terminal.status(), 0)

    def test_of_an_exec_is_another_one(self):
        self.start("busybox", "sleep", "1000")
        terminal = self.terminal("exec", "-it", "box", "sh")
        terminal.send("tty; echo $((60 + 1))\n")
        terminal.expect("/dev/pts/0")
        terminal.expect("61")
        terminal.send("exit 8\n")
        self.assertEqual(terminal.status(), 8)


class ABackgroundContainer(podman.TestCase):
    def test_can_be_attached_to_without_a_terminal(self):
        self.start("-i", "busybox", "sh", "-c", "read line; echo got $line; exit 3")
        done = self.podman("attach", "box", input="a line\n", stdin=None)  # its own status is 0, and it adds an empty line
        self.assertEqual(done.stdout.rstrip("\n"), "got a line", done.stderr)
        self.assertEqual(self.ok("wait", "box"), "3")

    def test_takes_execs(self):
        self.start("busybox", "sh", "-c", LOOP)
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "echo from exec; id -u"), "from exec\n0")
        self.assertEqual(self.ok("exec", "-u", "1000:1000", "-w", "/tmp", "-e", "A=b", "box", "sh", "-c", "id -u; pwd; echo $A"),
                         "1000\n/tmp\nb")
        self.assertEqual(self.podman("exec", "box", "sh", "-c", "exit 9").returncode, 9)
        self.assertEqual(self.podman("exec", "box", "nosuch").returncode, 127)
        done = self.podman("exec", "-i", "box", "cat", input="in and out", stdin=None)
        self.assertEqual(done.stdout, "in and out", done.stderr)
        self.ok("exec", "-d", "box", "sh", "-c", "echo here > /tmp/detached")
        self.eventually(lambda: self.podman("exec", "box", "cat", "/tmp/detached").stdout == "here\n")

    def test_ends_by_the_stop_signal_with_its_own_status(self):
        self.start("busybox", "sh", "-c", LOOP)
        self.eventually(lambda: self.ok("logs", "box") == "started")
        self.assertEqual(self.inspect("OCIRuntime"), self.runtime)
        self.ok("stop", "box")
        self.assertEqual((self.inspect("State.Status"), self.inspect("State.ExitCode")), ("exited", 4))

    def test_is_killed_when_it_does_not_heed_the_stop_signal(self):
        self.start("busybox", "sleep", "1000")
        self.ok("stop", "-t", "1", "box")
        self.assertEqual(self.inspect("State.ExitCode"), 137)

    def test_is_paused_and_goes_on(self):
        self.start("busybox", "sleep", "1000")
        self.ok("pause", "box")
        self.assertEqual(self.inspect("State.Status"), "paused")
        self.ok("unpause", "box")
        self.assertEqual(self.inspect("State.Status"), "running")

    def test_is_killed_waited_for_and_restarted(self):
        self.start("busybox", "sleep", "1000")
        self.ok("kill", "box")
        self.assertEqual(self.ok("wait", "box"), "137")
        self.ok("restart", "box")
        self.assertEqual(self.inspect("State.Status"), "running")
        before = self.inspect("State.Pid")
        self.ok("restart", "-t", "0", "box")
        self.assertNotEqual(self.inspect("State.Pid"), before)

    def test_is_started_again_by_its_restart_policy(self):
        self.start("--restart", "on-failure:2", "busybox", "sh", "-c", "echo once more; exit 1")
        self.eventually(lambda: self.inspect("RestartCount") == 2 and self.inspect("State.Status") == "exited", timeout=90)
        self.assertEqual(self.ok("logs", "box"), "once more\nonce more\nonce more")

    def test_shows_its_processes(self):
        self.start("busybox", "sleep", "1000")
        self.assertIn("sleep", self.ok("top", "box"))

    def test_is_removed_while_it_runs(self):
        self.start("busybox", "sleep", "1000")
        cgroup = self.cgroup()
        self.assertTrue(cgroup.exists())
        self.ok("rm", "-f", "-t", "0", "box")
        self.assertFalse(cgroup.exists())

    def test_can_be_made_first_and_started_later(self):
        self.remove_at_the_end()
        self.ok("create", "--name", "box", "busybox", "sh", "-c", "echo later; exit 2")
        done = self.podman("start", "--attach", "box")
        self.assertEqual((done.returncode, done.stdout), (2, "later\n"), done.stderr)


if __name__ == "__main__":
    podman.main()
