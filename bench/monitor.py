"""The monitors: berth-monitor beside conmon, both with the same runtime and the same command line."""

import contextlib
import json
import shutil
import struct
import time

from bundle import make_bundle
from figures import interleave
from view import Failed

ROWS = ("idle-private", "idle-private-200", "lines-cpu", "lines-wall", "json-cpu", "big-cpu", "journald-cpu",
        "exit-latency", "create", "notify-latency")
PROGRAMS = {"berth": "berth-monitor", "conmon": "conmon"}
BIG_BYTES = 600_000_000
BEATS = 200
IDLE_MANY = 200


class Container:
    """One container under one monitor, from its creation to its removal."""

    number = 0

    def __init__(self, suite, program, bundle, driver="k8s-file", extra=()):
        Container.number += 1
        self.suite = suite
        self.view = suite.view
        self.name = f"{suite.view.prefix}monitored-{Container.number}"  # conmon wants more than 12 characters
        self.home = self.view.work / self.name
        (self.home / "exits").mkdir(parents=True)
        (self.home / "attach").mkdir()
        self.log = self.view.disk / self.name
        log = f"{driver}:{self.log}" if driver.endswith("file") else driver
        took, status, line = self.view.ask(
            "sync", self.home / "errors", program, "--api-version", "1", "--cid", self.name, "--cuuid", self.name,
            "--name", self.name, "--runtime", suite.runtime[0], *suite.runtime_arguments("--runtime-arg"),
            "--bundle", bundle, "--container-pidfile", self.home / "pid", "--conmon-pidfile", self.home / "monitor",
            "--exit-dir", self.home / "exits", "--persist-dir", self.home, "--socket-dir-path", self.home / "attach",
            "--log-path", log, "--log-level", "error", *extra)
        self.create_ms = int(took) / 1e6
        self.pid = json.loads(line).get("data", -1) if status == "0" and line else -1
        if self.pid <= 0:
            raise Failed(f"{program}: {line} {(self.home / 'errors').read_text(errors='replace')}")
        self.monitor = int((self.home / "monitor").read_text())

    def start_command(self):
        return [*self.suite.runtime, "start", self.name]

    def start(self):
        self.view.time(*self.start_command())

    def finish(self):
        """Waits for the end of payload and monitor; the monitor's CPU time and the wall time since the start, in s."""
        began = time.monotonic()
        self.start()
        cpu_us = int(self.view.ask("reap", self.monitor)[0])
        wall = time.monotonic() - began
        self.remove()
        return cpu_us / 1e6, wall

    def kill(self):
        """SIGKILL to the payload; the latency in ms from then to its exit file. Waits for the monitor."""
        latency = int(self.view.ask("exit", self.pid, self.home / "exits" / self.name)[0])
        self.view.ask("reap", self.monitor)
        self.remove()
        return latency / 1e6

    def remove(self):
        self.view.time(*self.suite.runtime, "delete", "--force", self.name)
        shutil.rmtree(self.home)
        self.log.unlink(missing_ok=True)

    def private_dirty_kb(self):
        with open(f"/proc/{self.monitor}/smaps_rollup", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))


class Suite:
    def __init__(self, view, options):
        self.view = view
        self.options = options
        directories = (view.bin, "/usr/bin", "/usr/sbin")
        paths = (f"{directory}/{options.runtime}" for directory in directories)
        path = next((path for path in paths if view.inside(path).exists()), None)
        if path is None:
            raise Failed(f"no runtime {options.runtime}")
        self.runtime = [path, "--root", str(view.work / "state")]
        self.programs = {name: program for name, program in PROGRAMS.items() if view.has(program)}
        self.idle = make_bundle(view, "idle", "/bin/sleep", "1000000")

    def runtime_arguments(self, flag):
        return [word for argument in self.runtime[1:] for word in (flag, argument)]

    def each(self, sample):
        """The contenders of a row: `sample(program)` of every monitor."""
        return {name: lambda program=program: sample(program) for name, program in self.programs.items()}

    # One sample each.

    def idle_private(self, program):
        container = Container(self, program, self.idle)
        container.start()
        time.sleep(0.2)  # what it does at the start is done; memory is read, nothing is timed
        private = container.private_dirty_kb()
        container.kill()
        return private

    def idle_private_many(self, program):
        containers = [Container(self, program, self.idle) for _ in range(IDLE_MANY)]
        for container in containers:
            container.start()
        time.sleep(0.5)
        private = sum(container.private_dirty_kb() for container in containers)
        for container in containers:
            container.kill()
        return private

    def create(self, program):
        container = Container(self, program, self.idle)
        container.kill()
        return container.create_ms

    def exit_latency(self, program):
        container = Container(self, program, self.idle)
        container.start()
        return container.kill()

    def notify_latencies(self, program, bundle, notify):
        """BEATS latencies in ms. The bundle's directory "notify" is /run/notify in the container, as podman does it."""
        socket = self.view.work / "host-notify"
        container = Container(self, program, bundle, extra=("--sdnotify-socket", socket))
        answer = self.view.ask("notify", socket, BEATS, *container.start_command())
        container.kill()
        shutil.rmtree(notify)
        notify.mkdir()
        return [int(latency) / 1e6 for latency in answer]


