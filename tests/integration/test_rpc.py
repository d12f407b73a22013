"""RPC over HTTP through casgate: R1 to R7, R14, R15 and R36."""

import time

import pytest

from standin import ntlm, rpc, rts, steps

RPC_PATH = "/rpc/rpcproxy.dll"
BASIC = ntlm.basic("alice", "Secret-1")

# What a real Outlook sends first, and what must arrive of it.
IN_HEAD = rpc.head("RPC_IN_DATA", rpc.IN_BYTES, BASIC)


@pytest.fixture
def hold(cas):
    return cas.hold(RPC_PATH)


@pytest.fixture
def session(simple, cas):
    """An Outlook with both channels open through casgate."""
    cas.answers_pings = True
    with rpc.Session(simple.connect, auth="basic") as one:
        yield one


@pytest.mark.requirement(1)
@pytest.mark.parametrize("method", ["RPC_IN_DATA", "RPC_OUT_DATA"])
def test_the_method_may_be_split_over_any_two_segments(simple, cas, method):
    cas.anonymous = True
    request = rpc.head(method, 0)
    for at in range(1, len(method) + 2):
        with simple.connect() as client:
            client.send_parts(request[:at], request[at:])
            assert client.read_response().body == rts.echo()
    assert {r.method for r in cas.requests} == {method}


@pytest.mark.requirement(1)
def test_the_method_may_be_split_inside_a_tls_record(simple, cas):
    cas.anonymous = True
    request = rpc.head("RPC_OUT_DATA", 0)
    for at in (1, 5, 6, 20, len(request)):
        with simple.connect() as client:
            client.send_split_record(request, at)
            assert client.read_response().body == rts.echo()


@pytest.mark.requirement(1)
def test_a_head_may_come_a_byte_at_a_time(simple, cas):
    cas.anonymous = True
    with simple.connect(1, tls=False) as client:
        request = rpc.head("RPC_IN_DATA", 0)
        client.send_parts(*(request[n : n + 1] for n in range(len(request))), pause_s=0)
        assert client.read_response().body == rts.echo()


@pytest.mark.requirement(2)
def test_the_beginning_of_a_gigabyte_reaches_the_server_at_once(simple, hold):
    with simple.connect() as client:
        body = rts.conn_b1(*(rts.new_cookie() for _ in range(3)))
        began = time.monotonic()
        client.send(IN_HEAD + body)
        held = hold.next()
        assert held.wait_body(104) == body
        # 50 ms, and what the connect to the stand-in and Python may take.
        assert time.monotonic() - began < 0.2
        assert held.request.header("Content-Length") == "1073741824"
        client.send(b"later")
        assert held.wait_body(109)[104:] == b"later"


@pytest.mark.requirement(3)
def test_pings_travel_without_delay(simple, hold):
    """A thousand in a row each way, none waiting for a timer of Nagle."""
    with simple.connect() as client:
        client.send(rpc.head("RPC_OUT_DATA", 76, BASIC) + bytes(76))
        held = hold.next()
        held.send(b"HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\n")
        client.read_head()
        down, up = [], []
        for _ in range(1000):
            began = time.perf_counter()
            held.send(rts.ping())
            assert client.read_exactly(20) == rts.ping()
            down.append(time.perf_counter() - began)
    with simple.connect() as client:
        client.send(IN_HEAD)
        held = hold.next()
        for number in range(1, 1001):
            began = time.perf_counter()
            client.send(rts.ping())
            assert len(held.wait_body(20 * number)) == 20 * number
            up.append(time.perf_counter() - began)
    for times in (sorted(down), sorted(up)):
        assert times[500] < 0.005, f"median {times[500] * 1000:.1f} ms"
        # One in a hundred may meet a busy machine; none a 40 ms timer.
        assert times[990] < 0.035, f"p99 {times[990] * 1000:.1f} ms"


def test_a_whole_session_with_ntlm_on_both_channels(simple, cas):
    cas.answers_pings = True
    with rpc.Session(simple.connect, auth="ntlm") as session:
        assert session.response.status_line == "HTTP/1.1 200 Success"
        session.bind()
        assert session.add_one(41) == 42
        session.timed_ping()
    assert not [c.faults for c in cas.connections if c.faults]


def test_a_session_without_tls(simple, cas):
    connect = lambda: simple.connect(1, tls=False)  # noqa: E731
    with rpc.Session(connect, auth="ntlm") as session:
        session.bind()
        assert session.add_one(1) == 2


