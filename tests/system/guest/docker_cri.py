"""containerd's CRI with berth-runtime, as a kubelet uses it: sandboxes and containers from image to removal."""

import os

import containerd
import cri
import service

CREATED, RUNNING, EXITED = 0, 1, 2
POD, NODE = 0, 2  # whose namespaces
RUNTIME_DEFAULT = 0  # a profile of seccomp


class Pods(containerd.TestCase):
    def setUp(self):
        super().setUp()
        self.call = cri.Runtime(containerd.SOCKET)
        self.addCleanup(self.call.close)

    def pod(self, namespaces=None, sysctls=(), privileged=False):
        """A sandbox, and its configuration, which CreateContainer wants once more."""
        config = {1: {1: "pod", 2: self.id(), 3: "default"}, 3: str(self.scratch),
                  8: {1: "system.slice", 2: {1: namespaces or {}, 6: int(privileged)}, 3: [{1: key, 2: value} for key, value in sysctls]}}
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

    def version(self):
        """containerd's: [1, 7] for "1.7.24~ds1"."""
        return [int(number) for number in self.call("Version", {1: "v1"})[3][0].decode().lstrip("v").split(".")[:2]]

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
        unified = [{1: "memory.high", 2: str(48 * 2**20)}]
        linux = {1: {1: 100000, 2: 50000, 3: 512, 4: 64 * 2**20, 5: 500, 9: unified}}
        container = self.container(self.pod(), "sleep", "1000000", linux=linux)
        look = ("sh", "-c", "cd /sys/fs/cgroup; cat memory.max memory.high cpu.max cpu.weight /proc/self/oom_score_adj")
        self.assertEqual(self.execute(container, *look)[1].split("\n")[:5],
                         [str(64 * 2**20), str(48 * 2**20), "50000 100000", "59", "500"])
        self.call("UpdateContainerResources", {1: container, 2: {1: 100000, 2: 70000, 4: 96 * 2**20}})
        self.assertEqual(self.execute(container, *look)[1].split("\n")[:3],
                         [str(96 * 2**20), str(48 * 2**20), "70000 100000"])
        stats = cri.decode(self.call("ContainerStats", {1: container})[1][0])
        for field in (2, 3):  # cpu and memory: a message whose field 2 is a wrapped number
            self.assertGreater(cri.decode(cri.decode(stats[field][0])[2][0])[1][0], 0)

    def test_is_confined_as_the_pod_says(self):
        context = {1: {1: ["NET_RAW"], 2: ["ALL"]}, 5: {1: 65534}, 12: {1: 7}, 7: 1, 11: 1, 15: {1: RUNTIME_DEFAULT}, 8: [3, 5]}
        container = self.container(self.pod(), "sleep", "1000000", linux={2: context})
        out = self.execute(container, "sh", "-c", "grep -E 'Uid|Gid|Groups|CapBnd|CapEff|Seccomp:|NoNewPrivs' /proc/self/status; "
                           "touch /x 2>&1; unshare -U true 2>&1; cat /proc/self/attr/current")[1]
        self.assertEqual([" ".join(line.split()) for line in out.splitlines()],
                         ["Uid: 65534 65534 65534 65534", "Gid: 7 7 7 7", "Groups: 3 5 7", "CapEff: 0000000000000000",
                          "CapBnd: 0000000000002000", "NoNewPrivs: 1", "Seccomp: 2", "touch: /x: Read-only file system",
                          "unshare: unshare(0x10000000): Operation not permitted", "cri-containerd.apparmor.d (enforce)"])

    def test_a_privileged_one_has_what_the_host_has(self):
        pod = self.pod(privileged=True)
        container = self.container(pod, "sleep", "1000000", linux={2: {2: 1}})
        out = self.execute(container, "sh", "-c", "ls /dev/vda; grep Seccomp: /proc/self/status; mount -t tmpfs t /tmp && echo mounted")
        self.assertEqual(out[1].split(), ["/dev/vda", "Seccomp:", "0", "mounted"])

    def test_a_pod_may_have_a_user_namespace_of_its_own(self):
        mapping = {1: 200000, 2: 0, 3: 65536}
        users = {5: {1: POD, 2: [mapping], 3: [mapping]}}
        container = self.container(self.pod(namespaces=users), "sleep", "1000000", linux={2: {3: users}})
        code, out, err = self.execute(container, "sh", "-c", "touch /x && stat -c %u /x; hostname; cat /proc/self/uid_map")
        passed_over = self.version() < [1, 7]  # it does not know the wish
        self.assertEqual((code, out.split()), (0, ["0", "inpod", "0", *(("0", "4294967295") if passed_over else ("200000", "65536"))]),
                         err)

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
