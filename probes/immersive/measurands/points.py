# SPDX-License-Identifier: Apache-2.0
"""immersive.points: how many registered points are proven, each by a photograph and an operating log of its own. Pure.

Of points that share a photograph or a log the first in order keeps it, and the other has none. What near-copies share, the
same moment and place of a photograph, the same picture in another quality, cut or mirrored, the same sessions of a log, the same place in words, makes them clusters: PASS needs
the clusters (the lower bound), FAIL everything that may still turn out to count (the upper one).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import asin, cos, radians, sin, sqrt

from harness.kit.census import Mark, repeats
from harness.kit.copies import copies, wording
from harness.kit.listings import Cell, Column, Listing
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.immersive.formats.look import alike
from probes.immersive.formats.photo import Photo
from probes.immersive.traces.operating import Log, Span, hours, longest_gap
from probes.immersive.traces.points import Point, Points
from probes.immersive.traces.words import POINTS

_EARTH_M = 6_371_000.0
_COLUMNS = ("row", "name", "reasons", "taken", "away_m", "hours", "gap_h", "address", "photos", "logs")
_FEW, _ALIKE = 5, 0.8
"""Two logs of so many sessions or more that share this part of the shorter one are of one point."""
_NEEDED = (("address", "no-place-column"), ("date", "no-date-column"))


@dataclass(frozen=True, slots=True)
class Item:
    """A point with its photographs and logs, its times of running, what is wrong with it and what a person has to look at."""

    point: Point
    photos: tuple[tuple[str, Photo], ...]
    logs: tuple[tuple[str, Log], ...]
    spans: tuple[Span, ...]
    faults: tuple[Reason, ...]
    doubts: tuple[Reason, ...]
    away_m: float | None

    @property
    def counts(self) -> bool:
        """Nothing is wrong with it and nothing is open."""
        return not self.faults and not self.doubts

    @property
    def open(self) -> bool:
        """Nothing is wrong with it, but something cannot be told from here."""
        return bool(self.doubts) and not self.faults


@dataclass(frozen=True, slots=True)
class View:
    """Every point in order, and what is told of the registers as a whole."""

    items: tuple[Item, ...]
    invalid: tuple[Reason, ...]
    lacks: tuple[Lack, ...]
    remarks: tuple[Reason, ...]


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """The union of all registers, points that share a proof struck out."""
    whole = reduce(Points.merge, (each.summary for each in inputs if isinstance(each.summary, Points)), Points())
    within = _within(ask)
    items = _struck([_item(each, whole, within) for each in whole.rows])
    lacks = [POINTS.lack(key) for name, key in _NEEDED if any(name not in each.fields for each in whole.sheets)]
    if any(not {"latitude", "longitude"} <= set(each.fields) for each in whole.sheets):
        lacks.append(POINTS.lack("no-coordinates"))
    if not whole.sheets and not whole.invalid:
        lacks.append(POINTS.lack("no-register", Side.BOTH))
    unread = sorted({heading for each in whole.sheets for heading in each.unread})
    told = [POINTS.reason("unread-columns", names=unread)] if unread else []
    told += [reason for item in items for _, log in item.logs for reason in log.told]
    return View(tuple(items), whole.invalid, tuple(lacks), tuple(told))


def count(found: View, request: Request) -> Outcome:
    """How many points count; ``operated``: how long each has to have run at least, within the project's period."""
    least_hours = Quantity.parse(str(request.parameter("operated", "0 h"))).to("h")
    items = [_idle(each, least_hours) for each in found.items]
    good = [each for each in items if each.counts]
    copied = copies(_near(good))
    waiting = sum(each.open for each in items)
    lacks = list(found.lacks)
    most = copied.exact + waiting
    if request.limit is not None and not request.limit.conforms(copied.clustered) and request.limit.conforms(most):
        lacks.append(POINTS.lack("left-open", least=copied.clustered, most=most))
    rows = len(items)
    told = {
        "rows": rows,
        "rejected": sum(bool(each.faults) for each in items),
        "undecided": waiting,
        "clusters": copied.clustered,
    }
    part = Part("", copied.exact, copied.clustered, most, rows, float(rows), tuple(lacks), invalid=found.invalid,
                diagnostics=told, effort={"items": rows, "duration": _run(good, request)})  # fmt: skip
    remarks = list(found.remarks)
    if copied.groups:
        pairs = ["、".join(good[at].point.name for at in group) for group in copied.groups]
        remarks.append(POINTS.reason("near-copies", exact=copied.exact, clustered=copied.clustered, groups=pairs))
    remarks += [
        POINTS.reason("point", name=_label(each), why=why.text)
        for each in items
        for why in (*each.faults, *each.doubts)
    ]
    unit = request.limit.quantity.unit if request.limit is not None else "个"
    if not rows and not found.invalid:
        return Outcome(None, lacks=tuple(lacks) or (POINTS.lack("no-register", Side.BOTH),), remarks=tuple(remarks))
    return replace(every([part], request, unit, POINTS.text("method")), remarks=tuple(remarks))


