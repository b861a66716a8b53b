"""berth-runtime, black box: the six kinds of hooks, their namespaces, their state, their failures."""

import json
import subprocess
import unittest

import runtime_bundle

KINDS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")


class Hooks(runtime_bundle.TestCase):
    def recorder(self, kind, directory):
        """Appends its kind, its mount namespace and the state on its stdin to a file."""
        script = f'{{ echo "{kind} $(readlink /proc/self/ns/mnt) $X"; cat; echo; }} >> {directory}/log'
        return {"path": "/bin/sh", "args": ["sh", "-c", script], "env": ["PATH=/bin:/usr/bin", f"X=env-{kind}"]}

    def hooks(self):
        # createContainer runs before pivot_root: the host's paths are still there. startContainer runs after it.
        return {kind: [self.recorder(kind, "/out" if kind == "startContainer" else self.shared)] for kind in KINDS}

    def log(self):
        lines = (self.shared / "log").read_text().splitlines()
        entries = {}
        for heading, state in zip(lines[::2], lines[1::2]):
            kind, namespace, env = heading.split()
            entries[kind] = (namespace, env, json.loads(state))
        return entries

    def test_each_runs_once_in_its_namespace_with_the_state_on_stdin(self):
        self.bundle(["sleep", "100"], mounts=[self.shared_mount()], hooks=self.hooks(), annotations={"a": "b"})
        self.create()
        self.assertEqual(list(self.log()), ["prestart", "createRuntime", "createContainer"])
        pid = self.state()["pid"]
        self.ok("start", self.id())
        self.assertEqual(list(self.log()), list(KINDS[:5]))
        self.ok("delete", "--force", self.id())
        log = self.log()
        self.assertEqual(list(log), list(KINDS))
        host = subprocess.run(["readlink", "/proc/self/ns/mnt"], capture_output=True, text=True).stdout.strip()
        self.assertEqual({kind for kind in KINDS if log[kind][0] == host},
                         {"prestart", "createRuntime", "poststart", "poststop"})
        expected = {"prestart": "creating", "createRuntime": "creating", "createContainer": "creating",
                    "startContainer": "created", "poststart": "running", "poststop": "stopped"}
        for kind in KINDS:
            with self.subTest(kind):
                _, env, state = log[kind]
                self.assertEqual(env, f"env-{kind}")
                self.assertEqual(state["status"], expected[kind])
                self.assertEqual((state["id"], state["bundle"], state["annotations"]),
                                 (self.id(), str(self.bundle_path), {"a": "b"}))
        self.assertEqual(log["createRuntime"][2]["pid"], pid)

    def failing(self, kind):
        self.bundle(["sh", "-c", "echo ran > /out/ran; sleep 100"], mounts=[self.shared_mount()],
                    hooks={kind: [{"path": "/bin/sh", "args": ["sh", "-c", "echo because >&2; exit 3"]}],
                           "poststop": [self.recorder("poststop", self.shared)]})

    def test_a_failure_before_the_start_undoes_the_container_and_says_why(self):
        for kind in ("prestart", "createRuntime", "createContainer"):
            with self.subTest(kind):
                self.failing(kind)
                result = self.runtime("create", "-b", self.bundle_path, self.id())
                self.assertEqual(result.returncode, 1)
                self.assertIn(f"{kind} hook", result.stderr)
                self.assertIn("exit status 3: because", result.stderr)
                self.assert_nothing_left()
                self.assertEqual(list(self.log()), ["poststop"])
                (self.shared / "log").unlink()

    def test_a_failing_startContainer_hook_stops_the_start(self):
        self.failing("startContainer")
        self.create()
        result = self.runtime("start", self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("startContainer hook", result.stderr)
        self.assertFalse((self.shared / "ran").exists())
        self.eventually(lambda: self.state()["status"] == "stopped")

    def test_failing_poststart_and_poststop_hooks_are_warnings(self):
        self.bundle(["true"], hooks={kind: [{"path": "/bin/false"}] for kind in ("poststart", "poststop")})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 0)
        self.assertIn("poststart hook", result.stderr)
        self.assertIn("poststop hook", result.stderr)
        self.assert_nothing_left()

    def test_one_that_takes_too_long_is_killed(self):
        self.bundle(["true"], hooks={"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "100"], "timeout": 1}]})
        result = self.runtime("run", "-b", self.bundle_path, self.id())
        self.assertEqual(result.returncode, 1)
        self.assertIn("createRuntime hook", result.stderr)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
