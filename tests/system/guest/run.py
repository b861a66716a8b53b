"""Runs the test files named in `order` (each with its arguments) one after another and streams what they print.

One JSON object a line goes to the virtio-serial port: {"file", "line"} while a file runs, {"file", "status", "seconds"}
when it has ended, {"end": true} at last. The host side is run.py in tests/system.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

TIME_LIMIT = 1200  # seconds a file may take, on a busy host too; a hang is one file's failure, not the machine's
if pathlib.Path("soak").exists():  # the host's BERTH_SOAK: full counts
    os.environ["BERTH_SOAK"] = "1"
    TIME_LIMIT = 6 * 3600


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


def run_file(report, name, *arguments):
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-B", "-u", f"{name}.py", *arguments], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
                               start_new_session=True)
    timer = threading.Timer(TIME_LIMIT, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    for line in process.stdout:
        report.send(file=name, line=line.rstrip("\n"))
    status = process.wait()
    timed_out = not timer.is_alive()
    timer.cancel()
    if timed_out:
        report.send(file=name, line=f"{name} was killed: it took longer than {TIME_LIMIT} s")
    report.send(file=name, status=status, seconds=round(time.monotonic() - began, 1))


def main():
    report = Report(results_port())
    report.send(line=f"booted in {time.clock_gettime(time.CLOCK_BOOTTIME):.0f} s")
    for line in pathlib.Path("order").read_text().splitlines():
        run_file(report, *line.split())
    report.send(end=True)


main()
