"""A Debian with systemd as PID 1 in QEMU, without KVM: the disk image, the second disk, the command line.

The image of a recipe (see image/build) is shared and never written: QEMU keeps a run's writes in a temporary file.
The second disk is made for each run. It carries `root/`, which the guest copies over its own /, and `guest/`, the tests.
"""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
PROGRAMS = ("berth", "berth-runtime", "berth-monitor")
BENCH_TOOLS = ("floor", "floor-exec", "floor-pour", "metronome", "stopwatch")


class Missing(Exception):
    """Something that this machine lacks; the message says what to do."""


def find_program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        raise Missing(f"{name} is not installed (Debian: apt-get install qemu-system-x86 e2fsprogs)")
    return found


def build_image(recipe):
    """The folder with root.img, kernel and initrd; built at the first call, a few minutes."""
    built = subprocess.run([HERE / "image" / "build", recipe], stdout=subprocess.PIPE, text=True)
    if built.returncode != 0:
        raise Missing("the disk image of the test machine could not be built (see above)")
    return pathlib.Path(built.stdout.strip())


def add_bench(guest, programs):
    """What `./dev bench` is made of, where it looks for it."""
    shutil.copytree(SOURCE / "bench", guest / "bench", ignore=shutil.ignore_patterns("__pycache__", "*.cc"))
    (guest / "tests" / "helpers").mkdir(parents=True)
    shutil.copy2(SOURCE / "tests" / "helpers" / "harness.py", guest / "tests" / "helpers")
    for folder, source, names in (("bin", programs, PROGRAMS), ("tools", SOURCE / "build" / "release" / "bench", BENCH_TOOLS)):
        (guest / "bench" / folder).mkdir()
        for name in names:
            shutil.copy2(source / name, guest / "bench" / folder)


def make_disk(path, programs, guest, order, bench=False):
    """An ext4 image with the programs under test in root/usr/bin, the test files in guest/ and what to run in order."""
    tree = path.with_suffix(".tree")
    (tree / "root" / "usr" / "bin").mkdir(parents=True)
    for name in PROGRAMS:
        if not (programs / name).exists():
            raise Missing(f"{programs / name} is not there: ./dev build makes it")
        shutil.copy2(programs / name, tree / "root" / "usr" / "bin" / name)
    shutil.copytree(guest, tree / "guest", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(SOURCE / "tools" / "demo", tree / "guest" / "demo")
    if bench:
        add_bench(tree / "guest", programs)
    (tree / "guest" / "order").write_text("".join(name + "\n" for name in order))
    if "BERTH_SOAK" in os.environ:
        (tree / "guest" / "soak").touch()
    size = sum(file.stat().st_size for file in tree.rglob("*") if file.is_file())
    subprocess.run([find_program("mke2fs"), "-q", "-t", "ext4", "-O", "^has_journal", "-E", "root_owner=0:0", "-d", tree,
                    path, f"{size // 2**20 * 5 // 4 + 8}M"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)


def command(image, disk, *, kernel_arguments=(), extra=()):
    """QEMU's command line. Never KVM: the tests are the same on every machine, and nested KVM hangs on some."""
    return [
        find_program("qemu-system-x86_64"), "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
        "-smp", "2", "-m", "2G", "-nodefaults", "-display", "none", "-no-reboot", "-device", "virtio-rng-pci",
        "-drive", f"file={image / 'root.img'},if=virtio,format=raw,snapshot=on",
        "-drive", f"file={disk},if=virtio,format=raw,readonly=on",
        "-kernel", image / "kernel", "-initrd", image / "initrd",
        # On a busy host the emulated timer may be late for the kernel's own check of it, which then panics.
        "-append", " ".join(["console=ttyS0", "root=/dev/vda", "rw", "mitigations=off", "panic=-1", "quiet",
                             "no_timer_check", "systemd.show_status=no", *kernel_arguments]),
        *extra,
    ]
