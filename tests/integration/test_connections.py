"""One client connection is one CAS connection: R8 to R13 and R40."""

import contextlib
import random
import re
import ssl
import time

import pytest

from harness import silent_address
from standin import ntlm, rpc, steps
from standin.client import Closed

BASIC = ntlm.basic("alice", "Secret-1")

PAIR = """
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
listen 127.0.0.1:0
exchange cas {{ server cas1 {one}; server cas2 {two} }}
site mail.contoso.com {{ forward cas }}
"""


@pytest.fixture
def pair(casgate, two_cas, certs):
    one, two = two_cas
    return casgate(
        PAIR.format(certificate=certs.mail, one=one.address, two=two.address)
    )


@pytest.mark.requirement(8)
@pytest.mark.parametrize("method", ["GET", "RPC_IN_DATA", "RPC_OUT_DATA"])
def test_the_legs_of_ntlm_arrive_on_one_connection_in_order(simple, cas, method):
    with simple.connect() as client:
        target = "/rpc/rpcproxy.dll?cas1:6001" if "RPC" in method else "/oab/"
        client.send(rpc.head(method, 0, target=target))
        assert client.read_response().status == 401
        authorization = rpc.log_in(client, method, target=target)
        client.send(rpc.head(method, 0, authorization, target=target))
        answer = client.read_response()
        assert answer.status == 200
        assert answer.header("X-Standin-User") == "alice"
    assert len(cas.connections) == 1
    requests = cas.connections[0].requests
    assert [r.method for r in requests] == [method] * 3
    assert [bool(r.header("Authorization")) for r in requests] == [False, True, True]


@pytest.mark.requirement(8)
def test_a_login_lasts_as_long_as_the_connection(simple, cas):
    with simple.connect() as client:
        authorization = rpc.log_in(client, "GET", target="/standin/whoami")
        client.request("GET", "/standin/whoami", f"Authorization: {authorization}")
        for _ in range(3):
            assert client.request("GET", "/standin/whoami").body == b"cas1 alice\n"
    with simple.connect() as client:
        assert client.request("GET", "/standin/whoami").status == 401


@pytest.mark.requirement(9)
def test_two_hundred_interleaved_clients_never_share_a_connection(simple, cas):
    """Each with a nonce of its own in every request, and a login of its own."""
    order = random.Random(9)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(simple.connect()) for _ in range(200)]
        for number, client in enumerate(clients):
            user, password = f"user{number}", f"Secret-{number}"
            authorization = rpc.log_in(
                client, "GET", user, password, target="/standin/whoami"
            )
            client.request("GET", "/standin/whoami", f"Authorization: {authorization}")
        for _ in range(3):
            order.shuffle(clients)
            numbers = {client: order.random() for client in clients}
            for client in clients:
                client.send(
                    b"GET /standin/whoami?%r HTTP/1.1\r\n" % numbers[client]
                    + b"Host: mail.contoso.com\r\nX-Nonce: %d\r\n\r\n"
                    % client.local[1]
                )
            order.shuffle(clients)
            for client in clients:
                client.name = client.read_response().body
    assert len({client.name for client in clients}) == 200
    assert len(cas.connections) == 200
    for connection in cas.connections:
        nonces = {r.header("X-Nonce") for r in connection.requests} - {None}
        users = {r.user for r in connection.requests[1:]}
        assert len(nonces) == 1 and len(users) == 1


@pytest.mark.requirement(10)
@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_server_that_closes_while_idle_closes_the_client(simple, cas, how, tls):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    end = {"close": steps.close, "reset": steps.reset}[how]
    cas.script("/ews/", steps.send(answer), steps.pause(0.3), end())
    with simple.connect(0 if tls else 1, tls=tls) as client:
        assert client.request("GET", "/ews/").body == b"ok"
        began = time.monotonic()
        client.expect_closed(2)
        assert time.monotonic() - began < 1.3
    assert len(cas.connections) == 1


