"""A Debian with systemd as its first process in a container of podman."""

import pathlib
import re

import podman
import service

PACKAGES = ("systemd", "systemd-sysv", "dbus", "bash", "dash", "coreutils", "mount", "login", "passwd", "libnss-systemd")
# What this machine starts and a container has no use for.
MASKED = ("systemd-udevd.service", "systemd-modules-load.service", "systemd-logind.service")


def with_dependencies(packages):
    """These packages and all that they depend on, as far as they are installed here."""
    table = service.run("dpkg-query", "-W", "-f", "${Package}\t${Provides},${Depends},${Pre-Depends}\n", check=True).stdout
    needs = {}
    for line in table.splitlines():
        name, relations = line.split("\t")
        needs[name] = re.findall(r"(?:^|[,|])\s*([a-z0-9.+-]+)", relations)
    found, waiting = set(), list(packages)
    while waiting:
        if (name := waiting.pop()) in needs and name not in found:
            found.add(name)
            waiting += needs[name]
    return sorted(found)


def make_root():
    """A tar of a small Debian with systemd, of this machine's own files."""
    root, archive = pathlib.Path("/srv/systemd"), pathlib.Path("/srv/systemd.tar")
    if archive.exists():
        return archive
    listed = service.run("dpkg-query", "-L", *with_dependencies(PACKAGES), check=True).stdout.splitlines()
    paths = {pathlib.Path(line) for line in listed if line.startswith("/") and line != "/."}
    paths = {path.parent.resolve() / path.name for path in paths}  # /bin/x is /usr/bin/x
    paths |= {pathlib.Path(path) for path in ("/bin", "/sbin", "/lib", "/lib64", "/etc/passwd", "/etc/group", "/etc/ld.so.cache")}
    names = "".join(f"{path}\0" for path in sorted(paths) if path.exists() or path.is_symlink())
    root.mkdir()
    service.run("sh", "-c", f"tar -C / --no-recursion --null -T - -cf - | tar -C {root} -xf -", input=names, stdin=None, check=True)
    (root / "etc/machine-id").write_text("")
    for unit in MASKED:
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    service.run("tar", "-C", root, "-cf", archive, ".", check=True)
    return archive


class SystemdInAContainer(podman.TestCase):
    runtimes = ("berth",)

    def boot(self, *flags):
        if self.podman("image", "exists", "systemd").returncode != 0:
            self.ok("import", make_root(), "systemd")
        self.start(*flags, "systemd", "/sbin/init")
        self.eventually(lambda: self.podman("exec", "box", "systemctl", "is-system-running").stdout.strip() in
                        ("running", "degraded"), timeout=180, message=lambda: self.ok("logs", "box"))

    def test_boots_starts_services_and_shuts_down_at_the_stop_signal(self):
        self.scratch.chmod(0o777)
        self.boot("--systemd", "always", "-v", f"{self.scratch}:/data")
        self.assertEqual(self.ok("exec", "box", "cat", "/proc/1/comm"), "systemd")
        self.ok("exec", "box", "systemd-run", "--wait", "--unit", "inner", "-p", "MemoryMax=50M", "sh", "-c",
                "cat /sys/fs/cgroup/system.slice/inner.service/memory.max > /inner")
        self.assertEqual(self.ok("exec", "box", "cat", "/inner"), str(50 * 2**20))
        self.ok("exec", "box", "systemd-run", "--unit", "other", "-p", "ExecStop=touch /data/stopped", "sleep", "1000")
        self.ok("stop", "-t", "100", "box", timeout=180)
        self.assertTrue((self.scratch / "stopped").exists())  # in order, service by service
        self.assertEqual(self.inspect("State.Status"), "exited")
        self.assertNotEqual(self.inspect("State.ExitCode"), 137)


if __name__ == "__main__":
    podman.main()
