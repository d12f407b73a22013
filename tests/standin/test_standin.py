"""The stand-in and the raw clients against each other, nothing between."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from standin import bulk, ntlm, rpc, rts, steps  # noqa: E402
from standin.cas import Cas  # noqa: E402
from standin.client import Client, Closed  # noqa: E402
from standin.md4 import md4  # noqa: E402


@pytest.fixture
def cas():
    with Cas() as one:
        yield one


@pytest.fixture
def connect(cas):
    clients = []

    def open_one(**options):
        clients.append(Client(("127.0.0.1", cas.port), **options))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()


def test_vectors_of_the_specification():
    ping = "05 00 14 03 10 00 00 00 14 00 00 00 00 00 00 00 01 00 00 00"
    echo = "05 00 14 03 10 00 00 00 14 00 00 00 00 00 00 00 40 00 00 00"
    assert rts.ping().hex(" ") == ping
    assert rts.echo().hex(" ") == echo
    cookies = [rts.new_cookie() for _ in range(3)]
    assert len(rts.conn_a1(*cookies[:2])) == 76
    assert len(rts.conn_b1(*cookies)) == 104
    assert len(rts.out_r2_a3(*cookies)) == 96
    assert len(rts.out_r2_c1()) == 24


@pytest.mark.parametrize(
    "text, digest",  # RFC 1320, A.5
    [
        (b"", "31d6cfe0d16ae931b73c59d7e0c089c0"),
        (b"abc", "a448017aaf21d8525fc10ae87aa6729d"),
        (b"1234567890" * 8, "e33b4ddc9c38f2199c3e7b164fcc0536"),
    ],
)
def test_md4(text, digest):
    assert md4(text).hex() == digest


def test_requests_are_recorded_as_they_came(cas, connect):
    client = connect()
    client.send_parts(b"GET /standin/he", b"ad HTTP/1.1\r\nHost: a\r\nx-A:  b \r\n\r\n")
    answer = client.read_response()
    request = cas.requests[0]
    assert answer.body == request.raw_head == bytes(cas.connections[0].received)
    assert request.names == ["Host", "x-A"] and request.header("X-a") == "b"
    assert len(cas.connections[0].segments) == 2


def test_ntlm_is_tied_to_the_connection(cas, connect):
    client = connect()
    offers = client.request("GET", "/standin/whoami")
    assert [v.split()[0] for v in offers.header_all("WWW-Authenticate")] == [
        "Negotiate",
        "NTLM",
        "Basic",
    ]
    authorization = rpc.log_in(client, "GET", target="/standin/whoami")
    answer = client.request("GET", "/standin/whoami", f"Authorization: {authorization}")
    assert answer.body == b"cas1 alice\n"
    assert client.request("GET", "/standin/whoami").body == b"cas1 alice\n"
    assert cas.connections[0].user == "alice"
    assert connect().request("GET", "/standin/whoami").status == 401


def test_wrong_passwords_are_refused(connect):
    client = connect()
    authorization = rpc.log_in(
        client, "GET", password="wrong", target="/standin/whoami"
    )
    answer = client.request("GET", "/standin/whoami", f"Authorization: {authorization}")
    assert answer.status == 401
    basic = ntlm.basic("alice", "wrong")
    answer = client.request("GET", "/standin/whoami", f"Authorization: {basic}")
    assert answer.status == 401


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_an_rpc_session(cas, connect, auth):
    cas.answers_pings = True
    with rpc.Session(connect, auth=auth) as session:
        virtual = cas.virtual[session.virtual]
        assert virtual.established and virtual.user == "alice"
        assert session.timed_ping() < 1
        session.bind()
        assert session.add_one(41) == 42
        assert virtual.pings == 1
    cas.wait_for(lambda: not cas.open_connections)
    assert cas.virtual == {}


def test_channels_are_recycled(cas, connect):
    with rpc.Session(connect, auth="basic") as session:
        session.bind()
        virtual = cas.virtual[session.virtual]
        virtual.recycle_out()
        predecessor = session.recycle_out()
        predecessor.expect_closed()
        assert session.out.read_head().status == 200
        assert session.add_one(1) == 2
        session.finish_out()
        cas.wait_for(lambda: "OUT_R2/C1" in virtual.log)
        session.recycle_in().close()
        assert session.add_one(2) == 3
        assert virtual.log[-2:] == ["IN_R2/A1", "IN_R2/A5"]


def test_flow_control_acks_come_on_the_other_channel(connect):
    with rpc.Session(connect, auth="basic") as session:
        session.bind()
        stub = (4000).to_bytes(4, "little") + bytes(4000)
        for _ in range(20):
            session.call(2, stub)


def test_echo_and_a_closed_port(cas, connect):
    client = connect()
    basic = ntlm.basic("alice", "Secret-1")
    client.send(rpc.head("RPC_IN_DATA", 0, basic))
    answer = client.read_response()
    assert (answer.status, answer.reason, answer.body) == (200, "Success", rts.echo())
    target = "/rpc/rpcproxy.dll?cas1.contoso.com:25"
    client.send(rpc.head("RPC_OUT_DATA", 76, basic, target=target))
    answer = client.read_head()
    assert answer.status_line.startswith("HTTP/1.0 503 RPC Error: 6ba, EEInfo: ")
    client.expect_closed()


def test_bulk_both_ways(connect):
    client = connect()
    count = (3 << 20) + 17
    answer = client.request("GET", f"/standin/bytes/{count}")
    assert answer.body == bulk.content(count)
    client.send(b"POST /standin/upload HTTP/1.1\r\nHost: a\r\n")
    client.send(b"Content-Length: %d\r\n\r\n" % count)
    for block in bulk.blocks(count):
        client.send(block)
    assert client.read_response().body == b"%d %08x\n" % (count, bulk.crc32(count))


def test_expect_is_answered_before_the_body_or_refused(connect):
    client = connect()
    fields = ["Expect: 100-continue", "Content-Length: 3"]
    client.send(
        b"POST /standin/echo HTTP/1.1\r\nHost: a\r\n"
        + "\r\n".join(fields).encode()
        + b"\r\n\r\n"
    )
    assert client.read_head().status == 100
    client.send(b"abc")
    assert client.read_response().body == b"abc"


def test_every_framing(connect):
    client = connect()
    body = b"x" * 2500
    for framing in ("length", "chunked"):
        assert client.request("POST", f"/standin/echo?as={framing}", body=body).body == body
    assert client.request("POST", "/standin/echo?as=close", body=body).body == body
    client.expect_closed()


def test_misbehaviour(cas, connect):
    cas.script("/a", steps.send(b"HTTP/1.1 2"), steps.reset())
    client = connect()
    with pytest.raises((ConnectionResetError, Closed)):
        client.request("GET", "/a")
    assert cas.connections[0].closed_by == "cas reset"
    with pytest.raises(Closed):
        connect().request("GET", "/standin/cut")
    cas.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect()
    cas.accept()
    assert connect().request("GET", "/owa/healthcheck.htm").status == 200


def test_a_held_exchange_is_driven_by_hand(cas, connect):
    hold = cas.hold("/rpc/rpcproxy.dll")
    client = connect()
    client.send(rpc.head("RPC_IN_DATA", rpc.IN_BYTES) + b"12345")
    held = hold.next()
    assert held.wait_body(5) == b"12345"
    held.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert client.read_response().status == 403
    client.reset()
    assert held.wait_ended()
    cas.wait_for(lambda: cas.connections[0].closed_by == "client reset")


def test_a_thousand_connections(cas, connect):
    clients = [connect() for _ in range(1000)]
    for client in clients:
        client.send(b"GET /owa/healthcheck.htm HTTP/1.1\r\nHost: a\r\n\r\n")
    assert all(client.read_response().status == 200 for client in clients)
    assert len(cas.connections) == 1000
