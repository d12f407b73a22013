"""Certificates, versions, resumption and the ends of TLS: R27, R28, R37."""

import contextlib
import re
import socket
import ssl
import struct
import subprocess
import time

import pytest

from standin import steps
from standin.client import Client, tls_context

ANY = "ALL:@SECLEVEL=0"


def serving(casgate, cas, *listens, workers=1, sites="*"):
    return casgate(
        f"workers {workers}\n"
        + "\n".join(f"listen 127.0.0.1:0 tls {{ {one} }}" for one in listens)
        + f"\nexchange cas {{ server cas1 {cas.address} }}\n"
        + f"site {sites} {{ forward cas }}\n"
    )


def names(gate, sni, index=0, **options):
    with gate.connect(index, sni=sni, **options) as client:
        return client.certificate_names


def s_client(gate, *arguments, index=0, text=b""):
    host, port = gate.addresses[index]
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"{host}:{port}", *arguments],
        input=text,
        capture_output=True,
        timeout=20,
    )
    return (done.stdout + done.stderr).decode(errors="replace")


def signature_type(gate, *arguments):
    """rsa or ecdsa; OpenSSL 3.5 says ecdsa_secp256r1_sha256, 3.0 ECDSA."""
    text = s_client(gate, *arguments)
    return re.search("Peer signature type: (RSA|ECDSA)", text, re.IGNORECASE)[1].lower()


@pytest.fixture
def several(casgate, cas, certs):
    return serving(
        casgate,
        cas,
        f"certificate {certs.mail}; certificate {certs.autodiscover};"
        f" certificate {certs.contoso}; certificate {certs.fabrikam}",
    )


@pytest.mark.requirement(27)
@pytest.mark.parametrize(
    "sni",
    ["mail.contoso.com", "autodiscover.contoso.com", "contoso.com", "mail.fabrikam.com"],
)
def test_the_name_picks_the_certificate(several, sni):
    assert names(several, sni) == [sni]
    assert names(several, sni.upper()) == [sni]


@pytest.mark.requirement(27)
def test_a_dot_at_the_end_of_a_name_is_ignored(several):
    text = s_client(several, "-servername", "autodiscover.contoso.com.")
    assert re.search("subject=CN ?= ?autodiscover.contoso.com$", text, re.MULTILINE)


@pytest.mark.requirement(27)
def test_no_name_and_unknown_names_get_the_first_certificate(several):
    for sni in (None, "unknown.example.com", "www.contoso.com", "localhost"):
        assert names(several, sni) == ["mail.contoso.com"]


@pytest.mark.requirement(27)
def test_fallback_names_the_certificate_for_clients_without_a_name(
    casgate, cas, certs
):
    """And by address, for clients that never send one."""
    both = f"certificate {certs.mail}; certificate {certs.autodiscover}"
    gate = serving(casgate, cas, f"{both}; fallback autodiscover.contoso.com", both)
    assert names(gate, None) == ["autodiscover.contoso.com"]
    assert names(gate, "mail.contoso.com") == ["mail.contoso.com"]
    assert names(gate, None, index=1) == ["mail.contoso.com"]


@pytest.mark.requirement(27)
def test_fallback_refuse_refuses_what_no_certificate_covers(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.mail}; fallback refuse")
    for sni in (None, "unknown.example.com"):
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            gate.connect(sni=sni)
    assert names(gate, "mail.contoso.com") == ["mail.contoso.com"]
    line = gate.wait_for_log(end="handshake failed")
    assert line["method"] == "-"


@pytest.mark.requirement(27)
def test_a_wildcard_covers_one_label(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.fabrikam}; certificate {certs.wildcard}")
    for sni in ("a.contoso.com", "mail.contoso.com", "X-1.CONTOSO.com"):
        assert names(gate, sni) == ["*.contoso.com"]
    for sni in ("a.b.contoso.com", "contoso.com"):
        assert names(gate, sni) == ["mail.fabrikam.com"]


@pytest.mark.requirement(27)
def test_an_exact_name_wins_over_a_wildcard(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.wildcard}; certificate {certs.mail}")
    assert names(gate, "mail.contoso.com") == ["mail.contoso.com"]
    assert names(gate, "other.contoso.com") == ["*.contoso.com"]


