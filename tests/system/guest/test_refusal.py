"""The supervisor asks systemd whether it is heard; where it is, nothing is said of a refusal."""

import service
from service import payload


class ARefusal(service.TestCase):
    def test_is_not_claimed_where_systemd_listens(self):
        unit = self.container(*payload("notify", "READY=1", "serve"))
        self.assertEqual(unit.start().returncode, 0, unit.journal())
        self.eventually((self.rootfs() / "tmp" / "serving").exists)
        unit.stop()
        self.assertNotIn("sd_notify:", unit.journal())


if __name__ == "__main__":
    service.main()
