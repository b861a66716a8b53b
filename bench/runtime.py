"""The runtimes: berth-runtime beside crun and runc, and beside the floor."""

import concurrent.futures
import itertools
import time

from bundle import make_bundle
from figures import interleave
from view import Failed

ROWS = ("run", "lifecycle", "many", "exec", "state", "rss")
MANY = 200
AT_ONCE = 8
PROGRAMS = {"berth": "berth-runtime", "crun": "crun", "runc": "runc"}


class Runtime:
    """One program under test: its commands, each with a state directory of its own."""

    def __init__(self, view, program):
        self.view = view
        self.command = [program, "--root", view.work / "state" / program]
        self.numbers = itertools.count()
        self.name = f"{view.prefix}{program}"

    def fresh_id(self):
        return f"{self.name}-{next(self.numbers)}"

    def pid_file(self, name):
        return self.view.work / f"{name}.pid"

    def create(self, bundle, name):
        return [*self.command, "create", "--bundle", bundle, "--pid-file", self.pid_file(name), name]

    def run(self, bundle):
        return self.view.time(*self.command, "run", "--bundle", bundle, self.fresh_id())[0]

    def lifecycle_commands(self, bundle):
        name = self.fresh_id()
        return [*self.create(bundle, name), ";",
                *self.command, "start", name, ";",
                "reap", self.pid_file(name), ";",
                *self.command, "delete", name]

    def lifecycle(self, bundle):
        return self.view.time(*self.lifecycle_commands(bundle))[0]

    def many(self, bundle):
        """MANY lifecycles, AT_ONCE at a time; wall time of all divided by MANY."""
        def work(stopwatch):
            out = self.view.work / f"out-{id(stopwatch)}"
            for _ in range(MANY // AT_ONCE):
                stopwatch.time(out, *self.lifecycle_commands(bundle))

        stopwatches = [self.view.another_stopwatch() for _ in range(AT_ONCE)]
        try:
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                began = time.monotonic()
                for done in [pool.submit(work, stopwatch) for stopwatch in stopwatches]:
                    done.result()
                return (time.monotonic() - began) / MANY * 1000
        finally:
            for stopwatch in stopwatches:
                stopwatch.close()

    def create_peak(self, bundle):
        name = self.fresh_id()
        peak = self.view.time(*self.create(bundle, name))[1]
        self.end(name)
        return peak

    def start(self, bundle):
        name = self.fresh_id()
        self.view.time(*self.create(bundle, name), ";", *self.command, "start", name)
        return name

    def execute(self, name):
        return self.view.time(*self.command, "exec", name, "/bin/true")[0]

    def state(self, name):
        return self.view.time(*self.command, "state", name)[0]

    def end(self, name):
        self.view.time("kill", self.pid_file(name), ";", *self.command, "delete", name)


class Floor:
    """The same kernel work without a runtime around it: bench/floor.cc."""

    def __init__(self, view):
        self.view = view
        self.command = ["floor", view.rootfs(), f"/sys/fs/cgroup/{view.prefix}floor", "/bin/true"]

    def run(self):
        return self.view.time(*self.command)[0]

    def peak(self):
        return self.view.time(*self.command)[1]

    def execute(self, pid):
        """The same command in the container of process `pid`: bench/floor_exec.cc."""
        return self.view.time("floor-exec", pid, self.cgroup_of(pid), "/bin/true")[0]

    @staticmethod
    def cgroup_of(pid):
        with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
            path = next(line.split(":", 2)[2].rstrip() for line in file if line.startswith("0::"))
        return f"/sys/fs/cgroup{path}"


def beside(runtimes, method, argument, floor=None):
    """The contenders of one row: `method(argument)` of every runtime, and the floor's."""
    contenders = {name: lambda runtime=runtime: method(runtime, argument) for name, runtime in runtimes.items()}
    if floor:
        contenders["floor"] = floor
    return contenders


def leave_out_the_unable(runtimes, bundle):
    """A peer that cannot run the bundle on this machine at all is named and left out; Berth has to."""
    for name in [name for name in runtimes if name != "berth"]:
        try:
            runtimes[name].run(bundle)
        except Failed as failure:
            print(f"left out: {failure}")
            del runtimes[name]


def measure(view, figures, options):
    rows = options.row or ROWS
    runtimes = {name: Runtime(view, program) for name, program in PROGRAMS.items() if view.has(program)}
    (view.work / "state").mkdir()
    floor = Floor(view)
    once = make_bundle(view, "once", "/bin/true")
    leave_out_the_unable(runtimes, once)
    print("peers: " + ", ".join(view.version(PROGRAMS[name]) for name in runtimes if name != "berth"))
    if "run" in rows:
        figures.add("run", "ms", interleave(options.runs, beside(runtimes, Runtime.run, once, floor.run)))
    if "lifecycle" in rows:
        figures.add("lifecycle", "ms", interleave(options.runs, beside(runtimes, Runtime.lifecycle, once, floor.run)))
    if "many" in rows:
        figures.add("many", "ms", interleave(1, beside(runtimes, Runtime.many, once), warm_up=0))
    if {"exec", "state"} & set(rows):
        measure_running(view, figures, options, runtimes, floor, rows)
    if "rss" in rows:
        figures.add("rss", "kB",
                    interleave(min(options.runs, 20), beside(runtimes, Runtime.create_peak, once, floor.peak)))


def measure_running(view, figures, options, runtimes, floor, rows):
    """What is done to a container that runs: one for each runtime, all at once."""
    idle = make_bundle(view, "idle", "/bin/sleep", "1000000")
    names = {}
    try:
        for name, runtime in runtimes.items():
            names[name] = runtime.start(idle)
        rows_of_it = {"exec": Runtime.execute, "state": Runtime.state}
        for row in [row for row in rows_of_it if row in rows]:
            contenders = {name: lambda name=name: rows_of_it[row](runtimes[name], names[name]) for name in names}
            if row == "exec":
                some = next(iter(names))
                pid = runtimes[some].pid_file(names[some]).read_text().strip()
                contenders["floor"] = lambda: floor.execute(pid)
            figures.add(row, "ms", interleave(options.runs, contenders))
    finally:
        for name, container in names.items():
            runtimes[name].end(container)
