#!/usr/bin/env python3
"""Runs a container as a notify service and prints the timeline that its service manager sees.

    demo.py [--programs DIR]

Under the machine's systemd when it is PID 1, else under `berth notify exec`, the service manager in `berth`. Ends with 0
when every part of the timeline was seen and nothing is left behind.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

BUSYBOX = pathlib.Path("/bin/busybox")
PAYLOAD = pathlib.Path(__file__).with_name("payload.sh")
EXPECTED = ("started", "STATUS", "log", "READY", "MAINPID", "stop", "exit code")
PATIENCE_SECONDS = 20


class Timeline:
    """Events in the order in which they were seen, with the seconds since the start."""

    def __init__(self):
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._seen = {}

    def add(self, what, text=""):
        with self._lock:
            self._seen.setdefault(what, threading.Event()).set()
            print(f"{time.monotonic() - self._began:8.3f} s  {what:<10} {text}".rstrip(), flush=True)

    def wait_for(self, what):
        with self._lock:
            event = self._seen.setdefault(what, threading.Event())
        if not event.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"{what} was not seen within {PATIENCE_SECONDS} s")

    def missing(self):
        return [what for what in EXPECTED if what not in self._seen or not self._seen[what].is_set()]


def make_rootfs(root):
    """A root filesystem of nothing but busybox-static and the payload."""
    for name in ("bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr/bin"):
        (root / name).mkdir(parents=True)
    shutil.copy2(BUSYBOX, root / "bin" / "busybox")
    for applet in ("sh", "sleep", "echo"):
        (root / "bin" / applet).symlink_to("busybox")
    shutil.copy2(PAYLOAD, root / "payload")
    (root / "payload").chmod(0o755)


class Demo:
    def __init__(self, programs, scratch):
        self.berth = str(programs / "berth")
        # A build with sanitizers is not static: then another one speaks inside of the container.
        self.helper = str(pathlib.Path(os.environ.get("BERTH_STATIC_BIN", programs)) / "berth")
        self.scratch = scratch
        self.name = f"demo-{os.getpid()}"
        self.timeline = Timeline()
        self.globals = [self.berth, "--root", str(scratch / "lib"), "--runroot", str(scratch / "run"),
                        "--runtime", str(programs / "berth-runtime"), "--monitor", str(programs / "berth-monitor")]

    def command(self, *flags):
        return [*self.globals, "run", "--name", self.name, "--rm", "--network", "none",
                "-v", f"{self.helper}:/usr/bin/berth:ro", *flags, "--rootfs", str(self.scratch / "rootfs"), "/payload"]

    def ask(self, *args):
        return subprocess.run([*self.globals, *args], capture_output=True, text=True, check=False)

    def stop(self):
        self.timeline.add("stop")
        stopped = self.ask("stop", self.name)
        if stopped.returncode != 0:
            raise RuntimeError(f"berth stop: {stopped.stderr.strip()}")

    def show_container(self):
        self.timeline.add("berth ps", self.ask("ps", "--format", "{{.Names}}: {{.Status}}").stdout.strip())

    def left_behind(self):
        left = self.ask("ps", "--all", "--quiet").stdout.split()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.scratch) in command and int(process.name) != os.getpid():
                left.append(f"process {process.name}: {command}")
        mounts = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        left += [line.split()[4] for line in mounts.splitlines() if str(self.scratch) in line]
        return left


class UnderNotifyExec(Demo):
    """`berth notify exec` is the manager: what it prints is what it received."""

    title = "under `berth notify exec`, because PID 1 is not systemd"
    EVENT = re.compile(r"^ *\d+\.\d{3}s  (.*)$")

    def __init__(self, programs, scratch):
        super().__init__(programs, scratch)
        # The payload sends MAINPID=1, its pid in the container; the manager sees which process that is on the host.
        self.manager = subprocess.Popen(
            [self.berth, "notify", "exec", "--until", "exit", "--", *self.command("--sdnotify-allow", "mainpid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self):
        reader = threading.Thread(target=self.read)
        reader.start()
        try:
            self.timeline.wait_for("READY")
            self.show_container()
            self.stop()
            self.timeline.wait_for("exit code")
        finally:
            if self.manager.poll() is None and self.timeline.missing():
                self.ask("rm", "--force", self.name)
                self.manager.terminate()
            reader.join()
            self.manager.wait()

    def read(self):
        for line in self.manager.stdout:
            event = self.EVENT.match(line)
            if event:
                self.take(event.group(1))
            else:
                self.timeline.add("log", line.rstrip())

    def take(self, event):
        if event.startswith("started "):
            self.timeline.add("started", event[len("started "):].split(":")[0] + ": berth run … /payload")
            return
        ended = re.match(r"exited (\d+)", event)
        if ended:
            self.timeline.add("exit code", ended.group(1))
            return
        for assignment in event.split("  ")[1:]:
            name, found, value = assignment.partition("=")
            if not found:
                continue
            host = self.command_of(value) if name == "MAINPID" else value
            self.timeline.add(name, "" if name in ("READY", "STOPPING", "BARRIER") else host)

    @staticmethod
    def command_of(pid):
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            command = "(ended)"
        return f"{pid} on the host, 1 in the container: {command}"


class UnderSystemd(Demo):
    """A transient unit of the machine's systemd; what is printed is what systemctl and the journal say."""

    title = "under this machine's systemd"

    def __init__(self, programs, scratch):
        super().__init__(programs, scratch)
        self.unit = f"berth-{self.name}.service"

    def run(self):
        environment = [f"--setenv=PATH={os.environ['PATH']}"]
        self.timeline.add("started", f"systemd-run --unit={self.unit} -p Type=notify -p Delegate=yes berth run … /payload")
        starter = subprocess.Popen(
            ["systemd-run", "--quiet", f"--unit={self.unit}", "--service-type=notify", "--property=Delegate=yes",
             *environment, "--", *self.command()], stdin=subprocess.DEVNULL)
        try:
            self.follow_start()
            self.show_container()
            self.timeline.add("stop", "systemctl stop")
            subprocess.run(["systemctl", "stop", self.unit], check=True)
            self.timeline.add("exit code", self.show("ExecMainStatus"))
        finally:
            starter.wait()
            subprocess.run(["systemctl", "kill", "--signal=KILL", self.unit], capture_output=True, check=False)
            subprocess.run(["systemctl", "reset-failed", self.unit], capture_output=True, check=False)

    def show(self, name):
        return subprocess.run(["systemctl", "show", "--value", "-p", name, self.unit], capture_output=True, text=True,
                              check=True).stdout.strip()

    def follow_start(self):
        status, deadline, log = None, time.monotonic() + PATIENCE_SECONDS, ""
        while True:
            state, text = self.show("ActiveState"), self.show("StatusText")  # what came with READY is there with it
            if text and text != status:
                status = text
                self.timeline.add("STATUS", text)
            if not log:
                log = subprocess.run(["journalctl", "--quiet", "--output=cat", f"--unit={self.unit}", "--grep=line of log"],
                                     capture_output=True, text=True, check=False).stdout.strip()
                if log:
                    self.timeline.add("log", log)
            if state == "active" and log:
                break
            if state == "failed" or time.monotonic() > deadline:
                raise TimeoutError(f"the unit is {state}")
            time.sleep(0.02)
        self.timeline.add("READY", "the unit is active")
        pid = self.show("MainPID")
        program = pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
        self.timeline.add("MAINPID", f"{pid}, {program}: `berth run` became the supervisor")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("build/bin"))
    programs = parser.parse_args().programs.resolve()
    kind = UnderSystemd if os.path.isdir("/run/systemd/system") else UnderNotifyExec
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-demo-"))
    try:
        make_rootfs(scratch / "rootfs")
        print(f"A container of busybox as a notify service, {kind.title}:", flush=True)
        demo = kind(programs, scratch)
        demo.run()
        missing, left = demo.timeline.missing(), demo.left_behind()
        print(f"left behind: {', '.join(left) or 'nothing'}")
        if missing:
            print(f"not seen: {', '.join(missing)}", file=sys.stderr)
        return 1 if missing or left else 0
    except (TimeoutError, RuntimeError, subprocess.CalledProcessError) as error:
        print(f"./dev demo: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
