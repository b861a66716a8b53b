"""The sd_notify line from inside a container, as far as a real systemd shows what it has understood.

The same checks run on the payload alone, so that they say what systemd does, not what we think that it does.
"""

import pathlib

import service
from service import payload


class Line:
    def launch(self, *command, **settings):
        raise NotImplementedError

    def flag(self, name):
        raise NotImplementedError

    def begin(self, *steps, **settings):
        unit = self.launch(*payload(*steps), **settings)
        unit.begin()
        return unit

    def go(self, name="go"):
        self.flag(name).touch()

    def came_to(self, unit, name):
        self.eventually(self.flag(name).exists, message=lambda: f"the payload never came to {name}\n{unit.journal()}")

    def test_errno_shows(self):
        unit = self.begin("notify", "READY=1 ERRNO=28", "serve")
        self.becomes(unit, "StatusErrno", "28")

    def test_a_status_is_replaced_by_the_next_one_and_may_hold_any_text(self):
        unit = self.begin("notify", "STATUS=first", "notify", "READY=1 STATUS=Größe: 3 % \"quoted\" $HOME", "serve")
        self.becomes(unit, "StatusText", "Größe: 3 % \"quoted\" $HOME")

    def test_a_barrier_is_released_after_what_came_before_has_been_processed(self):
        unit = self.begin("notify", "READY=1 STATUS=before", "barrier", "mark", "released", "serve")
        self.came_to(unit, "released")
        self.assertEqual(unit.show("StatusText"), "before")

    def test_many_messages_keep_their_order(self):
        steps = [word for n in range(50) for word in ("notify", f"STATUS=message {n}")]
        unit = self.begin("notify", "READY=1", *steps, "barrier", "mark", "sent", "serve")
        self.came_to(unit, "sent")
        self.assertEqual(unit.show("StatusText"), "message 49")

    def test_a_reload_shows_as_reloading_until_it_is_done(self):
        unit = self.begin("notify", "READY=1", "serve")
        self.becomes(unit, "ActiveState", "active")
        self.came_to(unit, "serving")
        self.flag("hold-reload").touch()
        unit.systemctl("kill", "--kill-whom=main", "--signal=HUP")
        self.becomes(unit, "ActiveState", "reloading")
        self.assertEqual(unit.show("StatusText"), "reloading")
        self.flag("hold-reload").unlink()
        self.becomes(unit, "ActiveState", "active")
        self.assertEqual(unit.show("StatusText"), "reloaded")
        self.assertEqual(unit.show("ReloadResult"), "success")

    def test_stopping_shows_as_deactivating(self):
        unit = self.begin("notify", "READY=1", "wait", "go", "notify", "STOPPING=1 STATUS=draining", "wait", "end", "exit", "0")
        self.becomes(unit, "ActiveState", "active")
        self.go()
        self.becomes(unit, "ActiveState", "deactivating")
        self.assertEqual(unit.show("StatusText"), "draining")
        self.go("end")
        self.becomes(unit, "ActiveState", "inactive")

    def test_the_start_timeout_is_extended(self):
        unit = self.begin("notify", "EXTEND_TIMEOUT_USEC=60000000", "barrier", "mark", "extended", "wait", "go", "notify",
                          "READY=1", "serve", TimeoutStartSec="15")
        self.came_to(unit, "extended")
        self.eventually(lambda: self.age(unit) > 16, message="time stands still")
        self.assertEqual(unit.state(), "activating", unit.journal())
        self.go()
        self.becomes(unit, "ActiveState", "active")

    @staticmethod
    def age(unit):
        """Seconds since systemd began to start the unit."""
        began = int(unit.show("ExecMainStartTimestampMonotonic") or 0) / 1e6
        return float(pathlib.Path("/proc/uptime").read_text().split()[0]) - began if began else 0

    def test_a_watchdog_that_is_served_stays_quiet_and_one_that_is_not_ends_the_unit(self):
        unit = self.begin("notify", "READY=1", "watchdog", "mark", "silent", "serve", WatchdogSec="4", WatchdogSignal="SIGTERM")
        self.becomes(unit, "ActiveState", "active")
        self.eventually(lambda: self.age(unit) > 10, message="time stands still")
        self.assertEqual(unit.state(), "active", unit.journal())
        self.go("silence")
        self.becomes(unit, "Result", "watchdog")

    def test_a_watchdog_may_be_triggered_by_the_payload(self):
        unit = self.begin("notify", "READY=1", "wait", "go", "notify", "WATCHDOG=trigger", "serve", WatchdogSec="60",
                          WatchdogSignal="SIGTERM")
        self.becomes(unit, "ActiveState", "active")
        self.go()
        self.becomes(unit, "Result", "watchdog")

    def test_the_watchdog_interval_can_be_changed(self):
        unit = self.begin("notify", "READY=1 WATCHDOG_USEC=90000000", "serve", WatchdogSec="60")
        self.becomes(unit, "ActiveState", "active")
        self.becomes(unit, "WatchdogUSec", "1min 30s")


