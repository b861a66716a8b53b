"""NOTIFY_SOCKET=vsock:CID:PORT: a hypervisor that wants to hear of its guest. Its loopback stands for the hypervisor."""

import os
import socket
import threading

import service
from service import run

LOOPBACK = 1  # VMADDR_CID_LOCAL


class Hypervisor:
    """Takes messages as a hypervisor's systemd does: one connection a message."""

    def __init__(self, kind):
        self.messages = []
        self.ports = []
        self.listener = socket.socket(socket.AF_VSOCK, kind)
        self.listener.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
        self.listener.listen(256)
        self.address = f"vsock:{LOOPBACK}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, (_, port) = self.listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while chunk := connection.recv(4096):
                    data += chunk
                self.ports.append(port)
                self.messages.append(data.decode())


class Vsock(service.TestCase):
    def setUp(self):
        super().setUp()
        if run("modprobe", "vsock_loopback").returncode != 0:
            self.skipTest("this kernel has no loopback for vsock")

    def hypervisor(self, kind):
        host = Hypervisor(kind)
        self.addCleanup(host.listener.close)
        return host, dict(os.environ, NOTIFY_SOCKET=host.address)

    def test_messages_go_by_seqpacket_or_stream_from_a_privileged_port(self):
        for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
            with self.subTest(kind=kind):
                host, env = self.hypervisor(kind)
                sent = run("berth", "notify", "send", "READY=1", "STATUS=up", env=env)
                self.assertEqual(sent.returncode, 0, sent.stderr)
                self.eventually(lambda host=host: host.messages == ["READY=1\nSTATUS=up"], message=lambda host=host: str(host.messages))
                self.assertLess(host.ports[0], 1024)

    def test_a_container_speaks_to_the_hypervisor_and_its_barriers_do_not_hang(self):
        host, env = self.hypervisor(socket.SOCK_STREAM)
        script = ("import os, socket, time\nline = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
                  "line.connect(os.environ['NOTIFY_SOCKET'])\n"
                  "for text in (b'STATUS=1', b'STATUS=2', b'READY=1'): line.send(text); time.sleep(0.2)\n"
                  "r, w = os.pipe()\nsocket.send_fds(line, [b'BARRIER=1'], [w])\nos.close(w)\nos.read(r, 1)\n")
        ran = run("berth", "run", "--rm", "--network", "none", "--rootfs", self.rootfs(), "python3", "-c", script, env=env)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.eventually(lambda: host.messages == ["STATUS=1", "STATUS=2", "READY=1"], message=lambda: str(host.messages))
        # The kernel may reset a finished connection twice, and the second reset may come late: it must not meet the next.
        self.assertEqual(len(set(host.ports)), 3, host.ports)

    def test_nobody_at_the_other_end_is_a_clear_error_and_stops_no_container(self):
        env = dict(os.environ, NOTIFY_SOCKET=f"vsock:{LOOPBACK}:4711")
        sent = run("berth", "notify", "send", "READY=1", env=env)
        self.assertEqual(sent.returncode, 125)
        self.assertIn("vsock:1:4711", sent.stderr)
        self.assertEqual(len(sent.stderr.splitlines()), 1)


if __name__ == "__main__":
    service.main()
