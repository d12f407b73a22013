"""Messages that are mostly good: made from parts, then mutated."""

import pathlib

import smuggling_answers
import smuggling_cases

HOST = "mail.contoso.com"
CORPUS = pathlib.Path(__file__).resolve().parent.parent / "fuzz/corpus"

METHODS = ["GET", "POST", "HEAD", "RPC_IN_DATA", "RPC_OUT_DATA", "PROPFIND", "OPTIONS"]
METHODS += ["X-MS-ENUMATTS", "get"]
TARGETS = ["/", "/", "/owa/?a=b", "/rpc/rpcproxy.dll?cas1:6001", "/%41%zz//x", "*"]
TARGETS += [f"http://{HOST}/ews/", f"HTTPS://{HOST.upper()}:443?x", "/[]{}|\\^\"<>'"]
VERSIONS = ["HTTP/1.1"] * 15 + ["HTTP/1.0", "HTTP/1.2"]
STATUSES = ["200 OK"] * 3 + ["100 Continue", "204 No Content", "304 Not Modified"]
STATUSES += ["401", "302 ", "500 \xe4rger", "207 Multi Status"]

HOSTS = [f"Host: {HOST}"] * 8 + [f"host:\t{HOST}:443"] * 2
FRAMINGS = [
    "Content-Length: 0",
    "Content-Length: 5",
    "content-length:\t005 ",
    "Transfer-Encoding: chunked",
    "transfer-encoding: Chunked",
]
FIELDS = [
    "Connection: close",
    "Connection: keep-alive, X-One",
    "Connection: Upgrade,, x_under",
    "Upgrade: h2c",
    "Keep-Alive: 300",
    "Via: 1.0 a",
    "X-Forwarded-For: 192.0.2.9",
    "Front_End_Https: Off",
    "X-One: 1",
    "X-Two: a,\tb; c=\"d\" \xe4\xff",
    "X-Empty:",
    "X-Blank: \t ",
    "x-one:two",
    "X_Under: score",
    "!#$%&'*+-.^_`|~0: token",
    "Authorization: NTLM TlRM==",
    "WWW-Authenticate: Negotiate",
    "Cookie: a=b; c=d",
    "Location: http://mail.contoso.com/owa/",
    "Expect: 100-continue",
]
# Mostly as many as there should be.
MANY = [0] + [1] * 15 + [2]

BODIES = ["", "hello", "hello, world", "5\r\nhello\r\n0\r\n\r\n"]
BODIES += ["5;a=\"b\"\r\nhello\r\n00\r\nX: y\r\n\r\n", "5\r\nhel", "GET / HTTP/1.1\r\n\r\n"]

# What is put in, or in place of something.
TOKENS = ["\r", "\n", "\r\n", " ", "\t", "\0", ":", ",", ";", "\x0b", "\x7f", "\x80", ""]
TOKENS += ["#", "%00", "0", "+", '"', "\r\n ", "\r\nHost: a", "chunked", "\x85", "\xa0"]
TOKENS += ["Transfer-Encoding: x\r\n", "Content-Length: 5\r\n", "\r\n\r\n", "HTTP/1.1"]


def _corpus(noun):
    return [p.read_bytes() for p in sorted((CORPUS / noun).iterdir())]


_KNOWN_REQUESTS = _corpus("request_head") + [
    case.request for _, cases in smuggling_cases.REFUSED.values() for case in cases
]
_KNOWN_ANSWERS = _corpus("response_head") + [
    answer for _, answer in smuggling_answers.BAD_HEADS
]
# Long ones would only take time.
_KNOWN_REQUESTS = [known for known in _KNOWN_REQUESTS if len(known) < 2000]
_KNOWN_ANSWERS = [known for known in _KNOWN_ANSWERS if len(known) < 2000]


def request(order):
    if order.random() < 0.2:
        return mutate(order, order.choice(_KNOWN_REQUESTS).decode("latin-1"))
    target = order.choice(TARGETS)
    line = f"{order.choice(METHODS)} {target} {order.choice(VERSIONS)}"
    fields = _fields(order) + order.choices(HOSTS, k=order.choice(MANY))
    return _message(order, line, fields)


def answer(order):
    if order.random() < 0.2:
        return mutate(order, order.choice(_KNOWN_ANSWERS).decode("latin-1"))
    line = f"{order.choice(VERSIONS)} {order.choice(STATUSES)}"
    return _message(order, line, _fields(order))


def _fields(order):
    framings = order.choices(FRAMINGS, k=order.choice(MANY))
    return order.sample(FIELDS, order.randrange(5)) + framings


def _message(order, line, fields):
    order.shuffle(fields)
    head = "".join(f"{x}\r\n" for x in [line, *fields])
    return mutate(order, head + "\r\n" + order.choice(BODIES))


def mutate(order, text):
    for _ in range(order.choice([0, 0, 1, 1, 2, 3])):
        at = order.randint(0, len(text))
        kind = order.randrange(8)
        if kind < 4:
            put, until = order.choice(TOKENS), at + order.randrange(3)
        elif kind < 6:
            put, until = chr(order.randrange(256)), at + 1
        elif kind == 6:  # a part of it once more
            put, until = text[at : at + order.randrange(40)], at
        else:  # a part of it is missing
            put, until = "", at + order.randrange(40)
        text = text[:at] + put + text[until:]
    return text.encode("latin-1")
