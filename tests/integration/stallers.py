#!/usr/bin/python3
"""Many clients that send a byte now and then, and never come to an end.

    stallers.py head|handshake HOST PORT COUNT EVERY_S PATIENCE_S

Says "ready" when all are connected, and at the end, as JSON, how many were
left and how long it took the server to be rid of one at most. A process of its
own, so that it takes no time from those who measure.
"""

import contextlib
import json
import selectors
import socket
import ssl
import sys
import time


def hello():
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    shy = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="mail.contoso.com")
    with contextlib.suppress(ssl.SSLWantReadError):
        shy.do_handshake()
    return outgoing.read()


BEGINNINGS = {
    "head": b"GET /rpc/ HTTP/1.1\r\nHost: mail.contoso.com\r\nX-Endless: " + b"a" * 1000,
    "handshake": hello(),
}
AT_ONCE = {"head": 30, "handshake": 6}


class Stallers:
    def __init__(self, kind, address, count):
        self.selector = selectors.DefaultSelector()
        self.bytes = BEGINNINGS[kind]
        self.at = AT_ONCE[kind]
        self.longest_s = 0.0
        for _ in range(count):
            connection = socket.create_connection(address)
            connection.setblocking(False)
            connection.send(self.bytes[: self.at])
            self.selector.register(connection, selectors.EVENT_READ, time.monotonic())

    @property
    def left(self):
        return len(self.selector.get_map())

    def drip(self):
        """One byte more from each."""
        for key in list(self.selector.get_map().values()):
            with contextlib.suppress(OSError):
                key.fileobj.send(self.bytes[self.at : self.at + 1])
        self.at += 1

    def notice_ends(self, until):
        while self.left > 0 and (wait_s := until - time.monotonic()) > 0:
            for key, _ in self.selector.select(wait_s):
                self._notice(key)

    def _notice(self, key):
        """An answer that says no may come first."""
        try:
            if key.fileobj.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.longest_s = max(self.longest_s, time.monotonic() - key.data)
        self.selector.unregister(key.fileobj)
        key.fileobj.close()


def main(kind, host, port, count, every_s, patience_s):
    stallers = Stallers(kind, (host, int(port)), int(count))
    print("ready", flush=True)
    end = time.monotonic() + float(patience_s)
    while stallers.left > 0 and time.monotonic() < end:
        stallers.notice_ends(time.monotonic() + float(every_s))
        stallers.drip()
    print(json.dumps({"left": stallers.left, "longest_s": stallers.longest_s}))


if __name__ == "__main__":
    main(*sys.argv[1:])
