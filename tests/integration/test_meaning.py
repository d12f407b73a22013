"""What `casgate -t` says of configurations whose words are right, but which
do not do what was meant: wrong certificates are errors (78), doubtful ones
and names nobody can reach are warnings (0)."""

import re
import subprocess

import pytest

CAS = "exchange cas { server cas1 127.0.0.1:9 }\n"
FORWARD = "site mail.contoso.com { forward cas }\n"


def tls_listen(*words):
    return "listen 127.0.0.1:0 tls {\n" + "".join(w + "\n" for w in words) + "}\n"


@pytest.fixture
def check(run, tmp_path):
    """check(text, line, sentence, code, at): that -t says this of that line,
    pointing at the word `at`, and how it ends."""

    def check(text, line, sentence, code, at="certificate"):
        done = run("-t", config=text, timeout=10)
        assert done.returncode == code, done.stderr
        kind = "" if code == 78 else "warning: "
        path = re.escape(str(tmp_path / "casgate.conf"))
        found = re.search(
            rf"^{path}:{line}:(\d+): {kind}(.*{re.escape(sentence)}.*)\n.*\n +\^$",
            done.stderr,
            re.MULTILINE,
        )
        assert found, f"no {sentence!r} of line {line} in:\n{done.stderr}"
        column = int(found.group(1))
        assert text.splitlines()[line - 1][column - 1 :].startswith(at)
        return done.stderr

    return check


@pytest.fixture
def openssl(tmp_path):
    def call(*arguments):
        subprocess.run(
            ["openssl", *map(str, arguments)],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            timeout=20,
        )

    return call


@pytest.fixture
def quiet(certs):
    """A file of which there is nothing to say: chain, key, and the root."""

    def issue(*names, root=True, **options):
        path = certs.issue(*names, **options)
        if root:
            path.write_bytes(path.read_bytes() + certs.ca.read_bytes())
        return path

    return issue


# Nothing to say.


def test_a_right_configuration_says_nothing(run, quiet):
    text = tls_listen(f"certificate {quiet('mail.contoso.com')}") + CAS + FORWARD
    done = run("-t", config=text)
    assert done.returncode == 0
    assert "warning" not in done.stdout + done.stderr


def test_an_intermediate_in_the_file_is_enough(run, quiet):
    chained = quiet("mail.contoso.com", root=False, intermediate=True)
    done = run("-t", config=tls_listen(f"certificate {chained}") + CAS + FORWARD)
    assert done.returncode == 0
    assert "warning" not in done.stdout + done.stderr


def test_key_and_certificate_come_in_any_order(run, certs, tmp_path):
    parts = re.findall(rb"-----BEGIN.*?-----END[^\n]*\n", certs.mail.read_bytes(), re.S)
    parts.append(certs.ca.read_bytes())
    path = tmp_path / "turned.pem"
    path.write_bytes(parts[1] + parts[0] + parts[2])
    path.chmod(0o600)
    done = run("-t", config=tls_listen(f"certificate {path}") + CAS + FORWARD)
    assert done.returncode == 0
    assert "warning" not in done.stdout + done.stderr


# Errors.


def test_a_key_that_does_not_fit(check, certs, tmp_path):
    certs.issue("mail.contoso.com", key_file="other.key")
    key = certs.folder / "other.key"
    said = check(
        tls_listen("profile modern", f"certificate {certs.mail} key {key}")
        + CAS
        + FORWARD,
        3,
        f"the key in '{key}' does not fit the certificate of "
        f"'mail.contoso.com' in '{certs.mail}'",
        78,
    )
    assert said.count("\n") < 8, "one mistake, one report"


def test_a_certificate_without_its_key(check, certs, tmp_path):
    path = certs.issue("mail.contoso.com", key_file="apart.key")
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"there is no private key in '{path}'; put it there, or say "
        f"'certificate {path} key FILE'",
        78,
    )


@pytest.mark.parametrize("kind", ["pkcs8", "traditional"])
def test_an_encrypted_key_is_never_asked_about(check, certs, openssl, tmp_path, kind):
    words = ["-traditional"] if kind == "traditional" else []
    openssl("rsa", "-in", certs.mail, "-aes128", "-passout", "pass:secret", *words,
            "-out", "locked.key")  # fmt: skip
    key = tmp_path / "locked.key"
    check(
        tls_listen(f"certificate {certs.mail} key {key}") + CAS + FORWARD,
        2,
        f"the key in '{key}' is encrypted and nobody is asked for its password; "
        f"decrypt it with 'openssl pkey -in {key} -out KEY.pem'",
        78,
    )


