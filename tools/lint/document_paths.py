#!/usr/bin/env python3
"""Checks that the files which the documents name exist: `src/engine/start.cc`, and relative links.

    document_paths.py [--root DIR] [FILE...]      all tracked *.md unless files are named
"""

import argparse
import pathlib
import re
import subprocess
import sys

NAMED = re.compile(r"`((?:src|cmd|tests|tools|docs|bench|packaging|cmake)/[A-Za-z0-9_./-]+)`")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def findings(root, file):
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        for name in NAMED.findall(line):
            if "NAME" not in name and not (root / name).exists():
                yield f"{file.relative_to(root)}:{number}: `{name}` does not exist"
        for name in LINK.findall(line):
            if not (file.parent / name).exists():
                yield f"{file.relative_to(root)}:{number}: link to {name}, which does not exist"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    files = [file.resolve() for file in arguments.files]
    if not files:
        listed = subprocess.run(["git", "ls-files", "*.md"], cwd=root, capture_output=True, text=True, check=True)
        files = [root / name for name in listed.stdout.splitlines()]
    found = [finding for file in files if file.exists() for finding in findings(root, file)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
