"""A crowd of clients that talk all at once, each for a user of its own.

The judge of identity: every answer must name the user who asked, carry the
nonce of the very request, and come from the one CAS connection its client had
before; what the CAS wrote down must agree. A MixUp says where it does not.

Who asks, vanishes and is dropped by the CAS is a seed's choice. All are driven
by one thread: a round sends for many before it reads the first answer.
"""

import random
import ssl
from collections import Counter

from standin import ntlm
from standin.client import Closed

SCHEMES = ["NTLM", "Negotiate", "Basic"]

# Each asks who it is, and has an answer of its own kind.
ASKED = [
    ("GET", "/standin/whoami"),
    ("POST", "/ews/exchange.asmx"),
    ("POST", "/mapi/emsmdb/"),
    ("POST", "/autodiscover/autodiscover.xml"),
    ("OPTIONS", "/microsoft-server-activesync"),
    ("PROPFIND", "/exchange/inbox"),
]

# The CAS ends these in the midst of an answer, or with what is none.
CUT_OFF = ["/standin/cut", "/standin/reset", "/standin/garbage"]

# What a client hears once its CAS has vanished.
GONE = (502, 503)
LOST = (ConnectionError, ssl.SSLError, Closed)


class MixUp(AssertionError):
    """An answer, or a request, that was another's."""


class Visitor:
    """One client connection, and the only user who uses it."""

    def __init__(self, client, mark, user, password, scheme):
        self.client = client
        self.mark = mark  # of all its requests, and of nobody else's
        self.user = user
        self.password = password
        self.scheme = scheme
        self.server = None  # the CAS and its connection, once it has answered
        self.known = False  # NTLM: the connection has been logged in
        self.challenge = None
        self.asked = 0
        self.awaits = None  # who the answer to come must be for
        self.is_doomed = False

    def ask(self, order):
        method, target = order.choice(ASKED)
        authorization, self.awaits = self._introduction(order)
        self.client.send(self._request(order, method, target, authorization))

    def ask_half(self, order):
        request = self._request(order, *order.choice(ASKED), None)
        self.client.send(request[: order.randrange(1, len(request))])

    def ask_for_an_end(self, order):
        """What comes is nobody's answer: nothing to hear but the end."""
        self.is_doomed = True
        self.client.send(self._request(order, "GET", order.choice(CUT_OFF), None))

    def _introduction(self, order):
        """How it says who it is, and who it is then to the CAS. NTLM is one of
        the connection, Basic one of the request: without it, nobody."""
        if self.scheme == "Basic":
            if order.random() < 0.3:
                return None, None
            return ntlm.basic(self.user, self.password), self.user
        if self.known:
            return None, self.user
        if self.challenge is not None:
            proof = ntlm.authenticate(self.challenge, self.user, self.password)
            return self._in_scheme(proof), self.user
        if order.random() < 0.3:
            return None, None
        return self._in_scheme(ntlm.negotiate()), None

    def _in_scheme(self, value):
        return f"{self.scheme} {value.partition(' ')[2]}"

    def _request(self, order, method, target, authorization):
        self.asked += 1
        lines = [
            f"{method} {target} HTTP/1.1",
            "Host: mail.contoso.com",
            f"X-Nonce: {self.nonce}",
        ]
        if authorization:
            lines.append(f"Authorization: {authorization}")
        body = b""
        if method in ("POST", "PROPFIND"):
            body = b"x" * order.randrange(40)
            if order.random() < 0.5 and body:
                lines.append("Transfer-Encoding: chunked")
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            else:
                lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    @property
    def nonce(self):
        return f"{self.mark}.{self.asked}"

    def hear(self):
        """Judges its answer; Closed when the CAS has vanished."""
        answer = self.client.read_response()
        if answer.status in GONE and answer.header("X-Standin") is None:
            raise Closed(answer.status_line)
        self._judge(answer)
        offered = answer.header_all("WWW-Authenticate")
        self.challenge = offered[0] if len(offered) == 1 else None
        self.known |= self.awaits is not None and self.scheme != "Basic"

    def _judge(self, answer):
        user, nonce = (answer.header(f"X-Standin-{n}") for n in ("User", "Nonce"))
        server = answer.header("X-Standin"), answer.header("X-Standin-Connection")
        if user != self.awaits or (answer.status == 401) != (user is None):
            raise MixUp(f"{self} was {user} instead of {self.awaits}: {answer}")
        if nonce != self.nonce:
            raise MixUp(f"{self} heard what {nonce} had asked")
        if server != (self.server or server):
            raise MixUp(f"{self} was moved from {self.server} to {server}")
        self.server = server

    def __repr__(self):
        return f"<{self.scheme} client {self.nonce} of {self.user}>"


