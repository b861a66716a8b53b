"""berth-runtime killed with SIGKILL at every system call of create, start and delete: `delete --force` heals all."""

import collections
import shutil
import subprocess
import unittest

import runtime_bundle


@unittest.skipUnless(shutil.which("strace"), "needs strace, to kill at a chosen system call")
class KilledHalfWay(runtime_bundle.TestCase):
    def strace(self, flags, *command):
        return subprocess.run(["strace", "-qq", *flags, self.program("berth-runtime"), "--root", str(self.state_root),
                               *map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60).returncode

    def calls(self, *command):
        """Every system call of the command's own process, as (name, how many of that name so far)."""
        trace = self.scratch / "trace"
        self.strace(["-o", trace, "-e", "signal=none"], *command)
        counts, calls = collections.Counter(), []
        for line in trace.read_text().splitlines():
            name = line.split("(")[0]
            if name.isidentifier():
                counts[name] += 1
                calls.append((name, counts[name]))
        return calls

    def heal(self, call):
        result = self.runtime("delete", "--force", self.id())
        self.assertEqual(result.returncode, 0, (call, result))
        self.assert_nothing_left()

    def walk(self, prepare, *command):
        prepare()
        calls = self.calls(*command)
        self.heal("none")
        killed = 0
        for name, count in calls:
            prepare()
            code = self.strace(["-o", "/dev/null", "-e", f"inject={name}:signal=KILL:when={count}"], *command)
            killed += code in (-9, 137)
            self.heal((name, count))
        # Some numbers vary from run to run (memory, retries): then the last ones are not reached.
        self.assertGreater(killed, len(calls) * 3 // 4)

    def test_create(self):
        self.bundle(["sleep", "100"])
        self.walk(lambda: None, "create", "-b", self.bundle_path, self.id())

    def test_start(self):
        self.bundle(["sleep", "100"])
        self.walk(self.create, "start", self.id())

    def test_delete(self):
        self.bundle(["sleep", "100"])
        self.walk(self.create, "delete", "--force", self.id())


if __name__ == "__main__":
    unittest.main()