def test_a_pfx(check, certs, openssl, tmp_path):
    openssl("pkcs12", "-export", "-in", certs.mail, "-passout", "pass:secret",
            "-out", "mail.pfx")  # fmt: skip
    path = tmp_path / "mail.pfx"
    path.chmod(0o600)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"'{path}' is a PFX (PKCS #12) file; make PEM of it with 'openssl pkcs12",
        78,
    )


def test_a_certificate_in_der(check, certs, openssl, tmp_path):
    openssl("x509", "-in", certs.mail, "-outform", "DER", "-out", "mail.cer")
    check(
        tls_listen(f"certificate {tmp_path / 'mail.cer'}") + CAS + FORWARD,
        2,
        "is a certificate in DER; make PEM of it with 'openssl x509 -inform DER",
        78,
    )


def test_a_file_that_is_no_certificate(check, tmp_path):
    path = tmp_path / "notes.pem"
    path.write_text("renew in May\n")
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"'{path}' is no PEM file",
        78,
    )


def test_a_damaged_file(check, certs, tmp_path):
    path = tmp_path / "cut.pem"
    path.write_bytes(certs.mail.read_bytes()[:500])
    path.chmod(0o600)
    check(tls_listen(f"certificate {path}") + CAS + FORWARD, 2, f"'{path}'", 78)


def test_a_missing_file(check, tmp_path):
    path = tmp_path / "gone.pem"
    check(tls_listen(f"certificate {path}") + CAS + FORWARD, 2, str(path), 78)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
def test_a_key_that_others_may_read(check, certs, mode):
    path = certs.issue("mail.contoso.com", mode=mode)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"other users may read the key in {path}",
        78,
    )


def test_a_certificate_without_key_may_be_read_by_all(run, certs):
    path = certs.issue("mail.contoso.com", key_file="own.key")
    path.chmod(0o644)
    words = f"certificate {path} key {certs.folder / 'own.key'}"
    assert run("-t", config=tls_listen(words) + CAS + FORWARD).returncode == 0


def test_two_keys_in_one_file(check, certs, tmp_path):
    path = tmp_path / "both.pem"
    path.write_bytes(certs.mail.read_bytes() + certs.mail_ecdsa.read_bytes())
    path.chmod(0o600)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"'{path}' holds more than one key",
        78,
    )


def test_an_empty_folder(check, tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    (folder / "README").write_text("put certificates here")
    check(
        tls_listen(f"certificate {folder}") + CAS + FORWARD,
        2,
        f"no certificate with its key is in the folder '{folder}'",
        78,
    )


def test_a_fallback_that_no_certificate_covers(check, quiet):
    check(
        tls_listen(
            f"certificate {quiet('mail.contoso.com')}", "fallback mail.fabrikam.com"
        )
        + CAS
        + FORWARD,
        3,
        "no certificate of this listen covers the fallback 'mail.fabrikam.com'",
        78,
        at="mail.fabrikam.com",
    )


def test_a_server_whose_name_does_not_resolve(check):
    check(
        "listen 127.0.0.1:0\n"
        "exchange cas {\nserver cas1 cas1.invalid:80\n}\n"
        + FORWARD,
        3,
        "cas1.invalid",
        78,
        at="server",
    )


def test_several_mistakes_are_told_in_one_run(run, certs, tmp_path):
    text = (
        tls_listen(f"certificate {tmp_path / 'gone.pem'}")
        + tls_listen(f"certificate {certs.issue('a.example', mode=0o644)}")
        + "exchange cas { server cas1 cas1.invalid:80 }\n"
        + FORWARD
    )
    done = run("-t", config=text)
    assert done.returncode == 78
    assert "gone.pem" in done.stderr
    assert "other users may read" in done.stderr
    assert "cas1.invalid" in done.stderr


# Warnings.


def test_a_certificate_that_expires_soon(check, quiet):
    path = quiet("mail.contoso.com", days=12)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"the certificate of 'mail.contoso.com' in '{path}' expires in 1",
        0,
    )


def test_a_certificate_that_has_expired(check, quiet):
    check(
        tls_listen(f"certificate {quiet('mail.contoso.com', days=-1, since=-30)}")
        + CAS
        + FORWARD,
        2,
        "expired on 20",
        0,
    )


def test_a_certificate_that_is_not_valid_yet(check, quiet):
    check(
        tls_listen(f"certificate {quiet('mail.contoso.com', since=5)}") + CAS + FORWARD,
        2,
        "is not valid before 20",
        0,
    )


def test_a_weak_key(check, quiet):
    check(
        tls_listen(f"certificate {quiet('mail.contoso.com', key='weak')}")
        + CAS
        + FORWARD,
        2,
        "has a weak key of 1024 bits",
        0,
    )


