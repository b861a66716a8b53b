"""Log drivers of berth-monitor: several at once, rotation, failing disks and readers, OCI runtime's crun."""

import json
import os
import re
import select
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


class Driver:
    """How a file driver writes, and how many lines of `seq` make over 1,000 files of 4096 bytes."""

    def __init__(self, name, lines_for_1000):
        self.name, self.lines_for_1000 = name, lines_for_1000

    def log(self, path):
        return [f"{self.name}:{path}"]

    def entries(self, path):
        """(stream, whole line or a piece of one, text) of each entry; a torn one fails here."""
        found = []
        for line in path.read_bytes().decode().split("\n")[:-1]:
            if self.name == "json-file":
                entry = json.loads(line)
                text = entry["log"]
                found.append((entry["stream"], text.endswith("\n"), text.removesuffix("\n")))
            else:
                stream, tag, text = re.fullmatch(r"\S{35} (stdout|stderr) ([FP]) (.*)", line).groups()
                found.append((stream, tag == "F", text))
        return found

    def text(self, paths):
        """stdout put together again."""
        return "".join(text + ("\n" if whole else "") for path in paths for stream, whole, text in self.entries(path)
                       if stream == "stdout")


DRIVERS = (Driver("k8s-file", 90_000), Driver("json-file", 60_000))


class FileDrivers(monitored.TestCase):
    def under_each_driver(self, args, **kwargs):
        for driver in DRIVERS:
            yield driver, self.container(args(driver) if callable(args) else args, name=driver.name, **kwargs)


class Rotation(FileDrivers):
    size = 4096

    @staticmethod
    def run_with(driver, container, *flags):
        container.create(*flags, log=driver.log(container.log))
        container.start()
        container.wait(timeout=300)

    def files(self, container):
        """From the oldest to the newest."""
        backups = len(list(container.dir.glob("ctr.log.*")))
        files = [container.dir / f"ctr.log.{n}" for n in range(backups, 0, -1)] + [container.log]
        for path in files:
            self.assertLessEqual(path.stat().st_size, self.size)
        return files

    def test_over_a_thousand_rotations_no_line_is_missing_doubled_or_torn(self):
        for driver, container in self.under_each_driver(lambda driver: ["seq", "1", str(driver.lines_for_1000)]):
            self.run_with(driver, container, "--log-size-max", self.size, "--log-rotate", "--log-max-files", "2000")
            files = self.files(container)
            self.assertGreater(len(files), 1000)
            self.assertEqual(numbers(driver.text(files)), list(range(1, driver.lines_for_1000 + 1)))

    def test_a_log_that_others_move_away_and_have_reopened_loses_and_doubles_no_line(self):
        script = "i=0; while ! [ -e /stop ]; do i=$((i+1)); echo $i; done; echo $i > /count"
        for driver, container in self.under_each_driver(["sh", "-c", script]):
            container.create(log=driver.log(container.log))
            container.start()
            moved = []
            for number in range(200):
                self.eventually(lambda: container.log.exists() and container.log.stat().st_size > 0)
                moved.append(container.dir / f"moved.{number}")
                container.log.rename(moved[-1])
                (container.dir / "ctl").write_text("2 0 0\n")
            (self.rootfs() / "stop").touch()
            container.wait()
            last = int((self.rootfs() / "count").read_text())
            (self.rootfs() / "stop").unlink()
            if container.log.exists():  # the last reopening may have come too late
                moved.append(container.log)
            self.assertEqual(numbers(driver.text(moved)), list(range(1, last + 1)))

    def test_only_so_many_old_files_are_kept(self):
        for driver, container in self.under_each_driver(["seq", "1", "5000"]):
            self.run_with(driver, container, "--log-size-max", self.size, "--log-rotate", "--log-max-files", "3")
            self.assertEqual(sorted(p.name for p in container.dir.glob("ctr.log*")),
                             ["ctr.log", "ctr.log.1", "ctr.log.2", "ctr.log.3"])
            kept = numbers(driver.text(self.files(container)))
            self.assertEqual(kept, list(range(kept[0], 5001)))

    def test_one_old_file_is_kept_unless_told_otherwise(self):
        for driver, container in self.under_each_driver(["seq", "1", "5000"]):
            self.run_with(driver, container, "--log-size-max", self.size, "--log-rotate")
            self.assertEqual(sorted(p.name for p in container.dir.glob("ctr.log*")), ["ctr.log", "ctr.log.1"])

    def test_without_log_rotate_the_file_starts_anew(self):
        for container in self.under_each_monitor(["seq", "1", "5000"]):
            ours_only = () if container.monitor == monitored.CONMON else ("--log-max-files", "3")
            container.run("--log-size-max", self.size, *ours_only)
            kept = numbers(DRIVERS[0].text(self.files(container)))
            self.assertEqual(kept, list(range(kept[0], 5001)))
            self.assertEqual(list(container.dir.glob("ctr.log.*")), [])

    def test_the_global_size_bounds_all_files_together(self):
        for driver, container in self.under_each_driver(["seq", "1", "5000"]):
            self.run_with(driver, container, "--log-global-size-max", "10000", "--log-size-max", self.size, "--log-rotate",
                          "--log-max-files", "9")
            files = self.files(container)
            self.assertEqual(len(files), 3)
            self.assertLessEqual(sum(path.stat().st_size for path in files), 10_000)
            kept = numbers(driver.text(files))
            self.assertEqual(kept, list(range(1, len(kept) + 1)))
            self.assertGreater(len(kept), 100)


