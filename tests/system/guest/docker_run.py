"""Docker with berth-runtime: containers that run, are executed in, attached to and stopped."""

import subprocess

import docker
import service

TICKS = "trap 'exit 4' TERM; echo started; while :; do sleep 1; echo tick; done"


class Docker(docker.TestCase):
    def test_runs_a_command_and_gives_its_output_and_status(self):
        done = docker.docker("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "out\n", "err\n"))

    def test_says_127_and_126_as_with_runc(self):
        for status, command in ((127, "nosuch"), (127, "/no/such"), (126, "/etc/passwd"), (126, "/etc")):
            done = docker.docker("run", "--rm", "--network", "none", "busybox", command)
            self.assertEqual(done.returncode, status, done.stderr)

    def test_lives_through_exec_logs_top_attach_and_stop(self):
        self.start("busybox", "sh", "-c", TICKS)
        inside = self.ok("exec", "-u", "65534:7", "-w", "/tmp", "-e", "A=b", "box", "sh", "-c", "id -u; id -g; pwd; echo $A")
        self.assertEqual(inside.split(), ["65534", "7", "/tmp", "b"])
        self.assertEqual(docker.docker("exec", "box", "sh", "-c", "exit 9").returncode, 9)
        missing = docker.docker("exec", "box", "nosuch")
        self.assertIn(missing.returncode, (126, 127))  # 126 with Docker 20, whatever the runtime says
        self.assertIn("executable file not found", missing.stdout + missing.stderr)
        self.eventually(lambda: self.ok("logs", "box").startswith("started"))
        self.assertIn("started", self.ok("top", "box"))
        state = self.inspect()
        self.assertEqual((state["HostConfig"]["Runtime"], state["State"]["Running"]), ("berth", True))
        attached = subprocess.Popen(["docker", "attach", "--no-stdin", "--sig-proxy=false", "box"], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True)
        self.assertEqual(attached.stdout.readline(), "tick\n")  # now it is attached
        self.ok("stop", "-t", "200", "box")
        errors = attached.communicate(timeout=120)[1]
        self.assertEqual(attached.returncode, 4, errors)
        self.assertEqual(self.until(lambda state: state["Status"] == "exited")["ExitCode"], 4)

    def test_is_killed_and_restarted(self):
        self.start("busybox", "sleep", "100000")
        self.ok("kill", "box")
        self.assertEqual(self.ok("wait", "box"), "137")
        self.ok("start", "box")
        before = self.inspect()["State"]["Pid"]
        self.ok("restart", "-t", "0", "box")
        state = self.inspect()["State"]
        self.assertTrue(state["Running"])
        self.assertNotEqual(state["Pid"], before)

    def test_gives_a_terminal_of_the_callers_size(self):
        wait = "until [ \"$(stty size 2>/dev/null)\" = '40 100' ]; do sleep 0.3; done; tty"
        code, output = self.in_terminal("docker", "run", "--rm", "-it", "--network", "none", "busybox", "sh", "-c",
                                        wait + "; exit 3")
        self.assertEqual((code, output.strip()), (3, "/dev/pts/0"))
        self.start("-t", "busybox", "sleep", "100000")
        code, output = self.in_terminal("docker", "exec", "-it", "box", "sh", "-c", wait)
        self.assertEqual((code, output.strip()), (0, "/dev/pts/1"))

    def test_passes_stdin_through(self):
        done = docker.docker("run", "--rm", "-i", "--network", "none", "busybox", "cat", input="through and back", stdin=None)
        self.assertEqual((done.returncode, done.stdout), (0, "through and back"), done.stderr)

    def test_init_reaps_before_the_command(self):
        out = self.ok("run", "--rm", "--init", "--network", "none", "busybox", "sh", "-c", "cat /proc/1/comm")
        self.assertEqual(out, "docker-init")


if __name__ == "__main__":
    service.main()
