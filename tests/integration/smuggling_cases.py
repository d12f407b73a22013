"""Requests that must be refused, class by class: what two readers of HTTP
could understand differently. test_smuggling.py sends them.

A case is a name, the bytes, and the status of the answer (400 unless said).
Most hide a second request, /smuggled, which nobody must ever see.
"""

HOST = "mail.contoso.com"
SMUGGLED = f"GET /smuggled HTTP/1.1\r\nHost: {HOST}\r\n\r\n"


class Case:
    def __init__(self, name, request, status=400, sni=HOST, tls=True):
        self.name = name
        self.request = (
            request if isinstance(request, bytes) else request.encode("latin-1")
        )
        self.status = status
        self.sni = sni
        self.tls = tls

    def __repr__(self):
        return self.name


def head(*fields, line="POST /standin/echo HTTP/1.1", host=HOST):
    """A head with one Host and these fields, each "Name: value"."""
    return "".join(f"{x}\r\n" for x in (line, f"Host: {host}", *fields)) + "\r\n"


def heads(rows, body=SMUGGLED, **options):
    """A case for each name and its fields, all followed by `body`."""
    return [Case(name, head(*fields) + body, **options) for name, *fields in rows]


def lines(rows, **options):
    """A case for each name and its whole request."""
    return [Case(name, request, **options) for name, request in rows]


CHUNKED = "Transfer-Encoding: chunked"
END = "0\r\n\r\n"

# Both framings at once: whoever believes the other one sees another request.
LENGTH_AND_CODING = heads(
    [
        ("length first", "Content-Length: 5", CHUNKED),
        ("coding first", CHUNKED, "Content-Length: 5"),
        ("length of nothing", "Content-Length: 0", CHUNKED),
        ("length of all", f"Content-Length: {5 + len(SMUGGLED)}", CHUNKED),
        ("far apart", "Content-Length: 5", "A: b", "C: d", "E: f", CHUNKED),
        ("letter case", "content-length: 5", "TRANSFER-ENCODING: Chunked"),
        ("two lengths", "Content-Length: 5", CHUNKED, "Content-Length: 5"),
        ("two codings", CHUNKED, "Content-Length: 5", CHUNKED),
        ("length and another coding", "Content-Length: 5", "Transfer-Encoding: x"),
        ("length and identity", "Content-Length: 5", "Transfer-Encoding: identity"),
        ("length and empty coding", "Content-Length: 5", "Transfer-Encoding:"),
        ("empty length", "Content-Length:", CHUNKED),
    ],
    END + SMUGGLED,
) + [
    Case("GET", head("Content-Length: 5", CHUNKED, line="GET / HTTP/1.1") + END),
    Case(
        "RPC_IN_DATA",
        head(
            "Content-Length: 5",
            CHUNKED,
            line="RPC_IN_DATA /rpc/rpcproxy.dll?x:6001 HTTP/1.1",
        )
        + END,
    ),
    Case("HTTP/1.0", head("Content-Length: 5", CHUNKED, line="POST / HTTP/1.0") + END),
]

