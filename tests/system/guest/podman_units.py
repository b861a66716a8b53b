"""podman's containers as services of a real systemd: who sends READY=1, generated units, quadlet."""

import pathlib

import podman
import service

SPEAKS = "/berth notify send READY=1 'STATUS=in podman'; trap 'exit 0' TERM; while :; do sleep 0.1; done"
BERTH = ("-v", "/usr/bin/berth:/berth:ro")


class ASdnotify(podman.TestCase):
    def podman_unit(self, *arguments, **settings):
        self.remove_at_the_end()
        return self.unit("podman", "run", "--rm", "--replace", "--name", "box", *arguments,
                         **{"NotifyAccess": "all", "TimeoutStartSec": "90", **settings})

    def assert_active(self, unit):
        started = unit.start()
        self.assertEqual((started.returncode, unit.state()), (0, "active"), started.stderr + unit.journal())

    def assert_empty_after_stop(self, unit):
        unit.stop()
        self.assertEqual((unit.state(), unit.processes()), ("inactive", []), unit.journal())

    def test_of_the_container_waits_for_its_word_and_passes_its_status(self):
        unit = self.podman_unit("--sdnotify", "container", "--cgroups", "split", *BERTH, "busybox", "sh", "-c", SPEAKS)
        self.assert_active(unit)
        self.assertEqual(unit.show("StatusText"), "in podman")
        self.assertNotEqual(unit.processes("container") + unit.processes("libpod-payload-" + self.inspect("Id")), [])
        self.assert_empty_after_stop(unit)

    def test_of_the_container_lets_the_start_fail_when_it_ends_without_a_word(self):
        unit = self.podman_unit("--sdnotify", "container", "--cgroups", "split", "busybox", "sh", "-c", "exit 7")
        self.assertNotEqual(unit.start().returncode, 0)
        self.assertEqual(unit.state(), "failed")

    def test_of_conmon_is_active_when_the_container_runs_and_the_monitor_is_the_main_process(self):
        unit = self.podman_unit("--sdnotify", "conmon", "-d", "--cgroups", "no-conmon", "busybox", "sh", "-c",
                                "trap 'exit 0' TERM; while :; do sleep 0.1; done")
        self.assert_active(unit)
        self.assertEqual(unit.show("MainPID"), str(self.inspect("State.ConmonPid")))
        self.ok("stop", "-t", "10", "box")
        self.becomes(unit, "ActiveState", "inactive")

    def test_of_conmon_makes_the_containers_status_the_units(self):
        unit = self.podman_unit("--sdnotify", "conmon", "-d", "--cgroups", "no-conmon", "busybox", "sh", "-c", "sleep 2; exit 7")
        self.assert_active(unit)
        self.becomes(unit, "ExecMainStatus", "7")

    @podman.since(4, 4)
    def test_of_healthy_waits_for_the_first_healthy_answer(self):
        unit = self.podman_unit("--sdnotify", "healthy", "-d", "--cgroups", "no-conmon", "--health-cmd", "test -e /tmp/well",
                                "--health-interval", "1s", "busybox", "sh", "-c",
                                "trap 'exit 0' TERM; sleep 3; touch /tmp/well; while :; do sleep 0.1; done")
        self.assert_active(unit)
        self.assertEqual(self.podman("exec", "box", "test", "-e", "/tmp/well").returncode, 0)
        self.ok("stop", "-t", "10", "box")
        self.becomes(unit, "ActiveState", "inactive")


class AGeneratedUnit(podman.TestCase):
    def test_starts_stops_and_leaves_nothing(self):
        self.ok("create", "--name", "box", "busybox", "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
        text = self.ok("generate", "systemd", "--new", "--name", "box")
        self.ok("rm", "box")
        unit = self.service_of("container-box", text)
        self.remove_at_the_end()
        started = unit.start()
        self.assertEqual((started.returncode, unit.state()), (0, "active"), started.stderr + unit.journal())
        self.assertEqual(unit.show("MainPID"), str(self.inspect("State.ConmonPid")))
        unit.stop()
        self.assertEqual((unit.state(), unit.processes()), ("inactive", []), unit.journal())
        self.assertNotEqual(self.podman("container", "exists", "box").returncode, 0)


class AQuadlet(podman.TestCase):
    @podman.since(4, 4)
    def test_is_a_service_with_the_containers_word_and_status(self):
        folder = pathlib.Path("/etc/containers/systemd")
        folder.mkdir(exist_ok=True)
        file = folder / "quad.container"
        self.addCleanup(service.run, "systemctl", "daemon-reload")
        self.addCleanup(file.unlink)
        file.write_text("[Container]\nImage=localhost/busybox:latest\nContainerName=box\nNotify=true\n"
                        "Volume=/usr/bin/berth:/berth:ro\nPull=never\n"
                        f'Exec=sh -c "{SPEAKS}"\n[Service]\nTimeoutStartSec=90\n')
        service.run("systemctl", "daemon-reload", check=True)
        unit = service.Unit.__new__(service.Unit)
        unit.name = "quad"
        self.remove_at_the_end()
        started = unit.start()
        self.assertEqual((started.returncode, unit.show("StatusText")), (0, "in podman"), started.stderr + unit.journal())
        unit.stop()
        self.assertEqual((unit.state(), unit.processes()), ("inactive", []), unit.journal())


if __name__ == "__main__":
    podman.main()
