"""What a command leaves that is killed half way, and what a crash or a reboot leaves: the next command heals it."""

import concurrent.futures
import os
import random
import shutil
import signal
import subprocess
import time
import unittest

import engine


class Killed(engine.TestCase):
    def kill_after(self, seconds, *args):
        process = self.start_berth(*args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   stdin=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def test_run_killed_at_any_moment_leaves_what_rm_removes(self):
        chance = random.Random(7)
        for i in range(25):
            self.kill_after(chance.uniform(0, 0.08), "run", "-d", "--name", "web", "--rootfs", self.rootfs(), "sleep", "100")
            self.assertIn(self.names("-a"), ([], ["web"]))
            self.berth("rm", "-f", "web")
            self.assertEqual(self.names("-a"), [])
            # A monitor that its command did not live to see ends by itself, or was ended.
            self.eventually(lambda: self.leftovers() == [], message=f"round {i}: {self.leftovers()}")

    def test_rm_killed_at_any_moment_can_be_repeated(self):
        chance = random.Random(8)
        for _ in range(15):
            self.run_detached("sleep", "100")
            self.kill_after(chance.uniform(0, 0.04), "rm", "-f", "web")
            self.assertIn(self.names("-a"), ([], ["web"]))
            self.berth("rm", "-f", "web")
            self.eventually(lambda: self.leftovers() == [])

    def test_stop_and_start_killed_at_any_moment_can_be_repeated(self):
        chance = random.Random(9)
        self.run_detached("sleep", "100", flags=["--stop-timeout", "0"])
        for _ in range(15):
            self.kill_after(chance.uniform(0, 0.04), "stop", "-t", "0", "web")
            self.berth("stop", "-t", "0", "web")
            self.assertEqual(self.status("web"), "exited")
            self.kill_after(chance.uniform(0, 0.06), "start", "web")
            self.berth("start", "web")
            self.assertEqual(self.status("web"), "running")

    def test_a_name_is_free_again_after_a_run_that_was_killed(self):
        self.kill_after(0.02, "run", "-d", "--name", "web", "--rootfs", self.rootfs(), "sleep", "100")
        self.run_detached("sleep", "100", flags=["--replace"])
        self.assertEqual(self.status("web"), "running")


class Crashed(engine.TestCase):
    def state(self):
        return self.inspect("web")["State"]

    def test_without_its_monitor_a_container_runs_on_and_can_be_stopped(self):
        self.run_detached("sleep", "100")
        os.kill(self.state()["ConmonPid"], signal.SIGKILL)
        self.eventually(lambda: self.state()["ConmonPid"] == 0)
        self.assertEqual(self.status("web"), "running")
        self.berth("stop", "-t", "0", "web")
        self.assertEqual(self.status("web"), "exited")
        self.berth("start", "web")
        self.assertEqual(self.status("web"), "running")

    def test_monitor_and_payload_killed_at_once_is_an_end_without_a_status(self):
        self.run_detached("sleep", "100")
        state = self.state()
        os.kill(state["ConmonPid"], signal.SIGKILL)
        os.kill(state["Pid"], signal.SIGKILL)
        self.eventually(lambda: self.status("web") == "exited")
        self.assertEqual(self.state()["ExitCode"], -1)
        self.berth("start", "web")

    def test_after_a_reboot_a_container_that_ran_is_exited_and_starts_again(self):
        self.run_detached("sleep", "100")
        state = self.state()
        os.kill(state["ConmonPid"], signal.SIGKILL)
        self.run_program("berth-runtime", "--root", self.scratch / "run" / "state", "delete", "--force",
                         self.inspect("web")["Id"])
        shutil.rmtree(self.scratch / "run")  # what a reboot does to /run
        self.assertEqual(self.status("web"), "exited")
        self.berth("start", "web")
        self.assertEqual(self.status("web"), "running")

    def test_a_pid_that_is_now_another_process_is_not_taken_for_the_container(self):
        self.run_detached("sleep", "100")
        state = self.state()
        os.kill(state["ConmonPid"], signal.SIGKILL)
        os.kill(state["Pid"], signal.SIGKILL)
        tick = time.clock_gettime(time.CLOCK_BOOTTIME) // 0.01  # a process is told by its start, in ticks of 10 ms
        self.eventually(lambda: time.clock_gettime(time.CLOCK_BOOTTIME) // 0.01 > tick + 1)
        bystander = subprocess.Popen(["sleep", "100"])
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.kill)
        database = subprocess.run(
            ["python3", "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
             "c.execute('UPDATE containers SET pid = ?', (int(sys.argv[2]),)); c.commit()",
             str(self.scratch / "lib" / "berth.db"), str(bystander.pid)], check=True)
        self.assertEqual(database.returncode, 0)
        self.berth("rm", "-f", "web")
        self.assertIsNone(bystander.poll(), "another process was killed")


class AtOnce(engine.TestCase):
    def test_only_one_of_many_gets_the_name(self):
        rootfs = self.rootfs()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(lambda _: self.berth("create", "--name", "web", "--rootfs", rootfs, "true",
                                                       code=None).returncode, range(8)))
        self.assertEqual(sorted(codes), [0] + [125] * 7)

    def test_starts_and_stops_of_one_container_take_turns(self):
        self.run_detached("sleep", "100", flags=["--stop-timeout", "0"])
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda i: self.berth("stop" if i % 2 else "start", "web", code=None, timeout=60),
                                    range(18)))
        self.assertEqual([r for r in results if r.returncode != 0], [])
        self.berth("start", "web")
        self.assertEqual(self.status("web"), "running")

    def test_many_containers_at_once(self):
        rootfs = self.rootfs()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(lambda i: self.berth("run", "--rm", "--rootfs", rootfs, "sh", "-c", f"exit {i}",
                                                       code=None, timeout=60).returncode, range(24)))
        self.assertEqual(codes, list(range(24)))
        self.assertEqual(self.names("-a"), [])


if __name__ == "__main__":
    unittest.main()
