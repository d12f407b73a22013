"""Answers that two readers could understand differently: 502, or both
connections end where the answer is over; never is one of them used again. The
cases stand in smuggling_answers.py.
"""

import pytest

import smuggling_answers as answers
from standin import steps
from standin.client import Closed
from test_smuggling import arrivals, cas, check_next_client, check_ours, gate

__all__ = ["arrivals", "cas", "gate"]  # fixtures

PATH = "/standin/answer"


@pytest.fixture
def answering(cas):
    """answering(step, ...): what the CAS does at PATH; it never closes."""
    yield lambda *script: cas.script(PATH, *script, steps.wait_for_end())
    cas.clear_scripts()


def ask(client, method="GET"):
    client.send(f"{method} {PATH} HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n".encode())


def check_over(cas, arrivals, requests=1):
    """The CAS was asked once, and we closed its connection."""
    (connection,) = arrivals()
    cas.wait_for(lambda: not connection.is_open)
    assert connection.closed_by.startswith("client")
    assert len(connection.requests) == requests


def ids(rows):
    return [row[0] for row in rows]


def test_there_are_enough():
    rows = answers.BAD_HEADS + answers.SURPLUS + answers.BROKEN_CHUNKS
    assert len(rows) >= 24


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize(
    "answer", [row[1] for row in answers.BAD_HEADS], ids=ids(answers.BAD_HEADS)
)
def test_bad_head(gate, cas, arrivals, answering, answer, tls):
    answering(steps.send(answer))
    with gate.connect(0 if tls else 1, tls=tls) as client:
        ask(client)
        got = client.read_response()
        client.expect_closed()
    check_ours(got, 502)
    assert b"smuggle" not in got.body
    check_over(cas, arrivals)
    check_next_client(gate, tls)


@pytest.mark.parametrize(
    "method,answer,more", [r[1:] for r in answers.SURPLUS], ids=ids(answers.SURPLUS)
)
@pytest.mark.parametrize("when", ["at once", "later"])
def test_more_than_the_answer(gate, cas, arrivals, answering, method, answer, more, when):
    if when == "at once":
        answering(steps.send(answer + more))
    else:
        answering(steps.send(answer), steps.pause(0.1), steps.send(more))
    with gate.connect() as client:
        ask(client, method)
        got = client.read_response(method)
        assert got.status in (200, 204, 304)
        assert got.body in (b"", b"hello")
        client.expect_closed()
    check_over(cas, arrivals)
    check_next_client(gate)


@pytest.mark.parametrize(
    "chunks", [r[1] for r in answers.BROKEN_CHUNKS], ids=ids(answers.BROKEN_CHUNKS)
)
@pytest.mark.parametrize("when", ["at once", "later"])
def test_broken_chunks_are_cut_off(gate, cas, arrivals, answering, chunks, when):
    head = answers.answer(answers.CODING)
    if when == "at once":
        answering(steps.send(head + chunks))
    else:
        answering(steps.send(head), steps.pause(0.1), steps.send(chunks))
    with gate.connect() as client:
        ask(client)
        with pytest.raises((Closed, ConnectionResetError)):
            client.read_response()
    check_over(cas, arrivals)
    check_next_client(gate)


def test_surplus_is_not_the_answer_to_the_next_request(gate, cas, arrivals, answering):
    """The client has sent its next request already."""
    answering(steps.send(answers.answer(answers.LENGTH, body=b"hello") + answers.SECOND))
    with gate.connect() as client:
        ask(client)
        ask(client)
        assert client.read_response().body == b"hello"
        client.expect_closed()
    check_over(cas, arrivals)


def test_interim_answers_in_any_pieces(gate, answering):
    whole = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    )
    for at in range(3, len(whole), 7):
        for more in (10, 30, 60):
            answering(
                steps.send(whole[:at]),
                steps.pause(0.01),
                steps.send(whole[at : at + more]),
                steps.pause(0.01),
                steps.send(whole[at + more :]),
            )
            with gate.connect(1, tls=False) as client:
                ask(client)
                got = client.read_response()
            assert [i.status for i in got.interim] == [100, 102]
            assert got.body == b"ok"
    answering(steps.slowly(whole, pause_s=0.001))
    with gate.connect(1, tls=False) as client:
        ask(client)
        assert client.read_response().body == b"ok"