class Failing(FileDrivers):
    def small_disk(self, container, size="64k"):
        disk = container.dir / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", disk])
        container.log = disk / "ctr.log"
        return disk

    def run_until_marker(self, driver, container):
        """The container has written 20,000 lines and waits for input; the client that gives it, attached."""
        container.create("--stdin", "--leave-stdin-open", log=driver.log(container.log))
        client = container.attach()
        container.start()
        seen = b""
        while b"marker" not in seen:
            packet = client.recv(65536)
            seen += packet[1:] if packet[0] == 3 else b""
        return client

    script = ["sh", "-c", "seq 1 20000; echo marker >&2; read a; echo after; exit 3"]

    def assert_all_are_counted(self, whole, report):
        self.assertRegex(report, r"^\[berth-monitor: \d+ lines of output lost: .*\]$")
        lost = int(re.search(r"\d+", report)[0])
        self.assertGreaterEqual(whole + lost, 20001)
        self.assertLessEqual(whole + lost, 20001 + 20)  # a line that was read in two pieces counts twice

    def test_a_full_disk_costs_counted_lines_and_nothing_else(self):
        for driver, container in self.under_each_driver(self.script):
            disk = self.small_disk(container)
            client = self.run_until_marker(driver, container)
            before = driver.entries(container.log)
            subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
            client.send(b"go\n")
            self.assertEqual(container.wait(), "3")
            after = driver.entries(container.log)[len(before):]
            self.assertIn("No space left on device", after[0][2])
            self.assertEqual(after[-1], ("stdout", True, "after"))
            self.assert_all_are_counted(len([entry for entry in before if entry[1]]), after[0][2])

    def test_a_disk_that_is_full_to_the_end_keeps_neither_payload_nor_status(self):
        for driver, container in self.under_each_driver(self.script):
            self.small_disk(container)
            self.run_until_marker(driver, container).send(b"go\n")
            self.assertEqual(container.wait(), "3")

    def test_a_reader_that_was_dead_for_a_while_is_told_what_it_missed(self):
        for driver, container in self.under_each_driver(self.script):
            os.mkfifo(container.log)
            dead = os.open(container.log, os.O_RDONLY | os.O_NONBLOCK)
            self.addCleanup(os.close, dead)
            client = self.run_until_marker(driver, container)
            filled = container.dir / "filled"
            with open(container.log, "rb") as reader:
                os.set_blocking(reader.fileno(), False)
                filled.write_bytes(b"".join(iter(lambda: os.read(reader.fileno(), 65536) if self.waits(reader) else b"", b"")))
                client.send(b"go\n")
                self.assertEqual(container.wait(), "3")
                late = container.dir / "late"
                late.write_bytes(os.read(reader.fileno(), 65536))
            *whole, torn = filled.read_bytes().split(b"\n")
            filled.write_bytes(b"".join(line + b"\n" for line in whole))
            if torn:  # what the pipe took of the entry that filled it; it is ended before the next one
                self.assertEqual(late.read_bytes()[:1], b"\n")
                late.write_bytes(late.read_bytes()[1:])
            after = driver.entries(late)
            self.assertEqual(after[-1], ("stdout", True, "after"))
            self.assert_all_are_counted(len([entry for entry in driver.entries(filled) if entry[1]]), after[0][2])

    @staticmethod
    def waits(reader):
        return bool(select.select([reader], [], [], 0)[0])

    def test_a_log_that_is_a_fifo_without_a_reader_never_blocks(self):
        container = self.container(["sh", "-c", "seq 1 100000; exit 4"])
        os.mkfifo(container.log)
        reader = os.open(container.log, os.O_RDONLY | os.O_NONBLOCK)
        container.create()
        os.close(reader)
        container.start()
        self.assertEqual(container.wait(), "4")


if __name__ == "__main__":
    monitored.main()
