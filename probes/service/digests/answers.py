# SPDX-License-Identifier: Apache-2.0
"""What the entries of a catalogue answered: the list itself, a reply for each question of each entry, the draw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple, Self

from harness.kit.lines import Session
from harness.kit.tables import Table
from harness.model import Reason
from probes.service.digests.exchange import Exchange
from probes.service.formats.catalogue import Entry, entries

_LONGEST = 4000
"""Characters of a reply that are compared."""


class Reply(NamedTuple):
    """One reply: place of the entry, number of the question, why it is none (empty: it is one), text, tokens, seconds."""

    place: int
    question: int
    fault: str
    said: str
    text: str
    prompt: int
    completion: int
    took_ns: int
    model: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The mergeable digest. ``digest``: of the list as it was recorded; ``questions``: how many each entry is asked."""

    entries: tuple[Entry, ...] = ()
    digest: str = ""
    unread: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    questions: int = 0
    draws: tuple[bytes, ...] = ()
    damaged: int = 0
    invalid: tuple[Reason, ...] = ()

    def merge(self, other: Self) -> Self:
        """The union, whatever the order."""
        return type(self)(
            tuple(sorted({*self.entries, *other.entries})),
            max(self.digest, other.digest),
            tuple(sorted({*self.unread, *other.unread})),
            tuple(sorted({*self.replies, *other.replies})),
            max(self.questions, other.questions),
            tuple(sorted({*self.draws, *other.draws})),
            self.damaged + other.damaged,
            tuple(
                sorted({each.text: each for each in (*self.invalid, *other.invalid)}.values(), key=lambda r: r.text.zh)
            ),
        )


def listed(table: Table, data: bytes) -> Catalogue:
    """The list, of the bytes ``data``."""
    return Catalogue(tuple(entries(table)), hashlib.sha256(data).hexdigest(), table.unread)


def decode(session: Session) -> Catalogue:
    """The calls of one session."""
    found: dict[int, tuple[Exchange, int, int, bool]] = {}
    for row in session:
        number = row.get("r")
        if not isinstance(number, int) or isinstance(number, bool):
            session.damaged += 1
            continue
        if "due" in row and number not in found:
            place, question = row.get("entry"), row.get("question")
            if isinstance(place, int) and isinstance(question, int) and min(place, question) >= 0:
                found[number] = Exchange(number), place, question, row.get("kind") == "json"
        if number not in found or not found[number][0].take(row):
            session.damaged += 1
    questions = session.facts.get("questions")
    return Catalogue(
        replies=tuple(sorted(_reply(*each) for each in found.values())),
        questions=questions if isinstance(questions, int) and not isinstance(questions, bool) else 0,
        damaged=session.damaged,
    )


def _reply(exchange: Exchange, place: int, question: int, plain: bool) -> Reply:
    answer, (fault, said) = exchange.answer, exchange.fault
    text = answer.transcript.text
    if plain:
        fault, said, text = _plain(exchange, fault, said)
    usage = answer.transcript.usage
    began, ended = exchange.moments.get("began", 0), exchange.moments.get("ended", 0)
    prompt = -1 if usage is None or usage.prompt is None else usage.prompt
    completion = -1 if usage is None else usage.completion
    return Reply(
        place, question, fault, said, text[:_LONGEST], prompt, completion, ended - began, answer.transcript.model
    )


def _plain(exchange: Exchange, fault: str, said: str) -> tuple[str, str, str]:
    """A call with a body of its own: any whole 200 that is neither empty, nor a page, nor an error."""
    body = bytes(exchange.answer.body)
    if fault not in {"no-stream", "not-streamed"}:
        return fault, said, exchange.answer.transcript.text
    if not exchange.answer.response.whole:
        return "cut", "", ""
    return ("", "", body.decode("utf-8", "replace")) if body.strip() else ("empty", "", "")
