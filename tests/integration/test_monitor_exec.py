"""Exec sessions under berth-monitor, beside conmon's: pid and exit status on the sync pipe, attach before the start."""

import json
import os
import socket

import monitored


class Session:
    """An exec session in `container`, as podman arranges one: a bundle of its own for sockets and exit file."""

    def __init__(self, container, name, args, terminal=False):
        self.case, self.container = container.case, container
        self.dir = container.dir / name
        (self.dir / "exit").mkdir(parents=True)
        process = dict(container.config["process"], args=args, terminal=terminal)
        (self.dir / "process.json").write_text(json.dumps(process))

    def command(self, *flags, api=True):
        container = self.container
        return [container.monitor, *(["--api-version", "1"] if api else []), "--cid", container.id,
                "--cuuid", monitored.UUID, "--runtime", container.runtime,
                "--runtime-arg", f"--root={container.dir}/root", "--bundle", str(self.dir),
                "--container-pidfile", str(self.dir / "pidfile"), "--conmon-pidfile", str(self.dir / "monitor.pid"),
                "--exit-dir", str(self.dir / "exit"), "--full-attach", "--log-path", "none", "--exec",
                "--exec-process-spec", str(self.dir / "process.json"), *flags]


class Exec(monitored.TestCase):
    def running(self):
        for container in self.under_each_monitor(["sleep", "100"]):
            container.create()
            container.start()
            yield container

    def test_the_sync_pipe_gets_the_pid_and_then_the_status(self):
        for container in self.running():
            session = Session(container, "exec", ["sh", "-c", "exit 12"])
            container.launch(session.command())
            self.assertGreater(container.next_message()["data"], 0)
            self.assertEqual(container.next_message(), {"data": 12})
            self.assertIsNone(container.next_message())
            self.assertEqual((session.dir / "exit" / container.id).read_text(), "12")

    def test_the_old_api_tells_the_status_only(self):
        for container in self.running():
            session = Session(container, "exec", ["sh", "-c", "exit 12"])
            container.launch(session.command(api=False))
            self.assertEqual(container.next_message(), {"exit_code": 12})
            self.assertIsNone(container.next_message())

    def test_a_command_that_is_missing_is_reported(self):
        for container in self.running():
            session = Session(container, "exec", ["no-such-command"])
            container.launch(session.command())
            message = container.next_message()
            self.assertEqual(message["data"], -1)
            self.assertIn("no-such-command", message["message"])

    def test_an_attached_caller_sees_the_first_byte_and_the_last(self):
        for container in self.running():
            for terminal, expected in ((False, {2: b"first\nlast\n"}), (True, {2: b"first\r\nlast\r\n"})):
                session = Session(container, f"exec{terminal}", ["sh", "-c", "echo first; seq 1 1 >/dev/null; echo last"],
                                  terminal=terminal)
                start_read, start_write = os.pipe()
                attach_read, attach_write = os.pipe()
                container.launch(session.command("--exec-attach", *(["--terminal"] if terminal else [])),
                                 env={"_OCI_STARTPIPE": str(start_read), "_OCI_ATTACHPIPE": str(attach_write)},
                                 pass_fds=(start_read, attach_write))
                os.close(start_read)
                os.close(attach_write)
                os.write(start_write, b"\0")
                with os.fdopen(attach_read) as attach:
                    self.assertEqual(json.loads(attach.readline())["data"], 0)
                client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self.addCleanup(client.close)
                with monitored.harness_cwd(session.dir):
                    client.connect("attach")
                client.settimeout(20)
                os.write(start_write, b"\0")
                os.close(start_write)
                self.assertEqual(monitored.frames(client), expected)
                self.assertGreater(container.next_message()["data"], 0)
                self.assertEqual(container.next_message(), {"data": 0})

    def test_a_session_that_outlives_its_container_ends_with_it(self):
        for container in self.running():
            session = Session(container, "exec", ["sleep", "100"])
            container.launch(session.command())
            self.assertGreater(container.next_message()["data"], 0)
            os.kill(container.pid, 9)
            self.assertEqual(container.next_message(), {"data": 137})

    def test_a_background_process_of_the_session_does_not_keep_it(self):
        for container in self.running():
            session = Session(container, "exec", ["sh", "-c", "sleep 50 & exit 8"])
            container.launch(session.command())
            self.assertGreater(container.next_message()["data"], 0)
            self.assertEqual(container.next_message(), {"data": 8})

    def test_its_time_limit_is_reported(self):
        for container in self.running():
            session = Session(container, "exec", ["sleep", "100"])
            container.launch(session.command("--timeout", "1"))
            self.assertGreater(container.next_message()["data"], 0)
            self.assertEqual(container.next_message(), {"data": -1, "message": "command timed out"})


if __name__ == "__main__":
    monitored.main()
