# SPDX-License-Identifier: Apache-2.0
"""From frames to outcomes: every picture of every recording has to conform; a frame without its time counts as late. Pure.

A log has every frame of its recording, so nothing was sampled and the bounds are the value; what the log's last decimal is
worth stands beside it. How far that speaks for another day is not said: the readings are about the window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from harness.kit.figures import Bars, Ecdf
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Line, Outcome, Reason, Side, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.quantity import Quantity
from probes.immersive import PHOTON_METER, WORDS
from probes.immersive.digests.visits import Visit, Visits
from probes.immersive.streams import Floats, FrameLog, Stream
from probes.immersive.traces.words import VISITS

Values = Callable[[Stream], tuple[Floats, int]]
_WORN_HZ = 72
"""Frames a second below which what is worn on the head causes discomfort: no headset is held to less."""
_STARTING_MS = 1000.0
"""After a page has loaded: its start is no part of its frame rate."""
_NEARLY = 0.95
_COMPARED, _VARIED = 50, 20
"""Frames by which two recordings are compared, and different times that they have at least."""
_TOO_FAST = 0.9
"""A median below this share of the declared refresh period contradicts the declared rate."""


class Found(NamedTuple):
    """A log with the application that is judged, the refresh rate (Hz) and the class of the device."""

    log: FrameLog
    application: str | None
    refresh: Fraction | None
    device: str = ""


@dataclass(frozen=True, slots=True)
class Logs:
    """Logs of frames."""

    found: tuple[Found, ...]

    def merge(self, other: Logs) -> Logs:
        """Both."""
        return Logs(self.found + other.found)

    def canonical_bytes(self) -> bytes:
        """What two equal ones share: every number of every stream."""
        numbers = [each.intervals.tobytes() for found in self.found for each in found.log.streams]
        said = [(log.format, *more, [each.figures() for each in log.streams], log.told, log.invalid)
                for log, *more in self.found]  # fmt: skip
        return b"".join((*numbers, repr(said).encode()))


@dataclass(frozen=True, slots=True)
class Picture:
    """One stream of one source: the values that are judged, ``missing`` ones beside them, and what speaks against it."""

    label: str
    source: str
    stream: Stream | None
    values: Floats
    missing: int
    refresh: Fraction | None
    invalid: tuple[Reason, ...] = ()
    device: str = ""

    @property
    def unseen(self) -> int:
        """Frames that were drawn and never shown."""
        return 0 if self.stream is None else self.stream.dropped or self.stream.unseen

    lack: Reason | None = None
    """Why these frames say nothing of a device, although they were seen."""


@dataclass(frozen=True, slots=True)
class View:
    """Every picture of every source, and what a reader has to be told."""

    pictures: tuple[Picture, ...]
    told: tuple[Reason, ...]
    unit: Text


def frame_time(inputs: Sequence[Input], _: Ask) -> View:
    """Times between frames."""
    return _view(inputs, "frame-time", lambda stream: (stream.intervals, stream.frames - stream.intervals.size))


stutter = frame_time


def motion_to_photon(inputs: Sequence[Input], _: Ask) -> View:
    """Delays from motion to photon, where the log has them."""
    return _view(
        inputs,
        "motion-to-photon",
        lambda stream: (np.empty(0) if stream.delays is None else stream.delays, stream.untimed),
    )


def quantile(view: View, request: Request) -> Outcome:
    """The q-quantile in ms: the value that a share q of all frames do not exceed, a missing one being the slowest."""
    q = request.share("q", "99 %")

    def part(picture: Picture) -> Part:
        assert picture.stream is not None  # noqa: S101 - _judged hands over pictures that have one
        unseen = picture.unseen if view.unit == WORDS.text("frame-time") else 0
        ranked = np.sort(picture.values)[unseen:]
        missing = picture.missing + min(unseen, len(picture.values))
        rank = math.ceil(q * (len(ranked) + missing))
        value = float(ranked[rank - 1]) if rank <= len(ranked) else math.inf
        if math.isinf(value):
            return absent(picture.label, Lack(WORDS.reason("quantile-missing", count=missing), Side.BOTH))
        n = len(ranked) + missing
        return Part(picture.label, value, value, value, n, float(n), allowance=picture.stream.step / 2,
                    effort=_effort(view, picture, n))  # fmt: skip

    return _certified(_judged(view, request, "ms", WORDS.text("method-quantile", q=q * 100), part), request)


def _certified(outcome: Outcome, request: Request) -> Outcome:
    """With the expanded uncertainty (k = 2) that the certificate of what saw motion and light states at the limit."""
    u_ms = 0.0 if request.limit is None else request.certified(PHOTON_METER, request.limit.quantity) * 1000
    if outcome.estimate is None or not u_ms:
        return outcome
    item = BudgetItem(WORDS.text("component-photon-meter"), "B", u_ms, "ms")
    estimate = outcome.estimate
    told = replace(estimate, allowance=estimate.allowance + 2 * u_ms, budget=(*estimate.budget, item))
    return replace(outcome, estimate=told)


def share_within(view: View, request: Request) -> Outcome:
    """The share of frames whose time is at most the period of ``rate``, half a decimal's worth added to each."""
    rate = Quantity.parse(str(request.parameter("rate", "72 Hz"))).base
    period = 1000 / float(rate)

    def part(picture: Picture) -> Part:
        assert picture.stream is not None  # noqa: S101 - as above
        if picture.device == "headset" and rate < _WORN_HZ:
            return absent(picture.label, Lack(WORDS.reason("worn", rate=rate, least=_WORN_HZ), Side.BOTH))
        n = len(picture.values) + picture.missing
        within = int((picture.values + picture.stream.step / 2 <= period).sum())
        value = Fraction(max(0, within - picture.unseen), n)
        lacks = (Lack(WORDS.reason("fewer-drawn", rate=rate)),) if _fewer(picture.stream, float(rate)) else ()
        return Part(picture.label, value, value, value, n, float(n), lacks, effort=_effort(view, picture, n))

    return _judged(view, request, "1", WORDS.text("method-share", rate=rate), part, high_is_worse=False)


