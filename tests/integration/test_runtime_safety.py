"""berth-runtime against a hostile image and a hostile payload: each attack for real, each must fail to hurt."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import threading
import unittest

import harness
import runtime_bundle


def tree(path):
    return sorted(str(p.relative_to(path)) for p in pathlib.Path(path).rglob("*"))


class Safety(runtime_bundle.TestCase):
    def setUp(self):
        super().setUp()
        self.host = self.scratch / "host"
        self.host.mkdir()
        (self.host / "precious").write_text("precious")

    def assert_host_untouched(self):
        self.assertEqual(tree(self.host), ["precious"])
        self.assertEqual((self.host / "precious").read_text(), "precious")
        self.assertNotIn(str(self.host), pathlib.Path("/proc/self/mountinfo").read_text())

    def run_container(self, args=("sleep", "100"), **kwargs):
        self.bundle(list(args), **kwargs)
        self.ok("run", "-d", "-b", self.bundle_path, self.id(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def libraries(self):
        """What the runtime needs to be a payload: nothing but for one with sanitizers."""
        return [{"destination": path, "type": "bind", "source": os.path.realpath(path), "options": ["rbind", "ro"]}
                for path in ("/lib64", "/lib", "/usr/lib") if harness.SANITIZED]

    # CVE-2019-5736
    def test_the_runtimes_binary_cannot_be_written_through_proc_exe(self):
        binary = self.scratch / "berth-runtime"
        shutil.copy2(self.program("berth-runtime"), binary)
        before = hashlib.sha256(binary.read_bytes()).hexdigest()
        self.run_container(root={"path": "rootfs", "readonly": False}, mounts=self.libraries())
        self.ok("exec", self.id(), "mkfifo", "/tmp/fifo")
        # The payload is the runtime itself, which now waits in open(2) of its log: /proc/PID/exe is the host's file.
        subprocess.run([binary, "--root", self.state_root, "exec", "-d", "--pid-file", self.scratch / "pid", self.id(),
                        "/proc/self/exe", "--log", "/tmp/fifo", "state", "x"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        script = """
            for p in /proc/[0-9]*; do grep -qx exe $p/comm && pid=${p#/proc/}; done
            exec 5< /proc/$pid/exe || exit 9
            cat /tmp/fifo > /dev/null
            while kill -0 $pid 2> /dev/null; do :; done
            echo overwritten > /proc/self/fd/5
        """
        result = self.runtime("exec", self.id(), "sh", "-c", script)
        self.assertNotIn(result.returncode, (0, 9), result)
        self.assertIn("Read-only file system", result.stderr)
        self.assertEqual(hashlib.sha256(binary.read_bytes()).hexdigest(), before)

    # CVE-2024-21626
    def test_no_descriptor_leads_out_as_a_working_directory(self):
        for number in range(3, 16):
            with self.subTest(number):
                self.bundle(["pwd"], process={"cwd": f"/proc/self/fd/{number}"})
                result = self.runtime("run", "-b", self.bundle_path, self.id())
                self.assertNotEqual(result.returncode, 0, result)
                self.assertEqual(result.stdout, "")

    def test_exec_refuses_a_working_directory_that_is_a_link_to_a_descriptor(self):
        self.run_container(root={"path": "rootfs", "readonly": False})
        for number in range(3, 16):
            with self.subTest(number):
                self.ok("exec", self.id(), "ln", "-sfn", f"/proc/self/fd/{number}", "/tmp/way-out")
                result = self.runtime("exec", "--cwd", "/tmp/way-out", self.id(), "ls")
                self.assertNotEqual(result.returncode, 0, result)
                self.assertEqual(result.stdout, "")

    def test_no_descriptor_of_ours_is_open_in_a_payload(self):
        script = "ls -l /proc/$$/fd; true"
        self.bundle(["sh", "-c", f"{{ {script}; }} > /out/fds"], mounts=[self.shared_mount()])
        self.create()
        self.ok("start", self.id())
        self.eventually(lambda: self.state()["status"] == "stopped")
        self.ok("delete", self.id())
        numbers = [line.split()[-3] for line in (self.shared / "fds").read_text().splitlines() if "->" in line]
        self.assertEqual([n for n in numbers if int(n) < 10], ["0", "1", "2"])
        self.run_container()
        text = self.ok("exec", self.id(), "sh", "-c", script).stdout
        numbers = [line.split()[-3] for line in text.splitlines() if "->" in line]
        self.assertEqual([n for n in numbers if int(n) < 10], ["0", "1", "2"])

    def test_a_created_container_holds_no_descriptor_of_the_launch(self):
        self.bundle(["sleep", "100"])
        self.create()
        pid = self.state()["pid"]
        links = lambda: [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in sorted(os.listdir(f"/proc/{pid}/fd"), key=int)]
        self.eventually(lambda: len(links()) == 4, message=str(links()))
        self.assertTrue(links()[3].startswith("socket:"))

    # CVE-2025-31133
    def test_a_mask_is_the_real_null_device_whatever_the_image_calls_so(self):
        hostile = self.scratch / "dev"
        hostile.mkdir()
        (hostile / "null").symlink_to("/etc/group")
        mount = {"destination": "/dev", "type": "bind", "source": str(hostile), "options": ["bind"]}
        config = self.bundle(["stat", "-c", "%t:%T", "/etc/passwd"], linux={"maskedPaths": ["/etc/passwd"]})
        config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")] + [mount]
        self.write_config(config)
        self.assertEqual(self.ok("run", "-b", self.bundle_path, self.id()).stdout, "1:3\n")

    def test_a_device_of_the_image_that_is_a_link_is_refused(self):
        config = self.bundle(["true"])
        config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
        self.write_config(config)
        (self.bundle_path / "rootfs" / "dev" / "null").symlink_to(self.host / "precious")
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("/dev/null", result.stderr)
        self.assert_host_untouched()

    # CVE-2025-52565
    def test_a_console_of_the_image_that_is_a_link_to_the_host_is_refused(self):
        self.bundle(["true"], process={"terminal": True})
        shutil.rmtree(self.bundle_path / "rootfs" / "dev")
        (self.bundle_path / "rootfs" / "dev").mkdir()
        (self.bundle_path / "rootfs" / "dev" / "console").symlink_to(self.host / "precious")
        config = self.bundle(["true"], process={"terminal": True})
        config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev"]
        self.write_config(config)
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("/dev/console", result.stderr)
        self.assert_host_untouched()

    def test_the_console_is_bound_from_the_ptys_descriptor_whatever_its_name_leads_to(self):
        pts = self.shared / "pts"
        pts.mkdir()
        (pts / "ptmx").touch()
        (pts / "pts").mkdir()
        for number in range(256):
            (pts / str(number)).write_text("fake")
        config = self.bundle(["stat", "-c", "%F", "/dev/console"], process={"terminal": True})
        config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev/pts"]
        config["mounts"].append({**self.shared_mount(destination="/dev/pts"), "source": str(pts)})
        for name, source in (("ptmx", "/dev/pts/ptmx"), ("pts", "/dev/pts")):  # the kernel wants the pty's devpts beside it
            config["mounts"].append({**self.shared_mount(destination=f"/dev/pts/{name}"), "source": source})
        self.write_config(config)
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.stdout.strip(), "character special file", result)

    def test_a_devpts_of_the_image_that_is_none_is_refused(self):
        (self.shared / "ptmx").write_text("")
        config = self.bundle(["true"], process={"terminal": True})
        config["mounts"] = [m for m in config["mounts"] if m["destination"] != "/dev/pts"]
        config["mounts"].append(self.shared_mount(destination="/dev/pts"))
        self.write_config(config)
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("is no devpts", result.stderr)

    # CVE-2025-52881, CVE-2019-16884
    def test_a_volume_over_proc_does_not_catch_what_is_meant_for_the_kernel(self):
        fake = self.shared / "ipv4"
        fake.mkdir()
        (fake / "ip_forward").write_text("fake")
        mount = self.shared_mount(destination="/proc/sys/net")
        self.run_container(mounts=[mount], linux={"sysctl": {"net.ipv4.ip_forward": "1"}, "readonlyPaths": []})
        self.assertEqual((fake / "ip_forward").read_text(), "fake")
        pid = self.state()["pid"]
        real = subprocess.run(["nsenter", "--net=" + f"/proc/{pid}/ns/net", "cat", "/proc/sys/net/ipv4/ip_forward"],
                              capture_output=True, text=True)
        self.assertEqual(real.stdout, "1\n")

    # CVE-2026-41579, CVE-2026-47766
    def test_links_in_every_component_of_a_mount_target_stay_inside(self):
        targets = ("/a/b/c", "/a/b", "/a")
        for link in ("a", "a/b", "a/b/c"):
            for way in (str(self.host), "../" * 12 + str(self.host).lstrip("/")):
                for target in targets:
                    with self.subTest(link=link, way=way, target=target):
                        mount = {"destination": target, "type": "tmpfs", "source": "tmpfs", "options": []}
                        self.bundle(["true"], mounts=[mount])
                        place = self.bundle_path / "rootfs" / link
                        shutil.rmtree(self.bundle_path / "rootfs" / "a", ignore_errors=True)
                        (self.bundle_path / "rootfs" / "a").unlink(missing_ok=True)
                        place.parent.mkdir(parents=True, exist_ok=True)
                        place.symlink_to(way)
                        self.runtime("run", "-b", self.bundle_path, self.id())
                        self.assert_host_untouched()
                        self.assert_nothing_left()

    def test_a_dev_proc_or_sys_that_is_a_link_stays_inside(self):
        for name in ("dev", "proc", "sys"):
            with self.subTest(name):
                self.bundle(["true"])
                place = self.bundle_path / "rootfs" / name
                shutil.rmtree(place)
                place.symlink_to(self.host)
                self.runtime("run", "-b", self.bundle_path, self.id())
                self.assert_host_untouched()
                self.assert_nothing_left()
                place.unlink()
                place.mkdir()

    def test_devices_are_made_inside_although_the_images_dev_is_a_link(self):
        config = self.bundle(["true"])
        config["mounts"] = [m for m in config["mounts"] if not m["destination"].startswith("/dev")]
        self.write_config(config)
        place = self.bundle_path / "rootfs" / "dev"
        shutil.rmtree(place)
        place.symlink_to(self.host)
        self.runtime("run", "-b", self.bundle_path, self.id())
        self.assert_host_untouched()

    # CVE-2021-30465
    def test_a_mount_target_that_is_swapped_all_the_time_stays_inside(self):
        mount = {"destination": "/volume/inner/deep", "type": "tmpfs", "source": "tmpfs", "options": []}
        self.bundle(["true"], mounts=[mount])
        volume = self.bundle_path / "rootfs" / "volume"
        (volume / "inner").mkdir(parents=True)
        (self.bundle_path / "rootfs" / "decoy").symlink_to(self.host)
        stop = threading.Event()

        def swap():
            inner, decoy = volume / "inner", self.bundle_path / "rootfs" / "decoy"
            spare = self.bundle_path / "rootfs" / "spare"
            while not stop.is_set():
                for a, b in ((inner, spare), (decoy, inner), (inner, decoy), (spare, inner)):
                    try:
                        os.rename(a, b)
                    except OSError:
                        pass

        thread = threading.Thread(target=swap)
        thread.start()
        try:
            for _ in range(40):
                self.runtime("run", "-b", self.bundle_path, self.id())
        finally:
            stop.set()
            thread.join()
        self.assert_host_untouched()
        self.assert_nothing_left()

    def test_a_home_that_is_no_plain_file_does_not_stop_a_container(self):
        self.bundle(["true"], process={"env": ["PATH=/bin"]})
        passwd = self.bundle_path / "rootfs" / "etc" / "passwd"
        passwd.unlink()
        os.mkfifo(passwd)
        self.ok("run", "-b", self.bundle_path, self.id(), timeout=60)
        passwd.unlink()
        passwd.symlink_to("/dev/zero")
        self.ok("run", "-b", self.bundle_path, self.id(), timeout=60)


if __name__ == "__main__":
    unittest.main()
