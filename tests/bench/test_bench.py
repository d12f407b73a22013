"""The bench itself: its arithmetic, its pages, and its two programs together.

The generator speaks to the backend here with nothing in between, in plain.
"""

import contextlib
import json
import os
import pathlib
import socket
import struct
import time
import xml.etree.ElementTree

import pytest

from bench import bench, clocks, figures, machine, proxies, report, trials
from bench.figures import Figure
from bench.load import Backend, Load

PROGRAMS = pathlib.Path(os.environ.get("CASGATE", "build/asan/casgate")).parent


def test_percentile_is_one_of_the_values():
    values = list(range(100, 0, -1))
    assert figures.percentile(values, 50) == 50
    assert figures.percentile(values, 99) == 99
    assert figures.percentile([7], 1) == 7


def line_of(casgate, nginx, haproxy, **wanted):
    figure = Figure("cpu", "CPU", "µs", **wanted)
    values = {"casgate": casgate, "nginx": nginx, "haproxy": haproxy}
    line = {"group": "Requests", "trial": "GET"}
    line.update(figures.result(figure, {k: v for k, v in values.items() if v}))
    return line


def test_ratio_is_to_the_better_reference_in_medians():
    line = line_of([8, 9, 100], [30, 20, 10], [18, 18, 18])
    assert line["ratio"] == 0.5
    assert line["products"]["nginx"]["low"] == 10
    assert line["products"]["casgate"]["high"] == 100


def test_no_ratio_without_something_to_compare_with():
    assert line_of([8], [], [])["ratio"] is None
    assert line_of([], [8], [9])["ratio"] is None


def test_a_goal_is_met_or_not_or_not_told():
    assert figures.met(line_of([8], [10], [20], goal=0.8)) is True
    assert figures.met(line_of([9], [10], [20], goal=0.8)) is False
    assert figures.met(line_of([8], [10], [20], goal=0.8, most=7)) is False
    assert figures.met(line_of([8], [10], [20])) is None
    assert figures.met(line_of([8], [], [], goal=0.8)) is None


def test_growth_is_against_itself():
    base, line = line_of([10], [10], [10]), line_of([12], [20], [20])
    figures.set_growth(line, base)
    assert line["growth"] == 1.2
    assert figures.met(line) is False
    figures.set_growth(line, {"products": {}})


def test_only_rows_of_growth_are_interleaved_with_each_other():
    rows = [("1 site", None, trials.MANY), ("500 sites", None, trials.MANY)]
    several = trials.trials_of("Requests", ("GET", (), None), ("POST", (), None))
    several += trials.growth_of("Growth", *rows)
    found = [[trial.name for trial in batch] for batch in bench.batches(several)]
    assert found == [["GET"], ["POST"], ["1 site", "500 sites"]]


def test_pings_are_picked_by_when_they_were_due():
    outcome = {"began_s": 100.0, "times_us": list(range(1000))}
    assert trials.due_between(outcome, 100, 101.0, 101.055) == list(range(100, 106))
    assert trials.due_between(outcome, 100, 109.975, 120) == [998, 999]


def test_stat_of_a_program_with_a_strange_name():
    assert clocks.parent_of("17 (a) (b c) S 12 17 17 0 -1 4194304") == 12


def test_anonymous_memory_is_found_in_smaps_rollup():
    rollup = "Pss:  255 kB\nPss_Dirty:  113 kB\nPss_Anon:  112 kB\nAnonymous:  99 kB\n"
    assert clocks.anonymous_kib_of(rollup) == 112


