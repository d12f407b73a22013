#!/usr/bin/python3
"""cmake --install puts everything in place, under any prefix and DESTDIR."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = os.environ.get("CASGATE_BUILD", str(ROOT / "build" / "dev"))
PROGRAMS = {"sbin/casgate", "bin/casgate-certs"}
COMPLETIONS = "share/bash-completion/completions"


def expected():
    """Where each file has to be, without the prefix."""
    yield from PROGRAMS
    yield "etc/casgate/casgate.conf"
    for page in (ROOT / "docs" / "man").iterdir():
        yield f"share/man/man{page.suffix[1:]}/{page.name}"
    for example in (ROOT / "conf" / "examples").glob("*.conf"):
        yield f"share/doc/casgate/examples/{example.name}"
    for name in ("README.md", "CHANGELOG.md", "LICENSE"):
        yield f"share/doc/casgate/{name}"
    for name in ("casgate", "casgate-certs"):
        yield f"{COMPLETIONS}/{name}"


def install(prefix, destination=""):
    subprocess.run(
        ["cmake", "--install", BUILD, "--prefix", str(prefix)],
        env={**os.environ, "DESTDIR": str(destination)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def problems_of(place):
    there = {str(p.relative_to(place)) for p in place.rglob("*") if p.is_file()}
    wanted = set(expected())
    yield from (f"{name} is missing" for name in sorted(wanted - there))
    yield from (f"{name} is too much" for name in sorted(there - wanted))
    for name in PROGRAMS & there:
        done = subprocess.run(
            [place / name, "-h"], capture_output=True, check=False, text=True
        )
        if done.returncode != 0 or not done.stdout:
            yield f"{name} -h does not work where it was installed"


def problems_of_completion(place):
    """What bash offers, asked as readline does."""
    for words, wanted in (
        ("casgate -", {"-c", "-t", "-T", "--json", "-v", "-V", "-h", "-H",
                      "--self-test"}),
        ("casgate-certs ", {"ca", "issue", "check", "help"}),
        ("casgate-certs issue --", {"--dir", "--out", "--days", "--rsa", "--ecdsa"}),
    ):
        program = words.split()[0]
        function = f"_{program.replace('-', '_')}"
        script = f"""
            source {place / COMPLETIONS / program}
            COMP_WORDS=({words.rsplit(' ', 1)[0]} "{words.rsplit(' ', 1)[1]}")
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            {function} && printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        if set(done.stdout.split()) != wanted:
            yield f"completion of '{words}': {done.stdout.split()} {done.stderr}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        install(folder / "plain")
        found = list(problems_of(folder / "plain"))
        found += problems_of_completion(folder / "plain")

        install("/opt/mail gate", folder / "packed")
        found += problems_of(folder / "packed" / "opt" / "mail gate")

        mine = folder / "plain" / "etc" / "casgate" / "casgate.conf"
        mine.write_text("# mine\n")
        install(folder / "plain")
        if mine.read_text() != "# mine\n":
            found.append("a second installation overwrote casgate.conf")
    print("\n".join(found) or "everything is where it belongs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
