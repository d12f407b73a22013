#!/usr/bin/python3
"""Functions, constants, files and tests that the documents name exist."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROXY = ROOT / "proxy"
LAYERS = {path.name for path in PROXY.iterdir() if path.is_dir()}
# Names of other people's functions, which a document may mention.
FOREIGN = {"bufferevent_openssl_set_allow_dirty_shutdown"}


def problems_of(page, code, tests):
    for word in re.findall(r"`([^`\n]+)`", page.read_text()):
        function = re.fullmatch(r"([a-z_0-9]+)\(\)", word)
        path = re.fullmatch(r"([a-z]+)/([a-z_0-9./A-Z]*)", word)
        test = re.fullmatch(r"test_[a-z_0-9]+", word)
        if function and function[1] not in FOREIGN:
            if not re.search(rf"\b{function[1]}\(", code):
                yield f"no function {word}"
        elif test:
            if f"def {word}(" not in tests:
                yield f"no test {word}"
        elif re.fullmatch(r"[A-Z]+_[A-Z_]+", word):
            if not re.search(rf"\b{word}\b", code):
                yield f"no constant {word}"
        elif path and path[1] in LAYERS:
            if not list((PROXY / path[1]).glob(f"{path[2]}*")):
                yield f"no file proxy/{word}"
        elif path and path[1] in {"tests", "docs", "conf", "proxy"}:
            if "NOUN" not in word and not (ROOT / word).exists():
                yield f"no file {word}"


def main():
    files = [*PROXY.glob("*/*.c"), *PROXY.glob("*/*.h")]
    code = "\n".join(path.read_text() for path in files)
    tests = "\n".join(p.read_text() for p in ROOT.glob("tests/integration/test_*.py"))
    pages = [ROOT / "docs" / "ARCHITECTURE.md", *ROOT.glob("docs/decisions/*.md")]
    found = [
        f"{page.relative_to(ROOT)}: {problem}"
        for page in pages
        for problem in problems_of(page, code, tests)
    ]
    print("\n".join(found) or f"{len(pages)} pages name nothing that is not there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
