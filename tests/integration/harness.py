"""A running casgate, seen from outside: addresses, logs, signals, its end."""

import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import time
from signal import SIGHUP, SIGTERM

from proc import resident_kib
from standin.client import Client

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.path.abspath(os.environ.get("CASGATE", ROOT / "build/dev/casgate"))

# Longer forms (./dev faults), and where what is drawn by chance begins.
LONG = bool(os.environ.get("CASGATE_LONG"))
SEED = int(os.environ.get("CASGATE_SEED", "0"))

# Lines for each configuration that does not have such a word itself.
WORDS = os.environ.get("CASGATE_WORDS", "").splitlines()

# What must never stand on stderr, whatever a test did.
FAULTS = re.compile(
    r"AddressSanitizer|LeakSanitizer|UndefinedBehavior|runtime error:|Assertion"
    r"|==\d+== "  # valgrind
    r"|worker \d+ ended by signal (?!9 |15 )"
)

# For whoever looks at its memory: what AddressSanitizer would hold back of
# what is freed looks like growth.
PROMPT = {"ASAN_OPTIONS": "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"}


def run_casgate(folder, arguments, config=None, timeout=20, env=None):
    """Runs casgate to its end. With `config`, `-c` and that text in a file
    are put in front."""
    command = [PROGRAM]
    if config is not None:
        path = folder / "casgate.conf"
        path.write_text(config)
        command += ["-c", str(path)]
    return subprocess.run(
        command + [str(a) for a in arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(env or {})},
    )


def one_group(certificate, address, *words):
    """A configuration: TLS first, then plain HTTP; mail.contoso.com is before
    the server at the address; `words` are more of it."""
    return "\n".join(
        [
            *words,
            f"listen 127.0.0.1:0 tls {{ certificate {certificate} }}",
            "listen 127.0.0.1:0",
            f"exchange cas {{ server cas1 {address} }}",
            "site mail.contoso.com { forward cas }\n",
        ]
    )


def two_groups(certs, one, two, *words):
    """A configuration: TLS first, then plain HTTP; mail.contoso.com is before
    the server at the address `one`, contoso.com before the one at `two`;
    `words` are more of it."""
    return "\n".join(
        [
            *words,
            f"listen 127.0.0.1:0 tls {{ certificate {certs.mail} }}",
            "listen 127.0.0.1:0",
            f"exchange one {{ server cas1 {one} }}",
            f"exchange two {{ server cas2 {two} }}",
            "site mail.contoso.com { forward one }",
            "site contoso.com { forward two }\n",
        ]
    )


