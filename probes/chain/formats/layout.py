# SPDX-License-Identifier: Apache-2.0
"""The trace of ``chain.nodes``: lines of JSON, a session for a stretch of one node's answers.

The first line says whom (``node``, ``url``) and of what (``chain``, ``group``). Each further line is an exchange: ``t`` when it was
asked (ns since 1970 UTC), ``ms`` how long it took, ``ask`` the question or a list of them, ``raw`` the body as it came where it
is JSON in one line, else ``text`` or ``octets``; ``failed`` where there was none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from probes.chain.formats.recordings import NotJsonError, answered, parsed

FORMAT = "yanshou.chain/1"


def header(node: str, url: str, chain: str, group: str, time_ns: int) -> bytes:
    """The first line of a session."""
    return _line({"format": FORMAT, "node": node, "url": url, "chain": chain, "group": group, "t": time_ns})


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
