#!/usr/bin/python3
"""hardening.py PROGRAM: has a release all that compiler and linker can do to
make a mistake in it harder to use? Read from the file itself, so that no flag
gets lost on the way."""

import platform
import re
import subprocess
import sys

# Calls that _FORTIFY_SOURCE checks, of which any program of ours has some.
CHECKED = "__snprintf_chk", "__memcpy_chk"


def output(*command):
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout


def problems_of(program):
    headers = output("readelf", "-hlW", program)
    dynamic = output("readelf", "-dW", program)
    symbols = output("readelf", "--dyn-syms", "-W", program)
    code = output("objdump", "-d", "--no-show-raw-insn", program)

    if "DYN (Position-Independent Executable" not in headers:
        yield "it is no position-independent executable"
    if "GNU_RELRO" not in headers:
        yield "what the linker relocates stays writable (no RELRO)"
    if not re.search(r"\(FLAGS_1\).*\bNOW\b", dynamic):
        yield "functions are bound late (no BIND_NOW)"
    if not re.search(r"GNU_STACK .* RW +0x", headers):
        yield "its stack is executable"
    if re.search(r"LOAD .* RWE ", headers):
        yield "a part of it is both writable and executable"
    if re.search(r"\((TEXTREL|RPATH|RUNPATH)\)", dynamic):
        yield "it has text relocations, or a search path of its own"
    if "__stack_chk_fail" not in symbols:
        yield "its stack has no canaries (-fstack-protector-strong)"
    for name in CHECKED:
        if name not in symbols:
            yield f"{name}() is not called (_FORTIFY_SOURCE)"
    yield from problems_of_code(code)


def problems_of_code(code):
    main = re.search(r"<main>:\n.*\n", code)
    if platform.machine() == "x86_64":
        # Debian's crt1.o has no mark for CET, so that programs have none.
        if not main or "endbr64" not in main[0]:
            yield "functions do not begin with endbr64 (-fcf-protection)"
        # A page of the stack is touched before the next one is taken.
        if not re.search(r"sub +\$0x1000,%rsp\n.*\bor[ql] +\$0x0,", code):
            yield "large frames skip guard pages (-fstack-clash-protection)"
    if platform.machine() == "aarch64":
        if not main or not re.search(r"\b(bti|paciasp)\b", main[0]):
            yield "functions do not begin with bti (-mbranch-protection)"


def main(program):
    problems = list(problems_of(program))
    for problem in problems:
        print(f"{program}: {problem}")
    return 1 if problems else 0


sys.exit(main(sys.argv[1]))