class Casgate:
    def __init__(
        self,
        folder,
        number,
        ca,
        text,
        arguments=(),
        env=None,
        wait_s=10,
        command=(PROGRAM,),
    ):
        self.folder = folder
        self.ca = ca
        self.addresses = []
        self.access_path = folder / f"access-{number}.log"
        self.config_path = folder / f"casgate-{number}.conf"
        self.provoked = "$^"  # what of FAULTS a test brought about itself
        self._wait_s = wait_s
        self._stdout, self._stderr = [], []
        self._ready = threading.Event()
        self._stopped_with = None
        self.write_config(text)
        self.process = subprocess.Popen(
            [*command, "-c", str(self.config_path), *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
        )
        self._readers = [
            threading.Thread(target=self._collect, args=pair, daemon=True)
            for pair in (
                (self.process.stdout, self._stdout),
                (self.process.stderr, self._stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    def write_config(self, text):
        if "log access" not in text:
            text = f"log access {self.access_path} json\n{text}"
        for line in WORDS:
            if line.split()[0] not in text:
                text = f"{text.rstrip()}\n{line}\n"
        self.config_path.write_text(text)

    def _collect(self, stream, lines):
        for line in stream:
            lines.append(line)
            if line.startswith("casgate: ready on "):
                self.addresses = [_address(a) for a in line.split()[3:]]
                self._ready.set()
        self._ready.set()

    def wait_until_ready(self):
        self._ready.wait(self._wait_s)
        assert self.addresses, (
            f"casgate did not say that it is ready\n{self.stdout}\n{self.stderr}"
        )

    # What it says.

    @property
    def stdout(self):
        return "".join(self._stdout)

    @property
    def stderr(self):
        return "".join(self._stderr)

    def access_text(self):
        return self.access_path.read_text() if self.access_path.exists() else ""

    def access_log(self):
        """The lines of the access log so far, as dicts. One may be half
        written."""
        whole = self.access_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def wait_for_log(self, timeout_s=5, **fields):
        """The first line of the access log that has all these values."""
        return wait_for(
            lambda: next(
                (
                    line
                    for line in self.access_log()
                    if all(line.get(k) == v for k, v in fields.items())
                ),
                None,
            ),
            timeout_s,
            lambda: f"no line with {fields} in:\n{self.access_text()}\n{self.stderr}",
        )

    def wait_for_stderr(self, pattern, timeout_s=5):
        """The match of a regular expression in stderr, once it is there."""
        return wait_for(
            lambda: re.search(pattern, self.stderr),
            timeout_s,
            lambda: f"nothing like {pattern!r} in:\n{self.stderr}",
        )

    # Meeting it.

    @property
    def port(self):
        return self.addresses[0][1]

    def connect(self, index=0, tls=True, sni="mail.contoso.com", **options):
        """A raw client at the listener `index`."""
        return Client(
            self.addresses[index],
            tls=tls,
            sni=sni if tls else None,
            ca=self.ca,
            **options,
        )

    # Telling it.

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, text=None):
        """HUP, with another configuration; waits until it says what came of it."""
        if text is not None:
            self.write_config(text)
        before = self.stderr.count("casgate: reload")
        self.signal(SIGHUP)
        wait_for(
            lambda: self.stderr.count("casgate: reload") > before,
            self._wait_s,
            lambda: f"no answer to HUP:\n{self.stderr}",
        )

    def children(self):
        """The process ids of its workers."""
        path = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def resident_kib(self):
        """Memory of the parent and all workers."""
        return sum(map(resident_kib, [self.process.pid, *self.children()]))

    def stop(self, number=SIGTERM, timeout_s=5):
        """Ends it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait(timeout_s)

    def wait(self, timeout_s=5):
        self._stopped_with = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(timeout_s)
        return self._stopped_with

    def finish(self):
        """The end of a test: what is wrong with this process, in words."""
        problems = []
        if self._stopped_with is None:
            try:
                code = self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.wait()
                problems.append("did not end within 5 s of TERM")
            else:
                if code != 0:
                    problems.append(f"exit code {code} after TERM")
        if FAULTS.search(re.sub(self.provoked, "", self.stderr)):
            problems.append("a fault on stderr")
        return [f"{p}\n{self.stderr[-8000:]}" for p in problems]


def _address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def known_ends():
    """The names of all ends, as the program has them."""
    text = (ROOT / "proxy" / "session" / "end.c").read_text()
    return set(re.findall(r'\{"([a-z ]+)",', text))


def name_of_end(words):
    """Without the time that some tell: "idle 60m"."""
    return re.sub(r" \d+[ms]$", "", words)


def wait_for(question, timeout_s, message):
    """Asks until the answer is true, and gives it; fails in words."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, message()
        time.sleep(0.01)


@contextlib.contextmanager
def reserved_address():
    """An address where connects are refused, and where nobody listens by
    chance: only who binds it with SO_REUSEADDR."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield "%s:%d" % holder.getsockname()


@contextlib.contextmanager
def silent_address():
    """An address where connects are neither accepted nor refused."""
    with contextlib.ExitStack() as stack:
        door = stack.enter_context(socket.socket())
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        for _ in range(4):  # fill its queue
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        time.sleep(0.05)
        yield "%s:%d" % door.getsockname()
