"""berth-monitor beside the real conmon: the same flags, the same runtime, the same answers."""

import json
import os
import pathlib
import re
import signal
import subprocess

import monitored


class ALife(monitored.TestCase):
    def test_the_exit_status_reaches_the_exit_files(self):
        for container in self.under_each_monitor(["sh", "-c", "exit 7"]):
            self.assertEqual(container.run(), "7")
            self.assertEqual((container.dir / "persist" / "exit").read_text(), "7")

    def test_a_signal_counts_as_128_and_its_number(self):
        for container in self.under_each_monitor(["sh", "-c", "kill -KILL $$"]):
            container.config["linux"]["namespaces"] = [
                n for n in container.config["linux"]["namespaces"] if n["type"] != "pid"]
            (container.dir / "config.json").write_text(json.dumps(container.config))
            self.assertEqual(container.run(), "137")

    def test_the_caller_returns_at_once_with_0_and_the_monitor_leads_a_session(self):
        for container in self.under_each_monitor(["sleep", "100"]):
            container.create()
            self.assertEqual(container.process.wait(60), 0)
            self.assertEqual(os.getsid(container.monitor_pid), container.monitor_pid)
            self.assertEqual(int((container.dir / "pidfile").read_text()), container.pid)

    def test_with_sync_the_monitor_ends_with_the_containers_status(self):
        for container in self.under_each_monitor(["sh", "-c", "exit 9"]):
            container.create("--sync")
            container.start()
            self.assertEqual(container.process.wait(60), 9)
            self.assertEqual(container.wait(), "9")

    def test_the_old_api_calls_the_pid_pid(self):
        for container in self.under_each_monitor(["true"]):
            command = container.command()
            at = command.index("--api-version")
            container.process = container.launch(command[:at] + command[at + 2:])
            self.assertEqual(list(container.next_message()), ["pid"])

    def test_what_a_failing_runtime_says_comes_back_as_it_said_it(self):
        messages = []
        for container in self.under_each_monitor(["true"]):
            messages.append(container.create("--runtime-opt", "--no-such-flag"))
            self.assertEqual(messages[-1]["data"], -1)
        self.assertEqual(len({m["message"] for m in messages}), 1, messages)

    def test_a_command_that_is_missing_is_reported_by_name(self):
        for container in self.under_each_monitor(["no-such-command"]):
            message = container.create()
            self.assertEqual(message["data"], -1)
            self.assertIn("no-such-command", message["message"])
            self.eventually(lambda: not container.monitor_runs())

    def test_the_time_limit_kills(self):
        for container in self.under_each_monitor(["sleep", "100"]):
            container.create("--timeout", "1")
            container.start()
            self.assertEqual(container.wait(), "-1")

    def test_a_signal_to_the_monitor_goes_to_the_container(self):
        for number, status in ((signal.SIGTERM, "3"), (signal.SIGINT, "4"), (signal.SIGQUIT, "5")):
            script = "trap 'exit 3' TERM; trap 'exit 4' INT; trap 'exit 5' QUIT; echo up; while :; do sleep 0.05; done"
            container = self.container(["sh", "-c", script], name=f"sig{number}")
            container.create()
            container.start()
            self.eventually(lambda: container.text() == "up\n")
            os.kill(container.monitor_pid, number)
            self.assertEqual(container.wait(), status)

    def test_the_start_pipe_is_waited_for(self):
        for container in self.under_each_monitor(["true"]):
            read, write = os.pipe()
            process = container.launch(container.command(), env={"_OCI_STARTPIPE": str(read)}, pass_fds=(read,))
            os.close(read)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(0.3)
            os.write(write, b"x")
            os.close(write)
            self.assertGreater(container.next_message()["data"], 0)

    def test_descriptors_beyond_stdio_reach_the_payload_when_the_runtime_keeps_them(self):
        for container in self.under_each_monitor(["sh", "-c", "echo to-five >&5"]):
            read, write = os.pipe()
            command = ["sh", "-c", 'exec 3>&$0 4>&$0 5>&$0; exec "$@"', str(write),
                       *container.command("--runtime-opt", "--preserve-fds", "--runtime-opt", "3")]
            container.process = container.launch(command, pass_fds=(write,))
            os.close(write)
            self.assertGreater(container.next_message()["data"], 0)
            container.start()
            container.wait()
            self.assertEqual(os.read(read, 100), b"to-five\n")
            os.close(read)