def test_one_certificate_serves_all_its_names(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.san}")
    for sni in ("mail.contoso.com", "autodiscover.contoso.com", "contoso.com", None):
        assert len(names(gate, sni)) == 3


def test_rsa_and_ecdsa_stand_side_by_side(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.mail}; certificate {certs.mail_ecdsa}")
    tls12 = ["-tls1_2", "-servername", "mail.contoso.com", "-cipher"]
    ecdsa, rsa = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"
    assert signature_type(gate, *tls12, f"{rsa}:{ecdsa}") == "ecdsa"
    assert signature_type(gate, *tls12, rsa) == "rsa"
    tls13 = ["-tls1_3", "-servername", "mail.contoso.com", "-sigalgs"]
    assert signature_type(gate, *tls13, "ECDSA+SHA256:RSA-PSS+SHA256") == "ecdsa"
    assert signature_type(gate, *tls13, "RSA-PSS+SHA256") == "rsa"


def test_a_certificate_that_has_not_expired_is_preferred(casgate, cas, certs):
    old = certs.issue("mail.contoso.com", days=-1, since=-100)
    gate = serving(casgate, cas, f"certificate {old}; certificate {certs.mail}")
    with gate.connect() as client:  # which verifies
        assert client.certificate_names == ["mail.contoso.com"]


def test_the_chain_is_sent(casgate, cas, certs, tmp_path):
    chained = certs.issue("mail.contoso.com", intermediate=True)
    gate = serving(casgate, cas, f"certificate {chained}")
    with gate.connect() as client:  # which knows the root only
        assert client.request("GET", "/owa/").status == 200


def test_chain_and_key_may_be_two_files_and_folders_are_read(
    casgate, cas, certs, tmp_path
):
    folder = tmp_path / "certificates"
    folder.mkdir()
    for source in (certs.mail, certs.autodiscover):
        target = folder / source.name
        target.write_bytes(source.read_bytes())
        target.chmod(0o600)
    chain = certs.issue("contoso.com", file="two-chain.pem", key_file="two-key.pem")
    key = certs.folder / "two-key.pem"
    gate = serving(casgate, cas, f"certificate {folder}; certificate {chain} key {key}")
    for sni in ("mail.contoso.com", "autodiscover.contoso.com", "contoso.com"):
        assert names(gate, sni) == [sni]


@pytest.mark.requirement(27)
@pytest.mark.parametrize(
    "sni, host, status",
    [
        ("mail.contoso.com", "contoso.com", 421),
        ("MAIL.contoso.com", "mail.contoso.com.", 200),
        ("contoso.com", "MAIL.contoso.com:443", 421),
        ("autodiscover.contoso.com", "mail.contoso.com", 200),
        (None, "mail.contoso.com", 200),
        ("unlisted.contoso.com", "mail.contoso.com", 200),
        ("mail.contoso.com", "unknown.example.com", (404, 421)),
    ],
)
def test_name_and_host_of_different_tenants_are_told_apart(
    simple, cas, sni, host, status
):
    with simple.connect(sni=sni) as client:
        answer = client.request("GET", "/owa/", host=host)
    assert answer.status in (status if isinstance(status, tuple) else (status,))
    assert bool(cas.received) == (status == 200)


@pytest.mark.requirement(28)
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_versions_are_refused_by_default(simple, version):
    number = ssl.TLSVersion[version]
    with pytest.raises((ssl.SSLError, OSError)):
        simple.connect(oldest=number, newest=number, ciphers=ANY)
    with simple.connect() as client:
        assert client.tls_version == "TLSv1.3"


@pytest.mark.requirement(28)
def test_a_legacy_listener_does_not_weaken_its_neighbour(casgate, cas, certs):
    one = f"certificate {certs.mail}"
    gate = serving(casgate, cas, f"{one}; profile legacy", f"{one}; profile modern", one)
    old = dict(oldest=ssl.TLSVersion.TLSv1, newest=ssl.TLSVersion.TLSv1, ciphers=ANY)
    with gate.connect(0, **old) as client:
        assert client.tls_version == "TLSv1"
        assert "AES" in client.suite
        assert client.request("GET", "/owa/").status == 200
    for index in (1, 2):
        with pytest.raises((ssl.SSLError, OSError)):
            gate.connect(index, **old)
    only = dict(newest=ssl.TLSVersion.TLSv1, oldest=ssl.TLSVersion.TLSv1)
    with gate.connect(0, ciphers="AES128-SHA:@SECLEVEL=0", **only) as client:
        assert client.suite == "AES128-SHA"


