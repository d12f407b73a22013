"""casgate and the proxies it is measured beside, each in a setting."""

import contextlib
import dataclasses
import getpass
import os
import pathlib
import signal
import socket
import subprocess
import time

from bench import certificates, clocks, machine
from bench.load import Load

CONF = pathlib.Path(__file__).resolve().parent / "conf"
FIRST = "mail.contoso.com"


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a proxy is configured for."""

    key: str = "ecdsa"
    sites: int = 1
    workers: int = 1
    private: bool = False  # no two clients share a connection to the server

    def names(self):
        return [FIRST] + [f"site-{n}.contoso.com" for n in range(1, self.sites)]


@dataclasses.dataclass(frozen=True)
class Product:
    name: str
    program: str
    version_option: str
    arguments: tuple

    def version(self):
        return machine.version_of(self.program, self.version_option)


def products(casgate):
    found = [
        Product("casgate", str(casgate), "-v", ("-c", "@CONF@")),
        Product("nginx", "/usr/sbin/nginx", "-v", ("-p", "@FOLDER@", "-c", "@CONF@")),
        Product("haproxy", "/usr/sbin/haproxy", "-v", ("-f", "@CONF@")),
        Product("hitch", "/usr/sbin/hitch", "--version", ("--config=@CONF@",)),
    ]
    return {product.name: product for product in found}


def filled(text, words):
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    return text


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Proxy:
    """A product that runs in a setting, in front of the backend."""

    def __init__(self, product, setting, place, backend_port):
        self.place = place
        self.product = product
        self.setting = setting
        self.folder = place.folder_for(product, setting)
        self.port = free_port()
        self._backend_port = backend_port
        self._start()

    def _start(self):
        words = {
            "WORKERS": self.setting.workers,
            "FOLDER": self.folder,
            "PORT": self.port,
            # A line of a configuration begins with one of these, or does not.
            "SHARED": "#" if self.setting.private else "",
            "PRIVATE": "" if self.setting.private else "#",
            "BACKEND": self._backend_port,
            "FIRST": FIRST,
            # hitch does not work as root.
            "USER": "nobody" if os.geteuid() == 0 else getpass.getuser(),
            "CERTIFICATES": self.place.certificates(self.setting),
            "CONF": self.folder / f"{self.product.name}.conf",
        }
        words["SITES"] = sites = self._sites(words)
        (self.folder / "sites.map").write_text(sites)
        conf = (CONF / f"{self.product.name}.conf").read_text()
        words["CONF"].write_text(filled(conf, words))
        command = [filled(word, words) for word in self.product.arguments]
        # haproxy's access log is its stdout.
        with open(self.folder / "stdout.log", "wb") as out:
            self._process = subprocess.Popen(
                machine.pinned(
                    machine.proxy_cores(self.setting.workers),
                    self.product.program,
                    *command,
                ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            self._wait()
            self.pids = clocks.family(self._process.pid)
            self._keep_to_cores()
            on_failure.pop_all()

    def _keep_to_cores(self):
        """Workers of hitch choose a core themselves: that of the generator,
        where a send wakes nobody elsewhere."""
        for pid in self.pids:
            os.sched_setaffinity(pid, machine.proxy_cores(self.setting.workers))

    def _sites(self, words):
        text = (CONF / f"{self.product.name}.site").read_text()
        folder = words["CERTIFICATES"]
        return "".join(
            filled(
                text,
                {
                    "NAME": name,
                    "CERTIFICATE": folder / f"{name}.pem",
                    "LISTEN": " default_server backlog=4096" if name == FIRST else "",
                    **words,
                },
            )
            for name in self.setting.names()
        )

    def _wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                time.sleep(0.2)  # workers that fork after the parent listens
                return
            time.sleep(0.02)
        said = "".join(path.read_text() for path in self.folder.glob("*.log"))
        raise RuntimeError(f"{self.product.name} does not start: {said}")

    def load(self, mode, **options):
        """bench-load through the proxy."""
        return self._load(self.port, mode, **options)

    def direct(self, mode, **options):
        """bench-load straight to the backend."""
        return self._load(self._backend_port, mode, plain=True, **options)

    def _load(self, port, mode, **options):
        cores = machine.other_cores(self.setting.workers)
        load = Load(self.place.programs, cores, port, mode, **options)
        return contextlib.closing(load)

    def cpu_s(self):
        return clocks.cpu_s(self.pids)

    def anonymous_kib(self):
        return clocks.anonymous_kib(self.pids)

    def close(self):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Place:
    """Where a run of the bench keeps things."""

    def __init__(self, folder, programs):
        self.folder = folder
        self.programs = programs

    def folder_for(self, product, setting):
        """A proxy's folder for its configuration and logs, emptied."""
        words = f"{setting.key}-{setting.sites}-{setting.workers}"
        if setting.private:
            words += "-private"
        folder = self.folder / f"{product.name}-{words}"
        folder.mkdir(exist_ok=True)
        for log in folder.glob("*.log"):
            log.unlink()
        return folder

    def certificates(self, setting):
        """The folder of a setting's certificates, made when first needed."""
        folder = self.folder / f"certificates-{setting.key}-{setting.sites}"
        if not folder.exists():
            folder.mkdir()
            for name in setting.names():
                certificates.make(folder / f"{name}.pem", name, setting.key)
        return folder