def fetch_memory(view):
    """A hypervisor may take back what memory is free (free page reporting) and gives it again at a fault, which costs whoever
    meets it as much as all else: what a log is about to take from the page cache is fetched in nobody's time."""
    file = view.disk / "memory"
    block = bytes(1 << 20)
    with open(file, "wb", buffering=0) as out:
        for _ in range(BIG_BYTES * 5 // 4 // len(block)):
            out.write(block)
    file.unlink()


def floor_cpu(view, *words):
    """The CPU in s of bench/floor_pour.cc, with what the metronome says when it is given `words`."""
    log = view.disk / "floor-log"
    fetch_memory(view)
    printed = view.output("floor-pour", log, "metronome", *words)
    log.unlink()
    return int(printed) / 1e6


def measure(view, figures, options):
    suite = Suite(view, options)
    rows = options.row or ROWS
    print(f"runtime: {view.version(suite.runtime[0])}; " +
          "; ".join(view.version(program) for name, program in suite.programs.items() if name != "berth"))
    if "idle-private" in rows:
        figures.add("idle-private", "kB", interleave(5, suite.each(suite.idle_private), warm_up=0))
    if "idle-private-200" in rows:
        figures.add("idle-private-200", "kB", interleave(1, suite.each(suite.idle_private_many), warm_up=0))
    measure_streams(suite, figures, rows)
    for row, sample in (("exit-latency", suite.exit_latency), ("create", suite.create)):
        if row in rows:
            figures.add(row, "ms", interleave(options.runs, suite.each(sample)))
    if "notify-latency" in rows:
        measure_notify(suite, figures)


def measure_streams(suite, figures, rows):
    """The rows that pour output through a monitor: few rounds, each takes seconds."""
    lines = make_bundle(suite.view, "lines", "/bin/metronome", "lines", str(suite.options.lines))
    big = make_bundle(suite.view, "big", "/bin/metronome", "bytes", str(BIG_BYTES))
    rounds = suite.options.rounds

    def sample(program, bundle, driver):
        container = Container(suite, program, bundle, driver, ("--no-sync-log",))
        if driver.endswith("file"):
            fetch_memory(suite.view)
        return container.finish()

    def pour(bundle, driver="k8s-file"):
        return suite.each(lambda program: sample(program, bundle, driver))

    def ours(bundle, driver):
        return pour(bundle, driver)["berth"]

    def column(samples, index):
        return {name: [sample[index] for sample in values] for name, values in samples.items()}

    if {"lines-cpu", "lines-wall"} & set(rows):
        samples = interleave(rounds, {**pour(lines), "berth-off": ours(lines, "off")}, warm_up=0)
        figures.add("lines-cpu", "s", column(samples, 0))
        figures.add("lines-wall", "s", column(samples, 1))
    if "json-cpu" in rows:
        contenders = {"berth": ours(lines, "json-file"), "berth-k8s-file": ours(lines, "k8s-file")}
        figures.add("json-cpu", "s", column(interleave(rounds, contenders, warm_up=0), 0))
    if "big-cpu" in rows:
        floor = lambda: (floor_cpu(suite.view, "bytes", str(BIG_BYTES)),)
        figures.add("big-cpu", "s", column(interleave(rounds, {**pour(big), "floor": floor}, warm_up=0), 0))
    if "journald-cpu" in rows:
        if suite.view.has_journal:
            figures.add("journald-cpu", "s", column(interleave(rounds, pour(lines, "journald"), warm_up=0), 0))
        else:
            print("\njournald-cpu: left out, there is no journal on this machine")


@contextlib.contextmanager
def awake_processors():
    """No processor sleeps meanwhile, as with cyclictest: how long one takes to wake up is the machine's matter (under a
    hypervisor it is most of a latency), and which program meets one that sleeps is chance."""
    try:
        latency = open("/dev/cpu_dma_latency", "wb", buffering=0)
    except OSError as error:
        print(f"processors may sleep: {error}")
        yield
        return
    with latency:
        latency.write(struct.pack("i", 0))  # µs; holds until the file is closed
        yield


def measure_notify(suite, figures):
    notify = suite.view.work / "notifying" / "notify"
    bundle = make_bundle(
        suite.view, "notifying", "/bin/metronome", str(BEATS), "2000", environment=["NOTIFY_SOCKET=/run/notify/notify.sock"],
        mounts=[{"destination": "/run/notify", "type": "bind", "source": str(notify),
                 "options": ["bind", "rw", "nosuid", "nodev", "noexec"]}])
    notify.mkdir()
    with awake_processors():
        rounds = interleave(suite.options.rounds,
                            suite.each(lambda program: suite.notify_latencies(program, bundle, notify)), warm_up=0)
    figures.add("notify-latency", "ms",
                {name: [latency for latencies in values for latency in latencies] for name, values in rounds.items()})
