"""Every configuration we ship is started, and walked with its clients.

An example is run as it stands but for what a test can't have: its addresses
become loopback ones (each stays apart from the others) on ports of the
kernel's choice, its servers become stand-ins, its certificates are made for
the names that the file is about, and its logs go where the harness looks.
"""

import pathlib
import re
import shutil

import pytest

from harness import ROOT
from standin import ntlm, rpc
from standin.client import Client

CONF = ROOT / "conf"
EXAMPLES = CONF / "examples"
DEPLOY = ROOT / "docs" / "deploy"

# The names in each certificate the examples speak of; the first is its CN.
ALL_NAMES = ("mail.contoso.com", "autodiscover.contoso.com", "contoso.com")
CERTIFICATES = {
    "san.pem": ALL_NAMES,
    "mail.pem": ("mail.contoso.com",),
    "autodiscover.pem": ("autodiscover.contoso.com",),
    "contoso.pem": ("contoso.com",),
}

POX = (
    b'<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
    b'outlook/requestschema/2006"><Request><EMailAddress>alice@contoso.com'
    b"</EMailAddress><AcceptableResponseSchema>http://schemas.microsoft.com/"
    b"exchange/autodiscover/outlook/responseschema/2006a"
    b"</AcceptableResponseSchema></Request></Autodiscover>"
)
PROBE = "/autodiscover/autodiscover.xml"
BASIC = "Authorization: " + ntlm.basic("alice", "Secret-1")


class Example:
    """A running example. Its listeners are known by what the file calls
    them: gate.connect(at("192.0.2.10:443"), ...)."""

    def __init__(self, path, folder, casgate, certs, servers):
        self.listens = []
        self._loopback = {None: "127.0.0.1"}
        self._servers = list(servers)
        lines = path.read_text().splitlines(keepends=True)
        self.text = f"log access {folder}/access-1.log json\n"
        self.text += "".join(self._substitute(line) for line in lines)
        for name in re.findall(r"\btls/([\w.-]+)", self.text):
            alone = path.parent == CONF  # casgate.conf has one for all names
            issued = certs.issue(*(ALL_NAMES if alone else CERTIFICATES[name]))
            (folder / "tls").mkdir(exist_ok=True)
            shutil.copy(issued, folder / "tls" / name)
        self.gate = casgate(self.text)
        # Nothing is doubtful about it, but for the CA of the tests.
        warnings = re.findall(r"warning: (.*)", self.gate.stderr)
        assert [w for w in warnings if "chain" not in w] == []
        assert len(self.gate.addresses) == len(self.listens)

    def _substitute(self, line):
        words, mark, comment = line.partition("#")
        words = re.sub(r"\blisten\s+(\S+)", self._listen, words)
        words = re.sub(r"\b(server\s+\S+\s+)[^\s;}]+", self._server, words)
        words = re.sub(r"^\s*(log|user)\s.*", "", words)
        return words + mark + comment

    def _listen(self, match):
        where = match.group(1)
        host = where.rpartition(":")[0] or None
        if host not in self._loopback:
            self._loopback[host] = f"127.0.0.{10 + len(self._loopback)}"
        self.listens.append(where)
        return f"listen {self._loopback[host]}:0"

    def _server(self, match):
        return match.group(1) + self._servers.pop(0).address

    def at(self, where):
        return self.listens.index(where)

    def tls(self, where, sni, **options):
        return self.gate.connect(self.at(where), sni=sni, **options)

    def plain(self, where):
        return self.gate.connect(self.at(where), tls=False)

    def shown(self, where, sni):
        """The first name in the certificate that a client gets."""
        with self.tls(where, sni) as client:
            return client.certificate_names[0]

    # Walks that several examples share.

    def answers_the_port_80_probe(self, where, host, target):
        with self.plain(where) as client:
            answer = client.request("GET", PROBE, host=host)
            client.expect_closed()
        expect_redirect(answer, f"https://{target}{PROBE}")

    def answers_the_root_domain_probe(self, where, sni="contoso.com"):
        for path in (PROBE, "/AutoDiscover/AutoDiscover.xml"):
            with self.tls(where, sni) as client:
                answer = client.request("POST", path, body=POX, host="contoso.com")
                client.expect_closed()
            expect_redirect(answer, f"https://autodiscover.contoso.com{path}")

    def configures_an_outlook(self, where, host):
        """Autodiscover with a password, as Outlook does after the redirect."""
        with self.tls(where, host) as client:
            asked = client.request("POST", PROBE, body=POX, host=host)
            answer = client.request("POST", PROBE, BASIC, body=POX, host=host)
        assert asked.status == 401
        assert asked.header_all("WWW-Authenticate")[:2] == ["Negotiate", "NTLM"]
        assert answer.status == 200
        assert b"<Type>EXPR</Type>" in answer.body
        assert b"alice@contoso.com" in answer.body

    def opens_a_mailbox(self, where, sni="mail.contoso.com"):
        """Outlook Anywhere: both channels, logged in with NTLM."""
        with rpc.Session(lambda: self.tls(where, sni)) as session:
            session.bind()
            assert session.add_one(41) == 42
        line = self.gate.wait_for_log(method="RPC_OUT_DATA", status=200)
        assert line["service"] == "rpc" and line["host"] == "mail.contoso.com"

    def never_shows_a_stranger_to_a_cas(self, where, servers):
        before = [server.received for server in servers]
        with self.tls(where, "mail.contoso.com") as client:
            answer = client.request("GET", "/owa/", host="mail.fabrikam.com")
        assert answer.status == 404
        assert [server.received for server in servers] == before


