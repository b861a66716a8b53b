"""The attach socket, the terminal and the control FIFOs of berth-monitor, beside conmon's."""

import os
import pathlib
import socket
import stat
import time

import monitored


class Attach(monitored.TestCase):
    def test_output_comes_in_frames_that_name_their_stream(self):
        seen = []
        for container in self.under_each_monitor(["sh", "-c", "echo out; echo err >&2"]):
            container.create()
            client = container.attach()
            container.start()
            seen.append(monitored.frames(client))
        self.assertEqual(seen, [{2: b"out\n", 3: b"err\n"}] * len(seen))

    def test_the_socket_is_for_its_owner_only(self):
        for container in self.under_each_monitor(["true"]):
            container.create()
            mode = (container.dir / "attach").stat().st_mode
            self.assertTrue(stat.S_ISSOCK(mode))
            self.assertEqual(stat.S_IMODE(mode), 0o700)

    def test_a_frame_is_never_longer_than_clients_read(self):
        container = self.container(["sh", "-c", "head -c 300000 /dev/zero"])
        container.create()
        client = container.attach()
        container.start()
        total = 0
        while packet := client.recv(65536):
            self.assertLessEqual(len(packet), 8193)
            total += len(packet) - 1
        self.assertEqual(total, 300000)

    def test_input_reaches_the_payload_and_half_closing_ends_it(self):
        for container in self.under_each_monitor(["cat"]):
            container.create("--stdin")
            client = container.attach()
            container.start()
            client.send(b"first ")
            client.send(b"second\n")
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(monitored.frames(client), {2: b"first second\n"})
            self.assertEqual(container.wait(), "0")

    def test_a_large_input_arrives_whole(self):
        container = self.container(["sh", "-c", "sleep 0.3; wc -c"])
        container.create("--stdin")
        client = container.attach()
        container.start()
        client.setblocking(True)
        for _ in range(100):
            client.send(b"x" * 30000)
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(monitored.frames(client), {2: b"3000000\n"})

    def test_leave_stdin_open_keeps_it_for_the_next_client(self):
        for container in self.under_each_monitor(["sh", "-c", "read a; read b; echo $a $b"]):
            container.create("--stdin", "--leave-stdin-open")
            container.start()
            first = container.attach()
            first.send(b"one\n")
            first.close()
            second = container.attach()
            second.send(b"two\n")
            self.assertEqual(monitored.frames(second), {2: b"one two\n"})

    def test_without_stdin_what_clients_send_goes_nowhere(self):
        container = self.container(["sh", "-c", "cat; sleep 0.2; echo done"])
        container.create()
        client = container.attach()
        container.start()
        for _ in range(10):
            client.send(b"x" * 30000)
        self.assertEqual(monitored.frames(client), {2: b"done\n"})

    def test_every_client_gets_everything(self):
        container = self.container(["sh", "-c", "seq 1 100000"])
        container.create()
        clients = [container.attach() for _ in range(3)]
        container.start()
        expected = "".join(f"{n}\n" for n in range(1, 100001)).encode()
        # One after the other: the later ones are slow meanwhile, and hold the payload back.
        import threading
        results = [None] * 3
        def read(i):
            results[i] = monitored.frames(clients[i])
        threads = [threading.Thread(target=read, args=(i,)) for i in range(3)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        for result in results:
            self.assertEqual(result, {2: expected})

    def test_a_client_that_never_reads_is_dropped_and_the_payload_goes_on(self):
        container = self.container(["sh", "-c", "seq 1 300000; echo end"])
        container.create()
        stuck = container.attach()
        container.start()
        self.assertEqual(container.wait(timeout=60), "0")
        self.assertTrue(container.text().endswith("300000\nend\n"))
        stuck.close()

    def test_a_flood_of_connections_and_packets_does_no_harm(self):
        container = self.container(["sh", "-c", "read a; echo got $a"])
        container.create("--stdin", "--leave-stdin-open")
        container.start()
        for _ in range(300):
            client = container.attach()
            client.send(b"")
            client.close()
        clients = [container.attach() for _ in range(100)]
        clients[99].send(b"line\n")  # heard only once it has been accepted, behind all the others
        for client in (clients[50], clients[99]):
            self.assertEqual(monitored.frames(client), {2: b"got line\n"})

    def test_the_socket_directory_gets_a_link_to_the_bundle(self):
        for container in self.under_each_monitor(["true"]):
            command = [word for word in container.command("--socket-dir-path", container.dir / "sockets")
                       if word != "--full-attach"]
            container.process = container.launch(command)
            container.next_message()
            link = container.dir / "sockets" / monitored.UUID
            self.assertEqual(os.readlink(link), str(container.dir))
            container.start()
            container.wait()
            if container.monitor != monitored.CONMON:  # it leaves the link behind
                self.assertFalse(os.path.lexists(link))


class Terminal(monitored.TestCase):
    def test_the_payload_has_a_terminal_and_its_output_comes_as_stdout(self):
        logs = []
        for container in self.under_each_monitor(["sh", "-c", "tty >/dev/null && echo tty; echo err >&2"],
                                                 terminal=True):
            self.assertEqual(container.run("--terminal"), "0")
            logs.append(container.text())
        self.assertEqual(set(logs), {"tty\r\nerr\r\n"})

    def test_keys_reach_it_and_are_echoed(self):
        for container in self.under_each_monitor(["sh", "-c", "read a; echo got $a"], terminal=True):
            container.create("--terminal", "--stdin")
            client = container.attach()
            container.start()
            client.send(b"hello\n")
            self.assertEqual(monitored.frames(client), {2: b"hello\r\ngot hello\r\n"})

    def test_the_ctl_fifo_resizes_it(self):
        for container in self.under_each_monitor(
                ["sh", "-c", "trap 'stty size; exit' WINCH; echo up; while :; do sleep 0.05; done"], terminal=True):
            container.create("--terminal")
            container.start()
            self.eventually(lambda: "up" in container.text())
            with open(container.dir / "ctl", "w") as ctl:
                ctl.write("1 33 111\n")
            container.wait()
            self.assertIn("33 111", container.text())

    def test_the_last_output_before_the_end_is_not_lost(self):
        for attempt in range(10):
            container = self.container(["sh", "-c", "seq 1 500"], name=f"last{attempt}", terminal=True)
            container.run("--terminal")
            self.assertEqual(container.text(), "".join(f"{n}\r\n" for n in range(1, 501)))

    def test_no_socket_or_directory_is_left_in_tmp(self):
        container = self.container(["true"], terminal=True)
        tmp = container.dir / "tmp"
        tmp.mkdir()
        container.create("--terminal", env={"TMPDIR": str(tmp)})
        self.assertEqual(os.listdir(tmp), [])
        container.start()
        container.wait()

    def test_a_runtime_that_fails_before_the_terminal_is_heard(self):
        for container in self.under_each_monitor(["no-such-command"], terminal=True):
            message = container.create("--terminal")
            self.assertEqual(message["data"], -1)
            self.assertIn("no-such-command", message["message"])

    def test_a_detached_terminal_costs_no_wake_up(self):
        # The payload closes its terminal and lives on: the pty hangs up, and stays so.
        container = self.container(["sh", "-c", "exec sleep 30 </dev/null >/dev/null 2>&1"], terminal=True)
        container.create("--terminal")
        container.start()
        self.eventually(lambda: "sleep" in pathlib.Path(f"/proc/{container.pid}/cmdline").read_text())
        time.sleep(1.5)  # until the buffers are given back
        before = self.switches(container)
        time.sleep(1)
        self.assertEqual(self.switches(container), before)

    @staticmethod
    def switches(container):
        status = pathlib.Path(f"/proc/{container.monitor_pid}/status").read_text()
        return [line for line in status.splitlines() if "ctxt_switches" in line]


class Control(monitored.TestCase):
    def test_the_fifos_are_there_and_garbage_does_no_harm(self):
        container = self.container(["sleep", "100"])
        container.create()
        container.start()
        for name in ("ctl", "winsz"):
            self.assertTrue(stat.S_ISFIFO((container.dir / name).stat().st_mode))
            fd = os.open(container.dir / name, os.O_WRONLY)
            for junk in (b"\n", b"x" * 5000, b"\n1 2\n", b"9 9 9\n", os.urandom(3000), b"\n1 -1 -1\n", b"1 24 80"):
                os.write(fd, junk)
            os.close(fd)
        moved = container.dir / "moved.log"
        container.log.rename(moved)
        with open(container.dir / "ctl", "w") as ctl:
            ctl.write("\n2 0 0\n")
        self.eventually(container.log.exists)
        os.kill(container.pid, 9)
        self.assertEqual(container.wait(), "137")

    def test_reopening_loses_no_line(self):
        for container in self.under_each_monitor(["sh", "-c", "for i in $(seq 1 400); do echo $i; sleep 0.002; done"]):
            container.create()
            container.start()
            for number in range(5):
                self.eventually(lambda: container.log.exists() and container.log.stat().st_size > 0)
                container.log.rename(container.dir / f"old{number}")
                with open(container.dir / "ctl", "w") as ctl:
                    ctl.write("2 0 0\n")
            container.wait()
            text = ""
            logs = [container.dir / f"old{n}" for n in range(5)] + [container.log]
            for container.log in logs:
                text += container.text() if container.log.exists() else ""
            self.assertEqual(text, "".join(f"{n}\n" for n in range(1, 401)))


if __name__ == "__main__":
    monitored.main()