class Crowd:
    def __init__(self, connect, size, seed=0):
        """`connect(session)` gives a client, whose TLS resumes `session`, or
        begins anew without one."""
        self._connect = connect
        self._order = random.Random(seed)
        self._visitors = [None] * size
        self._sessions = []  # of TLS: whoever comes may resume another's
        self._owners = {}  # mark -> user
        self.seen = Counter()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        for visitor in filter(None, self._visitors):
            visitor.client.close()

    @property
    def answers(self):
        return sum(self.seen[scheme] for scheme in SCHEMES)

    def round(self, vanish=0.03):
        """Many ask, in any order, and then hear, in another. `vanish` is how
        likely either side of each ends before its time."""
        order = self._order
        size = len(self._visitors)
        seats = order.sample(range(size), order.randint(size // 2, size))
        seats = [seat for seat in seats if not self._ask(seat, vanish)]
        order.shuffle(seats)
        for seat in seats:
            self._hear(seat, vanish)

    def _ask(self, seat, vanish):
        """True when there is nothing to hear."""
        order = self._order
        visitor = self._visitors[seat] or self._arrive(seat)
        try:
            if order.random() >= vanish:
                visitor.ask(order)
                return False
            if order.random() < 0.5:
                visitor.ask_half(order)
                self._leave(seat, "clients gone within a request")
                return True
            visitor.ask_for_an_end(order)
            return False
        except LOST:
            self._lose(seat)
            return True

    def _hear(self, seat, vanish):
        visitor = self._visitors[seat]
        if self._order.random() < vanish:
            self._leave(seat, "clients gone before the answer")
            return
        try:
            if visitor.is_doomed:
                visitor.client.read_to_end()
                self._lose(seat)
                return
            visitor.hear()
            self.seen[visitor.scheme] += 1
        except LOST:
            self._lose(seat)

    def _arrive(self, seat):
        """The user of a seat comes (again); one in two resumes a TLS session,
        whoever it was that got it."""
        order = self._order
        self.seen["clients"] += 1
        session = None
        if self._sessions and order.random() < 0.5:
            session = order.choice(self._sessions)
        client = self._connect(session)
        self.seen["resumed"] += client.is_tls and client.resumed
        scheme = SCHEMES[seat % len(SCHEMES)]
        mark = f"{seat}.{self.seen['clients']}"
        user = f"user{seat}"
        self._owners[mark] = user
        visitor = Visitor(client, mark, user, f"Secret-{seat}", scheme)
        self._visitors[seat] = visitor
        return visitor

    def _leave(self, seat, word):
        client = self._visitors[seat].client
        if client.is_tls:
            self._sessions = [client.session, *self._sessions[:50]]
        self._order.choice([client.close, client.reset])()
        self._visitors[seat] = None
        self.seen[word] += 1

    def _lose(self, seat):
        self._visitors[seat].client.close()
        self._visitors[seat] = None
        self.seen["servers gone"] += 1

    # What the CAS wrote down.

    def check(self, *servers):
        """Each connection had requests of one client only, with its user or
        none, and no client had a second one. Gives how many requests."""
        homes = {}
        requests = 0
        for cas in servers:
            for connection in cas.connections:
                home = cas.name, connection.number
                marks = {self._check_request(r) for r in connection.requests}
                if len(marks) > 1:
                    raise MixUp(f"{home} was shared by {marks}")
                for mark in marks:
                    if homes.setdefault(mark, home) != home:
                        raise MixUp(f"{mark} had {homes[mark]} and {home}")
                requests += len(connection.requests)
        return requests

    def _check_request(self, request):
        mark = request.header("X-Nonce").rpartition(".")[0]
        if request.user not in (None, self._owners[mark]):
            raise MixUp(f"{mark} was {request.user} to the CAS")
        return mark
