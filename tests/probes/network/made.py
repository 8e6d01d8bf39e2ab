# SPDX-License-Identifier: Apache-2.0
"""Exchanges over paths whose delays, clocks and fates a test chose, and what a verdict on them is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from harness import installed
from harness.decide import decide
from harness.model import Criterion, Judgement, Outcome, Reading, Reason, Rule, Text, Verdict
from harness.plugins import Input, Shown
from harness.quantity import Limit
from harness.testing import Question
from probes.network.wire import layout
from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.timestamps import error_estimate, ntp_of

Judge = Callable[..., Any]
P99 = {"q": "99 %", "lost": "over-limit"}
ONE = {"longest_credible_burst": "1 packet"}
US, MS = 1_000, 1_000_000
SURE, UNSURE = error_estimate(100 * US, synchronised=True), error_estimate(100 * US, synchronised=False)


@dataclass(frozen=True)
class Answer:
    """What the engine would say: the outcome, the verdict on it, and what is shown of the deciding reading."""

    outcome: Outcome
    judgement: Judgement
    shown: Shown

    def __getattr__(self, name: str) -> Any:
        return getattr(self.outcome, name)

    @property
    def missing(self) -> tuple[Reason, ...]:
        """What the evidence cannot say."""
        return tuple(each.reason for each in self.outcome.lacks)

    @property
    def figures(self) -> tuple[Any, ...]:
        return self.shown.figures

    @property
    def listing(self) -> dict[str, Any]:
        """Every list by its key: names, rows by column, or single values by what they are called."""
        return {each.key: rows_of(each) for each in self.shown.listings}


def rows_of(listing: Any) -> Any:
    keys = [column.key for column in listing.columns]
    if keys == ["name", "value"]:
        return {row[0].en: row[1] for row in listing.rows}
    rows = [dict(zip(keys, row, strict=True)) for row in listing.rows]
    return [row[keys[0]] for row in rows] if keys == ["node"] else rows


def asked(inputs: Sequence[Input], question: Question, *, watched: bool = False) -> Answer:
    """The answer that these summaries give to a question; an INVALID one where the statistic is not offered."""
    measurand, request = question.record, replace(question.request, watched=watched)
    view = installed.resolve(measurand.view)(tuple(inputs), question.ask)
    outcome = installed.resolve(measurand.statistics[question.statistic])(view, request)
    shown = installed.resolve(measurand.show)(view, outcome, request)
    criterion = Criterion(request.reading, request.limit, request.rule, 1 - question.risk)
    return Answer(outcome, decide(outcome, criterion), shown)


def verdict(found: Any, limit: str) -> Verdict:
    """The verdict on a value with another limit than it was asked with."""
    outcome = found.outcome if isinstance(found, Answer) else found
    reading = Reading("r", Text("提问", "asked"), "m", "s")
    confidence = Fraction(19, 20) if outcome.estimate is None else outcome.estimate.confidence
    return decide(outcome, Criterion(reading, Limit.parse(limit), Rule.GUARDED, confidence)).verdict


def codes(reasons: Any) -> set[str]:
    return {each.code for each in reasons}


def node(make: Any, index: int, delays: list[int | None]) -> bytes:
    return b"".join(make.record(index, slot, delay, at_ns=make.drawn(slot)) for slot, delay in enumerate(delays))


def exchange(
    make: Any,
    slot: int,
    *,
    there_ns: int = 400 * US,
    back_ns: int = 900 * US,
    offset_ns: int = 0,
    lost: str = "",
    number: int | None = None,
    late_ns: int = 0,
    read_late_ns: int = 5_000,
    error: int = SURE,
    ttl: int = 60,
    step_ns: int = MS,
    drawn: bool = True,
) -> bytes:
    """One probe over a path whose two ways, clock offset and fate are chosen; ``number``: the reflector's own; else it is periodic if not ``drawn``."""
    due = make.drawn(slot, step_ns) if drawn else make.START_NS + slot * step_ns
    t1 = due + late_ns
    here, there = Endpoint.of("10.9.255.1", 50_000), Endpoint.of("10.9.0.1", 862)
    asked = SenderPacket(slot, ntp_of(t1), error)
    wire = datagram(here, there, asked.encode(), 64)
    block = layout.sent(0, slot, due, t1, wire, replies=0 if lost else 1, kernel=True)
    if lost:
        return block
    t2 = t1 + there_ns + offset_ns
    answer = ReflectorPacket(
        sequence=slot if number is None else number,
        timestamp=ntp_of(t2 + 50 * US),
        error=error,
        ssid=0,
        received=ntp_of(t2),
        sender_sequence=slot,
        sender_timestamp=asked.timestamp,
        sender_error=error,
        sender_ttl=ttl,
    )
    t4 = t1 + there_ns + back_ns + 50 * US
    back = datagram(there, here, answer.encode(), ttl)
    return block + layout.back(0, t4 + read_late_ns, t4, back, fate=layout.FIRST, kernel=True)
