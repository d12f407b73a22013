"""Certificates for tests: a CA, an intermediate, and what they issue."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def _new_key(kind):
    if kind == "ecdsa":
        return ec.generate_private_key(ec.SECP256R1())
    bits = 1024 if kind == "weak" else 2048
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _revocations(url):
    where = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint([where], None, None, None)]
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


class Authority:
    """One CA: its certificate and its key."""

    def __init__(self, common_name, issuer=None):
        self.key = _new_key("ecdsa")
        self.subject = _name(common_name)
        self.certificate = _sign(
            issuer or self,
            self.subject,
            self.key.public_key(),
            days=(-1, 3650),
            extensions=[(x509.BasicConstraints(ca=True, path_length=None), True)],
        )


def _sign(authority, subject, public_key, days, extensions):
    now = datetime.datetime.utcnow()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=days[0]))
        .not_valid_after(now + datetime.timedelta(days=days[1]))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(authority.key, hashes.SHA256())


class Certificates:
    """Issues into one folder; see the docstring of conftest.py."""

    def __init__(self, folder):
        self.folder = folder
        self._root = Authority("casgate test CA")
        self._intermediate = Authority("casgate test intermediate", self._root)
        self.ca = self._write("ca.pem", _pem(self._root.certificate))
        self.intermediate = self._write(
            "intermediate.pem", _pem(self._intermediate.certificate)
        )
        self._count = 0

        self.mail = self.issue("mail.contoso.com")
        self.mail_ecdsa = self.issue("mail.contoso.com", key="ecdsa")
        self.autodiscover = self.issue("autodiscover.contoso.com")
        self.contoso = self.issue("contoso.com")
        self.san = self.issue(
            "mail.contoso.com", "autodiscover.contoso.com", "contoso.com"
        )
        self.wildcard = self.issue("*.contoso.com", key="ecdsa")
        self.fabrikam = self.issue("mail.fabrikam.com", key="ecdsa")

    def issue(
        self,
        *names,
        key="rsa",
        days=365,
        since=-1,
        intermediate=False,
        file=None,
        key_file=None,
        mode=0o600,
        revocations=None,
    ):
        """A PEM of certificate, chain and key for `names` (the first is the
        CN); its path. `key` is rsa, ecdsa or weak; `days` and `since` count
        from now, so days=-1, since=-30 has expired. With `key_file` the key
        goes there instead. `revocations` is the URL of a list of them."""
        authority = self._intermediate if intermediate else self._root
        private = _new_key(key)
        extensions = [
            (x509.SubjectAlternativeName([_alternative(n) for n in names]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ]
        if revocations is not None:
            extensions.append((_revocations(revocations), False))
        certificate = _sign(
            authority,
            _name(names[0]),
            private.public_key(),
            days=(since, days),
            extensions=extensions,
        )
        chain = _pem(certificate)
        if intermediate:
            chain += _pem(self._intermediate.certificate)
        if key_file is not None:
            self._write(key_file, _key_pem(private), mode)
        else:
            chain += _key_pem(private)
        self._count += 1
        return self._write(
            file or f"{self._count:02}-{names[0].replace('*', 'wildcard')}.pem",
            chain,
            mode,
        )

    def _write(self, name, content, mode=0o600):
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(mode)
        return path
