# SPDX-License-Identifier: Apache-2.0
"""register.coverage and register.cloud: which share of a list is covered, as a census or by a sample drawn in public.

A census has no sampling error. Of a sample the finite-population bounds count (hypergeometric), never the sample's own share;
items that the applicant kept from being drawn count as not covered, and the rounds sealed beforehand share the risk.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from harness.agreed.refusals import BrokenAgreementError
from harness.effort import Effort
from harness.kit.copies import numbered
from harness.kit.documents import collect
from harness.kit.draw import Drawn, missing, read_draw
from harness.kit.draw.shown import draw_picture
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason
from harness.plugins import Ask, Input, Request, Shown
from harness.stats.population import bounds
from probes.register.digests.population import Population
from probes.register.traces.populations import Listed
from probes.register.traces.words import WORDS

_SHOWN = 5000
_UNSAID = {"register.not-checked", "register.says-nothing", "register.unknown-word"}
"""Items of which nobody has said anything that is understood: they were not gone through."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One item, and why it is not covered; None where it is."""

    register: str
    item: Listed
    why: Reason | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every item of the lists once, with what a reader has to be told; ``drawn``: the sample, where one was drawn."""

    items: tuple[Judged, ...]
    whole: Population
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]
    drawn: Drawn | None = None


def coverage(inputs: Sequence[Input], ask: Ask) -> Coverage:  # noqa: ARG001 - what every view is given
    """The union of all lists; an item that stands twice is one, and covered only where each of its rows is."""
    whole = reduce(Population.merge, (each.summary for each in inputs), Population())
    items, twice = _once(whole)
    drawn, broken = _drawn(whole)
    if drawn is not None:
        picked, rows = set(drawn.positions), _rows(whole)
        shared = {each.item.id for each in items if each.why is not None and each.why.code == "register.number-shared"}
        items = [_as_checked(each, whole, shared) for at, each in enumerate(rows) if at in picked]
    told = [WORDS.reason("listed-twice", count=twice)] if twice else []
    unread = sorted({heading for each in whole.registers for heading in each.unread})
    told += [WORDS.reason("unread-columns", names=unread)] if unread else []
    lacks = () if drawn is not None else tuple(_lacks(whole))
    return Coverage(tuple(items), whole, (*whole.invalid, *broken), lacks, tuple(told), drawn)


def _rows(whole: Population) -> list[tuple[str, Listed]]:
    return list(whole.items)


def _lacks(whole: Population) -> Iterator[Lack]:
    if not whole.registers and not whole.invalid:
        yield WORDS.lack("no-list")
    for each in whole.registers:
        if not whole.exported and "document" not in each.fields:
            yield WORDS.lack("no-proof-of-cover", register=each.label)


def _drawn(whole: Population) -> tuple[Drawn | None, tuple[Reason, ...]]:
    """The sample of the one protocol over the one list; what is wrong with it."""
    if not whole.draws:
        return None, ()
    if len(whole.draws) > 1 or len(whole.registers) != 1:
        return None, (WORDS.reason("several-draws"),)
    (content,), (register,) = whole.draws, whole.registers
    try:
        drawn = read_draw(content, register.digest, register.rows)
        missing(drawn)
    except BrokenAgreementError as defect:
        return None, (defect.reason,)
    return drawn, ()


def _as_checked(row: tuple[str, Listed], whole: Population, shared: Collection[str]) -> Judged:
    """A drawn item by what the auditor found of it; one of which the auditor says nothing is not covered."""
    told = whole.checked.get(row[1].id)
    if told and row[1].id not in shared:
        return Judged(*row, None)
    return Judged(*row, WORDS.reason("not-checked" if told is None else "checked-bad", id=row[1].id or "—"))


def _once(whole: Population) -> tuple[list[Judged], int]:
    groups: dict[tuple[str, str], list[tuple[str, Listed]]] = defaultdict(list)
    for label, item in whole.items:
        groups[item.id, "" if item.id else f"{label}:{item.number}"].append((label, item))
    found = []
    twins = Counter(
        (numbered(key[0]), *_called(rows)) for key, rows in groups.items() if key[0] and not _FILE.search(key[0])
    )
    for key, rows in groups.items():
        apart = {(item.name, item.group, item.size, item.documents): (label, item) for label, item in reversed(rows)}
        if len(apart) > 1:  # a number that several items bear finds none of them
            why = WORDS.reason("number-shared", id=rows[0][1].id, count=len(apart))
            found += [Judged(*row, why) for row in sorted(apart.values(), key=lambda each: each[1].number)]
            continue
        reasons = [_why(label, item, whole) for label, item in rows]
        alike = twins[numbered(key[0]), *_called(rows)] if key[0] else 0
        if alike > 1:
            reasons = [WORDS.reason("number-shared", id=key[0], count=alike)]
        found.append(Judged(*rows[0], next((each for each in reasons if each is not None), None)))
    return found, len(whole.items) - len(found)


def _called(rows: Sequence[tuple[str, Listed]]) -> tuple[str, str]:
    """What an item is called beside its number."""
    return rows[0][1].name, rows[0][1].group


_FILE = re.compile(r"[./]")
"""In names of files: there leading zeros tell one from another."""


def _why(label: str, item: Listed, whole: Population) -> Reason | None:
    """Why an item is not covered; None where the evidence shows that it is."""
    fields = next(each.fields for each in whole.registers if each.label == label)
    if not item.id:
        return WORDS.reason("without-number")
    if item.status is False:
        return WORDS.reason("says-no", word=item.word)
    if item.word and item.status is None:
        return WORDS.reason("unknown-word", word=item.word[:60])
    if whole.exported:
        return _not_exported(item, whole)
    if "status" in fields and item.status is None:
        return WORDS.reason("says-nothing")
    return _undocumented(item, whole) if "document" in fields else None


def _not_exported(item: Listed, whole: Population) -> Reason | None:
    found = whole.exports.get(item.id)
    if found is None:
        return WORDS.reason("not-exported", id=item.id)
    if whole.period and found.days and not any(whole.period[0] <= day <= whole.period[1] for day in found.days):
        return WORDS.reason("exported-outside", id=item.id, day=str(found.days[-1]))
    differs = item.size is not None and found.size != item.size
    if differs or (item.sha256 and found.sha256 and item.sha256 != found.sha256):
        return WORDS.reason("exported-differs", id=item.id)
    return None


def _undocumented(item: Listed, whole: Population) -> Reason | None:
    papers = collect(item.documents, item.sha256, whole.kept)
    if not papers:
        return WORDS.reason("document-not-named")
    for each in papers:
        if not each.found:
            return WORDS.reason("document-missing", document=each.name)
        if not each.unchanged:
            return WORDS.reason("document-changed", document=each.name)
        if whole.models.get(each.name) is False:
            return WORDS.reason("model-empty", document=each.name)
    return None


def share(view: Coverage, request: Request) -> Outcome:
    """The share of the items that are covered; ``by: byte`` or ``floor-area`` weighs each by its size."""
    weighted = str(request.parameter("by", "item")) in {"byte", "floor-area"}
    return _concluded(view, request, [_part(view, request, "", weighted=weighted)])


def lesser_share(view: Coverage, request: Request) -> Outcome:
    """Both shares, of the items and of their sizes: each has to reach the limit."""
    parts = [_part(view, request, WORDS.text(f"by-{each}").zh, weighted=each == "byte") for each in ("item", "byte")]
    return _concluded(view, request, parts)


def mean_share(view: Coverage, request: Request) -> Outcome:
    """The mean over groups (companies) of each one's own share; a census only."""
    if not _grouped(view):
        return _open(view, request, WORDS.lack("no-groups"))
    groups = _groups(view)
    return _weighed(view, request, [(Fraction(1), each) for each in groups.values()])


