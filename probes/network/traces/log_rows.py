# SPDX-License-Identifier: Apache-2.0
"""Packets of a log in order, whatever program wrote it, and what its reader has to be told. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.errors import SpecError
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from harness.quantity import Quantity

MOST_MISSING = 1_000_000
APART_NS = 3600 * 10**9
"""Sessions without times of day are set so far apart that no silence spans two of them."""


@dataclass(slots=True)
class Rows:
    """Packets in order of the log: due time, delay (-1: lost), replies, TTL; what the log cannot tell is said in ``mode``.

    ``told``: what is to be said of them, as (key of words.toml, how many, words of the log).
    """

    due: list[int] = field(default_factory=list)
    delay: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    ttl: list[int] = field(default_factory=list)
    mode: str = "log"
    address: str = ""
    damaged: int = 0
    told: list[tuple[str, int, tuple[str, ...]]] = field(default_factory=list)

    def add(self, due: int, delay: int, replies: int, ttl: int = 0) -> None:
        """One packet."""
        self.due.append(due)
        self.delay.append(delay)
        self.replies.append(replies)
        self.ttl.append(ttl)

    def tell(self, key: str, count: int, *words: str) -> None:
        """Something to be said of them."""
        self.told.append((key, count, words))


def check_totals(name: str, stated: tuple[int, int], found: tuple[int, int], unread: str) -> None:
    """UnreadableError when a log's own (sent, received) are not what was read; ``unread``: the first line not understood."""
    if stated == found:
        return
    zh = f"日志自己的统计为发送 {stated[0]}、接收 {stated[1]}，而逐包读到的是 {found[0]} 与 {found[1]}。"
    en = f"The log's own summary says {stated[0]} sent and {stated[1]} received, but its packets are {found[0]} and {found[1]}."
    if unread:
        zh, en = f"{zh}第一处无法识别：“{unread}”。", f"{en} The first line not understood: {unread!r}."
    cure = "keep the whole output with a line a packet (no -q, no tail, no grep)."
    raise UnreadableError(Text(zh, en), cure=cure, where=name)


def nanoseconds(number: str, unit: str, where: str) -> int:
    """Ns of a delay as a log prints it; UnreadableError for a unit that nobody knows."""
    try:
        return round(Quantity.parse(f"{number.replace(',', '.')} {_UNITS.get(unit, unit)}").to("ns"))
    except SpecError:
        text = Text(f"“{number} {unit}”不是时长。", f"{number} {unit} is no length of time.")
        raise UnreadableError(text, cure="keep the output as the program wrote it.", where=where) from None


_UNITS = {"msec": "ms", "мс": "ms", "usec": "us", "sec": "s", "秒钟": "s"}
