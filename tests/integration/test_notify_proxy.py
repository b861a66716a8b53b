"""The sd_notify line with real processes: payloads in pid and time namespaces of their own, honest and hostile, and
hosts that are slow, full, or gone. The proxy runs alone (tests/programs/notify_proxy.cc)."""

import array
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest

import harness

PROGRAMS = pathlib.Path(os.environ.get("BERTH_TEST_PROGRAMS", harness.BIN.parent / "release" / "tests"))

# What a payload sends: a tiny client, so that each datagram is exactly what the test says.
CLIENT = """
import array, os, socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ["NOTIFY_SOCKET"])
def send(data, fds=()):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([data if isinstance(data, bytes) else data.encode()], rights)
def barrier():
    read_end, write_end = os.pipe()
    send("BARRIER=1", [write_end])
    os.close(write_end)
    return read_end
def wait(read_end):
    os.read(read_end, 1)
"""


class Host:
    """A service manager's end that reads only when it is told to."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

    def receive(self, timeout=60):
        """The next message as (text, descriptors, pid of the sender); None after `timeout`."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return None
        data, ancillary, _, _ = self.socket.recvmsg(8192, 8192)
        fds, pid = [], None
        for _, kind, content in ancillary:
            if kind == socket.SCM_RIGHTS:
                fds = list(array.array("i", content))
            elif kind == socket.SCM_CREDENTIALS:
                pid = array.array("i", content)[0]
        return data.decode(errors="replace"), fds, pid

    def close(self):
        self.socket.close()
        self.path.unlink(missing_ok=True)


