"""./dev bench: see bench/README.md for what the rows mean. Runs in a private mount namespace (tools/dev/bench)."""

import argparse
import sys

import monitor
import runtime
from figures import Figures
from view import Failed, View

SUITES = {"runtime": runtime, "monitor": monitor}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measures Berth beside its peers, in one run.")
    parser.add_argument("name", choices=sorted(SUITES), metavar="NAME", help=" or ".join(sorted(SUITES)))
    parser.add_argument("--json", metavar="FILE", help="also writes the medians: an array, one object a row")
    parser.add_argument("--runs", type=int, default=100, metavar="N", help="of each timed command (default 100)")
    parser.add_argument("--row", action="append", metavar="ROW", help="only this row; may be repeated")
    of_monitor = parser.add_argument_group("monitor")
    of_monitor.add_argument("--runtime", default="berth-runtime", help="what both monitors run (default berth-runtime)")
    of_monitor.add_argument("--lines", type=int, default=3_000_000, metavar="N", help="of the rows that count lines")
    of_monitor.add_argument("--rounds", type=int, default=5, metavar="N",
                            help="of the rows that take seconds or give many samples at once (default 5)")
    options = parser.parse_args()

    suite = SUITES[options.name]
    unknown = set(options.row or ()) - set(suite.ROWS)
    if unknown:
        parser.error(f"no row {', '.join(sorted(unknown))} in {options.name}; there are {', '.join(suite.ROWS)}")
    figures = Figures()
    try:
        with View() as view:
            suite.measure(view, figures, options)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    if options.json:
        figures.write_json(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
