"""Bodies of every framing, streamed both ways: R16 to R19."""

import time
import zlib

import pytest

from standin import bulk, steps


def post(path, *fields, host="mail.contoso.com", version="1.1"):
    lines = [f"POST {path} HTTP/{version}", f"Host: {host}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


@pytest.mark.requirement(16)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_stalled_client_stops_the_server(simple, cas, tls):
    """Nothing piles up in casgate; when the client goes on, all arrives."""
    count = 200 << 20
    with simple.connect(0 if tls else 1, tls=tls, receive_buffer=65536) as client:
        before = simple.resident_kib()
        client.send(b"GET /standin/bytes/%d HTTP/1.1\r\n" % count)
        client.send(b"Host: mail.contoso.com\r\n\r\n")
        request = cas.wait_for_request()
        sent = -1
        while sent != request.connection.sent_bytes:
            sent = request.connection.sent_bytes
            time.sleep(0.3)
        assert sent < count // 4, "the server was not stopped"
        assert simple.resident_kib() - before < 8192
        head = client.read_head()
        assert head.header("Content-Length") == str(count)
        got, checksum = 0, 0
        while got < count:
            data = client.read_some()
            got, checksum = got + len(data), zlib.crc32(data, checksum)
        assert (got, checksum) == (count, bulk.crc32(count))


@pytest.mark.requirement(16)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_stalled_server_stops_the_client(simple, cas, tls):
    hold = cas.hold("/ews/exchange.asmx")
    with simple.connect(0 if tls else 1, tls=tls, timeout_s=1) as client:
        count = 200 << 20
        client.send(post("/ews/exchange.asmx", f"Content-Length: {count}"))
        held = hold.next()
        held.stop_reading()
        before = simple.resident_kib()
        sent = 0
        with pytest.raises(OSError):
            for block in bulk.blocks(count):
                client.send(block)
                sent += len(block)
        assert sent < count // 4, "the client was not stopped"
        assert simple.resident_kib() - before < 8192


@pytest.mark.requirement(16)
def test_an_answer_of_five_gigabytes_arrives_whole(far_cas, casgate):
    """Past 2^32 bytes, to a checksum."""
    gate = casgate(
        f"listen 127.0.0.1:0\n"
        f"exchange cas {{ server cas1 {far_cas} }}\n"
        f"site mail.contoso.com {{ forward cas }}"
    )
    count = 5 << 30
    with gate.connect(tls=False, receive_buffer=4 << 20) as client:
        client.send(b"GET /standin/bytes/%d HTTP/1.1\r\n" % count)
        client.send(b"Host: mail.contoso.com\r\n\r\n")
        assert client.read_head().header("Content-Length") == str(count)
        got = checksum = 0
        while got < count:
            data = client.read_some()
            got, checksum = got + len(data), zlib.crc32(data, checksum)
        assert got == count
        assert checksum == bulk.crc32(count)
        client.send(b"GET /owa/healthcheck.htm HTTP/1.1\r\n")
        client.send(b"Host: mail.contoso.com\r\n\r\n")
        assert client.read_response().status == 200
    assert gate.wait_for_log(path=f"/standin/bytes/{count}")["out"] > count


def test_a_large_upload_arrives_whole(simple, cas):
    count = (64 << 20) + 5
    with simple.connect() as client:
        client.send(post("/standin/upload", f"Content-Length: {count}"))
        for block in bulk.blocks(count):
            client.send(block)
        answer = client.read_response()
        assert answer.body == b"%d %08x\n" % (count, bulk.crc32(count))


def test_a_chunked_upload_arrives_whole(simple, cas):
    with simple.connect() as client:
        client.send(post("/standin/upload", "Transfer-Encoding: chunked"))
        content = bulk.content(1 << 20)
        sizes = [1, 2, 3, 15, 16, 17, 4095, 4096, 65536, 300000]
        at = 0
        for number in range(40):
            piece = content[at : at + sizes[number % len(sizes)]]
            at += len(piece)
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b"")
        client.send(b"0\r\nX-Trailer: dropped\r\n\r\n")
        expected = content[:at]
        assert client.read_response().body == b"%d %08x\n" % (
            len(expected),
            zlib.crc32(expected),
        )
    assert b"X-Trailer" not in cas.received
    assert cas.requests[0].header("Transfer-Encoding") == "chunked"
    assert cas.requests[0].header("Content-Length") is None


@pytest.mark.requirement(17)
def test_expect_is_forwarded_and_100_comes_before_the_body(simple, cas):
    with simple.connect() as client:
        client.send(
            post("/standin/echo", "Expect: 100-continue", "Content-Length: 5")
        )
        assert client.read_head().status == 100
        assert cas.requests[0].header("Expect") == "100-continue"
        client.send(b"hello")
        answer = client.read_response()
        assert answer.body == b"hello" and answer.interim == []


@pytest.mark.requirement(17)
def test_401_comes_instead_of_100(simple, cas):
    with simple.connect() as client:
        client.send(
            post("/ews/exchange.asmx", "Expect: 100-continue", "Content-Length: 5000000")
        )
        answer = client.read_response()
        assert (answer.status, answer.interim) == (401, [])
        assert cas.requests[0].body_bytes == 0


