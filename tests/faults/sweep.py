"""Fails one call after the other while a client walks by, and looks each time
for what must hold: see Sweep.fail()."""

import contextlib
import os
import pathlib
import re
import time

from harness import PROGRAM, Casgate

from .plan import Plan, describe
from .walk import CONFIG, ORDINARY_WALK, Walk, is_served

# What whoever met the failure may still hold until its time is over.
QUIET_S = 8

# The walk and the limits of time that a failure may run into.
WALK_S = 12

# So often the access log is read.
BATCH = 20

# Allocations that a process may hold beyond what it held at first. OpenSSL's
# queue of errors keeps the text of each of its places (ERR_NUM_ERRORS) for the
# next one. LeakSanitizer tells of what is lost for good.
SLACK = {"parent": 16, "worker": 16}

# Ends of an undisturbed walk.
ORDINARY = {
    "answered",
    "replied",
    "bad request",
    "client closed",
}


# Such connections have no line in the access log. The error log counts them,
# and says so once a minute, at its end.
REFUSED = re.compile(r"refused[:,].* there was no memory|cannot accept connections")
SAYS_AGAIN_S = 60 + 5


class Failure:
    """A call that failed, and what came of it."""

    def __init__(self, sweep, role, kind, number, error):
        self.what = f"{role}, {kind} {number}: {os.strerror(error)}"
        self.name = sweep.plan.fired
        self.stack = tuple(sweep.plan.stack())
        self.results = []
        self.said = ""  # on stderr
        self.refusals_told = False
        self.ports = []
        self.wrong = []

    def describe(self, maps, program):
        lines = [f"{self.what}: {self.name} < {describe(self.stack, maps, program)}"]
        lines += [f"wrong: {wrong}" for wrong in self.wrong]
        lines += [f"client: {result}" for result in self.results]
        return "\n    ".join(lines + self.said.splitlines()[-12:])


