"""The casgate that is soaked, and its servers.

mail.contoso.com      servers that do as they should: every failure counts
troubled.contoso.com  two servers that are killed, stopped and started anew
bulk.contoso.com      bench-backend, for connections by the hundred thousand
"""

import contextlib
import os
import pathlib
import shutil

from bench.load import Backend, Load
from certificates import Certificates
from fault_kinds.world import Server
from harness import PROGRAM, PROMPT, Casgate, reserved_address

PROGRAMS = pathlib.Path(PROGRAM).parent
SERVER = pathlib.Path(__file__).resolve().parent / "server.py"
NAMES = [f"{name}.contoso.com" for name in ("mail", "troubled", "bulk")]

CONFIG = """
workers 2
timeout head 5s
timeout other 5s
timeout ews 20s
timeout rpc 60s
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
exchange mail {{ server cas1 {mail} }}
exchange troubled {{
    server cas2 {troubled[0]}
    server cas3 {troubled[1]}
}}
exchange bulk {{ server cas4 127.0.0.1:{bulk} }}
site mail.contoso.com {{ forward mail }}
site troubled.contoso.com {{ forward troubled }}
site bulk.contoso.com {{ forward bulk }}
"""


class Setting:
    def __init__(self, folder):
        self._stack = contextlib.ExitStack()
        self._folder = folder
        certs = Certificates(folder)
        self._pems = [certs.issue(*NAMES, key="ecdsa") for _ in range(2)]
        self.certificate = folder / "certificate.pem"
        self.show(0)
        self.backend = Backend(PROGRAMS)
        self._stack.callback(self.backend.close)
        self.mail, *self.troubled = [self._serve() for _ in range(3)]
        self.text = CONFIG.format(
            certificate=self.certificate,
            mail=self.mail.address,
            troubled=[server.address for server in self.troubled],
            bulk=self.backend.port,
        )
        self.gate = Casgate(folder, 1, certs.ca, self.text, env=PROMPT, wait_s=60)
        self._stack.callback(self.gate.process.kill)  # should that be needed
        self.gate.wait_until_ready()
        self.workers = self.gate.children()

    def _serve(self):
        server = Server(self._stack.enter_context(reserved_address()), SERVER, [])
        self._stack.callback(server.kill)
        return server

    def show(self, number):
        """One certificate or the other, from the next reload on."""
        new = self._folder / "new.pem"
        shutil.copy(self._pems[number], new)
        new.chmod(0o600)
        new.rename(self.certificate)

    def connect(self, host):
        return self.gate.connect(sni=host, timeout_s=30)

    def load(self, mode, **options):
        """bench-load through casgate, at bulk.contoso.com."""
        cores = sorted(os.sched_getaffinity(0))
        return Load(
            PROGRAMS, cores, self.gate.port, mode, host="bulk.contoso.com", **options
        )

    def close(self):
        """What is wrong at the end, in words."""
        problems = self.gate.finish()
        self._stack.close()
        return problems
