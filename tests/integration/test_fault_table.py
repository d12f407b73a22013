"""Whatever fails around it, casgate lives and serves the next client.

fault_kinds/table.py lists the kinds of faults. Each is done once; with
CASGATE_LONG (`./dev faults`) 20 times with other details, which a seed draws:
CASGATE_FAULT_SEED is the first, CASGATE_FAULT_SEEDS how many. Several happen at
the same time.

Asked for are: the ends that the table names, and no other; a next client that
is served; every descriptor given back; the same workers, unless the fault ends
them; no word of a sanitizer and no failed assertion, which at the end would
tell of memory and blocks that were not given back.
"""

import concurrent.futures
import contextlib
import functools
import itertools
import os
import random

import pytest

from fault_kinds import clients, servers, table
from fault_kinds.stage import DOORS, Scene, Stage
from fault_kinds.world import World, descriptors
from harness import LONG, Casgate, wait_for
from standin.cas import Cas

FIRST = int(os.environ.get("CASGATE_FAULT_SEED", "0"))
COUNT = int(os.environ.get("CASGATE_FAULT_SEEDS", "20" if LONG else "1"))
SEEDS = range(FIRST, FIRST + COUNT)


def to_the_stage(run, rows):
    """Kinds of faults that leave casgate alive; they share one."""
    return {
        f"{run.__module__.rpartition('.')[2]}: {where}, {what}": (
            functools.partial(run, where=where, what=what),
            ends.split(", "),
        )
        for where, what, ends in rows
    }


STAGED = {
    **to_the_stage(servers.run, table.SERVERS),
    **to_the_stage(clients.run, table.CLIENTS),
}
ALONE = {
    function.__name__.replace("_", " "): (
        function,
        f"{table.ORDINARY}, {ends}".split(", "),
    )
    for function, ends in table.ALONE
}


class Runs:
    """All runs of some kinds, several at a time; what became of each."""

    def __init__(self, kinds, run, at_a_time):
        orders = [(kind, seed) for seed in SEEDS for kind in kinds]
        with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
            futures = {order: pool.submit(run, *order) for order in orders}
        self._futures = futures

    def of(self, kind):
        """What the runs of a kind gave; fails as the first that did."""
        given = {}
        for seed in SEEDS:
            try:
                given[seed] = self._futures[kind, seed].result()
            except Exception as error:
                raise AssertionError(f"{kind}, seed {seed}: {error!r}") from error
        return given


def wanted(request, kinds):
    """Those of them that this session is about to ask for."""
    items = [item for item in request.session.items if hasattr(item, "callspec")]
    asked = {item.callspec.params.get("kind") for item in items}
    return [kind for kind in kinds if kind in asked]


# Faults that casgate outlives.


@pytest.fixture(scope="module")
def stage(tmp_path_factory, certs):
    folder = tmp_path_factory.mktemp("stage")
    with contextlib.ExitStack() as stack:
        cas = stack.enter_context(Cas("cas1"))

        def start(text):
            gate = Casgate(folder, 1, certs.ca, text, wait_s=30)
            gate.wait_until_ready()
            return gate

        stage = Stage(start, certs, cas)
        stack.callback(stage.close)
        yield stage
        problems = stage.gate.finish()
        assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def staged(request, stage):
    """The scenes, when they are over; no descriptor may be missing then."""
    numbers = itertools.count()

    def run(kind, seed):
        act, _ = STAGED[kind]
        scene = Scene(stage, next(numbers), random.Random(f"{kind} {seed}"))
        act(scene)
        stage.serve_the_next_client()
        return scene

    (worker,) = stage.gate.children()
    stage.serve_the_next_client()
    before = descriptors(worker)
    runs = Runs(wanted(request, STAGED), run, DOORS)
    assert stage.gate.children() == [worker], stage.gate.stderr
    wait_for(
        lambda: descriptors(worker) <= before,
        30,
        lambda: f"{descriptors(worker)} descriptors, {before} before",
    )
    return runs


@pytest.mark.parametrize("kind", STAGED)
def test_it_outlives(staged, kind):
    _, allowed = STAGED[kind]
    for seed, scene in staged.of(kind).items():
        found = wait_for(scene.ends, 20, lambda: f"seed {seed}: no end in the log")
        assert found <= set(allowed), f"seed {seed}"


# Faults that have a casgate to themselves.


@pytest.fixture(scope="module")
def alone(request, tmp_path_factory, certs):
    def run(kind, seed):
        act, ends = ALONE[kind]
        folder = tmp_path_factory.mktemp("world")
        with contextlib.ExitStack() as stack:
            world = World(folder, certs, random.Random(f"{kind} {seed}"), stack)
            try:
                act(world)
            finally:
                problems = world.problems(ends)
            assert not problems, "\n".join(problems)

    return Runs(wanted(request, ALONE), run, 10)


@pytest.mark.parametrize("kind", ALONE)
def test_it_goes_on_when(alone, kind):
    alone.of(kind)


def test_the_table_is_long_enough():
    assert len(STAGED) + len(ALONE) >= 60
