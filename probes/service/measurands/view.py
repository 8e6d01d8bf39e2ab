# SPDX-License-Identifier: Apache-2.0
"""What loads say of each endpoint: its sessions, and what keeps them from proving anything. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.errors import SpecError
from harness.kit.parts import Part
from harness.model import About, Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request
from harness.quantity import Quantity
from probes.service.digests import rows as columns
from probes.service.digests.load import Load, Run
from probes.service.digests.rows import REQUEST, Rows
from probes.service.formats import schedule
from probes.service.formats.words import WORDS

Bools = npt.NDArray[np.bool_]
S_NS, MS = 10**9, 10**6
_LATE_NS = 100 * MS
_LATE_SHARE = 0.01
_CACHED = 0.5
"""Median share of a prompt that may come from a cache: its unique beginning leaves at most a template's head."""
_FEW = 0.01
"""Share of answers from a cache that moves no quantile that anybody asks for."""
_DRAWN_NS = 1000
"""How far a moment may lie from the one that is drawn again: logarithms differ in their last digits between machines."""
_TOLD = ("read-late", "usage-impossible", "no-usage", "no-done", "after-done", "unknown-event")
_FIELD = "unknown-field:"


@dataclass(frozen=True)
class Session:
    """Runs of one seed: one load, whatever interrupted it."""

    runs: tuple[Run, ...]

    @cached_property
    def rows(self) -> Rows:
        """Its requests, each number once."""
        rows = np.concatenate([each.rows for each in self.runs]) if self.runs else np.empty(0, REQUEST)
        _, first = np.unique(rows["number"], return_index=True)
        return np.asarray(rows[np.sort(first)])

    @property
    def about(self) -> Mapping[str, Any]:
        """What holds for it."""
        return self.runs[0].about

    @property
    def planned(self) -> int:
        """How many requests were drawn."""
        return whole(self.about.get("planned"))

    @property
    def start_ns(self) -> int:
        """When it began, UTC ns."""
        return min(whole(each.about.get("t")) for each in self.runs)

    @cached_property
    def duration_ns(self) -> int:
        """How long requests arrived; the whole of what was planned where all of them did."""
        if len(self.rows) >= self.planned > 0 and whole(self.about.get("duration")):
            return whole(self.about["duration"])
        return sum(
            int(each.rows["due"].max() - min(0, int(each.rows["due"].min()))) for each in self.runs if len(each.rows)
        )


@dataclass(frozen=True)
class Service:
    """One endpoint, as one source put loads on it."""

    label: str
    sessions: tuple[Session, ...]
    settings: Any

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """All runs."""
        return tuple(run for each in self.sessions for run in each.runs)

    @cached_property
    def rows(self) -> Rows:
        """All requests."""
        return np.concatenate([each.rows for each in self.sessions]) if self.sessions else np.empty(0, REQUEST)

    @property
    def damaged(self) -> int:
        """Lines of the trace that nobody understands."""
        return sum(each.damaged for each in self.runs)

    def good(self, request: Request) -> Bools:
        """Requests that were answered whole, and within ``answer_within`` where that is declared."""
        return good(self.rows, request)

    @property
    def unfinished(self) -> int:
        """Requests under way when the recording broke off."""
        return int(columns.unfinished(self.rows).sum())


@dataclass(frozen=True)
class View:
    """Every endpoint, in the order of its source's name."""

    services: tuple[Service, ...]


def gather(inputs: Sequence[Input], ask: Ask) -> View:  # noqa: ARG001 - what every view is given
    """The view."""
    found = []
    for each in inputs:
        load: Load = each.summary
        sessions: dict[tuple[str, str], list[Run]] = {}
        for run in load.runs:
            sessions.setdefault((str(run.about.get("seed")), str(run.about.get("place"))), []).append(run)
        found.append(
            Service(each.source, tuple(Session(tuple(runs)) for runs in sessions.values()), each.trace.settings)
        )
    return View(tuple(sorted(found, key=lambda service: service.label)))


def good(rows: Rows, request: Request) -> Bools:
    """Which of these requests were answered whole, and within ``answer_within`` where that is declared."""
    return answered(rows, request.constant("answer_within"))


