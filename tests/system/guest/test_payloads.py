"""Programs that nobody here wrote, as notify services: alone under systemd, and each in a container of Berth's.

What holds of a program alone has to hold of it in a container: the same checks run on both.
"""

import service


class Payloads:
    """The checks, whatever runs the payload: `launch(*command)` gives the unit, `client` runs a command beside it."""

    def launch(self, *command, **settings):
        raise NotImplementedError

    def client(self, unit, *command):
        raise NotImplementedError

    def test_redis_becomes_active_serves_and_stops(self):
        unit = self.launch("redis-server", "--supervised", "systemd", "--save", "", "--port", "6379")
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.state(), "active")
        self.becomes(unit, "StatusText", "Ready to accept connections")
        self.assertEqual(self.client(unit, "redis-cli", "ping").stdout.strip(), "PONG")
        unit.stop()
        self.assertEqual(unit.state(), "inactive", unit.journal())
        self.assertEqual(unit.show("Result"), "success")
        self.assert_nothing_left_behind()

    def test_a_python_service_speaks_through_python3_systemd(self):
        code = ("import signal, sys; from systemd import daemon; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); "
                "daemon.notify('READY=1\\nSTATUS=spoken by python'); signal.pause()")
        unit = self.launch("python3", "-c", code)
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "spoken by python")
        unit.stop()
        self.assertEqual(unit.state(), "inactive", unit.journal())
        self.assert_nothing_left_behind()

    def test_a_shell_speaks_through_systemd_notify_and_its_barrier_is_released(self):
        script = ("trap 'exit 0' TERM; systemd-notify --status='half way'; systemd-notify --ready --status='spoken by a shell'; "
                  "touch /tmp/released; while :; do sleep 0.1; done")
        unit = self.launch("sh", "-c", script, NotifyAccess="all")
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "spoken by a shell")
        self.eventually(lambda: self.client(unit, "test", "-e", "/tmp/released").returncode == 0)
        unit.stop()
        self.assertEqual(unit.state(), "inactive", unit.journal())
        self.client(unit, "rm", "-f", "/tmp/released")
        self.assert_nothing_left_behind()


class APayloadAlone(Payloads, service.TestCase):
    def launch(self, *command, **settings):
        return self.unit(*command, **settings)

    def client(self, unit, *command):
        return service.run(*command)


class APayloadInAContainer(Payloads, service.TestCase):
    def launch(self, *command, **settings):
        settings.pop("NotifyAccess", None)  # the supervisor speaks for them all
        return self.container(*command, **settings)

    def client(self, unit, *command):
        return service.run("berth", "exec", unit.name, *command)


if __name__ == "__main__":
    service.main()
