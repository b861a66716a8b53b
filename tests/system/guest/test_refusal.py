"""What systemd drops without a word, because NotifyAccess= does not name the sender, is said in the journal by the supervisor."""

import service
from service import payload


class ARefusal(service.TestCase):
    def test_is_named_once_when_the_payload_has_taken_the_main_process_over(self):
        unit = self.container(*payload("notify", "MAINPID=1", "barrier", "notify", "READY=1", "notify", "READY=1", "serve"),
                              flags=("--sdnotify-allow", "mainpid"), TimeoutStartSec="300")
        unit.begin()
        words = f"sd_notify: systemd drops what we tell it of {unit.name}.service: NotifyAccess=main"
        self.eventually(lambda: words in unit.journal(), timeout=120, message=unit.journal)
        journal = unit.journal()
        self.assertEqual(journal.count(words), 1, journal)
        self.assertIn(f"not the main process ({unit.show('MainPID')})", journal)
        self.assertEqual(unit.state(), "activating")

    def test_is_not_claimed_where_systemd_listens(self):
        unit = self.container(*payload("notify", "READY=1", "serve"))
        self.assertEqual(unit.start().returncode, 0, unit.journal())
        self.eventually((self.rootfs() / "tmp" / "serving").exists)
        unit.stop()
        self.assertNotIn("sd_notify:", unit.journal())


if __name__ == "__main__":
    service.main()