# Codings that some take for chunked and others do not.
TRANSFER_ENCODING = heads(
    [
        ("identity", "Transfer-Encoding: identity"),
        ("gzip", "Transfer-Encoding: gzip"),
        ("gzip, chunked", "Transfer-Encoding: gzip, chunked"),
        ("chunked, gzip", "Transfer-Encoding: chunked, gzip"),
        ("chunked, identity", "Transfer-Encoding: chunked, identity"),
        ("identity, chunked", "Transfer-Encoding: identity, chunked"),
        ("chunked, chunked", "Transfer-Encoding: chunked, chunked"),
        ("chunked,", "Transfer-Encoding: chunked,"),
        (",chunked", "Transfer-Encoding: ,chunked"),
        ("two lines", CHUNKED, CHUNKED),
        ("two lines, identity first", "Transfer-Encoding: identity", CHUNKED),
        ("two lines, identity last", CHUNKED, "Transfer-Encoding: identity"),
        ("two lines, one empty", CHUNKED, "Transfer-Encoding:"),
        ("empty", "Transfer-Encoding:"),
        ("blank", "Transfer-Encoding:  \t "),
        ("vertical tab", "Transfer-Encoding: \x0bchunked"),
        ("form feed", "Transfer-Encoding: chunked\x0c"),
        ("no-break space", "Transfer-Encoding: chunked\xa0"),
        ("next line", "Transfer-Encoding: chunked\x85"),
        ("quoted", 'Transfer-Encoding: "chunked"'),
        ("single quoted", "Transfer-Encoding: 'chunked'"),
        ("parameter", "Transfer-Encoding: chunked;q=1"),
        ("weight of nothing", "Transfer-Encoding: chunked; q=0"),
        ("prefix", "Transfer-Encoding: xchunked"),
        ("suffix", "Transfer-Encoding: chunkedx"),
        ("cut off", "Transfer-Encoding: chunke"),
        ("a space within", "Transfer-Encoding: chun ked"),
        ("a colon in front", "Transfer-Encoding: :chunked"),
        ("brackets", "Transfer-Encoding: [chunked]"),
        ("long s", "Transfer-Encoding: chunked\xc5\xbf"),
        ("a comment", "Transfer-Encoding: chunked(x)"),
        ("NUL", "Transfer-Encoding: chunked\0"),
    ],
    END + SMUGGLED,
) + [
    Case("HTTP/1.0", head(CHUNKED, line="POST / HTTP/1.0") + END + SMUGGLED),
    Case(
        "HTTP/1.0, kept alive",
        head(CHUNKED, "Connection: keep-alive", line="POST / HTTP/1.0") + END,
    ),
]

CONTENT_LENGTH = heads(
    [
        ("twice the same", "Content-Length: 5", "Content-Length: 5"),
        ("twice, 0 first", "Content-Length: 0", "Content-Length: 5"),
        ("twice, 0 last", "Content-Length: 5", "Content-Length: 0"),
        ("twice, letter case", "Content-Length: 5", "CONTENT-LENGTH: 5"),
        ("list of the same", "Content-Length: 5, 5"),
        ("list", "Content-Length: 5,6"),
        ("list of one", "Content-Length: 5,"),
        ("plus", "Content-Length: +5"),
        ("minus", "Content-Length: -5"),
        ("minus nothing", "Content-Length: -0"),
        ("hexadecimal", "Content-Length: 0x5"),
        ("hexadecimal digits", "Content-Length: a"),
        ("empty", "Content-Length:"),
        ("blank", "Content-Length: \t "),
        ("a space within", "Content-Length: 5 5"),
        ("a unit", "Content-Length: 5b"),
        ("a fraction", "Content-Length: 5.0"),
        ("an exponent", "Content-Length: 5e0"),
        ("quoted", 'Content-Length: "5"'),
        ("a semicolon", "Content-Length: 5;"),
        ("a word", "Content-Length: five"),
        ("an underscore", "Content-Length: 1_0"),
        ("one more than 2^63-1", "Content-Length: 9223372036854775808"),
        ("2^64", "Content-Length: 18446744073709551616"),
        ("2^64 and 5", "Content-Length: 18446744073709551621"),
        ("2^32 times 2^32 and 5", "Content-Length: 340282366920938463463374607"),
        ("twenty zeros and 5", "Content-Length: 000000000000000000005"),
        ("superscript", "Content-Length: \xb2"),
        ("Arabic digits", "Content-Length: \xd9\xa5"),
        ("NUL", "Content-Length: 5\0"),
        ("vertical tab", "Content-Length: \x0b5"),
    ],
    "01234" + SMUGGLED,
)

SPACE_BEFORE_COLON = heads(
    [
        ("coding", "Transfer-Encoding : chunked"),
        ("coding, tab", "Transfer-Encoding\t: chunked"),
        ("coding beside length", "Content-Length: 5", "Transfer-Encoding : chunked"),
        ("length", "Content-Length : 5"),
        ("length, tab", "Content-Length\t: 5"),
        ("length, two spaces", "Content-Length  : 5"),
        ("host", "Host : other.example"),
        ("anything", "X-Thing : a"),
        ("authorization", "Authorization : Basic YTpi"),
        ("space within", "X Thing: a"),
        ("space in front", " X-Thing: a"),
    ],
    END + SMUGGLED,
)

