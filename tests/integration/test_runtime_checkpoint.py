#!/usr/bin/env python3
"""berth-runtime checkpoint and restore where criu may not be able to: tests/system has the machine where it is."""

import json
import os
import pathlib
import subprocess
import unittest

import runtime_bundle


def criu_can():
    return subprocess.run(["criu", "check"], capture_output=True, check=False).returncode == 0


# criu as far as it goes when a child of its fails: the log has the child's words, the answer only what criu made of it.
FAILING_CRIU = r"""#!/usr/bin/python3
import os, socket
line = socket.socket(fileno=3)
line.recv(65536)
with open(os.environ["CRIU_LOG"], "w") as log:
    log.write("Error (criu/util.c:641): the words of a child\n(00.1) Error (criu/util.c:656): exited, status=1\n")
message = b"(00.1) Error (criu/util.c:656): exited, status=1\n"
line.send(bytes([0x08, 1, 0x10, 0, 0x4a, len(message)]) + message)
"""


class ACheckpoint(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.images = self.scratch / "images"

    def start(self):
        self.bundle(["sleep", "1000"])
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def checkpoint(self, *flags, **kwargs):
        return self.runtime("checkpoint", "--image-path", self.images, *flags, self.id(), **kwargs)

    def assert_one_line(self, result, *words):
        self.assertEqual((result.returncode, result.stderr.count("\n")), (1, 1), result)
        for word in words:
            self.assertIn(word, result.stderr)

    def test_ends_well_or_with_the_reason_of_criu_and_the_container_running(self):
        self.start()
        result = self.checkpoint()
        if criu_can():
            self.assertEqual(result.returncode, 0, result)
            self.assert_nothing_left()
            return
        self.assert_one_line(result, "checkpoint container: criu: ", f"(its log: {self.images}/dump.log)")
        self.assertNotIn("no reason", result.stderr)
        self.assertEqual(self.state()["status"], "running")
        self.assertEqual(json.loads((self.images / "descriptors.json").read_text()), ["/dev/null"] * 3)
        self.ok("pause", self.id())
        self.ok("resume", self.id())

    def test_that_criu_cannot_restore_leaves_nothing_behind(self):
        self.bundle(["sleep", "1000"])
        self.images.mkdir()
        (self.images / "descriptors.json").write_text('["/dev/null", "pipe:[1]", "pipe:[2]"]')
        mounts = pathlib.Path("/proc/self/mountinfo").read_text()
        result = self.runtime("restore", "-d", "--image-path", self.images, "-b", self.bundle_path, "--pid-file",
                              self.scratch / "pid", self.id())
        self.assert_one_line(result, "restore container: criu: ", f"(its log: {self.images}/restore.log)")
        self.assertFalse((self.scratch / "pid").exists())
        self.assertEqual(pathlib.Path("/proc/self/mountinfo").read_text(), mounts)
        self.assert_nothing_left()

    def test_that_fails_says_what_criu_wrote_down_first(self):
        (self.scratch / "bin").mkdir()
        criu = self.scratch / "bin/criu"
        criu.write_text(FAILING_CRIU)
        criu.chmod(0o755)
        self.start()
        result = self.checkpoint(env={**os.environ, "PATH": f"{criu.parent}:/usr/bin", "CRIU_LOG": str(self.images / "dump.log")})
        self.assert_one_line(result, "criu: the words of a child (its log: ")
        self.assertEqual(self.state()["status"], "running")

    def test_names_criu_when_it_is_not_installed(self):
        self.start()
        result = self.checkpoint(env={**os.environ, "PATH": "/nowhere"})
        self.assert_one_line(result, "criu", "No such file")
        self.assertEqual(self.state()["status"], "running")

    def test_is_refused_before_the_start_and_after_the_end(self):
        self.bundle(["true"])
        self.create()
        self.assert_one_line(self.checkpoint(), "cannot be checkpointed in the state created")
        self.ok("start", self.id())
        self.eventually(lambda: self.state()["status"] == "stopped")
        self.assert_one_line(self.checkpoint(), "cannot be checkpointed in the state stopped")
        self.assertFalse(self.images.exists())
        self.assert_one_line(self.runtime("checkpoint", "no-such"), "does not exist")

    def test_refuses_what_its_flags_cannot_mean(self):
        self.start()
        for flags, words in ((("--parent-path", "/abs"), "relative"), (("--parent-path", "gone"), "--parent-path"),
                             (("--empty-ns", "pid"), "expected network"), (("--page-server", "host"), "ADDRESS:PORT"),
                             (("--manage-cgroups-mode", "x"), "soft"), (("--status-fd", "99"), "--status-fd")):
            self.assert_one_line(self.checkpoint(*flags), words)
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        self.addCleanup(os.close, write_end)
        self.assert_one_line(self.checkpoint("--status-fd", read_end, pass_fds=[read_end]), "cannot be written")
        self.assertEqual(self.state()["status"], "running")

    def test_is_only_restored_from_what_is_there(self):
        self.bundle(["true"])
        restore = ("restore", "-d", "-b", self.bundle_path, "--image-path")
        self.assert_one_line(self.runtime(*restore, self.scratch / "gone", self.id()), "--image-path")
        self.images.mkdir()
        self.assert_one_line(self.runtime(*restore, self.images, self.id()), "descriptors.json")
        self.assert_nothing_left()

    def test_needs_a_console_socket_for_a_terminal_that_is_left_alone(self):
        self.bundle(["true"], process={"terminal": True})
        self.images.mkdir()
        result = self.runtime("restore", "-d", "-b", self.bundle_path, "--image-path", self.images, self.id())
        self.assert_one_line(result, "--console-socket")
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
