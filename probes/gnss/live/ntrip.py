# SPDX-License-Identifier: Apache-2.0
"""A caster's correction stream over NTRIP 1 and 2 (RTCM 10410.1): what the receiver under test was given.

Recorded beside the receiver's log it tells whether BeiDou corrections came at all and when they stalled. The client
never asks faster than its back-off, tells a refusal in one sentence, and sends a position only where one is declared.
"""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InstrumentError
from harness.kit.ports import BLOCK
from harness.kit.streams import USUAL, Pace, Port, Stream, StreamSource
from harness.model import Text
from probes.gnss.formats.nmea import gga
from probes.gnss.live.positions import HERE, Positions
from probes.gnss.live.watch import StreamWatch
from probes.gnss.truth.sources import CorrectionSettings, Mount

GGA_EVERY_S = 10.0
"""Network RTK wants the rover's position again and again; more often than this casters complain."""
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
_HEAD = 65536
_ANSWER_S = 10.0
"""How long an answer may take as a whole."""


@dataclass(frozen=True, slots=True)
class Account:
    """A mountpoint with credentials and the NTRIP version 1 or 2."""

    mount: Mount
    user: str
    password: str
    version: int

    @property
    def shown(self) -> str:
        """As it may be printed: without the password."""
        return f"{self.mount.host}:{self.mount.port}/{self.mount.name}"


def account_of(settings: CorrectionSettings, folder: Path) -> Account:
    """The mountpoint of settings that name one; the password is taken from where they say it is."""
    mount, secret = settings.ntrip, settings.password
    assert mount is not None  # noqa: S101 - a source without file has a mountpoint
    password = "" if secret is None else secret.text("the caster's password", folder)
    return Account(mount, settings.user or mount.user, password, settings.version)


def ntrip_source(
    settings: CorrectionSettings, folder: Path, *, pace: Pace = USUAL, positions: Positions = HERE
) -> StreamSource:
    """A caster's stream for the planned time; ``positions``: where receivers are whose names the settings may give."""
    account, waiting = account_of(settings, folder), Backoff()
    assert settings.duration is not None  # noqa: S101 - a live source without it is refused when the profile loads

    def place() -> bytes | None:
        sent = settings.gga
        if sent is None:
            return None
        if sent.receiver is not None:
            return positions.position(sent.receiver)
        lat, lon, height = sent.lat or 0.0, sent.lon or 0.0, sent.height or 0.0
        return gga(lat, lon, height, time.strftime("%H%M%S", time.gmtime()))

    def connect() -> Port:
        waiting.check(account)
        try:
            return Connection(account, settings.stall, place, waiting, pace)
        except InstrumentError:
            waiting.longer()
            raise

    return StreamSource(Stream(connect, account.shown, "gnss", watch=StreamWatch, pace=pace), settings.duration)


class Backoff:
    """Twice as long after each failure, at most a minute; over once corrections come."""

    def __init__(self) -> None:
        """Begin without a wait."""
        self._wait_s, self._until = FIRST_WAIT_S, 0.0

    def check(self, account: Account) -> None:
        """InstrumentError while the caster is to be left alone."""
        if time.monotonic() < self._until:
            msg = f"The caster at {account.shown} is left alone for a while."
            raise InstrumentError(msg, cure="wait; the client tries again by itself.")

    def longer(self) -> None:
        """The caster refused, hung up or stalled."""
        self._until = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def over(self) -> None:
        """Corrections come."""
        self._wait_s, self._until = FIRST_WAIT_S, 0.0


