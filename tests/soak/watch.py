"""How much casgate has: samples of it, and whether they stay flat."""

import statistics
import time

from bench import clocks
from proc import descriptors

WARM_UP = 0.2  # of the samples
MOST = 0.10  # growth that is none


class Watch:
    """Samples of all processes of a casgate."""

    def __init__(self, gate):
        self.gate = gate
        self.began = time.monotonic()
        self.samples = []  # (seconds, KiB of memory, descriptors)

    def look(self):
        """Adds a sample."""
        pids = [self.gate.process.pid, *self.gate.children()]
        try:
            memory = clocks.anonymous_kib(pids)
            opened = sum(map(descriptors, pids))
        except OSError:
            return  # one of them was being replaced
        self.samples.append((time.monotonic() - self.began, memory, opened))

    def growth(self, column):
        """By which part of its first value a column has grown, on the straight
        line through what came after the warm-up."""
        samples = self.samples[int(len(self.samples) * WARM_UP) :]
        times = [sample[0] for sample in samples]
        line = statistics.linear_regression(times, [s[column] for s in samples])
        first = line.intercept + line.slope * times[0]
        return line.slope * (times[-1] - times[0]) / first

    def last_to_early(self, column):
        """By which part it is more at the end than after a twentieth."""
        few = max(3, len(self.samples) // 50)
        early = self.samples[len(self.samples) // 20 :][:few]
        early, last = (
            statistics.median(sample[column] for sample in samples)
            for samples in (early, self.samples[-few:])
        )
        return last / early - 1
