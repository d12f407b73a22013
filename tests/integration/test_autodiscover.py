"""The Autodiscover redirects and routes: R20 to R23."""

import pytest

from standin import ntlm
from standin.client import Client

BASIC = ntlm.basic("alice", "Secret-1")
POX = (
    b'<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
    b'outlook/requestschema/2006"><Request><EMailAddress>alice@contoso.com'
    b"</EMailAddress></Request></Autodiscover>"
)
PROBES = [
    "/autodiscover/autodiscover.xml",
    "/Autodiscover/Autodiscover.xml",
    "/AUTODISCOVER/AUTODISCOVER.XML",
    "/autodiscover/autodiscover.svc",
    "/AutoDiscover/autodiscover.json?Email=a@b.c&Protocol=EWS",
    "/autodiscover/autodiscover.json/v1.0/u@contoso.com?RedirectCount=1",
    "/autodiscover/",
    "/%61utodiscover/autodiscover.xml",
]


def is_ours(answer, status):
    """What every answer of our own promises."""
    assert answer.status == status, answer
    assert answer.header("Connection") == "close"
    assert answer.header("Content-Length") is not None
    assert answer.header_all("WWW-Authenticate") == []
    return True


def is_redirect(answer, location):
    is_ours(answer, 302)
    assert answer.header("Location") == location
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Length") == "0"
    return True


@pytest.fixture
def edge(casgate):
    """The redirect-only node."""
    return casgate(
        "listen 127.0.0.1:0 {\n"
        "    autodiscover-redirect autodiscover.contoso.com\n"
        "    otherwise 404\n"
        "}\n"
    )


@pytest.mark.requirement(20)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", PROBES)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_the_root_domain_probe_is_redirected(simple, cas, method, path, tls):
    with simple.connect(0 if tls else 1, tls=tls, sni="contoso.com") as client:
        body = POX if method == "POST" else b""
        answer = client.request(method, path, body=body, host="contoso.com")
        assert is_redirect(answer, f"https://autodiscover.contoso.com{path}")
        client.expect_closed()
    assert cas.received == b""


@pytest.mark.requirement(20)
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("size", [10, 4000, 300_000])
def test_a_body_that_still_comes_does_not_destroy_the_redirect(simple, tls, size):
    with simple.connect(0 if tls else 1, tls=tls, sni="contoso.com") as client:
        client.send(
            b"POST /autodiscover/autodiscover.xml HTTP/1.1\r\nHost: contoso.com\r\n"
            b"Content-Length: %d\r\n\r\n" % size
        )
        for at in range(0, size, 10_000):
            client.send(bytes(min(10_000, size - at)))
        assert client.read_response().status == 302
        client.expect_closed()


@pytest.mark.requirement(20)
def test_the_redirect_ends_at_the_mailbox(simple, cas):
    """As Outlook walks: 302 at the root, then POST with a login."""
    with simple.connect(sni="contoso.com") as client:
        answer = client.request("POST", PROBES[0], body=POX, host="contoso.com")
        location = answer.header("Location")
    _, _, host, path = location.split("/", 3)
    with simple.connect(sni=host) as client:
        answer = client.request(
            "POST",
            f"/{path}",
            f"Authorization: {BASIC}",
            "Content-Type: text/xml",
            body=POX,
            host=host,
        )
        assert b"<Type>EXPR</Type>" in answer.body
        assert b"alice@contoso.com" in answer.body


@pytest.mark.requirement(20)
def test_no_redirect_leads_back_to_itself(casgate, certs):
    gate = casgate(
        f"""
        listen 127.0.0.1:0 tls {{ certificate {certs.san} }}
        listen 127.0.0.1:0
        site contoso.com {{ autodiscover-redirect contoso.com }}
        """
    )
    for host in ("contoso.com", "CONTOSO.com", "contoso.com.", "contoso.com:443"):
        with gate.connect(sni="contoso.com") as client:
            assert client.request("GET", PROBES[0], host=host).status == 404
    with gate.connect(1, tls=False) as client:
        answer = client.request("GET", PROBES[0], host="contoso.com")
        assert is_redirect(answer, f"https://contoso.com{PROBES[0]}")


