"""A proxy that mixes up its clients, in the ways that proxies do."""

import asyncio
import contextlib
import threading


class Mixing:
    """Plain HTTP in front of one server. `how` it goes wrong:

    "pool"     connections to the server serve whoever comes next, as behind
               nginx with `keepalive` and HAProxy with `http-reuse`
    "answers"  two answers under way are given to each other's client
    "requests" each request has a connection of its own
    """

    def __init__(self, server, how):
        self._server = server
        self._how = how
        self._idle = []
        self._waiting = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        opening = asyncio.start_server(self._serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(5)
        self.address = server.sockets[0].getsockname()
        return self

    def __exit__(self, *_exception):
        asyncio.run_coroutine_threadsafe(self._end_tasks(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _end_tasks(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        server = None
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                request = await read_message(reader)
                if self._how != "answers" or server is None:
                    server = await self._reach()
                server[1].write(request)
                answer = await read_message(server[0])
                if self._how == "pool":
                    self._idle.append(server)
                if self._how == "answers":
                    answer = await self._swap(answer)
                writer.write(answer)
        writer.close()

    async def _reach(self):
        if self._idle:
            return self._idle.pop(0)
        return await asyncio.open_connection(*self._server)

    async def _swap(self, answer):
        """The answer of whoever comes next, who gets this one."""
        if self._waiting is None:
            self._waiting = self._loop.create_future(), answer
            return await self._waiting[0]
        (other, others_answer), self._waiting = self._waiting, None
        other.set_result(answer)
        return others_answer


async def read_message(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    fields = head.lower().split(b"\r\n")
    if b"transfer-encoding: chunked" in fields:
        return head + await read_chunks(reader)
    (length,) = [f[15:] for f in fields if f.startswith(b"content-length:")] or [b"0"]
    return head + await reader.readexactly(int(length))


async def read_chunks(reader):
    whole = b""
    while not whole.endswith(b"\r\n0\r\n\r\n") and whole != b"0\r\n\r\n":
        whole += await reader.readuntil(b"\r\n")
    return whole
