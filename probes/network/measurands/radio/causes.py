# SPDX-License-Identifier: Apache-2.0
"""network.dropout with radio evidence: what each terminal's modem said while it was silent, and whose fault that makes it.

No cause changes a verdict: a drop is a drop. Radio: the modem was out of service, on another access, in a weak signal, or changed
its cell. Power: the modem itself did not answer. Server: modems stayed on 5G, in one cell and a good signal, while several
terminals dropped together. Everything else, and every terminal without radio evidence, is undecided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any

from harness.model import Outcome
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.radio import Radio
from probes.network.digests.register import Register
from probes.network.measurands import dropout
from probes.network.measurands.watches import watch
from probes.network.measurands.words import WORDS, listing
from probes.network.traces.radio import SILENT, Poll
from probes.network.traces.terminals import Terminal
from probes.network.wire.radio import ANY_NR

WEAK_DBM = -110.0
"""At and below this RSRP a connection is at the edge of its cell; networks are planned for -105 to -110 at their edges."""
_NEAR_NS = 30 * 10**9
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Seen(dropout.View):
    """What was probed and told, with the register that joins terminals and modems, and what these said."""

    rows: tuple[Terminal, ...]
    radio: Radio


@dataclass(frozen=True, slots=True)
class Drop:
    """One drop: whose, from when, how long (ns), and what the modem said just before, meanwhile and just after."""

    node: str
    address: str
    at_ns: int
    length_ns: int
    before: Poll | None
    during: tuple[Poll, ...]
    after: Poll | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells on the way, each once, in their order."""
        told = (self.before, *self.during, self.after)
        return tuple(dict.fromkeys(each.cell for each in told if each is not None and each.cell))

    @property
    def lowest(self) -> float | None:
        """The weakest signal on the way."""
        told = (self.before, *self.during, self.after)
        return min((each.rsrp for each in told if each is not None and each.rsrp is not None), default=None)

    @property
    def cause(self) -> str:
        """``radio``, ``power``, ``fine`` (the modem was well throughout) or ``undecided``."""
        if not self.during:
            return "undecided"
        rats = {each.rat for each in self.during}
        if rats == {SILENT}:
            return "power"
        if rats - ANY_NR - {SILENT} or len(self.cells) > 1 or (self.lowest is not None and self.lowest <= WEAK_DBM):
            return "radio"
        return "fine" if SILENT not in rats and self.lowest is not None and self.cells else "undecided"


def view(inputs: Sequence[Input], ask: Ask) -> Seen:
    """Everything that bears on drops."""
    seen = dropout.view(inputs, ask)
    rows = tuple(row for each in inputs if isinstance(each.summary, Register) for row in each.summary)
    told = [each.summary for each in inputs if isinstance(each.summary, Radio)]
    known = {each.name: getattr(seen, each.name) for each in fields(seen)}
    return Seen(**known, rows=rows, radio=reduce(Radio.merge, told, Radio(frozenset())))


def show(seen: Seen, outcome: Outcome, request: Request) -> Shown:
    """What the drop-out rate shows; where modems were asked, every drop with its cause."""
    shown = dropout.show(seen, outcome, request)
    if not seen.radio.polls or outcome.invalid:
        return shown
    columns = (
        ("node", ""), ("address", ""), ("at_ns", "ns"), ("silent_s", "s"), ("cause", ""), ("said", ""),
        ("lowest_rsrp", "dBm"), ("cells", ""),
    )  # fmt: skip
    found = drops(seen, dropout.silent_after(request))
    rows = [_row(each, cause) for each, cause in zip(found, causes(found), strict=True)]
    return Shown(shown.figures, (*shown.listings, listing("causes", columns, rows[:_MOST])))


def causes(found: Sequence[Drop]) -> list[str]:
    """The cause of each drop: that of one whose modem was well is the server's side when another such one was silent then too."""
    told = []
    for each in found:
        together = {
            other.node
            for other in found
            if other.cause == "fine"
            and each.at_ns < other.at_ns + other.length_ns
            and other.at_ns < each.at_ns + each.length_ns
        }
        told.append(("server" if len(together) > 1 else "undecided") if each.cause == "fine" else each.cause)
    return told


def drops(seen: Seen, silence_ns: int) -> list[Drop]:
    """Every drop of a probed terminal, in order of time."""
    by_imei = seen.radio.by_imei
    found = []
    for node in seen.evidence.nodes:
        if not node.n:
            continue
        polls = _polls(node.address, node.port, seen.rows, by_imei)
        watched = watch(node, silence_ns)
        for at, length in zip(watched.drops.tolist(), watched.offline.tolist(), strict=True):
            found.append(_drop(node.label, node.address, (at, length), polls))
    return sorted(found, key=lambda each: (each.at_ns, each.node))


def _polls(address: str, port: int, rows: Sequence[Terminal], by_imei: Mapping[str, Sequence[Poll]]) -> list[Poll]:
    """What the modems of the rows with that address said."""
    imeis = {row.imei for row in rows if row.address == address and row.port in {0, port} and row.imei}
    return sorted((poll for imei in imeis for poll in by_imei.get(imei, ())), key=lambda each: each.time_ns)


def _drop(node: str, address: str, when: tuple[int, int], polls: Sequence[Poll]) -> Drop:
    at, length = when
    before = [each for each in polls if at - _NEAR_NS <= each.time_ns <= at and each.rat != SILENT]
    after = [each for each in polls if at + length <= each.time_ns <= at + length + _NEAR_NS and each.rat != SILENT]
    during = tuple(each for each in polls if at < each.time_ns < at + length)
    return Drop(node, address, at, length, before[-1] if before else None, during, after[0] if after else None)


def _row(each: Drop, cause: str) -> dict[str, Any]:
    rats = list(dict.fromkeys(poll.rat for poll in each.during))
    return {
        "node": each.node,
        "address": each.address,
        "at_ns": each.at_ns,
        "silent_s": each.length_ns / 10**9,
        "cause": WORDS.text(f"cause-{cause}"),
        "said": " → ".join(rats),
        "lowest_rsrp": each.lowest,
        "cells": " → ".join(each.cells),
    }
