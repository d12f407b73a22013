#!/usr/bin/python3
"""Soaks casgate: `./dev soak MINUTES [--seed N] [--asan]`.

Mixed clients (traffic.py), a connection storm and held channels, servers that
die, reloads and rotated logs, all at once and at random, while its memory and
descriptors are watched. The exit code is 0 if every failure has its reason and
nothing has grown.
"""

import argparse
import collections
import contextlib
import functools
import json
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

from harness import known_ends, name_of_end, wait_for  # noqa: E402
from soak import traffic  # noqa: E402
from soak.setting import Setting  # noqa: E402
from soak.verdict import judge, watch  # noqa: E402
from soak.watch import Watch  # noqa: E402

VISITORS, TROUBLED = 4, 2
HELD = 1000  # channels
STORM_S = 500  # connections a second: 200,000 in ten minutes
RELOAD_EACH_S = 1.1  # 500 in ten minutes
ROTATE_EACH_S = 15

# No client of servers that do as they should may end so.
UNEXPLAINED = {
    "server refused",
    "server silent",
    "server cut",
    "server reset",
    "bad answer",
    "idle",
    "no memory",
    "limit",
}


class Soak:
    def __init__(self, setting, seed):
        self.setting = setting
        self.seed = seed
        self.counts = collections.Counter()
        self.ends = collections.Counter()
        self.failures = []
        self._over = threading.Event()
        self._threads, self._loads = [], []
        self._known = known_ends()
        self._moved = setting.gate.access_path.with_suffix(".moved")

    def fail(self, what):
        self.failures.append(what)
        print(f"FAILED: {what}", flush=True)

    def keep(self, name, act):
        """Does it again and again, in a thread of its own."""
        order = random.Random(f"{self.seed} {name}")

        def run():
            while not self._over.is_set():
                try:
                    act(order)
                except Exception:
                    self.fail(f"{name}:\n{traceback.format_exc()}")
                    self.pause(1)

        thread = threading.Thread(target=run, name=name)
        thread.start()
        self._threads.append(thread)

    def pause(self, seconds):
        self._over.wait(seconds)

    def begin(self):
        mail, troubled = (
            traffic.Place(host, functools.partial(self.setting.connect, host))
            for host in ("mail.contoso.com", "troubled.contoso.com")
        )
        kinds = [kind for kind, weight in traffic.KINDS.items() for _ in range(weight)]

        def visit(order):
            order.choice(kinds)(mail, order)
            self.counts["visits"] += 1

        def suffer(order):
            traffic.be_in_trouble(troubled, order)
            self.counts["troubled"] += 1

        for number in range(VISITORS):
            self.keep(f"visitor {number}", visit)
        for number in range(TROUBLED):
            self.keep(f"troubled visitor {number}", suffer)
        self.keep_loads()
        self.keep("reloads", self.reload)
        self.keep("rotation", self.rotate)
        self.keep("trouble", self.make_trouble)

    def keep_loads(self):
        held = self.setting.load("channels", connections=HELD)
        crowds = [
            self.setting.load("visits", connections=20, resume=resume)
            for resume in (False, True)
        ]
        self._loads += [held, *crowds]

        def ping(order):
            held.run(HELD, HELD / 4)
            self.counts["pings"] += HELD

        def storm(order):
            for crowd in crowds:
                outcome = crowd.run(STORM_S, STORM_S)
                assert outcome["failed"] == 0, f"{outcome['failed']} were not served"
                self.counts["storm"] += STORM_S

        self.keep("pings", ping)
        self.keep("storm", storm)

    # What happens to it.

    def reload(self, order):
        """Now and then with a mistake, which must change nothing."""
        gate, setting = self.setting.gate, self.setting
        wrong = order.random() < 0.1
        setting.show(order.randrange(2))
        gate.write_config(setting.text + ("lisetn 80\n" if wrong else ""))
        before = gate.stderr.count("casgate: reload refused")
        gate.reload()
        refused = gate.stderr.count("casgate: reload refused") > before
        assert refused == wrong, gate.stderr[-2000:]
        self.counts["reloads"] += 1
        self.pause(RELOAD_EACH_S)

    def rotate(self, order):
        """And reads what was logged so far."""
        self.pause(ROTATE_EACH_S)
        path = self.setting.gate.access_path
        path.rename(self._moved)
        self.setting.gate.signal(signal.SIGUSR1)
        wait_for(path.exists, 30, lambda: "the log is not opened anew")
        self.read_log(self._moved)
        self.counts["rotations"] += 1

    def read_log(self, path):
        with open(path) as log:
            for line in map(json.loads, log):
                end = name_of_end(line["end"])
                self.ends[end] += 1
                if end not in self._known or (
                    end in UNEXPLAINED and line["host"] == "mail.contoso.com"
                ):
                    self.fail(f"unexplained: {line}")
        path.unlink()

    def make_trouble(self, order):
        """For one of two servers: the other may be asked."""
        server = order.choice(self.setting.troubled)
        if order.random() < 0.5:
            server.kill()
            self.pause(order.random() * 2)
            server.start()
        else:
            server.stop()
            self.pause(order.random() * 2)
            server.go_on()
        self.counts["troubles"] += 1
        self.pause(order.random() * 3)

    def end(self):
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            if thread.is_alive():
                self.fail(f"{thread.name} hangs")
        for load in self._loads:
            load.close()
        if self._moved.exists():
            self.read_log(self._moved)
        if self.setting.gate.children() != self.setting.workers:
            self.fail("a worker has died")


def main():
    options = argparse.ArgumentParser(description="Soaks casgate.")
    options.add_argument("minutes", type=float)
    options.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="casgate-soak-"))
    try:
        with contextlib.closing(Setting(folder)) as setting:
            first = Watch(setting.gate)
            first.look()
            soak = Soak(setting, chosen.seed)
            try:
                soak.begin()
                seen = watch(soak, chosen.minutes)
            finally:
                soak.end()
            return 0 if judge(soak, seen, first.samples[0][2]) else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
