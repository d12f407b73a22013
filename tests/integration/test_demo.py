"""The demonstration shows what it promises."""

import subprocess
import sys

from harness import PROGRAM, ROOT


def test_the_demonstration_walks_to_its_end():
    done = subprocess.run(
        [sys.executable, ROOT / "tests/demo/demo.py", "--once", "--program", PROGRAM],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("  ok ") == 7 and "FAILED" not in done.stdout
    assert "AddOne(41) = 42" in done.stdout


def test_the_demonstration_says_what_is_missing():
    done = subprocess.run(
        [sys.executable, ROOT / "tests/demo/demo.py", "--once", "--program", "/nowhere"],
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 1
    assert "demo: /nowhere: No such file" in done.stderr
