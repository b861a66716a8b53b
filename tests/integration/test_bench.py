"""The bench itself: that its figures are of what it says, and that it stops when there is nothing to measure."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

import harness

SOURCE = pathlib.Path(__file__).parents[2]
TOOLS = pathlib.Path(os.environ["BERTH_TEST_PROGRAMS"]).parent / "bench" \
    if "BERTH_TEST_PROGRAMS" in os.environ else SOURCE / "build" / "release" / "bench"


@unittest.skipIf(os.geteuid() != 0, "the bench makes mounts")
@unittest.skipIf("BERTH_STATIC_BIN" in os.environ, "what is linked dynamically does not run in the peers' root")
class Bench(harness.TestCase):
    def bench(self, *args, programs=harness.BIN):
        return subprocess.run(
            ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", SOURCE / "bench" / "main.py", *args],
            capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "BERTH_BIN": str(programs), "BERTH_BENCH_TOOLS": str(TOOLS)})

    def rows(self, *args):
        file = self.scratch / "figures.json"
        result = self.bench(*args, "--json", file)
        self.assertEqual(result.returncode, 0, result.stderr)
        return {row["row"]: row for row in json.loads(file.read_text())}

    def test_the_file_holds_one_object_a_row_with_a_median_for_every_program(self):
        rows = self.rows("runtime", "--runs", "3", "--row", "run", "--row", "exec", "--row", "rss")
        self.assertEqual(set(rows), {"run", "exec", "rss"})
        self.assertEqual(rows["run"]["unit"], "ms")
        self.assertEqual(rows["rss"]["unit"], "kB")
        for row in rows.values():
            self.assertGreater(row["berth"], 0)
            self.assertGreater(row["floor"], 0)

    def test_the_floor_ends_with_its_commands_status_and_removes_its_cgroup(self):
        mount = next((line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()
                      if line.split()[2] == "cgroup2"), None)
        if mount is None:
            self.skipTest("no cgroup2 is mounted")
        cgroup = pathlib.Path(mount) / f"floor-{os.getpid()}"
        result = subprocess.run([TOOLS / "floor", self.rootfs(), cgroup, "/bin/sh", "-c", "exit 7"],
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertFalse(cgroup.exists())

    def test_an_unknown_row_is_refused(self):
        result = self.bench("runtime", "--row", "walk")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no row walk in runtime", result.stderr)

    def test_a_program_that_fails_gives_no_figures(self):
        broken = self.scratch / "bin"
        broken.mkdir()
        (broken / "berth-runtime").write_text("#!/bin/sh\necho no luck today >&2\nexit 3\n")
        (broken / "berth-runtime").chmod(0o755)
        result = self.bench("runtime", "--runs", "1", "--row", "run", programs=broken)
        self.assertEqual(result.returncode, 1)
        self.assertIn("exit 3: no luck today", result.stderr)


if __name__ == "__main__":
    unittest.main()