class TheProxy(harness.TestCase):
    def setUp(self):
        super().setUp()
        if not (PROGRAMS / "notify_proxy").exists():
            self.skipTest(f"{PROGRAMS / 'notify_proxy'} is not built")
        self.host = Host(self.scratch / "host.sock")
        self.addCleanup(lambda: self.host.close())
        self.path = self.scratch / "notify.sock"

    def start_proxy(self, *args, host=True):
        env = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
        if host:
            env["NOTIFY_SOCKET"] = str(self.host.path)
        self.log = open(self.scratch / "proxy.log", "w+")
        self.addCleanup(self.log.close)
        self.proxy = subprocess.Popen([PROGRAMS / "notify_proxy", self.path, *args], env=env, text=True,
                                      stdout=subprocess.PIPE, stderr=self.log)
        self.addCleanup(self._end, self.proxy)
        self.assertEqual(self.proxy.stdout.readline(), "bound\n")

    def stop_proxy(self):
        """What the proxy has counted, by name; its last barrier is answered."""
        self.proxy.send_signal(signal.SIGTERM)
        late = []
        while self.proxy.poll() is None:
            message = self.host.receive(0.05)
            if message is not None:
                late.append(message[0])
                for fd in message[1]:
                    os.close(fd)
        out = self.proxy.stdout.read()
        counts = {}
        for line in out.splitlines():
            words = line.split(" ", 2)
            if words[0] == "dropped":
                counts[words[2]] = int(words[1].rstrip(":"))
            elif len(words) > 1:
                counts[words[0]] = words[1]
        counts["log"] = pathlib.Path(self.log.name).read_text()
        return counts, [text for text in late if text != "BARRIER=1"]

    def client(self, script, *wrapper, **kwargs):
        """A payload's process; ended with the test."""
        env = dict(os.environ, NOTIFY_SOCKET=str(self.path))
        process = subprocess.Popen([*map(str, wrapper), sys.executable, "-B", "-c", CLIENT + script], env=env, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, **kwargs)
        self.addCleanup(self._end, process)
        return process

    def run_client(self, script, *wrapper):
        process = self.client(script, *wrapper)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, out)
        return out

    # The table of what passes.

    def test_all_that_gives_no_power_passes_and_the_rest_is_kept_back(self):
        self.start_proxy()
        passing = ["READY=1", "RELOADING=1", "STOPPING=1", "STATUS=Läuft", "ERRNO=2", "BUSERROR=a.b", "VARLINKERROR=a.b",
                   "EXIT_STATUS=3", "WATCHDOG=1", "WATCHDOG=trigger", "WATCHDOG_USEC=5", "EXTEND_TIMEOUT_USEC=6",
                   "RELOADING=1\nMONOTONIC_USEC=7", "X_SYSTEMD_UNIT_ACTIVE=x"]
        withheld = ["MAINPID=1", "MAINPIDFDID=5", "NOTIFYACCESS=all", "FDSTORE=1\nFDNAME=x", "FDSTOREREMOVE=1\nFDNAME=x", "LATER=1"]
        lines = [line for pair in zip(passing, withheld + [""] * len(passing)) for line in pair if line]
        self.run_client(f"for line in {lines!r}: send(line)")
        self.assertEqual([self.host.receive()[0] for _ in passing], passing)
        counts, late = self.stop_proxy()
        self.assertEqual(late, [])
        self.assertEqual(counts["nothing left that the policy lets pass"], len(withheld))

    @unittest.skipUnless(shutil.which("systemd-notify"), "systemd-notify is not installed")
    def test_systemds_own_client_waits_for_the_host_through_the_proxy(self):
        self.start_proxy()
        env = dict(os.environ, NOTIFY_SOCKET=str(self.path))
        client = subprocess.Popen(["systemd-notify", "--ready", "--status=up"], env=env)
        self.addCleanup(lambda: client.poll() is None and client.kill())
        text, _, _ = self.host.receive()
        self.assertEqual(sorted(text.split("\n")), ["READY=1", "STATUS=up"])
        text, fds, _ = self.host.receive()
        self.assertEqual((text, len(fds)), ("BARRIER=1", 1))
        self.assertIsNone(client.poll())
        os.close(fds[0])
        self.assertEqual(client.wait(timeout=60), 0)

    # Barriers.

    def test_a_barrier_is_released_only_after_a_slow_host_has_read_all_that_came_before(self):
        self.start_proxy()
        client = self.client("for i in range(40): send(f'STATUS={i}')\nwait(barrier())\nprint('released', flush=True)\ninput()")
        for i in range(40):
            self.assertEqual(self.host.receive()[0], f"STATUS={i}")
            self.assertEqual(select.select([client.stdout], [], [], 0.01)[0], [], "released before the host had read all")
        text, fds, _ = self.host.receive()
        self.assertEqual((text, len(fds)), ("BARRIER=1", 1))
        self.assertEqual(select.select([client.stdout], [], [], 0.2)[0], [], "released while the host still works")
        os.close(fds[0])
        self.assertEqual(client.stdout.readline(), "released\n")

    def test_a_barrier_that_breaks_the_protocol_or_goes_nowhere_is_released_at_once(self):
        script = """
r, w = os.pipe()
send("BARRIER=1\\nREADY=1", [w]); os.close(w); wait(r)
r, w = os.pipe()
send("BARRIER=1", [w, w]); os.close(w); wait(r)
"""
        self.start_proxy()
        self.run_client(script)
        counts, late = self.stop_proxy()
        self.assertEqual(late, [])
        self.assertEqual(counts["BARRIER=1 not alone, or not with exactly one descriptor"], 2)
        for args in (("--mode=ignore",), ("--mode=conmon",)):
            with self.subTest(args=args):
                self.start_proxy(*args)
                self.run_client("send('READY=1')\nwait(barrier())")
                self.assertEqual(self.stop_proxy()[1], [])
        self.start_proxy(host=False)
        self.run_client("send('READY=1')\nwait(barrier())")
        self.stop_proxy()

    # Bad input.

    def test_bad_datagrams_are_dropped_and_counted_and_the_next_good_one_passes(self):
        self.start_proxy()
        self.run_client("""
send(b"")
send(b"x" * 4097)
send(b"READY=1\\0STATUS=x")
send(b"\\xff" * 100)
send(b"STATUS=" + b"y" * 4089)
send(b"STATUS=good\\0")
""")
        self.assertEqual(self.host.receive()[0], "STATUS=" + "y" * 4089)
        self.assertEqual(self.host.receive()[0], "STATUS=good")
        counts, late = self.stop_proxy()
        self.assertEqual(late, [])
        for reason in ("empty", "longer than 4096 bytes", "a NUL inside", "nothing that a service manager understands"):
            self.assertEqual(counts[reason], 1, reason)
        self.assertEqual(counts["status"], "good")

    def test_253_descriptors_that_nobody_wants_are_closed(self):
        self.start_proxy()
        self.run_client("""
r, w = os.pipe()
for i in range(20): send("FDSTORE=1\\nSTATUS=%d" % i, [w] * 253)
os.close(w); wait(r)
""")
        for i in range(20):
            self.assertEqual(self.host.receive()[:2], (f"STATUS={i}", []))
        self.assertLess(len(os.listdir(f"/proc/{self.proxy.pid}/fd")), 15)

    def test_stored_descriptors_pass_within_their_quota(self):
        self.start_proxy("--allow=fdstore=253")
        self.run_client("""
f = os.memfd_create("kept"); os.write(f, b"state")
send("FDSTORE=1\\nFDNAME=kept", [f] * 253)
send("FDSTORE=1\\nFDNAME=more", [f])
send("FDSTOREREMOVE=1\\nFDNAME=kept")
send("FDSTORE=1\\nFDNAME=more\\nFDPOLL=0", [f])
""")
        text, fds, _ = self.host.receive()
        self.assertEqual((text, len(fds)), ("FDSTORE=1\nFDNAME=kept", 253))
        self.assertEqual(os.pread(fds[0], 100, 0), b"state")
        for fd in fds:
            os.close(fd)
        self.assertEqual(self.host.receive()[0], "FDSTOREREMOVE=1\nFDNAME=kept")
        text, fds, _ = self.host.receive()
        self.assertEqual((text, len(fds)), ("FDSTORE=1\nFDNAME=more\nFDPOLL=0", 1))
        os.close(fds[0])
        self.assertEqual(self.stop_proxy()[0]["stored"], "1")

    def test_a_flood_costs_bounded_memory_and_loses_nothing_while_the_host_reads(self):
        self.start_proxy()
        client = self.client("for i in range(20000): send('STATUS=%d' % i)\nsend('READY=1')")
        expected = 0
        while True:
            text = self.host.receive()[0]
            if text == "READY=1":
                break
            self.assertEqual(text, f"STATUS={expected}")
            expected += 1
        self.assertEqual(expected, 20000)
        self.assertEqual(client.wait(timeout=60), 0)
        if b"__asan_init" in (PROGRAMS / "notify_proxy").read_bytes():
            return  # the sanitizer's own memory would be measured
        status = pathlib.Path(f"/proc/{self.proxy.pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        if not harness.SANITIZED:
            self.assertLess(peak, 8192, "kB")

    def test_a_host_that_never_reads_wedges_neither_payload_nor_proxy_and_is_reported(self):
        self.start_proxy()
        # More than both queues hold: the senders block, then the proxy's patience ends and it drops.
        self.run_client("for i in range(200): send('STATUS=' + 'z' * 2000)\nsend('READY=1')")
        counts, late = self.stop_proxy()
        self.assertGreater(counts["the host did not read in time"], 0)
        self.assertEqual(counts["log"].count("dropped a message of the container: the host did not read in time"), 1)
        self.assertIn("READY=1", late, "what matters has room left in the queue")

    # The host comes and goes.

    def test_a_host_that_is_gone_is_reported_once_and_found_again(self):
        self.start_proxy()
        self.run_client("send('STATUS=1')")
        self.assertEqual(self.host.receive()[0], "STATUS=1")
        self.host.close()
        self.run_client("for i in range(5): send('STATUS=lost')\nwait(barrier())")
        self.host = Host(self.host.path)
        self.run_client("send('STATUS=2')")
        self.assertEqual(self.host.receive()[0], "STATUS=2")
        counts, _ = self.stop_proxy()
        self.assertEqual(counts["log"].count("does not listen, messages to it are lost"), 1)
        self.assertEqual(counts["log"].count("listens again"), 1)
        self.assertEqual(counts["no host is listening"], 6)

    def test_last_words_that_wait_in_the_socket_are_sent_at_the_end(self):
        self.start_proxy()
        os.kill(self.proxy.pid, signal.SIGSTOP)
        self.run_client("send('STATUS=bye')\nsend('STOPPING=1')")
        os.kill(self.proxy.pid, signal.SIGCONT)
        self.assertEqual(self.stop_proxy()[1], ["STATUS=bye", "STOPPING=1"])


@unittest.skipUnless(os.geteuid() == 0, "needs root to make namespaces")
class APayloadInItsNamespaces(TheProxy):
    """The same again, and more, from inside of a pid namespace."""

    IN_NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")

    def run_client(self, script, *wrapper):
        return super().run_client(script, *(wrapper or self.IN_NAMESPACE))

    def payload(self, script, *flags):
        """A payload that sends `script` once the proxy knows its namespace; returns its process and its first pid."""
        payload = self.client("sys.stdin.readline()\n" + script, *self.IN_NAMESPACE, *flags)
        children = pathlib.Path(f"/proc/{payload.pid}/task/{payload.pid}/children")
        init = self.eventually(lambda: children.read_text().split())[0]
        ours = os.readlink("/proc/self/ns/pid")
        self.eventually(lambda: os.readlink(f"/proc/{init}/ns/pid") != ours)
        return payload, int(init)

    def go(self, payload):
        payload.stdin.write("\n")
        payload.stdin.flush()

    def test_a_main_pid_is_translated_to_the_hosts_number(self):
        payload, init = self.payload("send('READY=1\\nMAINPID=%d' % os.getpid())\ninput()")
        self.start_proxy("--allow=mainpid", f"--init={init}")
        self.go(payload)
        self.assertEqual(self.host.receive()[0], f"READY=1\nMAINPID={init}")

    def test_a_forged_main_pid_does_not_reach_the_host(self):
        payload, init = self.payload(f"for pid in (2, 77, {os.getpid()}): send('READY=1\\nMAINPID=%d' % pid)\ninput()")
        self.start_proxy("--allow=mainpid", f"--init={init}")
        self.go(payload)
        for _ in range(3):
            self.assertEqual(self.host.receive()[0], "READY=1")

    def test_a_pidfd_of_the_payload_passes_and_any_other_descriptor_does_not(self):
        payload, init = self.payload("send('MAINPIDFD=1', [os.open('/dev/null', os.O_RDONLY)])\n"
                                     "send('MAINPIDFD=1', [os.pidfd_open(os.getpid())])\ninput()")
        self.start_proxy("--allow=mainpid", f"--init={init}")
        self.go(payload)
        text, fds, _ = self.host.receive()
        self.assertEqual((text, len(fds)), ("MAINPIDFD=1", 1))
        info = pathlib.Path(f"/proc/self/fdinfo/{fds[0]}").read_text()
        self.assertIn(f"Pid:\t{init}\n", info)
        os.close(fds[0])

    def test_a_process_outside_of_the_container_is_not_heard(self):
        payload, init = self.payload("send('STATUS=inside')\ninput()")
        self.start_proxy(f"--init={init}")
        outside = self.client("send('READY=1')\nwait(barrier())\nprint('released', flush=True)\ninput()")
        self.assertEqual(outside.stdout.readline(), "released\n")
        self.go(payload)
        self.assertEqual(self.host.receive()[0], "STATUS=inside")
        counts, late = self.stop_proxy()
        self.assertEqual(late, [])
        self.assertEqual(counts["sent by a process that is not of the container"], 2)

    def test_a_sender_that_has_ended_is_heard_save_for_its_pid(self):
        payload, init = self.payload("sys.stdin.readline()")
        self.start_proxy("--allow=mainpid", f"--init={init}")
        os.kill(self.proxy.pid, signal.SIGSTOP)
        super().run_client("send('STATUS=short-lived')")
        os.kill(self.proxy.pid, signal.SIGCONT)
        self.assertEqual(self.host.receive()[0], "STATUS=short-lived")

    def test_notify_access_and_descriptors_pass_only_when_allowed(self):
        self.start_proxy("--allow=notifyaccess")
        self.run_client("send('NOTIFYACCESS=all')\nsend('NOTIFYACCESS=everyone')")
        self.assertEqual(self.host.receive()[0], "NOTIFYACCESS=all")
        self.assertEqual(self.stop_proxy()[1], [])

    def test_the_timestamp_of_a_reload_is_shifted_out_of_a_time_namespace(self):
        payload, init = self.payload(
            "send('RELOADING=1\\nMONOTONIC_USEC=%d' % (time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000))\ninput()",
            "--time", "--monotonic", "100000")
        self.start_proxy(f"--init={init}")
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.go(payload)
        text, _, _ = self.host.receive()
        usec = int(text.partition("MONOTONIC_USEC=")[2])
        self.assertLessEqual(before, usec)
        self.assertLessEqual(usec, time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)

    def test_any_uid_of_the_container_may_write(self):
        self.scratch.chmod(0o711)
        self.start_proxy()
        self.run_client("os.setgid(12345); os.setuid(12345)\ns = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                        "s.connect(os.environ['NOTIFY_SOCKET'])\nsend('READY=1')")
        self.assertEqual(self.host.receive()[0], "READY=1")


if __name__ == "__main__":
    unittest.main()
