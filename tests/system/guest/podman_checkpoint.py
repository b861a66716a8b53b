"""berth-runtime checkpoint and restore, by Debian's criu: what ran goes on where it was."""

import array
import fcntl
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import service

COUNTER = "i=0; while true; do i=$((i+1)); echo $i; sleep 0.2; done"


def eventually(condition, timeout=60):
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError("the condition never held")
        time.sleep(0.05)
    return value


class Container(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-criu-", dir="/srv"))
        self.addCleanup(shutil.rmtree, self.scratch)
        rootfs = self.scratch / "rootfs"
        (rootfs / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", rootfs / "bin")
        for name in ("sh", "sleep", "cat", "echo", "stty", "mount", "nc"):
            (rootfs / "bin" / name).symlink_to("busybox")
        self.name = self.scratch.name.replace("_", "x")
        self.cgroup = pathlib.Path("/sys/fs/cgroup") / self.name
        self.images = self.scratch / "images"
        subprocess.run(["sh", "-c", "ip netns add x && ip netns delete x"], check=True)  # its mount stays
        self.mounts = pathlib.Path("/proc/self/mounts").read_text()
        self.addCleanup(self.assert_nothing_left)
        self.addCleanup(lambda: self.runtime("delete", "--force", self.name))
        self.pipe = None

    def assert_nothing_left(self):
        state = self.scratch / "state"
        self.assertEqual([path.name for path in state.iterdir() if path.name != ".seccomp@"] if state.exists() else [], [])
        self.assertFalse(self.cgroup.exists())
        self.assertEqual(pathlib.Path("/proc/self/mounts").read_text(), self.mounts)

    def runtime(self, *arguments, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        if "stdout" not in kwargs:
            kwargs["capture_output"] = True
        return subprocess.run(["berth-runtime", "--root", self.scratch / "state", *map(str, arguments)], text=True,
                              timeout=120, **kwargs)

    def ok(self, *arguments, **kwargs):
        done = self.runtime(*arguments, **kwargs)
        self.assertEqual(done.returncode, 0, f"{done}\n{self.logs()}")
        return done

    def logs(self):
        """What criu says of its errors."""
        return "".join(line for path in self.images.glob("*.log") for line in path.read_text().splitlines(keepends=True)
                       if "Error" in line or "Warn" in line)

    def bundle(self, *command, mounts=(), linux=None, **process):
        (self.scratch / "config.json").unlink(missing_ok=True)
        subprocess.run(["berth-runtime", "spec"], cwd=self.scratch, check=True)
        config = json.loads((self.scratch / "config.json").read_text())
        config["process"].update({"terminal": False, "args": list(command), **process})
        config["mounts"] += list(mounts)
        config["linux"].update({"cgroupsPath": f"/{self.name}", **(linux or {})})
        self.config = config
        self.write_config()

    def write_config(self):
        (self.scratch / "config.json").write_text(json.dumps(self.config))

    def through_pipes(self, verb, *flags, **kwargs):
        """Starts or restores with pipes for stdout and stderr; `self.lines()` is what has come out of them since."""
        read_end, write_end = os.pipe()
        os.set_blocking(read_end, False)
        self.addCleanup(os.close, read_end)
        self.pipe, self.text = read_end, ""
        done = self.runtime(verb, "--detach", "--bundle", self.scratch, *flags, self.name, stdout=write_end, stderr=write_end,
                            **kwargs)
        os.close(write_end)
        self.assertEqual(done.returncode, 0, f"{self.output()}\n{self.logs()}")

    def output(self):
        try:
            while data := os.read(self.pipe, 65536):
                self.text += data.decode()
        except BlockingIOError:
            pass
        return self.text

    def numbers(self):
        return [int(line) for line in self.output().splitlines() if line.isdigit()]

    def restore(self, *flags, **kwargs):
        self.through_pipes("restore", "--image-path", self.images, *flags, **kwargs)

    def checkpoint(self, *flags):
        return self.ok("checkpoint", "--image-path", self.images, *flags, self.name)

    def state(self):
        return json.loads(self.ok("state", self.name).stdout)


class ACheckpoint(Container):
    def count_to(self, number):
        eventually(lambda: (self.numbers() or [0])[-1] >= number)

    def begin(self, *command, **kwargs):
        self.bundle(*(command or ("sh", "-c", COUNTER)), **kwargs)
        self.through_pipes("run")

    def test_goes_on_where_it_was_with_its_pid_cgroup_and_pipes(self):
        self.begin()
        self.count_to(2)
        self.checkpoint()
        self.assertEqual(self.runtime("state", self.name).returncode, 1)
        self.assertFalse(self.cgroup.exists())
        last = self.numbers()[-1]
        self.assertTrue(all(name.startswith("pipe:[") for name in
                            json.loads((self.images / "descriptors.json").read_text())[1:]))
        pid_file = self.scratch / "pid"
        self.restore("--pid-file", pid_file)
        self.count_to(last + 2)
        self.assertEqual(self.numbers()[0], last + 1)
        state = self.state()
        self.assertEqual((state["status"], str(state["pid"])), ("running", pid_file.read_text()))
        self.assertIn(pid_file.read_text(), (self.cgroup / "cgroup.procs").read_text().split())
        self.assertEqual(self.ok("exec", self.name, "sh", "-c", "echo $$ $PPID; exit 0").returncode, 0)
        self.ok("pause", self.name)
        self.ok("resume", self.name)
        self.ok("kill", self.name, "KILL")
        eventually(lambda: self.state()["status"] == "stopped")
        self.ok("delete", self.name)

    def test_can_be_taken_again_and_again(self):
        self.begin()
        for _ in range(3):
            self.count_to(2)
            self.checkpoint()
            self.restore()

    def test_leaves_it_running_when_asked_to(self):
        self.begin()
        self.count_to(2)
        self.checkpoint("--leave-running")
        self.count_to(self.numbers()[-1] + 3)
        self.assertEqual(self.state()["status"], "running")
        self.assertTrue((self.images / "inventory.img").exists())

    def test_of_a_paused_container_is_taken_too(self):
        self.begin()
        self.count_to(2)
        self.ok("pause", self.name)
        self.checkpoint("--leave-running")
        self.assertEqual(self.state()["status"], "paused")
        self.ok("resume", self.name)
        self.count_to(self.numbers()[-1] + 1)

    def test_builds_on_a_pre_dump(self):
        self.begin()
        self.count_to(2)
        self.ok("checkpoint", "--pre-dump", "--image-path", self.scratch / "before", self.name)
        self.assertEqual(self.state()["status"], "running")
        self.checkpoint("--parent-path", "../before")
        self.restore()
        self.count_to(self.numbers()[-1] + 2 if self.numbers() else 4)

    def test_is_read_from_the_work_directory_apart_from_the_images(self):
        self.begin()
        self.count_to(2)
        self.checkpoint("--work-path", self.scratch / "work")
        self.assertTrue((self.scratch / "work/dump.log").exists())
        self.assertFalse((self.images / "dump.log").exists())
        self.restore("--work-path", self.scratch / "work")
        self.assertTrue((self.scratch / "work/restore.log").exists())

    def test_keeps_bind_mounts_of_folders_and_files_also_through_links(self):
        (self.scratch / "data").mkdir()
        (self.scratch / "file").write_text("one\n")
        (self.scratch / "rootfs/real").mkdir()
        (self.scratch / "rootfs/link").symlink_to("real")
        bind = {"type": "bind", "options": ["rbind", "rw"]}
        mounts = [{"destination": "/link/data", "source": str(self.scratch / "data"), **bind},
                  {"destination": "/run/deep/file", "source": str(self.scratch / "file"), **bind},
                  {"destination": "/run", "type": "tmpfs", "source": "tmpfs"}]
        mounts = [mounts[2], *mounts[:2]]
        self.begin("sh", "-c", "while true; do cat /run/deep/file > /real/data/seen; sleep 0.2; done", mounts=mounts)
        seen = self.scratch / "data/seen"
        eventually(lambda: seen.exists() and seen.read_text() == "one\n")
        self.checkpoint()
        (self.scratch / "file").write_text("two\n")
        self.restore()
        eventually(lambda: seen.read_text() == "two\n")

    def test_keeps_what_is_in_a_tmpfs_and_what_the_root_has(self):
        self.begin("sh", "-c", "echo memory > /dev/shm/x; echo disk > /y; " + COUNTER, mounts=[],
                   linux={})
        self.config["root"]["readonly"] = False
        self.count_to(2)
        self.checkpoint()
        self.restore()
        self.assertEqual(self.ok("exec", self.name, "cat", "/dev/shm/x").stdout, "memory\n")

    def test_joins_a_network_that_it_had_joined(self):
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.addCleanup(subprocess.run, ["ip", "netns", "delete", self.name], check=True)
        self.bundle("sh", "-c", COUNTER)
        path = f"/run/netns/{self.name}"
        for namespace in self.config["linux"]["namespaces"]:
            if namespace["type"] == "network":
                namespace["path"] = path
        self.write_config()
        self.through_pipes("run")
        self.count_to(2)
        self.checkpoint()
        self.restore()
        self.assertEqual(os.stat(f"/proc/{self.state()['pid']}/ns/net").st_ino, os.stat(path).st_ino)

    def test_of_a_restored_container_gives_its_exit_code(self):
        go = self.scratch / "data/go"
        go.parent.mkdir()
        self.begin("sh", "-c", "echo 1; while ! test -e /data/go; do sleep 0.1; done; exit 7",
                   mounts=[{"destination": "/data", "type": "bind", "source": str(go.parent), "options": ["bind"]}])
        self.count_to(1)
        self.checkpoint()
        go.touch()
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        done = self.runtime("restore", "--bundle", self.scratch, "--image-path", self.images, self.name,
                            stdout=write_end, stderr=write_end)
        os.close(write_end)
        self.assertEqual(done.returncode, 7, self.logs())

    def test_runs_the_hooks_that_make_its_network(self):
        log = self.scratch / "hooks"
        script = self.scratch / "hook"
        script.write_text(f"#!/bin/sh\necho $1 $(readlink /proc/self/ns/mnt) >> {log}\n")
        script.chmod(0o755)
        self.bundle("sh", "-c", COUNTER)
        self.config["hooks"] = {kind: [{"path": str(script), "args": ["hook", kind]}] for kind in
                                ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")}
        self.write_config()
        (self.scratch / "rootfs/srv").mkdir()
        # The two that run inside must find their program there.
        inside = self.scratch / "rootfs" / str(script).lstrip("/")
        inside.parent.mkdir(parents=True)
        inside.write_text("#!/bin/sh\n")
        inside.chmod(0o755)
        self.through_pipes("run")
        self.count_to(2)
        log.write_text("")
        self.checkpoint()
        self.restore()
        here = os.readlink("/proc/self/ns/mnt")
        self.assertEqual(log.read_text().splitlines(), [f"{kind} {here}" for kind in ("poststop", "prestart", "createRuntime")])

    def test_gives_the_terminal_to_the_console_socket_again(self):
        self.bundle("sh", "-c", "stty -echo; echo ready; while read line; do echo got $line; done", terminal=True)
        master = self.with_terminal("run")
        self.read_until(master, b"ready")
        self.checkpoint()
        os.close(master)
        master = self.with_terminal("restore", "--image-path", self.images)
        self.addCleanup(os.close, master)
        os.write(master, b"hello\n")
        self.read_until(master, b"got hello")

    def with_terminal(self, verb, *flags):
        path = self.scratch / "console.sock"
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(1)
            done = self.runtime(verb, "--detach", "--bundle", self.scratch, "--console-socket", path, *flags, self.name)
            self.assertEqual(done.returncode, 0, f"{done}\n{self.logs()}")
            connection, _ = listener.accept()
            with connection:
                _, control, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(4))
        return array.array("i", control[0][2])[0]

    def read_until(self, master, wanted):
        seen = b""
        while wanted not in seen:
            seen += os.read(master, 4096)


    def told(self, go):
        """A loop of the shell's that ends when the file `go` is there; in the container it is /data/go."""
        go.parent.mkdir()
        mounts = [{"destination": "/data", "type": "bind", "source": str(go.parent), "options": ["bind"]}]
        return "while ! test -e /data/go; do sleep 0.1; done; ", mounts

    def assert_needs(self, flag):
        """What criu will not save unless it is told to."""
        failed = self.runtime("checkpoint", "--image-path", self.images, self.name)
        self.assertEqual(failed.returncode, 1, failed)
        self.assertEqual(self.state()["status"], "running")
        self.checkpoint(flag)

    def test_keeps_open_connections_when_asked_to(self):
        until, mounts = self.told(go := self.scratch / "data/go")
        self.begin("sh", "-c", "nc -l -p 1000 -e cat & sleep 1; "
                   f"{{ echo 1; {until} echo 2; sleep 1000; }} | nc 127.0.0.1 1000", mounts=mounts)
        self.count_to(1)
        self.assert_needs("--tcp-established")
        self.restore("--tcp-established")
        go.touch()
        self.count_to(2)

    def test_keeps_locks_of_files_when_asked_to(self):
        until, mounts = self.told(go := self.scratch / "data/go")
        lock = go.with_name("lock")
        for inside, outside in (("/lib", "/usr/lib"), ("/lib64", "/usr/lib64"), ("/bin/flock", "/usr/bin/flock")):
            mounts.append({"destination": inside, "type": "bind", "source": outside, "options": ["bind", "ro"]})
        self.begin("flock", "/data/lock", "sh", "-c", f"echo 1; {until} echo 2; sleep 1000", mounts=mounts)
        self.count_to(1)

        def locked():
            with open(lock, encoding="ascii") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
            return False

        self.assertTrue(locked())
        self.assert_needs("--file-locks")
        self.assertFalse(locked())
        self.restore("--file-locks")
        self.assertTrue(locked())
        go.touch()
        self.count_to(2)

    def test_is_heard_by_the_service_manager_that_restored_it(self):
        until, mounts = self.told(go := self.scratch / "data/go")
        shutil.copy("/usr/bin/berth", self.scratch / "rootfs/bin")
        script = f"echo 1; berth notify send STATUS=before; {until} berth notify send READY=1 STATUS=after; echo 2; sleep 1000"
        self.bundle("sh", "-c", script, mounts=mounts)
        before, after = self.service_manager("before"), self.service_manager("after")
        self.through_pipes("run", env={**os.environ, "NOTIFY_SOCKET": before.address})
        eventually(lambda: "STATUS=before" in before.heard)
        self.checkpoint()
        self.restore(env={**os.environ, "NOTIFY_SOCKET": after.address})
        self.assertIn(f"MAINPID={self.state()['pid']}", after.heard)
        go.touch()
        eventually(lambda: "READY=1\nSTATUS=after" in after.heard)
        self.count_to(2)

    def test_keeps_a_notify_socket_that_the_bundle_brings(self):
        """A monitor's: not ours, which a container may have been saved with and does not get again."""
        (self.scratch / "line").mkdir()
        self.begin("sh", "-c", "while true; do cat /run/notify/number; sleep 0.2; done", mounts=[
            {"destination": "/run/notify", "type": "bind", "source": str(self.scratch / "line"), "options": ["bind"]}])
        number = self.scratch / "line/number"
        number.write_text("1\n")
        self.count_to(1)
        self.checkpoint()
        number.write_text("2\n")
        self.restore()
        self.count_to(2)

    def service_manager(self, name):
        manager = ServiceManager(self.scratch / name)
        self.addCleanup(manager.close)
        return manager


class ServiceManager:
    """Listens to sd_notify at `path`; barriers are released when it has come to them."""

    def __init__(self, path):
        self.address, self.heard = str(path), []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        while (message := socket.recv_fds(self._socket, 4096, 8))[0] != b"end":
            self.heard.append(message[0].decode())
            for fd in message[1]:
                os.close(fd)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"end", self.address)
        self._thread.join()
        self._socket.close()


class ACheckpointThatCannotBe(Container):
    def test_leaves_the_container_running_and_says_why(self):
        # A regular file of the host as stdout: criu knows no way to it.
        self.bundle("sh", "-c", COUNTER)
        with open(self.scratch / "output", "w", encoding="utf-8") as output:
            self.assertEqual(self.runtime("run", "-d", "--bundle", self.scratch, self.name, stdout=output,
                                          stderr=output).returncode, 0)
        failed = self.runtime("checkpoint", "--image-path", self.images, self.name)
        self.assertEqual((failed.returncode, failed.stderr.count("\n")), (1, 1), failed)
        self.assertIn("Can't lookup mount=", failed.stderr)
        self.assertIn(f"(its log: {self.images}/dump.log)", failed.stderr)
        self.assertEqual(self.state()["status"], "running")
        before = (self.scratch / "output").stat().st_size
        eventually(lambda: (self.scratch / "output").stat().st_size > before)

    def test_leaves_nothing_of_a_restore(self):
        self.bundle("sh", "-c", COUNTER)
        self.through_pipes("run")
        self.checkpoint()
        (self.images / "core-1.img").unlink()
        failed = self.runtime("restore", "-d", "--bundle", self.scratch, "--image-path", self.images, self.name)
        self.assertEqual((failed.returncode, failed.stderr.count("\n")), (1, 1), failed)
        self.assertIn("criu: ", failed.stderr)
        self.assert_nothing_left()

    def test_leaves_nothing_when_a_hook_fails(self):
        self.bundle("sh", "-c", COUNTER)
        self.through_pipes("run")
        self.checkpoint()
        self.config["hooks"] = {"createRuntime": [{"path": "/bin/false"}]}
        self.write_config()
        failed = self.runtime("restore", "-d", "--bundle", self.scratch, "--image-path", self.images, self.name)
        self.assertEqual(failed.returncode, 1, failed)
        self.assertIn("createRuntime hook", failed.stderr)
        self.assert_nothing_left()


if __name__ == "__main__":
    service.main()
