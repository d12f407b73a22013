"""What a soak looks like while it lasts, and what came of it."""

import time

from soak.watch import MOST, Watch

COLUMNS = (
    "time  memory  descriptors    visits     storm   pings  reloads  troubles  failed"
)

# A client that half-closed may wait for its answer so long, and it is gone.
QUIET_S = 120


def row(soak, sample):
    seconds, kib, opened = sample
    counts = soak.counts
    return (
        f"{seconds // 60:2.0f}:{seconds % 60:02.0f} {kib / 1024:6.1f}M {opened:12}"
        f" {counts['visits'] + counts['troubled']:9} {counts['storm']:9}"
        f" {counts['pings']:7} {counts['reloads']:8} {counts['troubles']:9}"
        f" {len(soak.failures):7}"
    )


def watch(soak, minutes):
    """Until the time is over; ten lines of a table."""
    seen = Watch(soak.setting.gate)
    print(COLUMNS, flush=True)
    for number in range(1, 11):
        until = seen.began + number * minutes * 6
        while time.monotonic() < until:
            seen.look()
            time.sleep(min(1, max(0, until - time.monotonic())))
        print(row(soak, seen.samples[-1]), flush=True)
    return seen


class Verdict:
    def __init__(self):
        self.well = True

    def say(self, fine, words):
        self.well = self.well and fine
        print(("ok      " if fine else "NOT OK  ") + words, flush=True)


def judge(soak, seen, before):
    """Says what came of it; True if all is well. `before` are descriptors."""
    setting, counts, verdict = soak.setting, soak.counts, Verdict()
    connections = counts["storm"] + counts["visits"] + counts["troubled"]
    print(f"{connections:,} connections and more, {counts['reloads']} reloads")
    for what, growth in [
        ("memory: {:+.1%} on a line through what followed the warm-up", seen.growth(1)),
        ("memory: {:+.1%} since the first twentieth", seen.last_to_early(1)),
        ("descriptors: {:+.1%} on such a line", seen.growth(2)),
    ]:
        verdict.say(growth <= MOST, what.format(growth))
    left = descriptors_left(setting.gate, before)
    verdict.say(left <= before, f"descriptors: {left} at the end, {before} at first")
    problems = setting.close()
    verdict.say(not problems, "blocks: all returned, as casgate's end asserts")
    for problem in problems:
        print(problem)
    soak.read_log(setting.gate.access_path)
    verdict.say(not soak.failures, f"{len(soak.failures)} unexplained failures")
    for end, count in soak.ends.most_common():
        print(f"        {count:8} {end}")
    return verdict.well


def descriptors_left(gate, before):
    """When no more are given back, and no client is there."""
    left = Watch(gate)
    while True:
        left.look()
        seconds, _, opened = left.samples[-1]
        if opened <= before or seconds > QUIET_S:
            return opened
        time.sleep(0.5)
