"""What the tests of containerd share: a daemon of their own, beside Docker's, with berth-runtime for its CRI's containers.

    class Ctr(containerd.TestCase):
        def test_runs_a_command(self):
            self.assertEqual(self.ok("run", "--rm", …))
"""

import pathlib

import busybox
import service

FOLDER = pathlib.Path("/run/berth-containerd")
SOCKET = FOLDER / "containerd.sock"
UNIT = "berth-containerd"
IMAGE = "docker.io/local/busybox:1"
CONFIG = f"""
version = 2
root = "/var/lib/berth-containerd"
state = "{FOLDER}/state"
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{IMAGE}"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "{FOLDER}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = "berth"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.berth]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.berth.options]
BinaryName = "/usr/bin/berth-runtime"
SystemdCgroup = true
"""
NETWORK = """
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.77.0.0/24", "dataDir": "/run/berth-containerd/addresses"}}]}
"""


def ctr(*arguments, **kwargs):
    return service.run("ctr", "--address", SOCKET, *arguments, **{"timeout": 240, **kwargs})


def start():
    (FOLDER / "cni").mkdir(parents=True, exist_ok=True)
    (FOLDER / "config.toml").write_text(CONFIG)
    (FOLDER / "cni/pods.conflist").write_text(NETWORK)
    if service.run("systemctl", "is-active", UNIT).returncode != 0:
        service.run("systemd-run", "--unit", UNIT, "-p", "Delegate=yes", "-p", "KillMode=process", "containerd", "--config",
                    FOLDER / "config.toml", check=True)
    for name in ("default", "k8s.io"):
        for _ in range(120):  # it has no way to say that it is there
            if ctr("-n", name, "version").returncode == 0:
                break
        # A sandbox runs the image's own command, and nothing else would keep it.
        ctr("-n", name, "images", "import", busybox.image(IMAGE, ("/bin/sleep", "1000000")), check=True)


class TestCase(service.TestCase):
    @classmethod
    def setUpClass(cls):
        """The daemon, and a first container, whose being there keeps what is made once for all of them."""
        start()
        ctr("run", "--rm", "--runc-binary", "/usr/bin/berth-runtime", "--rootfs", busybox.root(), "first", "true", check=True)

    def setUp(self):
        super().setUp()
        self.watched += ["/run/containerd/runc/default", "/run/containerd/runc/k8s.io"]
        self._before = self._look()

    def assert_nothing_left_behind(self):
        """The shim goes when the daemon has long answered, and under TCG it takes its time."""
        self.eventually(lambda: not self.left_behind(), timeout=60, message=self.left_behind)
