# SPDX-License-Identifier: Apache-2.0
"""What one or several loads came to: a table of requests a session, mergeable in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from harness.kit.lines import Session
from probes.service.digests.exchange import Exchange
from probes.service.digests.rows import DELTA, REQUEST, Rows, table
from probes.service.formats.chat import deltas
from probes.service.formats.said import SHORTEST, pieces, resembling

_ALIKE_FROM = 60
"""Characters of an answer from which two prompts have not the same one but for a word: shorter ones begin alike."""
_LONGEST = 4000
"""Characters of an answer that are compared."""
_SAID = 5
"""Different things a service says of its errors that are kept, by fault."""


@dataclass(frozen=True)
class Run:
    """One session: what its first line says, its requests in the order in which they were due, what was odd.

    ``notes``: (what, how often); ``said``: (fault, in the service's own words); ``damaged``: lines that nobody understands.
    """

    facts: tuple[tuple[str, Any], ...]
    requests: bytes
    deltas: bytes
    notes: tuple[tuple[str, int], ...] = ()
    said: tuple[tuple[str, str], ...] = ()
    models: tuple[str, ...] = ()
    damaged: int = 0

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """The first line."""
        return dict(self.facts)

    @cached_property
    def rows(self) -> Rows:
        """The requests (:data:`~probes.service.digests.rows.REQUEST`)."""
        return np.frombuffer(self.requests, REQUEST)

    @cached_property
    def steps(self) -> Rows:
        """Times and tokens between chunks (:data:`~probes.service.digests.rows.DELTA`)."""
        return np.frombuffer(self.deltas, DELTA)

    @property
    def key(self) -> tuple[Any, ...]:
        """By which sessions are put in order."""
        start = self.about.get("t")
        return (start if isinstance(start, int) else 0, self.requests, repr(self.facts))


@dataclass(frozen=True)
class Load:
    """The mergeable digest: sessions in order of time."""

    runs: tuple[Run, ...] = ()

    def merge(self, other: Self) -> Self:
        """The union; a session stands once, however often its bytes were given."""
        once = {each.key: each for each in (*self.runs, *other.runs)}
        return type(self)(tuple(once[key] for key in sorted(once)))


class Search(Load):
    """Sessions at several loads, one after another."""


def decode(session: Session) -> Run:
    """The session of a trace; lines that are none are counted."""
    requests: dict[int, Exchange] = {}
    for row in session:
        number = row.get("r")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            session.damaged += 1
            continue
        one = requests.get(number)
        if one is None:
            one = requests[number] = Exchange(number)
        session.damaged += not one.take(row)
    return run(dict(session.facts), requests.values(), session.damaged)


def run(facts: Mapping[str, Any], requests: Any, damaged: int = 0) -> Run:
    """A session of these requests."""
    exchanges: list[Exchange] = sorted(requests, key=lambda each: (each.moments.get("due", 0), each.number))
    notes, said = Counter[str](), dict[tuple[str, str], None]()
    models, steps = set[str](), list[tuple[int, int]]()
    for each in exchanges:
        transcript = each.answer.transcript
        notes.update(transcript.notes)
        notes["read-late"] += each.answer.late
        models |= {transcript.model} - {""}
        notes["from-cache"] += transcript.cached or each.answer.response.cached
        notes["mocked"] += transcript.mocked or each.answer.response.mocked
        notes["asked-otherwise"] += each.asked_otherwise(facts)
        fault, words = each.fault
        if not fault:
            notes["no-done"] += not transcript.done
            notes["no-usage"] += transcript.usage is None
            notes["usage-impossible"] += transcript.usage is not None and transcript.tokens(each.most) is None
            steps += deltas(transcript.counted) if len(transcript.choices) == 1 and not transcript.usage_wrong else []
        elif words and len([1 for kept, _ in said if kept == fault]) < _SAID:
            said[fault, words] = None
    notes["canned"] = _canned(exchanges, facts.get("prompt_count"))
    return Run(
        tuple(sorted((str(key), _frozen(value)) for key, value in facts.items())),
        table((each.row() for each in exchanges), REQUEST).tobytes(),
        table(steps, DELTA).tobytes(),
        tuple(sorted((key, count) for key, count in notes.items() if count)),
        tuple(sorted(said)),
        tuple(sorted(models)),
        damaged,
    )


def _canned(exchanges: Sequence[Exchange], prompts: Any) -> int:
    """Whole answers whose words came to another prompt of the set as well; short ones may well be the same.

    Either the very words of any other answer, or for the most part those of the answer before it.
    """
    if not isinstance(prompts, int) or prompts < 2:  # one prompt has one answer
        return 0
    whole = [(each.number % prompts, each.answer.transcript.text[:_LONGEST]) for each in exchanges if not each.fault[0]]
    said: dict[str, set[int]] = {}
    for prompt, text in whole:
        said.setdefault(text, set()).add(prompt)
    count, before, was = 0, frozenset[str](), -1
    for prompt, text in whole:
        now = pieces(text, _ALIKE_FROM)
        again = prompt != was and resembling(before, now)
        count += again or (len(text) >= SHORTEST and len(said[text]) > 1)
        before, was = now, prompt
    return count


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return tuple(sorted((key, _frozen(each)) for key, each in value.items())) if isinstance(value, dict) else value
