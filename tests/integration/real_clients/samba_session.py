"""Samba opens an RPC over HTTP session:

    python3 samba_session.py HOST:PORT plain|CA_FILE ntlm|basic

Samba's HTTP client speaks HTTP/1.0 and, with this GnuTLS, hangs on TLS 1.3
with every server (a record after the handshake stops it), so it gets 1.2.
"""

import sys

from samba.credentials import DONT_USE_KERBEROS, Credentials
from samba.dcerpc import echo
from samba.param import LoadParm


def main(proxy, ca, auth):
    settings = LoadParm()
    settings.set("log level", "1")
    settings.set("tls priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2")
    if ca != "plain":
        settings.set("tls cafile", ca)
        settings.set("tls verify peer", "ca_only")
    who = Credentials()
    who.guess(settings)
    who.set_username("alice")
    who.set_password("Secret-1")
    who.set_domain("CONTOSO")
    who.set_kerberos_state(DONT_USE_KERBEROS)
    options = [
        "6001",
        f"RpcProxy={proxy}",
        f"HttpUseTls={'false' if ca == 'plain' else 'true'}",
        f"HttpAuthOption={auth}",
        "connect",
        "ntlm",
    ]
    binding = f"ncacn_http:cas1.contoso.com[{','.join(options)}]"
    session = echo.rpcecho(binding, settings, who)
    print("AddOne(41) =", session.AddOne(41))
    data = [n & 0xFF for n in range(20_000)]
    print("EchoData is right:", session.EchoData(data) == data)
    print("done")


main(*sys.argv[1:])