def answered(rows: Rows, within: Quantity | None) -> Bools:
    """Which of these requests were answered whole, and in time where there is one."""
    whole_ones = columns.good(rows)
    if within is None:
        return whole_ones
    return np.asarray(whole_ones & (rows["ended"] - rows["began"] <= float(within.to("ns"))))


def whole(value: Any) -> int:
    """A whole number of a header; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def label(view: View, service: Service) -> str:
    """How a part is called: not at all where it is alone."""
    return service.label if len(view.services) > 1 else ""


def lacks(service: Service, request: Request, *, random: bool = True) -> tuple[Lack, ...]:
    """What keeps an endpoint's loads from proving anything good."""
    if not len(service.rows):
        return (WORDS.lack("no-requests", Side.BOTH),)
    return tuple(_lacks(service, request, random=random))


def _lacks(service: Service, request: Request, *, random: bool) -> Iterator[Lack]:
    if service.damaged:
        yield WORDS.lack("damaged", count=service.damaged)
    kinds = {str(each.about.get("arrivals")) for each in service.runs}
    if random and kinds - {"poisson"}:
        yield WORDS.lack("not-random")
    gone = sum(missing(each) for each in service.runs)
    if gone:
        yield WORDS.lack("requests-missing", count=gone)
    if not all(map(as_drawn, service.runs)):
        yield WORDS.lack("not-as-drawn")
    rows = service.rows
    late = float(np.mean(rows["began"] - rows["due"] > _LATE_NS))
    if random and late > _LATE_SHARE:
        yield WORDS.lack("generator-late", share=Quantity(Fraction(round(late * 1000), 10), "%"))
    yield from _declared(service, request)
    asked, cached = rows["prompt"], rows["cached"]
    told = (asked > 0) & (cached >= 0)
    if told.any() and float(np.median(cached[told] / asked[told])) > _CACHED:
        yield WORDS.lack("cached")
    notes = Counter[str]()
    for run in service.runs:
        notes.update(dict(run.notes))
    if notes["from-cache"] > _FEW * len(rows):
        yield WORDS.lack("from-cache", count=notes["from-cache"])
    if notes["mocked"]:
        yield WORDS.lack("mocked", count=notes["mocked"])
    if notes["asked-otherwise"]:
        yield WORDS.lack("asked-otherwise", count=notes["asked-otherwise"])
    models = {model for run in service.runs for model in run.models}
    if len(models) > 1:
        yield WORDS.lack("several-models", names=sorted(models))
    early = int(
        (columns.good(rows) & (rows["sent"] >= 0) & (rows["first"] >= 0) & (rows["first"] <= rows["sent"])).sum()
    )
    if early:
        yield WORDS.lack("before-asked", count=early)
    canned = sum(count for run in service.runs for key, count in run.notes if key == "canned")
    if canned > _CACHED * int(columns.good(rows).sum()):
        yield WORDS.lack("canned", count=canned)


def missing(run: Run) -> int:
    """Requests between the first and the last one of a session that its trace does not hold."""
    numbers = run.rows["number"]
    return int(numbers.max()) + 1 - whole(run.about.get("first")) - len(numbers) if len(numbers) else 0


def as_drawn(run: Run) -> bool:
    """Whether requests were due at the moments that the seed of the session gives."""
    about, rows = run.about, run.rows
    if not len(rows):
        return True
    try:
        rate, seed = Fraction(str(about["rate"])), str(about["seed"])
        drawn = schedule.due(seed, rate, int(rows["number"].max()) + 1, periodic=about["arrivals"] == "periodic")
    except (KeyError, ValueError, ZeroDivisionError, MemoryError, OverflowError):
        return False
    moments = np.array(drawn, np.int64)[rows["number"]] - whole(about.get("skipped"))
    return bool((np.abs(moments - rows["due"]) <= _DRAWN_NS).all())


