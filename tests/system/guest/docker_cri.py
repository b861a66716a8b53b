"""containerd's CRI with berth-runtime, as a kubelet uses it: sandboxes and containers from image to removal."""

import os

import containerd
import cri
import service

CREATED, RUNNING, EXITED = 0, 1, 2
NODE = 2  # the host's network namespace


class Pods(containerd.TestCase):
    def setUp(self):
        super().setUp()
        self.call = cri.Runtime(containerd.SOCKET)
        self.addCleanup(self.call.close)

    def pod(self, namespaces=None, sysctls=()):
        """A sandbox, and its configuration, which CreateContainer wants once more."""
        config = {1: {1: "pod", 2: self.id(), 3: "default"}, 3: str(self.scratch),
                  8: {1: "system.slice", 2: {1: namespaces or {}}, 3: [{1: key, 2: value} for key, value in sysctls]}}
        if (namespaces or {}).get(1) != NODE:
            config[2] = "inpod"
        pod = self.call("RunPodSandbox", {1: config})[1][0].decode()
        self.addCleanup(self.call, "RemovePodSandbox", {1: pod})
        self.addCleanup(self.call, "StopPodSandbox", {1: pod})
        return pod, config

    def container(self, pod, *command, linux=None, name="web", start=True, fields=None):
        identity, config = pod
        wanted = {1: {1: name}, 2: {1: containerd.IMAGE}, 3: list(command), 11: f"{name}.log", 15: linux or {},
                  **(fields or {})}
        container = self.call("CreateContainer", {1: identity, 2: wanted, 3: config})[1][0].decode()
        if start:
            self.call("StartContainer", {1: container})
        return container

    def status(self, container):
        return cri.decode(self.call("ContainerStatus", {1: container})[1][0])

    def state(self, container):
        return self.status(container).get(3, [CREATED])[0]

    def execute(self, container, *command):
        """Exit code, output and errors of a command inside."""
        answer = self.call("ExecSync", {1: container, 2: list(command), 3: 200})
        return answer.get(3, [0])[0], answer.get(1, [b""])[0].decode(), answer.get(2, [b""])[0].decode()

    def test_a_container_goes_from_created_to_removed(self):
        container = self.container(self.pod(), "sh", "-c", "trap 'exit 4' TERM; echo up; sleep 1000000 & wait",
                                   start=False)
        self.assertEqual(self.state(container), CREATED)
        self.call("StartContainer", {1: container})
        self.assertEqual(self.state(container), RUNNING)
        log = self.scratch / "web.log"
        self.eventually(lambda: log.exists() and log.read_text().endswith(" stdout F up\n"), timeout=120)
        self.assertEqual(self.execute(container, "sh", "-c", "hostname; echo err >&2; exit 9"), (9, "inpod\n", "err\n"))
        with self.assertRaises(Exception) as missing:
            self.execute(container, "nosuch")
        self.assertIn("executable file not found", str(missing.exception))
        self.call("StopContainer", {1: container, 2: 200})
        self.assertEqual((self.state(container), self.status(container)[7][0]), (EXITED, 4))
        self.call("RemoveContainer", {1: container})
        with self.assertRaises(Exception):
            self.status(container)

    def test_a_command_that_is_missing_fails_the_start_with_128(self):
        container = self.container(self.pod(), "/no/such", start=False)
        with self.assertRaises(Exception) as refused:
            self.call("StartContainer", {1: container})
        self.assertIn("no such file or directory", str(refused.exception))
        self.assertEqual((self.state(container), self.status(container)[7][0]), (EXITED, 128))

    def test_limits_hold_are_updated_and_counted(self):
        linux = {1: {1: 100000, 2: 50000, 3: 512, 4: 64 * 2**20, 5: 500}}
        container = self.container(self.pod(), "sleep", "1000000", linux=linux)
        look = ("sh", "-c", "cd /sys/fs/cgroup; cat memory.max cpu.max cpu.weight /proc/self/oom_score_adj")
        self.assertEqual(self.execute(container, *look)[1].split("\n")[:4], [str(64 * 2**20), "50000 100000", "59", "500"])
        self.call("UpdateContainerResources", {1: container, 2: {1: 100000, 2: 70000, 4: 96 * 2**20}})
        self.assertEqual(self.execute(container, *look)[1].split("\n")[:2], [str(96 * 2**20), "70000 100000"])
        stats = cri.decode(self.call("ContainerStats", {1: container})[1][0])
        for field in (2, 3):  # cpu and memory: a message whose field 2 is a wrapped number
            self.assertGreater(cri.decode(cri.decode(stats[field][0])[2][0])[1][0], 0)

    def test_an_oom_kill_is_the_reason(self):
        linux = {1: {4: 24 * 2**20}}
        container = self.container(self.pod(), "sh", "-c", "tail /dev/zero", linux=linux)
        self.eventually(lambda: self.state(container) == EXITED, timeout=120)
        self.eventually(lambda: self.status(container).get(10, [b""])[0] == b"OOMKilled", timeout=120,
                        message=lambda: str(self.status(container)))
        self.assertEqual(self.status(container)[7][0], 137)

    def test_containers_of_a_pod_share_its_namespaces(self):
        pod = self.pod(namespaces={2: 0}, sysctls=[("kernel.shm_rmid_forced", "1")])  # one pid namespace a pod
        first = self.container(pod, "sleep", "1000000")
        second = self.container(pod, "sleep", "2000000", name="other", linux={2: {3: {2: 0}, 5: {1: 65534}}})
        look = "readlink /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts"
        self.assertEqual(self.execute(first, "sh", "-c", look), self.execute(second, "sh", "-c", look))
        self.assertEqual(self.execute(second, "sh", "-c", "id -u; cat /proc/sys/kernel/shm_rmid_forced")[1], "65534\n1\n")

    def test_a_pod_has_an_address_of_its_own(self):
        own = self.container(self.pod(), "sleep", "1000000")
        self.assertIn("inet 10.77.0.", self.execute(own, "ip", "address")[1])

    def test_a_pod_may_have_the_hosts_network_and_a_container_a_read_only_mount(self):
        pod = self.pod(namespaces={1: NODE, 2: NODE, 3: NODE})
        container = self.container(pod, "sleep", "1000000", linux={2: {3: {1: NODE, 2: NODE, 3: NODE}}},
                                   fields={7: [{1: "/data", 2: str(self.scratch), 3: 1}], 6: [{1: "A", 2: "b"}], 5: "/tmp"})
        code, out, _ = self.execute(container, "sh", "-c", "readlink /proc/self/ns/net; pwd; echo $A; touch /data/x 2>&1")
        self.assertEqual(out.split("\n")[:3], [os.readlink("/proc/self/ns/net"), "/tmp", "b"])
        self.assertEqual((code, "Read-only file system" in out), (1, True))


if __name__ == "__main__":
    service.main()