@pytest.mark.requirement(17)
def test_own_answers_come_at_once_and_never_with_100(simple, cas):
    with simple.connect(sni="contoso.com") as client:
        client.send(
            post(
                "/autodiscover/autodiscover.xml",
                "Expect: 100-continue",
                "Content-Length: 500",
                host="contoso.com",
            )
        )
        answer = client.read_response()
        assert (answer.status, answer.interim) == (302, [])


@pytest.mark.requirement(18)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_each_chunk_of_a_stream_comes_as_it_is_sent(simple, cas, tls):
    cas.anonymous = True
    with simple.connect(0 if tls else 1, tls=tls) as client:
        client.send(
            post("/ews/exchange.asmx?chunks=5&pause=0.3", "Content-Length: 0")
        )
        assert client.read_head().header("Transfer-Encoding") == "chunked"
        times = []
        for chunk in client.read_chunks():
            assert b"Notification n='%d'" % len(times) in chunk
            times.append(time.monotonic())
        assert len(times) == 5
        for before, after in zip(times, times[1:]):
            assert 0.2 < after - before < 0.6


@pytest.mark.requirement(18)
def test_mapi_pending_is_not_held_back(simple, cas):
    cas.anonymous = True
    with simple.connect() as client:
        client.send(post("/mapi/emsmdb?pause=0.3", "Content-Length: 0"))
        client.read_head()
        chunks = client.read_chunks()
        began = time.monotonic()
        assert next(chunks) == b"PROCESSING\r\n"
        assert next(chunks) == b"PENDING\r\n"
        assert time.monotonic() - began < 0.6
        assert b"".join(chunks).endswith(bytes(range(256)))


@pytest.mark.requirement(18)
def test_a_client_of_http_1_0_never_gets_chunks(simple, cas):
    with simple.connect() as client:
        client.send(
            post(
                "/standin/echo?as=chunked",
                "Content-Length: 2500",
                "Connection: keep-alive",
                version="1.0",
            )
            + b"z" * 2500
        )
        head = client.read_head()
        assert head.header("Transfer-Encoding") is None
        assert client.read_to_end() == b"z" * 2500


@pytest.mark.requirement(19)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_an_answer_that_ends_with_its_connection_is_passed_on_so(simple, cas, tls):
    with simple.connect(0 if tls else 1, tls=tls) as client:
        client.send(post("/standin/echo?as=close", "Content-Length: 7") + b"content")
        head = client.read_head()
        assert head.header("Transfer-Encoding") is None
        assert head.header("Content-Length") is None
        assert client.read_to_end() == b"content"
    assert simple.wait_for_log(status=200)["end"] == "answered"


@pytest.mark.requirement(19)
def test_an_answer_of_http_1_0_is_passed_on_as_it_is(simple, cas):
    cas.script("/rdg", steps.send(b"HTTP/1.0 200 OK\r\n\r\nseed"), steps.pause(0.2))
    with simple.connect() as client:
        client.send(post("/rdg", "Content-Length: 0"))
        assert client.read_head().version == "HTTP/1.0"
        assert client.read_to_end() == b"seed"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_bodies_keep_the_connection(simple, cas, status):
    with simple.connect() as client:
        for _ in range(2):
            assert client.request("GET", f"/standin/status/{status}").status == status
        head = client.request("HEAD", "/standin/bytes/1000")
        assert head.header("Content-Length") == "1000"
        assert client.request("GET", "/standin/bytes/10").body == bulk.content(10)
    assert len(cas.connections) == 1


def test_range_requests_pass_unchanged(simple, cas):
    cas.anonymous = True
    with simple.connect() as client:
        answer = client.request("GET", "/oab/1/data.lzx", "Range: bytes=1000-1999")
        assert answer.status == 206
        assert answer.header("Content-Range") == f"bytes 1000-1999/{1 << 20}"
        assert answer.body == bulk.content(1 << 20)[1000:2000]
        cached = client.request("GET", "/oab/1/data.lzx", 'If-None-Match: "1d2c:0"')
        assert cached.status == 304


def test_an_answer_that_is_cut_off_is_cut_off_for_the_client(simple, cas):
    with simple.connect(1, tls=False) as client:
        client.send(b"GET /standin/cut HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        assert client.read_head().header("Content-Length") == "100"
        try:
            assert client.read_to_end() == b"only the beginning"
        except ConnectionResetError:
            pass
    assert simple.wait_for_log(path="/standin/cut")["end"] == "server cut"


def test_a_server_that_closes_before_its_answer_gives_502(simple, cas):
    cas.script("/gone", steps.close())
    with simple.connect() as client:
        answer = client.request("GET", "/gone")
        assert answer.status == 502
        client.expect_closed()


def test_long_polls_of_phones_are_waited_for(simple, cas):
    cas.anonymous = True
    with simple.connect() as client:
        target = "/Microsoft-Server-ActiveSync?Cmd=Ping&wait=1"
        answer = client.request("POST", target, "Content-Length: 0")
        assert answer.status == 200 and answer.body[:2] == b"\x03\x01"