def _declared(service: Service, request: Request) -> Iterator[Lack]:
    """Declared constants that the trace contradicts."""
    declared = request.declared
    if "arrival_rate" in declared:
        wanted = Quantity.parse(str(declared["arrival_rate"]))
        for given in sorted({str(each.about.get("rate")) for each in service.runs}):
            if not _equal(wanted, given):
                yield WORDS.lack("other-rate", declared=wanted, found=f"{given}/s")
    if "max_tokens" in declared:
        for tokens in sorted({whole(each.about.get("max_tokens")) for each in service.runs}):
            if Quantity.parse(str(declared["max_tokens"])).value != tokens:
                yield WORDS.lack("other-tokens", declared=str(declared["max_tokens"]), found=tokens)
    if "prompt_set" in declared:
        for digest in sorted({str(each.about.get("prompts")) for each in service.runs}):
            if str(declared["prompt_set"]).lower().removeprefix("sha256:") != digest:
                yield WORDS.lack("other-prompts", declared=str(declared["prompt_set"])[:16], found=digest[:16])


def _equal(wanted: Quantity, given: str) -> bool:
    try:
        return wanted.to("/s") == Fraction(given)
    except (SpecError, ValueError, ZeroDivisionError):
        return False


def effort(service: Service, request: Request) -> dict[str, Effort]:
    """What the loads on one endpoint amount to."""
    planned = sum(each.planned for each in service.sessions)
    found: dict[str, Effort] = {
        "duration": seconds(sum(each.duration_ns for each in service.sessions)),
        "trials": len(service.rows),
        "coverage": Fraction(min(len(service.rows), planned), planned) if planned else Fraction(0),
    }
    if request.about is About.PROCESS and service.sessions:
        starts = sorted((each.start_ns, each.duration_ns) for each in service.sessions)
        found |= {"sessions": len(starts), "session": seconds(min(length for _, length in starts))}
        if len(starts) > 1:
            gaps = [after - before for (before, _), (after, _) in pairwise(starts)]
            found["apart"] = seconds(min(gaps))
    return found


def seconds(ns: int) -> Quantity:
    """A time."""
    return Quantity(Fraction(ns, S_NS), "s")


def remarks(service: Service) -> tuple[Reason, ...]:
    """What a reader has to know of the answers."""
    told = []
    counts: dict[str, int] = {}
    for run in service.runs:
        for key, count in run.notes:
            counts[key] = counts.get(key, 0) + count
    told += [WORDS.reason(key, count=counts[key]) for key in _TOLD if counts.get(key)]
    unknown = sorted(key.removeprefix(_FIELD) for key in counts if key.startswith(_FIELD))
    told += [WORDS.reason("unknown-fields", names=unknown)] if unknown else []
    faults = {name: count for name, count in tally(service).items() if name}
    if faults:
        told.append(WORDS.reason("faults", names=[f"{name} × {count}" for name, count in faults.items()]))
    said = sorted({f"{fault}: {words}" for run in service.runs for fault, words in run.said})
    told += [WORDS.reason("said", names=said)] if said else []
    models = sorted({model for run in service.runs for model in run.models})
    asked = {str(run.about.get("model")) for run in service.runs}
    if models and set(models) - asked:
        told.append(WORDS.reason("other-model", asked=sorted(asked), names=models))
    return tuple(told)


def tally(service: Service) -> dict[str, int]:
    """How many requests came to what: the kind of failure, empty for a whole answer."""
    names, counts = np.unique(service.rows["fault"], return_counts=True)
    return {name.decode(): int(count) for name, count in zip(names.tolist(), counts.tolist(), strict=True)}


def finished(outcome: Outcome, view: View) -> Outcome:
    """The outcome with what every reader is told, and the window it speaks of."""
    told = {each.text: each for service in view.services for each in remarks(service)}
    spans = [(each.start_ns, each.start_ns + each.duration_ns) for one in view.services for each in one.sessions]
    window = (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
    return replace(outcome, remarks=(*outcome.remarks, *told.values()), window=window)


def between(worst: Part, best: Part, *, upward: bool) -> Part:
    """A part whose requests of unknown fate count against either verdict.

    ``worst``: they were bad; ``best``: they are left out. ``upward``: a bad request makes the value larger.
    """
    return replace(worst, lower=best.lower) if upward else replace(worst, upper=best.upper)
