"""The two programs of the bench: bench-backend, and bench-load driving it."""

import contextlib
import json
import subprocess

from bench import machine


class Program:
    """A program that answers a line on stdout to a line on stdin."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            words = " ".join(self.process.args)
            raise RuntimeError(f"{words}: ended with {self.process.wait()}")
        return line.rstrip("\n")

    def say(self, *words):
        print(*words, file=self.process.stdin, flush=True)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Backend(Program):
    def __init__(self, folder):
        cores = machine.other_cores(1)
        super().__init__(*machine.pinned(cores, folder / "bench-backend"))
        self.port = int(self.hear().removeprefix("listening "))


class Load(Program):
    """Has opened its connections to `port` once it is constructed.

    Options are bench-load's, e.g. connections=50, tls12=True. With `aside`, it
    yields its core to whoever else wants it.
    """

    def __init__(self, folder, cores, port, mode, aside=False, **options):
        words = []
        for name, value in options.items():
            if value is True:
                words.append(f"--{name}")
            elif value not in (None, False):
                words += [f"--{name}", value]
        command = machine.pinned(cores, folder / "bench-load", *words, mode, port)
        super().__init__(*(["chrt", "-i", "0"] if aside else []), *command)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self.close)
            self.hear()
            on_failure.pop_all()

    def begin(self, count, rate=0):
        self.say("run", count, rate)

    def outcome(self):
        return json.loads(self.hear())

    def run(self, count, rate=0):
        self.begin(count, rate)
        return self.outcome()

    def carry(self, size):
        self.say("carry", size)
        self.hear()