@pytest.mark.requirement(21)
@pytest.mark.parametrize("path", ["/", "/owa/", "/autodiscoverx/", "/x/autodiscover/"])
def test_the_root_domain_is_404_otherwise(simple, cas, path):
    with simple.connect(sni="contoso.com") as client:
        assert is_ours(client.request("GET", path, host="contoso.com"), 404)
    assert cas.received == b""


@pytest.mark.requirement(21)
@pytest.mark.parametrize(
    "policy, status, location",
    [
        ("404", 404, None),
        ("https", 302, "https://contoso.com/a?b=c"),
        ("redirect https://www.contoso.com", 302, "https://www.contoso.com"),
        ("forward web", 404, None),
    ],
)
def test_the_root_domain_follows_its_policy(
    casgate, cas, policy, status, location
):
    gate = casgate(
        f"""
        listen 127.0.0.1:0
        exchange web {{ server web1 {cas.address} }}
        site contoso.com {{
            autodiscover-redirect autodiscover.contoso.com
            otherwise {policy}
        }}
        """
    )
    with gate.connect(tls=False) as client:
        answer = client.request("GET", "/a?b=c", host="contoso.com")
    assert answer.status == status
    if location:
        assert answer.header("Location").startswith(location)
    assert bool(cas.received) == policy.startswith("forward")
    with gate.connect(tls=False) as client:
        answer = client.request("GET", PROBES[0], host="contoso.com")
        assert is_redirect(answer, f"https://autodiscover.contoso.com{PROBES[0]}")


@pytest.mark.requirement(21)
@pytest.mark.parametrize("host", ["www.example.com", "203.0.113.1", "localhost"])
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_an_unknown_host_never_reaches_a_server(simple, cas, host, tls):
    with simple.connect(0 if tls else 1, tls=tls, sni=None) as client:
        assert is_ours(client.request("GET", "/owa/", host=host), 404)
    assert cas.received == b""


@pytest.mark.requirement(22)
@pytest.mark.parametrize(
    "host", ["autodiscover.fabrikam.com", "x", "autodiscover.contoso.com", "10.0.0.1"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_redirect_only_node_answers_any_host(edge, host, method):
    assert len(edge.addresses) == 1
    for path in PROBES:
        with Client(edge.addresses[0]) as client:
            body = POX if method == "POST" else b""
            answer = client.request(method, path, host=host, body=body)
            assert is_redirect(answer, f"https://autodiscover.contoso.com{path}")
    with Client(edge.addresses[0]) as client:
        assert is_ours(client.request(method, "/owa/", host=host), 404)


@pytest.mark.requirement(22)
def test_a_redirect_only_node_answers_without_any_host(edge):
    with Client(edge.addresses[0]) as client:
        client.send(f"GET {PROBES[0]} HTTP/1.0\r\n\r\n".encode())
        answer = client.read_response()
        assert is_redirect(answer, f"https://autodiscover.contoso.com{PROBES[0]}")


@pytest.mark.requirement(23)
@pytest.mark.parametrize("path", PROBES)
def test_every_form_of_the_path_goes_to_the_server_untouched(simple, cas, path):
    with simple.connect(sni="autodiscover.contoso.com") as client:
        client.request("GET", path, host="autodiscover.contoso.com")
    assert cas.requests[0].target == path
    assert simple.wait_for_log(path=path)["service"] == "autodiscover"


@pytest.mark.requirement(23)
@pytest.mark.parametrize(
    "host",
    [
        "autodiscover.contoso.com",
        "AutoDiscover.Contoso.COM.",
        "autodiscover.contoso.com:443",
    ],
)
def test_hosts_are_found_in_every_form_and_passed_on_as_they_are(simple, cas, host):
    with simple.connect(sni="autodiscover.contoso.com") as client:
        assert client.request("GET", "/autodiscover/autodiscover.json", host=host).status == 200
    assert cas.requests[0].header("Host") == host
