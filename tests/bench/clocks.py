"""What /proc knows of processes: whose children, how much time, what memory."""

import pathlib
import re
import time

CPUCLOCK_SCHED = 2  # of linux/posix-timers.h


def parent_of(stat):
    """The parent's id in the text of /proc/PID/stat; the name of a program
    may itself hold spaces and parentheses."""
    return int(stat.rpartition(")")[2].split()[1])


def anonymous_kib_of(rollup):
    """Pss_Anon in the text of /proc/PID/smaps_rollup: what a process has to
    itself, and its share of what it has in common with those it forked."""
    return int(re.search(r"^Pss_Anon:\s+(\d+) kB$", rollup, re.MULTILINE)[1])


def family(pid, proc=pathlib.Path("/proc")):
    """`pid` and all that descend from it."""
    children = {}
    for stat in proc.glob("[0-9]*/stat"):
        try:
            parent = parent_of(stat.read_text())
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, seen = [pid], 0
    while seen < len(found):
        found += children.get(found[seen], [])
        seen += 1
    return found


def cpu_s(pids):
    """User and system time of all the threads of `pids`, to the nanosecond:
    clock_getcpuclockid(3), written out."""
    return sum(time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED) for pid in pids)


def anonymous_kib(pids):
    return sum(
        anonymous_kib_of(pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())
        for pid in pids
    )
