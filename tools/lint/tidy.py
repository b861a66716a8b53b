#!/usr/bin/env python3
"""Runs clang-tidy over the translation units of a build, in parallel, and remembers what was clean.

    tidy.py --build DIR [FILE...]      all units of the compilation database unless files are named

A unit that was clean is not looked at again until something that it consists of changes: the key is a hash of its
source and of every header of ours that it reaches, its .clang-tidy files, its flags (with the checkout's path taken
out) and the versions of the tools and libraries. So a clone anywhere on the machine finds what another one
checked. The cache is ${XDG_CACHE_HOME:-~/.cache}/berth/tidy; removing it is always safe.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "berth" / "tidy"
MAX_AGE_DAYS = 30

# clang 14 knows C++23 by its working title, and not all of GCC's warnings.
EXTRA = ["--extra-arg=-std=c++2b", "--extra-arg=-Wno-unknown-warning-option"]
QUOTED = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
NOISE = re.compile(r"^(\d+ (warnings?|errors?).*generated|Suppressed |Use -header-filter|.*: note: this fix will not)")
LOCATION = re.compile(r"^(\S+?:\d+:\d+): (warning|error): (.*)$")


def versions():
    """What the findings depend on beside the sources: the tools and the headers of the system."""
    texts = [subprocess.run(["clang-tidy", "--version"], capture_output=True, text=True, check=True).stdout]
    packages = subprocess.run(
        ["dpkg-query", "-W", "g++", "libstdc++*-dev", "libc6-dev", "linux-libc-dev", "rapidjson-dev", "libgtest-dev",
         "libgmock-dev", "libseccomp-dev", "libsqlite3-dev"], capture_output=True, text=True, check=False)
    texts.append(packages.stdout)
    return "\n".join(texts).encode()


class Sources:
    """Contents and includes of our files, each read once."""

    def __init__(self):
        self._known = {}

    def read(self, path):
        if path not in self._known:
            data = path.read_bytes()
            found = []
            for name in QUOTED.findall(data):
                for top in (ROOT / "src", ROOT / "cmd", ROOT, path.parent):
                    candidate = top / os.fsdecode(name)
                    if candidate.is_file():
                        found.append(candidate)
                        break
            self._known[path] = (hashlib.sha256(data).digest(), found)
        return self._known[path]

    def closure(self, path):
        """`path` and every file of ours that it reaches."""
        reached, waiting = set(), [path]
        while waiting:
            current = waiting.pop()
            if current not in reached:
                reached.add(current)
                waiting.extend(self.read(current)[1])
        return reached


def configuration_of(path):
    for folder in path.parents:
        file = folder / ".clang-tidy"
        if file.is_file():
            yield file
        if folder == ROOT:
            return


def key_of(unit, sources, versions_text):
    path = pathlib.Path(unit["file"])
    digest = hashlib.sha256(versions_text)
    digest.update(" ".join(EXTRA).encode())
    digest.update(unit["command"].replace(unit["directory"], "@build@").replace(str(ROOT), "@root@").encode())
    for file in sorted(sources.closure(path)):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + sources.read(file)[0])
    for file in configuration_of(path):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def check(unit, build, key):
    """Looks at one unit and remembers it if it was clean. Returns (clean, findings)."""
    if is_remembered(key):  # another run was faster
        return True, ""
    result = subprocess.run(
        ["clang-tidy", "-p", str(build), "--quiet", *EXTRA, unit["file"]],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    output = result.stdout + "".join(
        line + "\n" for line in result.stderr.splitlines() if not NOISE.match(line))
    if result.returncode < 0:
        output += f"{unit['file']}:1:1: error: clang-tidy died of signal {-result.returncode}\n"
    clean = result.returncode == 0 and not any(LOCATION.match(line) for line in result.stdout.splitlines())
    if clean:
        remember(key)
    return clean, output


def entry_of(key):
    return CACHE / key[:2] / key


def remember(key):
    entry = entry_of(key)
    entry.parent.mkdir(parents=True, exist_ok=True)
    entry.touch()


def is_remembered(key):
    try:
        os.utime(entry_of(key))  # used: not to be trimmed
        return True
    except FileNotFoundError:
        return False


def trim():
    limit = time.time() - MAX_AGE_DAYS * 86400
    for entry in CACHE.glob("??/*"):
        if entry.stat().st_mtime < limit:
            entry.unlink(missing_ok=True)


def print_findings(output, seen):
    """Prints each finding once, although a header is seen by many units. Returns how many were new."""
    new, show = 0, False
    for line in output.splitlines():
        match = LOCATION.match(line)
        if match:
            show = line not in seen
            seen.add(line)
            new += show
        elif not seen:
            show = True
        if show:
            print(line.replace(str(ROOT) + "/", ""))
    return new


def units_of(build, files, sources):
    """The units to look at: those of `files`; for a header, the unit of its own name or the first that includes it."""
    database = json.loads((build / "compile_commands.json").read_text())
    units = {}
    for unit in database:
        path = pathlib.Path(unit["file"]).resolve()
        if ROOT in path.parents and (ROOT / "build") not in path.parents:
            unit["file"] = str(path)
            unit["command"] = unit.get("command") or shlex.join(unit["arguments"])
            units.setdefault(path, unit)
    if not files:
        return list(units.values())
    chosen = {}
    for file in files:
        if file.suffix == ".h" and file.with_suffix(".cc") in units:
            file = file.with_suffix(".cc")
        elif file.suffix == ".h":
            file = next((path for path in units if file in sources.closure(path)), file)
        if file in units:
            chosen[file] = units[file]
    return list(chosen.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    sources = Sources()
    units = units_of(arguments.build, [file.resolve() for file in arguments.files], sources)
    versions_text = versions()
    keys = {unit["file"]: key_of(unit, sources, versions_text) for unit in units}
    waiting = [unit for unit in units if not is_remembered(keys[unit["file"]])]
    # The largest first: the last to finish should be small.
    waiting.sort(key=lambda unit: -pathlib.Path(unit["file"]).stat().st_size)
    began, findings, dirty, seen = time.monotonic(), 0, 0, set()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = [pool.submit(check, unit, arguments.build, keys[unit["file"]]) for unit in waiting]
        for done in concurrent.futures.as_completed(running):
            clean, output = done.result()
            if not clean:
                dirty += 1
                findings += print_findings(output, seen)
                sys.stdout.flush()
    trim()
    print(f"clang-tidy: {len(units)} units, {len(units) - len(waiting)} of them known to be clean, "
          f"{findings} findings in {time.monotonic() - began:.0f} s")
    return 1 if dirty else 0


if __name__ == "__main__":
    sys.exit(main())
