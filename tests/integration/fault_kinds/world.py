"""What a fault that may end a casgate has to itself: one, and its server."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys

from harness import ROOT, Casgate, name_of_end, reserved_address, wait_for
from proc import descriptors
from standin import rpc
from standin.cas import Cas

CAS = ROOT / "tests" / "standin" / "cas.py"
ANYBODY = ["--anonymous", "--answer-pings"]
HEALTH = "/owa/healthcheck.htm"


def stop(process):
    """Meanwhile it sees nothing; until SIGCONT."""
    os.kill(process, signal.SIGSTOP)
    stat = pathlib.Path(f"/proc/{process}/stat")
    wait_for(
        lambda: stat.read_text().rpartition(")")[2].split()[0] == "T",
        10,
        lambda: f"{process} does not stop",
    )


class Server:
    """A stand-in Exchange in a process of its own, which can be killed."""

    def __init__(self, address, program=CAS, arguments=ANYBODY):
        self.address = address
        self._command = [sys.executable, program, "--listen", address, *arguments]
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline(), "no server"

    def stop(self):
        stop(self._process.pid)

    def go_on(self):
        self._process.send_signal(signal.SIGCONT)

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class World:
    def __init__(self, folder, certs, order, stack):
        self.folder = folder
        self.certs = certs
        self.order = order  # a random.Random
        self.stack = stack  # what is to be closed at the end
        self.visitors = stack.enter_context(contextlib.ExitStack())
        self.cas = stack.enter_context(Cas("cas1", anonymous=True, answers_pings=True))
        self.certificate = folder / "certificate.pem"
        self.show(certs.mail)
        self.gates = []
        self.at_first = {}  # process of a worker -> descriptors

    def show(self, certificate):
        """Puts another one where the configuration says."""
        shutil.copy(certificate, self.certificate)

    def text(self, *words, workers=2, server=None):
        """A configuration; `words` are more of it."""
        return "\n".join(
            [
                *words,
                f"workers {workers}",
                f"listen 127.0.0.1:0 tls {{ certificate {self.certificate} }}",
                "listen 127.0.0.1:0",
                f"exchange cas {{ server cas1 {server or self.cas.address} }}",
                "site mail.contoso.com { forward cas }\n",
            ]
        )

    def casgate(self, text=None, **options):
        gate = Casgate(
            self.folder, 1, self.certs.ca, text or self.text(), wait_s=30, **options
        )
        self.gates.append(gate)
        self.stack.callback(gate.process.kill)  # if it has not been ended by then
        gate.wait_until_ready()
        for worker in gate.children():
            self.at_first[worker] = descriptors(worker)
        return gate

    def server(self):
        server = Server(self.stack.enter_context(reserved_address()))
        self.stack.callback(server.kill)
        return server

    # Clients.

    def connect(self, gate):
        tls = self.order.random() < 0.5
        return self.visitors.enter_context(gate.connect(0 if tls else 1, tls=tls))

    def get(self, gate):
        """The status of a request on a fresh connection."""
        with self.connect(gate) as client:
            return client.request("GET", HEALTH).status

    def channels(self, gate):
        return self.visitors.enter_context(rpc.Session(gate.connect, auth=None))

    def held_by(self, worker):
        """How many clients a worker has, if each has its server."""
        return (descriptors(worker) - self.at_first[worker]) // 2

    # The oracle.

    def problems(self, ends):
        """What is wrong with it now that the fault is over, in words."""
        found = []
        for gate in self.gates:
            if gate.process.poll() is None:
                self.visitors.close()
                self.wait_for_descriptors(gate)
                assert self.get(gate) == 200
            found += gate.finish()
            lines = gate.access_log()
            found += [f"{line}" for line in lines if name_of_end(line["end"]) not in ends]
        return found

    def wait_for_descriptors(self, gate):
        """Each worker has given back what it took."""
        for worker in gate.children():
            before = self.at_first.get(worker)
            if before is not None:
                wait_for(
                    lambda: descriptors(worker) <= before,
                    20,
                    lambda: f"{descriptors(worker)} descriptors, {before} before",
                )
