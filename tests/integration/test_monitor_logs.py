"""Log drivers of berth-monitor: several at once, rotation, failing disks and readers, OCI runtime's crun."""

import json
import os
import re
import subprocess

import monitored


def numbers(text):
    return [int(line) for line in text.split()]


class JsonFile(monitored.TestCase):
    def test_its_lines_are_dockers(self):
        container = self.container(["sh", "-c", "echo 'say \"hi\"'; echo err >&2; printf part"])
        log = container.dir / "json.log"
        container.run(log=[f"json-file:{log}"])
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual("".join(e["log"] for e in entries if e["stream"] == "stdout"), 'say "hi"\npart')
        self.assertEqual([e["log"] for e in entries if e["stream"] == "stderr"], ["err\n"])
        for entry in entries:
            self.assertEqual(list(entry), ["log", "stream", "time"])
            self.assertRegex(entry["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")

    def test_all_bytes_make_valid_json(self):
        script = "i=0; while [ $i -lt 256 ]; do printf \"\\\\$(printf %03o $i)\"; i=$((i+1)); done; echo; printf 'ä€😀\\n'"
        container = self.container(["sh", "-c", script])
        log = container.dir / "json.log"
        container.run(log=[f"json-file:{log}"])
        text = "".join(json.loads(line)["log"] for line in log.read_text().splitlines())
        self.assertIn(bytes(range(128)).decode(), text)
        self.assertTrue(text.endswith("ä€😀\n"))


class Several(monitored.TestCase):
    def test_each_gets_everything(self):
        container = self.container(["sh", "-c", "seq 1 1000"])
        log = container.dir / "json.log"
        container.run(log=[f"k8s-file:{container.log}", f"json-file:{log}", "none"])
        expected = list(range(1, 1001))
        self.assertEqual(numbers(container.text()), expected)
        self.assertEqual(numbers("".join(json.loads(line)["log"] for line in log.read_text().splitlines())), expected)

    def test_a_bare_path_and_an_empty_driver_are_k8s_file(self):
        for container in self.under_each_monitor(["echo", "hi"]):
            container.run(log=[str(container.log)])
            self.assertEqual(container.text(), "hi\n")
        container = self.container(["echo", "hi"], name="empty-driver")
        container.run(log=[f":{container.log}"])
        self.assertEqual(container.text(), "hi\n")


class Rotation(monitored.TestCase):
    def gather(self, container, backups):
        files = [container.dir / f"ctr.log.{n}" for n in range(backups, 0, -1)] + [container.log]
        text = ""
        for container.log in files:
            if container.log.exists():
                self.assertLessEqual(container.log.stat().st_size, self.size)
                text += container.text()
        return text

    size = 4096

    def test_over_a_thousand_rotations_no_line_is_missing_doubled_or_torn(self):
        container = self.container(["sh", "-c", "seq 1 70000"])
        container.run("--log-size-max", self.size, "--log-rotate", "--log-max-files", "2000")
        rotations = len(list(container.dir.glob("ctr.log.*")))
        self.assertGreater(rotations, 700)
        self.assertEqual(numbers(self.gather(container, rotations)), list(range(1, 70001)))

    def test_only_so_many_old_files_are_kept(self):
        container = self.container(["sh", "-c", "seq 1 5000"])
        container.run("--log-size-max", self.size, "--log-rotate", "--log-max-files", "3")
        self.assertEqual(sorted(p.name for p in container.dir.glob("ctr.log*")),
                         ["ctr.log", "ctr.log.1", "ctr.log.2", "ctr.log.3"])
        kept = numbers(self.gather(container, 3))
        self.assertEqual(kept, list(range(kept[0], 5001)))

    def test_without_log_rotate_the_file_starts_anew(self):
        for container in self.under_each_monitor(["sh", "-c", "seq 1 5000"]):
            container.run("--log-size-max", self.size)
            self.assertLessEqual(container.log.stat().st_size, self.size)
            kept = numbers(container.text())
            self.assertEqual(kept, list(range(kept[0], 5001)))
            self.assertFalse(container.dir.glob("ctr.log.*") and list(container.dir.glob("ctr.log.*")))

    def test_the_global_size_bounds_all(self):
        container = self.container(["sh", "-c", "seq 1 5000"])
        container.run("--log-global-size-max", "10000")
        self.assertLessEqual(container.log.stat().st_size, 10000)
        self.assertEqual(numbers(container.text())[0], 1)


class Failing(monitored.TestCase):
    def small_disk(self, container, size="64k"):
        disk = container.dir / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        container.log = disk / "ctr.log"
        return disk

    def test_a_full_disk_costs_counted_lines_and_nothing_else(self):
        script = "seq 1 20000; echo marker >&2; read a; echo after; exit 3"
        container = self.container(["sh", "-c", script])
        disk = self.small_disk(container)
        container.create("--stdin", "--leave-stdin-open")
        client = container.attach()
        container.start()
        seen = b""
        while b"marker" not in seen:
            packet = client.recv(65536)
            seen += packet[1:] if packet[0] == 3 else b""
        before = container.lines()  # whole entries only: a torn one would not match
        subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
        client.send(b"go\n")
        self.assertEqual(container.wait(), "3")
        after = container.lines()[len(before):]
        self.assertRegex(after[0][2], r"^\[berth-monitor: \d+ lines of output lost: No space left on device\]$")
        self.assertEqual(after[-1], ("stdout", "F", "after"))
        lost = int(re.search(r"\d+", after[0][2])[0])
        whole = len([line for line in before if line[1] == "F"])
        self.assertGreaterEqual(whole + lost, 20001)
        self.assertLessEqual(whole + lost, 20001 + 20)  # a line that was read in two pieces counts twice

    def test_a_log_that_is_a_fifo_without_a_reader_never_blocks(self):
        container = self.container(["sh", "-c", "seq 1 100000; exit 4"])
        os.mkfifo(container.log)
        reader = os.open(container.log, os.O_RDONLY | os.O_NONBLOCK)
        container.create()
        os.close(reader)
        container.start()
        self.assertEqual(container.wait(), "4")

    def test_a_log_that_is_a_fifo_which_nobody_reads_never_blocks(self):
        container = self.container(["sh", "-c", "seq 1 100000; exit 4"])
        os.mkfifo(container.log)
        reader = os.open(container.log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        container.create()
        container.start()
        self.assertEqual(container.wait(), "4")


if __name__ == "__main__":
    monitored.main()
