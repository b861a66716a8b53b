"""systemd drops without a word what NotifyAccess= does not allow; the supervisor finds out and says so, where its user looks."""

import service
from service import payload, run


class ARefusal(service.TestCase):
    def test_is_not_claimed_where_systemd_listens(self):
        unit = self.container(*payload("notify", "READY=1", "serve"))
        self.assertEqual(unit.start().returncode, 0, unit.journal())
        self.eventually((self.rootfs() / "tmp" / "serving").exists)
        unit.stop()
        self.assertNotIn("sd_notify:", unit.journal())

    def words(self, unit, access):
        return f"sd_notify: systemd drops what we tell it of {unit.name}.service: NotifyAccess={access}"

    def assert_said_once(self, words, read):
        self.eventually(lambda: words in read(), timeout=240, message=read)
        self.eventually((self.rootfs() / "tmp" / "serving").exists, timeout=120, message=read)
        text = read()
        self.assertEqual(text.count("sd_notify:"), 1, text)
        return text

    def test_is_named_once_when_the_payload_has_taken_the_main_process_over(self):
        unit = self.container(*payload("notify", "MAINPID=1", "barrier", "notify", "READY=1", "notify", "READY=1", "serve"),
                              flags=("--sdnotify-allow", "mainpid"), TimeoutStartSec="600")
        unit.begin()
        journal = self.assert_said_once(self.words(unit, "main"), unit.journal)
        self.assertIn(f"not the main process ({unit.show('MainPID')})", journal)
        self.assertEqual(unit.state(), "activating")

    def test_is_named_where_the_unit_lets_nobody_speak(self):
        unit = self.container(*payload("notify", "READY=1", "notify", "READY=1", "serve"), Type="exec", NotifyAccess="none",
                              Environment="NOTIFY_SOCKET=/run/systemd/notify")
        unit.begin()
        self.assert_said_once(self.words(unit, "none"), unit.journal)

    def test_of_a_detached_monitor_is_in_the_containers_log(self):
        name = "detached-in-a-unit"
        command = f"berth run -d --name {name} --rootfs {self.rootfs()} {' '.join(payload('notify', 'READY=1', 'serve'))}"
        unit = self.unit("sh", "-c", f"{command} && exec sleep infinity", name="berth-refused", TimeoutStartSec="600",
                         ExecStopPost=f"/usr/bin/berth rm -f {name}")
        unit.begin()
        self.assert_said_once(self.words(unit, "main"), lambda: run("berth", "logs", name, stderr=-2, stdout=-1).stdout)
        self.assertEqual(unit.state(), "activating")
        self.assertNotIn("sd_notify:", unit.journal())


if __name__ == "__main__":
    service.main()