def expect_redirect(answer, location):
    assert answer.status == 302
    assert answer.header("Location") == location
    assert answer.header("Cache-Control") == "no-store"
    assert answer.body == b""
    assert answer.header("WWW-Authenticate") is None


@pytest.fixture
def example(tmp_path, casgate, certs, two_cas):
    def start(path):
        return Example(path, tmp_path, casgate, certs, two_cas)

    return start


def requests_of(servers):
    return [request for server in servers for request in server.requests]


def walk_casgate_conf(it, servers):
    """The one that is installed: the names are covered by one certificate."""
    it.answers_the_root_domain_probe("443")
    it.answers_the_port_80_probe(
        "80", "autodiscover.contoso.com", "autodiscover.contoso.com"
    )
    it.configures_an_outlook("443", "autodiscover.contoso.com")
    it.opens_a_mailbox("443")
    it.never_shows_a_stranger_to_a_cas("443", servers)


def walk_cas_front(it, servers):
    assert it.shown("443", "autodiscover.contoso.com") == "autodiscover.contoso.com"
    assert it.shown("443", None) == "mail.contoso.com"
    it.configures_an_outlook("443", "autodiscover.contoso.com")
    it.opens_a_mailbox("443")
    it.never_shows_a_stranger_to_a_cas("443", servers)
    it.answers_the_root_domain_probe("443")
    with it.tls("443", "contoso.com") as client:
        answer = client.request("GET", "/shop", host="contoso.com")
    assert answer.status == 302
    assert answer.header("Location").startswith("https://www.contoso.com")
    it.answers_the_port_80_probe(
        "80", "autodiscover.contoso.com", "autodiscover.contoso.com"
    )
    with it.plain("80") as client:
        answer = client.request("GET", "/owa/", host="mail.contoso.com")
    assert (answer.status, answer.header("Location")) == (
        302,
        "https://mail.contoso.com/owa/",
    )


def walk_san_certificate(it, servers):
    for sni in ("mail.contoso.com", "autodiscover.contoso.com", "contoso.com", None):
        with it.tls("443", sni) as client:
            assert client.certificate_names == list(ALL_NAMES)
        assert it.shown("443", sni) == "mail.contoso.com"
    it.answers_the_root_domain_probe("443")
    it.answers_the_port_80_probe(
        "80", "autodiscover.contoso.com", "autodiscover.contoso.com"
    )
    it.configures_an_outlook("443", "autodiscover.contoso.com")
    it.opens_a_mailbox("443")
    it.opens_a_mailbox("443", sni=None)
    it.never_shows_a_stranger_to_a_cas("443", servers)


def walk_several_certificates(it, servers):
    mail, autodiscover = (w for w in it.listens if w.endswith(":443"))
    for where in (mail, autodiscover):
        for name in ("mail.contoso.com", "autodiscover.contoso.com"):
            assert it.shown(where, name) == name
    assert it.shown(mail, None) == "mail.contoso.com"
    assert it.shown(autodiscover, None) == "autodiscover.contoso.com"
    it.opens_a_mailbox(mail)
    it.opens_a_mailbox(mail, sni=None)
    it.configures_an_outlook(autodiscover, "autodiscover.contoso.com")
    it.never_shows_a_stranger_to_a_cas(mail, servers)


