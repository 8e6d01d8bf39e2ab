# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the console: one-time tokens become sessions; host, origin and the session's own token are compared.

A request is answered only under the address it came in by, so that a name that somebody points at this machine (DNS
rebinding) gets nothing. What changes something has to come from the console's own page: the origin is compared, and a
token that only that page was told stands in a header.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address

COOKIE = "yanshou-console"
CSRF_HEADER = "x-yanshou-token"
MOST_SESSIONS = 32
_OPEN = frozenset(["/enter", "/session", "/static/console.css", "/static/enter.js"])
"""What a browser without a session may ask for: the way in, and nothing of the campaign."""
_SAFE = frozenset(["GET", "HEAD"])
_BYTES = 24


@dataclass(frozen=True, slots=True)
class Session:
    """One browser: its cookie, and the token that its page sends back with everything it changes."""

    cookie: str
    csrf: str


@dataclass(slots=True)
class Guard:
    """The doorkeeper of one console."""

    _tokens: set[str] = field(default_factory=set)
    _sessions: dict[str, Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def token(self) -> str:
        """A new one-time token; the link that carries it lets one browser in."""
        made = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._tokens.add(made)
        return made

    def enter(self, token: str) -> Session | None:
        """The session that ``token`` buys, once; None for a token that is unknown or spent."""
        with self._lock:
            known = next((each for each in self._tokens if _same(each, token)), None)
            if known is None or len(self._sessions) >= MOST_SESSIONS:
                return None
            self._tokens.discard(known)
            made = Session(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
            self._sessions[made.cookie] = made
            return made

    def session(self, headers: Mapping[str, str]) -> Session | None:
        """Whose request this is; None without a session of this console."""
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return None
        given = "" if cookie is None else cookie.value
        return next((each for each in list(self._sessions.values()) if _same(each.cookie, given)), None)

    def refusal(self, method: str, path: str, headers: Mapping[str, str], local: tuple[str, int]) -> str:
        """Why a request is not answered, as a key of the words; empty where it is. ``local``: the address it came in by."""
        if not own_host(headers.get("host", ""), local):
            return "foreign-host"
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and path not in _OPEN:
            return "forged-origin"
        if method not in _SAFE and headers.get("origin", "") != f"http://{headers.get('host', '')}":
            return "forged-origin"
        if path in _OPEN:
            return ""
        session = self.session(headers)
        if session is None:
            return "no-session"
        if method not in _SAFE and not _same(session.csrf, headers.get(CSRF_HEADER, "")):
            return "no-token"
        return ""


def _same(known: str, given: str) -> bool:
    return hmac.compare_digest(known.encode(), given.encode("utf-8", "surrogateescape"))


def own_host(host: str, local: tuple[str, int]) -> bool:
    """Whether ``host`` of a request names the address and port it came in by; ``localhost`` is the loopback interface."""
    name, sign, port = host.rpartition(":")
    if not sign or port != str(local[1]):
        return False
    try:
        here = ip_address(local[0])
        if name == "localhost":
            return here.is_loopback
        return ip_address(name.removeprefix("[").removesuffix("]")) == here
    except ValueError:
        return False


def cookie(session: Session) -> str:
    """The value of Set-Cookie: sent to this console's own page alone, never to a script."""
    return f"{COOKIE}={session.cookie}; HttpOnly; SameSite=Strict; Path=/"


_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = (
    (
        "content-security-policy",
        _POLICY,
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "geolocation=(), microphone=(), camera=()"),
)
"""On every answer: nothing is loaded from elsewhere, nothing is framed, nothing is kept."""
