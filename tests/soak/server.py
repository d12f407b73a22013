#!/usr/bin/python3
"""A stand-in Exchange that forgets what it has served, so that it may run on:
server.py --listen ADDRESS:PORT. It says when it is ready, as standin/cas.py."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from standin.cas import Cas  # noqa: E402

FORGET_S = 2


def main():
    host, _, port = sys.argv[2].rpartition(":")
    cas = Cas("cas1", (host, int(port)), answers_pings=True).start()
    print(f"{cas.name}: ready on {cas.address}", flush=True)
    while True:
        time.sleep(FORGET_S)
        cas.call(forget, cas)


def forget(cas):
    cas.requests.clear()
    cas.connections[:] = cas.open_connections
    for connection in cas.connections:
        connection.received.clear()
        connection.requests.clear()


if __name__ == "__main__":
    main()