def walk_redirection(it, servers):
    (secure,) = (w for w in it.listens if w.endswith(":443"))
    probed = next(w for w in it.listens if w.endswith(":80"))
    assert it.shown(secure, None) == "mail.contoso.com"
    for host in ("autodiscover.contoso.com", "autodiscover.fabrikam.com"):
        it.answers_the_port_80_probe(probed, host, "mail.contoso.com")

    # 443 stays closed on the address of the autodiscover name.
    address, _ = it.gate.addresses[it.at(probed)]
    other, port = it.gate.addresses[it.at(secure)]
    assert address != other
    with pytest.raises(ConnectionRefusedError):
        Client((address, port))

    with it.plain(probed) as client:
        assert client.request("GET", "/", host="autodiscover.contoso.com").status == 404
    assert requests_of(servers) == []
    it.configures_an_outlook(secure, "mail.contoso.com")
    it.opens_a_mailbox(secure)


def walk_ssl_offloading(it, servers):
    it.configures_an_outlook("443", "autodiscover.contoso.com")
    it.opens_a_mailbox("443")
    for request in requests_of(servers):
        assert request.header("Front-End-Https") == "On"
        assert request.header("X-Forwarded-Proto") == "https"
        assert request.header("X-Forwarded-For") == "127.0.0.1"
        assert request.header("Via") is None
        assert request.header("Host").endswith(".contoso.com")
    # What a CAS that believes to be on plain HTTP says is mended.
    with it.tls("443", "mail.contoso.com") as client:
        moved = client.request("GET", "/owa")
        answer = client.request("GET", "/owa/")
    port = it.gate.addresses[it.at("443")][1]
    assert moved.header("Location") == f"https://mail.contoso.com:{port}/owa/"
    cookies = answer.header_all("Set-Cookie")
    assert cookies and all(c.lower().count("; secure") == 1 for c in cookies)


def walk_redirect_edge(it, servers):
    assert len(it.listens) == 1
    for host in ("autodiscover.contoso.com", "autodiscover.fabrikam.com", "192.0.2.1"):
        it.answers_the_port_80_probe("80", host, "autodiscover.contoso.com")
    with it.plain("80") as client:
        answer = client.request("GET", "/owa/", host="autodiscover.contoso.com")
    assert answer.status == 404
    assert "tls" not in re.findall(r"listening on \S+ (\w+)", it.gate.stdout)
    assert requests_of(servers) == []


WALKS = {
    "casgate.conf": walk_casgate_conf,
    "examples/cas-front.conf": walk_cas_front,
    "examples/redirect-edge.conf": walk_redirect_edge,
    "examples/redirection.conf": walk_redirection,
    "examples/san-certificate.conf": walk_san_certificate,
    "examples/several-certificates.conf": walk_several_certificates,
    "examples/ssl-offloading.conf": walk_ssl_offloading,
}


@pytest.mark.requirement(20, 21, 22, 27)
@pytest.mark.parametrize("name", sorted(WALKS))
def test_an_example_does_what_it_is_for(name, example, two_cas):
    WALKS[name](example(CONF / name), two_cas)


def test_every_example_is_walked():
    shipped = {f"examples/{path.name}" for path in EXAMPLES.glob("*.conf")}
    assert shipped == {name for name in WALKS if name.startswith("examples/")}


@pytest.mark.parametrize("page", sorted(p.name for p in DEPLOY.glob("*.md")))
def test_a_page_on_deployment_quotes_its_example(page):
    """The blocks a page shows stand so in the file."""
    example = (EXAMPLES / pathlib.Path(page).with_suffix(".conf").name).read_text()
    text = (DEPLOY / page).read_text()
    (quoted,) = re.findall(r"(?ms)^```casgate\n(.*?)\n```$", text)
    for block in quoted.split("\n\n"):
        assert f"\n{block}\n" in example


def test_what_stands_behind_a_mark_is_the_default(run, tmp_path, certs):
    """casgate.conf shows the defaults as comments: put in force, they change
    nothing."""
    (tmp_path / "tls").mkdir()
    shutil.copy(certs.san, tmp_path / "tls" / "mail.pem")
    text = (CONF / "casgate.conf").read_text()
    default = re.compile(r"(?m)^( *)#((?:timeout|limit|log|profile)\s.*)$")
    off = re.compile("connections|handshakes")  # unless they are written
    shown = [m[2] for m in default.finditer(text) if not off.search(m[2])]
    assert len(shown) > 15
    given = default.sub(
        lambda m: m[0] if off.search(m[2]) else m[1] + m[2], text
    )
    assert values_of(run("-T", config=text)) == values_of(run("-T", config=given))


def values_of(result):
    """What -T prints, less where each value comes from."""
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    return [" ".join(line.partition("#")[0].split()) for line in lines]
