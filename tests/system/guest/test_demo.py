"""`./dev demo` where systemd is PID 1: a transient unit in place of `berth notify exec`."""

import re
import subprocess
import sys
import unittest


class TheDemo(unittest.TestCase):
    def test_shows_the_whole_timeline_and_leaves_nothing(self):
        demo = subprocess.run([sys.executable, "-B", "demo/demo.py", "--programs", "/usr/bin"], capture_output=True, text=True)
        self.assertEqual(demo.returncode, 0, demo.stdout + demo.stderr)
        self.assertIn("under this machine's systemd", demo.stdout)
        seen = re.findall(r"^ *[0-9.]+ s  (\S+)", demo.stdout, re.MULTILINE)
        order = ["started", "READY", "MAINPID", "stop"]
        self.assertEqual([event for event in seen if event in order], order)
        self.assertRegex(demo.stdout, r"STATUS +serving")
        self.assertRegex(demo.stdout, r"log +a line of log, from process 1 of the container")
        self.assertRegex(demo.stdout, r"MAINPID +[0-9]+, berth-monitor")
        self.assertRegex(demo.stdout, r"exit code +7")
        self.assertIn("left behind: nothing", demo.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