class ThePayloadAlone(Line, service.TestCase):
    def launch(self, *command, **settings):
        return self.unit("python3", "/mnt/guest/payload.py", *command[1:], **settings)

    def flag(self, name):
        return pathlib.Path("/tmp", name)

    def setUp(self):
        names = ("serving", "go", "end", "released", "sent", "extended", "silence", "silent", "hold-reload")
        for path in [pathlib.Path("/tmp", name) for name in names]:
            path.unlink(missing_ok=True)
            self.addCleanup(path.unlink, missing_ok=True)
        super().setUp()
        self.watched = [folder for folder in self.watched if folder != "/tmp"]  # where the payload keeps its flags


class ThePayloadInAContainer(Line, service.TestCase):
    def launch(self, *command, **settings):
        settings.pop("NotifyAccess", None)  # the supervisor speaks for them all
        return self.container(*command, **settings)

    def flag(self, name):
        return self.rootfs() / "tmp" / name

    def test_a_child_that_has_ended_already_is_heard(self):
        """Of a child of the unit's own systemd may not: it cannot tell any more to which unit the sender belonged."""
        unit = self.begin("fork", "notify 'READY=1 STATUS=said by a child'", "serve")
        self.becomes(unit, "ActiveState", "active")
        self.becomes(unit, "StatusText", "said by a child")

    def test_mainpid_and_notifyaccess_of_the_payload_stay_inside(self):
        unit = self.begin("notify", "MAINPID=1 NOTIFYACCESS=all READY=1 STATUS=forged", "serve")
        self.becomes(unit, "StatusText", "forged")
        main = int(unit.show("MainPID"))
        self.assertIn(main, unit.processes("supervisor"))
        self.assertEqual(unit.show("NotifyAccess"), "main")

    def test_bad_datagrams_are_dropped_and_the_next_good_one_passes(self):
        code = ("import os, signal, socket, sys\n"
                "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
                "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(os.environ['NOTIFY_SOCKET'])\n"
                "for bad in (b'', b'STATUS=a\\0b', b'\\xff\\xfe', b'STATUS=' + b'x' * 5000, b'READY'): s.send(bad)\n"
                "s.send(b'READY=1\\nSTATUS=still here\\n'); signal.pause()\n")
        unit = self.container("python3", "-c", code)
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "still here")

    def test_another_user_of_the_container_is_heard(self):
        unit = self.container(*payload("notify", "READY=1 STATUS=from nobody", "serve"), flags=("-u", "65534:65534"))
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "from nobody")

    def test_mode_conmon_is_ready_when_the_container_runs(self):
        unit = self.container(*payload("notify", "STATUS=not heard", "serve"), flags=("--sdnotify", "conmon"))
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertNotEqual(unit.show("StatusText"), "not heard")
        self.assertIn(int(unit.show("MainPID")), unit.processes("supervisor"))


if __name__ == "__main__":
    service.main()
