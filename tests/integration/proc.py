"""What the kernel tells of a process."""

import os
import pathlib


def status_of(pid):
    """/proc/PID/status: a text for each name."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def is_alive(pid):
    """A zombie is not."""
    try:
        return status_of(pid)["State"][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def descriptors(pid):
    """How many it has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid):
    return int(status_of(pid)["VmRSS"].split()[0])
