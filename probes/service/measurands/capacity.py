# SPDX-License-Identifier: Apache-2.0
"""``service.capacity``: the largest load at which the service holds its objective, from loads tried one after another.

The claim "it holds at r" rests on the load r that was put on; that it holds below r, and not above a load that failed, rests on
the objective not getting better when the load grows. Where the record contradicts that, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from harness.kit.figures import Line, Series
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import Lack, Outcome, Side
from harness.plugins import Request, Shown
from harness.quantity import Quantity
from probes.service.digests import rows as columns
from probes.service.digests import steps
from probes.service.formats.words import WORDS
from probes.service.measurands.figures import summary
from probes.service.measurands.shares import SLO_SHARE, objective
from probes.service.measurands.view import MS, Service, Session, View, effort, finished, label, lacks

_COLUMNS = ("rate", "requests", "share", "lower", "upper", "memory", "ttft95", "verdict")


@dataclass(frozen=True, slots=True)
class Tried:
    """One load and what it came to."""

    rate: Fraction
    step: steps.Step
    ttft95_ms: float | None

    @property
    def told(self) -> dict[str, Any]:
        """A row of the list in the report, by column; shares in per cent."""
        step = self.step
        shares = (round(100 * value, 2) for value in (step.share, step.lower, step.upper))
        ttft = None if self.ttft95_ms is None else round(self.ttft95_ms, 2)
        verdict = step.verdict or "open"
        cells = (f"{self.rate}/s", step.n, *shares, round(step.tau, 1), ttft, verdict)
        return dict(zip(_COLUMNS, cells, strict=True))


def tried(service: Service, request: Request) -> list[Tried]:
    """Every load of a search, by rate; risks as the request has them, shared among all tests that a search may make."""
    share = request.constant("slo_share", SLO_SHARE)
    least = Fraction(1) if share is None else share.to("1")
    return loads(service.sessions, objective(request), least, min(request.alpha, request.beta))


def loads(sessions: Sequence[Session], times: tuple[int, int], least: Fraction, risk: Fraction) -> list[Tried]:
    """What each load came to, by rate: both times in ns, the least share of requests within both, the risk of the search."""
    found = (_tried(each, times, least, risk) for each in sessions if len(each.rows))
    return sorted(found, key=lambda each: (each.rate, each.step.n))


def _tried(session: Session, times: tuple[int, int], least: Fraction, risk: Fraction) -> Tried:
    about = session.about
    rates, planned = about.get("rates", ()), session.planned
    rows = session.rows[_until_unfinished(session)]
    met = steps.meets(rows, *times)
    first = np.where(columns.good(rows), columns.ttft_ns(rows), np.nan)
    each = risk / steps.tests(len(rates) if isinstance(rates, tuple) else 1)
    found = steps.judged(met, (first, columns.tpot_ns(rows)), planned, least, each)
    p95 = summary(first[np.isfinite(first)] / MS)["p95_ms"]
    return Tried(_rate(about.get("rate")), found, p95)


def _rate(said: Any) -> Fraction:
    """The rate of the first line; one that is none is a load of nothing."""
    try:
        return max(Fraction(0), Fraction(str(said)))
    except (ValueError, ZeroDivisionError):
        return Fraction(0)


def _until_unfinished(session: Session) -> slice:
    """The requests before the first one whose end nobody knows: a load is judged in the order of its requests."""
    unsure = np.flatnonzero(columns.unfinished(session.rows))
    gap = np.flatnonzero(session.rows["number"] != np.arange(len(session.rows)))
    return slice(0, int(min([*unsure[:1], *gap[:1]], default=len(session.rows))))


def largest(view: View, request: Request) -> Outcome:
    """The largest load proven to hold, and the smallest proven not to, as bounds."""
    parts = [_part(view, each, request) for each in view.services]
    return finished(every(parts, request, "/s", WORDS.text("method-capacity"), high_is_worse=False), view)


def _part(view: View, service: Service, request: Request) -> Part:
    name, told = label(view, service), lacks(service, request)
    found = tried(service, request.among(len(view.services)))
    if not found:
        return absent(name, *(told or (WORDS.lack("no-requests", Side.BOTH),)))
    held = [each.rate for each in found if each.step.verdict == "PASS"]
    failed = [each.rate for each in found if each.step.verdict == "FAIL"]
    told = (*told, *_doubts(found, service, request))
    low, high = max(held, default=None), min(failed, default=None)
    if low is not None and high is not None and high <= low:
        return absent(name, *told, WORDS.lack("not-monotone", Side.BOTH, held=f"{low}/s", failed=f"{high}/s"))
    if low is None and high is None:
        return absent(name, *told, WORDS.lack("no-load-decided", Side.BOTH))
    value = Fraction(0) if low is None else low
    n = sum(each.step.n for each in found)
    return Part(name, value, value, high, n, float(len(found)), told, effort=effort(service, request))


def _doubts(found: list[Tried], service: Service, request: Request) -> Iterator[Lack]:
    share = request.constant("slo_share", SLO_SHARE)
    times, settings = objective(request), service.settings
    wanted = (*times, None if share is None else share.to("1"))
    if (settings.ttft, settings.tpot, settings.share) != wanted:
        yield WORDS.lack("searched-otherwise", Side.PASS)
    open_ones = [f"{each.rate}/s" for each in found if not each.step.verdict]
    if open_ones and settings.risk > min(request.alpha, request.beta):
        yield WORDS.lack(
            "searched-at-larger-risk",
            searched=_percent(settings.risk),
            asked=_percent(min(request.alpha, request.beta)),
        )
    if open_ones and not any(each.step.verdict == "PASS" for each in found):
        yield WORDS.lack("loads-open", names=open_ones)


def _percent(share: Fraction) -> Quantity:
    return Quantity(Fraction(round(share * 10000), 100), "%")


def show(view: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every load with its share of good answers and bounds, and how the first token slows down."""
    rows, points = [], []
    for service in view.services:
        for each in tried(service, request):
            told = each.told
            verdict = WORDS.text(f"load-{each.step.verdict.lower() or 'open'}")
            rows.append((*(told[key] for key in _COLUMNS[:-1]), verdict))
            points.append((float(each.rate), [told["share"], told["lower"], told["upper"]]))
    listing = Listing(
        "loads", WORDS.text("loads"), [Column(key, WORDS.text(f"column-{key}")) for key in _COLUMNS], rows
    )
    points.sort(key=lambda point: point[0])
    lines = [
        Line(WORDS.text(f"column-{key}"), [shares[at] for _, shares in points])
        for at, key in enumerate(("share", "lower", "upper"))
    ]
    x_title = WORDS.text("column-rate")
    figure = Series(WORDS.text("figure-loads"), "%", [rate for rate, _ in points], lines, x_title, "/s", limits=[])
    return Shown(figures=(figure,), listings=(listing,))