@pytest.mark.parametrize(
    "profile, suite, accepted",
    [
        ("modern", "ECDHE-RSA-AES128-GCM-SHA256", True),
        ("modern", "ECDHE-RSA-CHACHA20-POLY1305", True),
        ("modern", "ECDHE-RSA-AES128-SHA", False),
        ("intermediate", "ECDHE-RSA-AES256-GCM-SHA384", True),
        ("intermediate", "ECDHE-RSA-AES128-SHA", True),
        ("intermediate", "ECDHE-RSA-AES256-SHA", True),
        ("intermediate", "AES128-SHA", False),
        ("intermediate", "AES128-GCM-SHA256", False),
        ("legacy", "AES256-SHA", True),
        ("legacy", "ECDHE-RSA-AES128-GCM-SHA256", True),
    ],
)
def test_suites_of_the_profiles(casgate, cas, certs, profile, suite, accepted):
    gate = serving(casgate, cas, f"certificate {certs.mail}; profile {profile}")
    options = dict(newest=ssl.TLSVersion.TLSv1_2, ciphers=f"{suite}:@SECLEVEL=0")
    if accepted:
        with gate.connect(**options) as client:
            assert client.suite == suite
    else:
        with pytest.raises((ssl.SSLError, OSError)):
            gate.connect(**options)


def test_x25519_is_preferred(simple):
    text = s_client(simple, "-tls1_2", "-curves", "P-256:P-384:X25519")
    assert re.search("(Server|Peer) Temp Key: X25519", text)
    text = s_client(simple, "-tls1_3", "-curves", "P-384")
    assert "secp384r1" in text or "P-384" in text


# Resumption.


def resume(gate, context, session, sni, index=0):
    """Whether a session was resumed, and a fresh one."""
    with gate.connect(index, sni=sni, context=context, session=session) as client:
        assert client.request("GET", "/standin/head").status in (200, 421)
        return client.resumed, client.session


def new_context(certs, version):
    number = ssl.TLSVersion[version]
    return tls_context(certs.ca, oldest=number, newest=number)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_ticket_is_good_on_any_worker(casgate, cas, certs, version):
    gate = serving(casgate, cas, f"certificate {certs.mail}", workers=4)
    context = new_context(certs, version)
    _, session = resume(gate, context, None, "mail.contoso.com")
    results = [
        resume(gate, context, session, "mail.contoso.com")[0] for _ in range(40)
    ]
    assert all(results)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_session_is_never_resumed_under_another_name(casgate, cas, certs, version):
    """With one certificate for all, where nothing else would tell; in more
    than two hundred tries."""
    gate = serving(
        casgate, cas, f"certificate {certs.san}", f"certificate {certs.san}", workers=2
    )
    context = new_context(certs, version)
    every = ["mail.contoso.com", "autodiscover.contoso.com", "contoso.com", None]
    for first in every:
        for second in every:
            for _ in range(2 if first == second else 17):
                _, session = resume(gate, context, None, first)
                resumed, _ = resume(gate, context, session, second)
                assert resumed == (first == second), (first, second)


def test_a_name_in_other_letters_resumes(casgate, cas, certs):
    gate = serving(casgate, cas, f"certificate {certs.mail}")
    context = new_context(certs, "TLSv1_3")
    _, session = resume(gate, context, None, "mail.contoso.com")
    assert resume(gate, context, session, "MAIL.contoso.com")[0]


def test_who_uses_each_ticket_once_resumes_every_time(casgate, cas, certs):
    """RFC 8446 C.4, as browsers do."""
    gate = serving(casgate, cas, f"certificate {certs.mail}")
    context = new_context(certs, "TLSv1_3")
    _, session = resume(gate, context, None, "mail.contoso.com")
    used = set()
    for _ in range(5):
        assert session.id not in used
        used.add(session.id)
        resumed, session = resume(gate, context, session, "mail.contoso.com")
        assert resumed


def test_there_is_no_early_data_and_no_compression(simple):
    text = s_client(
        simple,
        "-servername",
        "mail.contoso.com",
        text=b"GET /owa/ HTTP/1.1\r\nHost: mail.contoso.com\r\nConnection: close\r\n\r\n",
    )
    assert "Compression: NONE" in text
    assert set(re.findall(r"Max Early Data: (\d+)", text)) <= {"0"}


