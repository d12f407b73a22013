#!/usr/bin/python3
"""Measures casgate beside nginx, HAProxy and hitch: `./dev bench`."""

import argparse
import collections
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import figures, machine, proxies  # noqa: E402
from bench.load import Backend  # noqa: E402
from bench.trials import TRIALS, Size  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def options():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("what", nargs="*", help="words of the trials' names")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, help="5 unless told otherwise")
    parser.add_argument("--only", action="append", help="this product; repeatable")
    parser.add_argument("--list", action="store_true", help="what can be measured")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    return parser.parse_args()


def chosen(words):
    wanted = [word.lower() for word in words]
    found = [
        trial
        for trial in TRIALS
        if not wanted or any(w in f"{trial.group} {trial.name}".lower() for w in wanted)
    ]
    if not found:
        sys.exit(f"bench: nothing is called {' or '.join(words)}; see --list")
    return found


def measure(trial, products, place, backend, rounds, size):
    """A trial's lines, from interleaved rounds over the products."""
    values = collections.defaultdict(lambda: collections.defaultdict(list))
    names = [name for name in trial.products if name in products]
    for turn in range(rounds):
        # Each in turn is the first.
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            proxy = proxies.Proxy(products[name], trial.setting, place, backend.port)
            with contextlib.closing(proxy):
                for key, value in trial.measure(proxy, size).items():
                    values[key][name].append(value)
    for figure in trial.figures:
        yield figures.result(figure, values[figure.key])


def show(line):
    cells = [
        f"{name} {told['median']:.2f} ({told['low']:.2f} to {told['high']:.2f})"
        for name, told in line["products"].items()
    ]
    ratio = "" if line["ratio"] is None else f"  ratio {line['ratio']:.3f}"
    print(f"  {line['title']}, {line['unit']}: {', '.join(cells)}{ratio}", flush=True)


def main():
    told = options()
    trials = chosen(told.what)
    if told.list:
        print("\n".join(f"{trial.group}: {trial.name}" for trial in trials))
        return
    products = proxies.products(told.build / "casgate")
    if told.only:
        products = {name: products[name] for name in told.only}
    rounds = told.rounds or (1 if told.quick else 5)
    size = Size(0.1 if told.quick else 1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="casgate-bench-"))
    place = proxies.Place(folder, told.build)
    lines = []
    try:
        with contextlib.closing(Backend(told.build)) as backend:
            for trial in trials:
                print(f"{trial.group}: {trial.name}", flush=True)
                for line in measure(trial, products, place, backend, rounds, size):
                    show(line)
                    lines.append({"group": trial.group, "trial": trial.name, **line})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
