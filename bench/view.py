"""The view that all contenders run in, and the stopwatch that runs them there.

A root filesystem (build/peers from `./dev peers`, else this machine's own) with fresh /proc, /sys, /run and /tmp and
a pure cgroup2 mount at /sys/fs/cgroup, which crun insists on. The same for everyone: ours are linked statically and run
in any root. The scratch directory has one path inside and outside. All of it is private to this mount namespace.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
PEERS = SOURCE / "build" / "peers"
PROGRAMS = pathlib.Path(os.environ.get("BERTH_BIN", SOURCE / "build" / "bin")).resolve()
TOOLS = pathlib.Path(os.environ.get("BERTH_BENCH_TOOLS", SOURCE / "build" / "release" / "bench")).resolve()
sys.path.insert(0, str(SOURCE / "tests" / "helpers"))
import harness  # noqa: E402


class Failed(Exception):
    """A measured command failed: a figure of it would be worth nothing."""


def mount(*arguments):
    subprocess.run(["mount", *map(str, arguments)], check=True)


class Stopwatch:
    """One stopwatch program inside the view. Serves one thread."""

    def __init__(self, root, path):
        self._process = subprocess.Popen(
            [TOOLS / "stopwatch", "--root", root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PATH": path})

    def ask(self, verb, *fields):
        """One request; the fields of its answer."""
        print(verb, *fields, sep="\t", file=self._process.stdin, flush=True)
        kind, *answer = self._process.stdout.readline().rstrip("\n").split("\t")
        if kind != "ok":
            raise Failed(f"{verb} {' '.join(map(str, fields))}: {' '.join(answer) or 'the stopwatch died'}")
        return answer

    def time(self, out, *command):
        """Runs one command (or several, with ";" between) to the end; its wall time in ms and its peak in kB."""
        wall, status, peak = self.ask("time", out, *command)
        if status != "0":
            raise Failed(f"{' '.join(map(str, command))}: exit {status}: {out.read_text(errors='replace').strip()}")
        out.unlink(missing_ok=True)
        return int(wall) / 1e6, int(peak)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


class View:
    def __init__(self):
        self.prefix = f"bench-{os.getpid()}-"  # of all names that others on this machine can see: cgroups

    def __enter__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="berth-bench-"))
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", self.scratch)
        self.root = self.scratch / "root"
        self.root.mkdir()
        self.base = PEERS if (PEERS / ".complete").exists() else pathlib.Path("/")
        mount("--bind", self.base, self.root)
        mount("-t", "proc", "proc", self.root / "proc")
        mount("-t", "sysfs", "sysfs", self.root / "sys")
        mount("-t", "cgroup2", "cgroup2", self.root / "sys" / "fs" / "cgroup")
        mount("--rbind", "/dev", self.root / "dev")
        for name in ("run", "tmp"):
            mount("-t", "tmpfs", "tmpfs", self.root / name)
        self.work = self.scratch / "work"
        inside = self.inside(self.work)
        self.work.mkdir()
        inside.mkdir(parents=True)
        # Bound and not copied: the pages of a file on a tmpfs, or of one that is not yet on disk, count as private dirty
        # memory of the only process that maps them.
        os.sync()
        self.bin = self.work / "bin"
        self.tools = self.work / "tools"
        for directory, programs in ((self.bin, PROGRAMS), (self.tools, TOOLS)):
            directory.mkdir()
            mount("--bind", programs, directory)
        self.disk = self.work / "disk"
        self.disk.mkdir()
        self._on_disk = tempfile.TemporaryDirectory(prefix="berth-bench-", dir="/var/tmp")
        mount("--bind", self._on_disk.name, self.disk)
        mount("--rbind", self.work, inside)
        journal = pathlib.Path("/run/systemd/journal")
        self.has_journal = (journal / "socket").exists()
        if self.has_journal:
            self.inside(journal).mkdir(parents=True)
            mount("--bind", journal, self.inside(journal))
        self._stopwatch = self.another_stopwatch()
        self.cgroups = self.root / "sys" / "fs" / "cgroup"
        self._cgroups_before = set(self.cgroups.iterdir())
        return self

    def __exit__(self, *_):
        self._stopwatch.close()
        self._remove_cgroups()
        os.chdir("/")
        subprocess.run(["umount", "--recursive", "--lazy", self.scratch], check=True)
        self.scratch.rmdir()
        self._on_disk.cleanup()

    def _remove_cgroups(self):
        """What a runtime that failed has left behind."""
        for path in set(self.cgroups.iterdir()) - self._cgroups_before:
            if path.name.startswith(self.prefix):
                print(f"bench: left behind: cgroup {path.name}", file=sys.stderr)
                path.rmdir()

    def inside(self, path):
        """Where `path` is to be found from out here, when it is a path of the view."""
        return self.root / str(path).lstrip("/")

    def another_stopwatch(self):
        return Stopwatch(self.root, f"{self.bin}:{self.tools}:/usr/sbin:/usr/bin:/sbin:/bin")

    def ask(self, verb, *fields):
        return self._stopwatch.ask(verb, *fields)

    def time(self, *command):
        return self._stopwatch.time(self.work / "out", *command)

    def output(self, *command):
        """What a command prints."""
        out = self.work / "captured"
        out.unlink(missing_ok=True)
        self.ask("time", out, *command)
        return out.read_text(errors="replace")

    def has(self, program):
        return any((directory / program).exists() for directory in
                   (self.bin, *(self.root / name for name in ("usr/bin", "usr/sbin"))))

    def version(self, program):
        """The first line of `program --version`."""
        return (self.output(program, "--version").strip().splitlines() or ["?"])[0]

    def rootfs(self):
        path = self.work / "rootfs"
        if not path.exists():
            harness.make_rootfs(path)
            shutil.copy2(TOOLS / "metronome", path / "bin")
        return path