def output_share(view: Coverage, request: Request) -> Outcome:
    """The mean over groups (companies) of each one's own share, weighed by its output (the size in its rows); a census only."""
    if not _grouped(view):
        return _open(view, request, WORDS.lack("no-groups"))
    groups = _groups(view)
    outputs: dict[str, set[Fraction | None]] = {
        group: {each.item.size for each in items} for group, items in groups.items()
    }
    known = {group: next(iter(sizes)) for group, sizes in outputs.items() if len(sizes) == 1}
    weights = {group: size for group, size in known.items() if size}
    if len(weights) < len(groups):
        return _open(view, request, WORDS.lack("no-outputs", count=len(groups) - len(weights)))
    return _weighed(view, request, [(weights[group], each) for group, each in groups.items()])


def _grouped(view: Coverage) -> bool:
    return bool(view.items) and view.drawn is None and all(each.item.group for each in view.items)


def _groups(view: Coverage) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in view.items:
        groups[each.item.group].append(each)
    return groups


def _open(view: Coverage, request: Request, lack: Lack) -> Outcome:
    outcome = _concluded(view, request, [_part(view, request, "", weighted=False)])
    return replace(outcome, estimate=None, lacks=(*view.lacks, lack))


def _weighed(view: Coverage, request: Request, groups: Sequence[tuple[Fraction, Sequence[Judged]]]) -> Outcome:
    total = sum((weight for weight, _ in groups), Fraction(0))
    shares = (weight * Fraction(sum(one.why is None for one in each), len(each)) for weight, each in groups)
    mean = sum(shares, Fraction(0)) / total
    part = Part("", mean, mean, mean, len(groups), float(len(groups)), view.lacks, invalid=view.invalid)
    return _concluded(view, request, [part])


