"""impacket opens RPC over HTTP sessions: python3 impacket_session.py URL

URL is that of the proxy, such as https://mail.contoso.com:443/rpc/rpcproxy.dll;
prints what came of it, and ends with "done".
"""

import struct
import sys

from impacket.dcerpc.v5 import epm, transport
from impacket.uuid import uuidtup_to_bin

RPCECHO = uuidtup_to_bin(("60a15ec5-4de8-11d7-a637-005056a20182", "1.0"))


def connect(url, port):
    via = transport.DCERPCTransportFactory(f"ncacn_http:cas1.contoso.com[{port}]")
    via.set_rpc_proxy_url(url)
    via.set_credentials("alice", "Secret-1", "CONTOSO")
    session = via.get_dce_rpc()
    session.connect()
    return session


def main(url):
    session = connect(url, 6001)
    session.bind(RPCECHO)
    session.call(0, struct.pack("<L", 41))
    print("AddOne(41) =", struct.unpack_from("<L", session.recv())[0])
    data = b"z" * 100_000
    session.call(1, struct.pack("<LL", len(data), len(data)) + data)
    print("EchoData is right:", session.recv()[4:] == data)
    session.disconnect()

    mapper = connect(url, 593)
    mapper.bind(epm.MSRPC_UUID_PORTMAP)
    print("mapped:", epm.hept_map("cas1", RPCECHO, protocol="ncacn_ip_tcp", dce=mapper))
    mapper.disconnect()
    print("done")


main(sys.argv[1])
