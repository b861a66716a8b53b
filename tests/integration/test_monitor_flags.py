"""Each flag of conmon's has its effect, and what conmon refuses is refused: the real conmon beside ours where there is one."""

import os
import re
import subprocess

import monitored

# Answers with its arguments and what it finds around it, and fails: nothing is created.
RECORDER = """#!/bin/sh
cd "${0%/*}"
for word; do echo "$word"; done > runtime.args
echo "${LISTEN_PID:-none} $$ $(cat /proc/$$/oom_score_adj)" > runtime.env
[ -z "$FILTER_SOCKET" ] || python3 -c "
import os, socket
line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
line.connect('$FILTER_SOCKET')
ours, theirs = os.pipe()
socket.send_fds(line, [b'{}'], [theirs])
os.close(theirs)
os.read(ours, 1)  # until nobody holds the listener
os.close(ours)
open('listener.closed', 'w').close()"
exit 1
"""


class Recorded(monitored.TestCase):
    def under_each(self, *flags, env=None, **kwargs):
        """Runs each monitor with the recorder as its runtime; yields the container and its result."""
        self.round = getattr(self, "round", 0) + 1
        for name, monitor in (("ours", None), ("conmon", monitored.CONMON)):
            if name == "conmon" and not monitor:
                continue
            container = self.container(["true"], name=f"{name}{self.round}", monitor=monitor)
            recorder = container.dir / "recorder"
            recorder.write_text(RECORDER)
            recorder.chmod(0o755)
            container.runtime = str(recorder)
            result = subprocess.run(container.command(*flags, **kwargs), capture_output=True, text=True, timeout=60,
                                    cwd=container.dir, env={**os.environ, **(env or {})})
            yield container, result
            container.runtime = monitored.RUNTIME

    def arguments(self, *flags):
        """What each monitor calls the runtime with, the container's own names left out."""
        calls = []
        for container, result in self.under_each("--sync", *flags):
            self.assertNotEqual(result.returncode, 0)
            text = (container.dir / "runtime.args").read_text()
            calls.append(text.replace(str(container.dir), "DIR").replace(container.id, "ID").splitlines())
        for call in calls[1:]:
            self.assertEqual(calls[0], call)
        return calls[0]


class TheRuntimesCommand(Recorded):
    def test_is_the_plain_one_without_flags(self):
        self.assertEqual(self.arguments(), ["--root=DIR/root", "create", "--bundle", "DIR", "--pid-file", "DIR/pidfile", "ID"])

    def test_has_the_flags_that_are_the_runtimes(self):
        call = self.arguments("--no-pivot", "--no-new-keyring", "--systemd-cgroup", "--runtime-arg=--debug",
                              "--runtime-opt=--preserve-fds=2")
        for word in ("--no-pivot", "--no-new-keyring", "--systemd-cgroup", "--debug", "--preserve-fds=2"):
            self.assertIn(word, call)

    def test_restores_from_a_checkpoint(self):
        call = self.arguments("--restore", "/some/checkpoint", "--runtime-opt=--tcp-established", "--restore-arg=--ext-unix-sk")
        self.assertIn("restore", call)
        self.assertIn("--ext-unix-sk", call)

    def test_executes_a_process(self):
        call = self.arguments("--exec", "--exec-process-spec", "/some/process.json", "--runtime-opt=--cap=CAP_KILL")
        self.assertIn("exec", call)
        self.assertIn("/some/process.json", call)

    def test_comes_from_the_deprecated_flag_for_the_pid_file_as_well(self):
        self.assertIn("/some/pidfile", self.arguments("--pidfile", "/some/pidfile"))


class TheRuntimesSurroundings(Recorded):
    def look(self, *flags, env):
        for container, _ in self.under_each("--sync", *flags, env=env):
            listen_pid, pid, _ = (container.dir / "runtime.env").read_text().split()
            yield listen_pid, pid

    def test_listen_pid_stays_as_it_is(self):
        for listen_pid, _ in self.look(env={"LISTEN_PID": "77"}):
            self.assertEqual(listen_pid, "77")

    def test_replace_listen_pid_makes_it_the_runtimes(self):
        for listen_pid, pid in self.look("--replace-listen-pid", env={"LISTEN_PID": "77"}):
            self.assertEqual(listen_pid, pid)


