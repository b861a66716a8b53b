"""podman's log drivers through berth-monitor."""

import json
import re

import podman
import service

SPEAK = "echo one; echo two >&2; printf three"


class Logs(podman.TestCase):
    def spoken(self, driver, *flags):
        self.start("--log-driver", driver, *flags, "busybox", "sh", "-c", SPEAK)
        self.ok("wait", "box")

    def assert_podman_shows_them(self):
        done = self.podman("logs", "box")
        self.assertEqual((done.stdout.rstrip("\n"), done.stderr.rstrip("\n")), ("one\nthree", "two"))

    def test_of_k8s_file_are_in_its_format_and_come_back_by_stream(self):
        self.spoken("k8s-file", "--log-opt", f"path={self.scratch}/log")
        lines = (self.scratch / "log").read_text().splitlines()
        self.assertEqual(sorted(re.sub(r"^\S+ ", "", line) for line in lines),
                         ["stderr F two", "stdout F one", "stdout P three"])
        self.assert_podman_shows_them()

    def test_of_json_file_come_back_by_stream(self):
        self.spoken("json-file")
        self.assert_podman_shows_them()

    def test_of_journald_are_entries_of_the_container_and_come_back_by_stream(self):
        self.spoken("journald", "--log-opt", "tag=mark")
        service.run("journalctl", "--sync")
        shown = service.run("journalctl", "-o", "json", "CONTAINER_NAME=box", f"CONTAINER_ID_FULL={self.inspect('Id')}").stdout
        self.assertEqual(shown.count('"CONTAINER_TAG":"mark"'), shown.count("\n"))
        self.assertRegex(shown, '"MESSAGE":"one"')
        self.assert_podman_shows_them()

    def test_of_journald_have_the_priority_of_their_prefix_or_their_stream(self):
        self.start("--log-driver", "journald", "busybox", "sh", "-c", "echo '<2>critical'; echo plain; echo '<7>debug' >&2; echo error >&2")
        self.ok("wait", "box")
        service.run("journalctl", "--sync")
        shown = service.run("journalctl", "-o", "json", f"CONTAINER_ID_FULL={self.inspect('Id')}").stdout
        entries = [json.loads(line) for line in shown.splitlines()]
        self.assertEqual(sorted((entry["MESSAGE"], entry["PRIORITY"]) for entry in entries),
                         [("critical", "2"), ("debug", "7"), ("error", "3"), ("plain", "6")])

    def test_of_journald_hold_a_line_of_a_mebibyte_whole(self):
        self.start("--log-driver", "journald", "busybox", "sh", "-c", f"head -c {2**20} /dev/zero | tr '\\0' x; echo; echo next")
        self.ok("wait", "box")
        service.run("journalctl", "--sync")
        self.assertEqual([(len(line), set(line)) for line in self.ok("logs", "box").splitlines()], [(2**20, {"x"}), (4, set("next"))])

    def test_of_none_are_nowhere(self):
        self.spoken("none")
        self.assertNotEqual(self.podman("logs", "box").returncode, 0)

    def test_of_passthrough_are_the_callers_own_output(self):
        log = self.scratch / "out"
        with open(log, "w", encoding="utf-8") as out:
            done = self.podman("run", "--rm", "--log-driver", "passthrough", "busybox", "sh", "-c", SPEAK + "; exit 3",
                              stdout=out, stderr=out)
        self.assertEqual((done.returncode, log.read_text()), (3, "one\ntwo\nthree"))

    def test_are_followed_to_the_end(self):
        self.start("--log-driver", "k8s-file", "busybox", "sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.2; done")
        self.assertEqual(self.ok("logs", "-f", "box").split(), ["1", "2", "3", "4", "5"])

    def test_stay_within_their_size(self):
        self.start("--log-driver", "k8s-file", "--log-opt", "max-size=20kb", "--log-opt", f"path={self.scratch}/log", "busybox",
                   "sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done")
        self.ok("wait", "box")
        self.assertLess((self.scratch / "log").stat().st_size, 21000)
        self.assertIn("line 1999", self.ok("logs", "box"))


if __name__ == "__main__":
    podman.main()
