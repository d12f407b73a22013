"""Fixtures for tests that start the real casgate before a pretend Exchange.

    def test_something(casgate, cas, certs):
        gate = casgate(f'''
            listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}
            exchange cas {{ server cas1 {cas.address} }}
            site mail.contoso.com {{ forward cas }}
        ''')
        with gate.connect(sni="mail.contoso.com") as client:
            client.send(b"GET /standin/head HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
            answer = client.read_response()
        assert answer.status == 200
        assert cas.requests[0].header("Front-End-Https") == "On"
        assert gate.wait_for_log(path="/standin/head")["end"] == "..."

certs     (session) Certificates: .ca .intermediate and ready PEMs .mail
          .mail_ecdsa .autodiscover .contoso .san .wildcard .fabrikam;
          certs.issue("a.example", "b.example", key="ecdsa", days=10) makes
          more (see certificates.py).
cas       one stand-in Exchange on a port of its own, standin.cas.Cas:
          .address "127.0.0.1:PORT", .connections (each with .received,
          .requests, .user, .closed_by), .requests (of all connections, in
          order), .received (all bytes of all connections: b"" means that
          nothing at all reached it), .wait_for(lambda: ...),
          .script("/path", step, ...) to misbehave (standin.steps: send,
          pause, read_body, reset, close, half_close, stall), .hold("/path")
          to drive the CAS side by hand. See tests/standin/cas.py.
two_cas   a pair of them, named cas1 and cas2.
far_cas   the address of one in a process of its own, for what takes time.
casgate   casgate(config_text, *arguments) writes the configuration, starts
          $CASGATE (default build/dev/casgate) and waits for its ready line.
          `log access FILE json` is put in front unless the text has its own.
          Gives harness.Casgate: .addresses [(host, port), ...] in the order
          of the listen blocks, .port (of the first), .connect(index=0,
          tls=True, sni="mail.contoso.com", ...) a raw standin.client.Client,
          .access_log() all lines so far as dicts, .wait_for_log(**fields)
          the first line with these values, .stdout and .stderr so far,
          .signal(signal.SIGHUP), .reload(new_text), .children() the process
          ids of its workers, .resident_kib(), .stop() its exit code.
          At the end each one is sent TERM and must exit 0 within 5 s with
          no sanitizer report and no failed assertion on stderr.
run       run(*arguments, config=None) runs casgate to its end and gives
          subprocess.CompletedProcess (text): for -t, -T, -v, -h ...
simple    a casgate before `cas`: TLS first, then plain HTTP, with `san` for
          mail., autodiscover. and contoso.com; most tests need no more.
refused   refused(request_bytes) sends raw bytes to a fresh `simple`
          connection and checks what every refusal promises: the answer is a
          complete one of ours, the connection is closed, and not one byte
          reached the CAS. Gives the Response (assert its .status).

Raw clients: standin.client (exact bytes, exact segments, SNI or none, RST,
half close), standin.rpc (an Outlook: legs, channels, pings), standin.ntlm.
Ports are always the kernel's choice; tests may run in several checkouts.
"""

import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from certificates import Certificates  # noqa: E402
from harness import Casgate, run_casgate  # noqa: E402
from standin.cas import Cas  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "requirement(*numbers): the R-numbers this test shows"
    )


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def cas():
    with Cas("cas1") as one:
        yield one


@pytest.fixture
def two_cas():
    with Cas("cas1") as one, Cas("cas2") as two:
        yield one, two


@pytest.fixture
def far_cas():
    program = pathlib.Path(__file__).resolve().parent.parent / "standin" / "cas.py"
    process = subprocess.Popen(
        [sys.executable, program, "--anonymous"], stdout=subprocess.PIPE, text=True
    )
    yield process.stdout.readline().split()[-1]
    process.kill()
    process.wait()


@pytest.fixture
def casgate(tmp_path, certs):
    started = []

    def start(config_text, *arguments, **options):
        number = len(started) + 1
        gate = Casgate(tmp_path, number, certs.ca, config_text, arguments, **options)
        started.append(gate)
        gate.wait_until_ready()
        return gate

    yield start
    problems = [problem for gate in started for problem in gate.finish()]
    assert not problems, "\n".join(problems)


@pytest.fixture
def run(tmp_path):
    def call(*arguments, config=None, **options):
        return run_casgate(tmp_path, arguments, config, **options)

    return call


SIMPLE = """
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
listen 127.0.0.1:0
exchange cas {{ server cas1 {address} }}
site mail.contoso.com autodiscover.contoso.com {{ forward cas }}
site contoso.com {{ autodiscover-redirect autodiscover.contoso.com }}
"""


@pytest.fixture
def simple(casgate, cas, certs):
    return casgate(SIMPLE.format(certificate=certs.san, address=cas.address))


@pytest.fixture
def refused(simple, cas):
    def check(request, sni="mail.contoso.com", tls=True):
        index = 0 if tls else 1
        with simple.connect(index, tls=tls, sni=sni) as client:
            client.send(request)
            answer = client.read_response()
            client.expect_closed()
        assert cas.received == b"", "the CAS got something"
        assert answer.header("Connection") == "close"
        assert int(answer.header("Content-Length")) == len(answer.body)
        return answer

    return check
