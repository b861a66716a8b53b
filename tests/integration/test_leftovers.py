"""The check that nothing is left behind finds each kind of leftover."""

import os
import pathlib
import socket
import subprocess
import unittest

import harness
import leftovers


class TheLeftoversCheck(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.run_of_tests = leftovers.Run(self.scratch, harness.BIN)
        self.before = set(self.run_of_tests.everything())

    def left(self):
        """What is new; only what this test made (other tests may run beside it)."""
        return [line for line in leftovers.compare(self.run_of_tests, self.before, grace=0) if "leftover" in line]

    def test_finds_nothing_when_nothing_is_left(self):
        self.assertEqual(self.left(), [])

    def test_finds_a_process_that_names_the_scratch_directory(self):
        process = subprocess.Popen(["sh", "-c", f"read -r line # leftover {self.scratch}"], stdin=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.assertEqual(len(self.left()), 1)
        self.assertIn(f"process {process.pid}: ", self.left()[0])

    def test_finds_a_mount_in_the_scratch_directory(self):
        point = self.scratch / "leftover"
        point.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "leftover", point], check=True)
        self.addCleanup(subprocess.run, ["umount", point], check=True)
        self.assertIn(f"mount {point}", self.left())

    def test_finds_a_file_in_the_scratch_directory(self):
        (self.scratch / "leftover").touch()
        self.assertEqual(self.left(), [f"file {self.scratch}/leftover"])

    def test_finds_an_empty_cgroup(self):
        root = next(leftovers.cgroup_roots(), None)
        if root is None or not os.access(root, os.W_OK):
            self.skipTest("there is no cgroup v2 tree to write to")
        group = pathlib.Path(root) / f"leftover-{os.getpid()}"
        group.mkdir()
        self.addCleanup(group.rmdir)
        self.assertEqual(self.left(), [f"cgroup {group}"])

    def test_finds_an_abstract_socket(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(f"\0berth-leftover-{os.getpid()}")
            self.assertEqual(self.left(), [f"abstract socket @berth-leftover-{os.getpid()}"])


if __name__ == "__main__":
    unittest.main()