def _part(view: Coverage, request: Request, label: str, *, weighted: bool) -> Part:
    items, rows = view.items, len(view.whole.items)
    if not items:
        lacks = view.lacks or (WORDS.lack("no-list"),)
        return Part(label, None, None, None, 0, 0.0, lacks, invalid=view.invalid)
    good = [each for each in items if each.why is None]
    if view.drawn is not None:
        return _sampled(view, request, label, len(good), weighted=weighted)
    lacks = view.lacks
    if weighted:
        if any(each.item.size is None for each in items):
            lacks = (*lacks, WORDS.lack("no-size", count=sum(each.item.size is None for each in items)))
        total = _sum(items)
        value = _sum(good) / total if total else Fraction(0)
    else:
        value = Fraction(len(good), len(items))
    return Part(label, value, value, value, rows, float(len(items)), lacks, invalid=view.invalid)


def _sum(items: Iterable[Judged]) -> Fraction:
    return sum((each.item.size or Fraction(0) for each in items), Fraction(0))


def _sampled(view: Coverage, request: Request, label: str, good: int, *, weighted: bool) -> Part:
    assert view.drawn is not None  # noqa: S101 - the caller asked
    drawn, whole = view.drawn, view.drawn.population
    lacks = (*view.lacks, WORDS.lack("sample-of-items")) if weighted else view.lacks
    low = bounds(good, drawn.counted, whole, request.risk_below / drawn.looks).lower
    high = bounds(good, drawn.counted, whole, request.risk_above / drawn.looks).upper
    told = {"population": whole, "drawn": drawn.counted, "forfeited": drawn.forfeited}
    value = Fraction(good, drawn.counted)
    return Part(
        label, value, Fraction(low, whole), Fraction(high, whole), drawn.counted, float(drawn.counted), lacks,
        invalid=view.invalid, diagnostics=told,
    )  # fmt: skip


def _concluded(view: Coverage, request: Request, parts: Sequence[Part]) -> Outcome:
    bad = sum(each.why is not None for each in view.items)
    told = WORDS.reason("covered", items=len(view.items), covered=len(view.items) - bad, open=bad)
    method = WORDS.text("method-census" if view.drawn is None else "method-sample")
    outcome = every(parts, request, "1", method, high_is_worse=False)
    return replace(outcome, remarks=(told, *view.remarks), effort=_effort(view))


def _effort(view: Coverage) -> dict[str, Effort]:
    """How many items there were to go through, all or those that were drawn, and of how many something is known."""
    if not view.items:
        return {}
    known = sum(each.why is None or each.why.code not in _UNSAID for each in view.items)
    return {"items": len(view.items), "examined": Fraction(known, len(view.items))}


def show(view: Coverage, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every item that is not covered with its reason, and how the sample was drawn."""
    keys = ("register", "row", "line", "name", "reasons")
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in keys]
    rows = [
        (each.register, each.item.number, each.item.line, each.item.name, [each.why])
        for each in view.items
        if each.why is not None
    ]
    listings = [Listing("uncovered", WORDS.text("uncovered"), columns, rows[:_SHOWN])]
    if view.drawn is not None:
        listings.append(view.drawn.listing())
    figures = () if view.drawn is None else (draw_picture(view.drawn),)
    return Shown(figures, tuple(listings))