class Refused(Recorded):
    def test_what_does_not_go_ends_with_the_same_status(self):
        for flags in (["--exec"], ["--exec-attach"], ["--exit-delay=-1"], ["--timeout=soon"], ["--log-level=loud"], ["--no-such-flag"],
                      ["--exec", "--exec-process-spec", "x", "--restore", "x"], ["--runtime", "/no/such"],
                      ["--log-path", "carrier-pigeon:/x"], ["--log-path", "k8s-file:"], ["--log-path", "k8s-stream-file:/x"],
                      ["--log-tag", "x"], ["--log-label", "A=b"], ["--log-stdout-priority", "debug"],
                      ["--log-stderr-priority", "9"], ["--log-max-files", "-1"], ["--log-max-files", "2147483648"],
                      ["--log-rotate", "--log-max-files", "0"]):
            statuses = {container.monitor: result.returncode for container, result in self.under_each(*flags)}
            self.assertEqual(set(statuses.values()), {1}, (flags, statuses))

    def accept(self, *flags):
        for container, result in self.under_each("--sync", *flags):
            self.assertTrue((container.dir / "runtime.args").exists(), (flags, result))

    def test_a_negative_timeout_is_none(self):
        self.accept("--timeout=-1")

    def test_levels_are_conmons_in_any_case(self):
        for level in ("error", "warning", "WARN", "Info", "debug", "trace"):
            self.accept(f"--log-level={level}")

    def test_every_flag_of_conmons_is_known(self):
        def flags(monitor):
            text = subprocess.run([monitor, "--help"], capture_output=True, text=True, check=True, timeout=10).stdout
            return set(re.findall(r"(?<=[\s,])--?[a-zA-Z0-9][a-z-]*", text))
        ours = flags(self.program("berth-monitor"))
        of_2_2 = {"--log-rotate", "--log-max-files", "--log-allowlist-dir", "--log-label", "--no-container-partial-message"}
        self.assertLessEqual(of_2_2, ours)
        if monitored.CONMON:
            self.assertLessEqual(flags(monitored.CONMON), ours | {"--help", "-h"})

    def test_version_and_help_win_over_everything(self):
        for monitor in filter(None, (self.program("berth-monitor"), monitored.CONMON)):
            for flag in ("--version", "--help"):
                result = subprocess.run([monitor, flag], capture_output=True, text=True, timeout=10)
                self.assertEqual((result.returncode, result.stderr), (0, ""), monitor)


class Logs(monitored.TestCase):
    def allowed(self, name, *directories):
        container = self.container(["echo", "out"], name=name)
        flags = [word for directory in directories for word in ("--log-allowlist-dir", directory)]
        return container, subprocess.run(container.command("--sync", *flags), capture_output=True, text=True, timeout=60,
                                         cwd=container.dir, env={**os.environ}, stdin=subprocess.DEVNULL)

    def refused(self, name, *directories):
        _, result = self.allowed(name, *directories)
        self.assertEqual(result.returncode, 1, result)
        self.assertIn("--log-allowlist-dir", result.stderr)

    def test_a_log_outside_of_the_allowed_directories_is_refused(self):
        elsewhere = self.scratch / "elsewhere"
        elsewhere.mkdir()
        self.refused("one", elsewhere)
        self.refused("two", elsewhere, "/no/such")
        sibling = self.scratch / "thre"  # a name that begins like the bundle's
        sibling.mkdir()
        self.refused("three", sibling)

    def test_a_log_in_one_of_them_is_written(self):
        container = self.container(["echo", "out"])
        (self.scratch / "link").symlink_to(container.dir)
        container.run("--log-allowlist-dir", "/no/such", "--log-allowlist-dir", self.scratch / "link")
        self.assertEqual(container.text(), "out\n")


class Seccomp(Recorded):
    """Ours only: Debian's conmon is built without."""

    def run_ours(self, *flags, env=None):
        return next(self.under_each("--sync", "--seccomp-notify-socket", "seccomp", *flags, env=env))

    def test_a_container_whose_filter_asks_nobody_runs_with_the_socket_there(self):
        container = self.container(["echo", "out"])
        path = container.dir / "seccomp"
        container.create("--seccomp-notify-socket", path, "--seccomp-notify-plugins", "/no/such.so")
        self.assertTrue(path.is_socket())
        container.start()
        self.assertEqual(container.wait(), "0")
        self.assertEqual(container.text(), "out\n")

    def test_without_plugins_it_is_refused(self):
        container, result = self.run_ours()
        self.assertEqual(result.returncode, 1)
        self.assertIn("--seccomp-notify-plugins", result.stderr)
        self.assertFalse((container.dir / "runtime.args").exists())

    def test_the_plugins_may_come_from_the_environment(self):
        container, _ = self.run_ours(env={"CONMON_SECCOMP_NOTIFY_PLUGINS": "/no/such.so"})
        self.assertTrue((container.dir / "runtime.args").exists())

    def test_a_listener_that_comes_is_closed_and_the_log_says_so(self):
        container, result = self.run_ours("--seccomp-notify-plugins", "/no/such.so", env={"FILTER_SOCKET": "seccomp"})
        self.assertTrue((container.dir / "listener.closed").exists(), result)
        self.assertIn("/no/such.so", result.stderr)
        self.assertFalse((container.dir / "seccomp").exists())


if __name__ == "__main__":
    monitored.main()
