#!/usr/bin/python3
"""A service that does what it is told, step by step, through python3-systemd.

    notify "READY=1 STATUS=all is well"   one message of several assignments; a word without "=" belongs to the one before
    barrier            waits until the manager has processed all that came before; `barriers` counts those released
    wait NAME          until the file /tmp/NAME exists
    mark NAME          makes the file /tmp/NAME
    print TEXT         on stdout
    watchdog           sends WATCHDOG=1 every quarter of WATCHDOG_USEC until /tmp/silence exists
    serve              until SIGTERM, which is answered with STOPPING=1 and exit 0; SIGHUP with a whole reload
    endure             for ever, deaf to SIGTERM
    fork STEPS         a child that takes the steps (quoted as one argument, separated by ";") and ends
    exit N
"""

import os
import pathlib
import shlex
import signal
import socket
import sys
import time

from systemd import daemon

FLAGS = pathlib.Path("/tmp")


def notify(text):
    lines = []
    for word in text.split(" "):
        if "=" in word:
            lines.append(word.replace("NOW_USEC", str(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)))
        else:
            lines[-1] += " " + word
    daemon.notify("\n".join(lines))


def barrier(_=None):
    """As sd_notify_barrier(3): the manager closes the pipe's end once it has come to this message."""
    reading, writing = os.pipe()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
        socket.send_fds(line, [b"BARRIER=1"], [writing])
    os.close(writing)
    os.read(reading, 1)
    os.close(reading)


def wait(name):
    while not (FLAGS / name).exists():
        time.sleep(0.02)


def reload(*_):
    notify("RELOADING=1 MONOTONIC_USEC=NOW_USEC STATUS=reloading")
    while (FLAGS / "hold-reload").exists():
        time.sleep(0.02)
    notify("READY=1 STATUS=reloaded")


def stop(*_):
    notify("STOPPING=1 STATUS=stopping")
    while (FLAGS / "hold-stop").exists():
        time.sleep(0.02)
    sys.exit(0)


def serve(_=None):
    signal.signal(signal.SIGHUP, reload)
    signal.signal(signal.SIGTERM, stop)
    (FLAGS / "serving").touch()
    while True:
        signal.pause()


def endure(_=None):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (FLAGS / "enduring").touch()
    while True:
        signal.pause()


def watchdog(_=None):
    signal.signal(signal.SIGTERM, stop)
    while not (FLAGS / "silence").exists():
        notify("WATCHDOG=1")
        time.sleep(int(os.environ["WATCHDOG_USEC"]) / 4e6)


def fork(steps):
    child = os.fork()
    if child == 0:
        take([word for step in steps.split(";") for word in shlex.split(step)])
        os._exit(0)
    os.waitpid(child, 0)


STEPS = {
    "notify": notify, "wait": wait, "mark": lambda name: (FLAGS / name).touch(), "exit": lambda n: sys.exit(int(n)),
    "print": lambda text: print(text, flush=True), "fork": fork,
}
WORDLESS = {"barrier": barrier, "watchdog": watchdog, "serve": serve, "endure": endure}


def take(words):
    words = list(words)
    while words:
        step = words.pop(0)
        if step in WORDLESS:
            WORDLESS[step]()
        else:
            STEPS[step](words.pop(0))


if __name__ == "__main__":
    take(sys.argv[1:])
