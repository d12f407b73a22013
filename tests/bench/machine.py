"""Where the bench runs: which cores for whom, and what is to be told of it."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

CORES = sorted(os.sched_getaffinity(0))


def proxy_cores(workers):
    """The last ones; what drives the proxy has the others."""
    return CORES[-workers:]


def other_cores(workers):
    """Those that the proxy leaves. If it takes all, they are shared."""
    return CORES[:-workers] or CORES


def pinned(cores, *command):
    return ["taskset", "-c", ",".join(map(str, cores)), *map(str, command)]


def version_of(*command):
    """The version in what a program says of itself."""
    said = subprocess.run(command, capture_output=True, text=True)
    return re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)[0]


def describe():
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    release = platform.freedesktop_os_release()
    return {
        "date": datetime.date.today().isoformat(),
        "processor": model[1] if model else platform.machine(),
        "cores": len(CORES),
        "system": release.get("PRETTY_NAME", platform.system()),
        "kernel": platform.release(),
        "openssl": version_of("openssl", "version"),
    }
