"""The CAS side of one exchange, driven by hand from a test."""

import asyncio
import queue
import threading
import time


class Hold:
    """Requests to one path, waiting for the test: Cas.hold()."""

    def __init__(self, loop):
        self._loop = loop
        self._waiting = queue.Queue()

    async def serve(self, visit):
        held = Held(self._loop, visit)
        self._waiting.put(held)
        await held.run()

    def next(self, timeout_s=5):
        """The next request that has arrived."""
        return self._waiting.get(timeout=timeout_s)


class Held:
    """One request; everything after its head is given as raw bytes."""

    def __init__(self, loop, visit):
        self._loop = loop
        self._visit = visit
        self._released = asyncio.Event()
        self._grown = threading.Condition()
        self.request = visit.request
        self.connection = visit.connection
        self.body = bytearray()
        self.ended = False  # the client has ended its side

    async def run(self):
        reading = self._loop.create_task(self._read())
        await self._released.wait()
        reading.cancel()

    async def _read(self):
        while True:
            try:
                data = await self._visit.reader.read(1 << 16)
            except ConnectionError:
                data = b""
            with self._grown:
                self.body += data
                self.ended = not data
                self._grown.notify_all()
            if not data:
                return

    def _call(self, function, *arguments):
        done = threading.Event()

        def run():
            function(*arguments)
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(5), "the stand-in does not answer"

    def send(self, data):
        self._call(self._visit.write, data)

    def half_close(self):
        self._call(self._visit.half_close)

    def close(self):
        self._call(self._visit.close)
        self._call(self._released.set)

    def reset(self):
        self._call(self._visit.reset)
        self._call(self._released.set)

    def stop_reading(self):
        self._call(self._visit.writer.transport.pause_reading)

    def resume_reading(self):
        self._call(self._visit.writer.transport.resume_reading)

    def unsent_bytes(self):
        """What the stand-in has written and the kernel did not take yet."""
        return self._visit.writer.transport.get_write_buffer_size()

    def wait_body(self, count, timeout_s=5):
        """Waits until so many bytes have followed the head; gives them all."""
        with self._grown:
            self._grown.wait_for(lambda: len(self.body) >= count, timeout_s)
            return bytes(self.body)

    def wait_ended(self, timeout_s=5):
        """Has the client ended its side, by then?"""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.ended or not self.connection.is_open:
                return True
            time.sleep(0.005)
        return False
