"""Fails a call of a casgate, or of a worker, that starts; and looks for what
must hold."""

import contextlib
import os
import re
import signal
import subprocess

from harness import FAULTS, PROGRAM, Casgate

from .plan import Plan, describe
from .walk import CONFIG, is_served

# Longer than a worker that does not answer is waited for.
START_S = 30

# Bytes that OpenSSL may lose when memory failed while it started.
OPENSSL_KEEPS = 4000

# The exit codes of a start that failed: "failed", "wrong configuration".
FAILED = {1, 78}


class Startup:
    def __init__(self, folder, certs, cas):
        certificate = certs.issue("mail.contoso.com", key="ecdsa", intermediate=True)
        self.text = CONFIG.format(certificate=certificate, address=cas.address)
        self.folder, self.ca = folder, certs.ca
        self.plan = Plan(folder / "plan", PROGRAM)
        self.fired = 0  # so many failures were met in this case

    @contextlib.contextmanager
    def _casgate(self):
        gate = Casgate(
            self.folder,
            1,
            self.ca,
            self.text,
            env=self.plan.environment,
            wait_s=START_S,
        )
        try:
            yield gate
        finally:
            if gate.process.poll() is None:
                gate.process.kill()
                gate.wait()

    def numbers(self, role, kind):
        """The calls of a start that are to fail."""
        self.fired = 0
        self.plan.survey(role, kind)
        with self._casgate() as gate:
            gate.wait_until_ready()
            self.plan.rest()
            problems = gate.finish()
            assert not problems, "\n".join(problems)
        return self.plan.numbers()

    def fail(self, role, kind, number, error):
        """None, or what is wrong, in words."""
        self.plan.arm(role, kind, number, error)
        with self._casgate() as gate:
            with contextlib.suppress(AssertionError):
                gate.wait_until_ready()
            self.plan.rest()
            maps = _maps(gate.process.pid)
            wrong = _as_served(gate) if gate.addresses else _as_failed(gate)
        self.fired += self.plan.fired is not None
        if not wrong:
            return None
        where = describe(self.plan.stack(), maps, PROGRAM)
        return (
            f"{role}, {kind} {number}: {os.strerror(error)}: {self.plan.fired}"
            f" < {where}\n    {wrong}\n{gate.stderr[-3000:]}"
        )

    def replace(self, kind, number, error):
        """The same for a worker that takes the place of one that died."""
        with self._casgate() as gate:
            gate.wait_until_ready()
            (worker,) = gate.children()
            self.plan.arm("worker", kind, number, error)
            os.kill(worker, signal.SIGKILL)
            served = is_served(gate, START_S)
            self.plan.rest()
            problems = gate.finish()
        if not served:
            problems.append(f"nobody serves after {kind} {number}\n{gate.stderr}")
        return "\n".join(problems)

    def numbers_of_replacement(self, kind):
        with self._casgate() as gate:
            gate.wait_until_ready()
            (worker,) = gate.children()
            self.plan.survey("worker", kind)
            os.kill(worker, signal.SIGKILL)
            assert is_served(gate, START_S)
            self.plan.rest()
        return self.plan.numbers()


def _maps(process):
    with contextlib.suppress(OSError):
        with open(f"/proc/{process}/maps") as file:
            return file.read()
    return ""


def _is_openssls(said):
    """OpenSSL keeps a little for good when a part of it could not start. One
    context or certificate of ours that is lost is more."""
    leaks = re.findall(r"^(?:Direct|Indirect) leak of (?:.+\n)+", said, re.M)
    lost = re.findall(r"SUMMARY: AddressSanitizer: (\d+) byte", said)
    rest = re.sub(r".*(LeakSanitizer|AddressSanitizer: \d+ byte).*", "", said)
    return (
        len(leaks) > 0
        and all("in allocate " in leak for leak in leaks)
        and max(map(int, lost)) < OPENSSL_KEEPS
        and not FAULTS.search(rest)
    )


def _as_served(gate):
    """What is wrong with one that started in spite of it."""
    problems = [] if is_served(gate, START_S) else ["it is ready and does not serve"]
    ended = gate.finish()
    return "\n".join(problems + ([] if _is_openssls(gate.stderr) else ended))


def _as_failed(gate):
    """What is wrong with one that did not start."""
    try:
        code = gate.wait(5)
    except subprocess.TimeoutExpired:
        if "casgate: started" in gate.stderr:  # what stdout was to say is lost
            return "\n".join(gate.finish())
        return f"neither ready nor ended after {START_S} s"
    if _is_openssls(gate.stderr):
        return ""
    if FAULTS.search(gate.stderr):
        return "a fault on stderr"
    if code not in FAILED:
        return f"exit code {code}"
    if not gate.stderr.strip():
        return "it ended without a word"
    return ""
