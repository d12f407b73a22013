"""The clock jumps: see tests/clock/."""

import datetime
import mmap
import os
import pathlib
import struct
import time

from fault_kinds.world import HEALTH
from harness import PROGRAM, wait_for

HOUR = 3600


class Clock:
    """The time of the day of one casgate."""

    def __init__(self, path):
        path.write_bytes(bytes(8))
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 8)
        library = pathlib.Path(PROGRAM).parent / "casgate-clock.so"
        options = os.environ.get("ASAN_OPTIONS", "")
        self.environment = {
            "LD_PRELOAD": str(library),
            "CASGATE_CLOCK": str(path),
            # The library has to come before AddressSanitizer's.
            "ASAN_OPTIONS": f"{options}:verify_asan_link_order=0",
        }

    def set(self, ahead_s):
        self._memory[:] = struct.pack("=q", ahead_s)


def clock_jumps(world, *steps_s):
    """No limit is over because of it, and none lasts longer: a silent client
    is closed when its time has passed, and not before."""
    clock = Clock(world.folder / "clock")
    words = ["timeout head 3s", "timeout handshake 3s"]
    gate = world.casgate(world.text(*words), env=clock.environment)
    channels, client = world.channels(gate), world.connect(gate)
    assert client.request("GET", HEALTH).status == 200
    silent = world.visitors.enter_context(gate.connect(1, tls=False))
    began = time.monotonic()
    time.sleep(world.order.random() / 2)
    for ahead_s in steps_s:
        clock.set(ahead_s)
        assert client.request("GET", HEALTH).status == 200
        assert world.get(gate) == 200
        assert channels.timed_ping() < 20
    gate.reload()
    silent.expect_closed(20)
    assert time.monotonic() - began > 2.5
    steps_h = {step_s // HOUR for step_s in steps_s}
    wait_for(lambda: hours_in(gate) >= steps_h, 20, gate.access_text)


def hours_in(gate):
    """By how many hours the lines of its log are ahead."""
    now = datetime.datetime.now(datetime.timezone.utc)
    times = [line["time"].replace("Z", "+00:00") for line in gate.access_log()]
    ahead = [datetime.datetime.fromisoformat(time) - now for time in times]
    return {round(one.total_seconds() / HOUR) for one in ahead}


def the_clock_jumps_an_hour_ahead(world):
    clock_jumps(world, HOUR)


def the_clock_jumps_an_hour_back(world):
    clock_jumps(world, -HOUR)


def the_clock_jumps_to_and_fro(world):
    clock_jumps(world, *[world.order.choice([-HOUR, 0, HOUR]) for _ in range(10)])
