"""Finds what a test run left behind on the machine: processes, mounts, cgroups, files, abstract sockets.

    leftovers.py snapshot FILE      before the tests
    leftovers.py compare FILE       after them: 0 when nothing new is there, else 1 and one line a leftover

The machine may be shared: only what can be attributed to this run counts. ctest gives every test of a build TMPDIR,
a directory of its own, so the scratch directories, root filesystems and sockets of this run all have its path in their
names, and BERTH_BIN, where its programs are. New files, cgroups and sockets that bear Berth's name count as well. What
is still there after a grace (a monitor that is just ending) is a leftover.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

GRACE_SECONDS = 30
STATE_DIRECTORIES = ("/run/berth", "/var/lib/berth", "/run/berth-runtime", "/run/runc", "/run/crun")


def read(path):
    try:
        return pathlib.Path(path).read_bytes().decode(errors="replace")
    except OSError:
        return ""


def start_time(pid):
    """Field 22 of /proc/PID/stat: with the pid it names a process for good."""
    return read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19:20]


class Run:
    """The run whose traces are looked for."""

    def __init__(self, scratch, programs):
        self.scratch = str(scratch)
        self.name = os.path.basename(self.scratch)  # mountinfo shows paths from the root of their filesystem
        self.programs = str(programs)

    def owns(self, pid):
        """True for a process of our programs, or one that lives in or names this run's scratch directory."""
        try:
            exe = os.readlink(f"/proc/{pid}/exe")
        except OSError:
            exe = ""
        if exe.startswith(self.programs + "/") or exe.startswith(self.scratch + "/"):
            return True
        return any(self.name in read(f"/proc/{pid}/{name}") for name in ("cmdline", "environ", "mountinfo"))

    def processes(self):
        ours = {str(pid) for pid in ancestors(os.getpid())}
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if pid not in ours and self.owns(pid):
                command = read(f"/proc/{pid}/cmdline").replace("\0", " ").strip() or read(f"/proc/{pid}/comm").strip()
                found[" ".join([pid, *start_time(pid)])] = f"process {pid}: {command}"
        return found

    def mounts(self):
        found = {}
        for line in read("/proc/self/mountinfo").splitlines():
            fields = line.split()
            root, point = fields[3], fields[4]
            if self.name in root or any(point.startswith(d) for d in (self.scratch, *STATE_DIRECTORIES)):
                found[f"{fields[0]} {point}"] = f"mount {point}"
        return found

    def files(self):
        found = {}
        if os.path.isdir(self.scratch):
            for name in os.listdir(self.scratch):
                found[f"{self.scratch}/{name}"] = f"file {self.scratch}/{name}"
        for directory in STATE_DIRECTORIES:
            for folder, folders, files in os.walk(directory):
                for name in folders + files:
                    path = os.path.join(folder, name)
                    if is_record_of_a_container(path):
                        found[path] = f"file {path}"
        return found

    def sockets(self):
        found = {}
        for line in read("/proc/net/unix").splitlines()[1:]:
            fields = line.split(None, 7)
            if len(fields) == 8 and fields[7].startswith("@") and ("berth" in fields[7] or self.name in fields[7]):
                found[f"{fields[6]} {fields[7]}"] = f"abstract socket {fields[7]}"
        return found

    def everything(self):
        return {**self.processes(), **self.mounts(), **cgroups(), **self.files(), **self.sockets()}


def is_record_of_a_container(path):
    """The database, its lock and the (empty) directories around them stay between commands; they are no leftover."""
    name = os.path.basename(path)
    if os.path.isdir(path):
        return os.path.dirname(path) in STATE_DIRECTORIES and name not in ("locks", "state", "exits", "storage", "containers")
    return not name.endswith((".db", ".db-wal", ".db-shm", ".sqlite", ".lock", "lock")) and "sql" not in name


def ancestors(pid):
    """`pid` and the processes above it: the test runner itself."""
    while pid > 0:
        yield pid
        stat = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        pid = int(stat[1]) if len(stat) > 1 else 0


def cgroup_roots():
    for line in read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            yield before.split()[4]


def cgroups():
    """Directories of the v2 tree in which no process lives: a populated one shows as its processes."""
    found = {}
    for root in cgroup_roots():
        for folder, _, _ in os.walk(root):
            if folder != root and "populated 0" in read(f"{folder}/cgroup.events"):
                found[folder] = f"cgroup {folder}"
    return found


def compare(run, before, grace=GRACE_SECONDS):
    """What is new since `before` (the keys of a snapshot) and does not go away within the grace."""
    deadline = time.monotonic() + grace
    while True:
        left = {key: text for key, text in run.everything().items() if key not in before}
        if not left or time.monotonic() > deadline:
            return sorted(left.values())
        time.sleep(0.1)


def main():
    action, file = sys.argv[1], pathlib.Path(sys.argv[2])
    run = Run(os.environ["TMPDIR"], os.environ["BERTH_BIN"])
    if action == "snapshot":
        # What an earlier, interrupted run left in this directory is not this run's fault.
        subprocess.run(["rm", "-rf", "--one-file-system", run.scratch], check=False)
        pathlib.Path(run.scratch).mkdir(mode=0o755, parents=True)
        file.write_text(json.dumps(sorted(run.everything())), encoding="utf-8")
        return 0
    left = compare(run, set(json.loads(file.read_text(encoding="utf-8"))))
    for line in left:
        print(f"left behind: {line}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
