"""Descriptors that a service manager gives to a container: its descriptor store across a restart, socket activation."""

import socket

import service
from service import UNITS, run

# Keeps a file in memory at the manager and finds it again after a crash.
KEEPER = """
import array, os, signal, socket
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.connect(os.environ["NOTIFY_SOCKET"])
signal.signal(signal.SIGHUP, lambda *_: os._exit(1))
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
names = os.environ.get("LISTEN_FDNAMES", "").split(":")
if os.environ.get("LISTEN_PID") == str(os.getpid()) and names == ["kept"]:
    os.lseek(3, 0, os.SEEK_SET)
    status = "found " + os.read(3, 100).decode()
else:
    kept = os.memfd_create("kept")
    os.write(kept, b"what was kept")
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [kept]))]
    line.sendmsg([b"FDSTORE=1\\nFDNAME=kept\\nFDPOLL=0"], rights)
    status = "room for " + os.environ.get("FDSTORE", "none")
line.send(b"READY=1\\nSTATUS=" + status.encode())
while True: signal.pause()
"""

# Answers one connection on the socket that it was given.
ANSWERER = """
import os, signal, socket
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
assert os.environ["LISTEN_PID"] == str(os.getpid()), os.environ
listener = socket.socket(fileno=3)
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
line.connect(os.environ["NOTIFY_SOCKET"])
line.send(b"READY=1\\nSTATUS=serving " + os.environ["LISTEN_FDNAMES"].encode())
connection, _ = listener.accept()
connection.sendall(b"hello from inside\\n")
connection.close()
while True: signal.pause()
"""


class Descriptors(service.TestCase):
    def test_a_descriptor_of_the_container_survives_a_restart_of_its_unit(self):
        unit = self.container("python3", "-c", KEEPER, flags=("--sdnotify-allow", "fdstore=2", "--network", "none"),
                              FileDescriptorStoreMax="5", Restart="on-failure", RestartSec="0")
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.becomes(unit, "NFileDescriptorStore", "1")
        self.assertTrue(unit.show("StatusText").startswith("room for "), unit.show("StatusText"))
        unit.systemctl("kill", "--kill-whom=main", "--signal=HUP")
        self.becomes(unit, "NRestarts", "1")
        self.becomes(unit, "StatusText", "found what was kept")
        self.assertEqual(unit.stop().returncode, 0)

    def test_the_store_stays_empty_unless_it_is_allowed(self):
        unit = self.container("python3", "-c", KEEPER, flags=("--network", "none"), FileDescriptorStoreMax="5")
        started = unit.start()
        self.assertEqual(started.returncode, 0, started.stderr + unit.journal())
        self.assertEqual(unit.show("StatusText"), "room for none")
        self.assertEqual(unit.show("NFileDescriptorStore"), "0")

    def test_a_socket_of_the_manager_is_served_inside(self):
        unit = self.container("python3", "-c", ANSWERER, flags=("--network", "none"))
        path = UNITS / f"{unit.name}.socket"
        address = self.scratch / "web.sock"
        path.write_text(f"[Socket]\nListenStream={address}\nFileDescriptorName=web\n")
        self.addCleanup(lambda: (run("systemctl", "stop", path.name), path.unlink(missing_ok=True),
                                 run("systemctl", "daemon-reload")))
        run("systemctl", "daemon-reload", check=True)
        run("systemctl", "start", path.name, check=True)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(60)
            client.connect(str(address))
            self.assertEqual(client.recv(100), b"hello from inside\n", unit.journal())
        self.assertEqual(unit.show("StatusText"), "serving web")
        run("systemctl", "stop", path.name)
        self.assertEqual(unit.stop().returncode, 0)


if __name__ == "__main__":
    service.main()
