"""casgate-certs: what it makes, and what it says about certificates."""

import pathlib
import ssl
import stat
import subprocess

import pytest

TOOL = pathlib.Path(__file__).parents[2] / "certs-tools" / "casgate-certs"


@pytest.fixture
def tool(tmp_path):
    """Calls casgate-certs in a folder of its own."""

    def call(*words, code=0):
        done = subprocess.run(
            [TOOL, *map(str, words)],
            cwd=tmp_path,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


@pytest.fixture
def mail(tool, tmp_path):
    """The file of a certificate for mail.contoso.com."""
    tool("ca")
    tool("issue", "mail.contoso.com")
    return tmp_path / "mail.contoso.com.pem"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def wrongs(done):
    lines = done.stdout.splitlines()
    return [line.split(maxsplit=1)[1] for line in lines if line.startswith("  WRONG")]


def blocks(path):
    """The PEM parts of a file, in order."""
    parts = path.read_text().split("-----BEGIN ")[1:]
    return [f"-----BEGIN {part}" for part in parts]


def openssl(*words):
    done = subprocess.run(
        ["openssl", *map(str, words)], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_ca_keeps_its_key_to_itself(tool, tmp_path):
    tool("ca", "--dir", "made/here", "--name", "Contoso CA", "--days", "100")
    folder = tmp_path / "made" / "here"
    assert mode(folder / "ca.key") == 0o600
    assert mode(folder / "ca.pem") == 0o644
    text = openssl("x509", "-in", folder / "ca.pem", "-noout", "-text")
    assert "Contoso CA" in text and "CA:TRUE" in text


def test_ca_that_is_there_stays(tool, tmp_path):
    tool("ca")
    before = (tmp_path / "ca.pem").read_text(), (tmp_path / "ca.key").read_text()
    assert "stays as it is" in tool("ca", code=1).stderr
    assert ((tmp_path / "ca.pem").read_text(), (tmp_path / "ca.key").read_text()) == before


def test_issued_file_serves_a_verifying_client(tool, mail, tmp_path):
    assert mode(mail) == 0o600
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(mail)
    client = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname="mail.contoso.com")
    there = server.wrap_bio(to_server, to_client, server_side=True)
    done = set()
    for _ in range(4):
        for side in (here, there):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    assert done == {here, there}


def test_issue_takes_several_names(tool, tmp_path):
    tool("ca", "--dir", "tls")
    names = ("Mail.Contoso.Com", "*.contoso.com", "contoso.com.", "192.0.2.7", "2001:db8::1")
    tool("issue", *names, "--dir", "tls", "--out", "san.pem")
    text = openssl("x509", "-in", tmp_path / "san.pem", "-noout", "-text", "-nameopt", "RFC2253")
    assert "Subject: CN=mail.contoso.com" in text
    for name in (
        "DNS:mail.contoso.com, DNS:*.contoso.com, DNS:contoso.com",
        "IP Address:192.0.2.7",
        "IP Address:2001:DB8:0:0:0:0:0:1",
    ):
        assert name in text


def test_wildcard_gets_a_harmless_file_name(tool, tmp_path):
    tool("ca")
    tool("issue", "*.contoso.com")
    assert (tmp_path / "wildcard.contoso.com.pem").exists()


@pytest.mark.parametrize("option, kind", [("--rsa", "RSA of 2048"), ("--ecdsa", "ECDSA of 256")])
def test_issue_makes_keys_of_either_kind(tool, option, kind):
    tool("ca")
    tool("issue", "mail.contoso.com", option, "--out", "mail.pem")
    assert f"the key is {kind} bits" in tool("check", "mail.pem").stdout


def test_issue_replaces_only_its_own(tool, mail, tmp_path):
    before = mail.read_text()
    tool("issue", "mail.contoso.com")
    assert mail.read_text() != before
    tool("ca", "--dir", "other")
    done = tool("issue", "mail.contoso.com", "--dir", "other", "--out", mail, code=1)
    assert "not from this CA" in done.stderr


def test_issue_without_a_ca_says_how_to_get_one(tool):
    assert "casgate-certs ca" in tool("issue", "mail.contoso.com", code=1).stderr


def test_each_openssl_line_is_shown_and_can_be_repeated(tool, tmp_path):
    shown = tool("ca", "--name", "Contoso CA").stderr
    again = tmp_path / "again"
    again.mkdir()
    script = shown.replace("$ openssl", "openssl")
    subprocess.run(["sh", "-e"], input=script, text=True, check=True, cwd=again)
    subject = openssl("x509", "-in", again / "ca.pem", "-noout", "-subject")
    assert "Contoso CA" in subject and (again / "ca.key").exists()


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "which word"),
        (("probe", "mail.contoso.com"), "no word 'probe'"),
        (("csr",), "no word 'csr'"),
        (("ca", "mail.contoso.com"), "takes no names"),
        (("ca", "--out", "x"), "no option --out"),
        (("ca", "--name", "a\nb"), "--name may hold"),
        (("ca", "--days", "soon"), "not 'soon'"),
        (("ca", "--days"), "--days wants a value"),
        (("issue",), "wants the names"),
        (("issue", "mail contoso.com"), "is no host name"),
        (("issue", "mail.*.com"), "is no host name"),
        (("issue", "a..b"), "is no host name"),
        (("issue", "x" * 65), "common name"),
        (("check",), "wants the files"),
        (("check", "a.pem", "key"), "'key' wants a file"),
    ],
)
def test_wrong_calls_say_what_is_wrong(tool, tmp_path, words, said):
    (tmp_path / "ca.pem").touch()
    (tmp_path / "ca.key").touch()
    done = tool(*words, code=2)
    assert said in done.stderr and done.stdout == ""


