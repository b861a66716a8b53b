"""podman's checkpoints: containers that go on where they were saved, under a monitor started with --restore."""

import podman
import service

COUNT = "i=0; while :; do i=$((i + 1)); echo $i; sleep 0.2; done"
END_WHEN_TOLD = "echo up; while ! test -e /go; do sleep 0.2; done; exit 7"
# Both ends of a connection in one container: what goes through comes back.
TALK = ("nc -l -p 1000 -e cat & sleep 1; { echo one; while ! test -e /go; do sleep 0.2; done; echo two; "
        "sleep 1000; } | nc 127.0.0.1 1000")
# Debian's, since busybox has none.
FLOCK = ("-v", "/usr/lib:/lib:ro", "-v", "/usr/lib64:/lib64:ro", "-v", "/usr/bin/flock:/bin/flock:ro")


def saves(runtime):
    """Debian 12 builds crun without criu."""
    return runtime != "crun" or "+CRIU" in service.run("crun", "--version", check=True).stdout


class Saved(podman.TestCase):
    runtimes = ("berth",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.put_back_the_cgroup_tree)

    def put_back_the_cgroup_tree(self):
        """criu mounts another and thereby takes the options of this one, which crun leaves at that."""
        if self.runtime == "crun":
            service.run("mount", "-o", "remount,nsdelegate,memory_recursiveprot", service.CGROUPS, check=True)

    def logged(self, text):
        self.eventually(lambda: text in self.ok("logs", "box").splitlines(), timeout=90, message=lambda: self.ok("logs", "box"))

    def checkpoint(self, *flags):
        return self.ok("container", "checkpoint", *flags, "box")

    def restore(self, *flags):
        return self.ok("container", "restore", *flags, "box")

    def numbers(self):
        return [int(line) for line in self.ok("logs", "box").split()]


class ARestoredContainer(Saved):
    runtimes = tuple(filter(saves, podman.RUNTIMES))

    def test_goes_on_with_its_numbers_without_a_gap_and_takes_execs(self):
        self.start("busybox", "sh", "-c", COUNT)
        self.logged("3")
        self.checkpoint()
        self.assertEqual((self.inspect("State.Status"), self.inspect("State.Checkpointed")), ("exited", True))
        saved = self.numbers()
        self.restore()
        self.assertEqual((self.inspect("State.Status"), self.inspect("State.Restored")), ("running", True))
        self.logged(str(saved[-1] + 3))
        numbers = self.numbers()
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "echo from exec"), "from exec")
        self.assertIn(str(self.inspect("State.Pid")), (self.cgroup() / "cgroup.procs").read_text().split())
        self.ok("pause", "box")
        self.ok("unpause", "box")
        self.ok("stop", "-t", "0", "box")
        self.assertEqual((self.inspect("State.Status"), self.inspect("State.ExitCode")), ("exited", 137))

    def test_gives_the_exit_code_of_what_was_restored(self):
        self.start("busybox", "sh", "-c", END_WHEN_TOLD)
        self.logged("up")
        self.checkpoint()
        self.restore()
        self.ok("exec", "box", "touch", "/go")
        self.assertEqual(self.ok("wait", "box"), "7")
        self.assertEqual(self.inspect("State.Status"), "exited")


