"""berth with a root and a run root of the test's own; what a test leaves there is a failure of that test."""

import json
import os
import pathlib
import time

import harness

CGROUP = next((pathlib.Path(p) for p in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup")
               if (pathlib.Path(p) / "cgroup.procs").exists() and (pathlib.Path(p) / "cgroup.controllers").exists()), None)


class TestCase(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.globals = ["--root", str(self.scratch / "lib"), "--runroot", str(self.scratch / "run")]
        self.addCleanup(self.check_nothing_is_left)
        self.addCleanup(self.remove_all)

    def berth(self, *args, code=0, **kwargs):
        result = self.run_program("berth", *self.globals, *args, **kwargs)
        if code is not None:
            self.assertEqual(result.returncode, code, f"{args}: {result}")
        return result

    def start_berth(self, *args, **kwargs):
        return self.start_program("berth", *self.globals, *args, **kwargs)

    def run_detached(self, *command, flags=(), name="web"):
        return self.berth("run", "-d", "--name", name, *flags, "--rootfs", self.rootfs(), *command).stdout.strip()

    def inspect(self, name):
        return json.loads(self.berth("inspect", name).stdout)[0]

    def status(self, name):
        result = self.berth("inspect", "--format", "{{.State.Status}}", name, code=None)
        return result.stdout.strip() if result.returncode == 0 else None

    def names(self, *flags):
        return [c["Names"][0] for c in json.loads(self.berth("ps", "--format", "json", *flags).stdout)]

    def wait_for_log(self, name, text):
        self.eventually(lambda: text in self.berth("logs", name).stdout, message=f"{text!r} never appeared")

    def one_line(self, result, text):
        """The error is one line on stderr that has `text`."""
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(text, result.stderr)

    def remove_all(self):
        self.run_program("berth", *self.globals, "rm", "-fa", timeout=60)

    def processes(self):
        """Processes that name this test's scratch directory: monitors, runtimes, commands."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.scratch) in line and int(pid) != os.getpid():
                found.append(f"{pid} {line}")
        return found

    def leftovers(self):
        found = self.processes()
        for folder in ("run", "lib/containers"):
            path = self.scratch / folder
            if path.exists():
                found += [str(p) for p in path.iterdir() if p.name not in ("locks", "state")]
        state = self.scratch / "run" / "state"
        found += [str(p) for p in state.iterdir() if not p.name.startswith(".")] if state.exists() else []
        found += [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
                  if str(self.scratch) in line]
        return found

    def check_nothing_is_left(self):
        deadline = time.monotonic() + 60
        while self.leftovers() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.leftovers(), [])
