#!/usr/bin/env python3
"""Checks that includes point one way: cmd -> policy -> supervise -> {cgroup, systemd} -> {spec, contract} -> json ->
sys -> base; and that they are quoted as the house quotes them.

    include_direction.py [--root DIR] [FILE...]     all sources under src/ and cmd/ unless files are named

Ends 1 and prints one line a finding, 0 and nothing when all is well.
"""

import argparse
import pathlib
import re
import sys

LOW = {"base"}
SYS = LOW | {"sys"}
JSON = SYS | {"json"}
FORMATS = JSON | {"spec", "contract"}
MECHANISM = FORMATS | {"cgroup", "systemd"}
SUPERVISE = MECHANISM | {"supervise"}

# What each module may include, besides itself.
ALLOWED = {
    "src/base": set(),
    "src/sys": LOW,
    "src/json": SYS,
    "src/spec": JSON,
    "src/contract": JSON,
    "src/cgroup": FORMATS,
    "src/systemd": FORMATS,
    "src/supervise": MECHANISM,
    "src/runtime/init": MECHANISM,
    "src/runtime": SUPERVISE,
    "src/monitor": SUPERVISE,
    "src/shim": SUPERVISE,
    "src/engine": SUPERVISE,
    "cmd/common": LOW,
    "cmd/berth-runtime": SUPERVISE | {"common", "runtime"},
    "cmd/berth-monitor": SUPERVISE | {"common", "monitor"},
    "cmd/containerd-shim-berth-v2": SUPERVISE | {"common", "shim"},
    "cmd/berth": SUPERVISE | {"common", "engine"},
}

# runtime sees init through its plan and its launch.
INIT_DOORS = {"runtime/init/plan.h", "runtime/init/launch.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def module_of(path):
    """The entry of ALLOWED that a source file (relative to the root) belongs to; None: no rule for it."""
    parts = path.parts
    if parts[:3] == ("src", "runtime", "init"):
        return "src/runtime/init"
    return "/".join(parts[:2]) if len(parts) > 2 and parts[0] in ("src", "cmd") else None


def short_name(module):
    return module.split("/", 1)[1]


def check_include(root, source, module, included):
    """The reason why `source` may not include "included", or None."""
    home = next((top for top in ("src", "cmd") if (root / top / included).is_file()), None)
    if home is None:
        return "no such header under src/ or cmd/ (system headers are included with <>)"
    target = module_of(pathlib.PurePosixPath(home) / included)
    if target == module:
        return None
    if target == "src/runtime/init":
        if module == "src/runtime" and included in INIT_DOORS:
            return None
        return "runtime/init is seen by runtime only, and only through plan.h and launch.h"
    if short_name(target) in ALLOWED[module]:
        return None
    return f"{short_name(module)} must not depend on {short_name(target)}"


def check_file(root, source):
    relative = source.relative_to(root)
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".h" and "#pragma once" not in text:
        yield f"{relative}:1: a header begins with #pragma once"
    module = module_of(relative)
    if module is None:
        return
    if module not in ALLOWED:
        yield f"{relative}:1: the module {module} has no place in the order (tools/lint/include_direction.py)"
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        bracket, included = match.groups()
        if bracket == "<":
            # <sys/mount.h> is the system's; <runtime/state.h> can only be ours.
            if included.split("/")[0] != "sys" and any((root / top / included).is_file() for top in ("src", "cmd")):
                yield f"{relative}:{number}: <{included}> is ours: include it with quotes"
            continue
        reason = check_include(root, relative, module, included)
        if reason:
            yield f'{relative}:{number}: "{included}": {reason}'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    files = [file.resolve() for file in arguments.files]
    if not files:
        files = sorted(file for top in ("src", "cmd") for file in (root / top).rglob("*.*"))
    findings = [
        finding
        for file in files
        if file.suffix in (".h", ".cc") and root in file.parents
        for finding in check_file(root, file)
    ]
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
