"""Clients nobody here wrote: curl, openssl, impacket, Samba, exchangelib."""

import os
import pathlib
import subprocess
import sys

import pytest

from standin import bulk

FOLDER = pathlib.Path(__file__).resolve().parent / "real_clients"
HOSTS = ("mail.contoso.com", "autodiscover.contoso.com", "contoso.com")


def run(*command, text="", **environment):
    done = subprocess.run(
        [str(word) for word in command],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr[-4000:]}"
    return done.stdout


def python(program, *arguments, **environment):
    return run(sys.executable, FOLDER / program, *arguments, **environment)


@pytest.fixture
def curl(simple, certs):
    """curl to casgate under its public names, verifying the certificate."""

    def call(*arguments):
        names = []
        for host in HOSTS:
            names += ["--connect-to", f"{host}:443:127.0.0.1:{simple.addresses[0][1]}"]
            names += ["--connect-to", f"{host}:80:127.0.0.1:{simple.addresses[1][1]}"]
        return run("curl", "-sS", "--noproxy", "*", "--cacert", certs.ca, *names, *arguments)

    return call


def test_curl_logs_in_with_ntlm(curl, cas):
    url = "https://mail.contoso.com/standin/whoami"
    assert curl("--ntlm", "-u", "CONTOSO\\alice:Secret-1", url, url) == "cas1 alice\n" * 2
    assert len(cas.connections) == 1 and len(cas.requests) == 3


def test_curl_uploads_after_ntlm(curl, cas, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(bulk.content(3_000_000))
    answer = curl(
        "--ntlm", "-u", "alice:Secret-1", "--data-binary", f"@{body}",
        "-H", "Expect: 100-continue", "https://mail.contoso.com/ews/exchange.asmx",
    )
    assert "Notification" in answer
    assert cas.requests[-1].body_crc32 == bulk.crc32(3_000_000)


def test_curl_refuses_nothing_about_our_tls(curl):
    for version in ("--tlsv1.2", "--tlsv1.3"):
        assert curl(version, "--http2", "https://mail.contoso.com/owa/healthcheck.htm")


def test_curl_follows_the_autodiscover_redirects(curl, cas):
    for scheme in ("https://contoso.com", "http://contoso.com"):
        answer = curl(
            "-L", "--post301", "--post302", "--location-trusted", "-u", "alice:Secret-1",
            "-d", "<EMailAddress>alice@contoso.com</EMailAddress>",
            f"{scheme}/Autodiscover/Autodiscover.xml",
        )
        assert "<Type>EXPR</Type>" in answer


def test_curl_downloads_in_ranges(curl, cas, tmp_path):
    got = tmp_path / "part"
    url = "https://mail.contoso.com/oab/x.lzx"
    curl("-u", "alice:Secret-1", "-r", "5000-9999", "-o", got, url)
    assert got.read_bytes() == bulk.content(10_000)[5000:]


def test_openssl_speaks_to_us(simple, certs):
    request = (
        "GET /owa/healthcheck.htm HTTP/1.1\r\nHost: mail.contoso.com\r\n"
        "Connection: close\r\n\r\n"
    )
    answer = run(
        "openssl", "s_client", "-connect", f"127.0.0.1:{simple.port}", "-quiet",
        "-servername", "mail.contoso.com", "-CAfile", certs.ca, "-verify_return_error",
        "-verify_hostname", "mail.contoso.com", "-ign_eof",
        text=request,
    )
    assert "200 OK<br/>CAS1.CONTOSO.COM" in answer


ANY_HOST = """
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
listen 127.0.0.1:0
exchange cas {{ server cas1 {address} }}
site * {{ forward cas }}
"""


@pytest.fixture
def any_host(casgate, cas, certs):
    """For clients that can be told an address only."""
    return casgate(ANY_HOST.format(certificate=certs.san, address=cas.address))


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_impacket_opens_rpc_sessions(any_host, cas, scheme):
    port = any_host.addresses[0 if scheme == "https" else 1][1]
    said = python("impacket_session.py", f"{scheme}://127.0.0.1:{port}/rpc/rpcproxy.dll")
    assert "AddOne(41) = 42" in said and "EchoData is right: True" in said
    assert said.endswith("done\n")
    assert {r.user for r in cas.requests if r.query} == {"alice"}
    cas.wait_for(lambda: not cas.open_connections, 2)
    ends = {line["end"] for line in any_host.access_log() if line["path"].count("?")}
    assert ends <= {"client closed", "client reset", "server closed"}


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_samba_opens_an_rpc_session(any_host, cas, certs, auth, tls):
    """Which speaks HTTP/1.0."""
    port = any_host.addresses[0 if tls else 1][1]
    said = python(
        "samba_session.py", f"127.0.0.1:{port}", certs.ca if tls else "plain", auth
    )
    assert "AddOne(41) = 42" in said and "EchoData is right: True" in said
    assert said.endswith("done\n")
    assert {r.version for r in cas.requests} == {"HTTP/1.0"}
    cas.wait_for(lambda: not cas.open_connections, 2)


@pytest.mark.parametrize("kind", ["pox", "soap"])
def test_exchangelib_finds_a_mailbox(simple, cas, certs, kind):
    """With NTLM: in XML by the root domain's redirect, and in SOAP."""
    ports = [port for _, port in simple.addresses]
    said = python(
        "exchangelib_autodiscover.py", *ports, kind, REQUESTS_CA_BUNDLE=str(certs.ca)
    )
    if said == f"does not speak {kind}\n":
        pytest.skip("exchangelib 5 does not speak POX")
    assert "address: alice@contoso.com" in said
    assert "EWS: https://mail.contoso.com/EWS/Exchange.asmx" in said
    if kind == "pox":
        assert simple.wait_for_log(status=302)["host"] == "contoso.com"
    assert any(r.user == "alice" for r in cas.requests)
