"""Requests that two readers could understand differently are refused: the
right status, not one byte at the CAS, the connection closed, and the next
client served. The cases stand in smuggling_cases.py.
"""

import re
import time

import pytest

import smuggling_cases as cases
from harness import Casgate
from standin import steps
from standin.cas import Cas

CONFIG = """
listen 127.0.0.1:0 tls {{
    certificate {certs.san}
    certificate {certs.fabrikam}
}}
listen 127.0.0.1:0
exchange cas {{ server cas1 {cas.address} }}
site mail.contoso.com autodiscover.contoso.com {{ forward cas }}
site mail.fabrikam.com {{ forward cas }}
site contoso.com {{ autodiscover-redirect autodiscover.contoso.com }}
"""

HOST = cases.HOST


@pytest.fixture(scope="module")
def cas():
    with Cas("cas1") as one:
        yield one


@pytest.fixture(scope="module")
def gate(tmp_path_factory, certs, cas):
    """One for all cases: none may do harm to those after it."""
    folder = tmp_path_factory.mktemp("smuggling")
    started = Casgate(folder, 1, certs.ca, CONFIG.format(certs=certs, cas=cas))
    started.wait_until_ready()
    yield started
    problems = started.finish()
    assert not problems, "\n".join(problems)


@pytest.fixture
def arrivals(cas):
    """The connections the CAS gets during a test."""
    before = len(cas.connections)
    return lambda: cas.connections[before:]


def check_ours(answer, status):
    assert answer.status == status, answer
    assert answer.header("Connection") == "close"
    assert int(answer.header("Content-Length")) == len(answer.body)


def check_next_client(gate, tls=True):
    with gate.connect(0 if tls else 1, tls=tls) as client:
        answer = client.request("GET", "/standin/head")
    assert answer.status == 200
    assert b"smuggled" not in answer.body


def all_refused():
    for name, (_, rows) in cases.REFUSED.items():
        for case in rows:
            for tls in [True, False] if name != "misdirected" else [True]:
                yield pytest.param(
                    case, tls, id=f"{name}-{case.name}-{'tls' if tls else 'plain'}"
                )


def test_each_class_has_its_cases():
    for name, (minimum, rows) in cases.REFUSED.items():
        assert len({case.request for case in rows}) >= minimum, name
    assert len({target for _, target in cases.PATHS}) >= 60
    assert len(cases.SHADOWS) >= 8
    assert len({sent for _, sent, _, _ in PIPELINES}) >= 10
    assert len({c.request for _, rows in cases.REFUSED.values() for c in rows}) >= 300


@pytest.mark.requirement(13, 21, 27, 35)
@pytest.mark.parametrize("case,tls", all_refused())
def test_refused(gate, arrivals, case, tls):
    with gate.connect(0 if tls else 1, tls=tls, sni=case.sni) as client:
        client.send(case.request)
        answer = client.read_response()
        client.expect_closed()
    check_ours(answer, case.status)
    assert [bytes(c.received) for c in arrivals()] == []
    check_next_client(gate, tls)


@pytest.mark.parametrize(
    "case", cases.BARE_LF_AND_CR + cases.FOLDED + cases.SPACE_BEFORE_COLON, ids=repr
)
def test_refused_byte_by_byte(gate, arrivals, case):
    """At the byte that makes it invalid, so that sending may fail behind it."""
    with gate.connect(1, tls=False) as client:
        try:
            for at in range(len(case.request)):
                client.send(case.request[at : at + 1])
                if client.is_readable:
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = client.read_response()
        client.expect_closed()
    check_ours(answer, case.status)
    assert b"smuggled" not in b"".join(bytes(c.received) for c in arrivals())


# A body that breaks behind its head.


@pytest.mark.requirement(35)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("case", cases.CHUNKS + cases.BROKEN_TRAILERS, ids=repr)
def test_broken_body_behind_its_head_never_ends(gate, cas, arrivals, case, tls):
    head, _, body = case.request.partition(b"\r\n\r\n")
    with gate.connect(0 if tls else 1, tls=tls) as client:
        client.send(head + b"\r\n\r\n")
        cas.wait_for(lambda: any(c.requests for c in arrivals()))
        client.send(body)
        answer = client.read_response()
        client.expect_closed()
    check_ours(answer, 400)
    (connection,) = arrivals()
    cas.wait_for(lambda: not connection.is_open)
    assert not connection.requests[0].body_complete
    assert len(connection.requests) == 1
    check_next_client(gate, tls)