class Connection:
    """An open correction stream; :class:`harness.kit.streams.Port`."""

    remark: Text | None = None

    def __init__(
        self, account: Account, stall_s: float, place: Callable[[], bytes | None], waiting: Backoff, pace: Pace
    ) -> None:
        """Connect and ask; ``place`` gives what is sent. InstrumentError with the caster's answer and a cure."""
        self._account, self._stall_s, self._place, self._waiting = account, stall_s, place, waiting
        self._sock = _connected(account.mount)
        try:
            self._sock.sendall(request(account))
            first, chunked = self._answer()
        except OSError as error:
            self._sock.close()
            msg = f"The caster at {account.shown} does not answer: {error}."
            raise InstrumentError(msg, cure="check host and port; a caster usually listens on 2101.") from None
        except InstrumentError:
            self._sock.close()
            raise
        self._chunks = Chunks() if chunked else None
        self._pending, self._began = first, False
        self._sock.settimeout(pace.poll_s)
        self._heard, self._placed = time.monotonic(), -GGA_EVERY_S

    def read(self) -> bytes:
        """What came within the pace's ``poll_s``; OSError when the stream ends or stalls, so that it is opened again."""
        self._send_place()
        data, self._pending = self._pending, b""
        data = data or self._received()
        if self._chunks is not None:
            data = self._chunks.take(data)
        if not self._began:
            data = data.lstrip(b"\r\n")  # an NTRIP 1 caster may end its answer with an empty line
        if data and not self._began:
            self._began = True
            self._waiting.over()
        return data

    def _received(self) -> bytes:
        try:
            data = self._sock.recv(BLOCK)
        except TimeoutError:
            if time.monotonic() - self._heard <= self._stall_s:
                return b""
            self._waiting.longer()
            msg = f"no corrections for {self._stall_s:g} s"
            raise TimeoutError(msg) from None
        if not data:
            self._waiting.longer()
            raise ConnectionResetError("the caster closed the stream")
        self._heard = time.monotonic()
        return data

    def close(self) -> None:
        """Let go of it."""
        self._sock.close()

    def _send_place(self) -> None:
        """A position every ten seconds: the declared one, or that of a receiver once it has a fix."""
        if time.monotonic() - self._placed < GGA_EVERY_S:
            return
        sentence = self._place()
        if sentence is not None:
            self._placed = time.monotonic()
            self._sock.sendall(sentence)

    def _answer(self) -> tuple[bytes, bool]:
        """(first bytes of the stream, whether it is chunked); InstrumentError for anything but a stream."""
        head, end = b"", time.monotonic() + _ANSWER_S
        while not _answered(head) and len(head) < _HEAD:
            more = self._more(end)
            if not more:
                break
            head += more
        first = head.split(b"\r\n", 1)[0].decode("latin-1")
        if head.startswith(b"ICY 200 OK\r\n"):
            return head[12:], False
        fields, _, rest = head.partition(b"\r\n\r\n")
        if first.startswith("SOURCETABLE") or b"gnss/sourcetable" in fields.lower():
            raise self._no_mount(rest + self._rest_of_table(rest))
        if " 200" in first:
            return rest, b"transfer-encoding: chunked" in fields.lower()
        raise self._refusal(first)

    def _rest_of_table(self, have: bytes) -> bytes:
        more, end = b"", time.monotonic() + _ANSWER_S
        while b"ENDSOURCETABLE" not in have + more and len(more) < _HEAD and (data := self._more(end)):
            more += data
        return more

    def _more(self, end: float) -> bytes:
        """What comes next, empty at the end of the stream; TimeoutError once the time is over, however slowly it drips."""
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("its answer does not end")
        self._sock.settimeout(left)
        return self._sock.recv(BLOCK)

    def _no_mount(self, table: bytes) -> InstrumentError:
        offered = [line.split(";")[1] for line in table.decode("latin-1").splitlines() if line.startswith("STR;")]
        msg = f"The caster at {self._account.shown} answers with its sourcetable: it has no such mountpoint."
        return InstrumentError(msg, cure=f"use one of: {', '.join(offered[:20]) or 'none is offered'}.")

    def _refusal(self, first: str) -> InstrumentError:
        cures = {
            "401": "check user and password, and that the account is not in use elsewhere.",
            "403": "ask the operator to allow this account on this mountpoint.",
            "404": "check the name of the mountpoint; upper and lower case matter.",
        }
        code = "401" if "bad password" in first.lower() else next((code for code in cures if f" {code}" in first), "")
        msg = f"The caster at {self._account.shown} refuses: {first or 'no answer'}."
        return InstrumentError(msg, cure=cures.get(code, "ask the operator of the caster."))


def request(account: Account) -> bytes:
    """The request for a stream, NTRIP 1 (HTTP/1.0 alike) or 2 (HTTP/1.1)."""
    mount = account.mount
    lines = [f"GET /{mount.name} HTTP/{'1.1' if account.version == 2 else '1.0'}"]
    if account.version == 2:
        lines += [f"Host: {mount.host}:{mount.port}", "Ntrip-Version: Ntrip/2.0", "Connection: close"]
    lines.append("User-Agent: NTRIP yanshou")
    if account.user:
        secret = base64.b64encode(f"{account.user}:{account.password}".encode()).decode("ascii")
        lines.append(f"Authorization: Basic {secret}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _answered(head: bytes) -> bool:
    """Whether the answer is there: a head of HTTP, or the one line of an NTRIP 1 caster."""
    return b"\r\n\r\n" in head or (head.startswith((b"ICY 200 OK", b"ERROR")) and b"\r\n" in head)


class Chunks:
    """Takes the chunks of an HTTP/1.1 body apart (RFC 9112 7.1), byte by byte as they come."""

    def __init__(self) -> None:
        """Begin before the first chunk."""
        self._line, self._left = b"", 0

    def take(self, data: bytes) -> bytes:
        """The contents in ``data``; ConnectionResetError when a length should stand there and does not."""
        found = b""
        while data:
            if self._left:
                part, data = data[: self._left], data[self._left :]
                self._left -= len(part)
                found += part
                continue
            line, end, rest = (self._line + data).partition(b"\r\n")
            self._line, data = (b"", rest) if end else (line, b"")
            if end and line:
                self._left = _length(line)
        return found


def _length(line: bytes) -> int:
    try:
        return int(line.split(b";")[0], 16)
    except ValueError:
        raise ConnectionResetError("the caster's chunks are out of step") from None


def _connected(mount: Mount) -> socket.socket:
    try:
        sock = socket.create_connection((mount.host, mount.port), timeout=5)
        if mount.secure:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=mount.host)
    except OSError as error:
        msg = f"No caster answers at {mount.host}:{mount.port}: {error}."
        raise InstrumentError(msg, cure="check the address and the network of this machine.") from None
    return sock
