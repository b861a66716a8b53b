"""`berth run` as the ExecStart= of a unit: what systemd sees from start to stop, and what stays afterwards."""

import os
import pathlib
import signal

import service
from service import payload


class AContainerAsAService(service.TestCase):
    def begin(self, *steps, **settings):
        """A unit whose payload takes these steps, started without waiting."""
        unit = self.container(*payload(*steps), **settings)
        unit.begin()
        return unit

    def serve(self, *steps, **settings):
        """A unit that is active and whose payload waits for its SIGTERM."""
        unit = self.container(*payload(*steps, "notify", "READY=1", "serve"), **settings)
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.flag_is_set("serving")
        return unit

    def flag(self, name):
        return self.rootfs() / "tmp" / name

    def flag_is_set(self, name):
        self.eventually(self.flag(name).exists, message=f"the payload never came to {name}")

    def main_pid(self, unit):
        return int(unit.show("MainPID"))

    def stop_and_expect_nothing(self, unit, state="inactive"):
        unit.stop()
        self.assertEqual(unit.state(), state, unit.journal())
        self.assertEqual(unit.processes(), [])
        self.assertFalse(unit.cgroup().exists(), "the unit's cgroup is still there")
        self.assert_nothing_left_behind()

    def assert_healed(self, unit):
        """systemd has killed supervisor and container together: whoever comes next clears away what they left."""
        self.assertNotIn(unit.name, service.run("berth", "ps", "-a").stdout)
        self.assert_nothing_left_behind()

    def test_is_activating_until_the_payload_says_ready(self):
        unit = self.begin("mark", "running", "wait", "go", "notify", "READY=1", "serve")
        self.flag_is_set("running")
        self.assertEqual(unit.state(), "activating", unit.journal())
        self.flag("go").touch()
        self.becomes(unit, "ActiveState", "active")
        self.stop_and_expect_nothing(unit)

    def test_shows_its_status_while_activating_and_while_active(self):
        unit = self.begin("notify", "STATUS=loading 3 of 5", "wait", "go", "notify", "READY=1 STATUS=serving", "serve")
        self.becomes(unit, "StatusText", "loading 3 of 5")
        self.assertEqual(unit.state(), "activating")
        self.flag("go").touch()
        self.becomes(unit, "StatusText", "serving")
        self.stop_and_expect_nothing(unit)

    def is_alone_in_its_cgroup(self, supervisor, unit):
        # It asks systemd, once and by a short-lived copy of itself, whether it is heard.
        self.eventually(lambda: unit.processes("supervisor") == [supervisor])

    def test_has_the_supervisor_as_its_main_process(self):
        unit = self.serve()
        pid = self.main_pid(unit)
        self.assertEqual(os.path.basename(os.readlink(f"/proc/{pid}/exe")), "berth-monitor")
        self.assertEqual(unit.show("ExecMainPID"), str(pid))
        self.is_alone_in_its_cgroup(pid, unit)
        self.stop_and_expect_nothing(unit)

    def test_has_supervisor_and_container_under_the_unit(self):
        unit = self.serve()
        self.is_alone_in_its_cgroup(self.main_pid(unit), unit)
        tree = service.run("systemd-cgls", "--no-pager", "-u", f"{unit.name}.service").stdout
        self.assertIn("supervisor", tree)
        self.assertIn("container", tree)
        [init] = unit.processes("container")
        self.assertIn(b"payload.py", pathlib.Path(f"/proc/{init}/cmdline").read_bytes())
        self.assertEqual(sorted(unit.processes()), sorted([init, self.main_pid(unit)]), tree)
        self.stop_and_expect_nothing(unit)

    def test_is_listed_by_berth_ps_while_activating(self):
        unit = self.begin("mark", "running", "wait", "go", "notify", "READY=1", "serve")
        self.flag_is_set("running")
        listed = service.run("berth", "ps", timeout=20)
        self.assertEqual(unit.state(), "activating", unit.journal())
        self.assertIn(unit.name, listed.stdout, listed.stderr)
        self.flag("go").touch()
        self.becomes(unit, "ActiveState", "active")
        self.stop_and_expect_nothing(unit)

    def test_answers_exec_while_activating(self):
        unit = self.begin("mark", "running", "wait", "go", "notify", "READY=1", "serve")
        self.flag_is_set("running")
        done = service.run("berth", "exec", unit.name, "touch", "/tmp/go", timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.becomes(unit, "ActiveState", "active")
        self.stop_and_expect_nothing(unit)

    def test_an_exec_runs_in_the_cgroup_of_the_container(self):
        unit = self.serve()
        seen = service.run("berth", "exec", unit.name, "sh", "-c", "echo $$; cat /proc/self/cgroup")
        self.assertEqual(seen.returncode, 0, seen.stderr)
        self.assertIn("0::/", seen.stdout)
        self.assertNotIn("supervisor", seen.stdout)
        self.stop_and_expect_nothing(unit)

    def test_ends_with_the_exit_code_of_the_payload(self):
        unit = self.begin("notify", "READY=1", "exit", "7")
        self.becomes(unit, "ActiveState", "failed")
        self.assertEqual(unit.show("ExecMainCode"), "1")  # CLD_EXITED
        self.assertEqual(unit.show("ExecMainStatus"), "7", unit.journal())
        self.assertEqual(unit.show("Result"), "exit-code")
        self.assertEqual(unit.processes(), [])
        self.assert_nothing_left_behind()

    def test_is_inactive_when_the_payload_ends_with_0(self):
        unit = self.begin("notify", "READY=1", "exit", "0")
        self.becomes(unit, "SubState", "dead")
        self.assertEqual(unit.show("Result"), "success", unit.journal())
        self.assertEqual(unit.show("ExecMainStatus"), "0")
        self.assert_nothing_left_behind()

    def test_fails_to_start_when_the_payload_ends_before_it_is_ready(self):
        unit = self.container(*payload("exit", "3"))
        self.assertNotEqual(unit.start().returncode, 0)
        self.assertEqual(unit.state(), "failed")
        self.assertEqual(unit.show("ExecMainStatus"), "3", unit.journal())
        self.assert_nothing_left_behind()

    def test_fails_with_127_when_the_command_is_not_in_the_container(self):
        unit = self.container("/no/such/program")
        self.assertNotEqual(unit.start().returncode, 0)
        self.assertEqual(unit.show("ExecMainStatus"), "127", unit.journal())
        self.assertIn("/no/such/program", unit.journal())
        self.assert_nothing_left_behind()

    def test_stops_cleanly_with_stopping_shown_meanwhile(self):
        unit = self.serve()
        self.flag("hold-stop").touch()
        unit.systemctl("stop", "--no-block")
        self.becomes(unit, "StatusText", "stopping")
        self.assertEqual(unit.show("SubState"), "stop-sigterm")
        self.flag("hold-stop").unlink()
        self.becomes(unit, "ActiveState", "inactive")
        self.stop_and_expect_nothing(unit)

    def test_stops_the_same_way_when_only_the_main_process_gets_the_signal(self):
        unit = self.serve(KillMode="mixed")
        self.stop_and_expect_nothing(unit)

    def test_a_payload_deaf_to_sigterm_is_killed_at_the_deadline_of_the_unit(self):
        unit = self.begin("notify", "READY=1", "endure", TimeoutStopSec="2")
        self.flag_is_set("enduring")
        unit.stop()
        self.assertEqual(unit.show("Result"), "timeout")
        self.assertEqual(unit.processes(), [])
        self.assert_healed(unit)

    def test_a_start_that_is_never_ready_times_out_and_leaves_nothing(self):
        unit = self.container(*payload("serve"), TimeoutStartSec="8")
        self.assertNotEqual(unit.start().returncode, 0)
        self.assertEqual(unit.show("Result"), "timeout", unit.journal())
        self.assert_nothing_left_behind()

    def test_a_killed_supervisor_takes_the_container_along_and_the_next_start_works(self):
        unit = self.serve()
        self.flag("serving").unlink()
        os.kill(self.main_pid(unit), signal.SIGKILL)
        self.becomes(unit, "ActiveState", "failed")
        self.assertEqual(unit.show("Result"), "signal")
        self.assertEqual(unit.processes(), [])
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.stop_and_expect_nothing(unit)

    def test_is_restarted_by_systemd_on_failure(self):
        unit = self.begin("notify", "READY=1", "wait", "fail", "exit", "5", Restart="on-failure", RestartSec="100ms")
        self.becomes(unit, "ActiveState", "active")
        first = self.main_pid(unit)
        self.flag("fail").touch()
        self.eventually(lambda: int(unit.show("NRestarts")) >= 1, message=unit.journal)
        self.flag("fail").unlink(missing_ok=True)
        self.eventually(lambda: unit.state() == "active" and self.main_pid(unit) not in (0, first), message=unit.journal)
        self.flag("fail").touch()
        unit.stop()
        self.assertEqual(unit.processes(), [])
        self.assert_nothing_left_behind()

    def test_starts_and_stops_many_times_without_a_trace(self):
        unit = self.serve()
        for _ in range(3):
            restarted = unit.systemctl("restart")
            self.assertEqual(restarted.returncode, 0, restarted.stderr + unit.journal())
            self.assertEqual(unit.state(), "active")
        self.stop_and_expect_nothing(unit)

    def test_what_the_payload_prints_is_in_the_journal_of_the_unit(self):
        unit = self.serve("print", "a line from within")
        self.assertIn("a line from within", unit.journal())
        self.stop_and_expect_nothing(unit)

    def test_two_services_run_side_by_side(self):
        first = self.serve()
        second = self.container("sh", "-c", "systemd-notify --ready; trap 'exit 0' TERM; while :; do sleep 0.1; done")
        self.assertEqual(second.start().returncode, 0, second.journal())
        listed = service.run("berth", "ps").stdout
        self.assertIn(first.name, listed)
        self.assertIn(second.name, listed)
        second.stop()
        self.assertEqual(first.state(), "active")
        self.stop_and_expect_nothing(first)

    def test_berth_stop_ends_the_unit_cleanly(self):
        unit = self.serve()
        stopped = service.run("berth", "stop", unit.name)
        self.assertEqual(stopped.returncode, 0, stopped.stderr)
        self.becomes(unit, "ActiveState", "inactive")
        self.assert_nothing_left_behind()


if __name__ == "__main__":
    service.main()