class Sweep:
    def __init__(self, folder, certs, cas, number=1):
        certificate = certs.issue("mail.contoso.com", key="ecdsa", intermediate=True)
        self.plan = Plan(folder / f"plan-{number}", PROGRAM)
        self.gate = Casgate(
            folder,
            number,
            certs.ca,
            CONFIG.format(certificate=certificate, address=cas.address),
            env=self.plan.environment,
        )
        self.failures = []
        self._unread = []  # failures whose access log is not yet read
        self._refusals_told_until = 0
        self._heard = 0  # of stderr
        self.gate.wait_until_ready()
        maps = pathlib.Path(f"/proc/{self.gate.process.pid}/maps")
        self._maps = maps.read_text()
        self.walk = Walk(self.gate, cas)
        self._learn()

    def _learn(self):
        """What an undisturbed walk comes to, and leaves behind."""
        self.left = {}
        self._meet_a_crowd()
        for _ in range(4):
            self.expected = self.walk.run()
            for name, value in self._settle().items():
                self.left[name] = max(self.left.get(name, 0), value)
        assert self.expected == ORDINARY_WALK, (self.expected, self.gate.stderr)

    def _meet_a_crowd(self):
        """The loop keeps some memory for each descriptor it ever watched."""
        with contextlib.ExitStack() as stack:
            for _ in range(12):
                client = stack.enter_context(self.gate.connect(1, tls=False))
                client.request("GET", "/owa/")

    def numbers(self, role, kind):
        """The calls of a walk that are to fail."""
        self.plan.survey(role, kind)
        self.walk.run()
        self.plan.rest()
        self._settle()
        return self.plan.numbers()

    # What the processes hold.

    def _held(self):
        held = {role: self.plan.live(role) for role in ("parent", "worker")}
        held["parent's descriptors"] = _descriptors(self.gate.process.pid)
        for worker in self.gate.children():
            held["worker's descriptors"] = _descriptors(worker)
        return held

    def _settle(self):
        """What is held once nothing changes any more."""
        deadline = time.monotonic() + QUIET_S
        now, same = self._held(), 0
        while same < 3 and time.monotonic() < deadline:
            time.sleep(0.003)
            before, now = now, self._held()
            same = same + 1 if now == before else 0
        return now

    def _left_behind(self):
        """What is held beyond what an undisturbed walk leaves."""
        deadline = time.monotonic() + QUIET_S
        while True:
            held = self._settle()
            over = {n: v - self.left.get(n, 0) for n, v in held.items()}
            over = {n: v for n, v in over.items() if v > SLACK.get(n, 0)}
            if not over or time.monotonic() > deadline:
                return over
            time.sleep(0.02)

    # One failure.

    def fail(self, role, kind, number, error, times=1):
        """Fails that call of a walk. True unless it was not reached."""
        workers, said = self.gate.children(), len(self.gate.stderr)
        began = time.monotonic()
        self.plan.arm(role, kind, number, error, times)
        results = self.walk.run()
        self.plan.rest()
        if self.plan.fired is None:
            return False
        failure = Failure(self, role, kind, number, error)
        self.failures.append(failure)
        failure.results, failure.ports = results, self.walk.ports
        wrong = failure.wrong
        if time.monotonic() - began > WALK_S:
            wrong.append(f"it took {time.monotonic() - began:.1f} s")
        if self.gate.process.poll() is not None:
            wrong.append("the parent has ended")
        elif self.gate.children() != workers:
            wrong.append("the worker has ended")
            is_served(self.gate, 20)
            self._learn()
        else:
            self._look_around(failure)
        failure.said = self.gate.stderr[said:]
        failure.refusals_told = self._refusals_are_told()
        if results != self.expected:
            self._unread.append(failure)
        if len(self._unread) >= BATCH:
            self.read_log()
        return True

    def _refusals_are_told(self):
        """Now, or in the minute that began when some were."""
        said = self.gate.stderr
        if REFUSED.search(said, self._heard):
            self._refusals_told_until = time.monotonic() + SAYS_AGAIN_S
        self._heard = len(said)
        return time.monotonic() < self._refusals_told_until

    def interrupt(self, role, kind, number, error):
        """The same for what is no failure, as EINTR: nobody notices."""
        for _ in range(2):  # the machine may be busy
            if not self.fail(role, kind, number, error):
                return False
            if self.failures[-1].results == self.expected:
                return True
        self.failures[-1].wrong.append("somebody noticed")
        return True

    def _look_around(self, failure):
        over = self._left_behind()
        if over:
            failure.wrong.append(f"left behind: {over}")
        after = self.walk.run()
        if after != self.expected:
            after = self.walk.run()  # the machine may have been busy
        if after != self.expected:
            failure.wrong.append(f"the next client had {after}")
        elif over:
            self._learn()

    # The right end in words.

    def read_log(self):
        """Whose client met something else than usual: a log says why."""
        time.sleep(0.5)  # the access log is written in batches
        ends = {}
        for line in self.gate.access_log():
            port = int(line["client"].rpartition(":")[2])
            ends.setdefault(port, []).append(line["end"])
        for failure in self._unread:
            told = {e for port in failure.ports for e in ends.get(port, ["no line"])}
            known = failure.refusals_told or _complains(failure.said)
            if told <= ORDINARY and not known:
                failure.wrong.append(f"nobody said why: {told}")
            if "no line" in told and not known:
                failure.wrong.append("a connection has no line in the access log")
        self._unread.clear()
        self.gate.access_path.write_text("")

    def complaints(self):
        """Of the failures since the last time it was asked."""
        self.read_log()
        failures, self.failures = self.failures, []
        return [
            failure.describe(self._maps, self.plan.program)
            for failure in failures
            if failure.wrong
        ]


def _complains(said):
    return re.search(r" (error|warning): ", said)


def _descriptors(process):
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{process}/fd"))
    return 0
