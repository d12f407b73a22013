"""The virtual directories of a CAS: which path is answered how.

Each takes a Visit whose request is allowed in; `anonymous` ones need nobody.
"""

import asyncio
import re
from urllib.parse import parse_qs

from . import autodiscover, bulk, rpcproxy, steps

XML = "text/xml; charset=utf-8"


async def health(visit):
    body = f"200 OK<br/>{visit.cas.name.upper()}.CONTOSO.COM"
    await visit.answer(200, body.encode())


async def autodiscover_xml(visit):
    await visit.expect()
    body = await visit.read_body()
    if visit.request.method == "POST":
        await visit.answer(200, autodiscover.pox(body), XML)
    else:
        await visit.answer(200, autodiscover.invalid_request(), XML)


async def autodiscover_svc(visit):
    await visit.expect()
    await visit.read_body()
    fields = [("X-AutoDiscovery-Error", "LiveIdBasicAuth:FederatedStsUnreachable")]
    await visit.answer(200, autodiscover.soap(), XML, fields=fields)


async def autodiscover_json(visit):
    await visit.answer(200, autodiscover.json(), "application/json; charset=utf-8")


async def ews(visit):
    """A SOAP answer; `?chunks=N&pause=S` streams notifications, as
    GetStreamingEvents does: chunks with silence between them."""
    await visit.expect()
    await visit.read_body()
    asked = parse_qs(visit.request.query)
    count = int(asked.get("chunks", ["1"])[0])
    pause_s = float(asked.get("pause", ["0"])[0])
    visit.head(200, [("Content-Type", XML), ("Transfer-Encoding", "chunked")])
    for number in range(count):
        if number:
            await asyncio.sleep(pause_s)
        visit.chunk(f"<Envelope><Notification n='{number}'/></Envelope>".encode())
        await visit.drain()
    visit.write(b"0\r\n\r\n")


async def mapi(visit):
    """MAPI over HTTP (MS-OXCMAPIHTTP 2.2.3.3.5): PENDING while it works."""
    await visit.expect()
    await visit.read_body()
    asked = parse_qs(visit.request.query)
    pause_s = float(asked.get("pause", ["0"])[0])
    fields = [
        ("Content-Type", "application/mapi-http"),
        ("X-ResponseCode", "0"),
        ("X-PendingPeriod", "30000"),
        ("Transfer-Encoding", "chunked"),
    ]
    visit.head(200, fields)
    for line in (b"PROCESSING\r\n", b"PENDING\r\n", b"DONE\r\nX-ElapsedTime: 1\r\n\r\n"):
        visit.chunk(line)
        await visit.drain()
        await asyncio.sleep(pause_s)
    visit.chunk(bytes(range(256)))
    visit.write(b"0\r\n\r\n")


async def owa(visit):
    """Believes to be on plain HTTP, as a CAS behind an offloader does."""
    await visit.read_body()
    host = visit.request.header("Host")
    if visit.request.path.lower() == "/owa":
        location = ("Location", f"http://{host}/owa/")
        await visit.answer(302, b"<a>Object moved</a>", fields=[location])
        return
    cookies = [
        ("Set-Cookie", "sessionid=5a3f; path=/; HttpOnly"),
        ("Set-Cookie", "cadata=7b; path=/owa; secure; HttpOnly"),
        ("Set-Cookie", "UserContext=11; path=/owa"),
    ]
    await visit.answer(200, b"<html>Outlook Web App</html>", fields=cookies)


async def oab(visit):
    """A file of a megabyte, in ranges too (BITS downloads it so)."""
    content = bulk.content(1 << 20)
    fields = [("Accept-Ranges", "bytes"), ("ETag", '"1d2c:0"')]
    if visit.request.header("If-None-Match") == '"1d2c:0"':
        visit.head(304, fields, length=len(content))
        return
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", visit.request.header("Range") or "")
    if asked is None:
        await visit.answer(200, content, "application/octet-stream", fields)
        return
    first = int(asked[1])
    last = min(int(asked[2] or len(content) - 1), len(content) - 1)
    fields.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    await visit.answer(
        206, content[first : last + 1], "application/octet-stream", fields
    )


async def activesync(visit):
    """OPTIONS, and a Ping that waits `?wait=S` for news."""
    await visit.expect()
    await visit.read_body()
    versions = [
        ("MS-Server-ActiveSync", "14.3"),
        ("MS-ASProtocolVersions", "2.5,12.0,12.1,14.0,14.1"),
        ("MS-ASProtocolCommands", "Sync,Ping,Provision"),
    ]
    if visit.request.method == "OPTIONS":
        await visit.answer(200, fields=versions)
        return
    asked = parse_qs(visit.request.query)
    await asyncio.sleep(float(asked.get("wait", ["0"])[0]))
    body = b"\x03\x01\x6a\x00\x00\x0d\x45\x47\x03\x31\x00\x01\x01"
    await visit.answer(200, body, "application/vnd.ms-sync.wbxml", versions[:1])


