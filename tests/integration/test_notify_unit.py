"""berth run as a unit's main process: what the service manager hears of it, and what the payload is told.

The unit is a cgroup with systemd's mark of delegation, the manager is berth notify exec."""

import os
import re
import shutil
import unittest

import harness
import runtime_bundle


@unittest.skipUnless(os.geteuid() == 0 and runtime_bundle.cgroup_mount(), "needs root and cgroup v2")
class BerthRunAsAUnit(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.unit = runtime_bundle.cgroup_mount() / f"{self.scratch.name}.service"
        self.unit.mkdir()
        self.addCleanup(self.remove_unit)
        os.setxattr(self.unit, "user.delegate", b"1")
        shutil.copy2(harness.STATIC_BERTH, self.rootfs() / "bin" / "berth")

    def remove_unit(self):
        for name in ("container", "supervisor", ""):
            path = self.unit / name
            self.eventually(lambda path=path: not path.exists() or self.is_empty(path), message=f"{path} has processes")
            if path.exists():
                path.rmdir()

    @staticmethod
    def is_empty(path):
        return "populated 0" in (path / "cgroup.events").read_text()

    def run_unit(self, script, *flags, env=None, setup=""):
        """Runs the unit to its end; (exit code, the lines that the manager printed, without times)."""
        root = self.scratch / "root"
        command = (f"echo $$ > {self.unit}/cgroup.procs || exit; {setup} exec {harness.BIN}/berth --root {root}/lib --runroot {root}/run "
                   "run --rm --network none \"$@\"")
        result = self.run_program(
            "berth", "notify", "exec", "--timeout", "60", "--until", "exit", "--", "sh", "-c", command, "unit", *flags,
            "--rootfs", self.rootfs(), "sh", "-c", script, timeout=90,
            env=dict(os.environ, XDG_RUNTIME_DIR=str(self.scratch), **(env or {})))
        lines = [re.sub(r"^ *\d+\.\d{3}s  ", "", line) for line in result.stdout.splitlines()]
        self.main_pid = re.match(r"started pid (\d+)", lines[0]).group(1)
        return result.returncode, lines[1:], result

    def heard(self, lines):
        """(pid, what it said) of each message."""
        return [match.groups() for match in (re.match(r"pid (\d+) uid \d+ \([^)]*\)  (.*)$", line) for line in lines) if match]

    def test_the_main_process_speaks_for_the_payload_and_ends_with_its_exit_code(self):
        code, lines, result = self.run_unit("berth notify send STATUS=up READY=1 --barrier; exit 7")
        self.assertEqual(code, 7, result)
        heard = self.heard(lines)
        self.assertEqual(heard[0], (self.main_pid, "STATUS=up  READY=1"), result)
        self.assertIn("BARRIER=1", heard[1][1])
        self.assertEqual({pid for pid, _ in heard}, {self.main_pid})

    def test_with_sdnotify_conmon_the_main_process_says_ready_by_itself(self):
        code, lines, result = self.run_unit("echo \"[$NOTIFY_SOCKET]\"; ls /run/notify; sleep 0.3", "--sdnotify=conmon")
        self.assertEqual(code, 0, result)
        self.assertIn("[]", lines)
        self.assertEqual(self.heard(lines)[0], (self.main_pid, "READY=1"), result)

    def test_without_a_cgroup_of_its_own_berth_stays_in_front_and_speaks_for_itself(self):
        os.removexattr(self.unit, "user.delegate")
        code, lines, result = self.run_unit("exit 5", "--sdnotify=conmon")
        self.assertEqual(code, 5, result)
        self.assertEqual(self.heard(lines)[0], (self.main_pid, "READY=1"), result)

    def test_with_sdnotify_ignore_nobody_says_anything(self):
        code, lines, result = self.run_unit("echo \"[$NOTIFY_SOCKET]\"", "--sdnotify=ignore")
        self.assertEqual(code, 0, result)
        self.assertEqual(self.heard(lines), [], result)

    def test_the_payload_has_a_watchdog_that_is_its_own(self):
        code, lines, result = self.run_unit("echo \"$WATCHDOG_USEC $WATCHDOG_PID\"; berth notify send WATCHDOG=1",
                                            env={"WATCHDOG_USEC": "7000000"})
        self.assertEqual(code, 0, result)
        self.assertIn("7000000 1", lines)
        self.assertEqual(self.heard(lines)[0], (self.main_pid, "WATCHDOG=1"))

    def test_descriptors_of_the_manager_are_handed_to_the_payload_with_their_names(self):
        for name in ("first", "second"):
            (self.scratch / name).write_text(f"content of {name}\n")
        setup = (f"exec 3<{self.scratch}/first 4<{self.scratch}/second 5</etc/passwd; "
                 "export LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=one:two;")
        code, lines, result = self.run_unit("cat <&3; cat <&4; ls /proc/self/fd | wc -l; echo $LISTEN_PID $LISTEN_FDS "
                                            "$LISTEN_FDNAMES", setup=setup)
        self.assertEqual(code, 0, result)
        # 0, 1, 2, the two, and the directory that ls reads; 5 was not announced.
        self.assertEqual(lines[:4], ["content of first", "content of second", "6", "1 2 one:two"], result)

    def test_descriptors_are_handed_on_also_where_berth_stays_in_front(self):
        os.removexattr(self.unit, "user.delegate")
        (self.scratch / "only").write_text("content\n")
        setup = f"exec 3<{self.scratch}/only; export LISTEN_FDS=1 LISTEN_PID=$$;"
        code, lines, result = self.run_unit("cat <&3; ls /proc/self/fd | wc -l; echo $LISTEN_PID $LISTEN_FDNAMES", setup=setup)
        self.assertEqual(code, 0, result)
        self.assertEqual(lines[:3], ["content", "5", "1 unknown"], result)

    def test_descriptors_for_another_process_stay_outside(self):
        setup = "exec 3</etc/passwd; export LISTEN_FDS=1 LISTEN_PID=1;"
        code, lines, result = self.run_unit("ls /proc/self/fd | wc -l; echo \"[$LISTEN_FDS]\"", setup=setup)
        self.assertEqual(code, 0, result)
        self.assertEqual(lines[:2], ["4", "[]"], result)

    POWERS = "exec 9</dev/null; berth notify send READY=1 FDSTORE=1 FDNAME=x --fd=9 NOTIFYACCESS=all MAINPID=1; echo [$FDSTORE]"

    def test_powers_over_the_unit_do_not_pass(self):
        _, lines, result = self.run_unit(self.POWERS)
        self.assertEqual(self.heard(lines)[0], (self.main_pid, "READY=1"), result)
        self.assertIn("[]", lines)

    def test_a_power_that_is_allowed_passes(self):
        _, lines, result = self.run_unit(self.POWERS, "--sdnotify-allow=fdstore=3")
        pid, text = self.heard(lines)[0]
        self.assertEqual(pid, self.main_pid, result)
        self.assertRegex(text, r"^READY=1  FDSTORE=1  FDNAME=x  1 descriptor: .*/null$")
        self.assertIn("[3]", lines)


if __name__ == "__main__":
    unittest.main()