@pytest.mark.parametrize(
    "chunks,canonical",
    [
        (b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5;a=b\r\nhello\r\n0;c\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b'5;a="b;\\"c"\r\nhello\r\n0\r\n\r\n', b"5\r\nhello\r\n0\r\n\r\n"),
        (b"0000000000000005\r\nhello\r\n0000\r\n\r\n", b"05\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nX: y\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nHost: a\r\nhost: b\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nX: \x80\xff\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nX-Forwarded-For: a\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\nhello\r\n0\r\nTransfer-Encoding: x\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        (b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("pieces", ["whole", "bytes"])
def test_chunks_are_written_anew(gate, arrivals, chunks, canonical, pieces):
    """Extensions and trailers are read and dropped."""
    with gate.connect() as client:
        client.send(cases.head(cases.CHUNKED, "Trailer: X").encode())
        for at in range(len(chunks)) if pieces == "bytes" else [slice(None)]:
            client.send(chunks[at : at + 1] if pieces == "bytes" else chunks)
        assert client.read_response().status == 200
    (connection,) = arrivals()
    head, _, body = bytes(connection.received).partition(b"\r\n\r\n")
    assert body == canonical
    assert b"Trailer" not in head


# Headers that are dropped.


@pytest.mark.requirement(25)
@pytest.mark.parametrize("shadow", cases.SHADOWS)
def test_shadow_names_are_dropped(gate, arrivals, shadow):
    with gate.connect() as client:
        answer = client.request("POST", "/standin/echo", shadow, "X_Own: a", body=b"hello")
    assert answer.body == b"hello"
    (request,) = arrivals()[0].requests
    assert not [n for n in request.names if "_" in n and n != "X_Own"]
    assert request.header("X_Own") == "a"
    assert request.header("X-Forwarded-For") == "127.0.0.1"


@pytest.mark.parametrize("name,fields", [(u[0], u[1:]) for u in cases.UPGRADES])
def test_no_upgrade_goes_on(gate, arrivals, name, fields):
    with gate.connect() as client:
        assert client.request("GET", "/standin/head", *fields).status == 200
        assert client.request("GET", "/standin/head").status == 200
    for request in arrivals()[0].requests:
        names = {n.lower() for n in request.names}
        assert not names & {"upgrade", "http2-settings", "connection"}


# SNI and Host.


@pytest.mark.requirement(27)
@pytest.mark.parametrize(
    "sni,host",
    [
        (HOST, HOST),
        (HOST, "MAIL.contoso.com:443"),
        (HOST, "mail.contoso.com."),
        (HOST, "autodiscover.contoso.com"),
        ("autodiscover.contoso.com", HOST),
        ("mail.fabrikam.com", "mail.fabrikam.com"),
        (None, HOST),
        (None, "mail.fabrikam.com"),
        ("unknown.example", HOST),
    ],
)
def test_sni_and_host_of_one_site(gate, sni, host):
    with gate.connect(sni=sni) as client:
        assert client.request("GET", "/standin/head", host=host).status == 200


@pytest.mark.requirement(27)
def test_a_later_request_to_another_site(gate, arrivals):
    with gate.connect() as client:
        assert client.request("GET", "/standin/head").status == 200
        answer = client.request("GET", "/smuggled", host="mail.fabrikam.com")
        client.expect_closed()
    check_ours(answer, 421)
    assert [r.target for c in arrivals() for r in c.requests] == ["/standin/head"]


def test_a_host_nobody_has(gate, arrivals):
    with gate.connect() as client:
        answer = client.request("GET", "/", host="unknown.example")
        client.expect_closed()
    check_ours(answer, 404)
    assert arrivals() == []


# One request behind the other.


def get(target="/standin/head", *fields):
    return cases.head(*fields, line=f"GET {target} HTTP/1.1").encode()


def post(body, *fields, target="/standin/echo"):
    line = f"POST {target} HTTP/1.1"
    return cases.head(f"Content-Length: {len(body)}", *fields, line=line).encode() + body


def chunks(body):
    head = cases.head(cases.CHUNKED).encode()
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


SMUGGLED = cases.SMUGGLED.encode()

# (name, bytes in one piece, what the CAS may see of it, the answers' status)
PIPELINES = [
    ("two", get("/standin/head/1") + get("/standin/head/2"), 2, [200, 200]),
    ("behind a body", post(b"hello") + get(), 2, [200, 200]),
    ("behind chunks", chunks(b"hello") + get(), 2, [200, 200]),
    ("behind length 0", post(b"") + get(), 2, [200, 200]),
    ("a request as a body", post(SMUGGLED) + get(), 2, [200, 200]),
    ("a request in a chunk", chunks(SMUGGLED) + get(), 2, [200, 200]),
    ("an end in a chunk", chunks(b"0\r\n\r\n" + SMUGGLED) + get(), 2, [200, 200]),
    ("an empty line between", post(b"hello") + b"\r\n" + get(), 2, [200, 200]),
    ("two empty lines between", post(b"hello") + b"\r\n\r\n" + get(), 1, [200, 400]),
    ("a byte too much", post(b"hello") + b"!" + get(), 1, [200, 400]),
    ("garbage", get() + b"\0\xff" + SMUGGLED, 1, [200, 400]),
    ("a bad one", get() + b"GET / HTTP/1.1\nHost: a\n\n" + SMUGGLED, 1, [200, 400]),
    ("CONNECT", get() + cases.METHODS[0].request + SMUGGLED, 1, [200, 501]),
    ("behind close", get("/standin/head", "Connection: close") + SMUGGLED, 1, [200]),
    ("behind HTTP/1.0", cases.head(line="GET /standin/head HTTP/1.0").encode() + SMUGGLED, 1, [200]),
]


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize(
    "sent,reach,statuses", [p[1:] for p in PIPELINES], ids=[p[0] for p in PIPELINES]
)
def test_pipelines(gate, arrivals, sent, reach, statuses, tls):
    with gate.connect(0 if tls else 1, tls=tls) as client:
        client.send(sent)
        for status in statuses:
            assert client.read_response().status == status
        if reach < 2:
            client.expect_closed()
    (connection,) = arrivals()
    assert len(connection.requests) == reach
    assert not connection.faults
    assert all(r.target.startswith("/standin/") for r in connection.requests)
    check_next_client(gate, tls)


def test_pipelines_in_pieces(gate, arrivals):
    """The next message begins at the exact byte, wherever segments end."""
    sent = chunks(b"hello") + post(b"world") + get()
    for at in range(1, len(sent), 7):
        with gate.connect(1, tls=False) as client:
            client.send_parts(sent[:at], sent[at:], pause_s=0.002)
            assert client.read_response().body == b"hello"
            assert client.read_response().body == b"world"
            assert client.read_response().status == 200
    assert all(len(c.requests) == 3 and not c.faults for c in arrivals())


def test_the_second_request_waits_for_the_first_answer(gate, cas, arrivals):
    cas.script(
        "/standin/held",
        steps.pause(0.3),
        steps.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        steps.keep(),
    )
    with gate.connect() as client:
        client.send(get("/standin/held") + get())
        cas.wait_for(lambda: any(c.requests for c in arrivals()))
        time.sleep(0.1)
        assert b"/standin/head" not in arrivals()[0].received
        assert client.read_response().status == 200
        assert client.read_response().status == 200
    assert len(arrivals()) == 1
    cas.clear_scripts()


def test_the_body_of_a_refused_request_is_no_request(gate, arrivals):
    with gate.connect() as client:
        client.send(b"TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n" + SMUGGLED)
        check_ours(client.read_response(), 501)
        client.expect_closed()
    assert arrivals() == []


# Paths.


@pytest.mark.requirement(23)
@pytest.mark.parametrize("status,target", cases.PATHS)
def test_where_a_path_leads(gate, arrivals, status, target):
    request = cases.head(line=f"GET {target} HTTP/1.1", host="contoso.com")
    with gate.connect(sni="contoso.com") as client:
        client.send(request.encode("latin-1"))
        answer = client.read_response()
        client.expect_closed()
    check_ours(answer, status)
    if status == 302:
        location = answer.header("Location")
        assert location == "https://autodiscover.contoso.com" + target
    assert arrivals() == []


@pytest.mark.parametrize("target", [t for status, t in cases.PATHS if status != 400])
def test_a_path_goes_on_as_it_came(gate, arrivals, target):
    with gate.connect() as client:
        client.send(get(target))
        client.read_response()
    (request,) = arrivals()[0].requests
    assert request.target == target


# Answers: test_smuggling_answers.py. What they share is how a request that was
# answered early is not taken for the next one.


def test_an_early_answer_does_not_make_a_body_a_request(gate, cas, arrivals):
    cas.script(
        "/standin/early",
        steps.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
        steps.wait_for_end(),
    )
    with gate.connect() as client:
        whole = post(b"x" * 1000 + SMUGGLED, target="/standin/early")
        client.send(whole[:-500])
        assert client.read_response().status == 403
        client.send(whole[-500:])
        time.sleep(0.2)
    assert [len(c.requests) for c in arrivals()] == [1]
    cas.wait_for(lambda: not arrivals()[0].is_open)
    assert len(re.findall(rb" HTTP/1\.1\r\n", bytes(arrivals()[0].received))) <= 2
    cas.clear_scripts()
