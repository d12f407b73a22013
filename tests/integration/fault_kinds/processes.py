"""Workers, the parent, and servers that are killed or stopped."""

import contextlib
import os
import signal
import time

from fault_kinds.world import HEALTH, stop
from harness import wait_for
from proc import is_alive
from standin.client import Closed

GET = f"GET {HEALTH} HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n".encode()


def clients_of(world, gate, count=8):
    """So many, each of which was served once."""
    clients = [world.connect(gate) for _ in range(count)]
    for client in clients:
        assert client.request("GET", HEALTH).status == 200
    return clients


def still_served(clients):
    """How many are served once more."""
    count = 0
    for client in clients:
        try:
            count += client.request("GET", HEALTH).status == 200
        except (OSError, Closed):
            pass
    return count


def wait_for_successor(gate, count, of):
    wait_for(
        lambda: len(gate.children()) == count and of not in gate.children(),
        20,
        lambda: f"not replaced\n{gate.stderr}",
    )


# Workers.


def one_dies(world, gate, number):
    """Its clients are gone with it, those of the other one notice nothing."""
    clients = clients_of(world, gate)
    victim = world.order.choice(gate.children())
    (other,) = set(gate.children()) - {victim}
    kept = world.held_by(other)
    os.kill(victim, number)
    gate.wait_for_stderr(rf"worker \d ended by signal {int(number)} ", 20)
    wait_for_successor(gate, 2, victim)
    assert other in gate.children()
    assert still_served(clients) == kept


def a_worker_is_killed(world):
    one_dies(world, world.casgate(), signal.SIGKILL)


def a_worker_crashes(world):
    gate = world.casgate(env={"ASAN_OPTIONS": "handle_segv=0"})
    gate.provoked = r"worker \d ended by signal 11 "
    one_dies(world, gate, signal.SIGSEGV)


def a_worker_is_stopped_for_a_while(world):
    """The kernel goes on giving it connections: these wait."""
    gate = world.casgate()
    clients = clients_of(world, gate)
    worker = world.order.choice(gate.children())
    stop(worker)
    clients += [
        world.visitors.enter_context(gate.connect(1, tls=False)) for _ in range(8)
    ]
    for client in clients:
        client.send(GET)
    time.sleep(world.order.choice([0, 0.2]))
    os.kill(worker, signal.SIGCONT)
    assert [client.read_response().status for client in clients] == [200] * 16


def a_worker_is_killed_while_it_is_stopped(world):
    """Clients that wait for it are served by its successor."""
    gate = world.casgate(world.text(workers=1))
    (worker,) = gate.children()
    stop(worker)
    with gate.connect(1, tls=False) as client:
        client.send(GET)
        os.kill(worker, signal.SIGKILL)
        assert client.read_response().status == 200


def all_workers_are_killed(world):
    gate = world.casgate()
    clients = clients_of(world, gate)
    for worker in gate.children():
        os.kill(worker, signal.SIGKILL)
    assert world.get(gate) == 200
    assert still_served(clients) == 0


def a_worker_is_killed_in_a_reload(world):
    gate = world.casgate()
    clients = clients_of(world, gate)
    victim = world.order.choice(gate.children())
    gate.signal(signal.SIGHUP)
    time.sleep(world.order.random() * 0.05)
    os.kill(victim, signal.SIGKILL)
    wait_for_successor(gate, 2, victim)
    gate.wait_for_stderr("casgate: reloaded", 20)
    still_served(clients)


# The parent.


def the_parent_is_killed(world):
    """No worker lingers."""
    gate = world.casgate()
    clients_of(world, gate)
    workers = gate.children()
    gate.process.kill()
    gate.wait()
    wait_for(lambda: not any(map(is_alive, workers)), 10, lambda: "they linger")


def the_parent_is_killed_while_a_worker_is_stopped(world):
    gate = world.casgate()
    clients_of(world, gate)
    workers = gate.children()
    stop(workers[0])
    gate.process.kill()
    gate.wait()
    # The kernel may have done so: a stopped one in an orphaned group.
    with contextlib.suppress(ProcessLookupError):
        os.kill(workers[0], signal.SIGCONT)
    wait_for(lambda: not any(map(is_alive, workers)), 10, lambda: "they linger")


def the_parent_is_stopped_for_a_while(world):
    """Its workers do without it, and what they log waits for it."""
    gate = world.casgate()
    stop(gate.process.pid)
    with world.connect(gate) as client:
        for _ in range(world.order.randint(1, 300)):
            assert client.request("GET", HEALTH).status == 200
    os.kill(gate.process.pid, signal.SIGCONT)
    gate.reload()


def the_parent_is_told_to_stop_in_a_reload(world):
    gate = world.casgate()
    clients_of(world, gate)
    gate.signal(signal.SIGHUP)
    time.sleep(world.order.random() * 0.05)
    assert gate.stop(timeout_s=20) == 0


# Servers.

PATIENCE = "timeout other 3s"


def a_server_is_killed_between_requests(world):
    server = world.server()
    gate = world.casgate(world.text(server=server.address))
    clients = clients_of(world, gate)
    server.kill()
    for client in clients:
        client.expect_closed(20)
    server.start()


def a_server_is_killed_in_its_answer(world):
    server = world.server()
    gate = world.casgate(world.text(server=server.address))
    client = world.connect(gate)
    client.send(GET.replace(HEALTH.encode(), b"/standin/bytes/900000000"))
    assert client.read_head().status == 200
    client.read_exactly(world.order.randrange(1, 1 << 20))
    server.kill()
    try:
        client.read_to_end(20)
    except (OSError, Closed):
        pass
    server.start()


def a_server_is_killed_with_its_channels(world):
    server = world.server()
    gate = world.casgate(world.text(server=server.address))
    channels = world.channels(gate)
    assert channels.timed_ping() < 20
    server.kill()
    channels.out.expect_closed(20)
    channels.incoming.expect_closed(20)
    server.start()


def a_server_is_stopped(world):
    """It still connects, for the kernel does that; but says nothing."""
    server = world.server()
    gate = world.casgate(world.text(PATIENCE, server=server.address))
    server.stop()
    client = world.connect(gate)
    client.send(b"GET /standin/head HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
    client.expect_closed(20)
    server.go_on()


def a_server_is_stopped_for_a_while(world):
    server = world.server()
    gate = world.casgate(world.text(server=server.address))
    clients = clients_of(world, gate)
    server.stop()
    for client in clients:
        client.send(GET)
    time.sleep(world.order.random() * 0.5)
    server.go_on()
    assert [client.read_response().status for client in clients] == [200] * 8


def a_server_is_started_anew(world):
    """Clients are told 503 while it is away, and not for long."""
    server = world.server()
    gate = world.casgate(world.text(server=server.address))
    assert world.get(gate) == 200
    server.kill()
    assert world.get(gate) == 503
    server.start()
    wait_for(lambda: world.get(gate) == 200, 20, gate.access_text)


def all_servers_are_gone(world):
    servers = [world.server() for _ in range(3)]
    group = "\n".join(f"server cas{n} {s.address}" for n, s in enumerate(servers))
    text = world.text().replace(f"server cas1 {world.cas.address}", f"\n{group}\n")
    gate = world.casgate(text)
    for server in servers:
        assert world.get(gate) == 200
        server.kill()
    assert world.get(gate) == 503
    servers[0].start()
    wait_for(lambda: world.get(gate) == 200, 20, gate.access_text)