def test_a_family_is_all_descendants(tmp_path):
    for pid, parent in ((2, 1), (3, 2), (4, 3), (5, 1)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (x) S {parent} 0")
    assert sorted(clocks.family(2, tmp_path)) == [2, 3, 4]


def test_clocks_of_this_process():
    before = clocks.cpu_s([os.getpid()])
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    assert 0.04 < clocks.cpu_s([os.getpid()]) - before < 1
    assert clocks.anonymous_kib([os.getpid()]) > 1000


def run_of(*lines, failures=()):
    return {
        "command": "./dev bench",
        "machine": machine.describe(),
        "versions": {"casgate": "0.1.0"},
        "rounds": 3,
        "lines": list(lines),
        "failures": list(failures),
    }


def test_page_and_chart_are_made_from_the_run(tmp_path):
    line = line_of([8, 9, 9.5], [10], [20], goal=0.95)
    report.write(run_of(line, failures=["GET: nginx: it fell"]), tmp_path)
    page = (tmp_path / "performance.md").read_text()
    assert "9.00 (8.00–9.50)" in page
    assert "≤ 0.95 × ✓" in page
    assert "it fell" in page
    assert json.loads((tmp_path / "performance.json").read_text())["lines"] == [line]
    xml.etree.ElementTree.parse(tmp_path / "performance.svg")


@pytest.fixture(scope="module")
def backend():
    with contextlib.closing(Backend(PROGRAMS)) as started:
        yield started


@pytest.fixture
def load(backend):
    with contextlib.ExitStack() as stack:

        def start(mode, **options):
            cores = machine.CORES
            opened = Load(PROGRAMS, cores, backend.port, mode, plain=True, **options)
            stack.callback(opened.close)
            return opened

        yield start


def test_requests_are_answered_on_connections_that_stay(load):
    opened = load("requests", connections=7)
    for _ in range(2):
        outcome = opened.run(100)
        assert (outcome["count"], outcome["failed"]) == (100, 0)
        assert outcome["bytes"] == 100 * 1024
        assert len(outcome["times_us"]) == 100 and min(outcome["times_us"]) > 0


def test_requests_keep_to_their_rate(load):
    outcome = load("requests", connections=3).run(50, 500)
    assert outcome["lasted_s"] > 0.09


def test_bodies_of_either_way_are_whole(load):
    down = load("requests", path="/oab/data?bytes=5000000").run(2)
    assert down["bytes"] == 10000000
    up = load("requests", method="POST", body=5000000).run(2)
    assert up["bytes"] == 2 * 1024


def test_heads_may_have_many_fields(load):
    assert load("requests", headers=100).run(3)["failed"] == 0


def test_visits_close_after_one_answer(load):
    outcome = load("visits", connections=5).run(50)
    assert (outcome["failed"], outcome["resumed"]) == (0, 0)
    assert outcome["bytes"] == 50 * 1024


def test_channels_answer_pings_and_carry_bytes(load):
    opened = load("channels", connections=20)
    assert len(opened.run(100, 2000)["times_us"]) == 100
    opened.carry(3000000)
    assert opened.run(100, 2000)["failed"] == 0


def test_visits_to_nobody_fail_and_are_counted():
    port = proxies.free_port()
    opened = Load(PROGRAMS, machine.CORES, port, "visits", plain=True)
    with contextlib.closing(opened):
        assert opened.run(3)["failed"] == 3


def test_the_backend_forgets_connections_that_are_reset(backend):
    descriptors = pathlib.Path(f"/proc/{backend.process.pid}/fd")
    before = len(list(descriptors.iterdir()))
    for request in (b"", b"GET / HTTP/1.1\r\n", b"GET /?bytes=9999999 HTTP/1.1\r\n\r\n"):
        client = socket.create_connection(("127.0.0.1", backend.port))
        client.sendall(request)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        time.sleep(0.05)
        client.close()
    until = time.monotonic() + 5
    while len(list(descriptors.iterdir())) > before:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("key", ["ecdsa", "rsa"])
def test_everything_goes_through_casgate(backend, tmp_path, key):
    casgate = proxies.products(PROGRAMS / "casgate")["casgate"]
    place = proxies.Place(tmp_path, PROGRAMS)
    setting = proxies.Setting(key=key, sites=3)
    proxy = proxies.Proxy(casgate, setting, place, backend.port)
    with contextlib.closing(proxy):
        with proxy.load("requests", connections=3, method="POST", body=300) as load:
            assert load.run(30)["failed"] == 0
        for tls12 in (False, True):
            with proxy.load("visits", resume=True, tls12=tls12) as load:
                assert load.run(5)["resumed"] == 5
        with proxy.load("visits", host="site-2.contoso.com") as load:
            assert load.run(5)["resumed"] == 0
        with proxy.load("channels", connections=10) as load:
            load.carry(100000)
            assert len(load.run(10)["times_us"]) == 10
        assert len(proxy.pids) == 2 and proxy.cpu_s() > 0
