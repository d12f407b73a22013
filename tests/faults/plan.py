"""Makes calls of a running casgate fail: see plan.h.

    plan = Plan(folder / "plan")
    gate = Casgate(..., env=plan.environment)
    plan.survey("worker", "memory")     count the calls, note their callers
    ...
    for number in plan.numbers():
        plan.arm("worker", "memory", number, errno.ENOMEM)
        ...
        plan.rest()
        plan.fired                      "malloc", or None: it was not reached
"""

import ctypes
import mmap
import os
import re
import subprocess

KINDS = (
    "nothing",
    "memory",
    "read",
    "write",
    "accept",
    "connect",
    "descriptor",
    "setting",
    "event",
    "wait",
    "files",
    "process",
    "tls",
)
ROLES = ("parent", "worker")
STACK = 32
SURVEY = 1 << 18

# All of so few calls fail in turn.
FEW = 60


class Layout(ctypes.Structure):
    """struct plan."""

    _fields_ = [
        ("kind", ctypes.c_uint32),
        ("role", ctypes.c_uint32),
        ("first", ctypes.c_uint32),
        ("times", ctypes.c_uint32),
        ("error", ctypes.c_int32),
        ("surveying", ctypes.c_uint32),
        ("count", ctypes.c_uint32),
        ("stack_depth", ctypes.c_uint32),
        ("stack", ctypes.c_uint64 * STACK),
        ("name", ctypes.c_char * 64),
        ("live", ctypes.c_int64 * len(ROLES)),
        ("survey", ctypes.c_uint32 * SURVEY),
    ]


class Plan:
    def __init__(self, path, program):
        """`program` is the casgate that is to fail; the library lies beside
        it."""
        self.program = program
        with open(path, "w+b") as file:
            file.truncate(ctypes.sizeof(Layout))
            self._memory = mmap.mmap(file.fileno(), ctypes.sizeof(Layout))
        self._plan = Layout.from_buffer(self._memory)
        library = os.path.join(os.path.dirname(program), "casgate-faults.so")
        assert os.path.exists(library), f"{library} is not built"
        # The library has to come before AddressSanitizer's. LeakSanitizer tells
        # of what it does not count as a leak, too, unless told not to.
        self.environment = {
            "LD_PRELOAD": library,
            "CASGATE_FAULTS": str(path),
            "ASAN_OPTIONS": _added("ASAN_OPTIONS", "verify_asan_link_order=0"),
            "LSAN_OPTIONS": _added("LSAN_OPTIONS", "print_suppressions=0"),
        }

    def _set(self, role, kind, first=0, error=0, times=1, surveying=False):
        plan = self._plan
        plan.kind = 0
        plan.role = ROLES.index(role)
        plan.first, plan.times, plan.error = first, times, error
        plan.surveying = surveying
        plan.count = plan.stack_depth = 0
        plan.kind = KINDS.index(kind)

    def survey(self, role, kind):
        self._set(role, kind, surveying=True)

    def arm(self, role, kind, first, error, times=1):
        """From now on: the call number `first` (from 1) of this kind fails,
        and those behind it, `times` in all."""
        self._set(role, kind, first, error, times)

    def rest(self):
        self._plan.kind = 0

    @property
    def count(self):
        return self._plan.count

    def numbers(self):
        """The calls of the survey that are to fail: all, or of many the first
        one from each place."""
        if self.count <= FEW:
            return list(range(1, self.count + 1))
        numbers = {}
        count = min(self.count, SURVEY)
        for number, place in enumerate(self._plan.survey[:count], 1):
            numbers.setdefault(place, number)
        return list(numbers.values())

    @property
    def fired(self):
        return self._plan.name.decode() if self._plan.stack_depth else None

    def live(self, role):
        """Allocations that are not yet given back."""
        return self._plan.live[ROLES.index(role)]

    # For people.

    def stack(self):
        return list(self._plan.stack[: self._plan.stack_depth])


def _added(variable, option):
    return f"{os.environ.get(variable, '')}:{option}"


def describe(stack, maps, program):
    """The frames of a stack in words; `maps` is the text of /proc/PID/maps."""
    areas = []
    for line in maps.splitlines():
        area = re.match(r"(\w+)-(\w+) \S+ (\w+) \S+ \S+\s+(/\S+)", line)
        if area:
            begin, end, offset = (int(area[n], 16) for n in (1, 2, 3))
            areas.append((begin, end, offset, area[4]))
    frames = []
    for address in stack:
        for begin, end, offset, path in areas:
            if begin <= address < end:
                frames.append((path, address - begin + offset - 1))
    return " < ".join(_name(path, offset) for path, offset in frames)


def _name(path, offset):
    command = ["addr2line", "-sfe", path, hex(offset)]
    done = subprocess.run(command, capture_output=True, text=True)
    function, _, place = done.stdout.partition("\n")
    if "?" in function:
        return f"{os.path.basename(path)}+{offset:x}"
    return f"{function} ({place.split(' ')[0].strip()})"
