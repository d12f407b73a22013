"""exchangelib finds alice's mailbox: exchangelib_autodiscover.py TLS_PORT PLAIN_PORT [pox|soap]

All names are sent to the loopback; REQUESTS_CA_BUNDLE names the CA. In SOAP
exchangelib 4.9 gives up at a redirect that asks for no login, so the root
domain does not exist there.
"""

import logging
import socket
import sys

from exchangelib import Credentials

try:
    from exchangelib.autodiscover.discovery import base, pox, soap

    Common = base.BaseAutodiscovery
    WAYS = {"pox": pox.PoxAutodiscovery, "soap": soap.SoapAutodiscovery}
except ImportError:  # exchangelib 5 speaks SOAP alone
    from exchangelib.autodiscover.discovery import Autodiscovery as Common

    WAYS = {"soap": Common}


def main(tls_port, plain_port, kind="pox"):
    if kind not in WAYS:
        print(f"does not speak {kind}")
        return
    ports = {443: int(tls_port), 80: int(plain_port)}

    def resolve(host, port, *_arguments, **_named):
        if kind == "soap" and host == "contoso.com":
            raise socket.gaierror("no such name")
        address = ("127.0.0.1", ports[int(port)])
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address)]

    socket.getaddrinfo = resolve
    Common._is_valid_hostname = lambda self, hostname: True
    Common._ensure_valid_hostname = lambda self, url: None
    Common._get_srv_records = lambda self, hostname: []
    logging.basicConfig(level=logging.INFO)

    discovery = WAYS[kind](
        "alice@contoso.com", Credentials("CONTOSO\\alice", "Secret-1")
    )
    answer, protocol = discovery.discover()
    print("visited:", *discovery._urls_visited)
    print("address:", answer.autodiscover_smtp_address)
    print("EWS:", protocol.service_endpoint)
    print("done")


main(*sys.argv[1:])