class TheExitCommand(monitored.TestCase):
    def test_it_runs_after_the_exit_file_was_written(self):
        for container in self.under_each_monitor(["sh", "-c", "exit 5"]):
            proof = container.dir / "proof"
            container.run("--exit-command", "/bin/sh", "--exit-command-arg", "-c", "--exit-command-arg",
                          f"cat {container.dir}/exits/* > {proof}")
            self.eventually(lambda: proof.exists() and proof.read_text() == "5")

    def test_it_runs_when_creation_failed_too(self):
        for container in self.under_each_monitor(["no-such-command"]):
            proof = container.dir / "proof"
            container.create("--exit-command", "/bin/touch", "--exit-command-arg", proof)
            self.eventually(proof.exists)

    def test_a_missing_one_changes_nothing(self):
        container = self.container(["sh", "-c", "exit 5"])
        container.create("--sync", "--exit-command", "/no/such/program")
        container.start()
        self.assertEqual(container.process.wait(60), 5)
        self.assertEqual(container.wait(), "5")

    def test_a_failing_one_changes_nothing(self):
        container = self.container(["sh", "-c", "exit 5"])
        container.create("--sync", "--exit-command", "/bin/false")
        container.start()
        self.assertEqual(container.process.wait(60), 5)

    def test_it_inherits_no_descriptor_of_the_containers(self):
        container = self.container(["true"])
        proof = container.dir / "proof"
        container.run("--exit-command", "/bin/sh", "--exit-command-arg", "-c", "--exit-command-arg",
                      f"ls /proc/self/fd > {proof}.new; mv {proof}.new {proof}")
        self.eventually(proof.exists)
        self.assertLessEqual(len(proof.read_text().split()), 4)  # 0, 1, 2 and the directory


