"""Misbehaviour, step by step: what Cas.script() takes.

    cas.script("/owa/", read_body(), send(b"HTTP/1.1 200 OK\\r\\n"), reset())

After the last step the connection is closed, unless that step was keep().
"""

import asyncio


def send(data):
    """These bytes, as they are."""

    async def step(visit):
        visit.write(data)
        await visit.drain()

    return step


def slowly(data, bytes_at_once=1, pause_s=0.01):
    """These bytes, a few at a time."""

    async def step(visit):
        for at in range(0, len(data), bytes_at_once):
            visit.write(data[at : at + bytes_at_once])
            await asyncio.sleep(pause_s)

    return step


def pause(seconds):
    async def step(_visit):
        await asyncio.sleep(seconds)

    return step


def read_body():
    """All of the request's body."""

    async def step(visit):
        await visit.read_body()

    return step


def read(count):
    """So many bytes of what follows the head."""

    async def step(visit):
        await visit.read_exactly(count)

    return step


def wait_for_end():
    """Reads, without understanding, until the client has ended."""

    async def step(visit):
        while await visit.reader.read(1 << 16):
            pass

    return step


def stall():
    """Says nothing for as long as the client stays."""

    async def step(visit):
        while visit.connection.is_open and not visit.cas.stopping:
            await asyncio.sleep(0.02)

    return step


def half_close():
    async def step(visit):
        visit.half_close()

    return step


def close():
    async def step(visit):
        visit.close()

    return step


def reset():
    async def step(visit):
        await visit.drain()
        visit.reset()

    return step


def keep():
    """As the last step: the connection goes on with its next request."""

    async def step(visit):
        visit.keeps = True

    step.keeps = True
    return step


GARBAGE = b"\x00\xff\x16\x03\x01 this is not HTTP \r\n\r\n\x80\x81"


def garbage():
    return send(GARBAGE)