async def webdav(visit):
    """Outlook Web Access of 2003 and 2007."""
    await visit.read_body()
    body = b'<?xml version="1.0"?><a:multistatus xmlns:a="DAV:"/>'
    await visit.answer(207, body, XML)


# For tests and for curious people with curl: /standin/WORD


async def standin_head(visit):
    """The request's head as it arrived."""
    await visit.expect()
    await visit.read_body()
    await visit.answer(200, visit.request.raw_head, "text/plain")


async def standin_echo(visit):
    """The request's body, with the framing of the answer as `?as=` says:
    length (default), chunked or close."""
    await visit.expect()
    body = await visit.read_body()
    framing = parse_qs(visit.request.query).get("as", ["length"])[0]
    if framing == "length":
        await visit.answer(200, body, "application/octet-stream")
    elif framing == "chunked":
        visit.head(200, [("Transfer-Encoding", "chunked")])
        for at in range(0, len(body), 1000):
            visit.chunk(body[at : at + 1000])
        visit.write(b"0\r\n\r\n")
    else:
        visit.keeps = False
        visit.head(200)
        visit.write(body)


async def standin_bytes(visit):
    """/standin/bytes/N: bulk.content(N), by length."""
    count = int(visit.request.path.rsplit("/", 1)[1])
    visit.head(200, [("Content-Type", "application/octet-stream")], length=count)
    if visit.request.method != "HEAD":
        for block in bulk.blocks(count):
            visit.write(block)
            await visit.drain()


async def standin_upload(visit):
    """Count and checksum of the body it was sent."""
    await visit.expect()
    while await visit.read_body_some():
        pass
    request = visit.request
    body = f"{request.body_bytes} {request.body_crc32:08x}\n"
    await visit.answer(200, body.encode(), "text/plain")


async def standin_status(visit):
    """/standin/status/N: that status, with the text of its reason."""
    await visit.expect()
    await visit.read_body()
    status = int(visit.request.path.rsplit("/", 1)[1])
    await visit.answer(status, b"" if status in (204, 304) else b"as you wish")


async def standin_whoami(visit):
    body = f"{visit.cas.name} {visit.request.user or 'nobody'}\n"
    await visit.answer(200, body.encode(), "text/plain")


def misbehaving(*script):
    async def service(visit):
        for step in script:
            await step(visit)
        visit.keeps = False

    return service


HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly the beginning"

# (pattern of the path, in lower case; service; anonymous)
TABLE = [
    (r"/[a-z-]+/healthcheck\.htm", health, True),
    (r"/rpc(withcert)?/rpcproxy\.dll", rpcproxy.serve, False),
    (r"/autodiscover/autodiscover\.json.*", autodiscover_json, True),
    (r"/autodiscover/autodiscover\.svc.*", autodiscover_svc, False),
    (r"/autodiscover/.*", autodiscover_xml, False),
    (r"/ews/.*", ews, False),
    (r"/mapi/.*", mapi, False),
    (r"/owa|/owa/.*", owa, True),
    (r"/ecp/.*", owa, True),
    (r"/oab/.*", oab, False),
    (r"/microsoft-server-activesync", activesync, False),
    (r"/(exchange|exchweb|public)/.*", webdav, False),
    (r"/standin/head.*", standin_head, True),
    (r"/standin/echo", standin_echo, True),
    (r"/standin/bytes/\d+", standin_bytes, True),
    (r"/standin/upload", standin_upload, True),
    (r"/standin/status/\d+", standin_status, True),
    (r"/standin/whoami", standin_whoami, False),
    (r"/standin/stall", misbehaving(steps.stall()), True),
    (r"/standin/reset", misbehaving(steps.send(HALF), steps.reset()), True),
    (r"/standin/cut", misbehaving(steps.send(HALF), steps.close()), True),
    (r"/standin/garbage", misbehaving(steps.garbage()), True),
]

_COMPILED = [(re.compile(p), service, open_) for p, service, open_ in TABLE]


def find(path):
    """The service of a path and whether it asks nobody who he is."""
    for pattern, service, anonymous in _COMPILED:
        if pattern.fullmatch(path.lower()):
            return service, anonymous
    return None, True