@pytest.mark.requirement(4)
def test_the_answer_may_come_before_the_request_has_ended(simple, hold):
    """OUT replacement: 96 of 120 bytes, the head and data, then 24 more."""
    with simple.connect() as client:
        first = rts.out_r2_a3(*(rts.new_cookie() for _ in range(3)))
        client.send(rpc.head("RPC_OUT_DATA", 120, BASIC) + first)
        held = hold.next()
        assert held.wait_body(96) == first
        held.send(b"HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\ndata")
        assert client.read_head().reason == "Success"
        assert client.read_exactly(4) == b"data"
        client.send(rts.out_r2_c1())
        assert held.wait_body(120)[96:] == rts.out_r2_c1()
        held.send(b"more")
        assert client.read_exactly(4) == b"more"


@pytest.mark.requirement(4)
def test_channels_are_recycled(session, cas):
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
    session.timed_ping()


@pytest.mark.requirement(5)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\n"
        b"Content-Length: 6\r\n\r\nlater!",
        b"HTTP/1.0 503 RPC Error: 6ba, EEInfo: AQAAAAYA\r\n\r\n",
    ],
    ids=["401", "503"],
)
def test_an_early_refusal_is_not_lost_to_a_reset(simple, hold, answer, tls):
    """The CAS answers while the client uploads, and closes on its bytes."""
    with simple.connect(0 if tls else 1, tls=tls) as client:
        client.send(IN_HEAD + bytes(50_000))
        held = hold.next()
        held.stop_reading()
        client.send(bytes(50_000))
        held.send(answer)
        held.close()
        time.sleep(0.1)
        for _ in range(20):  # a client that has not looked yet
            try:
                client.send(bytes(1000))
            except OSError:
                break
            time.sleep(0.005)
        got = client.read_to_end()
        assert got == answer


@pytest.mark.requirement(5)
def test_an_upload_goes_on_after_an_early_answer(simple, hold):
    """As long as neither side closes."""
    with simple.connect() as client:
        client.send(IN_HEAD + b"first")
        held = hold.next()
        held.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        assert client.read_response().body == b"no"
        client.send(b" second")
        assert held.wait_body(12) == b"first second"
        client.close()
        assert held.wait_ended(1)


@pytest.mark.requirement(6)
@pytest.mark.parametrize(
    "line",
    [
        "HTTP/1.1 200 Success",
        "HTTP/1.0 200 Success",
        "HTTP/1.0 503 RPC Error: 6ba, EEInfo: " + "QUJD" * 240,
        "HTTP/1.1 401 ",
    ],
)
def test_status_lines_arrive_byte_for_byte(simple, cas, line):
    answer = line.encode() + b"\r\nContent-Length: 0\r\nX-Case: a  b \r\n\r\n"
    cas.script(RPC_PATH, steps.send(answer))
    with simple.connect() as client:
        client.send(rpc.head("RPC_OUT_DATA", 76, BASIC))
        assert client.read_head().raw_head.startswith(line.encode() + b"\r\n")


@pytest.mark.requirement(7)
def test_an_echo_and_then_a_channel_on_one_connection(simple, cas):
    with simple.connect() as client:
        for length in (0, 16):
            client.send(rpc.head("RPC_IN_DATA", length, BASIC) + bytes(length))
            answer = client.read_response()
            assert (answer.status, answer.reason) == (200, "Success")
            assert answer.body == rts.echo()
        client.send(rpc.head("RPC_OUT_DATA", 76, BASIC))
        client.send(rts.conn_a1(rts.new_cookie(), rts.new_cookie()))
        assert client.read_head().status == 200
        assert client.read_exactly(28) == rts.conn_a3()
        assert len(cas.connections) == 1


@pytest.mark.requirement(14)
@pytest.mark.parametrize("which", ["incoming", "out"])
@pytest.mark.parametrize("how", ["close", "half_close", "reset"])
def test_the_end_of_a_channel_reaches_the_server(simple, session, cas, which, how):
    """And the stand-in then ends its sibling, so the client sees that too."""
    began = time.monotonic()
    channel, other = session.incoming, session.out
    if which == "out":
        channel, other = other, channel
    getattr(channel, how)()
    cas.wait_for(lambda: not cas.open_connections, timeout_s=1)
    assert time.monotonic() - began < 1
    other.expect_closed(1)
    method = "RPC_IN_DATA" if which == "incoming" else "RPC_OUT_DATA"
    line = simple.wait_for_log(method=method)
    # Closing a socket before its TLS tickets were read is a reset, too.
    ends = {"half_close": ["client closed"], "reset": ["client reset"]}
    assert line["end"] in ends.get(how, ["client closed", "client reset"])
    assert line["service"] == "rpc" and line["in"] > 104 - 28 and line["ms"] >= 0
    assert "error" not in simple.stderr


