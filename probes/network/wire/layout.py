# SPDX-License-Identifier: Apache-2.0
"""How a STAMP session is kept as pcapng: one packet block a probe sent, followed by the blocks of its replies.

Packets are LINKTYPE_RAW with IP and UDP headers rebuilt from what the sockets said. Block times are kernel times where
the kernel gave one (``clock=kernel``), else the socket call's. A probe and all its replies are one record, written when
its fate is known; ``replies=`` counts the blocks that belong to it, so a record is whole or not there. A reply that came
after the waiting time, or that answers nothing we asked, is a record of its own. Statistics blocks carry, as JSON, what
has no packet: slots that were never sent, calibration, clock steps, and replies lost to a full socket buffer.
Comments have fixed columns, so that they are read as arrays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from probes.network.wire import pcapng

FORMAT = "yanshou.stamp/1"
PROSE = (
    "STAMP (RFC 8762) test session recorded by yanshou at the sending host. IP and UDP headers are rebuilt from socket "
    "ancillary data; times are kernel software timestamps where the comment says clock=kernel. The session follows as JSON."
)
SENT = "sent target={:05d} slot={:010d} due={:019d} replies={:02d} clock={}"
BACK = "back target={:05d} user={:019d} fate={} clock={}"
SENT_BYTES = len(SENT.format(0, 0, 0, 0, "kernel"))
BACK_BYTES = len(BACK.format(0, 0, "first", "kernel"))
# columns of the fields inside the comments: (start, stop)
TARGET = (12, 17)
SLOT = (23, 33)
DUE = (38, 57)
REPLIES = (66, 68)
SENT_CLOCK = 75
USER = (23, 42)
FATE = 48
BACK_CLOCK = 60
FIRST, AGAIN, LATE, ALIEN, FORGED = "first", "again", "later", "alien", "wrong"


def header(session: Mapping[str, Any]) -> bytes:
    """Section and interface blocks for a session; ``session`` is JSON with schedule, targets, sizes, waiting time."""
    text = json.dumps({"format": FORMAT, **session}, ensure_ascii=True, separators=(",", ":"))
    return pcapng.section([PROSE, *pcapng.pieces(text)]) + pcapng.interface("stamp")


def sent(target: int, slot: int, due_ns: int, time_ns: int, packet: bytes, *, replies: int, kernel: bool) -> bytes:
    """The block of a probe that was sent; exactly ``replies`` blocks made by :func:`back` must follow it."""
    comment = SENT.format(target, slot, due_ns, replies, _clock(kernel))
    return pcapng.packet(time_ns, packet, comment, pcapng.OUTBOUND)


def back(target: int, user_ns: int, time_ns: int, packet: bytes, *, fate: str, kernel: bool) -> bytes:
    """The block of a packet that came back: ``first`` or ``again`` in a probe's record; on its own ``later``, ``alien``, or ``wrong`` (its HMAC)."""
    comment = BACK.format(target, user_ns, fate, _clock(kernel))
    return pcapng.packet(time_ns, packet, comment, pcapng.INBOUND)


def notes(time_ns: int, facts: Mapping[str, Any], dropped: int = 0) -> bytes:
    """Statistics blocks: ``facts`` since the last one (every number adds up), ``dropped`` replies lost in the socket.

    A fact of thousands of targets does not fit into one comment: it is cut into several blocks, which add up as well.
    """
    text = json.dumps(facts, ensure_ascii=True, separators=(",", ":"))
    if len(text) <= pcapng.COMMENT_BYTES:
        return pcapng.statistics(time_ns, text, dropped)
    halves = [dict[str, Any](), dict[str, Any]()]
    for at, (key, value) in enumerate(facts.items()):
        parts = _halves(value) if len(facts) == 1 else [value, None] if at % 2 else [None, value]
        for half, part in zip(halves, parts, strict=True):
            half.update({} if part is None else {key: part})
    return notes(time_ns, halves[0], dropped) + notes(time_ns, halves[1])


def _halves(value: Any) -> list[Any]:
    """The first and the second half of a list or a mapping."""
    middle = len(value) // 2
    if isinstance(value, Mapping):
        return [dict(list(value.items())[:middle]), dict(list(value.items())[middle:])]
    return [value[:middle], value[middle:]]


def _clock(kernel: bool) -> str:
    return "kernel" if kernel else "python"
