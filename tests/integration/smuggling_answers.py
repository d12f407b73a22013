"""Answers of a CAS that must not reach a client as they are.
test_smuggling_answers.py has the stand-in give them.
"""

OK = b"HTTP/1.1 200 OK\r\n"
SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsmuggle"


def answer(*fields, line=OK, body=b""):
    return line + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


LENGTH = b"Content-Length: 5"
CODING = b"Transfer-Encoding: chunked"

# (name, the answer): 502 instead.
BAD_HEADS = [
    ("length and coding", answer(LENGTH, CODING, body=b"0\r\n\r\n")),
    ("coding and length", answer(CODING, LENGTH, body=b"0\r\n\r\n")),
    ("two lengths", answer(LENGTH, LENGTH, body=b"hello")),
    ("two different lengths", answer(LENGTH, b"Content-Length: 6", body=b"hello!")),
    ("a list of lengths", answer(b"Content-Length: 5, 5", body=b"hello")),
    ("a length with a sign", answer(b"Content-Length: +5", body=b"hello")),
    ("a length below 0", answer(b"Content-Length: -1")),
    ("an empty length", answer(b"Content-Length:")),
    ("a length beyond 2^63", answer(b"Content-Length: 9223372036854775808")),
    ("gzip, chunked", answer(b"Transfer-Encoding: gzip, chunked")),
    ("identity", answer(b"Transfer-Encoding: identity")),
    ("two codings", answer(CODING, CODING, body=b"0\r\n\r\n")),
    ("chunks in HTTP/1.0", answer(CODING, line=b"HTTP/1.0 200 OK\r\n")),
    ("204 with a length", answer(LENGTH, line=b"HTTP/1.1 204 No Content\r\n")),
    ("204 with chunks", answer(CODING, line=b"HTTP/1.1 204 No Content\r\n")),
    ("100 with a length", answer(LENGTH, line=b"HTTP/1.1 100 Continue\r\n")),
    ("101", answer(b"Upgrade: h2c", b"Connection: Upgrade", line=b"HTTP/1.1 101 Go\r\n")),
    ("1xx without end", answer(line=b"HTTP/1.1 100 Continue\r\n") * 1000),
    ("Connection names length", answer(LENGTH, b"Connection: Content-Length")),
    ("status 099", answer(line=b"HTTP/1.1 099 Low\r\n")),
    ("status 600", answer(line=b"HTTP/1.1 600 High\r\n")),
    ("status of two digits", answer(line=b"HTTP/1.1 20 OK\r\n")),
    ("status of four digits", answer(line=b"HTTP/1.1 2000 OK\r\n")),
    ("no status", answer(line=b"HTTP/1.1 OK\r\n")),
    ("HTTP/2.0", answer(line=b"HTTP/2.0 200 OK\r\n")),
    ("HTTP/0.9", b"<html>hello</html>\r\n\r\n"),
    ("an empty line in front", b"\r\n" + answer(LENGTH, body=b"hello")),
    ("bare LF", answer(LENGTH, body=b"hello").replace(b"\r\n", b"\n")),
    ("LF in Location", answer(b"Location: /a\nSet-Cookie: a=b", LENGTH)),
    ("CR in Location", answer(b"Location: /a\rSet-Cookie: a=b", LENGTH)),
    ("NUL in a value", answer(b"A: b\0c", LENGTH)),
    ("a space before the colon", answer(b"Content-Length : 5", body=b"hello")),
    ("folded", answer(b"A: b", b" c", LENGTH, body=b"hello")),
    ("no colon", answer(b"A", LENGTH, body=b"hello")),
    ("a head too large", answer(b"A: " + b"b" * 300000, LENGTH)),
    ("a head without end", OK + b"A: b\r\n" * 100000),
]

# (name, method, what the CAS sends, what the client may see of it).
# The connection of both is over afterwards.
SURPLUS = [
    ("bytes behind a length", "GET", answer(LENGTH, body=b"hello"), b"!"),
    ("a second answer", "GET", answer(LENGTH, body=b"hello"), SECOND),
    ("behind length 0", "GET", answer(b"Content-Length: 0"), SECOND),
    ("behind chunks", "GET", answer(CODING, body=b"5\r\nhello\r\n0\r\n\r\n"), SECOND),
    ("behind 204", "GET", answer(line=b"HTTP/1.1 204 No Content\r\n"), b"hello"),
    ("behind 304", "GET", answer(LENGTH, line=b"HTTP/1.1 304 Same\r\n"), b"hello"),
    ("behind HEAD", "HEAD", answer(LENGTH), b"hello"),
    ("behind HEAD with chunks", "HEAD", answer(CODING), b"5\r\nhello\r\n0\r\n\r\n"),
    ("a second answer behind HEAD", "HEAD", answer(LENGTH), SECOND),
]

# (name, chunks): they are cut off where they break; their end never comes.
BROKEN_CHUNKS = [
    ("no size", b"\r\nhello\r\n0\r\n\r\n"),
    ("a sign", b"+5\r\nhello\r\n0\r\n\r\n"),
    ("a space", b"5 \r\nhello\r\n0\r\n\r\n"),
    ("too large", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
    ("bare LF", b"5\nhello\n0\n\n"),
    ("data too long", b"5\r\nhello!\r\n0\r\n\r\n"),
    ("data without CRLF", b"5\r\nhello0\r\n\r\n"),
    ("a broken trailer", b"5\r\nhello\r\n0\r\nX : y\r\n\r\n"),
    ("no chunks at all", b"<html>hello</html>"),
]
