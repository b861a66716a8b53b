"""Samples in, medians and ratios out."""

import json
import random
import statistics


def interleave(runs, contenders, warm_up=2):
    """Calls each contender once a round, so that drift of the machine hits all alike.

    The order is drawn anew for each round (from a fixed seed): a container's network namespace is dismantled by the
    kernel after its runtime has ended, and nobody shall always run just behind the same neighbour. `contenders` maps a
    name to a function of no arguments that returns one sample; the first `warm_up` rounds do not count. Returns the
    samples by name.
    """
    samples = {name: [] for name in contenders}
    order = list(contenders)
    dice = random.Random(1)
    for turn in range(warm_up + runs):
        dice.shuffle(order)
        for name in order:
            value = contenders[name]()
            if turn >= warm_up:
                samples[name].append(value)
    return samples


class Figures:
    """The table: one row a measure, one column a program, each cell the median of its samples."""

    BASES = ("floor", "crun", "runc", "conmon", "berth-off", "berth-k8s-file")  # what berth is set against

    def __init__(self):
        self.rows = []

    def add(self, row, unit, samples):
        """Takes the samples of one row by name and prints its line at once."""
        medians = {name: statistics.median(values) for name, values in samples.items()}
        self.rows.append({"row": row, "unit": unit, **{name: round(value, 4) for name, value in medians.items()}})
        count = min(map(len, samples.values()))
        print(f"\n{row} ({unit}, medians of {count}; the least in brackets)")
        for name, values in samples.items():
            ratios = "".join(
                f"   {medians[name] / medians[base]:5.2f} × {base}"
                for base in self.BASES
                if base in medians and base != name and medians[base] > 0 and (name == "berth" or base == "floor")
            )
            print(f"  {name:<15} {medians[name]:10.3f}  ({min(values):.3f}){ratios}", flush=True)

    def write_json(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in self.rows) + "\n]\n")
