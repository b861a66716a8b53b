"""The limits of docker_limits once more, by a daemon that makes its cgroups itself, and user namespaces."""

import os
import pathlib

import docker_limits
import service


class Cgroupfs(docker_limits.Limits):
    driver = "cgroupfs"
    cgroup_of = "docker/{}"
    settings = {"exec-opts": ["native.cgroupdriver=cgroupfs"], "userns-remap": "nobody:nogroup"}

    @classmethod
    def setUpClass(cls):
        for file in ("/etc/subuid", "/etc/subgid"):
            pathlib.Path(file).write_text("nobody:100000:65536\n")
        super().setUpClass()

    def test_devices_are_those_that_are_given(self):
        """The host's own node, with its owner, whom the container's root is not; and it can make none."""
        number = os.stat("/dev/vdb").st_rdev
        self.start("--device", "/dev/vdb:/dev/given:r", "busybox", "sleep", "100000")
        out = self.ok("exec", "box", "sh", "-c", "stat -c %t:%T /dev/given; head -c 1 /dev/given 2>&1; mknod /tmp/vda b 254 0 2>&1; true")
        self.assertEqual(out.splitlines(), [f"{os.major(number):x}:{os.minor(number):x}", "head: /dev/given: Permission denied",
                                            "mknod: /tmp/vda: Operation not permitted"])

    def test_root_inside_is_nobody_outside(self):
        self.start("busybox", "sleep", "100000")
        pid = self.inspect()["State"]["Pid"]
        self.assertEqual(pathlib.Path(f"/proc/{pid}/uid_map").read_text().split(), ["0", "100000", "65536"])
        self.assertEqual(self.ok("exec", "box", "sh", "-c", "id -u; touch /here && stat -c '%A %u' /here"),
                         "0\n-rw-r--r-- 0")


if __name__ == "__main__":
    service.main()
