"""--sdnotify-socket of berth-monitor: from a process inside a container to the service manager outside."""

import json
import os
import select
import shutil
import socket

import harness
import monitored


class NotifyCase(monitored.TestCase):
    """A service manager's socket, and containers that have one to it."""

    def setUp(self):
        super().setUp()
        shutil.copy2(harness.STATIC_BERTH, self.rootfs() / "bin" / "berth")
        self.host_path = self.scratch / "host.sock"
        self.host = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.host.close)
        self.host.bind(str(self.host_path))

    def notifier(self, script, name="ours", monitor=None, **kwargs):
        container = self.container(["sh", "-c", script], name=name, monitor=monitor, **kwargs)
        (container.dir / "notify").mkdir()
        config = container.config
        config["mounts"].append({"destination": "/run/notify", "type": "bind", "source": str(container.dir / "notify"),
                                 "options": ["bind", "ro", "nosuid", "nodev", "noexec"]})
        config["process"]["env"].append("NOTIFY_SOCKET=/run/notify/notify.sock")
        (container.dir / "config.json").write_text(json.dumps(config))
        return container

    def heard(self, timeout=0.5):
        """Every message to the host, in order, as lists of lines; without barriers (released by not taking the fd)."""
        messages = []
        while select.select([self.host], [], [], timeout)[0]:
            messages.append(self.host.recv(8192).decode().split("\n"))
        return [message for message in messages if message != ["BARRIER=1"]]


class Notify(NotifyCase):
    def test_ready_comes_through_as_it_does_with_conmon(self):
        for name, monitor in (("ours", None), ("conmon", monitored.CONMON)):
            if name == "conmon" and not monitor:
                continue
            container = self.notifier("berth notify send READY=1; sleep 0.3", name=name, monitor=monitor)
            container.run("--sdnotify-socket", self.host_path)
            self.assertEqual(self.heard(), [["READY=1"]])

    def test_the_whole_protocol_comes_through_in_order(self):
        container = self.notifier("berth notify send STATUS=starting EXTEND_TIMEOUT_USEC=5000000; "
                                  "berth notify send READY=1 X_OURS=1; berth notify send STOPPING=1 ERRNO=2")
        container.run("--sdnotify-socket", self.host_path)
        self.assertEqual(self.heard(), [["STATUS=starting", "EXTEND_TIMEOUT_USEC=5000000"], ["READY=1", "X_OURS=1"],
                                        ["STOPPING=1", "ERRNO=2"]])

    def test_power_over_the_unit_is_withheld_unless_allowed(self):
        script = "berth notify send MAINPID=$$ NOTIFYACCESS=all STATUS=x"
        container = self.notifier(script, name="withheld")
        container.run("--sdnotify-socket", self.host_path)
        self.assertEqual(self.heard(), [["STATUS=x"]])
        container = self.notifier(script + "; sleep 0.5", name="allowed")
        container.create("--sdnotify-socket", self.host_path, "--sdnotify-allow", "mainpid,notifyaccess")
        container.start()
        lines = self.heard()[0]
        self.assertIn(f"MAINPID={container.pid}", lines)  # the host's pid, not the container's 1
        self.assertIn("NOTIFYACCESS=all", lines)
        container.wait()

    def test_a_stranger_who_finds_the_socket_is_not_heard(self):
        container = self.notifier("read a; berth notify send READY=1")
        container.create("--sdnotify-socket", self.host_path, "--stdin")
        client = container.attach()
        container.start()
        with monitored.harness_cwd(container.dir):
            stranger = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            stranger.sendto(b"STATUS=forged", "notify/notify.sock")
        self.assertEqual(self.heard(), [])
        client.send(b"go\n")
        container.wait()
        self.assertEqual(self.heard(), [["READY=1"]])
        stranger.close()

    def test_garbage_is_dropped_and_the_next_good_message_passes(self):
        container = self.notifier("berth notify send READY=1")
        container.create("--sdnotify-socket", self.host_path)
        with monitored.harness_cwd(container.dir):
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            for junk in (b"", b"\0\0", b"x" * 5000, os.urandom(100), b"="):
                try:
                    sender.sendto(junk, "notify/notify.sock")
                except OSError:
                    pass
            sender.close()
        container.start()
        container.wait()
        self.assertEqual(self.heard(), [["READY=1"]])

    def test_a_host_that_is_gone_changes_nothing(self):
        self.host.close()
        self.host_path.unlink()
        container = self.notifier("berth notify send READY=1; exit 3")
        self.assertEqual(container.run("--sdnotify-socket", self.host_path), "3")

    def words_about_the_host(self, container):
        return [text for _, _, text in container.lines() if text.startswith("[berth-monitor: sd_notify: ")]

    def test_a_detached_monitor_says_in_the_containers_log_that_nobody_listens(self):
        self.host.close()
        container = self.notifier("for i in 1 2 3; do berth notify send READY=1; done")
        container.run("--sdnotify-socket", self.host_path)
        [words] = self.words_about_the_host(container)
        self.assertIn(f"{self.host_path} does not listen", words)

    def test_a_detached_monitor_says_in_the_containers_log_that_nobody_reads(self):
        container = self.notifier("berth notify send READY=1; berth notify send READY=1; read a")
        container.create("--stdin", "--leave-stdin-open", "--sdnotify-socket", self.host_path)
        client = container.attach()
        container.start()
        self.eventually(lambda: self.words_about_the_host(container))
        client.send(b"go\n")
        container.wait()
        [words] = self.words_about_the_host(container)
        self.assertIn(f"{self.host_path} has not read READY=1", words)

    def test_a_monitor_with_a_stderr_says_it_there(self):
        self.host.close()
        container = self.notifier("berth notify send READY=1")
        container.create("--sync", "--sdnotify-socket", self.host_path)
        container.start()
        _, errors = container.process.communicate(timeout=60)
        self.assertEqual(errors.count("does not listen"), 1, errors)
        self.assertEqual(self.words_about_the_host(container), [])

    def test_an_address_that_is_none_is_told_to_the_caller(self):
        container = self.notifier("true")
        message = container.create("--sdnotify-socket", "relative/path")
        self.assertEqual(message["data"], -1)
        self.assertIn("relative/path", message["message"])
        message = self.notifier("true", name="policy").create("--sdnotify-socket", self.host_path, "--sdnotify-allow",
                                                              "everything")
        self.assertEqual(message["data"], -1)
        self.assertIn("everything", message["message"])


if __name__ == "__main__":
    monitored.main()
