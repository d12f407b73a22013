"""Whatever casgate asks the system for fails once, in the parent and in a
worker, at the start and while clients are served.

The library in tests/faults stands in front of malloc(), read(), accept4(),
epoll_ctl(), OpenSSL and the rest, and fails the call it is told to. What is
asked for each time: nobody crashed or hangs, the next client is served, all
memory and all descriptors are given back, and a log says what happened.

An ordinary run tries a few calls of each kind, the same ones each time unless
CASGATE_SEED says otherwise; with CASGATE_LONG=1 (./dev faults) each place in the
code that makes such a call sees it fail. Once a worker serves, its reserve makes up
for one allocation of a buffer, a block or OpenSSL: what is seen then is how room
is made.
"""

import contextlib
import errno
import random
import resource
import time

import pytest

from bench import clocks
from faults.plan import Plan
from faults.startup import Startup
from faults.sweep import Sweep
from harness import LONG, PROGRAM, SEED, two_groups
from standin import rpc
from standin.cas import Cas

# What may fail while clients are served, how, and how many of its calls are
# tried in an ordinary run.
FAILURES = [
    ("worker", "memory", errno.ENOMEM, 20),
    ("worker", "read", errno.ECONNRESET, 3),
    ("worker", "write", errno.ENOBUFS, 5),
    ("worker", "accept", errno.EMFILE, 2),
    ("worker", "connect", errno.EADDRNOTAVAIL, 2),
    ("worker", "descriptor", errno.EMFILE, 2),
    ("worker", "setting", errno.ENOBUFS, 3),
    ("worker", "event", errno.ENOMEM, 4),
    ("worker", "files", errno.ENOMEM, 2),
    ("worker", "tls", errno.ENOMEM, 6),
    ("parent", "memory", errno.ENOMEM, 10),
    ("parent", "write", errno.ENOBUFS, 1),
    ("parent", "setting", errno.ENOBUFS, 2),
    ("parent", "files", errno.EIO, 5),
    ("parent", "process", errno.EAGAIN, 1),
    ("parent", "tls", errno.ENOMEM, 3),
]
INTERRUPTIONS = [
    ("worker", "read", errno.EINTR, 2),
    ("worker", "read", errno.EAGAIN, 2),
    ("worker", "write", errno.EINTR, 2),
    ("worker", "accept", errno.ECONNABORTED, 1),
    ("worker", "wait", errno.EINTR, 2),
    ("parent", "read", errno.EINTR, 1),
    ("parent", "write", errno.EINTR, 1),
    ("parent", "wait", errno.EINTR, 1),
]
STARTS = [
    ("parent", "memory", errno.ENOMEM, 6),
    ("parent", "read", errno.EINTR, 1),
    ("parent", "write", errno.ENOBUFS, 1),
    ("parent", "descriptor", errno.EMFILE, 2),
    ("parent", "setting", errno.ENOBUFS, 2),
    ("parent", "event", errno.ENOMEM, 1),
    ("parent", "files", errno.EIO, 2),
    ("parent", "process", errno.EAGAIN, 2),
    ("parent", "tls", errno.ENOMEM, 2),
    ("worker", "memory", errno.ENOMEM, 4),
    ("worker", "write", errno.ENOBUFS, 1),
    ("worker", "descriptor", errno.EMFILE, 1),
    ("worker", "setting", errno.ENOBUFS, 1),
    ("worker", "event", errno.ENOMEM, 1),
    ("worker", "files", errno.ENOMEM, 2),
    ("worker", "process", errno.EPERM, 2),
    ("worker", "tls", errno.ENOMEM, 2),
]
# The same for a worker that takes the place of one that died.
REPLACEMENTS = [
    ("worker", "memory", errno.ENOMEM, 2),
    ("worker", "files", errno.ENOMEM, 1),
    ("worker", "process", errno.EPERM, 1),
]


def chosen(numbers, count):
    print(f"CASGATE_SEED={SEED}")
    if LONG or len(numbers) <= count:
        return numbers
    first, *others = numbers
    return [first, *sorted(random.Random(SEED).sample(others, count - 1))]


def named(cases):
    return pytest.mark.parametrize(
        "case", cases, ids=lambda c: f"{c[0]}-{c[1]}-{errno.errorcode[c[2]]}"
    )


