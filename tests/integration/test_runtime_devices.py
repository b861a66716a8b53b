"""berth-runtime, black box: interfaces of the host that become the container's (linux.netDevices)."""

import json
import pathlib
import subprocess
import unittest

import runtime_bundle


def ip(*args, check=True):
    return subprocess.run(["ip", *args], check=check, capture_output=True, text=True)


class NetDevices(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        suffix = self.scratch.name[-6:].replace("_", "-")
        self.names = [f"bt{letter}{suffix}" for letter in "ab"]
        for name in self.names:
            self.addCleanup(ip, "link", "delete", name, check=False)
        self.make_pair()
        ip("link", "set", self.names[0], "mtu", "1400", "address", "02:00:00:00:00:07")
        ip("address", "add", "192.0.2.7/24", "brd", "192.0.2.255", "dev", self.names[0])
        ip("address", "add", "2001:db8::7/64", "dev", self.names[0])

    def make_pair(self):
        made = ip("link", "add", self.names[0], "type", "veth", "peer", "name", self.names[1], check=False)
        if made.returncode != 0:
            self.skipTest(made.stderr)

    def here(self, name):
        return ip("link", "show", name, check=False).returncode == 0

    def interfaces(self):
        """Those of the running container, as ip(8) has them."""
        pid = self.state()["pid"]
        text = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", "ip", "-json", "address"], check=True,
                              capture_output=True, text=True).stdout
        return {link["ifname"]: link for link in json.loads(text)}

    def run_container(self, devices, **kwargs):
        self.bundle(["sleep", "100"], linux={"netDevices": devices}, **kwargs)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def test_move_with_name_addresses_and_attributes(self):
        self.run_container({self.names[0]: {"name": "eth0"}, self.names[1]: {}})
        found = self.interfaces()
        self.assertEqual(set(found), {"lo", "eth0", self.names[1]})
        eth0 = found["eth0"]
        self.assertEqual((eth0["mtu"], eth0["address"]), (1400, "02:00:00:00:00:07"))
        self.assertIn("UP", eth0["flags"])
        addresses = {(a["local"], a["prefixlen"]) for a in eth0["addr_info"] if a["scope"] == "global"}
        self.assertEqual(addresses, {("192.0.2.7", 24), ("2001:db8::7", 64)})
        self.assertFalse(self.here(self.names[0]))
        self.assertFalse(self.here(self.names[1]))

    def test_are_there_before_the_sysctls_are_set(self):
        self.bundle(["cat", "/proc/sys/net/ipv4/conf/eth0/forwarding"],
                    linux={"netDevices": {self.names[0]: {"name": "eth0"}},
                           "sysctl": {"net.ipv4.conf.eth0.forwarding": "1"}})
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout, "1\n")

    def test_come_back_when_one_of_them_cannot_go(self):
        for devices, words in (({self.names[0]: {}, "nosuch0": {}}, "No such device"),
                               ({self.names[0]: {}, self.names[1]: {"name": "lo"}}, "File exists")):
            with self.subTest(words):
                self.bundle(["true"], linux={"netDevices": devices})
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                self.assertEqual(result.returncode, 1)
                self.assertIn(words, result.stderr)
                self.assertIn(f'linux.netDevices["{list(devices)[1]}"]', result.stderr)
                self.assertTrue(self.here(self.names[0]))
                self.assertTrue(self.here(self.names[1]))
                self.assertIn("192.0.2.7/24", ip("address", "show", self.names[0]).stdout)
                self.assert_nothing_left()

    def test_go_into_a_namespace_that_is_there_already(self):
        name = f"berth-{self.scratch.name[-6:]}"
        ip("netns", "add", name)
        self.addCleanup(ip, "netns", "delete", name)
        config = self.bundle(["cat", "/sys/class/net/eth7/mtu"],
                             linux={"netDevices": {self.names[0]: {"name": "eth7"}}})
        for ns in config["linux"]["namespaces"]:
            if ns["type"] == "network":
                ns["path"] = f"/run/netns/{name}"
        self.write_config(config)
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout, "1400\n")
        text = pathlib.Path("/proc/net/dev").read_text()
        self.assertNotIn(self.names[0], text)


@unittest.skipIf(pathlib.Path("/sys/fs/resctrl/schemata").exists(), "this machine has it")
class IntelRdt(runtime_bundle.TestCase):
    def test_is_refused_where_there_is_no_resctrl(self):
        self.bundle(["true"], linux={"intelRdt": {"closID": "group", "l3CacheSchema": "L3:0=f"}})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("linux.intelRdt: expected a resctrl filesystem", result.stderr)
        self.assert_nothing_left()


class Labels(runtime_bundle.TestCase):
    @unittest.skipIf(pathlib.Path("/sys/fs/selinux/enforce").exists(), "this machine has SELinux")
    def test_of_selinux_are_refused_where_it_is_not_on(self):
        for kwargs, member in (({"linux": {"mountLabel": "system_u:object_r:x:s0"}}, "linux.mountLabel"),
                               ({"process": {"selinuxLabel": "system_u:system_r:x:s0"}}, "process.selinuxLabel")):
            with self.subTest(member):
                self.bundle(["true"], **kwargs)
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"{member}: expected none, as SELinux is not on here", result.stderr)
                self.assert_nothing_left()


class MemoryPolicy(runtime_bundle.TestCase):
    def test_is_set(self):
        for policy, expected in (({"mode": "MPOL_BIND", "nodes": "0"}, "bind:0"),
                                 ({"mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]},
                                  "interleave=static:0"), ({"mode": "MPOL_DEFAULT"}, "default")):
            with self.subTest(policy):
                self.bundle(["cat", "/proc/self/numa_maps"], linux={"memoryPolicy": policy})
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                if "Function not implemented" in result.stderr or "No such file" in result.stderr:
                    self.skipTest("a kernel without NUMA")
                self.assertEqual(result.returncode, 0, result)
                self.assertIn(f" {expected} ", result.stdout)

    def test_for_nodes_that_are_not_there_is_an_error(self):
        self.bundle(["true"], linux={"memoryPolicy": {"mode": "MPOL_BIND", "nodes": "1000"}})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("memory policy", result.stderr)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