def test_check_tells_what_is_fine(tool, mail):
    done = tool("check", mail)
    for line in (
        "  ok     names: mail.contoso.com",
        "  ok     the key fits the certificate",
        "  ok     the key is ECDSA of 256 bits",
        "  ok     the chain is complete: 2 certificates up to CN=casgate CA",
    ):
        assert line in done.stdout.splitlines()
    assert "days left" in done.stdout and not wrongs(done)


def test_check_counts_the_days(tool):
    tool("ca")
    tool("issue", "mail.contoso.com", "--days", "20", "--out", "mail.pem")
    assert "expires soon" in tool("check", "mail.pem").stdout


def test_check_finds_a_chain_without_its_end(tool, mail):
    certificate, _, key = blocks(mail)
    mail.write_text(certificate + key)
    assert "the certificate of CN=casgate CA is missing" in wrongs(tool("check", mail, code=1))[0]


def test_check_finds_a_chain_out_of_order(tool, mail):
    certificate, ca, key = blocks(mail)
    mail.write_text(ca + certificate + key)
    found = wrongs(tool("check", mail, code=1))
    assert "the key fits certificate 2; it must stand first" in found
    assert any("is not signed by the next one" in line for line in found)


def test_check_finds_another_key(tool, mail, tmp_path):
    tool("issue", "contoso.com")
    mail.write_text("".join(blocks(mail)[:2] + blocks(tmp_path / "contoso.com.pem")[2:]))
    assert wrongs(tool("check", mail, code=1)) == ["the key does not fit the certificate"]


def test_check_takes_a_key_from_its_own_file(tool, mail, tmp_path):
    certificate, ca, key = blocks(mail)
    mail.write_text(certificate + ca)
    (tmp_path / "mail.key").write_text(key)
    (tmp_path / "mail.key").chmod(0o600)
    assert "holds no key" in wrongs(tool("check", mail, code=1))[0]
    tool("check", mail, "key", "mail.key")


def test_check_finds_a_key_that_others_can_read(tool, mail):
    mail.chmod(0o644)
    assert "chmod 600" in wrongs(tool("check", mail, code=1))[0]


def test_check_finds_an_encrypted_key(tool, mail, tmp_path):
    certificate, ca, key = blocks(mail)
    (tmp_path / "key").write_text(key)
    secret = openssl("pkey", "-in", tmp_path / "key", "-aes256", "-passout", "pass:x")
    mail.write_text(certificate + ca + secret)
    assert "is encrypted" in wrongs(tool("check", mail, code=1))[0]


def test_check_finds_a_weak_key_and_self_signature(tool, tmp_path):
    openssl(
        "req", "-x509", "-newkey", "rsa:1024", "-noenc", "-subj", "/CN=old.contoso.com",
        "-addext", "subjectAltName=DNS:old.contoso.com",
        "-keyout", tmp_path / "key", "-out", tmp_path / "certificate",
    )
    both = tmp_path / "old.pem"
    both.touch(0o600)
    both.write_text((tmp_path / "certificate").read_text() + (tmp_path / "key").read_text())
    done = tool("check", both, code=1)
    assert wrongs(done) == ["weak key: RSA of 1024 bits"]
    assert "self-signed" in done.stdout


def test_check_finds_an_expired_certificate(certs, tool):
    path = certs.issue("old.contoso.com", days=-1)
    assert "expired on" in wrongs(tool("check", path, code=1))[0]


@pytest.mark.parametrize("content", [b"", b"\x30\x82\x00\x00", b"junk\n"])
def test_check_says_what_is_no_pem(tool, tmp_path, content):
    (tmp_path / "mail.pfx").write_bytes(content)
    assert "holds no PEM certificate" in wrongs(tool("check", "mail.pfx", code=1))[0]


def test_check_finds_a_damaged_certificate(tool, mail):
    certificate, ca, key = blocks(mail)
    mail.write_text(certificate[:100] + "\n" + certificate[160:] + ca + key)
    assert wrongs(tool("check", mail, code=1)) == ["its certificate is damaged"]


def test_check_of_several_files_tells_of_each(tool, mail):
    done = tool("check", "nothing.pem", mail, code=1)
    assert wrongs(done) == ["cannot be read"]
    assert f"{mail}:" in done.stdout.splitlines()