def ratio(view: View, request: Request) -> Outcome:
    """The share of frames longer than ``periods`` refresh periods of the display; a dropped or missing one is longer."""
    periods = Fraction(str(request.parameter("periods", "2")))

    def part(picture: Picture) -> Part:
        stream, refresh = picture.stream, picture.refresh
        assert stream is not None  # noqa: S101 - as above
        if refresh is None:
            return absent(picture.label, Lack(WORDS.reason("no-refresh"), Side.BOTH))
        period = 1000 / float(refresh)
        if np.median(picture.values) < _TOO_FAST * period:
            return absent(picture.label, invalid=[WORDS.reason("refresh-contradicted", rate=refresh, name=picture.label,
                                                               median=float(np.median(picture.values)))])  # fmt: skip
        n = len(picture.values) + picture.missing
        late = int((picture.values + stream.step / 2 > float(periods) * period).sum()) + picture.missing
        value = Fraction(min(n, late + picture.unseen), n)
        return Part(picture.label, value, value, value, n, float(n), effort=_effort(view, picture, n))

    return _judged(view, request, "1", WORDS.text("method-stutter", periods=periods), part)


def show(view: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """The distribution of the slowest picture, frames a second of each, and the list of all."""
    drawn = [each for each in view.pictures if each.stream is not None and each.values.size]
    slowest = max(drawn, key=lambda each: float(np.percentile(each.values, 99)), default=None)
    figures: list[Ecdf | Bars] = []
    if slowest is not None:
        ranked = np.sort(slowest.values)
        shares = np.arange(1, len(ranked) + 1) / (len(ranked) + slowest.missing)
        figures.append(Ecdf(WORDS.text("figure-times", name=slowest.label), "ms", ranked.tolist(), shares.tolist()))
    rates = [
        (each.label, each.stream.fps)
        for each in view.pictures
        if each.stream is not None and each.stream.fps is not None
    ]
    if rates:
        figures.append(Bars(WORDS.text("figure-rates"), "Hz", [name for name, _ in rates], [rate for _, rate in rates]))
    titles = (
        ("picture", ""),
        ("frames", ""),
        ("mean_ms", "ms"),
        ("p99_ms", "ms"),
        ("max_ms", "ms"),
        ("fps", "Hz"),
        ("dropped", ""),
    )
    columns = [Column(key, WORDS.text(f"column-{key.replace('_', '-')}"), unit) for key, unit in titles]
    rows = [
        (each.label, *(each.stream.figures()[key] for key, _ in titles[1:]))
        for each in view.pictures
        if each.stream is not None
    ]
    return Shown(tuple(figures), (Listing("pictures", WORDS.text("pictures"), columns, rows),) if rows else ())


def recorded(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Frames of each picture over the time they took, and what is missing of them."""
    del outcome, request
    told = []
    for each in view.pictures:
        if each.stream is not None and each.stream.fps is not None:
            rate, seconds = round(each.stream.fps, 2), round(each.stream.span_s, 1)
            said = WORDS.text("now-frames", frames=each.stream.frames, seconds=seconds, rate=rate)
            told.append(Line(WORDS.text("now-frames-title", name=each.label), said, each.missing > 0))
    return tuple(told)


def _view(inputs: Sequence[Input], what: str, values: Values) -> View:
    pictures: list[Picture] = []
    told: list[Reason] = []
    for each in inputs:
        if isinstance(each.summary, Visits):
            pictures += _visited(each.source, each.summary, values)
            continue
        for found in each.summary.found:
            told += [reason for reason in found.log.told if reason not in told]
            pictures += _pictures(each.source, found, values)
    return View(tuple(pictures), tuple(told), WORDS.text(what))


def _pictures(source: str, found: Found, values: Values) -> Iterator[Picture]:
    log, application, refresh, device = found
    wanted = [each for each in log.streams if application in {None, each.application}]
    if not wanted:
        key = "application-absent" if log.streams else "no-streams"
        names = sorted({str(each.application) for each in log.streams})
        why = WORDS.reason(key, name=application or "", names=names)
        yield Picture(source, source, None, np.empty(0), 0, refresh, (why,))
    for at, stream in enumerate(wanted, start=1):
        label = source if len(wanted) == 1 else f"{source} {stream.application or ''} {at}"
        times, missing = values(stream)
        yield Picture(label, source, stream, times, missing, refresh, tuple(log.invalid), device)


def _visited(source: str, visits: Visits, values: Values) -> Iterator[Picture]:
    """The pictures of pages that were visited; none of one that a program drew, or that an emulated headset showed, is a device's."""
    for number, each in enumerate(visits.visits, start=1):
        label = f"{source} {each.point} {number}"
        if not each.frames_ms:
            yield Picture(
                label,
                source,
                None,
                np.empty(0),
                0,
                None,
                each.faults or (WORDS.reason("no-streams", name=each.point, names=[]),),
            )
            continue
        stream = _of_page(each)
        times, missing = values(stream)
        lack = None
        if each.kind == "xr":
            lack = VISITS.reason("emulated", name=each.point)
        elif each.software:
            lack = VISITS.reason("software-renderer", name=each.point, renderer=each.renderer or "—")
        yield Picture(label, source, stream, times, missing, None, device=each.device, lack=lack)


def _of_page(visit: Visit) -> Stream:
    """The frames of a page from a second after it was loaded, by its own stamps (their last decimal is 0.1 ms)."""
    stamps = np.array([each for each in visit.frames_ms if each >= visit.loaded_ms + _STARTING_MS])
    intervals = np.diff(stamps)
    return Stream(visit.point, None, None, "requestAnimationFrame", intervals, int(intervals.size), step=0.1)


def _fewer(stream: Stream, rate: float) -> bool:
    """Whether a log of how long frames took to draw has fewer of them a second than are asked for: between them nobody knows what was shown."""
    return bool(
        stream.intervals.size
        and stream.counted is not None
        and stream.counted.any()
        and (stream.fps or 0.0) < _NEARLY * rate
    )


def _recordings(pictures: Sequence[Picture]) -> int:
    """How many recordings there are; one under several names, or part of it, is one."""
    found: dict[str, set[bytes]] = {}
    for each in pictures:
        if each.stream is not None:
            found.setdefault(each.source, set()).update(_ends(each.stream))
    known: list[set[bytes]] = []
    for marks in found.values():
        if not any(marks & other for other in known):
            known.append(marks)
    return len(known)


def _ends(stream: Stream) -> set[bytes]:
    """The beginning and the end of a recording as they are compared; all of a short one."""
    values = (
        stream.intervals
        if stream.intervals.size
        else stream.counted
        if stream.counted is not None
        else stream.intervals
    )
    if len(np.unique(values)) < _VARIED:  # steady frames in whole milliseconds may well be alike
        return {values.tobytes() + bytes(str(stream.frames), "ascii")}
    return {values[:_COMPARED].tobytes(), values[-_COMPARED:].tobytes()}


def _effort(view: View, picture: Picture, n: int) -> dict[str, Quantity | int]:
    """How long this picture was recorded, and in how many recordings any was."""
    assert picture.stream is not None  # noqa: S101 - as above
    seconds = Quantity(Fraction(round(picture.stream.span_s * 1000), 1000), "s")
    return {"duration": seconds, "sessions": _recordings(view.pictures), "trials": n}


def _judged(
    view: View,
    request: Request,
    unit: str,
    method: Text,
    part: Callable[[Picture], Part],
    *,
    high_is_worse: bool = True,
) -> Outcome:
    parts = []
    for picture in view.pictures:
        if picture.invalid or picture.stream is None:
            parts.append(absent(picture.label, invalid=picture.invalid))
        elif picture.lack is not None:
            parts.append(absent(picture.label, Lack(picture.lack, Side.BOTH)))
        elif picture.stream.span_s <= 0 and picture.values.size:
            parts.append(absent(picture.label, invalid=[WORDS.reason("no-time", name=picture.label)]))
        elif not picture.values.size:
            parts.append(absent(picture.label, Lack(WORDS.reason("no-values", what=view.unit), Side.BOTH)))
        else:
            made = part(picture)
            lacks = () if picture.stream.stamped else (Lack(WORDS.reason("frames-uncounted", name=picture.label)),)
            parts.append(replace(made, lacks=(*made.lacks, *lacks)))
    outcome = every(parts, request, unit, method, high_is_worse=high_is_worse)
    return replace(outcome, remarks=(*view.told, *outcome.remarks))
