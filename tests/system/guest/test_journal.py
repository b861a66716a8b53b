"""--log-driver=journald with a real journal: what an entry is, and a journal that is away or deaf for a while."""

import json
import os
import pathlib
import re
import signal

import service

SOCKETS = ("systemd-journald.socket", "systemd-journald-dev-log.socket", "systemd-journald-audit.socket")
LINES = 10_000
LENGTH = 200
# More than the pipe of the payload and the journal's queue hold together.
FLOOD = f"seq -f 'line %05.0f {'.' * (LENGTH - 12)}' 1 {LINES}"
WAIT = "until test -e /data/{0}; do sleep 0.05; done; "


class Journal(service.TestCase):
    def setUp(self):
        super().setUp()
        self.data = self.scratch / "data"
        self.data.mkdir()

    def start(self, script, *flags):
        flags = ("--log-driver", "journald", "-v", f"{self.data}:/data", *flags)
        unit = self.container("sh", "-c", script, flags=flags, Type="exec")
        self.assertEqual(unit.start().returncode, 0, unit.journal())
        return unit

    def entries(self, unit):
        """What the container has said: (message, priority) in order."""
        service.run("journalctl", "--sync")
        shown = service.run("journalctl", "-o", "json", "--all", "--no-pager", f"CONTAINER_NAME={unit.name}").stdout
        found = [json.loads(line) for line in shown.splitlines()]
        return [(entry["MESSAGE"], int(entry["PRIORITY"])) for entry in found]

    def messages(self, unit):
        return [message for message, _ in self.entries(unit)]

    def come_to(self, name, unit):
        """Waits until the payload has made this file in /data."""
        self.eventually((self.data / name).exists, timeout=90, message=lambda: f"it never came to {name}\n{unit.journal()}")


class AnEntry(Journal):
    def test_has_the_priority_of_the_lines_prefix_or_of_its_stream(self):
        unit = self.start("echo '<2>critical'; echo plain; sleep 1; echo '<7>debug' >&2; echo error >&2")
        self.becomes(unit, "ActiveState", "inactive")
        self.assertEqual(sorted(self.entries(unit)), [("critical", 2), ("debug", 7), ("error", 3), ("plain", 6)])

    def test_has_the_priority_that_its_stream_was_given(self):
        unit = self.start("echo plain; echo careful >&2; echo '<2>critical' >&2", "--log-opt", "stdout-priority=debug",
                          "--log-opt", "stderr-priority=4")
        self.becomes(unit, "ActiveState", "inactive")
        self.assertEqual(sorted(self.entries(unit)), [("careful", 4), ("critical", 2), ("plain", 7)])

    def test_holds_a_line_of_a_mebibyte_whole(self):
        unit = self.start(f"head -c {2**20} /dev/zero | tr '\\0' x; echo; echo next")
        self.becomes(unit, "ActiveState", "inactive")
        self.assertEqual([(len(message), set(message)) for message in self.messages(unit)],
                         [(2**20, {"x"}), (4, set("next"))])


class AJournalThatIsAway(Journal):
    def tell_of_a_flood(self, break_off, bring_back):
        """The payload says LINES lines while the journal is gone, and the last one when it is back."""
        unit = self.start(f"echo first; {WAIT.format('flood')} {FLOOD}; touch /data/flooded; {WAIT.format('last')} echo last")
        self.eventually(lambda: self.messages(unit) == ["first"])
        break_off()
        (self.data / "flood").touch()
        self.come_to("flooded", unit)  # the payload was not held back
        bring_back()
        (self.data / "last").touch()
        self.becomes(unit, "ActiveState", "inactive", timeout=90)
        return self.messages(unit)

    def assert_losses_are_counted(self, messages):
        """Each line is there, in order, or among those that are reported at the place where they are missing."""
        self.assertEqual((messages[0], messages[-1]), ("first", "last"))
        expected, gaps = 1, []
        for message in messages[1:-1]:
            if lost := re.match(r"\[berth-monitor: (\d+) lines? of output lost: ", message):
                gaps.append(("reported", expected, int(lost[1])))
                expected += int(lost[1])
                continue
            number = int(message.split()[1])
            if number != expected:
                gaps.append(("missing", expected, number - expected))
            expected = number + 1
        self.assertEqual((expected, {kind for kind, _, _ in gaps}), (LINES + 1, {"reported"}), gaps)

    def test_costs_counted_lines_and_is_told_when_it_is_back(self):
        def bring_back():
            service.run("systemctl", "start", *SOCKETS, "systemd-journald.service", check=True)

        self.addCleanup(bring_back)
        self.assert_losses_are_counted(self.tell_of_a_flood(
            lambda: service.run("systemctl", "stop", *SOCKETS, "systemd-journald.service", check=True), bring_back))

    def test_costs_counted_lines_when_it_reads_nothing(self):
        pid = int(service.run("systemctl", "show", "--value", "-p", "MainPID", "systemd-journald.service").stdout)
        self.assertEqual(pathlib.Path(f"/proc/{pid}/comm").read_text().strip(), "systemd-journal")
        self.addCleanup(os.kill, pid, signal.SIGCONT)
        self.assert_losses_are_counted(self.tell_of_a_flood(lambda: os.kill(pid, signal.SIGSTOP),
                                                            lambda: os.kill(pid, signal.SIGCONT)))


if __name__ == "__main__":
    service.main()
