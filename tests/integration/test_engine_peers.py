"""berth with the real conmon, crun and runc in the place of our monitor and runtime.

crun and runc want a pure cgroup2 mount: each command gets it in a mount namespace of its own. They are run privileged,
because their device filter needs CAP_SYS_RESOURCE here.
"""

import itertools
import os
import shutil
import subprocess
import unittest

import engine

MONITORS = [p for p in ("berth-monitor", "conmon") if p != "conmon" or shutil.which(p)]
RUNTIMES = [p for p in ("berth-runtime", "crun", "runc") if p == "berth-runtime" or shutil.which(p)]
MOUNT = 'mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class WithPeers(engine.TestCase):
    def berth(self, *args, code=0, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        result = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", MOUNT, "sh",
                                 self.program("berth"), *self.globals, *map(str, args)],
                                capture_output=True, text=True, timeout=60, **kwargs)
        if code is not None:
            self.assertEqual(result.returncode, code, f"{args}: {result}")
        return result

    def remove_all(self):
        self.berth("rm", "-fa")

    def each(self):
        for monitor, runtime in itertools.product(MONITORS, RUNTIMES):
            with self.subTest(monitor=monitor, runtime=runtime):
                yield ["--monitor", monitor, "--runtime", runtime, "--privileged", "--stop-timeout", "0"]

    def test_run_gives_output_and_exit_code(self):
        for flags in self.each():
            result = self.berth("run", "--rm", *flags, "--rootfs", self.rootfs(), "sh", "-c", "echo out; exit 5", code=5)
            self.assertEqual(result.stdout, "out\n")

    def test_a_life_in_the_background(self):
        for flags in self.each():
            self.run_detached("sh", "-c", "echo up; exec sleep 100", flags=flags)
            self.wait_for_log("web", "up")
            self.berth("exec", "web", "sh", "-c", "exit 4", code=4)
            self.berth("stop", "web")
            self.assertEqual(self.inspect("web")["State"]["ExitCode"], 137)
            self.berth("start", "web")
            self.assertEqual(self.status("web"), "running")
            self.berth("rm", "-f", "web")

    def test_a_command_that_only_the_runtime_can_miss_is_127(self):
        (self.rootfs() / "bin" / "dangling").symlink_to("/dev/nowhere")
        for flags in self.each():
            self.one_line(self.berth("run", *flags, "--rootfs", self.rootfs(), "/bin/dangling", code=127), "dangling")
            self.assertEqual(self.names("-a"), [])


if __name__ == "__main__":
    unittest.main()
