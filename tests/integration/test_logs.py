"""What it tells: R38, the formats, USR1 and the reasons of ends."""

import re
import signal
import time

import pytest

from standin import ntlm, rpc, steps

BASIC = ntlm.basic("alice", "Secret-1")
FIELDS = (
    "time client method sni host service path server status in out ms tls suite id end"
).split()


def get(gate, path, *fields, **options):
    with gate.connect(**options) as client:
        return client.request("GET", path, *fields)


@pytest.mark.requirement(38)
def test_a_line_tells_everything_about_a_request(simple, cas):
    with simple.connect(sni="MAIL.contoso.com") as client:
        client.send(rpc.head("RPC_IN_DATA", 0, BASIC))
        answer = client.read_response()
        local = client.local
        tls, suite = client.tls_version, client.suite
    line = simple.wait_for_log(method="RPC_IN_DATA")
    assert set(FIELDS) <= set(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert line["client"] == f"{local[0]}:{local[1]}"
    assert line["sni"].lower() == "mail.contoso.com"
    assert line["host"] == "mail.contoso.com"
    assert line["service"] == "rpc"
    assert line["path"] == rpc.TARGET
    assert line["server"] == "cas1"
    assert line["status"] == 200
    assert line["in"] == len(cas.requests[0].raw_head) - added(cas.requests[0])
    assert line["out"] == len(answer.raw_head) + 20
    assert line["ms"] >= 0
    assert (line["tls"], line["suite"]) == (tls, suite)
    assert re.fullmatch(r"[0-9a-f]{8,}", line["id"])
    assert line["end"] == "answered"


def added(request):
    """Bytes of the fields that casgate adds to a head."""
    ours = ("front-end-https", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port")
    return sum(len(f"{n}: {v}\r\n") for n, v in request.headers if n.lower() in ours)


@pytest.mark.requirement(38)
def test_no_secret_is_ever_written(simple, cas):
    secrets = ["c2VjcmV0LWJhc2lj", "cookie-secret", "body-secret", "set-secret"]
    cas.script(
        "/owa/",
        steps.read_body(),
        steps.send(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=set-secret\r\nContent-Length: 0\r\n\r\n"
        ),
    )
    with simple.connect() as client:
        client.request(
            "POST",
            "/owa/",
            f"Authorization: Basic {secrets[0]}",
            "Cookie: a=cookie-secret",
            body=b"body-secret",
        )
    with simple.connect() as client:  # a broken head is not quoted either
        client.send(b"GET / HTTP/1.1\r\nCookie : cookie-secret\r\n\r\n")
        client.read_to_end()
    simple.wait_for_log(status=400)
    written = simple.access_text() + simple.stderr + simple.stdout
    assert not [s for s in secrets if s in written]


@pytest.mark.requirement(38)
def test_quotes_and_escapes_in_a_target_cannot_forge_a_line(simple, cas):
    target = '/owa/?a="b"\\x%0a%22end%22'
    get(simple, target)
    assert simple.wait_for_log(path=target)["end"] == "answered"


TEMPLATE = """
log access {path} {format}
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
exchange cas {{ server cas1 {address} }}
site mail.contoso.com {{ forward cas }}
"""


def logging(casgate, cas, certs, path, format=""):
    return casgate(
        TEMPLATE.format(
            path=path, format=format, certificate=certs.mail, address=cas.address
        )
    )


def wait_for_text(path, pattern, timeout_s=5):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        text = path.read_text() if path.exists() else ""
        if found := re.search(pattern, text, re.M):
            return found
        time.sleep(0.02)
    raise AssertionError(f"nothing like {pattern!r} in {text!r}")


@pytest.mark.parametrize("format", ["", "exchange"])
def test_the_exchange_format_is_readable(casgate, cas, certs, tmp_path, format):
    path = tmp_path / "readable.log"
    gate = logging(casgate, cas, certs, path, format)
    get(gate, '/owa/?q="x y'.replace(" ", "%20"))
    found = wait_for_text(
        path,
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1:\d+ GET mail\.contoso\.com "
        r"(\S+) sni=mail\.contoso\.com service=owa server=cas1 status=200 in=\d+ out=\d+ "
        r"ms=\d+ tls=TLSv1\.3 suite=TLS_\S+ id=[0-9a-f]+ end=answered$",
    )
    assert "/owa/" in found[1]
    wait_for_text(path, r'^\S+ 127\.0\.0\.1:\d+ - .* end="client closed"$')


def test_the_combined_format_is_apaches(casgate, cas, certs, tmp_path):
    path = tmp_path / "combined.log"
    gate = logging(casgate, cas, certs, path, "combined")
    get(gate, "/owa/", "User-Agent: Outlook")
    wait_for_text(
        path,
        r"^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "
        r'"GET /owa/ HTTP/1\.1" 200 \d+ ".*" ".*"$',
    )


def test_usr1_opens_the_log_anew(simple, cas, tmp_path):
    get(simple, "/owa/?one")
    simple.wait_for_log(path="/owa/?one")
    moved = tmp_path / "moved.log"
    simple.access_path.rename(moved)
    get(simple, "/owa/?two")
    wait_for_text(moved, r"\?two")
    simple.signal(signal.SIGUSR1)
    deadline = time.monotonic() + 5
    while not simple.access_path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    get(simple, "/owa/?three")
    assert simple.wait_for_log(path="/owa/?three")
    assert "?three" not in moved.read_text()
    assert "?two" not in simple.access_text()


def test_log_access_off_writes_nothing(casgate, cas, certs, tmp_path):
    gate = logging(casgate, cas, certs, "off")
    assert get(gate, "/owa/").status == 200
    assert list(tmp_path.glob("*.log")) == []


def client_vanishes(gate, cas):
    hold = cas.hold("/ews/x")
    with gate.connect() as client:
        client.send(b"GET /ews/x HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        hold.next()
        client.reset()


def bad_answer(gate, cas):
    cas.script("/ews/x", steps.garbage())
    assert get(gate, "/ews/x").status == 502


def cut_answer(gate, cas):
    with gate.connect() as client:
        client.send(b"GET /standin/cut HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        client.read_to_end()


def bad_request(gate, cas):
    with gate.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: mail.contoso.com\r\nA : b\r\n\r\n")
        assert client.read_response().status == 400


def large_head(gate, cas):
    with gate.connect() as client:
        client.send(
            b"GET / HTTP/1.1\r\nHost: mail.contoso.com\r\nA: " + b"a" * 140_000 + b"\r\n\r\n"
        )
        assert client.read_response().status == 431


def long_target(gate, cas):
    with gate.connect() as client:
        client.send(b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        assert client.read_response().status == 414


def bad_body(gate, cas):
    hold = cas.hold("/ews/x")
    with gate.connect() as client:
        client.send(
            b"POST /ews/x HTTP/1.1\r\nHost: mail.contoso.com\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        hold.next()
        client.send(b"zz\r\n")
        assert client.read_response().status == 400


def unknown_host(gate, cas):
    with gate.connect(sni=None) as client:
        assert client.request("GET", "/", host="x.example.com").status == 404


def refused_server(gate, cas):
    cas.refuse()
    assert get(gate, "/owa/").status == 503


@pytest.mark.requirement(38)
@pytest.mark.parametrize(
    "provoke, status, end",
    [
        (client_vanishes, None, "client reset"),
        (bad_answer, 502, "bad answer"),
        (cut_answer, 200, "server cut"),
        (bad_request, 400, "bad request"),
        (large_head, 431, "head too large"),
        (long_target, 414, "head too large"),
        (bad_body, 400, "bad body"),
        (unknown_host, 404, "replied"),
        (refused_server, 503, "server refused"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_end_has_its_words(simple, cas, provoke, status, end):
    provoke(simple, cas)
    line = simple.wait_for_log(end=end)
    if status is not None:
        assert line["status"] == status


def test_a_connection_that_asks_for_nothing_has_its_line(simple):
    with simple.connect():
        pass
    line = simple.wait_for_log(method="-")
    assert line["end"] in ("client closed", "client reset")  # tickets unread
    assert line["sni"] == "mail.contoso.com"


def test_an_idle_client_is_closed_and_told_so(casgate, cas, certs):
    gate = casgate(
        f"""
        timeout keepalive 1s
        listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}
        exchange cas {{ server cas1 {cas.address} }}
        site mail.contoso.com {{ forward cas }}
        """
    )
    with gate.connect() as client:
        assert client.request("GET", "/owa/").status == 200
        began = time.monotonic()
        client.expect_closed(3)
        assert 0.7 < time.monotonic() - began < 2.5
    assert gate.wait_for_log(end="keepalive timeout")


def test_a_stop_ends_channels_and_tells_so(simple, cas):
    with rpc.Session(simple.connect, auth="basic") as session:
        assert simple.stop() == 0
        session.out.expect_closed(1)
        session.incoming.expect_closed(1)
    ends = [line["end"] for line in simple.access_log()]
    # The first worker that stops ends the other one's channel, too.
    assert ends[0] == "stopped" and len(ends) == 2
    assert ends[1] in ("stopped", "server closed")