class ACheckpoint(Saved):
    def test_is_taken_again_of_what_was_restored(self):
        self.start("busybox", "sh", "-c", COUNT)
        self.logged("2")
        self.checkpoint()
        self.restore()
        self.logged(str(self.numbers()[-1] + 2))
        self.checkpoint()
        saved = self.numbers()
        self.restore()
        self.logged(str(saved[-1] + 2))

    def test_leaves_it_running_when_asked_to(self):
        self.start("busybox", "sh", "-c", COUNT)
        self.logged("2")
        self.checkpoint("--leave-running")
        self.logged(str(self.numbers()[-1] + 3))
        self.assertEqual(self.inspect("State.Status"), "running")

    def test_is_carried_in_an_archive_with_what_was_written(self):
        archive = self.scratch / "box.tar.gz"
        self.start("busybox", "sh", "-c", "echo on disk > /file; echo in memory > /dev/shm/file; " + COUNT)
        self.logged("3")
        self.checkpoint("--export", archive)
        saved = self.numbers()[-1]
        self.ok("rm", "box")
        self.ok("container", "restore", "--import", archive)
        self.eventually(lambda: [number for number in self.numbers() if number > saved + 1])
        self.assertEqual(self.ok("exec", "box", "cat", "/file", "/dev/shm/file"), "on disk\nin memory")

    def test_builds_on_an_earlier_one_of_its_memory(self):
        before, archive = self.scratch / "before.tar.gz", self.scratch / "box.tar.gz"
        self.start("busybox", "sh", "-c", COUNT)
        self.logged("2")
        self.checkpoint("--pre-checkpoint", "--export", before)
        self.assertEqual(self.inspect("State.Status"), "running")
        self.checkpoint("--with-previous", "--export", archive)
        saved = self.numbers()[-1]
        self.ok("rm", "box")
        self.ok("container", "restore", "--import-previous", before, "--import", archive)
        self.eventually(lambda: [number for number in self.numbers() if number > saved + 1])

    def test_keeps_open_connections(self):
        self.start("busybox", "sh", "-c", TALK)
        self.logged("one")
        self.assertNotEqual(self.podman("container", "checkpoint", "box").returncode, 0)
        self.assertEqual(self.inspect("State.Status"), "running")
        self.checkpoint("--tcp-established")
        self.restore("--tcp-established")
        self.ok("exec", "box", "touch", "/go")
        self.logged("two")

    def test_keeps_locks_of_files(self):
        self.start(*FLOCK, "busybox", "flock", "/tmp/lock", "sh", "-c", "while :; do sleep 1000; done")
        locked = ("exec", "box", "flock", "-n", "/tmp/lock", "true")
        self.eventually(lambda: self.podman(*locked).returncode == 1)
        self.assertNotEqual(self.podman("container", "checkpoint", "box").returncode, 0)
        self.checkpoint("--file-locks")
        self.restore("--file-locks")
        self.assertEqual(self.podman(*locked).returncode, 1)

    def test_keeps_the_terminal(self):
        self.start("-it", "busybox", "sh", "-c", "echo ready; while read line; do echo got $line; done")
        self.eventually(lambda: "ready" in self.ok("logs", "box"))
        self.checkpoint()
        self.restore()
        terminal = podman.Terminal("podman", "attach", *podman.DETACH_BY_X, "box")
        terminal.send("hello\n")
        terminal.expect("got hello")
        terminal.send("\x18")
        self.assertEqual(terminal.status(), 0)


class ACheckpointInCgroupfs(Saved):
    manager = "cgroupfs"

    def test_goes_on(self):
        self.start("busybox", "sh", "-c", COUNT)
        self.eventually(lambda: "2" in self.ok("logs", "box").split())
        self.ok("container", "checkpoint", "box")
        saved = int(self.ok("logs", "--tail", "1", "box"))
        self.ok("container", "restore", "box")
        self.eventually(lambda: int(self.ok("logs", "--tail", "1", "box")) > saved + 2)


class ARestoredService(Saved):
    def notify_unit(self, *command):
        return self.unit(*command, NotifyAccess="all", TimeoutStartSec="120")

    def test_is_heard_by_the_unit_that_restored_it(self):
        """podman names no main process for what it restores, so the unit has one that waits."""
        self.remove_at_the_end()
        first = self.notify_unit(
            "podman", "run", "-d", "--name", "box", "--sdnotify", "container", "--cgroups", "no-conmon", "-v",
            "/usr/bin/berth:/berth:ro", "busybox", "sh", "-c",
            "/berth notify send READY=1; echo up; while ! test -e /go; do sleep 0.2; done; "
            "/berth notify send READY=1 'STATUS=after the restore'; trap 'exit 0' TERM; while :; do sleep 0.1; done")
        started = first.start()
        self.assertEqual((started.returncode, first.state()), (0, "active"), started.stderr + first.journal())
        self.logged("up")
        self.checkpoint()
        self.eventually(lambda: first.state() in ("inactive", "failed"))
        second = self.notify_unit("sh", "-c", "podman container restore box && exec podman wait box")
        second.begin()
        self.eventually(lambda: self.inspect("State.Status") == "running", timeout=90, message=second.journal)
        self.assertEqual(second.state(), "activating", second.journal())
        self.ok("exec", "box", "touch", "/go")
        self.becomes(second, "ActiveState", "active", timeout=90)
        self.assertEqual(second.show("StatusText"), "after the restore")
        self.ok("stop", "-t", "10", "box")
        self.becomes(second, "ActiveState", "inactive", timeout=90)


class ARuntimeWithoutCriu(podman.TestCase):
    runtimes = tuple(set(podman.RUNTIMES) - set(ARestoredContainer.runtimes))

    def test_is_known_as_such_by_podman(self):
        self.start("busybox", "sleep", "1000")
        done = self.podman("container", "checkpoint", "box")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("does not support checkpoint/restore", done.stderr)
        self.assertEqual(self.inspect("State.Status"), "running")


if __name__ == "__main__":
    podman.main()
