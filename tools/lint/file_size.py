#!/usr/bin/env python3
"""Checks that no source file has more than 600 lines, unless tools/lint/long_files.txt gives the reason.

    file_size.py FILE...
"""

import pathlib
import sys

LIMIT = 600
ROOT = pathlib.Path(__file__).resolve().parents[2]


def exceptions():
    """{path: reason} of the lines `path: reason` in long_files.txt."""
    known = {}
    for line in (ROOT / "tools/lint/long_files.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, _, reason = line.partition(":")
            known[path.strip()] = reason.strip()
    return known


def main():
    known, bad = exceptions(), False
    for name in sys.argv[1:]:
        path = pathlib.Path(name).resolve()
        lines = path.read_bytes().count(b"\n")
        relative = str(path.relative_to(ROOT))
        if lines > LIMIT and not known.get(relative):
            print(f"{relative}: {lines} lines; at {LIMIT} a file asks to be divided (or name the reason in "
                  "tools/lint/long_files.txt)")
            bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
