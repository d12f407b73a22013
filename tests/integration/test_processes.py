"""Parent and workers: rights, deaths, reloads, signals, ends."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from harness import PROGRAM, one_group, wait_for
from proc import descriptors, is_alive, status_of
from standin import rpc

GET = b"GET /owa/ HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"


@pytest.fixture
def text(cas, certs):
    return one_group(certs.mail, cas.address, "workers 2")


@pytest.fixture
def gate(casgate, text):
    return casgate(text)


def get(gate, index=1, **options):
    """The status of an ordinary request on a fresh connection."""
    with gate.connect(index, tls=index == 0, **options) as client:
        return client.request("GET", "/owa/").status


def serial(gate):
    """Of the certificate a fresh connection is shown."""
    with gate.connect() as client:
        return client._tls.getpeercert()["serialNumber"]


def refuses(address):
    try:
        socket.create_connection(address, 2).close()
    except ConnectionRefusedError:
        return True
    return False


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


class Channel:
    """An RPC session with calls going to and fro until stop()."""

    def __init__(self, gate):
        self.session = rpc.Session(gate.connect, auth="basic")
        self.session.bind()
        self.calls, self.error = 0, None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._stopping.is_set():
                assert self.session.add_one(self.calls) == self.calls + 1
                self.calls += 1
                time.sleep(0.005)
        except Exception as error:
            self.error = error

    def stop(self):
        """Calls made; fails if one of them did."""
        self._stopping.set()
        self._thread.join(10)
        self.session.close()
        if self.error:
            raise self.error
        return self.calls


# The start.


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
def test_workers_have_no_rights_before_the_first_connection(gate):
    workers = gate.children()
    assert len(workers) == 2
    for pid in workers:
        status = status_of(pid)
        assert "0" not in status["Uid"].split()
        assert "0" not in status["Gid"].split()
        assert status["Groups"].split() == []
        assert status["NoNewPrivs"] == "1"
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status[kind], 16) == 0, kind


def test_workers_hold_nothing_of_the_parent_open(gate, tmp_path):
    for pid in gate.children():
        opened = [os.readlink(fd) for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
        assert not [o for o in opened if o.startswith(str(tmp_path))]
        assert len([o for o in opened if o.startswith("socket:")]) == 3


def test_every_listener_and_the_ready_line_are_announced(gate):
    (tls, port), (plain, other) = gate.addresses
    lines = gate.stdout.splitlines()
    assert lines[0].startswith(
        f"casgate: listening on {tls}:{port} tls for mail.contoso.com,"
        " certificate expires 20"
    )
    assert lines[1] == f"casgate: listening on {plain}:{other} http for mail.contoso.com"
    assert lines[2] == f"casgate: ready on {tls}:{port} {plain}:{other}"


def test_both_workers_serve_one_port(gate, cas):
    for _ in range(32):
        assert get(gate) == 200

    def ids():
        return [line["id"] for line in gate.access_log() if line["path"] == "/owa/"]

    wait_for(lambda: len(ids()) == 32, 5, gate.access_text)
    assert len({id[:8] for id in ids()}) == 2  # each counts from a random number


def test_ipv6(casgate, cas):
    gate = casgate(
        f"""
        listen [::1]:0
        exchange cas {{ server cas1 {cas.address} }}
        site * {{ forward cas }}
        """
    )
    assert gate.addresses[0][0] == "::1"
    with gate.connect(0, tls=False) as client:
        assert client.request("GET", "/owa/").status == 200
    assert gate.wait_for_log(path="/owa/")["client"].startswith("[::1]:")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_address_in_use_is_named(run, host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host.strip("[]"), 0), family=family) as door:
        address = f"{host}:{door.getsockname()[1]}"
        done = run(
            config=f"listen {address} {{ autodiscover-redirect a.contoso.com }}\n"
        )
    assert done.returncode == 1
    assert address in done.stderr and "in use" in done.stderr
    assert "ready" not in done.stdout


def test_second_casgate_does_not_join_the_first(gate, run):
    address = "%s:%d" % gate.addresses[1]
    done = run(config=f"listen {address} {{ autodiscover-redirect a.contoso.com }}\n")
    assert done.returncode == 1
    assert address in done.stderr and "in use" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another")
@pytest.mark.parametrize(
    "user, words", [("root", "is root"), ("no-such-user", "no user 'no-such-user'")]
)
def test_user_that_will_not_do_is_wrong_configuration(run, text, user, words):
    for arguments in ([], ["-t"]):
        done = run(*arguments, config=f"user {user}\n{text}")
        assert done.returncode == 78
        assert words in done.stderr and ":1:" in done.stderr


@pytest.mark.skipif(
    subprocess.run(["unshare", "-Ur", "true"], capture_output=True).returncode != 0,
    reason="no user namespaces here",
)
def test_worker_that_cannot_give_up_its_rights_ends_the_start(tmp_path, text):
    path = tmp_path / "casgate.conf"
    path.write_text(text)
    done = subprocess.run(  # where there is no other user to become
        ["unshare", "-Ur", PROGRAM, "-c", str(path)],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert re.search(r"cannot start: worker \d: cannot become the user", done.stderr)
    assert "ready" not in done.stdout


def limited(descriptors, tmp_path, text, *arguments):
    path = tmp_path / "limited.conf"
    path.write_text(text)
    return subprocess.run(
        ["prlimit", f"--nofile={descriptors}", PROGRAM, "-c", str(path), *arguments],
        capture_output=True,
        text=True,
        timeout=20,
    )


@pytest.mark.parametrize("arguments", [(), ("-t",)])
def test_connections_that_descriptors_cannot_hold_are_refused(tmp_path, text, arguments):
    done = limited(256, tmp_path, f"limit connections 5000\n{text}", *arguments)
    assert done.returncode == 78
    assert "limited.conf:1:" in done.stderr
    assert "5000" in done.stderr and "256" in done.stderr


def test_connections_that_descriptors_hold_are_fine(tmp_path, text):
    done = limited(256, tmp_path, f"limit connections 200\n{text}", "-t")
    assert done.returncode == 0 and "RLIMIT_NOFILE" not in done.stderr


def test_ready_is_told_to_systemd(casgate, text, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        gate = casgate(text, env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert manager.recv(100) == b"READY=1"
        gate.reload()
        assert manager.recv(100).startswith(b"RELOADING=1")
        assert manager.recv(100) == b"READY=1"
        assert gate.stop() == 0
        assert manager.recv(100) == b"STOPPING=1"


# Death.


def test_dead_worker_is_replaced_while_the_other_serves(gate, cas):
    hold = cas.hold("/ews/held")
    clients = [gate.connect(1, tls=False) for _ in range(16)]
    for client in clients:
        client.send(b"GET /ews/held HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
    held = [hold.next() for _ in clients]
    before = gate.children()
    os.kill(before[0], signal.SIGKILL)
    gate.wait_for_stderr(r"worker \d ended by signal 9 \(Killed\)")
    wait_for(lambda: len(gate.children()) == 2, 5, lambda: gate.stderr)
    assert len(set(gate.children()) & set(before)) == 1
    for one in held:
        try:
            one.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        except Exception:
            pass  # of the worker that died
    survivors = 0
    for client in clients:
        try:
            survivors += client.read_response().status == 200
        except Exception:
            pass
    assert 0 < survivors < 16
    for _ in range(16):
        assert get(gate) == 200


def test_no_waiting_connection_is_lost_with_its_worker(casgate, cas, text):
    gate = casgate(text.replace("workers 2", "workers 1"))
    (worker,) = gate.children()
    os.kill(worker, signal.SIGSTOP)
    with gate.connect(1, tls=False) as client:
        client.send(GET)
        os.kill(worker, signal.SIGKILL)
        assert client.read_response().status == 200


def test_worker_that_keeps_dying_is_replaced_ever_more_slowly(casgate, text):
    gate = casgate(text.replace("workers 2", "workers 1"))
    for pause in ("0 s", "1 s", "2 s"):
        (worker,) = wait_for(gate.children, 5, lambda: gate.stderr)
        os.kill(worker, signal.SIGKILL)
        gate.wait_for_stderr(f"the next one starts in {pause}")
        wait_for(lambda: gate.children() not in ([], [worker]), 5, lambda: gate.stderr)
    assert get(gate) == 200


def test_workers_go_with_their_parent(gate):
    workers = gate.children()
    gate.process.kill()
    gate.wait()
    wait_for(lambda: not any(map(is_alive, workers)), 1, lambda: "they linger")


# Reload.


def test_reload_swaps_the_certificate_and_keeps_the_channel(casgate, cas, certs, tmp_path):
    pem = tmp_path / "tls.pem"
    shutil.copy(certs.mail, pem)
    gate = casgate(one_group(pem, cas.address, "workers 2"))
    workers, first = gate.children(), serial(gate)
    channel = Channel(gate)
    shutil.copy(certs.mail_ecdsa, pem)
    gate.reload()
    assert "casgate: reloaded, 2 listeners" in gate.stderr
    assert serial(gate) != first
    calls = channel.calls
    wait_for(lambda: channel.calls > calls + 5, 5, lambda: repr(channel.error))
    channel.stop()
    assert gate.children() == workers


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda text: "lisetn 80\n" + text, "lisetn"),
        (lambda text: re.sub("certificate .* }", "certificate no.pem }", text), "no.pem"),
        (lambda text: "", ""),
    ],
    ids=["word", "file", "empty"],
)
def test_reload_with_bad_configuration_changes_nothing(gate, text, change, reason):
    channel = Channel(gate)
    gate.config_path.write_text(change(text))
    gate.reload()
    found = gate.wait_for_stderr(
        r"casgate: reload refused: (.*), the old configuration stays"
    )
    assert f"{gate.config_path}" in found[1]
    assert reason in found[1]
    assert get(gate) == 200
    assert channel.stop() > 0


def test_reload_with_bad_key_changes_nothing(casgate, cas, certs, tmp_path):
    pem, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    shutil.copy(certs.mail, pem)
    shutil.copy(certs.mail, key)
    gate = casgate(one_group(f"{pem} key {key}", cas.address, "workers 2"))
    first = serial(gate)
    shutil.copy(certs.autodiscover, key)
    gate.reload()
    gate.wait_for_stderr(r"casgate: reload refused: .*, the old configuration stays")
    shutil.copy(certs.mail, key)
    key.chmod(0o644)
    gate.reload()
    gate.wait_for_stderr(f"reload refused: .*{key}.*, the old configuration stays")
    assert serial(gate) == first


def test_the_same_mistake_twice_is_refused_twice(gate):
    gate.config_path.write_text("lisetn 80\n")
    gate.reload()
    gate.reload()
    assert gate.stderr.count("reload refused") == 2


def test_a_hundred_reloads_lose_nothing(gate):
    channel = Channel(gate)
    workers = gate.children()
    before = list(map(descriptors, workers))
    for _ in range(100):
        gate.signal(signal.SIGHUP)
        assert get(gate, 0) == 200
        time.sleep(0.05)
    gate.reload()
    assert channel.stop() > 100
    assert gate.children() == workers
    wait_for(
        lambda: list(map(descriptors, workers)) <= before,
        5,
        lambda: "descriptors leak",
    )


def test_reload_adds_and_removes_listeners(gate, text):
    tls, plain = gate.addresses
    gate.reload(text + "listen 127.0.0.1:0 { otherwise redirect https://a.example/ }\n")
    wait_for(lambda: len(gate.addresses) == 3, 5, lambda: gate.stdout)
    assert gate.addresses[:2] == [tls, plain]
    for _ in range(8):
        assert get(gate, 2) == 302
        assert get(gate, 1) == 200
    new = gate.addresses[2]
    gate.reload(text.replace("listen 127.0.0.1:0\n", ""))
    wait_for(lambda: len(gate.addresses) == 1, 5, lambda: gate.stdout)
    assert gate.addresses == [tls]
    assert refuses(plain) and refuses(new)
    assert get(gate, 0) == 200


def test_listener_becomes_tls_by_reload(casgate, cas, certs):
    port = free_port()
    rest = f"""
        exchange cas {{ server cas1 {cas.address} }}
        site mail.contoso.com {{ forward cas }}
    """
    gate = casgate(f"listen 127.0.0.1:{port}\n{rest}")
    with gate.connect(tls=False) as kept:
        assert kept.request("GET", "/owa/").status == 200
        gate.reload(f"listen 127.0.0.1:{port} tls {{ certificate {certs.mail} }}\n{rest}")
        assert get(gate, 0) == 200
        assert kept.request("GET", "/owa/").status == 200


def test_reload_that_cannot_bind_changes_nothing(gate, text):
    with socket.create_server(("127.0.0.1", 0)) as door:
        taken = f"127.0.0.1:{door.getsockname()[1]}"
        gate.reload(f"listen 127.0.0.1:0\nlisten {taken}\n{text}")
    assert "reload refused" in gate.stderr and taken in gate.stderr
    assert get(gate) == 200
    assert len(gate.addresses) == 2


def test_reload_changes_the_logs(casgate, text, tmp_path):
    gate = casgate(f"log access {tmp_path}/one.log json\n{text}")
    assert get(gate) == 200
    gate.reload(f"log access {tmp_path}/two.log exchange\n{text}")
    assert get(gate) == 200
    two = tmp_path / "two.log"
    wait_for(lambda: two.exists() and "service=owa" in two.read_text(), 5, lambda: "")
    assert "service=" not in (tmp_path / "one.log").read_text()
    gate.reload(f"log access {tmp_path}/no/such/folder.log\n{text}")
    assert "reload refused" in gate.stderr and "no/such/folder" in gate.stderr


def test_what_takes_a_restart_is_said(gate, text):
    gate.reload(text.replace("workers 2", "workers 3"))
    gate.wait_for_stderr("`workers` has changed: that takes a restart")
    assert len(gate.children()) == 2


def test_worker_born_after_a_reload_has_the_new_configuration(gate, text):
    gate.reload(text + "site fabrikam.com { otherwise redirect https://b.example/ }\n")
    for pid in gate.children():
        os.kill(pid, signal.SIGKILL)
    gate.wait_for_stderr("worker 1 ended")
    gate.wait_for_stderr("worker 2 ended")
    with gate.connect(1, tls=False) as client:
        answer = client.request("GET", "/", host="fabrikam.com")
    assert answer.status == 302


# Logs.


def test_usr1_opens_the_error_log_anew(casgate, text, tmp_path):
    log = tmp_path / "error.log"
    gate = casgate(f"log error {log}\n{text}")
    gate.signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in log.read_text(), 5, lambda: log.read_text())
    moved = log.rename(tmp_path / "moved.log")
    gate.signal(signal.SIGUSR1)
    wait_for(log.exists, 5, lambda: "not reopened")
    gate.signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in log.read_text(), 5, lambda: log.read_text())
    assert moved.read_text().count("reloaded") == 1


def test_log_that_nobody_reads_stops_no_traffic(casgate, text, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    gate = casgate(f"log access {pipe} exchange\n{text}")
    with gate.connect(1, tls=False) as client:
        for _ in range(500):
            assert client.request("GET", "/owa/?" + "x" * 5000).status == 200
    assert gate.stop() == 0
    os.close(reader)


# Ends.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_ends_channels_with_fin_within_5_s(gate, number):
    sessions = [rpc.Session(gate.connect, auth="basic") for _ in range(5)]
    began = time.monotonic()
    gate.signal(number)
    for session in sessions:
        for client in (session.out, session.incoming):
            assert client.read_to_end() == b""  # a reset would be an error
    assert gate.wait(5) == 0
    assert time.monotonic() - began < 5


def test_stop_does_not_wait_for_a_worker_that_hangs(gate):
    os.kill(gate.children()[0], signal.SIGSTOP)
    assert gate.stop() == 0
    assert "killed" in gate.stderr


def test_quit_waits_for_channels_and_takes_no_new_ones(gate):
    channel = Channel(gate)
    with gate.connect(1, tls=False) as idle:
        assert idle.request("GET", "/owa/").status == 200
        gate.signal(signal.SIGQUIT)
        idle.expect_closed(2)
    wait_for(lambda: refuses(gate.addresses[0]), 2, lambda: "still accepting")
    calls = channel.calls
    wait_for(lambda: channel.calls > calls + 5, 5, lambda: repr(channel.error))
    assert gate.process.poll() is None
    channel.stop()
    assert gate.wait(5) == 0


def test_quit_ends_at_its_limit(casgate, text):
    gate = casgate(f"timeout drain 1s\n{text}")
    with rpc.Session(gate.connect, auth="basic") as session:
        began = time.monotonic()
        gate.signal(signal.SIGQUIT)
        assert session.out.read_to_end() == b""
        assert gate.wait(5) == 0
    assert 0.9 < time.monotonic() - began < 4


def test_term_ends_a_drain(gate):
    with rpc.Session(gate.connect, auth="basic"):
        gate.signal(signal.SIGQUIT)
        wait_for(lambda: refuses(gate.addresses[0]), 2, lambda: "still accepting")
        assert gate.stop() == 0


# The manual.


def test_every_end_is_in_the_manual():
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    table = (root / "proxy/session/end.c").read_text()
    manual = (root / "docs/man/casgate.8").read_text()
    names = re.findall(r'\[END_\w+\] = \{"([^"]+)"', table)
    assert len(names) > 15
    assert [name for name in names if f".It Li {name}\n" not in manual] == []


# The command line.


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["-x"], "-x"),
        (["-c"], "-c"),
        (["-c", "a", "-c", "b"], "twice"),
        (["-t", "-v"], "-v"),
        (["--json"], "--json"),
        (["here.conf"], "here.conf"),
    ],
)
def test_wrong_usage_is_one_clear_sentence(run, arguments, word):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("casgate: ") and word in done.stderr


def test_versions_and_help(run):
    assert run("-v").stdout.startswith("casgate ")
    told = run("-V").stdout
    for word in (
        "casgate",
        "libevent 2.",
        "OpenSSL 3.",
        "http-parser 2.9.",
        "jansson 2.",
        "libseccomp 2.",
    ):
        assert word in told
    assert "-T [--json]" in run("-h").stdout
    assert "listen" in run("-H").stdout
    assert run("-H", "listen").returncode == 0
    assert run("-H", "lisetn").returncode == 2


def test_file_that_is_not_there_is_wrong_configuration(run, tmp_path):
    for arguments in (["-t"], ["-T"], []):
        done = run("-c", str(tmp_path / "none.conf"), *arguments)
        assert done.returncode == 78
        assert "none.conf" in done.stderr
