"""What strangers who test TLS for a living say: sslscan and testssl.sh, at
three listeners of one process. Neither of them may see anything of the legacy
one at the other two (R28, R37).

testssl.sh is slow: a part of it, and all of it with CASGATE_LONG=1.
"""

import json
import os
import subprocess
import xml.etree.ElementTree

import pytest

from harness import LONG

HOST = "mail.contoso.com"

# The legacy one first, so that what it allows is there to be taken over.
PROFILES = ["legacy", "modern", "intermediate"]

SUITES_1_3 = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
}
WITH_AEAD = {
    f"ECDHE-{key}-{cipher}"
    for key in ("ECDSA", "RSA")
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
}
WITH_CBC = {
    f"ECDHE-{key}-{cipher}-SHA" for key in ("ECDSA", "RSA") for cipher in ("AES128", "AES256")
}
OF_RSA = {"AES128-SHA", "AES256-SHA"}

ALLOWED = {
    "modern": {"TLSv1.3": SUITES_1_3, "TLSv1.2": WITH_AEAD},
    "intermediate": {"TLSv1.3": SUITES_1_3, "TLSv1.2": WITH_AEAD | WITH_CBC},
    "legacy": {
        "TLSv1.3": SUITES_1_3,
        "TLSv1.2": WITH_AEAD | WITH_CBC | OF_RSA,
        "TLSv1.1": WITH_CBC | OF_RSA,
        "TLSv1.0": WITH_CBC | OF_RSA,
    },
}
GROUPS = {"secp256r1 (NIST P-256)", "secp384r1 (NIST P-384)", "secp521r1 (NIST P-521)"}
GROUPS |= {"x25519", "ffdhe2048"}


@pytest.fixture
def listeners(casgate, cas, certs):
    """The ports, by profile."""
    # testssl.sh misses a way to learn of revocations, but follows none.
    options = {"intermediate": True, "revocations": "http://localhost/crl"}
    both = [certs.issue(HOST, key=key, **options) for key in ("rsa", "ecdsa")]
    gate = casgate(
        "\n".join(
            f"listen 127.0.0.1:0 tls {{ certificate {both[0]};"
            f" certificate {both[1]}; profile {profile} }}"
            for profile in PROFILES
        )
        + f"\nexchange cas {{ server cas1 {cas.address} }}\nsite * {{ forward cas }}\n"
    )
    return {p: gate.addresses[i][1] for i, p in enumerate(PROFILES)}


@pytest.mark.requirement(28, 37)
@pytest.mark.parametrize("profile", PROFILES)
def test_sslscan_sees_what_the_profile_allows_and_no_more(listeners, profile):
    done = subprocess.run(
        ["sslscan", "--xml=-", f"--sni-name={HOST}", f"127.0.0.1:{listeners[profile]}"],
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    found = xml.etree.ElementTree.fromstring(done.stdout).find("ssltest")
    suites = {}
    for cipher in found.iter("cipher"):
        suites.setdefault(cipher.get("sslversion"), set()).add(cipher.get("cipher"))
        assert cipher.get("strength") in ("acceptable", "strong"), cipher.attrib
    assert suites == ALLOWED[profile]
    assert {g.get("name") for g in found.iter("group")} <= GROUPS
    assert not [h for h in found.iter("heartbleed") if h.get("vulnerable") != "0"]
    if profile != "legacy":
        # It takes the refusal in TLS 1.0 for a success: test_tls.py knows.
        assert found.find("renegotiation").get("supported") == "0"


# Which of testssl.sh's checks: protocols, categories of ciphers, forward
# secrecy, preferences, defaults and certificates, vulnerabilities. In the
# short form protocols, preferences, renegotiation, compression, fallback,
# BEAST, LUCKY13 and FREAK.
CHECKS = ["-p", "-s", "-f", "-P", "-S", "-U"] if LONG else ["--fast", "-p", "-P"]
CHECKS += [] if LONG else ["-R", "-C", "-Z", "-A", "-L", "-F"]

# What it may fail to check: its own openssl lacks GOST and RC4, and ends too
# early to get a ticket of TLS 1.3, which test_tls.py does.
UNCHECKED = {"engine_problem", "RC4", "sessionresumption_ticket"}


# Shorter than it likes to sleep, which a busy machine may make too short.
HASTE = {"USLEEP_SND": "0.01", "USLEEP_REC": "0.02"}


def begin_testssl(folder, port, ca, haste):
    found = folder / f"{port}-{len(list(folder.iterdir()))}.json"
    words = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"]
    words += ["--ip", "127.0.0.1", "--add-ca", str(ca), "--jsonfile", str(found)]
    process = subprocess.Popen(
        ["testssl", *words, *CHECKS, f"{HOST}:{port}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, **haste},
    )
    return process, found


def end_testssl(process, found):
    process.wait(900)
    findings = json.loads(found.read_text())
    assert len(findings) > (100 if LONG else 15), findings
    return findings


def bad_ones(findings):
    """A warning is a check that could not be made."""
    return {
        f["id"]: f
        for f in findings
        if f["severity"] not in ("OK", "INFO", "LOW", "WARN")
        or f["severity"] == "WARN" and f["id"] not in UNCHECKED
    }


@pytest.mark.requirement(28, 37)
def test_testssl_finds_nothing_worse_than_low(listeners, certs, tmp_path):
    """All at once: most of the time it sleeps. What it finds must be there
    when it looks again: sometimes it is only too slow."""
    profiles = PROFILES if LONG else ["modern", "intermediate"]
    folder = tmp_path / "testssl"
    folder.mkdir()

    def begin(profile, haste):
        return begin_testssl(folder, listeners[profile], certs.ca, haste)

    running = {profile: begin(profile, {} if LONG else HASTE) for profile in profiles}
    for profile, begun in running.items():
        findings = end_testssl(*begun)
        bad = bad_ones(findings)
        if profile == "legacy":
            low = {f["id"] for f in findings if f["severity"] == "LOW"}
            assert {"TLS1", "TLS1_1"} <= low, "what it is there for"
            bad.pop("BEAST_CBC_TLS1", None)
        if bad:
            bad = bad_ones(end_testssl(*begin(profile, {}))).keys() & bad
        assert not bad, (profile, findings)
