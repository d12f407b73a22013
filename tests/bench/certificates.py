"""Self-signed certificates with their keys, each in a PEM file."""

import subprocess

KEYS = {
    "ecdsa": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "rsa": ["rsa:2048"],
}


def make(path, name, key):
    """A certificate for `name`, with a key as one of KEYS, at `path`."""
    parts = path.with_suffix(".key"), path.with_suffix(".crt")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *KEYS[key], "-nodes"]
        + ["-days", "90", "-subj", f"/CN={name}"]
        + ["-addext", f"subjectAltName=DNS:{name}"]
        + ["-keyout", parts[0], "-out", parts[1]],
        check=True,
        capture_output=True,
    )
    path.touch(0o600)
    path.write_text("".join(part.read_text() for part in parts))
    for part in parts:
        part.unlink()
