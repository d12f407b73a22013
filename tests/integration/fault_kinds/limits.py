"""Descriptors and connections run out."""

import contextlib
import errno
import itertools
import os
import pathlib
import re
import subprocess

from fault_kinds.world import HEALTH
from faults.plan import Plan
from harness import PROGRAM, wait_for
from proc import descriptors, status_of
from standin.client import Closed


def limit_descriptors(process, limit):
    """Only its own user may, or one who may everything."""
    status = status_of(process)
    user, group = (int(status[name].split()[0]) for name in ("Uid", "Gid"))
    become = {"user": user, "group": group} if os.geteuid() == 0 else {}
    command = ["prlimit", "--pid", str(process), f"--nofile={limit}:"]
    subprocess.run(command, check=True, **become)


@contextlib.contextmanager
def few_descriptors(process, spare):
    """Meanwhile it may open so many more."""
    used = {int(name) for name in os.listdir(f"/proc/{process}/fd")}
    free = (number for number in range(1 << 16) if number not in used)
    limits = pathlib.Path(f"/proc/{process}/limits").read_text()
    before = re.search(r"Max open files +(\d+)", limits)[1]
    limit_descriptors(process, next(itertools.islice(free, spare, None)))
    try:
        yield
    finally:
        limit_descriptors(process, before)


def ask(client):
    return client.request("GET", HEALTH).status


def plain(world, gate):
    return world.visitors.enter_context(gate.connect(1, tls=False))


def no_descriptors_to_accept(world):
    """Those who are here go on, those who come wait until there are some."""
    gate = world.casgate(world.text(workers=1))
    (worker,) = gate.children()
    channels, here = world.channels(gate), plain(world, gate)
    assert ask(here) == 200
    with few_descriptors(worker, 0):
        late = [plain(world, gate) for _ in range(world.order.randint(1, 20))]
        gate.wait_for_stderr("cannot accept connections for a moment: Too many", 20)
        assert ask(here) == 200 and channels.timed_ping() < 20
    assert {ask(client) for client in late} == {200}


def no_descriptors_to_connect(world):
    """To a server: the client is told so, and may come again."""
    gate = world.casgate(world.text(workers=1))
    (worker,) = gate.children()
    clients = [plain(world, gate) for _ in range(world.order.randint(1, 5))]
    wait_for(
        lambda: descriptors(worker) >= world.at_first[worker] + len(clients),
        20,
        lambda: "not accepted",
    )
    with few_descriptors(worker, 0):
        assert {ask(client) for client in clients} == {503}


def no_descriptors_for_a_reload(world):
    """In the workers: both refuse it, and go on with what they have."""
    gate = world.casgate()
    channels, workers = world.channels(gate), gate.children()
    with contextlib.ExitStack() as stack:
        for worker in workers:
            stack.enter_context(few_descriptors(worker, world.order.randint(0, 2)))
        gate.reload()
        gate.wait_for_stderr("reload refused: .*, the old configuration stays", 20)
        assert channels.timed_ping() < 20
    gate.reload()
    gate.wait_for_stderr("casgate: reloaded", 20)
    assert gate.children() == workers
    assert channels.timed_ping() < 20


def no_descriptors_in_the_parent(world):
    gate = world.casgate()
    channels, workers = world.channels(gate), gate.children()
    with few_descriptors(gate.process.pid, world.order.randint(0, 3)):
        gate.reload()
        gate.wait_for_stderr("reload refused: .*, the old configuration stays", 20)
    gate.reload()
    gate.wait_for_stderr("casgate: reloaded", 20)
    assert gate.children() == workers
    assert channels.timed_ping() < 20


def is_served(client):
    """Or is it closed at once?"""
    with contextlib.suppress(OSError, Closed):
        return ask(client) == 200
    return False


def too_many_connections(world):
    """One more than are allowed is closed at once; one less is welcome."""
    most = world.order.randint(1, 20)
    gate = world.casgate(world.text(f"limit connections {most}", workers=1))
    clients = [plain(world, gate) for _ in range(most)]
    assert all(map(is_served, clients))
    assert not is_served(plain(world, gate))
    clients.pop().close()
    wait_for(lambda: is_served(plain(world, gate)), 20, lambda: "no room")
    assert all(map(is_served, clients))


def failing(world):
    """A casgate whose calls fail as planned. What the library in front of
    LeakSanitizer loads looks like a leak to it."""
    plan = Plan(world.folder / "plan", PROGRAM)
    options = plan.environment["ASAN_OPTIONS"] + ":detect_leaks=0"
    env = {**plan.environment, "ASAN_OPTIONS": options}
    return plan, world.casgate(world.text(workers=1), env=env)


def no_files_to_accept(world):
    """ENFILE: the whole machine has none left."""
    plan, gate = failing(world)
    channels = world.channels(gate)
    plan.arm("worker", "accept", 1, errno.ENFILE, times=world.order.randint(1, 3))
    late = [plain(world, gate) for _ in range(5)]
    gate.wait_for_stderr("cannot accept connections for a moment: Too many", 20)
    assert channels.timed_ping() < 20
    assert {ask(client) for client in late} == {200}


def no_files_to_connect(world):
    plan, gate = failing(world)
    client = plain(world, gate)
    plan.arm("worker", "descriptor", 1, errno.ENFILE)
    assert ask(client) == 503
    assert plan.fired == "socket"
    assert world.get(gate) == 200
