"""Runs the test files named in `order` (each with its arguments) one after another and streams what they print.

One JSON object a line goes to the virtio-serial port: {"file", "line"} while a file runs, {"file", "status", "seconds"}
when it has ended, {"end": true} at last. The host side is run.py in tests/system.
"""

import ctypes
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import threading
import time

SILENCE_LIMIT = 300  # seconds without a line from a file: a hang is one file's failure, not the machine's
if pathlib.Path("soak").exists():  # the host's BERTH_SOAK: full counts
    os.environ["BERTH_SOAK"] = "1"
    SILENCE_LIMIT = 6 * 3600


def results_port():
    """The device of the port named berth.results; found through sysfs, since no udev names it for us here."""
    for name in pathlib.Path("/sys/class/virtio-ports").glob("*/name"):
        if name.read_text().strip() == "berth.results":
            return pathlib.Path("/dev") / name.parent.name
    sys.exit("no virtio-serial port named berth.results")


class Report:
    def __init__(self, path):
        self._port = open(path, "wb", buffering=0)

    def send(self, **record):
        self._port.write(json.dumps(record).encode() + b"\n")


class Watchdog:
    """Kills a process and its session when it has not been fed for SILENCE_LIMIT. How long a file takes depends on how busy
    the host is; how long a single test takes does much less so."""

    def __init__(self, process):
        self.bitten = False
        self._process = process
        self._fed = threading.Condition()
        self._done = False
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        with self._fed:
            while not self._done:
                if not self._fed.wait(SILENCE_LIMIT):
                    self.bitten = True
                    os.killpg(self._process.pid, signal.SIGKILL)
                    return

    def feed(self):
        with self._fed:
            self._fed.notify()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        with self._fed:
            self._done = True
            self._fed.notify()
        self._thread.join()


def run_file(report, name, *arguments):
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-B", "-u", f"{name}.py", *arguments], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
                               start_new_session=True)
    with Watchdog(process) as watchdog:
        for line in process.stdout:
            watchdog.feed()
            report.send(file=name, line=line.rstrip("\n"))
        status = process.wait()
    if watchdog.bitten:
        report.send(file=name, line=f"{name} was killed: it said nothing for {SILENCE_LIMIT} s")
    report.send(file=name, status=status, seconds=round(time.monotonic() - began, 1))


def keep_the_scheduler_as_it_is():
    """Holds a perf event for as long as we live. With the first one the kernel patches its scheduler and with the last one
    back; criu's breakpoints are such events, and QEMU's processors may run what was there before (a panic in int3)."""
    dummy = struct.pack("IIQ", 1, 64, 9) + bytes(48)  # PERF_TYPE_SOFTWARE, PERF_COUNT_SW_DUMMY; 8: PERF_FLAG_FD_CLOEXEC
    if ctypes.CDLL(None, use_errno=True).syscall(298, dummy, 0, -1, -1, 8) < 0:
        raise OSError(ctypes.get_errno(), "perf_event_open")


def main():
    keep_the_scheduler_as_it_is()
    report = Report(results_port())
    report.send(line=f"booted in {time.clock_gettime(time.CLOCK_BOOTTIME):.0f} s")
    for line in pathlib.Path("order").read_text().splitlines():
        run_file(report, *line.split())
    report.send(end=True)


main()
