"""./dev bench in here: bench.py NAME [OPTION...], where the host put it."""

import os
import pathlib
import sys

import service

HERE = pathlib.Path(__file__).resolve().parent

# The journal would throw most of the lines of journald-cpu away, which costs it less than to take them.
settings = pathlib.Path("/run/systemd/journald.conf.d/bench.conf")
settings.parent.mkdir(parents=True, exist_ok=True)
settings.write_text("[Journal]\nStorage=volatile\nRateLimitBurst=0\n")
service.run("systemctl", "restart", "systemd-journald", check=True)

os.environ.update(BERTH_BIN=str(HERE / "bench" / "bin"), BERTH_BENCH_TOOLS=str(HERE / "bench" / "tools"))
os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", "-u", HERE / "bench" / "main.py",
                      *sys.argv[1:]])
