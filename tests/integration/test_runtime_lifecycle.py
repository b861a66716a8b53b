"""berth-runtime, black box: the life of a container from create to delete."""

import json
import os
import signal
import subprocess
import unittest

import runtime_bundle


class TheLifeOfAContainer(runtime_bundle.TestCase):
    def test_run_gives_the_exit_status_of_its_payload(self):
        self.bundle(["sh", "-c", "echo out; echo err >&2; exit 7"])
        result = self.runtime("run", "--bundle", self.bundle_path, self.id())
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, "out\n", "err\n"))
        self.assert_nothing_left()

    def test_run_gives_128_and_the_signal_that_killed_its_payload(self):
        self.bundle(["sh", "-c", "kill -9 $$; sleep 60"], namespaces_without=["pid"])
        self.assertEqual(self.runtime("run", "-b", self.bundle_path, self.id()).returncode, 128 + 9)

    def test_a_created_container_waits_for_start(self):
        self.bundle(["sh", "-c", "echo ran > /out/ran"], mounts=[self.shared_mount()])
        self.create()
        self.assertEqual(self.state()["status"], "created")
        self.assertFalse((self.shared / "ran").exists())
        self.ok("start", self.id())
        self.eventually(lambda: self.state()["status"] == "stopped")
        self.assertEqual((self.shared / "ran").read_text(), "ran\n")
        self.ok("delete", self.id())
        self.assert_nothing_left()

    def test_state_has_the_members_of_the_specification_and_of_runc(self):
        self.bundle(["sleep", "100"], annotations={"org.example": "yes"})
        self.create()
        state = self.state()
        self.assertEqual(state["id"], self.id())
        self.assertEqual(state["bundle"], str(self.bundle_path))
        self.assertEqual(state["rootfs"], str(self.bundle_path / "rootfs"))
        self.assertEqual(state["annotations"], {"org.example": "yes"})
        self.assertEqual(state["owner"], "root")
        self.assertTrue(os.path.exists(f"/proc/{state['pid']}"))
        self.assertEqual(set(state), {"ociVersion", "id", "pid", "status", "bundle", "rootfs", "created",
                                      "annotations", "owner"})

    def test_an_id_in_use_is_refused_and_the_container_stays(self):
        self.bundle(["sleep", "100"])
        self.create()
        again = self.runtime("create", "-b", self.bundle_path, self.id())
        self.assertEqual(again.returncode, 1)
        self.assertIn("already exists", again.stderr)
        self.assertEqual(self.state()["status"], "created")

    def test_kill_takes_names_and_numbers(self):
        for name in ("KILL", "SIGKILL", "9"):
            with self.subTest(name):
                self.bundle(["sleep", "100"])
                self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
                self.ok("kill", self.id(), name)
                self.eventually(lambda: self.state()["status"] == "stopped")
                self.assertIn("not running", self.runtime("kill", self.id(), "TERM").stderr)
                self.ok("delete", self.id())
        self.assertEqual(self.runtime("kill", self.id(), "SIGNOSUCH").returncode, 1)

    def test_a_running_container_is_deleted_only_by_force(self):
        self.bundle(["sleep", "100"])
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        refused = self.runtime("delete", self.id())
        self.assertEqual(refused.returncode, 1)
        self.assertIn("not stopped", refused.stderr)
        self.ok("delete", "--force", self.id())
        self.ok("delete", "--force", self.id())
        self.assert_nothing_left()

    def test_list_shows_containers_as_json_and_as_a_table(self):
        self.assertEqual(self.ok("list", "-f", "json").stdout, "null\n")
        self.bundle(["sleep", "100"])
        self.create()
        document = self.ok("list", "--format", "json").stdout
        self.assertTrue(document.endswith("]\n"), document)
        listed = json.loads(document)
        self.assertEqual([(c["id"], c["status"]) for c in listed], [(self.id(), "created")])
        table = self.ok("list").stdout.splitlines()
        self.assertEqual(table[0].split(), ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
        self.assertEqual(table[1].split()[0], self.id())
        self.assertEqual(self.ok("list", "-q").stdout, self.id() + "\n")

    def test_run_forwards_signals_to_its_payload(self):
        self.bundle(["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.05; done"])
        process = self.start_runtime("run", "-b", self.bundle_path, self.id(), stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 3)
        self.assert_nothing_left()

    def test_the_pid_file_holds_the_pid_of_init(self):
        self.bundle(["sleep", "100"])
        self.create("--pid-file", self.scratch / "pid")
        self.assertEqual(int((self.scratch / "pid").read_text()), self.state()["pid"])

    def test_keep_leaves_a_stopped_container(self):
        self.bundle(["true"])
        self.ok("run", "--keep", "-b", self.bundle_path, self.id())
        self.assertEqual(self.state()["status"], "stopped")


class KillAfterTheCgroupIsGone(runtime_bundle.TestCase):
    """As systemd lets the scope of a dead container go, before its engine has come to clean up."""

    def stopped_without_cgroup(self, **bundle):
        self.bundle(["true"], **bundle)
        self.create()
        cgroup = self.cgroup()
        self.ok("start", self.id())
        self.eventually(lambda: self.state()["status"] == "stopped")
        self.eventually(lambda: "populated 0" in (cgroup / "cgroup.events").read_text())
        cgroup.rmdir()

    def test_all_of_nobody_is_no_error(self):
        self.stopped_without_cgroup()
        self.ok("kill", "--all", self.id(), "KILL")
        self.ok("kill", "--all", self.id(), "TERM")

    def test_init_is_not_running(self):
        self.stopped_without_cgroup(namespaces_without=["pid"])
        self.assertIn("container not running", self.runtime("kill", self.id(), "KILL").stderr)


class Version(runtime_bundle.TestCase):
    def test_the_version_has_runcs_lines_from_which_docker_takes_the_commit(self):
        lines = [line.partition(": ") for line in self.runtime("--version").stdout.splitlines()]
        self.assertRegex(lines[0][0], r"^berth-runtime version [0-9.]+$")
        self.assertEqual([(key, bool(value)) for key, _, value in lines[1:3]], [("commit", True), ("spec", True)])


class BadInput(runtime_bundle.TestCase):
    def refused(self, text, *arguments, code=1):
        result = self.runtime(*arguments)
        self.assertEqual(result.returncode, code, result)
        self.assertIn(text, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assert_nothing_left()

    def test_a_command_that_is_not_in_the_container_is_127(self):
        self.bundle(["nosuch"])
        self.refused('exec: "nosuch": executable file not found in $PATH', "run", "-b", self.bundle_path, self.id(),
                     code=127)
        self.refused('exec: "nosuch": executable file not found in $PATH', "create", "-b", self.bundle_path,
                     self.id())

    def test_a_command_that_may_not_be_executed_is_126(self):
        self.bundle(["/etc/passwd"])
        self.refused('exec: "/etc/passwd": permission denied', "run", "-b", self.bundle_path, self.id(), code=126)

    def test_a_directory_is_refused_in_the_words_that_old_and_new_docker_match(self):
        self.bundle(["/etc"])
        self.refused('exec: "/etc": permission denied: is a directory', "run", "-b", self.bundle_path, self.id(), code=126)

    def test_a_missing_bundle_rootfs_or_container_is_named(self):
        self.refused("config.json", "run", "-b", self.scratch, self.id())
        self.bundle(["true"], root={"path": "nowhere"})
        self.refused("nowhere", "run", "-b", self.bundle_path, self.id())
        self.refused("does not exist", "state", self.id())
        self.refused("does not exist", "start", self.id())

    def test_a_bad_id_flag_or_command_is_named(self):
        self.bundle(["true"])
        self.refused("container id", "run", "-b", self.bundle_path, "a/../b")
        self.refused("unknown flag: --nosuch", "create", "--nosuch", self.id())
        self.refused("frobnicate", "frobnicate")

    def test_the_log_file_has_the_error_as_json_lines(self):
        self.bundle(["nosuch"])
        log = self.scratch / "log.json"
        self.runtime("--log", log, "--log-format", "json", "create", "-b", self.bundle_path, self.id())
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([line["level"] for line in lines], ["error"])
        self.assertIn("executable file not found", lines[0]["msg"])
        self.assertIn("time", lines[0])


if __name__ == "__main__":
    unittest.main()
