#!/usr/bin/python3
"""Measures casgate beside nginx, HAProxy and hitch.

Results go to build/bench: a page, its chart, the JSON both are made from, and
the configurations that were used. A run of everything, neither quick nor with
a failure, also leaves the page, chart and JSON in docs/.
"""

import argparse
import collections
import contextlib
import itertools
import pathlib
import resource
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import figures, machine, proxies, report  # noqa: E402
from bench.load import Backend  # noqa: E402
from bench.trials import TRIALS, Size  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("casgate", "bench-load", "bench-backend")
RESULTS = ROOT / "build" / "bench"


def options():
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="*", help="words of the names of trials or groups")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, help="5 unless told otherwise")
    parser.add_argument("--only", action="append", help="a product; may be repeated")
    parser.add_argument("--list", action="store_true", help="what can be measured")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    return parser.parse_args()


def chosen(words, quick):
    """The trials that one of the words is about; without words, all."""
    if not words:
        return [trial for trial in TRIALS if not (quick and trial.slow)]
    found = [trial for trial in TRIALS if about(trial, words)]
    if not found:
        sys.exit(f"bench: nothing is called {' or '.join(words)}; see --list")
    return found


def batches(trials):
    """Trials that are compared with each other stand in one."""
    for _, some in itertools.groupby(trials, lambda t: (t.group, t.base or t.name)):
        yield list(some)


def about(trial, words):
    name = f"{trial.group}: {trial.name}".lower()
    return any(word.lower() in name for word in words)


class Bench:
    def __init__(self, told, folder):
        # Copies: what is built meanwhile must not change a run.
        for name in PROGRAMS:
            shutil.copy(told.build / name, folder / name)
        self.products = proxies.products(folder / "casgate")
        if told.only:
            self.products = {name: self.products[name] for name in told.only}
        self.versions = {name: p.version() for name, p in self.products.items()}
        self.rounds = told.rounds or (1 if told.quick else 5)
        self.size = Size(0.1 if told.quick else 1)
        self.place = proxies.Place(folder, programs=folder)
        self.lines = []
        self.failures = []

    def run(self, trials):
        with contextlib.closing(Backend(self.place.programs)) as backend:
            for compared in batches(trials):
                values = self._values_of(compared, backend)
                for trial in compared:
                    print(f"{trial.group}: {trial.name}", flush=True)
                    for line in self._lines_of(trial, values):
                        print(f"  {report.said(line)}", flush=True)
                        self.lines.append(line)

    def _values_of(self, compared, backend):
        """Those of each trial's figures and each product, from interleaved
        rounds over both."""
        values = collections.defaultdict(dict)
        for turn in range(self.rounds):
            for trial in compared:
                if trial.rounds and turn >= trial.rounds:
                    continue
                names = [name for name in trial.products if name in self.products]
                # Each in turn is the first.
                start = turn % len(names)
                for name in names[start:] + names[:start]:
                    for key, value in self._measure(trial, name, backend).items():
                        values[trial.name, key].setdefault(name, []).append(value)
        return values

    def _lines_of(self, trial, values):
        for figure in trial.figures:
            line = {"group": trial.group, "trial": trial.name}
            line.update(figures.result(figure, values[trial.name, figure.key]))
            if trial.base and trial.base != trial.name:
                figures.set_growth(line, self._line(trial.group, trial.base))
            yield line

    def _measure(self, trial, name, backend):
        """One round; nothing if it fails, which is told in the results."""
        try:
            proxy = proxies.Proxy(
                self.products[name], trial.setting, self.place, backend.port
            )
            with contextlib.closing(proxy):
                return trial.measure(proxy, self.size)
        except (OSError, RuntimeError) as error:
            self.failures.append(f"{trial.group}: {trial.name}: {name}: {error}".strip())
            print(f"  {name}: {error}", file=sys.stderr)
            return {}

    def _line(self, group, trial):
        for line in self.lines:
            if (line["group"], line["trial"]) == (group, trial):
                return line
        return {"products": {}}  # it was not among those asked for

    def result(self):
        return {
            "command": " ".join(["./dev bench", *sys.argv[1:]]),
            "machine": machine.describe(),
            "versions": self.versions,
            "rounds": self.rounds,
            "lines": self.lines,
            "failures": self.failures,
        }


def keep_configurations(folder):
    """Those of the last proxies that ran, beside the results."""
    kept = RESULTS / "conf"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for conf in folder.glob("*/*.conf"):
        shutil.copy(conf, kept / f"{conf.parent.name}.conf")


def main():
    told = options()
    trials = chosen(told.what, told.quick)
    if told.list:
        print("\n".join(f"{trial.group}: {trial.name}" for trial in trials))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="casgate-bench-"))
    bench = Bench(told, folder)
    try:
        bench.run(trials)
        keep_configurations(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    result = bench.result()
    report.write(result, RESULTS)
    print("\n" + report.tables(bench.lines))
    print(f"{(RESULTS / 'performance.md').relative_to(ROOT)} has it all.")
    if not (told.what or told.quick or told.only or bench.failures):
        report.write(result, ROOT / "docs")


if __name__ == "__main__":
    main()
