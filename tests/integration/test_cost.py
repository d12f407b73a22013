"""What an operation costs, and a channel takes, is no more than it was.

It is counted, not timed (cost.py), and compared with what was recorded in
tests/data/cost.json for this release of Debian. After a change for the better,
or one that is worth its cost:

    CASGATE_COST=record ./dev test -k cost
"""

import datetime
import json
import os
import platform
import shutil
import warnings

import pytest

import cost
from harness import ROOT

RECORD = ROOT / "tests/data/cost.json"
RECORDING = os.environ.get("CASGATE_COST") == "record"
ROOM = 1.03
HOW = "to record it: CASGATE_COST=record ./dev test -k cost"

pytestmark = [
    pytest.mark.skipif(
        not cost.RELEASE.exists(), reason="./dev test builds what is counted"
    ),
    pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind"),
]


def here():
    """Which compiler and libraries: what is counted depends on them."""
    release = platform.freedesktop_os_release()
    return f"{release.get('VERSION_CODENAME', 'unknown')} {platform.machine()}"


def compare(costs):
    """Fails for each that is more than was recorded."""
    records = json.loads(RECORD.read_text())
    if RECORDING:
        record = records.setdefault(here(), {})
        record.update({name: round(value, 1) for name, value in costs.items()})
        record["date"] = datetime.date.today().isoformat()
        RECORD.write_text(json.dumps(records, indent=1, sort_keys=True) + "\n")
    record = records.get(here(), {})
    if not record.keys() >= costs.keys():
        pytest.skip(f"nothing recorded for {here()}: {costs}; {HOW}")
    changed = {
        name: f"{name}: {value:.1f}, was {record[name]:.1f}"
        for name, value in costs.items()
        if not 1 / ROOM <= value / record[name] <= ROOM
    }
    worse = [text for name, text in changed.items() if costs[name] > record[name]]
    assert not worse, "\n".join(worse)
    if changed:
        warnings.warn("better: " + "; ".join(changed.values()) + f"; {HOW}")


def test_an_operation_costs_no_more_than_it_did(certs):
    compare(cost.counted(certs))


def test_an_idle_channel_takes_no_more_memory_than_it_did(casgate, certs):
    with cost.exchange() as cas:
        gate = casgate(cost.config(cas, certs), command=[cost.RELEASE])
        try:
            size = cost.channel_bytes(gate)
        except PermissionError:
            pytest.skip("only root can look at a worker's memory")
    compare({"idle channel: bytes": size})