@pytest.mark.requirement(14)
@pytest.mark.parametrize("how", ["close", "half_close", "reset"])
def test_the_end_of_a_server_reaches_the_client(simple, hold, how):
    with simple.connect() as client:
        client.send(rpc.head("RPC_OUT_DATA", 76, BASIC) + bytes(76))
        held = hold.next()
        held.send(b"HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\nlast")
        client.read_head()
        assert client.read_exactly(4) == b"last"
        getattr(held, how)()
        client.expect_closed(1)
    line = simple.wait_for_log(method="RPC_OUT_DATA")
    assert line["end"] == ("server reset" if how == "reset" else "server closed")


IDLE = """
timeout rpc 2s
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
exchange cas {{ server cas1 {address} }}
site mail.contoso.com {{ forward cas }}
"""


@pytest.mark.requirement(15)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_pings_one_way_keep_a_channel_and_silence_ends_it(
    casgate, cas, certs, hold, direction
):
    gate = casgate(IDLE.format(certificate=certs.mail, address=cas.address))
    with gate.connect() as client:
        client.send(IN_HEAD if direction == "up" else rpc.head("RPC_OUT_DATA", 76))
        held = hold.next()
        if direction == "down":
            held.send(b"HTTP/1.1 200 Success\r\nContent-Length: 1073741824\r\n\r\n")
            client.read_head()
        for _ in range(8):  # four seconds, twice the limit
            time.sleep(0.5)
            if direction == "up":
                client.send(rts.ping())
            else:
                held.send(rts.ping())
                assert client.read_exactly(20) == rts.ping()
        assert held.connection.is_open
        began = time.monotonic()
        client.expect_closed(4)
        assert 1.5 < time.monotonic() - began < 3.5
        assert held.wait_ended(1)
    assert gate.wait_for_log(service="rpc")["end"] == "idle 2s"


@pytest.mark.requirement(36)
def test_a_slow_head_is_cut_and_a_slow_rpc_body_is_not(casgate, cas, certs, hold):
    text = IDLE.replace("timeout rpc 2s", "timeout head 1s")
    gate = casgate(text.format(certificate=certs.mail, address=cas.address))
    with gate.connect() as slow, gate.connect() as channel:
        channel.send(IN_HEAD)
        held = hold.next()
        began = time.monotonic()
        sent = 0
        for byte in b"GET / HTTP/1.1\r\nHost: mail.contoso.com\r\nX: ":
            if slow.is_readable:
                break
            slow.send(bytes([byte]))
            channel.send(b"x")
            sent += 1
            time.sleep(0.2)
        assert 0.8 < time.monotonic() - began < 3
        assert slow.read_response().status == 408
        slow.expect_closed()
        assert held.wait_body(sent) == b"x" * sent
        assert held.connection.is_open
    assert gate.wait_for_log(status=408)["end"] == "head timeout"


def test_rpc_connect_of_version_1_is_refused(refused):
    target = "/rpc/rpcproxy.dll?cas1:6001"
    assert refused(rpc.head("RPC_CONNECT", 0, target=target)).status == 501


@pytest.mark.requirement(39)
@pytest.mark.parametrize("method", ["RDG_OUT_DATA", "RDG_IN_DATA"])
def test_the_remote_desktop_gateway_is_refused(refused, method):
    """It is off; its words come with a later edition."""
    assert refused(rpc.head(method, 0, target="/remoteDesktopGateway/")).status == 501


def test_a_bare_target_in_any_case_passes_with_its_query(simple, cas):
    cas.anonymous = True
    with simple.connect() as client:
        target = "/Rpc/RpcProxy.DLL?80d0a577-0000@contoso.com:6001"
        client.send(rpc.head("RPC_IN_DATA", 0, target=target))
        assert client.read_response().body == rts.echo()
    assert cas.requests[0].target == target
