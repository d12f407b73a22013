"""What a session does when either side does something at a bad moment."""

import concurrent.futures
import contextlib
import os
import pathlib
import signal
import socket
import ssl
import time
import zlib

import pytest

from harness import silent_address, two_groups, wait_for
from standin import bulk, rpc, steps
from standin.rekey import update_keys

GET = b"GET %s HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BOTH = pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])


def connect(gate, tls):
    return gate.connect(0 if tls else 1, tls=tls)


def state_of(process):
    stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    return stat.rpartition(")")[2].split()[0]


@contextlib.contextmanager
def stopped(gate):
    """Meanwhile its workers see nothing; then they see all at once."""
    workers = gate.children()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
        while state_of(worker) != "T":
            time.sleep(0.001)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


@contextlib.contextmanager
def narrow_door():
    """A server that takes so little that the kernel holds back the rest: a
    tiny window, and a tiny segment size, by which the sender's buffer goes."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
        door.bind(("127.0.0.1", 0))
        door.listen()
        door.settimeout(5)
        yield door


def read_to(connection, end):
    data = b""
    connection.settimeout(5)
    while not data.endswith(end):
        more = connection.recv(65536)
        assert more, f"closed after {len(data)} bytes"
        data += more
    return data


# Bytes that no event tells of.


@BOTH
def test_a_body_that_came_with_its_head_waits_for_a_slow_server_and_goes_on(
    casgate, certs, tls
):
    """TLS has taken from the socket more than is read at once, and what is
    left in it raises no event when the server has room again."""
    content = bulk.content(72000)
    head = (
        b"POST /ews/x HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        b"Content-Length: %d\r\n\r\n" % len(content)
    )
    with narrow_door() as door:
        gate = casgate(
            f"""
            workers 1
            listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}
            listen 127.0.0.1:0
            exchange cas {{ server cas1 127.0.0.1:{door.getsockname()[1]} }}
            site mail.contoso.com {{ forward cas }}
            """
        )
        with connect(gate, tls) as client:
            with stopped(gate):
                client.send(head)
                for at in range(0, len(content), 1000):  # a record each
                    client.send(content[at : at + 1000])
            server, _ = door.accept()
            with server:
                time.sleep(0.3)  # until it is full
                assert read_to(server, content[-100:]).endswith(content)
                server.sendall(OK)
                assert client.read_response().body == b"ok"


# One connection after the other.


def test_any_group_that_closes_during_another_exchange_ends_the_client(
    casgate, two_cas, certs
):
    one, two = two_cas
    gate = casgate(two_groups(certs, one.address, two.address))
    hold = one.hold("/ews/held")
    with gate.connect(1, tls=False) as client:
        client.request("GET", "/owa/", host="contoso.com")
        client.send(GET % b"/ews/held")
        held = hold.next()
        two.call(two._abort_all)
        time.sleep(0.2)
        held.send(OK)
        assert client.read_response().body == b"ok"
        client.expect_closed(1)
        assert held.wait_ended(1)
    assert gate.wait_for_log(method="-")["end"].startswith("server ")


def test_a_server_that_closes_within_the_next_head_ends_the_client(simple, cas):
    hold = cas.hold("/ews/held")
    with simple.connect(1, tls=False) as client:
        client.send(GET % b"/ews/held")
        held = hold.next()
        held.send(OK)
        assert client.read_response().body == b"ok"
        client.send(b"GET /owa/ HTTP/1.1\r\nHo")
        time.sleep(0.2)
        held.close()
        client.expect_closed(1)
    assert len(cas.connections) == 1


def test_a_server_that_closed_is_not_asked_the_next_request(simple, cas):
    """The client asks again on another connection, as after any close."""
    hold = cas.hold("/ews/held")
    with simple.connect(1, tls=False) as client:
        client.send(GET % b"/ews/held")
        held = hold.next()
        held.send(OK)
        assert client.read_response().body == b"ok"
        with stopped(simple):
            client.send(GET % b"/owa/")
            held.close()
            time.sleep(0.1)
        client.expect_closed(1)
    # Whichever event comes first: it was not asked, or answers with a reset.
    gone = {"server closed", "server reset"}
    wait_for(
        lambda: gone & {line["end"] for line in simple.access_log()},
        5,
        lambda: simple.access_text(),
    )


def test_a_second_answer_to_one_request_is_never_that_to_the_next(simple, cas):
    """Even if the first fills just what is read at once."""
    hold = cas.hold("/ews/held")
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 65490\r\n\r\n"
    first += bytes(65536 - len(first))
    first = first.replace(b"65490", b"%d" % (65536 - len(first.split(b"\0")[0])))
    with simple.connect(1, tls=False) as client:
        client.send(GET % b"/ews/held" + GET % b"/ews/next")
        held = hold.next()
        with stopped(simple):
            held.send(first)
            held.send(OK.replace(b"ok", b"NO"))
        assert len(client.read_response().body) > 65000
        try:
            assert b"NO" not in client.read_to_end(2)
        except ConnectionResetError:
            pass
    assert b"/ews/next" not in held.body


def test_requests_sent_before_a_half_close_are_all_answered(simple, cas):
    with simple.connect(1, tls=False) as client:
        client.send(b"".join(GET % b"/standin/bytes/%d" % n for n in range(1, 6)))
        client.half_close()
        for n in range(1, 6):
            assert client.read_response().body == bulk.content(n)
        client.expect_closed()
    assert len(cas.connections) == 1


@BOTH
@pytest.mark.parametrize("count", [2, 400])
@pytest.mark.parametrize("framing", ["none", "counted", "chunked"])
def test_requests_ahead_of_their_turn_are_answered_in_turn(
    simple, cas, framing, count, tls
):
    """Four hundred of them are well over what is read ahead."""

    def request(number):
        lines = b"POST /standin/echo?%06d HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        text = b"%d" % number * 10
        if framing == "counted":
            body = b"Content-Length: %d\r\n\r\n%s" % (len(text), text)
        elif framing == "chunked":
            body = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
                len(text),
                text,
            )
        else:
            text, body = b"", b"\r\n"
        return lines % number + body, text

    sent = [request(number) for number in range(count)]
    with connect(simple, tls) as client:
        client.send(b"".join(head for head, _ in sent))
        for _, text in sent:
            assert client.read_response().body == text
    assert [r.query for r in cas.requests] == ["%06d" % n for n in range(count)]
    assert len(cas.connections) == 1


@BOTH
def test_the_next_request_may_come_in_any_pieces_behind_a_body(simple, cas, tls):
    first = (
        b"POST /standin/echo HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    both = first + GET % b"/standin/bytes/7"
    for cut in range(len(first) - 12, len(first) + 30):
        with connect(simple, tls) as client:
            client.send_parts(both[:cut], both[cut:], pause_s=0.005)
            assert client.read_response().body == b"abc"
            assert client.read_response().body == bulk.content(7)


def test_requests_may_come_while_an_answer_streams(simple, cas):
    hold = cas.hold("/ews/held")
    with simple.connect() as client:
        client.send(GET % b"/ews/held")
        held = hold.next()
        held.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.read_head()
        chunks = client.read_chunks()
        for _ in range(3):
            held.send(b"1\r\nx\r\n")
            assert next(chunks) == b"x"
            client.send(GET % b"/owa/healthcheck.htm")
        assert held.body == b""
        held.send(b"0\r\n\r\n")
        assert list(chunks) == []
        assert held.wait_body(10).startswith(b"GET /owa/healthcheck.htm")


def test_a_head_of_chunks_without_them_is_not_for_http_1_0_either(simple, cas):
    cas.script(
        "/ews/x",
        steps.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        steps.keep(),
    )
    with simple.connect() as client:
        client.send(b"HEAD /ews/x HTTP/1.0\r\nHost: mail.contoso.com\r\n\r\n")
        head = client.read_head()
        assert head.header("Transfer-Encoding") is None
        assert client.read_to_end() == b""


# The end of a connection.


@BOTH
@pytest.mark.parametrize("who", ["client", "server", "until-close"])
def test_bytes_behind_the_last_answer_do_not_reset_the_connection(
    simple, cas, who, tls
):
    """Windows throws an answer away that a reset comes after."""
    answer = {
        "client": OK,
        "server": OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        "until-close": b"HTTP/1.1 200 OK\r\n\r\nok",
    }[who]
    cas.script("/ews/x", steps.send(answer), steps.close())
    request = GET % b"/ews/x"
    if who == "client":
        request = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with connect(simple, tls) as client:
        client.send(request)
        assert client.read_response().body == b"ok"
        for _ in range(5):
            client.send(GET % b"/never")
            time.sleep(0.05)
        client.half_close()
        assert client.read_to_end() == b""
    assert b"/never" not in cas.received


def test_the_last_answer_comes_with_its_end(simple, cas):
    """Behind an answer that ends so, a client waits for it."""
    cas.script("/ews/x", steps.send(b"HTTP/1.1 200 OK\r\n\r\nok"), steps.close())
    began = time.monotonic()
    with simple.connect() as client:
        client.send(GET % b"/ews/x")
        assert client.read_response().body == b"ok"
    assert time.monotonic() - began < 1


def test_the_end_of_tls_behind_the_last_bytes_of_a_request_ends_a_channel(
    simple, cas
):
    """In one segment, and no FIN behind it: no event tells of the end."""
    hold = cas.hold("/rpc/rpcproxy.dll")
    with simple.connect() as client:
        client.send(rpc.head("RPC_OUT_DATA", 76) + bytes(66))
        held = hold.next()
        held.wait_body(66)
        client._tls.write(bytes(10))
        with contextlib.suppress(ssl.SSLWantReadError):
            client._tls.unwrap()
        client._flush()
        assert held.wait_ended(1)
        assert held.wait_body(76) == bytes(76)
    simple.wait_for_log(method="RPC_OUT_DATA", end="client closed")


# Half-open states.


def half_record(client, data):
    """Half of what would be a TLS record; half of the bytes without TLS."""
    if client._tls is None:
        client.send(data[: len(data) // 2])
        return
    client._tls.write(data)
    record = client._outgoing.read()
    client.socket.sendall(record[: len(record) // 2])


def post(path, length):
    head = b"POST %s HTTP/1.1\r\nHost: mail.contoso.com\r\nContent-Length: %d\r\n\r\n"
    return head % (path, length)


def fill(client):
    """Sends until nothing more is taken."""
    client.socket.settimeout(0.3)
    data = bytes(65536)
    with contextlib.suppress(TimeoutError):
        while True:
            if client._tls is not None:
                client._tls.write(data[:16384])
                data = client._outgoing.read()
            client.socket.sendall(data)
            data = bytes(65536)


class States:
    """Each method leaves a connection in a state from which nothing moves."""

    def __init__(self, hold):
        self.hold = hold

    def held(self, client, request=GET % b"/ews/held"):
        client.send(request)
        return self.hold.next()

    def idle(self, client):
        pass

    def half_a_head(self, client):
        client.send(GET[:20])

    def half_a_record(self, client):
        half_record(client, GET % b"/ews/held")

    def half_a_record_of_a_body(self, client):
        self.held(client, post(b"/ews/held", 5000))
        half_record(client, bytes(1000))

    def half_closed(self, client):
        self.held(client)
        client.half_close()

    def half_closed_by_tls_alone(self, client):
        self.held(client)
        if client._tls is not None:
            with contextlib.suppress(ssl.SSLWantReadError):
                client._tls.unwrap()
            client._flush()

    def half_closed_behind_half_a_request(self, client):
        self.held(client)
        client.send(GET[:20])
        client.half_close()

    def more_ahead_of_its_turn_than_is_read(self, client):
        self.held(client)
        client.send((GET % b"/owa/") * 1000)

    def half_closed_behind_that(self, client):
        self.more_ahead_of_its_turn_than_is_read(client)
        client.half_close()

    def interim(self, client):
        self.held(client, post(b"/ews/held", 50)).send(
            b"HTTP/1.1 100 Continue\r\n\r\n"
        )
        client.read_head()

    def half_an_answer(self, client):
        self.held(client).send(OK[:-1])

    def half_the_head_of_an_answer(self, client):
        self.held(client).send(OK[:20])

    def early_answer(self, client):
        self.held(client, post(b"/ews/held", 50)).send(OK)
        client.read_response()

    def early_answer_and_server_that_closed(self, client):
        held = self.held(client, post(b"/ews/held", 50))
        held.send(OK)
        held.half_close()
        client.read_response()

    def client_that_takes_nothing(self, client):
        self.held(client).send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + bytes(30000000)
        )

    def and_has_closed_its_side(self, client):
        self.client_that_takes_nothing(client)
        client.half_close()

    def client_that_takes_nothing_of_a_server_that_left(self, client):
        held = self.held(client)
        held.send(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5000000))
        held.half_close()

    def server_that_takes_nothing(self, client):
        self.held(client, post(b"/ews/held", 1 << 30)).stop_reading()
        fill(client)

    def server_that_takes_nothing_of_a_client_that_left(self, client):
        self.server_that_takes_nothing(client)
        client.half_close()

    def refused_and_still_sending(self, client):
        client.send(post(b"/", 1 << 30).replace(b"mail.", b"x."))
        client.read_response()
        client.send(bytes(1000))

    def half_closed_while_connecting(self, client):
        client.send(GET.replace(b"mail.", b"") % b"/")
        client.half_close()

    def body_while_connecting(self, client):
        client.send(post(b"/", 1 << 30).replace(b"mail.", b""))
        fill(client)


PATIENT = ["workers 1", "timeout connect 60s"]
STATES = [name for name in vars(States) if name[0] != "_" and name != "held"]


def ticks(process):
    """The time it has run so far, in hundredths of a second."""
    stat = pathlib.Path(f"/proc/{process}/stat").read_text()
    return sum(map(int, stat.rpartition(")")[2].split()[11:13]))


@BOTH
def test_nothing_runs_in_circles_whatever_is_half_open(casgate, cas, certs, tls):
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(silent_address())
        gate = casgate(two_groups(certs, cas.address, silent, *PATIENT))
        states = States(cas.hold("/ews/held"))
        (worker,) = gate.children()
        for data in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):  # of a handshake
            stack.enter_context(gate.connect(0, tls=False)).send(data)
        busy = []
        for name in STATES:
            client = stack.enter_context(gate.connect(0 if tls else 1, tls=tls, sni=None))
            getattr(states, name)(client)
            time.sleep(0.05)
            before = ticks(worker)
            time.sleep(0.3)
            if ticks(worker) - before > 5:
                busy.append(name)
        assert busy == []


# Time limits, one for each stage.

IMPATIENT = [
    "timeout handshake 1s",
    "timeout head 1s",
    "timeout keepalive 1s",
    "timeout connect 1s",
    "timeout ews 1s",
]


@BOTH
def test_each_stage_has_its_limit(casgate, cas, certs, tls):
    def nothing(client):
        pass

    def half_a_head(client):
        client.send(GET[:20])

    def empty_lines(client):
        client.send(b"\r\n")

    def next_request(client):
        assert client.request("GET", "/owa/healthcheck.htm").status == 200

    def half_the_next_head(client):
        next_request(client)
        client.send(GET[:20])

    def connecting(client):
        client.send(GET.replace(b"mail.", b"") % b"/ews/x")

    def answer_that_does_not_come(client):
        client.send(GET % b"/ews/held")

    def body_that_does_not_come(client):
        client.send(post(b"/ews/held", 100) + bytes(99))

    def half_an_answer(client):
        client.send(GET % b"/ews/half")
        half.next().send(OK[:-1])
        assert client.read_exactly(len(OK) - 1) == OK[:-1]

    cases = [
        (nothing, "head timeout", None),
        (half_a_head, "head timeout", 408),
        (empty_lines, "head timeout", None),
        (next_request, "keepalive timeout", None),
        (half_the_next_head, "head timeout", 408),
        (connecting, "server silent", 504),
        (body_that_does_not_come, "idle 1s", None),
        (answer_that_does_not_come, "idle 1s", None),
        (half_an_answer, "idle 1s", None),
    ]
    cas.hold("/ews/held")
    half = cas.hold("/ews/half")
    with silent_address() as silent:
        gate = casgate(two_groups(certs, cas.address, silent, *IMPATIENT))

        def check(case):
            provoke, end, status = case
            with gate.connect(0 if tls else 1, tls=tls, sni=None) as client:
                provoke(client)
                began = time.monotonic()
                got = client.read_to_end(3)
                assert 0.7 < time.monotonic() - began < 2.5, provoke
                assert got[9:12] == (b"%d" % status if status else b""), provoke
                gate.wait_for_log(client="%s:%d" % client.local, end=end)

        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            list(pool.map(check, cases))


def test_a_client_that_takes_nothing_is_told_from_one_that_is_idle(
    casgate, cas, certs
):
    hold = cas.hold("/ews/held")
    gate = casgate(two_groups(certs, cas.address, cas.address, *IMPATIENT))
    with gate.connect(1, tls=False, receive_buffer=4096) as client:
        client.send(GET % b"/ews/held")
        hold.next().send(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(20_000_000))
        assert gate.wait_for_log(path="/ews/held")["end"] == "client stalled"


def test_a_client_that_resets_while_connecting_is_noticed_at_once(
    casgate, cas, certs
):
    with silent_address() as silent:
        gate = casgate(two_groups(certs, cas.address, silent, *PATIENT))
        with gate.connect(1, tls=False) as client:
            client.send(GET.replace(b"mail.", b"") % b"/")
            time.sleep(0.2)
            client.reset()
        gate.wait_for_log(1, path="/", end="client reset")


# Draining and reloading.


def test_a_drain_lets_each_stage_come_to_its_end(casgate, cas, certs):
    hold = cas.hold("/ews/held")
    gate = casgate(two_groups(certs, cas.address, cas.address))
    with contextlib.ExitStack() as stack:

        def client():
            return stack.enter_context(gate.connect(1, tls=False))

        waiting, reading, sending, asking, streaming = (client() for _ in range(5))
        assert waiting.request("GET", "/owa/healthcheck.htm").status == 200
        request = GET % b"/owa/healthcheck.htm"
        reading.send(request[:30])
        sending.send(post(b"/ews/held", 2) + b"1")
        sending_held = hold.next()
        asking.send(GET % b"/ews/held")
        asking_held = hold.next()
        streaming.send(GET % b"/ews/held")
        streaming_held = hold.next()
        streaming_held.send(OK[:-1])
        assert streaming.read_exactly(len(OK) - 1) == OK[:-1]
        gate.signal(signal.SIGQUIT)
        waiting.expect_closed(2)
        streaming_held.send(b"k")
        assert streaming.read_to_end(2) == b"k"
        reading.send(request[30:])
        answer = reading.read_response()
        assert (answer.status, answer.header("Connection")) == (200, "close")
        sending.send(b"2")
        assert sending_held.wait_body(2) == b"12"
        for client, held in ((sending, sending_held), (asking, asking_held)):
            held.send(OK)
            answer = client.read_response()
            assert (answer.body, answer.header("Connection")) == (b"ok", "close")
            client.expect_closed(2)
            client.close()
        for client in (waiting, reading, streaming):
            client.close()
        assert gate.wait(3) == 0


def test_a_session_keeps_the_site_it_came_to(casgate, two_cas, certs):
    one, two = two_cas
    gate = casgate(two_groups(certs, one.address, one.address))
    with gate.connect(1, tls=False) as old:
        assert old.request("GET", "/owa/").header("X-Standin") == "cas1"
        gate.reload(two_groups(certs, two.address, two.address))
        with gate.connect(1, tls=False) as new:
            assert new.request("GET", "/owa/").header("X-Standin") == "cas2"
        for host in ("mail.contoso.com", "contoso.com"):
            answer = old.request("GET", "/owa/", host=host)
            assert answer.header("X-Standin") == "cas1"


# Both ways at once, through narrow sockets.


@pytest.mark.parametrize("tls", [None, "TLSv1_2", "TLSv1_3"])
def test_both_ways_flow_through_narrow_sockets(casgate, certs, tls):
    """With new keys for both sides now and then, where TLS has them. (OpenSSL
    3.0 breaks with a client that asks twice while a record waits for it.)"""
    count = int(os.environ.get("CASGATE_FLOW_BYTES", 100 << 20))
    with narrow_door() as door, concurrent.futures.ThreadPoolExecutor() as pool:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        gate = casgate(
            f"""
            listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}
            listen 127.0.0.1:0
            exchange cas {{ server cas1 127.0.0.1:{door.getsockname()[1]} }}
            site mail.contoso.com {{ forward cas }}
            """
        )
        options = {"newest": getattr(ssl.TLSVersion, tls)} if tls else {}
        with gate.connect(
            0 if tls else 1, tls=bool(tls), receive_buffer=16384, **options
        ) as client:
            client.send(post(b"/ews/x", count))
            server, _ = door.accept()

            def take():
                head = b""
                while b"\r\n\r\n" not in head:
                    head += server.recv(65536)
                data = head.partition(b"\r\n\r\n")[2]
                got, checksum = len(data), zlib.crc32(data)
                while got < count:
                    data = server.recv(65536)
                    assert data, "closed"
                    got, checksum = got + len(data), zlib.crc32(data, checksum)
                return checksum

            def give():
                server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % count)
                for block in bulk.blocks(count):
                    server.sendall(block)

            with server:
                taking, giving = pool.submit(take), pool.submit(give)
                client.read_head()
                checksum = got = sent = 0
                for block in bulk.blocks(count):
                    if tls == "TLSv1_3" and sent % (4 << 20) == 0:
                        update_keys(client)
                    for at in range(0, len(block), 16384):
                        client.send(block[at : at + 16384])
                        sent += len(block[at : at + 16384])
                        while got < sent:
                            data = client.read_some()
                            assert data, "closed"
                            got += len(data)
                            checksum = zlib.crc32(data, checksum)
                giving.result(5)
                assert taking.result(5) == bulk.crc32(count) == checksum
