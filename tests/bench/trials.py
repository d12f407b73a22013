"""What is measured: each trial drives a proxy once and yields some figures.

A trial starts with a proxy that has just been started and that nobody else
uses. Sizes are for a whole run; a quick one takes a fraction of them.
"""

import dataclasses
import time
import typing

from bench.figures import Figure, percentile
from bench.proxies import Setting

ALL = ("casgate", "nginx", "haproxy", "hitch")
WITH_HTTP = ALL[:3]

GIB = 1 << 30
MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Trial:
    name: str
    group: str
    figures: tuple
    measure: typing.Callable  # (proxy, size) -> {figure's key: value}
    setting: Setting = Setting()
    products: tuple = ALL


class Size:
    """How much of a whole run's work is done."""

    def __init__(self, share):
        self._share = share

    def __call__(self, count, least=1):
        return max(least, round(count * self._share))


def cpu_of(proxy, load, count, rate=0):
    """Runs `count` operations; the proxy's CPU seconds and the outcome."""
    before = proxy.cpu_s()
    outcome = load.run(count, rate)
    spent = proxy.cpu_s() - before
    if outcome["failed"]:
        raise RuntimeError(f"{outcome['failed']} of {count} failed")
    return spent, outcome


def requests(**options):
    """CPU microseconds of a request on a connection that stays open."""

    def measure(proxy, size):
        with proxy.load("requests", connections=50, **options) as load:
            load.run(1000)
            count = size(40000)
            spent, _ = cpu_of(proxy, load, count)
            return {"cpu": spent / count * 1e6}

    return measure


def visits(resumed=False, **options):
    """CPU microseconds of connecting, a handshake, a GET, and closing."""

    def measure(proxy, size):
        options["resume"] = resumed
        with proxy.load("visits", connections=20, **options) as load:
            load.run(100)
            count = size(6000)
            spent, outcome = cpu_of(proxy, load, count)
            if outcome["resumed"] != (count if resumed else 0):
                raise RuntimeError(f"{outcome['resumed']} of {count} resumed")
            return {"cpu": spent / count * 1e6}

    return measure


def stream(upload):
    """CPU seconds of a GiB."""

    def measure(proxy, size):
        each = 32 * MIB
        if upload:
            options = {"method": "POST", "body": each}
        else:
            options = {"path": f"/oab/data?bytes={each}"}
        with proxy.load("requests", connections=4, **options) as load:
            load.run(4)
            count = size(64, least=8)
            spent, _ = cpu_of(proxy, load, count)
            return {"cpu": spent / (count * each / GIB)}

    return measure


def memory(channels):
    """KiB of the proxy's own memory for each open channel."""

    def measure(proxy, size):
        at_first = settled(proxy)
        with proxy.load("channels", connections=channels) as load:
            fresh = settled(proxy)
            load.carry(MIB)
            used = settled(proxy)
        return {
            "fresh": (fresh - at_first) / channels,
            "used": (used - at_first) / channels,
        }

    return measure


def settled(proxy):
    time.sleep(0.5)
    return proxy.anonymous_kib()


def pings(channels, rate):
    """CPU microseconds and the time of a ping of 20 bytes, there and back."""

    def measure(proxy, size):
        with proxy.load("channels", connections=channels) as load:
            load.run(channels, rate)
            count = size(25000)
            spent, outcome = cpu_of(proxy, load, count, rate)
            times = outcome["times_us"]
            return {
                "cpu": spent / count * 1e6,
                "p50": percentile(times, 50) / 1e3,
                "p99": percentile(times, 99) / 1e3,
            }

    return measure


CPU = Figure("cpu", "CPU", "µs", goal=0.85)


def cpu(unit="µs", goal=0.85):
    return (Figure("cpu", "CPU", unit, goal=goal),)


def memory_figures():
    return (
        Figure("fresh", "idle", "KiB", goal=0.76, most=16),
        Figure("used", "after 1 MiB each", "KiB", goal=0.82, most=16),
    )


RSA = Setting(key="rsa")

TRIALS = [
    Trial("GET", "Requests", cpu(), requests()),
    Trial("POST 300 B", "Requests", cpu(), requests(method="POST", body=300)),
    Trial("full 1.3 ECDSA", "Handshakes", cpu(goal=0.95), visits()),
    Trial("full 1.3 RSA-2048", "Handshakes", cpu(goal=1.0), visits(), RSA),
    Trial("resumed 1.3", "Handshakes", cpu(goal=0.95), visits(True)),
    Trial("resumed 1.2", "Handshakes", cpu(goal=0.95), visits(True, tls12=True)),
    Trial("download", "Streams", cpu("s/GiB"), stream(upload=False)),
    Trial("upload", "Streams", cpu("s/GiB", goal=0.95), stream(upload=True)),
    Trial("1,000 channels", "Memory", memory_figures(), memory(1000)),
    Trial("5,000 channels", "Memory", memory_figures(), memory(5000)),
    Trial(
        "1,000 channels, 5,000/s",
        "Pings",
        (
            Figure("cpu", "CPU", "µs", goal=0.85),
            Figure("p50", "p50", "ms"),
            Figure("p99", "p99", "ms"),
        ),
        pings(1000, 5000),
    ),
]
