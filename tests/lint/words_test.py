#!/usr/bin/python3
"""Each word of the configuration is explained wherever a reader looks for it,
and so is each way in which a connection ends."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CASGATE_BUILD", ROOT / "build" / "dev"))


def words():
    """Pairs of a word, perhaps of two parts, and its line of help."""
    done = subprocess.run(
        [BUILD / "casgate", "-H"], capture_output=True, text=True, check=True
    )
    for line in done.stdout.splitlines():
        word, _, told = line.strip().partition("  ")
        if word:
            yield word, told.strip()


def ends():
    text = (ROOT / "proxy" / "session" / "end.c").read_text()
    return re.findall(r'\[END_[A-Z_]+\] = \{"([^"]+)"', text)


def page(name):
    """A manual page as it is read, in one line."""
    done = subprocess.run(
        ["mandoc", "-T", "ascii", ROOT / "docs" / "man" / name],
        capture_output=True, text=True, check=True,
    )
    return re.sub(r"\s+", " ", re.sub(".\b", "", done.stdout))


def configurations():
    """All of conf/, with what stands in comments."""
    files = sorted((ROOT / "conf").rglob("*.conf"))
    return "\n".join(path.read_text() for path in files)


def uses(word, text):
    parts = r"[ \t]+".join(map(re.escape, word.split()))
    return re.search(rf"(^[ \t#]*|[{{;][ \t]*){parts}\b(?!-)", text, re.MULTILINE)


def problems():
    manual, ends_manual, files = page("casgate.conf.5"), page("casgate.8"), configurations()
    all_words = dict(words())
    if len(all_words) < 20:
        yield f"casgate -H tells of {len(all_words)} words only"
    for word, told in all_words.items():
        if not told:
            yield f"{word}: casgate -H says nothing about it"
        if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", manual):
            yield f"{word}: casgate.conf(5) does not explain it"
        if not uses(word, files):
            yield f"{word}: no file in conf/ shows it"
        done = subprocess.run([BUILD / "casgate", "-H", word], capture_output=True)
        if done.returncode != 0 or not done.stdout.strip():
            yield f"{word}: casgate -H {word} says nothing"
    for end in ends():
        if end not in ends_manual:
            yield f"'{end}' ends a connection, and casgate(8) does not explain it"


def main():
    found = list(problems())
    print("\n".join(found) or "every word and every end is explained")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
