#!/usr/bin/python3
"""lesser_kernel.py PART PROGRAM ARGUMENT...: runs a program on a kernel that
has no Landlock, or no seccomp, as far as it can see: a filter of system calls
answers in the kernel's place."""

import ctypes
import errno
import os
import struct
import sys

# Landlock's numbers are the same everywhere, the other one is x86-64's.
LANDLOCK_CREATE_RULESET, PRCTL = 444, 157
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
SECCOMP_MODE_FILTER = 2


def instruction(code, value, so=0, otherwise=0):
    """One of struct sock_filter; see seccomp(2)."""
    return struct.pack("HBBI", code, so, otherwise, value)


def load(offset):
    """Of struct seccomp_data: 0 is the call, 16 its first argument."""
    return instruction(0x20, offset)


def go_on_if(value, otherwise):
    return instruction(0x15, value, 0, otherwise)


def fail(error):
    return instruction(0x06, 0x00050000 | error)


ALLOW = instruction(0x06, 0x7FFF0000)

FILTERS = {
    "Landlock": [
        load(0),
        go_on_if(LANDLOCK_CREATE_RULESET, 1),
        fail(errno.ENOSYS),
        ALLOW,
    ],
    "seccomp": [
        load(0),
        go_on_if(PRCTL, 3),
        load(16),
        go_on_if(PR_SET_SECCOMP, 1),
        fail(errno.EINVAL),
        ALLOW,
    ],
}


def install(instructions):
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(b"".join(instructions))
    head = struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 or (
        libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head) == -1
    ):
        raise OSError(ctypes.get_errno(), "no filter")


if __name__ == "__main__":
    install(FILTERS[sys.argv[1]])
    os.execv(sys.argv[2], sys.argv[2:])
