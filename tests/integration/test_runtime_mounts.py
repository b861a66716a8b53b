"""berth-runtime, black box: mounts, devices, masked and read-only paths, namespaces."""

import json
import os
import pathlib
import subprocess
import unittest

import runtime_bundle


class Mounts(runtime_bundle.TestCase):
    def mountinfo(self, destination, **kwargs):
        """(options of the mount, fields of propagation, type, options of the filesystem)"""
        for line in self.output(["cat", "/proc/self/mountinfo"], **kwargs).splitlines():
            left, right = line.split(" - ")
            fields = left.split()
            if fields[4] == destination:
                return fields[5].split(","), fields[6:], right.split()[0], right.split()[2].split(",")
        self.fail(f"nothing is mounted at {destination}")

    def test_each_option_becomes_its_attribute(self):
        options = ["rbind", "ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"]
        found, _, _, _ = self.mountinfo("/out", mounts=[self.shared_mount(options=options)])
        self.assertEqual(set(found), {"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow"})

    def test_the_last_of_two_contrary_options_counts(self):
        found, _, _, _ = self.mountinfo("/out", mounts=[self.shared_mount(options=["bind", "ro", "noexec", "rw", "exec"])])
        self.assertEqual(set(found), {"rw", "relatime"})

    def test_a_tmpfs_takes_size_and_mode(self):
        mount = {"destination": "/data", "type": "tmpfs", "source": "data", "options": ["size=1m", "mode=0700", "ro"]}
        found, _, kind, options = self.mountinfo("/data", mounts=[mount])
        self.assertEqual((kind, "ro" in found, "size=1024k" in options, "mode=700" in options),
                         ("tmpfs", True, True, True))

    def test_propagation_is_set(self):
        for option, expected in (("rprivate", []), ("rshared", ["shared:"]), ("shared", ["shared:"]),
                                 ("unbindable", ["unbindable"])):
            with self.subTest(option):
                _, fields, _, _ = self.mountinfo("/out", mounts=[self.shared_mount(options=["rbind", option])])
                self.assertEqual([f.rstrip("0123456789") for f in fields], expected)

    def test_recursive_attributes_go_down_the_tree(self):
        inner = self.shared / "inner"
        inner.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "inner", inner], check=True)
        self.addCleanup(subprocess.run, ["umount", inner])
        plain, _, _, _ = self.mountinfo("/out/inner", mounts=[self.shared_mount(options=["rbind", "ro"])])
        self.assertIn("rw", plain)
        down, _, _, _ = self.mountinfo("/out/inner", mounts=[self.shared_mount(options=["rbind", "rro", "rnoexec"])])
        self.assertLessEqual({"ro", "noexec"}, set(down))

    def test_a_file_is_bound_where_there_was_none(self):
        (self.shared / "file").write_text("content")
        mount = {"destination": "/etc/new/file", "type": "bind", "source": str(self.shared / "file"), "options": ["bind"]}
        self.assertEqual(self.output(["cat", "/etc/new/file"], mounts=[mount]), "content")

    def test_a_relative_source_is_looked_up_in_the_bundle(self):
        (self.bundle_path / "data").mkdir()
        (self.bundle_path / "data" / "file").write_text("relative")
        mount = {"destination": "/data", "type": "bind", "source": "data", "options": ["bind"]}
        self.assertEqual(self.output(["cat", "/data/file"], mounts=[mount]), "relative")

    def test_an_option_that_is_longer_than_fsconfig_takes_is_taken(self):
        layers = []
        for number in range(12):
            layer = self.scratch / f"layer-with-a-name-that-is-not-short-{number}"
            layer.mkdir()
            (layer / f"file{number}").write_text("x")
            layers.append(str(layer))
        for name in ("upper", "work"):
            (self.scratch / name).mkdir()
        # An overlay on an overlay may not have an upper directory: the layers alone are enough here.
        options = [f"lowerdir={':'.join(layers)}", "ro", "nosuid"]
        self.assertGreater(len(options[0]), 255)
        mount = {"destination": "/data", "type": "overlay", "source": "overlay", "options": options}
        text = self.output(["sh", "-c", "ls /data; grep ' /data ' /proc/self/mountinfo; grep -c . /proc/self/status"],
                           mounts=[mount])
        lines = text.splitlines()
        self.assertEqual(sorted(lines[:12]), sorted(f"file{number}" for number in range(12)))
        self.assertIn(" ro,nosuid,relatime ", lines[12])
        self.assertGreater(int(lines[13]), 10, "/proc is what it was")
        options[0] += ":" + ":".join(layers * 20)
        self.bundle(["true"], mounts=[mount])
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"mounts\[\d+\].options: expected at most 4095 bytes, found")

    def test_an_option_that_nobody_reads_is_refused(self):
        for options in (["bind", "nonsense"], ["rbind", "ro", "size=1m"], ["remount", "size=1m"]):
            with self.subTest(options):
                self.bundle(["true"], mounts=[self.shared_mount(options=options)])
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, rf'mounts\[7\].options: expected options .*, found "{options[-1]}"')
                self.assert_nothing_left()

    def test_an_option_that_the_filesystem_does_not_know_is_named_with_its_mount(self):
        mount = {"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["size=1m", "nonsense=2"]}
        self.bundle(["true"], mounts=[mount])
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("mounts[7].options: nonsense: mount tmpfs to /data: tmpfs: Unknown parameter 'nonsense': ",
                      result.stderr)
        self.assert_nothing_left()

    def test_a_relative_destination_is_taken_from_the_root_with_a_warning(self):
        mount = self.shared_mount(destination="out")
        (self.shared / "file").write_text("found")
        self.bundle(["cat", "/out/file"], mounts=[mount])
        result = self.ok("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.stdout, "found")
        self.assertIn("mounts[7].destination", result.stderr)

    def test_a_read_only_block_device_is_mounted_read_only(self):
        image = self.scratch / "image"
        with open(image, "wb") as file:
            file.truncate(4 << 20)
        made = subprocess.run(["mkfs.ext4", "-q", image], capture_output=True)
        loop = subprocess.run(["losetup", "--find", "--show", "--read-only", image], capture_output=True, text=True)
        if made.returncode != 0 or loop.returncode != 0:
            self.skipTest("no loop device to be had")
        device = loop.stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device])
        mount = {"destination": "/data", "type": "ext4", "source": device, "options": ["ro"]}
        number = os.minor(os.stat(device).st_rdev)
        script = f"ls /data; mknod /tmp/disk b 7 {number} && cat /tmp/disk"
        self.bundle(["sh", "-c", script], mounts=[mount], root={"path": "rootfs"})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertIn("lost+found", result.stdout, result)
        self.assertIn("Operation not permitted", result.stderr, "the payload itself may not touch the device")

    def test_tmpcopyup_begins_with_what_the_image_has(self):
        mount = {"destination": "/etc", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "mode=0755"]}
        script = "cat /etc/group; stat -c %u:%a /etc/special; readlink /etc/link; cat /etc/deep/er/file; echo > /etc/new"
        self.bundle(["sh", "-c", script], mounts=[mount])
        etc = self.bundle_path / "rootfs" / "etc"
        (etc / "special").write_text("x")
        os.chown(etc / "special", 33, 33)
        (etc / "special").chmod(0o4711)
        (etc / "link").symlink_to("../somewhere")
        (etc / "deep" / "er").mkdir(parents=True)
        (etc / "deep" / "er" / "file").write_text("deep\n")
        lines = self.ok("run", "-b", self.bundle_path, self.id()).stdout.splitlines()
        self.assertEqual(lines[0], "root:x:0:")
        self.assertEqual(lines[-3:], ["33:4711", "../somewhere", "deep"])
        self.assertFalse((etc / "new").exists())

    def test_an_option_that_the_filesystem_does_not_know_is_named(self):
        mount = {"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["nosuchoption=1"]}
        self.bundle(["true"], mounts=[mount])
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("nosuchoption", result.stderr)
        self.assert_nothing_left()

    def test_a_missing_source_is_named(self):
        mount = {"destination": "/data", "type": "bind", "source": "/no/such/source", "options": ["bind"]}
        self.bundle(["true"], mounts=[mount])
        self.assertIn("/no/such/source", self.runtime("run", "-b", self.bundle_path, self.id()).stderr)

    def test_an_id_mapped_mount_shows_its_files_as_anothers(self):
        (self.shared / "file").write_text("content")
        mapping = [{"containerID": 0, "hostID": 5000, "size": 1000}]
        mount = {**self.shared_mount(options=["rbind", "ro"]), "uidMappings": mapping, "gidMappings": mapping}
        text = self.output(["stat", "-c", "%u:%g", "/out/file"], mounts=[mount])
        self.assertEqual(text, "5000:5000\n")
        self.bundle(["true"], mounts=[self.shared_mount(options=["bind", "idmap"])])
        self.assertIn("idmap: expected uid and gid mappings",
                      self.runtime("run", "-b", self.bundle_path, self.id()).stderr)

    def test_the_host_sees_none_of_it(self):
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        self.output(["true"], mounts=[self.shared_mount()])
        self.assertEqual(pathlib.Path("/proc/self/mountinfo").read_text(), before)

    def test_a_read_only_root_is_read_only_and_a_writable_one_is_not(self):
        for readonly in (True, False):
            self.bundle(["sh", "-c", "echo > /tmp/x && echo written"], root={"path": "rootfs", "readonly": readonly})
            result = self.runtime("run", "-b", self.bundle_path, self.id())
            self.assertEqual(result.stdout, "" if readonly else "written\n", result)

    def test_dev_becomes_read_only_after_its_nodes_are_made(self):
        self.bundle(["sh", "-c", "echo > /dev/null && ! echo > /dev/x 2>/dev/null && echo sealed"])
        config = json.loads((self.bundle_path / "config.json").read_text())
        for mount in config["mounts"]:
            if mount["destination"] == "/dev":
                mount["options"].append("ro")
        self.write_config(config)
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout, "sealed\n")

    def test_no_pivot_works_too(self):
        self.bundle(["sh", "-c", "ls /; cat /etc/passwd | head -n 1"])
        text = self.ok("run", "--no-pivot", "-b", self.bundle_path, self.id()).stdout
        self.assertIn("root:x:0:0", text)
        self.assert_nothing_left()