# Ends.


@pytest.mark.requirement(37)
def test_renegotiation_is_refused(simple):
    text = s_client(simple, "-tls1_2", "-servername", "mail.contoso.com", text=b"R\n")
    assert "RENEGOTIATING" in text
    assert re.search("no renegotiation|unexpected|error|alert", text, re.I)
    with simple.connect() as client:
        assert client.request("GET", "/owa/").status == 200


@pytest.mark.requirement(37)
@pytest.mark.parametrize("how", ["half_close", "close", "close_notify"])
def test_the_end_of_a_client_is_an_end_and_no_error(simple, cas, how):
    with simple.connect() as client:
        client.request("GET", "/owa/")
        getattr(client, how)()
        cas.wait_for(lambda: not cas.open_connections, 1)
    assert simple.wait_for_log(method="-")["end"] == "client closed"
    assert "error" not in simple.stderr.lower()


def data_segments(client):
    """How many packets with bytes have come (tcpi_data_segs_in)."""
    known = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    return struct.unpack_from("I", known, 152)[0]


def test_the_last_answer_and_the_end_are_one_packet(simple, cas):
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    cas.script("/owa/", steps.read_body(), steps.send(answer), steps.keep())
    with simple.connect() as client:
        client.request("GET", "/owa/")  # behind it comes nothing of the handshake
        before = data_segments(client)
        assert client.request("GET", "/owa/", "Connection: close").body == b"hello"
        client.expect_closed()
        assert data_segments(client) - before == 1


@pytest.mark.requirement(37)
def test_a_reset_at_any_point_harms_nobody_else(simple, cas):
    """At points of the handshake, of the head and of the body."""
    with simple.connect() as bystander:
        assert bystander.request("GET", "/owa/").status == 200
        hello = client_hello()
        for cut in [0, 1, 5, 6, 40, len(hello) - 1, len(hello)]:
            with Client(simple.addresses[0]) as client:
                client.send(hello[:cut])
                time.sleep(0.01)
                client.reset()
        request = (
            b"POST /standin/upload HTTP/1.1\r\nHost: mail.contoso.com\r\n"
            b"Content-Length: 30\r\n\r\n" + bytes(30)
        )
        for cut in range(0, len(request) + 1, 4):
            with simple.connect() as client:
                client.send(request[:cut])
                if cut % 8:
                    time.sleep(0.005)
                client.reset()
        assert bystander.request("GET", "/owa/").status == 200
    cas.wait_for(lambda: not cas.open_connections)


def client_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context().wrap_bio(incoming, outgoing, server_hostname="mail.contoso.com")
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n", b"\x16\x03\x01\xff\xff", bytes(500)],
    ids=["http", "a broken record", "zeros"],
)
def test_what_is_not_tls_is_ended_and_logged(simple, sent):
    with Client(simple.addresses[0]) as client:
        client.send(sent)
        if sent[0] == 0x16:
            client.half_close()
        with contextlib.suppress(ConnectionResetError):
            client.read_to_end(3)  # perhaps an alert
    line = simple.wait_for_log(method="-")
    assert line["end"] in ("handshake failed", "client closed")


def test_a_slow_handshake_is_cut(casgate, cas, certs):
    gate = casgate(
        f"""
        timeout handshake 1s
        listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}
        exchange cas {{ server cas1 {cas.address} }}
        site * {{ forward cas }}
        """
    )
    hello = client_hello()
    with Client(gate.addresses[0]) as silent, Client(gate.addresses[0]) as slow:
        began = time.monotonic()
        for byte in hello:
            if slow.is_readable:
                break
            slow.send(bytes([byte]))
            time.sleep(0.1)
        assert 0.5 < time.monotonic() - began < 3
        for client in (silent, slow):
            with contextlib.suppress(ConnectionResetError):
                client.read_to_end(2)
    assert gate.wait_for_log(end="handshake timeout")


def test_many_records_at_once_lose_nothing(simple, cas):
    """Bytes that OpenSSL already holds raise no event."""
    with simple.connect() as client:
        head = b"POST /standin/upload HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        client.send(head + b"Content-Length: 300000\r\n\r\n" + bytes(300000))
        assert client.read_response().body.startswith(b"300000 ")