class Streams(monitored.TestCase):
    SCRIPT = "echo out; echo err >&2; printf 'no newline'"

    def test_both_write_the_same_log(self):
        logs = []
        for container in self.under_each_monitor(["sh", "-c", self.SCRIPT]):
            container.run()
            logs.append((container.text("stdout"), container.text("stderr")))
            self.assertEqual(oct(container.log.stat().st_mode & 0o777), "0o600")
            for line in container.log.read_text().splitlines():
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}[+-]\d\d:\d\d std(out|err) [FP] ")
        self.assertEqual(set(logs), {("out\nno newline", "err\n")})

    def test_every_byte_of_a_large_output_is_in_the_log(self):
        container = self.container(["sh", "-c", "seq 1 200000; seq 1 50000 >&2"])
        container.run()
        self.assertEqual(container.text(), "".join(f"{n}\n" for n in range(1, 200001)))
        self.assertEqual(container.text("stderr"), "".join(f"{n}\n" for n in range(1, 50001)))

    def test_a_line_of_a_mebibyte_reassembles_exactly(self):
        container = self.container(["sh", "-c", "head -c 1048576 /dev/zero | tr '\\0' x; echo; echo end"])
        container.run()
        self.assertEqual(container.text(), "x" * 1048576 + "\nend\n")

    def test_binary_output_is_kept_as_it_is(self):
        container = self.container(["sh", "-c", "printf '\\377\\000\\001\\n'"])
        container.run()
        self.assertIn(b" F \xff\x00\x01\n", container.log.read_bytes())

    def test_without_stdin_the_payload_reads_the_end(self):
        for container in self.under_each_monitor(["sh", "-c", "cat; echo ended"]):
            container.run()
            self.assertEqual(container.text(), "ended\n")

    def test_passthrough_gives_the_payload_our_stdio(self):
        for container in self.under_each_monitor(["sh", "-c", "cat; echo err >&2"]):
            read, write = os.pipe()
            os.write(write, b"typed\n")
            os.close(write)
            container.create("--sync", log=["passthrough"], stdin=read)
            os.close(read)
            container.start()
            out, err = container.process.communicate(timeout=60)
            self.assertEqual((out, err), ("typed\n", "err\n"))

    def test_none_writes_nothing_and_still_ends(self):
        for driver in ("none", "off", "null"):
            container = self.container(["sh", "-c", "seq 1 100000; exit 2"], name=driver)
            self.assertEqual(container.run(log=[driver]), "2")
            self.assertFalse(container.log.exists())

    def with_escapee(self, container):
        """In the host's pid namespace the grandchild survives its container's init."""
        container.config["linux"]["namespaces"] = [
            n for n in container.config["linux"]["namespaces"] if n["type"] != "pid"]
        (container.dir / "config.json").write_text(json.dumps(container.config))
        self.addCleanup(self.kill_all_below, self.rootfs())
        self.assertEqual(container.run(), "6")

    @staticmethod
    def kill_all_below(root):
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "root") == str(root):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                pass

    def test_an_escaped_process_that_holds_the_pipe_does_not_keep_the_monitor(self):
        for container in self.under_each_monitor(["sh", "-c", "echo before; (setsid sleep 1000 &) ; exit 6"]):
            self.with_escapee(container)
            self.assertEqual(container.text(), "before\n")

    def test_an_escaped_process_that_writes_without_end_does_not_keep_the_monitor(self):
        container = self.container(["sh", "-c", "echo before; (setsid yes &); exit 6"])
        self.with_escapee(container)
        self.assertEqual(container.text().splitlines()[0], "before")


class BadInput(monitored.TestCase):
    def refuse(self, *flags, drop=(), says=""):
        container = self.container(["true"], name=f"bad{len(os.listdir(self.scratch))}")
        command = container.command(*flags)
        for flag in drop:
            at = command.index(flag)
            del command[at:at + 2]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=container.dir)
        self.assertEqual(result.returncode, 1, result)
        self.assertEqual(result.stderr.count("\n"), 1, result)
        self.assertIn(says, result.stderr)

    def test_what_is_missing_is_named(self):
        self.refuse(drop=["--cid"], says="--cid")
        self.refuse(drop=["--cuuid"], says="--cuuid")
        self.refuse(drop=["--runtime"], says="--runtime")
        self.refuse(drop=["--log-path"], says="--log-path")
        self.refuse("--exec", says="--exec-process-spec")

    def test_what_does_not_fit_is_named(self):
        self.refuse("--runtime", "/no/such/runtime", says="/no/such/runtime")
        self.refuse("--log-path", "carrier-pigeon:/x", says="carrier-pigeon")
        self.refuse("--log-path", "k8s-file:/no/such/dir/log", says="/no/such/dir/log")
        self.refuse("--exec-attach", says="--exec-attach")
        self.refuse("--no-such-flag", says="--no-such-flag")
        self.refuse("--timeout", "soon", says="soon")
        self.refuse("--log-rotate", "--log-max-files", "0", says="--log-max-files")

    def test_the_version_is_one_that_podman_understands(self):
        result = self.run_program("berth-monitor", "--version")
        self.assertTrue(re.match(r"conmon version \d+\.\d+\.\d+", result.stdout), result)

    def test_a_sync_pipe_that_is_none_is_refused(self):
        container = self.container(["true"])
        for value in ("x", "99", "1"):
            result = subprocess.run(container.command(), env={**os.environ, "_OCI_SYNCPIPE": value}, text=True,
                                    capture_output=True, timeout=60)
            self.assertEqual(result.returncode, 1)
            self.assertIn("_OCI_SYNCPIPE", result.stderr)


if __name__ == "__main__":
    monitored.main()