class Devices(runtime_bundle.TestCase):
    def test_the_default_nodes_and_links_are_there(self):
        script = "cd /dev; for n in null zero full random urandom tty; do stat -c '%n %t:%T %a' $n; done; " \
                 "for l in fd stdin stdout stderr ptmx; do readlink $l; done"
        lines = self.output(["sh", "-c", script]).splitlines()
        self.assertEqual(lines[:6], ["null 1:3 666", "zero 1:5 666", "full 1:7 666", "random 1:8 666",
                                     "urandom 1:9 666", "tty 5:0 666"])
        self.assertEqual(lines[6:], ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"])

    def test_further_nodes_have_their_type_number_mode_and_owner(self):
        devices = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o640, "uid": 5, "gid": 6},
                   {"path": "/dev/deep/pipe", "type": "p", "fileMode": 0o622}]
        text = self.output(["stat", "-c", "%F %t:%T %a %u:%g", "/dev/fuse", "/dev/deep/pipe"], linux={"devices": devices})
        self.assertEqual(text.splitlines(), ["character special file a:e5 640 5:6", "fifo 0:0 622 0:0"])


class Paths(runtime_bundle.TestCase):
    def test_masked_files_are_the_null_device_and_masked_directories_are_empty(self):
        linux = {"maskedPaths": ["/etc/passwd", "/home", "/no/such/path"], "readonlyPaths": []}
        self.bundle(["sh", "-c", "stat -c %t:%T /etc/passwd; cat /etc/passwd; ls -a /home; echo x > /home/x"], linux=linux,
                    root={"path": "rootfs"})
        (self.bundle_path / "rootfs" / "home" / "secret").write_text("secret")
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.stdout.split(), ["1:3", ".", ".."], result)
        self.assertIn("Read-only", result.stderr)

    def test_read_only_paths_are_read_only(self):
        linux = {"readonlyPaths": ["/etc", "/no/such/path"], "maskedPaths": []}
        self.bundle(["sh", "-c", "echo x > /etc/x || echo y > /tmp/y && echo fine"], linux=linux, root={"path": "rootfs"})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.stdout, "fine\n")
        self.assertIn("Read-only", result.stderr)


