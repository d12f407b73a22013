"""What is measured: each trial drives a proxy once and yields some figures.

A trial starts with a proxy that has just been started and that nobody else
uses. Sizes are for a whole run; a quick one takes a fraction of them.
"""

import dataclasses
import math
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
    base: str = None  # the trial of the group that it should not exceed
    slow: bool = False  # not part of a quick run unless it is asked for
    rounds: int = None  # so many are enough: it is the same each time


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
            count = size(20000)
            spent, _ = cpu_of(proxy, load, count)
            return {"cpu": spent / count * 1e6}

    return measure


def visits(resumed=False, **options):
    """CPU microseconds of connecting, a handshake, a GET, and closing."""

    def measure(proxy, size):
        options["resume"] = resumed
        with proxy.load("visits", connections=20, **options) as load:
            load.run(100)
            count = size(3000)
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
            count = size(32, least=8)
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


def waves(channels):
    """CPU microseconds of a ping when all channels ping at the same moment,
    again and again: what is left when a wake-up serves many of them."""

    def measure(proxy, size):
        with proxy.load("channels", connections=channels) as load:
            load.run(channels)
            count = size(25)
            spent = sum(cpu_of(proxy, load, channels)[0] for _ in range(count))
            return {"cpu": spent / (count * channels) * 1e6}

    return measure


def storm(channels, rate, clients):
    """How long pings take while so many clients connect at once, and when the
    last one of these is served. They yield to the pings on this side, so that
    what makes a ping wait is the proxy."""

    def measure(proxy, size):
        with (
            proxy.load("channels", connections=channels) as held,
            proxy.load("visits", aside=True, connections=clients) as crowd,
        ):
            held.run(channels, rate)
            held.begin(size(8 * rate, least=4 * rate), rate)
            time.sleep(1)
            visits = crowd.run(clients)
            pings = held.outcome()
        if visits["failed"]:
            raise RuntimeError(f"{visits['failed']} of {clients} were not served")
        until = visits["began_s"] + visits["lasted_s"]
        return {
            "p99": percentile(due_between(pings, rate, visits["began_s"], until), 99) / 1e3,
            "last": visits["lasted_s"],
        }

    return measure


def due_between(outcome, rate, begin_s, end_s):
    """The times of the operations that were due in that while."""
    first = math.ceil((begin_s - outcome["began_s"]) * rate)
    last = math.floor((end_s - outcome["began_s"]) * rate)
    return outcome["times_us"][first : last + 1]


def added_latency(rate):
    """How much longer a GET takes through the proxy than straight to the
    backend, without TLS; and the slowest ones through the proxy."""

    def measure(proxy, size):
        count = size(2500)
        with proxy.direct("requests", connections=20) as load:
            load.run(100)
            direct = load.run(count, rate)["times_us"]
        with proxy.load("requests", connections=20) as load:
            load.run(100)
            proxied = load.run(count, rate)["times_us"]
        return {
            "added": percentile(proxied, 50) - percentile(direct, 50),
            "p99": percentile(proxied, 99),
        }

    return measure


def beside(channels, measure_alone):
    """The same with so many idle channels open."""

    def measure(proxy, size):
        with proxy.load("channels", connections=channels):
            return measure_alone(proxy, size)

    return measure


def cpu(unit="µs", goal=None):
    return (Figure("cpu", "CPU", unit, goal),)


MEMORY = (
    Figure("fresh", "idle", "KiB", goal=0.76, most=16),
    Figure("used", "after 1 MiB each", "KiB", goal=0.82, most=16),
)
PING = (
    Figure("cpu", "CPU", "µs", goal=0.85),
    Figure("p50", "p50", "ms"),
    Figure("p99", "p99", "ms"),
)
STORM = (
    Figure("p99", "ping p99", "ms", goal=0.6),
    Figure("last", "until the last is served", "s", goal=1.05),
)
LATENCY = (
    Figure("added", "added to the median", "µs"),
    Figure("p99", "p99 in all", "µs"),
)

RSA = Setting(key="rsa")
PRIVATE = Setting(private=True)
PRIVATE_RSA = Setting(key="rsa", private=True)
MANY = Setting(sites=500)
TWO = Setting(workers=2)
AMONG_MANY = {"host": "site-250.contoso.com"}