def show(found: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every point with its proof, and why it does not count."""
    least_hours = Quantity.parse(str(request.parameter("operated", "0 h"))).to("h")
    columns = [Column(each, POINTS.text(f"column-{each.replace('_', '-')}"), "") for each in _COLUMNS]
    rows = [_row(_idle(each, least_hours)) for each in found.items]
    return Shown(listings=(Listing("points", POINTS.text("points"), columns, rows),)) if rows else Shown()


def _row(item: Item) -> Mapping[str, Cell]:
    return {
        "row": item.point.number,
        "name": item.point.name,
        "reasons": [*item.faults, *item.doubts],
        "taken": [str(each.taken) for _, each in item.photos if each.taken],
        "away_m": None if item.away_m is None else round(item.away_m),
        "hours": round(float(hours(item.spans)), 2),
        "gap_h": round(float(longest_gap(item.spans)), 2),
        "address": item.point.address,
        "photos": [name for name, _ in item.photos],
        "logs": [name for name, _ in item.logs],
    }


def _label(item: Item) -> str:
    return item.point.name or f"#{item.point.number}"


def _within(ask: Ask) -> float:
    """How far a photograph may have been taken from its point, m: the least that a reading says."""
    given = [each.parameters.get("within") for each in ask.readings]
    return min((float(Quantity.parse(str(each)).to("m")) for each in given if each is not None), default=1000.0)


def _item(point: Point, whole: Points, within: float) -> Item:
    listed = [(point.source, each.name) for each in point.documents if each.found]
    photos = tuple((key[1], whole.photos[key]) for key in listed if key in whole.photos)
    logs = tuple((key[1], whole.logs[key]) for key in listed if key in whole.logs)
    odd = tuple(whole.odd[key] for key in listed if key in whole.odd)
    sessions = tuple(sorted({each for _, log in logs for each in log.sessions}))
    spans = Log(sessions).within(whole.period)
    away = [_metres(point, each) for _, each in photos]
    known = [each for each in away if each is not None]
    faults = (*point.faults, *odd, *(fault for _, log in logs for fault in log.faults),
              *_others(point, logs), *_missing(photos, logs, odd), *_pictured(photos, away, whole, within))  # fmt: skip
    if logs and not spans and not any(log.faults for _, log in logs):
        faults = (*faults, POINTS.reason("log-idle"))
    doubts = tuple(
        POINTS.reason("photo-unseen" if each.readable else "photo-unread", photo=name)
        for name, each in photos
        if not each.look
    )
    return Item(point, photos, logs, spans, faults, doubts, max(known, default=None))


def _others(point: Point, logs: Sequence[tuple[str, Log]]) -> Iterator[Reason]:
    """Logs whose rows name another point than the one that they are to prove."""
    own = wording(point.name)
    for name, log in logs:
        others = [each for each in log.points if own not in wording(each) and wording(each) not in own]
        if others:
            yield POINTS.reason("log-of-another", log=name, names=others)


def _missing(photos: Sequence[object], logs: Sequence[object], odd: Sequence[object]) -> Iterator[Reason]:
    if not photos:
        yield POINTS.reason("photo-missing")
    if not logs and not odd:
        yield POINTS.reason("log-missing")


def _pictured(
    photos: Sequence[tuple[str, Photo]], away: Sequence[float | None], whole: Points, within: float
) -> Iterator[Reason]:
    for (name, each), metres in zip(photos, away, strict=True):
        if not each.readable:
            continue
        if each.taken is None:
            yield POINTS.reason("photo-undated", photo=name)
        elif whole.period is not None and not whole.period[0] <= each.taken.date() <= whole.period[1]:
            yield POINTS.reason("photo-outside", photo=name, date=str(each.taken.date()))
        if not each.placed:
            yield POINTS.reason("photo-unplaced", photo=name)
        elif metres is not None and metres > within:
            yield POINTS.reason("photo-elsewhere", photo=name, metres=round(metres), within=round(within))


def _metres(point: Point, each: Photo) -> float | None:
    """How far from its point a photograph was taken, on a sphere."""
    if point.latitude is None or point.longitude is None or each.latitude is None or each.longitude is None:
        return None
    north, south = radians(point.latitude), radians(each.latitude)
    east = radians(point.longitude - each.longitude)
    half = sin((north - south) / 2) ** 2 + cos(north) * cos(south) * sin(east / 2) ** 2
    return 2 * _EARTH_M * asin(min(1.0, sqrt(half)))


def _struck(items: Sequence[Item]) -> list[Item]:
    """The items with every later one that shows an earlier one's name, photograph or log struck out."""
    marks = [[] if each.faults else _identity(each) for each in items]
    return [
        each if clash is None else replace(each, faults=(POINTS.reason(clash[0], other=_label(items[clash[1]]), row=items[clash[1]].point.number),))
        for each, clash in zip(items, repeats(marks), strict=True)
    ]  # fmt: skip


def _identity(item: Item) -> list[Mark]:
    digests = {each.name: each.found for each in item.point.documents}
    return [
        ("same-name", wording(item.point.name)),
        *(("same-photo", digests[name]) for name, _ in item.photos),
        *(("same-log", digests[name]) for name, _ in item.logs),
    ]


def _near(items: Sequence[Item]) -> list[list[Mark]]:
    """What entries of one point share, however they are dressed up."""
    found = []
    for item in items:
        moments = [f"{each.taken} {each.latitude} {each.longitude}" for _, each in item.photos if each.taken]
        logs = [log.digest for _, log in item.logs if log.digest]
        found.append([("place", wording(item.point.address)), *(("moment", each) for each in moments),
                      *(("sessions", each) for each in logs)])  # fmt: skip
    own = [frozenset(session for _, log in item.logs for session in log.sessions) for item in items]
    for at, mine in enumerate(own):
        for other in range(at):
            few = min(len(mine), len(own[other]))
            if _pictures_alike(items[at], items[other]):
                found[at].append(("picture", f"{other} {at}"))
                found[other].append(("picture", f"{other} {at}"))
            if few >= _FEW and len(mine & own[other]) >= _ALIKE * few:
                mark = ("sessions", f"{other} {at}")
                found[at].append(mark)
                found[other].append(mark)
    return found


def _pictures_alike(one: Item, other: Item) -> bool:
    """Whether a photograph of one point is one of the other once more: in another quality, cut, or mirrored."""
    return any(alike(mine.look, theirs.look) for _, mine in one.photos for _, theirs in other.photos)


def _idle(item: Item, least: Fraction) -> Item:
    """The item, open where it did not run as long as is asked."""
    run = hours(item.spans)
    if item.faults or run >= least:
        return item
    return replace(item, doubts=(*item.doubts, POINTS.reason("log-short", hours=float(run), least=float(least))))


def _run(good: Sequence[Item], request: Request) -> Quantity:
    """How long the least of those ran that the limit needs."""
    wanted = 1 if request.limit is None else max(1, int(request.limit.quantity.value))
    ranked = sorted((hours(each.spans) for each in good), reverse=True)
    least = ranked[min(wanted, len(ranked)) - 1] if ranked else Fraction(0)
    return Quantity(Fraction(int(least * 100), 100), "h")
