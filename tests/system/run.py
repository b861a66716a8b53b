#!/usr/bin/env python3
"""Boots the test machine once, runs guest test files in it and ends with 0 if all of them passed.

    run.py [--results FOLDER] [--recipe RECIPE] [-k WORD] [FILE...]   all files of the recipe unless some are named
    run.py --show FOLDER FILE                                         what an earlier boot said of one file
    run.py --recipe RECIPE --bench NAME [OPTION...]                   `./dev bench` in there

The files of the recipe "base" are guest/test_*.py, those of NAME and NAME-SUITE guest/NAME_*.py.
With --results each file leaves FILE.log and FILE.status there; ctest boots once and shows the files one by one.
"""

import argparse
import json
import os
import pathlib
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import machine

GUEST = machine.HERE / "guest"
BOOT_LIMIT = 180  # seconds until the guest must have reported; 15 s on a quiet machine
SILENCE_LIMIT = 6 * 3600 + 60 if "BERTH_SOAK" in os.environ else 360  # longer than a file may be silent inside


class Results:
    """Prints the guest's lines as they come and keeps them by file."""

    def __init__(self, folder, expected):
        self.folder = folder
        self.expected = expected
        self.status = {}
        self.ended = False
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)

    def take(self, record):
        file = record.get("file")
        if "line" in record:
            print(f"{file}: {record['line']}" if file else record["line"], flush=True)
            if file and self.folder:
                with open(self.folder / f"{file}.log", "a", encoding="utf-8") as log:
                    log.write(record["line"] + "\n")
        elif "status" in record:
            self.status[file] = record["status"]
            print(f"{file}: {'passed' if record['status'] == 0 else 'FAILED'} in {record['seconds']} s", flush=True)
            if self.folder:
                (self.folder / f"{file}.status").write_text(str(record["status"]))
        elif record.get("end"):
            self.ended = True

    def passed(self):
        return self.ended and all(self.status.get(file) == 0 for file in self.expected)


def follow(process, listener, results):
    """Feeds the guest's records to `results` until it has ended or died. Returns why it gave up, or None."""
    with selectors.DefaultSelector() as selector:
        listener.settimeout(30)
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return "QEMU did not start"
        with connection:
            selector.register(connection, selectors.EVENT_READ)
            pending, limit = b"", BOOT_LIMIT
            deadline = time.monotonic() + limit
            while not results.ended:
                if not selector.select(max(0, deadline - time.monotonic())):
                    return f"the machine said nothing for {limit} s"
                data = connection.recv(65536)
                if not data:
                    return "the machine went down before the tests had ended"
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    results.take(json.loads(line))
                limit = SILENCE_LIMIT
                deadline = time.monotonic() + limit
    try:
        process.wait(timeout=60)  # the machine powers itself off
    except subprocess.TimeoutExpired:
        return "the machine did not power off"
    return None


def boot(image, scratch, arguments, files, results):
    disk, console, port = scratch / "disk.img", scratch / "console", scratch / "port"
    selection = f" -k {arguments.only}" if arguments.only else ""
    with_bench = arguments.bench is not None
    order = [" ".join(["bench", *arguments.bench])] if with_bench else [file + selection for file in files]
    machine.make_disk(disk, arguments.programs, GUEST, order, bench=with_bench)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(port))
    listener.listen(1)
    command = machine.command(
        image, disk, kernel_arguments=["berth.tests"],
        extra=["-serial", f"file:{console}", "-device", "virtio-serial-pci", "-chardev", f"socket,id=results,path={port}",
               "-device", "virtserialport,chardev=results,name=berth.results"])
    with open(scratch / "qemu", "w", encoding="utf-8") as errors:
        # Also when we are killed the machine must not stay.
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                   env={**os.environ, "TMPDIR": str(scratch)})
    try:
        trouble = follow(process, listener, results)
    finally:
        process.kill()
        process.wait()
        listener.close()
    if trouble:
        print(f"\n{trouble}; the end of its console:\n")
        for name in ("qemu", "console"):
            text = (scratch / name).read_text(errors="replace") if (scratch / name).exists() else ""
            print("\n".join(text.splitlines()[-60:]))
    return trouble is None


def show(folder, file):
    status = folder / f"{file}.status"
    log = folder / f"{file}.log"
    print(log.read_text() if log.exists() else "", end="")
    if not status.exists():
        print(f"{file} did not come to its end: see the output of system.boot")
        return 1
    return 0 if status.read_text() == "0" else 1


def parse(argv):
    parser = argparse.ArgumentParser(description="runs tests under a real systemd in a virtual machine")
    parser.add_argument("--results", type=pathlib.Path)
    parser.add_argument("--show", type=pathlib.Path)
    parser.add_argument("-k", dest="only", metavar="WORD", help="only tests with this word in their name")
    parser.add_argument("--recipe", default="base")
    parser.add_argument("--bench", nargs=argparse.REMAINDER, help="run no tests, but ./dev bench with what follows")
    parser.add_argument("--programs", type=pathlib.Path,
                        default=os.environ.get("BERTH_BIN", machine.HERE.parents[1] / "build" / "bin"))
    parser.add_argument("files", nargs="*")
    return parser.parse_args(argv)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the machine and the scratch folder go with us
    arguments = parse(sys.argv[1:])
    if arguments.show:
        return show(arguments.show, arguments.files[0])
    kind = "test_*.py" if arguments.recipe == "base" else f"{arguments.recipe.partition('-')[0]}_*.py"
    files = ["bench"] if arguments.bench is not None else arguments.files or sorted(path.stem for path in GUEST.glob(kind))
    results = Results(arguments.results, files)
    try:
        image = machine.build_image(arguments.recipe)
        with tempfile.TemporaryDirectory(prefix="berth-vm-") as scratch:
            came_down = boot(image, pathlib.Path(scratch), arguments, files, results)
    except machine.Missing as missing:
        print(f"tests/system: {missing}", file=sys.stderr)
        return 1
    failed = [file for file in files if results.status.get(file) != 0]
    print(f"{len(files) - len(failed)} of {len(files)} files passed" + (f"; failed: {' '.join(failed)}" if failed else ""))
    return 0 if came_down and (arguments.results or results.passed()) else 1


if __name__ == "__main__":
    sys.exit(main())