@pytest.mark.requirement(10)
def test_a_closed_server_connection_is_never_opened_again(simple, cas):
    """Not even for a client that is faster than the news of the close."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    cas.script("/ews/", steps.send(answer), steps.close())
    for _ in range(30):
        before = len(cas.connections)
        with simple.connect(1, tls=False) as client:
            client.request("GET", "/ews/")
            try:
                second = client.request("GET", "/ews/")
            except (Closed, OSError):
                second = None
            assert second is None or second.status == 502
        assert len(cas.connections) == before + 1


@pytest.mark.requirement(11)
def test_a_client_stays_with_its_server_whatever_it_asks_for(pair, two_cas):
    for number in range(1, 21):
        with pair.connect(source=f"127.0.0.{number}") as client:
            names = set()
            for path in ("/owa/", "/ews/?a", "/rpc/x", "/autodiscover/x", "/oab/"):
                answer = client.request("GET", path, f"Cookie: k={path}{number}")
                names.add(answer.header("X-Standin"))
            assert len(names) == 1
    assert len(two_cas[0].connections) + len(two_cas[1].connections) == 20


@pytest.mark.requirement(11)
def test_clients_are_spread_over_the_servers_and_come_back(pair, two_cas):
    def server_of(number):
        with pair.connect(source=f"127.0.1.{number}") as client:
            return client.request("GET", "/owa/").header("X-Standin")

    first = [server_of(number) for number in range(1, 41)]
    assert 5 < first.count("cas1") < 35
    assert [server_of(number) for number in range(1, 41)] == first


def test_each_group_has_one_connection_until_the_client_ends(
    casgate, two_cas, certs
):
    one, two = two_cas
    gate = casgate(
        f"""
        listen 127.0.0.1:0 tls {{ certificate {certs.san} }}
        exchange one {{ server cas1 {one.address} }}
        exchange two {{ server cas2 {two.address} }}
        site mail.contoso.com {{ forward one }}
        site contoso.com {{ forward two }}
        """
    )
    with gate.connect(sni=None) as client:
        for host in ("mail.contoso.com", "contoso.com") * 3:
            answer = client.request("GET", "/owa/", host=host)
            expected = "cas1" if host.startswith("mail") else "cas2"
            assert answer.header("X-Standin") == expected
        assert len(one.connections) == len(two.connections) == 1
        # The end of either, while idle, is the end of all.
        two.call(two._abort_all)
        client.expect_closed(1)
    one.wait_for(lambda: not one.open_connections, 1)


@pytest.mark.requirement(12)
def test_no_via_and_names_in_their_case_and_order(simple, cas):
    sent = [
        ("hOsT", "mail.contoso.com"),
        ("Pragma", "No-cache"),
        ("x-lower", "1"),
        ("X-UPPER", "2"),
        ("Pragma", "MinConnTimeout=300"),
        ("Pragma", "ResourceTypeUuid=44e265dd-7daf-42cd-8560-3cdb6e7a2729"),
        ("Cookie", "a=1"),
        ("Via", "1.1 forged"),
        ("User-Agent", "MSRPC"),
    ]
    lines = "".join(f"{n}: {v}\r\n" for n, v in sent)
    with simple.connect() as client:
        client.send(b"GET /standin/head HTTP/1.1\r\n" + lines.encode() + b"\r\n")
        client.read_response()
    request = cas.requests[0]
    kept = [pair for pair in sent if pair[0] != "Via"]
    assert request.headers[: len(kept)] == kept
    assert request.header("Via") is None


@pytest.mark.requirement(12)
@pytest.mark.parametrize("path", ["/rpc/rpcproxy.dll", "/ews/x"])
def test_fields_of_answers_keep_their_case_order_and_number(simple, cas, path):
    fields = [
        b"wWw-AuthenTicate: Negotiate",
        b"WWW-Authenticate: NTLM",
        b'www-authenticate: Basic realm="x,  y"',
        b"Persistent-Auth: true",
        b"Proxy-Support: Session-Based-Authentication",
        b"X-z: 1",
        b"x-a: 2",
        b"Content-Length: 0",
    ]
    head = b"HTTP/1.1 401 Unauthorized\r\n" + b"\r\n".join(fields) + b"\r\n\r\n"
    cas.script(path, steps.send(head), steps.pause(1))
    with simple.connect() as client:
        client.send(rpc.head("RPC_IN_DATA", 0, target=path))
        assert client.read_head().raw_head == head


@pytest.mark.requirement(13)
def test_http_2_is_never_agreed_on(simple):
    with simple.connect(alpn=["h2", "http/1.1"]) as client:
        assert client.alpn == "http/1.1"
        assert client.request("GET", "/owa/").status == 200
    with simple.connect() as client:
        assert client.alpn is None
    try:
        with simple.connect(alpn=["h2"]) as client:
            assert client.alpn is None
    except ssl.SSLError as error:
        assert "no application protocol" in str(error)


@pytest.mark.requirement(40)
def test_a_refused_connect_is_tried_on_the_next_server(pair, two_cas):
    one, two = two_cas
    one.refuse()
    for number in range(1, 21):
        with pair.connect(source=f"127.0.0.{number}") as client:
            answer = client.request("POST", "/standin/echo", body=b"body")
            assert answer.body == b"body"
            assert answer.header("X-Standin") == "cas2"
    assert len(two.connections) == 20


@pytest.mark.requirement(40)
def test_a_server_that_does_not_answer_is_left_for_the_next(casgate, cas, certs):
    with silent_address() as silent:
        gate = casgate(
            "timeout connect 1s\nworkers 1\n"
            + PAIR.format(certificate=certs.mail, one=silent, two=cas.address)
        )
        slow = 0
        for number in range(1, 11):
            began = time.monotonic()
            with gate.connect(source=f"127.0.0.{number}") as client:
                assert client.request("GET", "/owa/").header("X-Standin") == "cas1"
            slow += time.monotonic() - began > 0.9
        assert slow <= 1, "it was not left alone for a while"


@pytest.mark.requirement(40)
@pytest.mark.parametrize("how", ["close", "reset"])
def test_nothing_is_tried_again_after_a_byte_was_sent(pair, two_cas, how):
    end = {"close": steps.close, "reset": steps.reset}[how]
    for server in two_cas:
        server.script("*", end())
    for number in range(1, 11):
        with pair.connect(source=f"127.0.0.{number}") as client:
            assert client.request("GET", "/owa/").status == 502
            client.expect_closed()
        assert sum(len(server.connections) for server in two_cas) == number


@pytest.mark.requirement(40)
def test_without_any_server_the_answer_says_when_to_come_back(pair, two_cas):
    for server in two_cas:
        server.refuse()
    with pair.connect() as client:
        answer = client.request("GET", "/owa/")
        assert answer.status == 503
        assert int(answer.header("Retry-After")) > 0
        assert answer.header("Connection") == "close"
        client.expect_closed()
    line = pair.wait_for_log(status=503)
    assert line["end"] == "server refused"
    two_cas[0].accept()
    with pair.connect() as client:
        assert client.request("GET", "/owa/").header("X-Standin") == "cas1"


@pytest.mark.requirement(40)
def test_servers_that_are_silent_give_504(casgate, certs):
    with silent_address() as silent:
        gate = casgate(
            "timeout connect 1s\n"
            + PAIR.format(certificate=certs.mail, one=silent, two=silent)
        )
        with gate.connect() as client:
            assert client.request("GET", "/owa/").status == 504
        assert gate.wait_for_log(status=504)["end"] == "server silent"


@pytest.mark.requirement(37)
@pytest.mark.parametrize("path", ["/ews/x", "/rpc/rpcproxy.dll"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_server_may_vanish_at_any_byte(simple, cas, path, how):
    """The client is told, or cut off; the next one is served."""
    answer = b"HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"
    head_bytes = len(answer)
    answer += b"5\r\nhello\r\n0\r\n\r\n"
    end = {"close": steps.close, "reset": steps.reset}[how]
    for cut in range(0, len(answer), 3):
        cas.script(path, steps.send(answer[:cut]), end())
        with simple.connect() as client:
            client.send(rpc.head("GET", 0, target=path))
            try:
                got = client.read_to_end()
            except (ConnectionResetError, ssl.SSLError):
                got = b""
            # A reset may overtake the bytes before it.
            assert got.startswith(b"HTTP/1.1 502 ") or (
                cut >= head_bytes and answer.startswith(got)
            ), (cut, got)
    cas.clear_scripts()
    with simple.connect() as client:
        assert client.request("GET", "/owa/").status == 200


def test_pipelined_requests_are_answered_in_turn(simple, cas):
    with simple.connect() as client:
        request = b"POST /standin/echo HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        client.send(
            b"".join(
                request + b"Content-Length: 1\r\n\r\n%d" % number
                for number in range(5)
            )
        )
        bodies = [client.read_response().body for _ in range(5)]
        assert bodies == [b"0", b"1", b"2", b"3", b"4"]
    assert len(cas.connections) == 1


def test_a_second_request_waits_for_the_first_answer(simple, cas):
    hold = cas.hold("/ews/1")
    with simple.connect() as client:
        one = b"GET /ews/1 HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"
        two = b"GET /owa/ HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"
        client.send(one + two)
        held = hold.next()
        time.sleep(0.2)
        assert re.findall(rb"GET \S+", bytes(held.connection.received)) == [
            b"GET /ews/1"
        ]
        held.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        assert client.read_response().body == b"1"
        assert held.wait_body(1).startswith(b"GET /owa/")


def test_a_client_that_half_closes_still_gets_its_answer(simple, cas):
    cas.anonymous = True
    with simple.connect(1, tls=False) as client:
        client.send(
            b"POST /Microsoft-Server-ActiveSync?wait=0.5 HTTP/1.1\r\n"
            b"Host: mail.contoso.com\r\nContent-Length: 0\r\n\r\n"
        )
        client.half_close()
        assert client.read_response().status == 200
        client.expect_closed()


def test_ipv6_on_both_legs(casgate, certs):
    from standin.cas import Cas

    try:
        cas = Cas("six", ("::1", 0)).start()
    except OSError:
        pytest.skip("no IPv6 here")
    with contextlib.closing(contextlib.ExitStack()) as stack:
        stack.callback(cas.stop)
        gate = casgate(
            f"""
            listen [::1]:0 tls {{ certificate {certs.mail} }}
            exchange cas {{ server six {cas.address} }}
            site mail.contoso.com {{ forward cas }}
            """
        )
        assert gate.addresses[0][0] == "::1"
        with gate.connect() as client:
            assert client.request("GET", "/standin/head").status == 200
        assert cas.requests[0].header("X-Forwarded-For") == "::1"
