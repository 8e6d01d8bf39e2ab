# SPDX-License-Identifier: Apache-2.0
"""The trace of ``chain.nodes``: lines of JSON, a session for a stretch of one node's answers.

The first line says whom (``node``, ``url``) and of what (``chain``, ``group``). Each further line is an exchange: ``t`` when it was
asked (ns since 1970 UTC), ``ms`` how long it took, ``ask`` the question or a list of them, ``raw`` the body as it came where it
is JSON in one line, else ``text`` or ``octets``; ``failed`` where there was none.

The sessions of a recording are numbered from 1, each says how many lines follow (``session``, ``lines``), and the last line how many
sessions there are (``sessions``), so that what is cut off later shows.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from probes.chain.formats.recordings import NotJsonError, answered, parsed

FORMAT = "yanshou.chain/1"
_HEAD = b'{"format":"yanshou.chain/1"'


def header(node: str, url: str, chain: str, group: str, time_ns: int) -> bytes:
    """The first line of a session."""
    return _line({"format": FORMAT, "node": node, "url": url, "chain": chain, "group": group, "t": time_ns})


def numbered(session: bytes, at: int) -> bytes:
    """A session with its number in the recording and how many lines it has."""
    head, _, rest = session.partition(b"\n")
    return head[:-1] + b',"session":%d,"lines":%d}\n' % (at, rest.count(b"\n")) + rest


def ending(count: int, time_ns: int) -> bytes:
    """The last line of a recording of ``count`` sessions."""
    return _line({"format": FORMAT, "node": "", "url": "", "chain": "", "group": "", "sessions": count, "t": time_ns})


def lost(whole: Collection[int], torn: Collection[int], ends: Collection[int]) -> int:
    """How many sessions are missing or torn, by the numbers of those that are whole and by what the last lines say.

    A recording without any number, of an older program, tells nothing. One that goes on after its last line, or has none, has no end:
    one is missing at least. A session that was torn by a crash and written anew is whole.
    """
    last = max(ends, default=0)
    missing = last - len({at for at in whole if 1 <= at <= last})
    return missing + (max([*whole, *torn], default=0) > last)


def torn(data: bytes) -> bool:
    """Whether sessions or lines of one of our recordings are missing, by their numbers."""
    whole, bad, ends = set[int](), set[int](), set[int]()
    head, rows = dict[str, Any](), 0
    for line in [*data.splitlines(), _HEAD]:
        if not line.startswith(_HEAD):
            rows += bool(line)
            continue
        if isinstance(at := head.get("session"), int):
            (whole if head.get("lines") == rows else bad).add(at)
        if isinstance(count := head.get("sessions"), int):
            ends.add(count)
        head, rows = _facts(line), 0
    return lost(whole, bad, ends) > 0


def _facts(line: bytes) -> dict[str, Any]:
    """What the first line of a session says; nothing where it is damaged."""
    try:
        found = parsed(line)
    except NotJsonError:
        return {}
    return found if isinstance(found, dict) else {}


def exchange(ask: Any, time_ns: int, ms: float, status: int, body: bytes) -> tuple[bytes, Any]:
    """The line of an exchange, and the answer as :func:`answered` has it; None where it is none. A body in one line stands as it came."""
    head = {"t": time_ns, "ms": ms, "status": status, "ask": ask}
    try:
        answer = answered(body)
    except NotJsonError:
        try:
            return _line({**head, "text": body.decode("utf-8")}), None
        except UnicodeDecodeError:
            return _line({**head, "octets": body.hex()}), None
    stripped = body.strip()
    if b"\n" in stripped or b"\r" in stripped:
        return _line({**head, "raw": parsed(body), "text_of_raw": body.decode("utf-8")}), answer
    return b"".join([_line(head)[:-2], b',"raw":', stripped, b"}\n"]), answer


def failed(ask: Any, time_ns: int, code: str, detail: str = "") -> bytes:
    """The line of a question without an answer."""
    return _line({"t": time_ns, "ask": ask, "failed": code, "detail": detail})


def octets(
    method: str, params: list[Any], data: bytes, time_ns: int, asked: tuple[float, bytes] | None = None
) -> bytes:
    """The line of bytes that are no JSON: a certificate, a handshake, a ledger file; ``asked``: (ms, the question's bytes)."""
    more = {} if asked is None else {"ms": asked[0], "asked": asked[1].hex()}
    return _line({"t": time_ns, **more, "ask": {"method": method, "params": params}, "octets": data.hex()})


def asks(line: bytes, method: str) -> bool:
    """Whether a line is the answer to a question of this name."""
    row = json.loads(line)
    ask = row.get("ask")
    return isinstance(ask, dict) and ask.get("method") == method and "octets" in row


def told(method: str, facts: Mapping[str, Any], time_ns: int) -> bytes:
    """The line of what was seen beside the answers: the key of a TLS server, a marker's fate."""
    return _line({"t": time_ns, "ask": {"method": method}, **facts})


def _line(row: Mapping[str, Any]) -> bytes:
    return (
        json.dumps(row, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    )
