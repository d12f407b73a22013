"""What an administrator may do wrong before a reload, and too many of them."""

import os
import signal
import socket
import threading
import time

from fault_kinds.world import stop
from harness import wait_for


def serial(gate):
    """Of the certificate that a new client is shown."""
    with gate.connect(0) as client:
        return client._tls.getpeercert()["serialNumber"]


def refused(world, spoil):
    """It says so, nothing changes, and channels notice nothing."""
    gate = world.casgate()
    channels = world.channels(gate)
    first, workers = serial(gate), gate.children()
    spoil(gate)
    gate.reload()
    gate.wait_for_stderr("reload refused: .*, the old configuration stays", 20)
    assert serial(gate) == first
    assert channels.timed_ping() < 20
    assert gate.children() == workers


def the_certificate_is_missing(world):
    refused(world, lambda gate: world.certificate.unlink())


def the_certificate_has_the_key_of_another(world):
    def spoil(gate):
        pem = world.certs.mail.read_text()
        begin = pem.index("-----BEGIN PRIVATE KEY")
        other = world.certs.autodiscover.read_text()
        key = other[other.index("-----BEGIN PRIVATE KEY") :]
        world.certificate.write_text(pem[:begin] + key)

    refused(world, spoil)


def the_certificate_is_cut_short(world):
    def spoil(gate):
        pem = world.certs.mail.read_bytes()
        cut = world.order.randrange(pem.index(b"-----END PRIVATE KEY"))
        world.certificate.write_bytes(pem[:cut])

    refused(world, spoil)


def the_certificate_is_noise(world):
    def spoil(gate):
        world.certificate.write_bytes(world.order.randbytes(5000))

    refused(world, spoil)


def the_key_may_be_read_by_others(world):
    refused(world, lambda gate: world.certificate.chmod(0o644))


def the_certificate_has_expired(world):
    """A warning: clients that look will say more."""
    gate = world.casgate()
    channels = world.channels(gate)
    expired = world.certs.issue("mail.contoso.com", key="ecdsa", since=-30, days=-1)
    world.show(expired)
    gate.reload()
    gate.wait_for_stderr("warning: .*expired", 20)
    gate.wait_for_stderr("casgate: reloaded", 20)
    gate.ca = None  # which would not have it
    assert channels.timed_ping() < 20


def the_configuration_is_missing(world):
    refused(world, lambda gate: gate.config_path.unlink())


def the_configuration_is_noise(world):
    def spoil(gate):
        gate.config_path.write_bytes(world.order.randbytes(5000))

    refused(world, spoil)


def the_configuration_is_cut_short(world):
    """Anywhere before its last block is closed."""

    def spoil(gate):
        text = gate.config_path.read_text()
        first, last = text.index("exchange"), text.rindex("}")
        gate.config_path.write_text(text[: world.order.randrange(first, last)])

    refused(world, spoil)


def the_name_of_a_server_is_unknown(world):
    def spoil(gate):
        gate.write_config(world.text(server="no-such-server.invalid:80"))

    refused(world, spoil)


def an_address_is_taken(world):
    door = world.stack.enter_context(socket.create_server(("127.0.0.1", 0)))

    def spoil(gate):
        words = "listen 127.0.0.1:%d" % door.getsockname()[1]
        gate.write_config(world.text(words))

    refused(world, spoil)


def a_hundred_reloads_in_ten_seconds(world):
    """Certificates change meanwhile; channels and requests notice nothing."""
    gate = world.casgate()
    channels = world.channels(gate)
    workers = gate.children()
    for number in range(100):
        world.show(world.order.choice([world.certs.mail, world.certs.mail_ecdsa]))
        gate.signal(signal.SIGHUP)
        if number % 10 == 0:
            assert world.get(gate) == 200
            assert channels.timed_ping() < 20
        time.sleep(0.09)
    world.show(world.certs.mail)
    gate.reload()
    assert gate.children() == workers


def reloads_come_while_a_worker_is_stopped(world):
    """They become one, as soon as it goes on."""
    gate = world.casgate()
    worker = world.order.choice(gate.children())
    stop(worker)
    for _ in range(world.order.randint(2, 20)):
        gate.signal(signal.SIGHUP)
        time.sleep(0.005)
    os.kill(worker, signal.SIGCONT)
    gate.wait_for_stderr("casgate: reloaded", 20)


def all_signals_come_at_once(world):
    """Those that do not end it."""
    gate = world.casgate()
    channels = world.channels(gate)
    everybody = [gate.process.pid, *gate.children()]
    kinds = [signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD, signal.SIGPIPE]

    def send():
        order = world.order
        for _ in range(50):
            gate.signal(order.choice(kinds))
            os.kill(order.choice(everybody), signal.SIGPIPE)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: "casgate: reloaded" in gate.stderr, 20, lambda: gate.stderr)
    assert channels.timed_ping() < 20