class Namespaces(runtime_bundle.TestCase):
    KINDS = ("pid", "net", "ipc", "uts", "mnt", "cgroup", "time", "user")

    def inodes(self, pid):
        return {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in self.KINDS}

    def run_container(self, **kwargs):
        self.bundle(["sleep", "100"], **kwargs)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.inodes(self.state()["pid"])

    def test_what_is_listed_is_made_and_what_is_not_is_the_hosts(self):
        host = self.inodes("self")
        inside = self.run_container(namespaces_without=["network", "uts"], hostname="")
        self.assertEqual({k for k in self.KINDS if inside[k] == host[k]}, {"net", "uts", "time", "user"})

    def test_namespaces_are_joined_by_path_and_the_pid_namespace_too(self):
        first = self.run_container()
        pid = self.state()["pid"]
        namespaces = [{"type": "mount"}] + [{"type": kind, "path": f"/proc/{pid}/ns/{name}"} for kind, name in
                                            (("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts"))]
        self.bundle(["sh", "-c", "for k in pid net ipc uts; do readlink /proc/self/ns/$k; done; echo $$"],
                    linux={"namespaces": namespaces}, hostname="")
        result = self.runtime("run", "-b", self.bundle_path, self.id() + "-second")
        self.assertEqual(result.returncode, 0, result)
        lines = result.stdout.split()
        self.assertEqual(lines[:4], [first[k] for k in ("pid", "net", "ipc", "uts")])
        self.assertNotEqual(lines[4], "1")

    def test_a_user_namespace_maps_ids_and_has_its_devices(self):
        mappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        given = {"path": "/dev/given", "type": "c", "major": 1, "minor": 5}  # the host has it under another name
        self.bundle(["sh", "-c", "id -u; cat /proc/self/uid_map; stat -c %t:%T /dev/null /dev/given; echo > /dev/null; "
                     "cat /proc/sys/net/ipv4/ip_forward; grep Groups /proc/self/status"],
                    linux={"uidMappings": mappings, "gidMappings": mappings, "resources": {}, "devices": [given]})
        config = json.loads((self.bundle_path / "config.json").read_text())
        config["linux"]["namespaces"].append({"type": "user"})
        self.write_config(config)
        self.scratch.chmod(0o755)
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 0, result)
        words = result.stdout.split()
        self.assertEqual(words[:6], ["0", "0", "100000", "65536", "1:3", "1:5"])

    def bundle_with_mounts_from_where_only_root_may_go(self, script, **sources):
        """In a user namespace whose root may mount; `sources` are mounted on /NAME."""
        mappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        config = self.bundle(["sh", "-c", script], linux={"uidMappings": mappings, "gidMappings": mappings, "resources": {}})
        config["linux"]["namespaces"].append({"type": "user"})
        for kind in ("bounding", "effective", "permitted"):
            config["process"]["capabilities"].setdefault(kind, []).append("CAP_SYS_ADMIN")
        for name, source in sources.items():
            target = self.bundle_path / "rootfs" / name
            target.mkdir() if source.is_dir() else target.touch()
            config["mounts"].append({"destination": f"/{name}", "type": "bind", "source": str(source), "options": ["rbind"]})
        self.write_config(config)
        self.scratch.chmod(0o755)

    def hidden_directory(self):
        """As podman's for hosts and resolv.conf."""
        hidden = self.scratch / "hidden" / "open"
        hidden.mkdir(parents=True)
        hidden.parent.chmod(0o700)
        return hidden

    def test_a_user_namespace_has_mounts_from_where_only_root_may_go(self):
        hidden = self.hidden_directory()
        (hidden / "hosts").write_text("a host\n")
        self.bundle_with_mounts_from_where_only_root_may_go("cat /hosts /files/hosts", hosts=hidden / "hosts", files=hidden)
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout, "a host\na host\n")

    def user_namespace(self):
        """The path of one with ids from 100000 on, as a pod's sandbox holds it for its containers."""
        holder = subprocess.Popen(["unshare", "--user", "sleep", "1000"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        path = f"/proc/{holder.pid}/ns/user"
        self.eventually(lambda: os.readlink(path) != os.readlink("/proc/self/ns/user"))
        for kind in ("uid", "gid"):
            pathlib.Path(f"/proc/{holder.pid}/{kind}_map").write_text("0 100000 65536")
        return path

    def test_a_user_namespace_that_is_joined_has_mounts_from_where_only_root_may_go(self):
        hidden = self.hidden_directory()
        (hidden / "hosts").write_text("a host\n")
        self.bundle_with_mounts_from_where_only_root_may_go("cat /hosts; cat /proc/self/uid_map", hosts=hidden / "hosts")
        config = json.loads((self.bundle_path / "config.json").read_text())
        [user] = [namespace for namespace in config["linux"]["namespaces"] if namespace["type"] == "user"]
        user["path"] = self.user_namespace()
        self.write_config(config)
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout.split(), ["a", "host", "0", "100000", "65536"])

    def test_what_a_user_namespace_mounts_below_a_shared_source_stays_inside(self):
        shared = self.hidden_directory()
        subprocess.run(["mount", "-t", "tmpfs", "shared", shared], check=True)
        self.addCleanup(subprocess.run, ["umount", shared], check=True)
        subprocess.run(["mount", "--make-shared", shared], check=True)
        (shared / "below").mkdir()
        self.bundle_with_mounts_from_where_only_root_may_go("mount -t tmpfs inside /files/below && echo mounted; sleep 100",
                                                            files=shared)
        process = self.start_runtime("run", "-b", self.bundle_path, self.id(), stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), "mounted\n")
        self.assertFalse(os.path.ismount(shared / "below"))
        self.ok("kill", self.id(), "KILL")

    def test_exec_joins_a_user_namespace(self):
        mappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
        self.bundle(["sleep", "100"], linux={"uidMappings": mappings, "gidMappings": mappings, "resources": {}})
        config = json.loads((self.bundle_path / "config.json").read_text())
        config["linux"]["namespaces"].append({"type": "user"})
        self.write_config(config)
        self.scratch.chmod(0o755)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        text = self.ok("exec", "-u", "5:6", self.id(), "sh", "-c", "id -u; id -g; cut -c1-40 /proc/self/uid_map; cat /proc/self/cgroup").stdout
        self.assertEqual(text.split()[:5], ["5", "6", "0", "100000", "65536"])
        self.assertIn("0::/\n", text)

    def test_a_time_namespace_has_its_offset(self):
        self.bundle(["cut", "-d.", "-f1", "/proc/uptime"], linux={"timeOffsets": {"boottime": {"secs": 1000000, "nanosecs": 0}}})
        config = json.loads((self.bundle_path / "config.json").read_text())
        config["linux"]["namespaces"].append({"type": "time"})
        self.write_config(config)
        text = self.ok("run", "-b", self.bundle_path, self.id()).stdout
        self.assertGreaterEqual(int(text), 1000000)

    def test_a_path_that_is_no_namespace_of_that_kind_is_refused(self):
        self.bundle(["true"])
        config = json.loads((self.bundle_path / "config.json").read_text())
        for namespace in config["linux"]["namespaces"]:
            if namespace["type"] == "ipc":
                namespace["path"] = "/proc/self/ns/net"
        self.write_config(config)
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("ipc", result.stderr)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
