"""What the demonstration needs around it: certificates, servers, casgate."""

import pathlib
import queue
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CERTIFICATES = {
    "mail.pem": "mail.contoso.com",
    "autodiscover.pem": "autodiscover.contoso.com",
    "contoso.pem": "contoso.com",
}


class Setting:
    """Starts things in order and says so; close() ends what was started."""

    def __init__(self, folder, program=None):
        self.folder = folder
        self.program = program or ROOT / "build" / "release" / "casgate"
        self.addresses = []  # of casgate: TLS, plain
        self.certificate_checks = []
        self._processes = []

    def start(self):
        print("Setting the scene")
        self._make_certificates()
        one, two = self._start_server("cas1"), self._start_server("cas2")
        text = (ROOT / "conf" / "demo" / "demo.conf").read_text()
        for word, value in (("FOLDER", self.folder), ("CAS1", one), ("CAS2", two)):
            text = text.replace(f"@{word}@", str(value))
        path = self.folder / "demo.conf"
        path.write_text(text)
        self._start_casgate(path)

    def close(self):
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                process.kill()

    def _make_certificates(self):
        """With the tool that an administrator would use."""
        tool = str(ROOT / "certs-tools" / "casgate-certs")
        self._run(tool, "ca", "--dir", self.folder)
        for file, name in CERTIFICATES.items():
            path = self.folder / file
            self._run(tool, "issue", name, "--dir", self.folder, "--out", path)
            self._run(tool, "check", path)
            print(f"  certificate  {name} ({file})")

    def _run(self, *command):
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True
        )
        if done.returncode != 0:
            words = " ".join(str(word) for word in command)
            raise RuntimeError(f"{words} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _start_server(self, name):
        address = self._start(
            f"{name}: ready on ",
            sys.executable,
            ROOT / "tests" / "standin" / "cas.py",
            "--name",
            name,
            "--answer-pings",
        ).split()[-1]
        print(f"  Exchange     {name}, a stand-in, on {address}")
        return address

    def _start_casgate(self, path):
        ready = self._start("casgate: ready on ", self.program, "-c", path)
        self.addresses = [
            (host, int(port))
            for host, _, port in (word.rpartition(":") for word in ready.split()[3:])
        ]
        tls, plain = (f"{host}:{port}" for host, port in self.addresses)
        print(f"  casgate      TLS on {tls}, plain HTTP on {plain}")

    def _start(self, expected, *command, timeout_s=15):
        """Starts a program and waits for the line it says when it is ready."""
        try:
            process = subprocess.Popen(
                [str(word) for word in command], stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise RuntimeError(f"{command[0]}: {error.strerror}") from error
        self._processes.append(process)
        lines = queue.Queue()

        def read():
            for line in process.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=timeout_s)
            except queue.Empty:
                line = None
            if line is None:
                raise RuntimeError(f"{command[0]} did not become ready")
            if line.startswith(expected):
                return line
