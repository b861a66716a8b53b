"""Every OOM kill is on record, also when the cgroup is gone before the monitor could look. A short count of them, unless
BERTH_SOAK is set: then 1,000 (`./dev soak oom`).
"""

import concurrent.futures
import json
import os
import pathlib
import select
import shutil
import signal
import sys
import time

import service

KILLS = 1000 if "BERTH_SOAK" in os.environ else 20
AT_ONCE = 2
ASLEEP = 60 if "BERTH_SOAK" in os.environ else 3  # seconds


class Container:
    """One life under berth-monitor and berth-runtime, from create to the exit file."""

    def __init__(self, case, number, command):
        self.case, self.id = case, f"oom-{number}"
        self.dir = case.scratch / self.id
        for sub in ("exits", "persist"):
            (self.dir / sub).mkdir(parents=True)
        service.run("berth-runtime", "spec", "--bundle", self.dir, check=True)
        config = service.read_json(self.dir / "config.json")
        config["root"] = {"path": str(case.root), "readonly": True}
        config["process"].update(terminal=False, args=list(command))
        config["linux"]["cgroupsPath"] = f"/{self.id}"
        config["linux"]["resources"] = {"memory": {"limit": 8 << 20}}
        service.write_json(self.dir / "config.json", config)
        self.cgroup = service.CGROUPS / self.id

    def create(self):
        reading, writing = os.pipe()
        service.run("berth-monitor", "--api-version", "1", "--cid", self.id, "--cuuid", self.id, "--bundle", self.dir,
                    "--container-pidfile", self.dir / "pidfile", "--conmon-pidfile", self.dir / "monitor.pid", "--full-attach",
                    "--runtime", "/usr/bin/berth-runtime", "--exit-dir", self.dir / "exits", "--persist-dir",
                    self.dir / "persist", "--log-path", "none", check=True, pass_fds=(writing,),
                    env={**os.environ, "_OCI_SYNCPIPE": str(writing)})
        os.close(writing)
        with os.fdopen(reading) as sync:
            self.pid = json.loads(sync.readline())["data"]
        self.monitor = int((self.dir / "monitor.pid").read_text())
        self.init = os.pidfd_open(self.pid)

    def start(self):
        service.run("berth-runtime", "start", self.id, check=True)

    def remove_cgroup_at_its_end(self):
        select.select([self.init], [], [])
        while True:
            try:
                return os.rmdir(self.cgroup)
            except OSError:  # a dead process leaves it a moment later
                pass

    def end(self):
        """How it ended, by the monitor's records: exit status, whether memory was why."""
        exited = self.dir / "exits" / self.id
        self.case.eventually(exited.exists, timeout=120)
        self.case.eventually(lambda: not pathlib.Path(f"/proc/{self.monitor}").exists(), timeout=120)
        service.run("berth-runtime", "delete", "--force", self.id, check=True)
        os.close(self.init)
        status, flags = exited.read_text(), [(self.dir / place).exists() for place in ("oom", "persist/oom")]
        shutil.rmtree(self.dir)
        return status, flags


class OomKills(service.TestCase):
    eater = ("/bin/busybox", "tail", "/dev/zero")

    def setUp(self):
        super().setUp()
        self.root = self.scratch / "root"
        for name in ("bin", "dev", "proc", "sys", "tmp", "etc"):
            (self.root / name).mkdir(parents=True)
        shutil.copy2("/bin/busybox", self.root / "bin" / "busybox")

    def killed_and_gone(self, number):
        """The cgroup is removed as soon as it can be; every other time while the monitor cannot look."""
        container = Container(self, number, self.eater)
        container.create()
        if number % 2:
            os.kill(container.monitor, signal.SIGSTOP)
        container.start()
        container.remove_cgroup_at_its_end()
        if number % 2:  # the others may have ended by now
            os.kill(container.monitor, signal.SIGCONT)
        return container.end()

    def test_are_flagged_each_although_their_cgroups_are_gone_at_once(self):
        counts = {}
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as workers:
            for number, end in enumerate(workers.map(self.killed_and_gone, range(KILLS))):
                counts[str(end)] = counts.get(str(end), 0) + 1
                if number % 50 == 49:
                    print(f"{number + 1} OOM kills: {counts}", file=sys.stderr, flush=True)
        self.assertEqual(counts, {str(("137", [True, True])): KILLS})

    def test_are_flagged_while_the_container_lives_on(self):
        script = "/bin/busybox tail /dev/zero; /bin/busybox touch /tmp/survived; exec /bin/busybox sleep 1000"
        container = Container(self, "child", ("/bin/busybox", "sh", "-c", script))
        container.create()
        container.start()
        self.eventually((container.dir / "oom").exists, timeout=120)
        os.kill(container.pid, signal.SIGKILL)
        self.assertEqual(container.end(), ("137", [True, True]))

    def test_are_waited_for_asleep(self):
        container = Container(self, "idle", ("/bin/busybox", "sleep", "1000"))
        container.create()
        container.start()

        def sleeps_for(seconds):
            status = pathlib.Path(f"/proc/{container.monitor}/status")
            switches = lambda: [line for line in status.read_text().splitlines() if "ctxt_switches" in line]
            before = switches()
            time.sleep(seconds)
            return switches() == before

        self.eventually(lambda: sleeps_for(2.5), timeout=60)  # what the start has left is done, its timers have run
        self.assertTrue(sleeps_for(ASLEEP))
        os.kill(container.pid, signal.SIGKILL)
        self.assertEqual(container.end(), ("137", [False, False]))

    def test_are_not_claimed_for_another_death_whose_cgroup_is_gone_at_once(self):
        for number, stopped in enumerate((False, True)):
            container = Container(self, f"sleeper-{number}", ("/bin/busybox", "sleep", "1000"))
            container.create()
            container.start()
            if stopped:
                os.kill(container.monitor, signal.SIGSTOP)
            os.kill(container.pid, signal.SIGKILL)
            container.remove_cgroup_at_its_end()
            os.kill(container.monitor, signal.SIGCONT)
            self.assertEqual(container.end(), ("137", [False, False]))


if __name__ == "__main__":
    service.main()
