"""What workers cannot do, on kernels that have all of the sandbox or a part."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

from harness import PROGRAM, one_group, wait_for
from proc import status_of

IS_ROOT = os.geteuid() == 0
WATCHED = "address sanitizer" in subprocess.run(
    [PROGRAM, "-V"], capture_output=True, text=True
).stdout
unwatched = pytest.mark.skipif(WATCHED, reason="LeakSanitizer looks into workers")
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root may look")


@pytest.fixture
def text(cas, certs):
    return one_group(certs.mail, cas.address, "workers 2")


@pytest.fixture
def gate(casgate, text):
    return casgate(text)


def get(gate, index=0):
    with gate.connect(index, tls=index == 0) as client:
        return client.request("GET", "/owa/").status


# The self-test.


def self_test(command=(PROGRAM,), **options):
    return subprocess.run(
        [*command, "--self-test", "sandbox"],
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def check_self_test(done):
    lines = done.stdout.splitlines()
    refused = [line for line in lines if line.startswith("refused: ")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(refused) >= 60
    assert f"{len(refused)} forbidden acts, all refused" in lines
    assert "LET THROUGH" not in done.stdout
    for act in ("open a file for reading", "start a program", "bind a port", "reboot"):
        assert any(line.startswith(f"refused: {act} (") for line in refused), act


def test_every_forbidden_act_is_refused():
    check_self_test(self_test())


@as_root
def test_every_forbidden_act_is_refused_to_an_ordinary_user():
    check_self_test(self_test(user="nobody", group="nogroup", extra_groups=[]))


@pytest.mark.parametrize(
    "arguments", [["--self-test"], ["--self-test", "box"], ["--self-test", "sandbox", "-t"]]
)
def test_other_self_tests_are_wrong_usage(run, arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert "--self-test" in done.stderr or "-t" in done.stderr


# Workers.


def test_workers_are_in_the_sandbox(gate):
    for pid in gate.children():
        status = status_of(pid)
        assert status["Seccomp"] == "2"
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == 0
    assert "sandbox" not in gate.stderr


def test_work_of_every_kind_goes_on_in_the_sandbox(gate, text):
    assert get(gate) == 200
    gate.reload(text)
    os.kill(gate.children()[0], signal.SIGKILL)
    gate.wait_for_stderr("ended by signal 9")
    wait_for(lambda: len(gate.children()) == 2, 5, lambda: gate.stderr)
    moved = gate.access_path.rename(gate.folder / "moved.log")
    gate.signal(signal.SIGUSR1)
    wait_for(gate.access_path.exists, 5, lambda: "not reopened")
    assert [get(gate, index) for index in (0, 1) * 8] == [200] * 16
    gate.wait_for_log(path="/owa/")
    assert moved.exists()
    assert [status_of(pid)["Seccomp"] for pid in gate.children()] == ["2", "2"]


def test_sandbox_can_be_off(casgate, text):
    gate = casgate(f"sandbox off\n{text}")
    for pid in gate.children():
        status = status_of(pid)
        assert status["Seccomp"] == "0"
        assert status["NoNewPrivs"] == "1"
        assert int(status["CapEff"], 16) == 0
    assert get(gate) == 200
    gate.wait_for_stderr("warning: casgate: the sandbox is off")


def test_sandbox_that_changes_takes_a_restart(gate, text):
    gate.reload(f"sandbox off\n{text}")
    gate.wait_for_stderr("`sandbox` has changed: that takes a restart")
    assert [status_of(pid)["Seccomp"] for pid in gate.children()] == ["2", "2"]


# Memory.


@unwatched
def test_memory_is_for_nobody_else_to_see(gate):
    for pid in [gate.process.pid, *gate.children()]:
        assert pathlib.Path(f"/proc/{pid}/environ").stat().st_uid == 0
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        assert re.search(r"Max core file size\s+0\s+0\s", limits)


@as_root
@unwatched
def test_a_dump_has_nothing_of_the_memory(gate):
    for pid in [gate.process.pid, *gate.children()]:
        chosen = pathlib.Path(f"/proc/{pid}/coredump_filter").read_text()
        assert int(chosen, 16) == 0


@unwatched
def test_memory_is_locked_or_that_is_said_once(gate):
    os.kill(gate.children()[0], signal.SIGKILL)
    gate.wait_for_stderr("ended by signal 9")
    wait_for(lambda: len(gate.children()) == 2, 5, lambda: gate.stderr)
    for pid in gate.children():
        # While it builds a site, the bundle is locked in any case.
        is_locked = int(status_of(pid)["VmLck"].split()[0]) > 1024
        assert gate.stderr.count("keys may reach the swap") == (0 if is_locked else 1)


@unwatched  # which makes mlock() do nothing
def test_files_with_keys_are_locked_in_the_parent(gate):
    """As far as the limit goes: the bundle is there as long as the parent."""
    assert int(status_of(gate.process.pid)["VmLck"].split()[0]) > 0


@as_root
@unwatched
def test_no_file_with_a_key_stays_in_a_worker(casgate, cas, certs):
    gate = casgate(one_group(certs.mail, cas.address, "workers 2"))
    pem = pathlib.Path(certs.mail).read_text()
    key = re.search(r"PRIVATE KEY-----\n(.*?)\n-----END", pem, re.DOTALL)[1]
    assert get(gate) == 200
    for pid in gate.children():
        memory = read_memory(pid)
        assert str(certs.mail).encode() in memory  # so it looks where it should
        assert [line for line in key.splitlines() if line.encode() in memory] == []


def read_memory(pid):
    """All that a process may read, but for the kernel's pages."""
    parts = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in open(f"/proc/{pid}/maps"):
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if rights.startswith("r") and "[v" not in line:
                memory.seek(int(start, 16))
                parts.append(memory.read(int(end, 16) - int(start, 16)))
    return b"".join(parts)


# A kernel that lacks a part.

LESSER = pathlib.Path(__file__).with_name("lesser_kernel.py")
lesser = [
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="made for x86-64"),
    pytest.mark.parametrize("part", ["Landlock", "seccomp"]),
]


def on_lesser_kernel(test):
    for mark in lesser:
        test = mark(test)
    return test


@on_lesser_kernel
def test_kernel_without_a_part_is_told_of_once(casgate, text, part):
    gate = casgate(text, command=(sys.executable, LESSER, part, PROGRAM))
    os.kill(gate.children()[0], signal.SIGKILL)
    gate.wait_for_stderr("ended by signal 9")
    wait_for(lambda: len(gate.children()) == 2, 5, lambda: gate.stderr)
    assert get(gate) == 200
    assert gate.stderr.count(f"this kernel has no {part}") == 1


@unwatched
@on_lesser_kernel
def test_self_test_tells_what_the_kernel_lacks(part):
    done = self_test(command=(sys.executable, LESSER, part, PROGRAM))
    assert f"this kernel has no {part}" in done.stdout.splitlines()
    if part == "Landlock":  # the other part still refuses everything
        check_self_test(done)
    else:
        assert done.returncode == 1
        assert "refused: open a file for reading (EACCES)" in done.stdout
        assert "LET THROUGH: change the folder (done)" in done.stdout
