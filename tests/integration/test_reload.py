"""Reloads while there is traffic: nothing is lost, and memory stays flat.

Ten of them among 200 channels; with CASGATE_LONG (`./dev faults`) a hundred
among 2,000.
"""

import contextlib
import os
import pathlib
import shutil

import pytest
from cryptography import x509

from bench import clocks
from bench.load import Backend, Load
from harness import LONG, PROGRAM, PROMPT

PROGRAMS = pathlib.Path(PROGRAM).parent
CHANNELS, RELOADS = (2000, 100) if LONG else (200, 10)
REQUESTS_S = 500
PINGS_S = 500
SETTLED = 5  # reloads, then memory has to stay


@pytest.fixture
def backend():
    with contextlib.closing(Backend(PROGRAMS)) as one:
        yield one


@pytest.fixture
def gate(casgate, backend, certs, tmp_path):
    shutil.copy(certs.mail, tmp_path / "tls.pem")
    return casgate(
        f"""
        listen 127.0.0.1:0 tls {{ certificate {tmp_path}/tls.pem }}
        exchange cas {{ server cas1 127.0.0.1:{backend.port} }}
        site mail.contoso.com {{ forward cas }}
        """,
        env=PROMPT,
        wait_s=60,
    )


def load(gate, mode, connections):
    """Its connections are open; one that ends makes it fail."""
    cores = sorted(os.sched_getaffinity(0))
    return contextlib.closing(
        Load(PROGRAMS, cores, gate.port, mode, connections=connections)
    )


def serial_of(pem):
    return x509.load_pem_x509_certificate(pem.read_bytes()).serial_number


def serial_shown(gate):
    """To a new client."""
    with gate.connect() as client:
        return int(client._tls.getpeercert()["serialNumber"], 16)


def test_reloads_under_load_lose_nothing(gate, certs, tmp_path):
    workers = gate.children()
    memory = []
    with (
        load(gate, "channels", CHANNELS) as channels,
        load(gate, "requests", 50) as requests,
    ):
        for number in range(RELOADS):
            pem = (certs.mail_ecdsa, certs.mail)[number % 2]
            shutil.copy(pem, tmp_path / "tls.pem")
            requests.begin(REQUESTS_S // 5, REQUESTS_S)
            channels.begin(PINGS_S // 5, PINGS_S)
            gate.reload()
            assert serial_shown(gate) == serial_of(pem)
            assert requests.outcome()["failed"] == 0
            assert channels.outcome()["failed"] == 0
            memory.append(clocks.anonymous_kib([gate.process.pid, *workers]))
        channels.run(CHANNELS // 2)  # each pair is still there
    assert gate.children() == workers
    assert gate.stderr.count("casgate: reloaded") == RELOADS
    settled = memory[SETTLED - 1]
    assert all(abs(kib - settled) <= settled / 10 for kib in memory[SETTLED:]), memory
