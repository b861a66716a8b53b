"""What README promises of ./dev demo: the timeline of a container as a notify service."""

import pathlib
import subprocess
import sys
import unittest

import harness

DEMO = pathlib.Path(__file__).resolve().parents[2] / "tools" / "demo" / "demo.py"


class TheDemo(harness.TestCase):
    def test_shows_the_whole_timeline_and_leaves_nothing_behind(self):
        result = subprocess.run([sys.executable, "-B", DEMO, "--programs", harness.BIN], capture_output=True, text=True,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result)
        words = [line.split()[2] for line in result.stdout.splitlines() if line.startswith("  ")]
        for earlier, later in (("started", "STATUS"), ("STATUS", "READY"), ("READY", "stop"), ("stop", "exit")):
            self.assertLess(words.index(earlier), words.index(later), result.stdout)
        self.assertIn("exit code  7", result.stdout)
        self.assertIn("left behind: nothing", result.stdout)


if __name__ == "__main__":
    unittest.main()