def test_a_self_signed_certificate(check, openssl, tmp_path):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "90",
            "-subj", "/CN=mail.contoso.com")  # fmt: skip
    words = f"certificate {tmp_path / 'self.pem'} key {tmp_path / 'self.key'}"
    check(tls_listen(words) + CAS + FORWARD, 2, "is self-signed", 0)


def test_an_incomplete_chain(check, certs, tmp_path):
    chained = certs.issue("mail.contoso.com", intermediate=True)
    parts = re.findall(rb"-----BEGIN.*?-----END[^\n]*\n", chained.read_bytes(), re.S)
    path = tmp_path / "short.pem"
    path.write_bytes(parts[0] + parts[2])
    path.chmod(0o600)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"the chain in '{path}' is incomplete: the certificate of its issuer "
        "'casgate test intermediate' is missing",
        0,
    )


def test_a_chain_out_of_order(check, certs, tmp_path):
    chained = certs.issue("mail.contoso.com", intermediate=True)
    parts = re.findall(rb"-----BEGIN.*?-----END[^\n]*\n", chained.read_bytes(), re.S)
    path = tmp_path / "turned.pem"
    path.write_bytes(parts[1] + parts[0] + parts[2])
    path.chmod(0o600)
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        f"the certificates in '{path}' are out of order",
        0,
    )


def test_certificates_of_another_chain(check, quiet, certs, tmp_path):
    path = quiet("mail.contoso.com")
    path.write_bytes(path.read_bytes() + certs.intermediate.read_bytes())
    check(
        tls_listen(f"certificate {path}") + CAS + FORWARD,
        2,
        "holds certificates that are no part of the chain (1)",
        0,
    )


def test_a_name_that_no_certificate_covers(check, quiet):
    check(
        tls_listen(f"certificate {quiet('mail.contoso.com')}")
        + CAS
        + "site mail.contoso.com mail.fabrikam.com { forward cas }\n",
        5,
        "no certificate covers 'mail.fabrikam.com'",
        0,
        at="mail.fabrikam.com",
    )


def test_a_wildcard_does_not_cover_the_naked_domain(check, quiet):
    check(
        tls_listen(f"certificate {quiet('*.contoso.com')}")
        + CAS
        + FORWARD
        + "site contoso.com { autodiscover-redirect mail.contoso.com }\n",
        6,
        "no certificate covers 'contoso.com'",
        0,
        at="contoso.com",
    )


def test_a_site_that_no_listen_leads_to(check):
    check(
        "listen 127.0.0.1:0 { otherwise https }\n" + CAS + FORWARD,
        3,
        "no `listen` leads to the site 'mail.contoso.com'",
        0,
        at="site",
    )


def test_a_fallback_that_outlook_anywhere_will_not_like(check, quiet):
    check(
        tls_listen(
            f"certificate {quiet('autodiscover.contoso.com')}",
            f"certificate {quiet('mail.contoso.com')}",
        )
        + CAS
        + "site mail.contoso.com autodiscover.contoso.com { forward cas }\n",
        1,
        "clients without SNI get the certificate of 'autodiscover.contoso.com'",
        0,
        at="listen",
    )


def test_a_redirect_that_leads_to_nothing(check, quiet):
    check(
        "listen 127.0.0.1:0\n"
        "site contoso.com { autodiscover-redirect autodiscover.contoso.com }\n"
        "site autodiscover.contoso.com { otherwise https }\n",
        2,
        "the redirect leads to the site 'autodiscover.contoso.com'",
        0,
        at="autodiscover.contoso.com",
    )


def test_old_suites_that_the_library_lacks(check, quiet):
    check(
        tls_listen(f"certificate {quiet('mail.contoso.com')}", "profile legacy")
        + CAS
        + FORWARD,
        3,
        "has no 3DES: clients that know nothing better, as Windows XP, can't connect",
        0,
        at="legacy",
    )


# Beyond -t.


def test_warnings_do_not_stop_the_start(casgate, cas, quiet):
    soon = quiet("mail.contoso.com", days=5)
    gate = casgate(
        f"listen 127.0.0.1:0 tls {{ certificate {soon} }}\n"
        f"exchange cas {{ server cas1 {cas.address} }}\n" + FORWARD
    )
    assert re.search(r"warning: .*expires in", gate.stderr)
    with gate.connect() as client:
        assert client.request("GET", "/owa/").status == 200


def test_errors_stop_the_start(run, certs, tmp_path):
    text = tls_listen(f"certificate {tmp_path / 'gone.pem'}") + CAS + FORWARD
    done = run(config=text)
    assert done.returncode == 78
    assert "gone.pem" in done.stderr
