#!/usr/bin/env python3
"""The debugging door: boots the test machine with the programs of this build and gives its serial console.

It logs in by itself as root; `poweroff` or C-a x ends it. The guest's test files lie in /mnt/guest.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import machine


def main():
    programs = pathlib.Path(os.environ.get("BERTH_BIN", machine.HERE.parents[1] / "build" / "bin"))
    recipe = sys.argv[1] if len(sys.argv) > 1 else "base"
    try:
        image = machine.build_image(recipe)
        with tempfile.TemporaryDirectory(prefix="berth-vm-") as scratch:
            disk = pathlib.Path(scratch) / "disk.img"
            machine.make_disk(disk, programs, machine.HERE / "guest", [])
            command = machine.command(image, disk, kernel_arguments=["berth.shell"], extra=["-serial", "mon:stdio"])
            return subprocess.run(command, env={**os.environ, "TMPDIR": scratch}).returncode
    except machine.Missing as missing:
        print(f"./dev vm: {missing}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