FOLDED = lines(
    [
        ("space", head("A: b", " c")),
        ("tab", head("A: b", "\tc")),
        ("coding", head("Transfer-Encoding:", " chunked") + END + SMUGGLED),
        ("coding, tab", head("Transfer-Encoding:", "\tchunked") + END + SMUGGLED),
        ("length", head("Content-Length:", " 5") + "01234"),
        ("a hidden header", head("A: b", " Content-Length: 5") + "01234"),
        ("host", "GET / HTTP/1.1\r\nHost:\r\n mail.contoso.com\r\n\r\n"),
        ("the first line", "GET / HTTP/1.1\r\n Host: mail.contoso.com\r\n\r\n"),
        ("the first line, tab", "GET / HTTP/1.1\r\n\tA: b\r\nHost: a\r\n\r\n"),
        ("a blank line", head("A: b", " ", "C: d")),
        ("an almost empty line", f"GET / HTTP/1.1\r\nHost: {HOST}\r\n \r\n\r\n"),
    ]
)

BARE_LF_AND_CR = lines(
    [
        ("LF everywhere", f"GET / HTTP/1.1\nHost: {HOST}\n\n"),
        ("LF after the request line", f"GET / HTTP/1.1\nHost: {HOST}\r\n\r\n"),
        ("LF after a header", f"GET / HTTP/1.1\r\nHost: {HOST}\nA: b\r\n\r\n"),
        ("LF at the end", f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\n" + SMUGGLED),
        ("LF hides a coding", head("A: b\nTransfer-Encoding: chunked") + END),
        ("LF in front", "\n" + head()),
        ("LF and the request", "\n\n" + head()),
        ("two empty lines in front", "\r\n\r\n" + head()),
        ("CR in front", "\r" + head()),
        ("CR CR LF", f"GET / HTTP/1.1\r\r\nHost: {HOST}\r\n\r\n"),
        ("CR in a value", head("A: b\rC: d")),
        ("CR hides a coding", head("A: b\rTransfer-Encoding: chunked") + END),
        ("CR in a name", head("A\rB: c")),
        ("CR before a colon", head("A\r: b")),
        ("CR in the target", head(line="GET /\rx HTTP/1.1")),
        ("CR at the end", f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\rX" + SMUGGLED),
        ("LF CR", f"GET / HTTP/1.1\n\rHost: {HOST}\r\n\r\n"),
        ("LF in the method", "GE\nT / HTTP/1.1\r\n\r\n"),
        ("LF after chunk size", head(CHUNKED) + "5\nhello\r\n" + END),
        ("CR alone after chunk size", head(CHUNKED) + "5\rXhello\r\n" + END),
        ("LF after chunk data", head(CHUNKED) + "5\r\nhello\n" + END),
        ("LF after the last size", head(CHUNKED) + "5\r\nhello\r\n0\n\r\n"),
        ("LF at the end of chunks", head(CHUNKED) + "5\r\nhello\r\n0\r\n\n"),
        ("LF in an extension", head(CHUNKED) + "5;a\nb\r\nhello\r\n" + END),
    ]
)


def _in_each_place(byte):
    """This byte in a name, in a value, in the target, in the method."""
    code = f"{ord(byte):02x}"
    return [
        Case(f"{code} in a name", head(f"A{byte}B: c")),
        Case(f"{code} at the end of a name", head(f"A{byte}: c")),
        Case(f"{code} in a value", head(f"A: b{byte}c")),
        Case(f"{code} in the target", head(line=f"GET /a{byte}b HTTP/1.1")),
        Case(f"{code} in the method", head(line=f"GE{byte}T / HTTP/1.1")),
    ]


CONTROL = [case for byte in "\0\x01\x08\x0b\x0c\x1b\x1f\x7f" for case in _in_each_place(byte)]
CONTROL += lines(
    [
        ("80 in a name", head("A\x80B: c")),
        ("ff in a name", head("A\xffB: c")),
        ("UTF-8 in a name", head("A\xc3\xa4: c")),
        ("80 in the target", head(line="GET /\x80 HTTP/1.1")),
        ("ff in the target", head(line="GET /\xff HTTP/1.1")),
        ("UTF-8 in the target", head(line="GET /\xc3\xa4 HTTP/1.1")),
        ("80 in the query", head(line="GET /?\x80 HTTP/1.1")),
        ("tab in the target", head(line="GET /a\tb HTTP/1.1")),
        ("space in the target", head(line="GET /a b HTTP/1.1")),
        ("two spaces", head(line="GET  / HTTP/1.1")),
        ("two spaces before the version", head(line="GET /  HTTP/1.1")),
        ("tab for a space", head(line="GET\t/ HTTP/1.1")),
        ("a fragment", head(line="GET /a#b HTTP/1.1")),
        ("a space behind the version", head(line="GET / HTTP/1.1 ")),
        ("no name", head(": b")),
        ("no colon", head("A")),
        ("brackets in a name", head("A[0]: b")),
        ("a slash in a name", head("A/B: c")),
        ("lower-case method", head(line="get / HTTP/1.1")),
        ("no target", head(line="GET HTTP/1.1")),
        ("HTTP/0.9", "GET /\r\n"),
        ("HTTP/1.2", head(line="GET / HTTP/1.2")),
        ("HTTP/2.0", head(line="GET / HTTP/2.0")),
        ("HTTP/1", head(line="GET / HTTP/1")),
        ("http/1.1", head(line="GET / http/1.1")),
        ("HTTP/01.1", head(line="GET / HTTP/01.1")),
        ("HTTP/1.01", head(line="GET / HTTP/1.01")),
        ("HTTP/1.1x", head(line="GET / HTTP/1.1x")),
        ("TLS on top of TLS", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"),
    ]
)

CHUNKS = [
    Case(name, head(CHUNKED) + chunks)
    for name, chunks in [
        ("plus", "+5\r\nhello\r\n" + END),
        ("minus", "-5\r\nhello\r\n" + END),
        ("0x", "0x5\r\nhello\r\n" + END),
        ("a space in front", " 5\r\nhello\r\n" + END),
        ("a space behind", "5 \r\nhello\r\n" + END),
        ("a tab behind", "5\t\r\nhello\r\n" + END),
        ("a space before the extension", "5 ;a=b\r\nhello\r\n" + END),
        ("a space in the extension", "5; a=b\r\nhello\r\n" + END),
        ("no size", "\r\nhello\r\n" + END),
        ("a word", "five\r\nhello\r\n" + END),
        ("a fraction", "5.\r\nhello\r\n" + END),
        ("a comma", "5,5\r\nhello\r\n" + END),
        ("quoted", '"5"\r\nhello\r\n' + END),
        ("NUL", "5\0\r\nhello\r\n" + END),
        ("vertical tab", "5\x0b\r\nhello\r\n" + END),
        ("17 digits", "00000000000000005\r\nhello\r\n" + END),
        ("2^64 and 5", "10000000000000005\r\nhello\r\n" + END),
        ("2^63", "8000000000000000\r\nhello\r\n" + END),
        ("all bits", "ffffffffffffffff\r\nhello\r\n" + END),
        ("an empty extension", "5;\r\nhello\r\n" + END),
        ("an extension without name", "5;=b\r\nhello\r\n" + END),
        ("an extension without value", "5;a=\r\nhello\r\n" + END),
        ("an open quote", '5;a="b\r\nhello\r\n' + END),
        ("an extension of 257 bytes", f"5;{'a' * 257}\r\nhello\r\n" + END),
        ("an endless extension", "5;" + "a" * 9000),
        ("a control in an extension", "5;a\x01\r\nhello\r\n" + END),
        ("data too long", "5\r\nhello!\r\n" + END),
        ("data too short", "5\r\nhell\r\n" + END),
        ("data without CRLF", "5\r\nhello" + END),
        ("data and CR", "5\r\nhello\r" + END),
        ("data and two other bytes", "5\r\nhelloXX" + END),
        ("a second broken chunk", "5\r\nhello\r\n5\r\nhelloXX" + END),
        ("no hexadecimal digit", "g\r\nhello\r\n" + END),
    ]
]

BROKEN_TRAILERS = [
    Case(name, head(CHUNKED) + "5\r\nhello\r\n0\r\n" + trailers)
    for name, trailers in [
        ("no colon", "X\r\n\r\n"),
        ("a space before the colon", "X : y\r\n\r\n"),
        ("folded", "X: y\r\n z\r\n\r\n"),
        ("bare LF", "X: y\n\r\n"),
        ("NUL", "X: y\0\r\n\r\n"),
        ("too large", "X: " + "y" * 9000 + "\r\n\r\n"),
        ("too many", "X: y\r\n" * 2000 + "\r\n"),
    ]
]

HOSTS = (
    [
        Case("missing", "GET / HTTP/1.1\r\nA: b\r\n\r\n"),
        Case("missing, no headers", "GET / HTTP/1.1\r\n\r\n"),
        Case("twice the same", head(f"Host: {HOST}")),
        Case("twice", head("Host: other.example")),
        Case("twice, letter case", head("hOST: other.example")),
        Case("twice in HTTP/1.0", head("Host: a", line="GET / HTTP/1.0")),
        Case("empty in HTTP/1.0", head(line="GET / HTTP/1.0", host="")),
    ]
    + [
        Case(name, head(host=host))
        for name, host in [
            ("empty", ""),
            ("blank", " \t"),
            ("list", f"{HOST}, other.example"),
            ("two with a space", f"{HOST} other.example"),
            ("userinfo", f"user@{HOST}"),
            ("userinfo and password", f"user:pass@{HOST}"),
            ("path", f"{HOST}/owa"),
            ("query", f"{HOST}?a"),
            ("fragment", f"{HOST}#a"),
            ("backslash", f"{HOST}\\@other.example"),
            ("URL", f"http://{HOST}"),
            ("empty port", f"{HOST}:"),
            ("port with a word", f"{HOST}:x"),
            ("port 0", f"{HOST}:0"),
            ("port too large", f"{HOST}:65536"),
            ("port with a sign", f"{HOST}:+443"),
            ("two ports", f"{HOST}:443:443"),
            ("no name", ":443"),
            ("two dots", "mail..contoso.com"),
            ("a dot", "."),
            ("escaped", "mail%2econtoso.com"),
            ("umlaut", "m\xe4il.contoso.com"),
            ("open bracket", "[::1"),
            ("no address in brackets", "[mail.contoso.com]"),
            ("IPv6 without brackets", "::1"),
        ]
    ]
    + [
        Case(name, head(line=f"{line} HTTP/1.1"))
        for name, line in [
            ("absolute form of another", "GET http://other.example/"),
            ("absolute form, another port", f"GET http://{HOST}:8080/"),
            ("absolute form, userinfo", f"GET http://user@{HOST}/"),
            ("absolute form, another scheme", f"GET ftp://{HOST}/"),
            ("absolute form, no host", "GET http:///"),
            ("asterisk of GET", "GET *"),
            ("authority form", f"GET {HOST}:443"),
            ("authority alone", f"GET {HOST}"),
            ("no slash", "GET owa/"),
            ("a query alone", "GET ?a"),
        ]
    ]
    + [Case("absolute form without Host", f"GET http://{HOST}/ HTTP/1.1\r\n\r\n")]
)

CONNECTION = heads(
    [
        (name, "Authorization: NTLM TlRM", "Cookie: a=b", f"Connection: {value}")
        for name, value in [
            ("host", "Host"),
            ("authorization", "Authorization"),
            ("cookie", "Cookie"),
            ("content-length", "Content-Length"),
            ("transfer-encoding", "Transfer-Encoding"),
            ("content-type", "Content-Type"),
            ("connection", "Connection"),
            ("expect", "Expect"),
            ("user-agent", "User-Agent"),
            ("cache-control", "Cache-Control"),
            ("letter case", "close, aUTHORIZATION"),
            ("behind keep-alive", "keep-alive, Cookie"),
            ("among empty ones", ",,\tHost ,"),
            ("33 of them", ",".join(f"x{n}" for n in range(33))),
        ]
    ]
)

METHODS = lines(
    [
        ("CONNECT", head(line=f"CONNECT {HOST}:443 HTTP/1.1") + SMUGGLED),
        ("CONNECT of a path", head(line="CONNECT / HTTP/1.1")),
        ("TRACE", head("Max-Forwards: 0", line="TRACE / HTTP/1.1")),
        ("TRACK", head(line="TRACK / HTTP/1.1")),
        ("PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ("RPC_CONNECT", head(line="RPC_CONNECT / HTTP/1.1")),
        ("RDG_OUT_DATA", head(line="RDG_OUT_DATA /remoteDesktopGateway/ HTTP/1.1")),
        ("RDG_IN_DATA", head(line="RDG_IN_DATA /remoteDesktopGateway/ HTTP/1.1")),
        ("unknown", head(line="FROBNICATE / HTTP/1.1")),
        ("nearly GET", head(line="GETS / HTTP/1.1")),
        ("too long", head(line="A" * 40 + " / HTTP/1.1")),
        ("endless", "A" * 70000),
    ],
    status=501,
)

LIMITS = [
    Case("a target of 16 KiB and a byte", head(line=f"GET /{'a' * 16384} HTTP/1.1"), 414),
    Case("an endless target", f"GET /{'a' * 100000}", 414),
    Case("129 headers", head(*(f"X-{n}: a" for n in range(128))), 431),
    Case("15000 headers", head(*("A: b" for n in range(15000))), 431),
    Case("a head of 129 KiB", head(f"A: {'b' * 132000}"), 431),
    Case("an endless name", "GET / HTTP/1.1\r\n" + "A" * 140000, 431),
]

# Not the site of SNI: the certificate of one tenant, the mailbox of another.
MISDIRECTED = [
    Case(name, head(line=line, host=host), 421, sni=sni)
    for name, sni, host, line in [
        ("another site", HOST, "mail.fabrikam.com", "GET / HTTP/1.1"),
        ("and back", "mail.fabrikam.com", HOST, "GET / HTTP/1.1"),
        ("letter case", HOST, "MAIL.Fabrikam.COM", "GET / HTTP/1.1"),
        ("port", HOST, "mail.fabrikam.com:443", "GET / HTTP/1.1"),
        ("trailing dot", HOST, "mail.fabrikam.com.", "GET / HTTP/1.1"),
        ("POST", HOST, "mail.fabrikam.com", "POST /ews/ HTTP/1.1"),
        ("RPC", HOST, "mail.fabrikam.com", "RPC_IN_DATA /rpc/ HTTP/1.1"),
        ("HTTP/1.0", HOST, "mail.fabrikam.com", "GET / HTTP/1.0"),
        ("absolute", HOST, "mail.fabrikam.com", "GET http://mail.fabrikam.com/ HTTP/1.1"),
        ("a site that redirects", "contoso.com", HOST, "GET / HTTP/1.1"),
        ("to a site that redirects", HOST, "contoso.com", "GET /autodiscover/ HTTP/1.1"),
        ("upper-case SNI", "MAIL.CONTOSO.COM", "mail.fabrikam.com", "GET / HTTP/1.1"),
    ]
]

# The rows of the table: each class and how many cases it has at least.
REFUSED = {
    "length and coding": (12, LENGTH_AND_CODING),
    "transfer-encoding": (24, TRANSFER_ENCODING),
    "content-length": (20, CONTENT_LENGTH),
    "space before colon": (8, SPACE_BEFORE_COLON),
    "folded": (8, FOLDED),
    "bare lf and cr": (16, BARE_LF_AND_CR),
    "control": (24, CONTROL),
    "chunks": (20, CHUNKS),
    "broken trailers": (6, BROKEN_TRAILERS),
    "hosts": (20, HOSTS),
    "misdirected": (8, MISDIRECTED),
    "connection": (10, CONNECTION),
    "methods": (10, METHODS),
    "limits": (6, LIMITS),
}

# Names that shadow one of HTTP's or of ours for CGI and its like.
SHADOWS = [
    "X_Forwarded_For: 1.2.3.4",
    "X-Forwarded_For: 1.2.3.4",
    "x_forwarded_proto: http",
    "X_Forwarded_Host: other.example",
    "Front_End_Https: Off",
    "Transfer_Encoding: chunked",
    "Content_Length: 5",
    "Content_Type: text/plain",
    "User_Agent: x",
    "Proxy_Connection: keep-alive",
    "Keep_Alive: 300",
    "HTTP2_Settings: AAMAAABkAARAAAAAAAIAAAAA",
]

# What tries to leave HTTP/1.1 goes on as an ordinary request.
UPGRADES = [
    ("h2c", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
    ("h2c unnamed", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
    ("websocket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    ("letter case", "cONNECTION: uPGRADE", "uPGRADE: H2C"),
    ("TLS", "Connection: Upgrade", "Upgrade: TLS/1.2"),
]

A = "/autodiscover/autodiscover.xml"

# Where a path leads at the root domain, whose site redirects Autodiscover and
# nothing else: 302 if it is below /autodiscover/ once its escapes are decoded
# one time, else 404; 400 if it can't stand in a target at all.
PATHS = [
    (302, A),
    (302, "/AutoDiscover/AUTODISCOVER.XML"),
    (302, "/autodiscover/autodiscover.svc?singleWsdl"),
    (302, "/autodiscover/autodiscover.json/v1.0/me@contoso.com?Protocol=Autodiscoverv1"),
    (302, "/%61utodiscover/x"),
    (302, "/%41UTODISCOVER/x"),
    (302, "/%61%75%74%6f%64%69%73%63%6f%76%65%72/x"),
    (302, "/autodiscover%2fx"),
    (302, "/autodiscover%2Fx"),
    (302, "/autodiscover%5cx"),
    (302, "/autodiscover\\x"),
    (302, "/\\autodiscover/x"),
    (302, "//autodiscover/x"),
    (302, "///autodiscover///x"),
    (302, "/./autodiscover/x"),
    (302, "/%2e/autodiscover/x"),
    (302, "/owa/../autodiscover/x"),
    (302, "/owa/%2e%2e/autodiscover/x"),
    (302, "/owa/%2E./autodiscover/x"),
    (302, "/owa/..%2fautodiscover/x"),
    (302, "/owa/..%5cautodiscover/x"),
    (302, "/owa/..\\autodiscover/x"),
    (302, "/../autodiscover/x"),
    (302, "/../../../autodiscover/x"),
    (302, "/autodiscover/./x"),
    (302, "/autodiscover/y/../x"),
    (302, "/autodiscover/x?/../../owa"),
    (302, "/autodiscover/x?%2e%2e"),
    (302, "/autodiscover/x%3f/../y"),
    (302, "/autodiscover/%zz"),
    (302, "/autodiscover/%"),
    (302, "/autodiscover/%0a"),
    (302, "/autodiscover/%20"),
    (302, "/autodiscover/..;/x"),
    (302, "/autodiscover/%ff%fe"),
    (302, "/autodiscover/%252e%252e/owa"),
    (404, "/"),
    (404, "/owa/"),
    (404, "/autodiscover/../owa/"),
    (404, "/autodiscover/%2e%2e/owa/"),
    (404, "/autodiscover/.%2e/owa/"),
    (404, "/autodiscover/..%2fowa/"),
    (404, "/autodiscover/..%5Cowa/"),
    (404, "/autodiscover/..\\owa/"),
    (404, "/autodiscover\\..\\owa/"),
    (404, "/autodiscover//..//owa/"),
    (404, "/autodiscover/x/../../owa/"),
    (404, "/autodiscover/.."),
    (404, "/autodiscoverx/x"),
    (404, "/autodiscover.xml"),
    (404, "/xautodiscover/x"),
    (404, "/owa/autodiscover/x"),
    (404, "/owa?/autodiscover/x"),
    (404, "/owa%3f/autodiscover/x"),
    (404, "/%2561utodiscover/x"),
    (404, "/%252fautodiscover/x"),
    (404, "/autodiscover%252fx"),
    (404, "/autodiscover%253fx"),
    (404, "/autodiscover;/x"),
    (404, "/autodiscover%3b/x"),
    (404, "/autodiscover./x"),
    (404, "/autodiscover%20/x"),
    (404, "/%20autodiscover/x"),
    (404, "/autodiscover%c0%afx"),
    (404, "/%c1%a1utodiscover/x"),
    (404, "/owa/%c0%ae%c0%ae/autodiscover/x"),
    (404, "/%ef%bd%81utodiscover/x"),
    (404, "/autodi%c5%bfcover/x"),
    (404, "/autod%c4%b1scover/x"),
    (404, "/autodiscover%ef%bc%8fx"),
    (404, "/%u0061utodiscover/x"),
    (404, "/autodiscover%u002fx"),
    (400, "/autodiscover%00"),
    (400, "/autodiscover/%00"),
    (400, "/autodiscover%00/x"),
    (400, "/autodiscover/x?%00"),
    (400, "/%00/../autodiscover/x"),
    (400, "/%%00"),
    (400, "/autodiscover/x#y"),
    (400, "/autodiscover/\xc0\xae"),
    (400, "/\xef\xbd\x81utodiscover/x"),
    (400, "/autodiscover/\x7f"),
    (400, "/autodiscover/\x0b"),
    (400, "/autodiscover /x"),
    (400, "/autodiscover\t/x"),
    (400, "autodiscover/x"),
    (400, "\\autodiscover\\x"),
    (400, "../autodiscover/x"),
    (400, "%2fautodiscover/x"),
]
