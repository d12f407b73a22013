"""Logs whose reader or disk has had enough: no client notices, and what was
lost is told, to the line."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from fault_kinds.world import HEALTH, stop
from harness import PROGRAM, wait_for

LONG = HEALTH + "?" + "x" * 5000
LOST = re.compile(r"(\d+) lines for the log \S+ are lost|too slow, (\d+) lines are lost")


def ask(world, gate, count):
    """So many requests on one connection: so many lines, and its own."""
    with world.connect(gate) as client:
        for _ in range(count):
            assert client.request("GET", LONG).status == 200


def lost(gate):
    return sum(int(a or b) for a, b in LOST.findall(gate.stderr))


def lines_of(log):
    """Those that are whole: one that a full disk cut short is a lost one."""
    return [line for line in log.read_text().splitlines() if line.endswith("}")]


def expect_all(world, gate, log, asked):
    """Every line is in the log, or is told to be lost. Further requests bring
    the reader news until both are known."""
    asked += 1  # the end of the connection

    def accounted():
        nonlocal asked
        if len(lines_of(log)) + lost(gate) == asked:
            return True
        ask(world, gate, 1)
        asked += 2
        time.sleep(0.5)

    wait_for(
        accounted,
        20,
        lambda: f"{asked} lines: {len(lines_of(log))} read, {lost(gate)} lost",
    )
    gate.access_path.write_text("\n".join(lines_of(log)))


# The disk.


def need_mounts():
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")


@contextlib.contextmanager
def small_disk(world, size):
    need_mounts()
    folder = world.folder / "disk"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
    subprocess.run(words, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def the_disk_of_the_access_log_is_full(world):
    """And has room again later."""
    disk = world.stack.enter_context(small_disk(world, "400k"))
    disk.chmod(0o755)
    log, other = disk / "access.log", disk / "other"
    other.write_bytes(bytes(200_000 + world.order.randrange(4096)))
    gate = world.casgate(world.text(f"log access {log} json"))
    asked = 100
    ask(world, gate, asked)
    wait_for(lambda: shutil.disk_usage(disk).free == 0, 10, lambda: "not full")
    other.unlink()
    expect_all(world, gate, log, asked)
    assert lost(gate) > 0


def the_disk_of_the_error_log_is_full(world):
    disk = world.stack.enter_context(small_disk(world, "16k"))
    log, other = disk / "error.log", disk / "other"
    gate = world.casgate(world.text(f"log error {log}"))
    with contextlib.suppress(OSError):
        other.write_bytes(bytes(16384))
    for _ in range(15):  # its last page has room for some
        gate.signal(signal.SIGHUP)
        assert world.get(gate) == 200
        time.sleep(0.1)
    other.unlink()
    for _ in range(2):  # one has room to tell of the others
        gate.signal(signal.SIGHUP)
        time.sleep(0.5)
    wait_for(lambda: " are lost" in log.read_text(), 20, log.read_text)


def the_device_of_the_access_log_is_full(world):
    gate = world.casgate(world.text("log access /dev/full json"))
    ask(world, gate, world.order.randint(1, 300))
    gate.reload()


# The reader.


@contextlib.contextmanager
def reader(path):
    """A process that reads a fifo, and what it has read."""
    copy = path.with_suffix(".copy")
    with open(copy, "wb") as to:
        process = subprocess.Popen(["cat", path], stdout=to)
    try:
        yield process, copy
    finally:
        process.kill()
        process.wait()


def fifo(world, name="log"):
    path = world.folder / name
    os.mkfifo(path)
    return path


def the_reader_of_the_access_log_is_stopped(world):
    """More is written meanwhile than all queues hold."""
    pipe = fifo(world)
    process, copy = world.stack.enter_context(reader(pipe))
    gate = world.casgate(world.text(f"log access {pipe} json"))
    stop(process.pid)
    asked = world.order.randint(400, 600)
    ask(world, gate, asked)
    process.send_signal(signal.SIGCONT)
    expect_all(world, gate, copy, asked)
    assert lost(gate) > 0


def the_log_is_reloaded_while_its_reader_is_stopped(world):
    """A reload opens the log anew; lines that wait are not forgotten."""
    pipe = fifo(world)
    process, copy = world.stack.enter_context(reader(pipe))
    gate = world.casgate(world.text(f"log access {pipe} json"))
    stop(process.pid)
    asked = world.order.randint(100, 200)
    ask(world, gate, asked)
    # The last line, that of the connection's end, has its way to go.
    time.sleep(1)
    gate.signal(world.order.choice([signal.SIGHUP, signal.SIGUSR1]))
    gate.reload()
    process.send_signal(signal.SIGCONT)
    expect_all(world, gate, copy, asked)


def the_reader_of_the_access_log_is_killed(world):
    """Another one takes its place."""
    pipe = fifo(world)
    with reader(pipe) as (process, _):
        gate = world.casgate(world.text(f"log access {pipe} json"))
        ask(world, gate, 10)
        process.kill()
        process.wait()
        ask(world, gate, 10)
    _, copy = world.stack.enter_context(reader(pipe))

    def heard():
        ask(world, gate, 1)
        return copy.read_text()

    wait_for(heard, 20, lambda: "nothing is read")
    gate.wait_for_stderr(LOST, 20)


def the_reader_of_the_error_log_is_stopped(world):
    pipe = fifo(world)
    process, copy = world.stack.enter_context(reader(pipe))
    gate = world.casgate(world.text(f"log error {pipe}"))
    stop(process.pid)
    for _ in range(20):
        gate.signal(signal.SIGHUP)
        assert world.get(gate) == 200
    process.send_signal(signal.SIGCONT)
    gate.signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in copy.read_text(), 20, copy.read_text)


JOURNAL = """
mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal &&
touch /run/systemd/journal/socket &&
mount --bind "$0" /run/systemd/journal/socket && exec "$@"
"""


def the_journal_is_not_read(world):
    """A datagram socket whose queue is full; the journal reads on only later."""
    need_mounts()
    path = world.folder / "socket"
    journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    world.stack.enter_context(journal).bind(str(path))
    journal.settimeout(20)
    command = ["unshare", "-m", "sh", "-c", JOURNAL, str(path), PROGRAM]
    gate = world.casgate(world.text("log error journald"), command=command)
    for _ in range(20):
        gate.signal(signal.SIGHUP)
        assert world.get(gate) == 200
    world.certificate.unlink()
    gate.signal(signal.SIGHUP)
    while b"reload refused" not in journal.recv(65536):
        pass


# Rotation.


def the_log_cannot_be_opened_anew(world):
    """Its folder is gone: the old file goes on."""
    folder = world.folder / "logs"
    folder.mkdir()
    log = folder / "access.log"
    gate = world.casgate(world.text(f"log access {log} json"))
    moved = folder.rename(world.folder / "moved") / "access.log"
    gate.signal(signal.SIGUSR1)
    gate.wait_for_stderr("the old log stays", 20)
    ask(world, gate, 1)
    wait_for(lambda: len(lines_of(moved)) == 2, 20, moved.read_text)


def the_log_is_rotated_all_the_time(world):
    """Each line is in one of the files."""
    gate = world.casgate()
    files, asked = [], 0
    for number in range(20):
        ask(world, gate, 5)
        asked += 6
        if gate.access_path.exists():
            moved = gate.access_path.with_suffix(f".{number}")
            files.append(gate.access_path.rename(moved))
        gate.signal(signal.SIGUSR1)

    def lines():
        now = [gate.access_path] if gate.access_path.exists() else []
        return sum(len(lines_of(file)) for file in files + now)

    wait_for(lambda: lines() == asked, 20, lambda: f"{lines()} lines of {asked}")
