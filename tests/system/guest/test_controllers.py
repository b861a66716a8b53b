"""The rarer controllers: io, hugetlb, rdma and misc, each against the kernel's own files, or its refusal in plain words."""

import os
import pathlib
import subprocess
import unittest

import live_container

MIB = live_container.MIB
CGROUPS = live_container.CGROUPS
HUGE_PAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


def numbers(path):
    """Major and minor of a block device, as the spec has them."""
    device = os.stat(path).st_rdev
    return {"major": os.major(device), "minor": os.minor(device)}


def name(device):
    return f"{device['major']}:{device['minor']}"


class Controllers(live_container.TestCase):
    def refused(self, expected, **resources):
        """Both ways: a container that asks for it is not made, one that lives keeps what it has."""
        self.bundle("sleep", "100", **resources)
        with open(self.scratch / "output", "w+", encoding="utf-8") as output:  # no pipe: if it is made, it keeps it open
            made = self.runtime("create", "--bundle", self.scratch, self.name, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            output.seek(0)
            self.assertIn(expected, output.read())
        self.assertEqual(made.returncode, 1)
        self.assertFalse(self.cgroup.exists())
        self.run_detached("sleep", "100")
        changed = self.update(**resources)
        self.assertEqual(changed.returncode, 1)
        self.assertIn(expected, changed.stderr)


class Io(Controllers):
    """On the disk of the programs: it is idle, and mounted read-only."""

    disk = numbers("/dev/vdb")

    def iocost(self, enable):
        """The kernel weighs a disk only when told to; else it takes no weight for it."""
        (CGROUPS / "io.cost.qos").write_text(f"{name(self.disk)} enable={enable}")

    def test_the_weight_is_converted_and_changed(self):
        self.run_detached("sleep", "100", blockIO={"weight": 10})
        self.assertEqual(self.file("io.weight"), "default 1")
        self.updated("--blkio-weight", "500")
        self.assertEqual(self.file("io.weight"), "default 4950")
        self.updated(blockIO={"weight": 1000})
        self.assertEqual(self.file("io.weight"), "default 10000")

    def test_a_device_has_a_weight_of_its_own(self):
        self.iocost(1)
        self.addCleanup(self.iocost, 0)
        self.run_detached("sleep", "100", blockIO={"weight": 500, "weightDevice": [{**self.disk, "weight": 1000}]})
        self.assertEqual(self.file("io.weight").split("\n"), ["default 4950", f"{name(self.disk)} 10000"])

    def test_a_weight_for_a_device_that_is_not_weighed_is_refused(self):
        never = numbers("/dev/vda")  # once told, the kernel takes weights for good
        self.refused(f"linux.resources.blockIO.weightDevice to {name(never)} 10000",
                     blockIO={"weightDevice": [{**never, "weight": 1000}]})

    def test_a_device_is_throttled_in_four_ways_and_let_go(self):
        def rates(read, write, reads, writes):
            return {"throttleReadBpsDevice": [{**self.disk, "rate": read}], "throttleWriteBpsDevice": [{**self.disk, "rate": write}],
                    "throttleReadIOPSDevice": [{**self.disk, "rate": reads}],
                    "throttleWriteIOPSDevice": [{**self.disk, "rate": writes}]}

        self.run_detached("sleep", "100", blockIO=rates(3 * MIB, 2 * MIB, 400, 300))
        self.assertEqual(self.file("io.max"), f"{name(self.disk)} rbps={3 * MIB} wbps={2 * MIB} riops=400 wiops=300")
        self.updated(blockIO=rates(MIB, 0, 400, 0))
        self.assertEqual(self.file("io.max"), f"{name(self.disk)} rbps={MIB} wbps=max riops=400 wiops=max")
        self.updated(blockIO=rates(0, 0, 0, 0))
        self.assertEqual(self.file("io.max"), "")

    def test_a_device_that_is_not_there_is_refused(self):
        self.refused("linux.resources.blockIO.throttleReadBpsDevice to 77:88 rbps=4096",
                     blockIO={"throttleReadBpsDevice": [{"major": 77, "minor": 88, "rate": 4096}]})

    def test_the_scheduler_that_weighs_by_itself_gets_the_weight_as_it_is(self):
        subprocess.run(["modprobe", "bfq"], check=True)
        self.addCleanup(subprocess.run, ["rmmod", "bfq"], check=True)
        scheduler = pathlib.Path("/sys/block/vdb/queue/scheduler")
        before = scheduler.read_text().split("[")[1].split("]")[0]
        scheduler.write_text("bfq")
        self.addCleanup(scheduler.write_text, before)
        self.run_detached("sleep", "100", blockIO={"weight": 500, "weightDevice": [{**self.disk, "weight": 300}]})
        self.assertEqual(self.file("io.bfq.weight").split("\n"), ["default 500", f"{name(self.disk)} 300"])
        self.assertEqual(self.runtime("delete", "--force", self.name).returncode, 0)  # before its scheduler goes

    def test_what_was_read_is_counted(self):
        self.run_detached("sleep", "100")
        # A file of that disk: the container may not have the device itself.
        subprocess.run(["sh", "-c", "echo $$ > $0/cgroup.procs; exec dd if=/mnt/root/usr/bin/berth of=/dev/null iflag=direct "
                        "bs=64k count=16", self.cgroup], check=True, stderr=subprocess.DEVNULL)
        [line] = [line for line in self.file("io.stat").split("\n") if line.startswith(name(self.disk))]
        counted = dict(word.split("=") for word in line.split()[1:])
        self.assertGreaterEqual(int(counted["rbytes"]), MIB // 2)  # the page cache may have had some of it
        told = self.stats()["blkio"]
        for member, file in (("ioServiceBytesRecursive", "bytes"), ("ioServicedRecursive", "ios")):
            for operation, letter in (("Read", "r"), ("Write", "w"), ("Discard", "d")):
                self.assertIn({**self.disk, "op": operation, "value": int(counted[letter + file])}, told[member])


class Hugetlb(Controllers):
    def test_pages_are_limited_and_those_beyond_are_counted(self):
        before = HUGE_PAGES.read_text()
        HUGE_PAGES.write_text("4")
        self.addCleanup(HUGE_PAGES.write_text, before)
        self.run_detached("sleep", "100", hugepageLimits=[{"pageSize": "2MB", "limit": 2 * MIB}])
        self.assertEqual((self.file("hugetlb.2MB.max"), self.file("hugetlb.2MB.rsvd.max")), (str(2 * MIB), str(2 * MIB)))
        # From outside, since what maps them needs more than a shell: a process in the container's cgroup.
        take = ("import mmap, os, sys; open(sys.argv[1] + '/cgroup.procs', 'w').write(str(os.getpid()))\n"
                "one = mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000); one[0] = 1\n"
                "print(open(sys.argv[1] + '/hugetlb.2MB.current').read().strip(), flush=True)\n"
                "mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000)")
        taken = subprocess.run(["python3", "-c", take, self.cgroup], capture_output=True, text=True)
        self.assertEqual(taken.stdout.strip(), str(2 * MIB), taken.stderr)
        self.assertIn("Cannot allocate memory", taken.stderr)
        self.assertEqual(self.stats()["hugetlb"]["2MB"], {"usage": 0, "failcnt": 1})
        self.updated(hugepageLimits=[{"pageSize": "2MB", "limit": 6 * MIB}])
        self.assertEqual(self.file("hugetlb.2MB.max"), str(6 * MIB))

    def test_a_size_that_this_machine_has_not_is_refused(self):
        self.refused("linux.resources.hugepageLimits(64KB): expected a file hugetlb.64KB.max",
                     hugepageLimits=[{"pageSize": "64KB", "limit": 2 * MIB}])


class RdmaAndMisc(Controllers):
    """The guest has neither an adapter nor encrypted machines: the controllers are there, and what they say is passed on."""

    def test_an_adapter_that_is_not_there_is_refused(self):
        self.refused('linux.resources.rdma["mlx5_1"] to mlx5_1 hca_handle=3 hca_object=10000',
                     rdma={"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}})

    def test_a_misc_resource_that_is_not_there_is_refused(self):
        self.refused('linux.resources.unified["misc.max"] to sev 5', unified={"misc.max": "sev 5"})

    def test_the_controllers_are_handed_down_for_it(self):
        self.refused('unified["rdma.max"]', unified={"rdma.max": "mlx5_1 hca_handle=3"})
        self.assertIn("rdma", self.file("cgroup.controllers").split())


if __name__ == "__main__":
    unittest.main()
