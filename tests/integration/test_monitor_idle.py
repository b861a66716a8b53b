"""A monitor that has nothing to do makes no system call, whatever it watches. A short look, unless BERTH_SOAK is set: then a
minute of each (`./dev soak`).

OOM watching needs a memory controller in cgroup2: tests/system/guest/test_oom.py.
"""

import os
import pathlib
import signal
import subprocess
import time

import monitored
from test_monitor_notify import NotifyCase

SECONDS = 60 if "BERTH_SOAK" in os.environ else 3


class Idle(NotifyCase):
    def switches(self, pid):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return [line for line in status.splitlines() if "ctxt_switches" in line]

    def settle(self, pid):
        """Until it has slept for as long as its own timers run: what the start has left is done."""
        def still():
            before = self.switches(pid)
            time.sleep(2.5)
            return self.switches(pid) == before
        self.eventually(still)

    def calls(self, pid):
        """The system calls that it makes from now on, without the wait that it is in."""
        trace = self.scratch / "trace"
        tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, "-p", str(pid)], stderr=subprocess.DEVNULL)
        try:
            self.eventually(lambda: trace.exists() and trace.read_text())  # the wait, interrupted by strace
            time.sleep(SECONDS)
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
        lines = trace.read_text().splitlines()
        return [line for line in lines if not line.split(maxsplit=1)[1].startswith(("epoll_wait(", "epoll_pwait("))], lines

    def assert_sleeps(self, container):
        self.settle(container.monitor_pid)
        calls, lines = self.calls(container.monitor_pid)
        self.assertEqual(calls, [])
        self.assertLessEqual(len(lines), 2, lines)

    def idle_container(self, name, terminal):
        container = self.notifier("berth notify send READY=1; echo up; exec sleep 1000", name=name, terminal=terminal)
        container.create("--stdin", "--leave-stdin-open", "--sdnotify-socket", self.host_path,
                         *(["--terminal"] if terminal else []))
        client = container.attach()
        container.start()
        self.assertEqual(client.recv(100).strip(), b"\x02up")
        self.assertEqual(self.heard(), [["READY=1"]])
        return container

    def test_with_pipes_a_client_and_the_notify_socket_it_sleeps(self):
        self.assert_sleeps(self.idle_container("pipes", terminal=False))

    def test_with_a_terminal_a_client_and_the_notify_socket_it_sleeps(self):
        self.assert_sleeps(self.idle_container("terminal", terminal=True))

    def test_alone_it_sleeps(self):
        container = self.container(["sleep", "1000"])
        container.create()
        container.start()
        self.assert_sleeps(container)


if __name__ == "__main__":
    monitored.main()