def trials_of(group, *rows):
    """Rows are what Trial is made of, but for the group."""
    return [Trial(name, group, *row) for name, *row in rows]


def growth_of(group, *rows):
    """The trials of a group that should all cost what the first one does."""
    first = rows[0][0]
    return [
        Trial(name, group, cpu(), measure, setting, WITH_HTTP, base=first)
        for name, measure, setting in rows
    ]


def slow(trials):
    return [dataclasses.replace(trial, slow=True, rounds=2) for trial in trials]


TRIALS = [
    *trials_of(
        "Requests",
        ("GET", cpu(goal=0.85), requests()),
        ("POST 300 B", cpu(goal=0.85), requests(method="POST", body=300)),
    ),
    *trials_of(
        "Handshakes",
        ("full, TLS 1.3, ECDSA", cpu(goal=0.95), visits()),
        ("full, TLS 1.3, RSA-2048", cpu(goal=1.0), visits(), RSA),
        ("resumed, TLS 1.3", cpu(goal=0.95), visits(True)),
        ("resumed, TLS 1.2", cpu(goal=0.95), visits(True, tls12=True)),
    ),
    *trials_of(
        "Handshakes where no client shares a connection to the server",
        ("full, TLS 1.3, ECDSA", cpu(goal=0.95), visits(), PRIVATE),
        ("full, TLS 1.3, RSA-2048", cpu(goal=1.0), visits(), PRIVATE_RSA),
        ("resumed, TLS 1.3", cpu(goal=0.95), visits(True), PRIVATE),
        ("resumed, TLS 1.2", cpu(goal=0.95), visits(True, tls12=True), PRIVATE),
    ),
    *trials_of(
        "Streams",
        ("download", cpu("s/GiB", goal=0.85), stream(upload=False)),
        ("upload", cpu("s/GiB", goal=0.95), stream(upload=True)),
    ),
    *trials_of(
        "Memory of an RPC channel",
        ("1,000 channels", MEMORY, memory(1000)),
    ),
    *slow(
        trials_of(
            "Memory of an RPC channel",
            ("5,000 channels", MEMORY, memory(5000)),
            ("9,000 channels", MEMORY, memory(9000)),
        )
    ),
    *trials_of(
        "Pings through RPC channels",
        ("1,000 channels, 5,000/s", PING, pings(1000, 5000)),
        ("1,000 channels, all at once", cpu(goal=0.85), waves(1000)),
    ),
    *trials_of(
        "Storm: pings while 2,000 clients connect at once",
        ("RSA-2048", STORM, storm(1000, 1000, 2000), RSA),
        ("ECDSA", STORM, storm(1000, 1000, 2000)),
    ),
    *trials_of(
        "Added latency",
        ("GET, 500/s", LATENCY, added_latency(500)),
    ),
    *growth_of(
        "Growth beside open channels",
        ("10 channels", beside(10, requests()), Setting()),
        ("1,000 channels", beside(1000, requests()), Setting()),
        ("9,000 channels", beside(9000, requests()), Setting()),
    ),
    *growth_of(
        "Growth among sites, GET",
        ("1 site", requests(), Setting()),
        ("500 sites", requests(**AMONG_MANY), MANY),
    ),
    *growth_of(
        "Growth among sites, full handshake",
        ("1 site", visits(), Setting()),
        ("500 sites", visits(**AMONG_MANY), MANY),
    ),
    *trials_of(
        "Growth with headers, GET",
        ("5 headers", cpu(), requests(headers=5), Setting(), WITH_HTTP),
        ("20 headers", cpu(), requests(headers=20), Setting(), WITH_HTTP),
        ("100 headers", cpu(), requests(headers=100), Setting(), WITH_HTTP),
    ),
    *trials_of(
        "Two workers",
        ("GET", cpu(), requests(), TWO),
        ("full handshake, TLS 1.3, ECDSA", cpu(), visits(), TWO),
        ("resumed handshake, TLS 1.3", cpu(), visits(True), TWO),
    ),
]