@pytest.fixture(scope="module", autouse=True)
def limit_of_memory():
    """One that is never met: under it OpenSSL's allocations are casgate's own,
    as they are wherever memory can run out."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    if before[0] == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 62, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory, certs):
    with Cas("cas1") as cas:
        one = Sweep(tmp_path_factory.mktemp("sweep"), certs, cas)
        yield one
        problems = one.gate.finish()
    assert not problems, "\n".join(problems)


def complaints(sweep, fail, case):
    role, kind, error, count = case
    numbers = sweep.numbers(role, kind)
    reached = [fail(role, kind, n, error) for n in chosen(numbers, count)]
    # The last ones are not made each time.
    assert any(reached) or fail(role, kind, numbers[0], error)
    return sweep.complaints()


@named(FAILURES)
def test_a_failure_costs_no_more_than_what_it_met(sweep, case):
    found = complaints(sweep, sweep.fail, case)
    assert not found, f"{len(found)} failures went wrong:\n" + "\n".join(found)


@named(INTERRUPTIONS)
def test_an_interruption_is_not_noticed(sweep, case):
    found = complaints(sweep, sweep.interrupt, case)
    assert not found, f"{len(found)} were noticed:\n" + "\n".join(found)


# The start.


@pytest.fixture(scope="module")
def startup(tmp_path_factory, certs):
    with Cas("cas1") as cas:
        yield Startup(tmp_path_factory.mktemp("startup"), certs, cas)


@named(STARTS)
def test_a_failure_at_the_start_is_told_or_does_no_harm(startup, case):
    role, kind, error, count = case
    numbers = chosen(startup.numbers(role, kind), count)
    found = [startup.fail(role, kind, number, error) for number in numbers]
    assert startup.fired, f"none of {numbers} was reached"
    found = [complaint for complaint in found if complaint]
    assert not found, f"{len(found)} failures went wrong:\n" + "\n".join(found)


@named(REPLACEMENTS)
def test_a_worker_that_cannot_start_is_followed_by_one_that_can(startup, case):
    _, kind, error, count = case
    numbers = startup.numbers_of_replacement(kind)
    if LONG:
        count = 30
    for number in random.Random(SEED).sample(numbers, min(count, len(numbers))):
        problems = startup.replace(kind, number, error)
        assert not problems, f"{startup.plan.fired}: {problems}"


# What runs out.

TWO_SERVERS = """
workers 1
listen 127.0.0.1:0
exchange cas {{ server cas1 {one}; server cas2 {two} }}
site mail.contoso.com {{ forward cas }}
"""


@pytest.fixture
def choosing(tmp_path, casgate, two_cas):
    """One before two servers, whose calls can fail."""
    plan = Plan(tmp_path / "plan", PROGRAM)
    one, two = two_cas
    text = TWO_SERVERS.format(one=one.address, two=two.address)
    return casgate(text, env=plan.environment), plan


def answer(gate):
    with gate.connect(0, tls=False) as client:
        return client.request("GET", "/owa/")


@pytest.mark.parametrize(
    "kind, error, times, end",
    [
        ("descriptor", errno.EMFILE, 1, "limit"),
        ("descriptor", errno.ENFILE, 1, "limit"),
        ("connect", errno.ENOBUFS, 1, "no memory"),
        ("connect", errno.EADDRNOTAVAIL, 2, "limit"),
    ],
    ids=lambda word: errno.errorcode.get(word) if word not in (1, 2) else str(word),
)
def test_what_we_lack_is_not_held_against_a_server(choosing, kind, error, times, end):
    gate, plan = choosing
    server = answer(gate).header("X-Standin")
    plan.arm("worker", kind, 1, error, times)
    refusal = answer(gate)
    assert refusal.status == 503
    assert refusal.header("Retry-After") is not None
    assert gate.wait_for_log(status=503)["end"] == end
    assert answer(gate).header("X-Standin") == server


def test_a_server_that_no_address_of_ours_reaches_is_passed_over_once(choosing):
    gate, plan = choosing
    server = answer(gate).header("X-Standin")
    plan.arm("worker", "connect", 1, errno.EADDRNOTAVAIL)
    assert answer(gate).header("X-Standin") != server
    assert plan.fired == "connect"
    assert answer(gate).header("X-Standin") == server


def fill(stack, gate):
    """Clients with a server in both groups, until one is told that there is no
    room; gives those that were served."""
    served = []
    while True:
        client = stack.enter_context(gate.connect(1, tls=False, timeout_s=5))
        with contextlib.suppress(TimeoutError):
            statuses = [
                client.request("GET", "/owa/", host=host).status
                for host in ("mail.contoso.com", "contoso.com")
            ]
            if statuses == [200, 200]:
                served.append(client)
                continue
        return served


def test_without_descriptors_it_waits_and_goes_on(casgate, two_cas, certs):
    one, two = two_cas
    gate = casgate(
        two_groups(certs, one.address, two.address, "workers 1"),
        command=["prlimit", "--nofile=128:128", "--", PROGRAM],
    )
    one.answers_pings = True
    (worker,) = gate.children()
    with contextlib.ExitStack() as stack:
        channel = stack.enter_context(rpc.Session(gate.connect, auth="basic"))
        served = fill(stack, gate)
        late = [
            stack.enter_context(gate.connect(1, tls=False, timeout_s=20))
            for _ in range(20)
        ]
        for client in late:
            client.send(b"GET /owa/ HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        gate.wait_for_stderr("cannot accept connections for a moment: Too many", 20)

        before = clocks.cpu_s([worker])
        time.sleep(2)
        assert clocks.cpu_s([worker]) - before < 2 * 0.05, "it spins"
        assert not any(client.is_readable for client in late)
        channel.timed_ping()

        for client in served:
            client.close()
        began = time.monotonic()
        assert {client.read_response().status for client in late} == {200}
        assert time.monotonic() - began < 1 + 2, "it is late (2 s for slow machines)"
        channel.timed_ping()
    assert gate.stderr.count("cannot accept connections") == 1
