# SPDX-License-Identifier: Apache-2.0
"""The trace of requests to a service: lines of JSON, a session for each load that was put on, every byte that came with its stamp.

The first line says what holds for all: ``url``, ``model``, ``t`` (ns since 1970 UTC) at the zero of all other stamps, which are ns
of a clock that never jumps. Then, ``r`` being the number of a request:

* ``{"r", "due", "at", "ask"}``: it was due, it was begun, and the body that was sent;
* ``{"r", "conn", "dns", "tcp", "tls", "sent"}``: moments at which a name was known, a connection stood, TLS stood, the last byte of the
  request was handed over; ``conn`` is ``new`` or ``kept``;
* ``{"r", "t", "s"}`` or ``{"r", "t", "b"}``: bytes as they came together, as text or in base64, the last of them at ``t``; ``late``
  where they were read a millisecond later or more (:data:`LATE_NS`): several pieces may have become one;
* ``{"r", "t", "end"}``: ``done`` (whole), ``eof``, ``reset``, ``timeout``, ``stopped``, or why no connection stood: ``dns``, ``refused``,
  ``unreachable``, ``tls``; ``detail`` in words.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from harness.kit.lines import Writer, line

FORMAT = "yanshou.service/1"
LATE_NS = 1_000_000
"""A delay of reading that is told."""
ENDS = ("done", "eof", "reset", "timeout", "stopped", "dns", "refused", "unreachable", "tls")
"""How a request may end, in the words of the trace."""


def header(facts: Mapping[str, Any]) -> bytes:
    """The first line of a session."""
    return Writer(FORMAT, facts).header


def begun(request: int, due_ns: int, at_ns: int, ask: bytes, **facts: Any) -> bytes:
    """The line of a request that is begun with the body ``ask``; ``facts``: what else it belongs to."""
    head = json.dumps({"r": request, "due": due_ns, "at": at_ns, **facts}, separators=(",", ":"), ensure_ascii=False)
    return head[:-1].encode() + b',"ask":' + ask + b"}\n"


def connected(request: int, *, kept: bool, stamps: Mapping[str, int], sent_ns: int) -> bytes:
    """The line of a request that was sent; ``stamps``: ``dns``, ``tcp``, ``tls``, those that there were."""
    return line({"r": request, "conn": "kept" if kept else "new", **stamps, "sent": sent_ns})


def received(request: int, at_ns: int, data: bytes, late_ns: int = 0) -> bytes:
    """The line of bytes that came together; ``late_ns``: how long they waited to be read."""
    told = {"r": request, "t": at_ns, **({"late": late_ns} if late_ns >= LATE_NS else {})}
    try:
        return line({**told, "s": data.decode("utf-8")})
    except UnicodeDecodeError:
        return line({**told, "b": base64.b64encode(data).decode("ascii")})


def ended(request: int, at_ns: int, how: str, detail: str = "") -> bytes:
    """The line of a request's end."""
    return line({"r": request, "t": at_ns, "end": how, **({"detail": detail[:200]} if detail else {})})


def data_of(row: Mapping[str, Any]) -> bytes | None:
    """The bytes of a line of :func:`received`; None where it holds none."""
    if isinstance(row.get("s"), str):
        return str(row["s"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(row["b"], validate=True) if isinstance(row.get("b"), str) else None
    except (binascii.Error, ValueError):
        return None
