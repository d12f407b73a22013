"""The steps of the demonstration, as Outlook takes them."""

import statistics
import time

from standin import rpc
from standin.client import Client

PROBE = "/autodiscover/autodiscover.xml"
TARGET = "https://autodiscover.contoso.com" + PROBE
REQUEST = (
    b'<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/'
    b'outlook/requestschema/2006"><Request>'
    b"<EMailAddress>alice@contoso.com</EMailAddress>"
    b"</Request></Autodiscover>"
)
PINGS = 200


class Walk:
    """Each step says what came of it, or raises AssertionError."""

    def __init__(self, setting):
        self.setting = setting

    def tls(self, name):
        return Client(
            self.setting.addresses[0],
            tls=True,
            sni=name,
            ca=self.setting.folder / "ca.pem",
        )

    def plain(self):
        return Client(self.setting.addresses[1])

    def root_domain_probe(self):
        """POST https://contoso.com, where Outlook asks first"""
        with self.tls("contoso.com") as client:
            answer = client.request("POST", PROBE, body=REQUEST, host="contoso.com")
        expect(answer.status == 302, answer)
        expect(answer.header("Location") == TARGET, answer.header("Location"))
        return f"302 to {TARGET}"

    def post_to_autodiscover(self):
        """POST it again where the redirect leads, logged in with NTLM"""
        host = "autodiscover.contoso.com"
        with self.tls(host) as client:
            login = rpc.log_in(client, "POST", target=PROBE, host=host)
            answer = client.request(
                "POST",
                PROBE,
                f"Authorization: {login}",
                "Content-Type: text/xml",
                body=REQUEST,
                host=host,
            )
        expect(answer.status == 200, answer)
        expect(b"<Type>EXPR</Type>" in answer.body, answer.body)
        server = answer.body.split(b"<Type>EXPR</Type>")[1]
        server = server.split(b"<Server>")[1].split(b"<")[0].decode()
        return f"200, XML: Outlook Anywhere is at {server}"

    def port_80_probe(self):
        """GET http://autodiscover.contoso.com, the last resort"""
        with self.plain() as client:
            answer = client.request("GET", PROBE, host="autodiscover.contoso.com")
        expect(answer.status == 302, answer)
        expect(answer.header("Location") == TARGET, answer.header("Location"))
        return f"302 to {TARGET}"

    def names_pick_certificates(self):
        """Each name gets its certificate; no name gets the fallback"""
        seen = []
        for name in ("mail", "autodiscover", None):
            sni = f"{name}.contoso.com" if name else None
            expected = sni or "mail.contoso.com"
            with self.tls(sni) as client:
                got = client.certificate_names
            expect(got == [expected], f"{sni}: {got}")
            seen.append(f"{name or 'no name'} -> {expected.split('.')[0]}")
        return ", ".join(seen)

    def open_channels(self):
        """RPC_OUT_DATA and RPC_IN_DATA, NTLM on both: CONN/A1 ... CONN/C2"""
        self.session = rpc.Session(lambda: self.tls("mail.contoso.com"))
        answer = self.session.response
        expect(answer.status_line == "HTTP/1.1 200 Success", answer)
        server = answer.header("X-Standin")
        return f"{answer.status_line}, a virtual connection with {server}"

    def ping(self):
        """Pings on IN, each answered by one on OUT"""
        times = sorted(self.session.timed_ping() * 1000 for _ in range(PINGS))
        middle, worst = statistics.median(times), times[-1]
        expect(middle < 20, f"median {middle:.2f} ms")
        return f"{PINGS} there and back: median {middle:.2f} ms, slowest {worst:.2f} ms"

    def call(self):
        """A remote procedure call through the channels"""
        self.session.bind()
        result = self.session.add_one(41)
        expect(result == 42, result)
        self.session.close()
        return "AddOne(41) = 42"


def expect(truth, what):
    if not truth:
        raise AssertionError(str(what))


def walk(setting):
    """Takes every step; how many failed."""
    steps = Walk(setting)
    failed = 0
    print("\nThe way of an Outlook for alice@contoso.com")
    for step in (
        steps.root_domain_probe,
        steps.post_to_autodiscover,
        steps.port_80_probe,
        steps.names_pick_certificates,
        steps.open_channels,
        steps.ping,
        steps.call,
    ):
        began = time.perf_counter()
        try:
            mark, result = "ok", step()
        except Exception as error:  # whatever it was, the next step may work
            mark, result = "FAILED", f"{type(error).__name__}: {error}"
            failed += 1
        took_ms = (time.perf_counter() - began) * 1000
        print(f"  {mark:6} {step.__doc__}")
        print(f"         {result}  ({took_ms:.0f} ms)", flush=True)
    return failed
