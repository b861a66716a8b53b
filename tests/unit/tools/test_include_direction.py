"""The include check of ./dev lint finds what it is there to find."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools" / "lint"))
import include_direction


class TheIncludeCheck(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        for header in ("base/text.h", "sys/file.h", "json/value.h", "spec/config.h", "contract/state.h", "cgroup/tree.h",
                       "systemd/notify_proxy.h", "supervise/reaper.h", "engine/store.h", "monitor/session.h",
                       "runtime/create.h", "runtime/init/plan.h", "runtime/init/launch.h", "runtime/init/mounts.h"):
            self.write(f"src/{header}", "#pragma once\n")
        self.write("cmd/common/flags.h", "#pragma once\n")

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def check(self, path, include):
        """What the check says about the one source file `path` that includes `include`."""
        self.write(path, f"#include {include}\n")
        return "\n".join(include_direction.check_file(self.root, self.root / path))

    def assert_allowed(self, path, include):
        self.assertEqual(self.check(path, include), "")

    def assert_forbidden(self, path, include, reason):
        self.assertIn(reason, self.check(path, include))

    def test_allows_what_lies_below(self):
        self.assert_allowed("src/sys/a.cc", '"base/text.h"')
        self.assert_allowed("src/engine/a.cc", '"supervise/reaper.h"')
        self.assert_allowed("cmd/berth/a.cc", '"engine/store.h"')
        self.assert_allowed("cmd/berth/a.cc", '"common/flags.h"')
        self.assert_allowed("src/runtime/a.cc", '"runtime/init/plan.h"')
        self.assert_allowed("src/sys/a.cc", "<sys/file.h>")

    def test_refuses_an_include_that_points_up(self):
        self.assert_forbidden("src/base/a.cc", '"sys/file.h"', "base must not depend on sys")
        self.assert_forbidden("src/sys/a.cc", '"json/value.h"', "sys must not depend on json")
        self.assert_forbidden("src/supervise/a.cc", '"monitor/session.h"', "supervise must not depend on monitor")
        self.assert_forbidden("src/engine/a.cc", '"common/flags.h"', "engine must not depend on common")

    def test_keeps_neighbours_apart(self):
        self.assert_forbidden("src/cgroup/a.cc", '"systemd/notify_proxy.h"', "cgroup must not depend on systemd")
        self.assert_forbidden("src/spec/a.cc", '"contract/state.h"', "spec must not depend on contract")
        self.assert_forbidden("src/engine/a.cc", '"runtime/create.h"', "engine must not depend on runtime")
        self.assert_forbidden("cmd/berth/a.cc", '"monitor/session.h"', "berth must not depend on monitor")

    def test_opens_init_to_the_runtime_through_two_doors_only(self):
        self.assert_forbidden("src/runtime/a.cc", '"runtime/init/mounts.h"', "only through plan.h and launch.h")
        self.assert_forbidden("cmd/berth-runtime/a.cc", '"runtime/init/plan.h"', "seen by runtime only")
        self.assert_forbidden("src/runtime/init/a.cc", '"runtime/create.h"', "runtime/init must not depend on runtime")

    def test_wants_our_headers_quoted_and_the_systems_not(self):
        self.assert_forbidden("src/engine/a.cc", "<engine/store.h>", "include it with quotes")
        self.assert_forbidden("src/engine/a.cc", '"unistd.h"', "no such header")

    def test_wants_a_place_for_each_module(self):
        self.assert_forbidden("src/utils/a.cc", '"base/text.h"', "has no place in the order")

    def test_wants_pragma_once(self):
        self.assert_forbidden("src/sys/a.h", '"base/text.h"', "#pragma once")


if __name__ == "__main__":
    unittest.main()
