# SPDX-License-Identifier: Apache-2.0
"""``service.ttft`` and ``service.itl``: quantiles over requests, of the window or of what the service does from session to session.

Poisson arrivals are independent draws from the window, so exact order statistics hold for it whatever its requests share. A
failed request is over every limit; so is, for the time per token, one whose usage does not say how many tokens there were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError
from harness.kit import estimates
from harness.kit.parts import Part, absent, every
from harness.model import About, Lack, Outcome, Side, Text
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import sessions as over_sessions
from harness.stats.quantile import Sample, rank_of
from probes.service.digests import rows as columns
from probes.service.formats.words import WORDS
from probes.service.measurands.view import Service, View, between, effort, finished, label, lacks

Floats = npt.NDArray[np.float64]
Values = Callable[[Service, Request], Floats]
LEAST_SESSIONS = 2
_AT_ONCE_NS, _HALF = 1000, 0.5
_WORDS = {"from": ("sent", "due"), "of": ("request", "longest"), "lost": ("over-limit",)}
"""Words that a reading may use, the usual one first."""


def first_token(service: Service, request: Request) -> Floats:
    """Time to the first token of each request in ms, infinite where there was none; ``from: due`` counts from the arrival."""
    since = "due" if str(request.parameter("from", "sent")) == "due" else "sent"
    return columns.first_ms(service.rows, service.good(request), since=since)


def per_token(service: Service, request: Request) -> Floats:
    """Time per token after the first in ms, or the longest time without a token (``of: longest``); nan for an answer of one token."""
    longest = str(request.parameter("of", "request")) == "longest"
    return columns.per_token_ms(service.rows, service.good(request), longest=longest)


def ttft(view: View, request: Request) -> Outcome:
    """The q-quantile of the time to the first token."""
    return _quantiles(view, request, first_token, (WORDS.text("method-ttft"), WORDS.text("method-ttft-process")))


def itl(view: View, request: Request) -> Outcome:
    """The q-quantile of the time per token."""
    outcome = _quantiles(view, request, per_token, (WORDS.text("method-itl"), WORDS.text("method-itl-process")))
    return replace(outcome, lacks=(*outcome.lacks, *(lack for each in view.services for lack in _at_once(each))))


def _at_once(service: Service) -> Iterator[Lack]:
    """What comes in one piece was held back somewhere, and says nothing of the time per token."""
    rows = service.rows
    several = columns.good(rows) & (rows["tokens"] > np.maximum(rows["choices"], 1))
    joined = several & (rows["last"] - rows["early"] < _AT_ONCE_NS)
    if several.any() and float(joined.sum()) > _HALF * float(several.sum()):
        yield WORDS.lack("all-at-once", count=int(joined.sum()))


def ttft_within(view: View, request: Request) -> Outcome:
    """The share of requests whose first token came within ``threshold``."""
    threshold = float(Quantity.parse(str(request.parameter("threshold", "2 s"))).to("ms"))
    parts = [
        shared(view, each, request, [first_token(each, request) <= threshold], label(view, each))
        for each in view.services
    ]
    return finished(every(parts, request, "1", WORDS.text("method-ttft-within"), high_is_worse=False), view)


def _quantiles(view: View, request: Request, values: Values, method: tuple[Text, Text]) -> Outcome:
    """``method``: of the window, and over sessions."""
    odd = [key for key, known in _WORDS.items() if str(request.parameter(key, known[0])) not in known]
    if odd:
        lacks_of = (WORDS.lack("unknown-word", Side.BOTH, key=key, word=str(request.parameter(key))) for key in odd)
        return Outcome(None, lacks=tuple(lacks_of))
    q = request.share("q", "95 %")
    parts = [_quantile(view, each, request, values(each, request), q) for each in view.services]
    return finished(every(parts, request, "ms", method[request.about is About.PROCESS]), view)


def _quantile(view: View, service: Service, request: Request, values: Floats, q: Fraction) -> Part:
    name, told = label(view, service), lacks(service, request)
    asked = request.among(len(view.services))
    kept = ~np.isnan(values)
    unsure = columns.unfinished(service.rows)
    known, sure = values[kept], values[kept & ~unsure]
    if not np.isfinite(known).any():
        failed = (WORDS.lack("none-answered", Side.BOTH, count=len(known)),) if len(known) else ()
        return absent(name, *told, *failed) if told or failed else absent(name, WORDS.lack("no-requests", Side.BOTH))
    if request.about is About.PROCESS:
        part = _over_sessions(service, asked, values, q)
    else:
        part = between(_ranked(known, q, asked), _ranked(sure, q, asked), upward=True)
    return replace(part, label=name, lacks=(*part.lacks, *told), effort=effort(service, request))


def _ranked(values: Floats, q: Fraction, request: Request) -> Part:
    finite = values[np.isfinite(values)]
    try:
        part = estimates.quantile(Sample(finite, len(values) - len(finite)), q, request)
    except StatisticsError:
        return absent("", WORDS.lack("none-answered", Side.BOTH, count=len(values)))
    infinite = [key for key in ("value", "upper") if getattr(part, key) == np.inf]
    if "value" in infinite:  # more failed than it leaves out: the largest value seen stands for it, from below
        largest = float(finite.max())
        lower = largest if part.lower is None or part.lower == np.inf else part.lower
        lack = WORDS.lack("quantile-among-failed", count=len(values) - len(finite))
        return replace(part, value=largest, lower=lower, upper=None, lacks=(*part.lacks, lack))
    if "upper" in infinite:
        part = replace(
            part, upper=None, lacks=(*part.lacks, WORDS.lack("bound-among-failed", count=len(values) - len(finite)))
        )
    return part


def _over_sessions(service: Service, request: Request, values: Floats, q: Fraction) -> Part:
    """The quantile with sessions as the unit: between which values the share above lies on both sides of 1 - q."""
    tail = float(1 - q)
    ends = np.cumsum([len(each.rows) for each in service.sessions])[:-1]
    parts = [part[~np.isnan(part)] for part in np.split(values, ends)]
    parts = [part for part in parts if len(part)]
    pooled = np.sort(np.concatenate(parts))
    finite = pooled[np.isfinite(pooled)]
    value = float(pooled[rank_of(len(pooled), q) - 1])
    lack: tuple[Lack, ...] = () if len(parts) >= LEAST_SESSIONS else (WORDS.lack("one-session"),)

    def shares(above: float) -> list[float]:
        return [float((part > above).mean()) for part in parts]

    upper = _first(finite, lambda x: _upper(shares(x), request) <= tail)
    refuted = _first(finite, lambda x: over_sessions.bounds(shares(x), request.risk_below).lower <= tail)
    told = lack if upper is not None or lack else (WORDS.lack("sessions-too-different"),)
    number = len(parts)
    value = value if np.isfinite(value) else float(finite[-1])
    return Part(
        "", value, refuted if refuted is not None else float(finite[-1]), upper, len(pooled), float(number), told
    )


def _upper(shares: Sequence[float], request: Request) -> float:
    found = over_sessions.bounds(shares, request.risk_above, worst=1.0).upper
    return 1.0 if found is None else found


def _first(values: Floats, holds: Callable[[float], bool]) -> float | None:
    """The smallest value that holds, where with one all larger ones do."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if holds(float(values[middle])):
            high = middle
        else:
            low = middle + 1
    return float(values[low]) if low < len(values) else None


def shared(
    view: View,
    service: Service,
    request: Request,
    good: Sequence[npt.NDArray[np.bool_]],
    name: str,
    *,
    bad: bool = False,
) -> Part:
    """The share of requests that are ``good`` in every respect, or of the others (``bad``), of the window or over sessions."""
    told, rows = lacks(service, request), service.rows
    if not len(rows):
        return absent(name, *told)
    asked = request.among(len(view.services))
    fine = np.logical_and.reduce(good)
    sure = ~columns.unfinished(rows)
    counted = ~fine if bad else fine
    if request.about is About.PROCESS:
        part = _shares_over_sessions(service, asked, counted)
    else:
        worst = estimates.proportion(int(counted.sum()), len(rows), asked)
        best = estimates.proportion(int(counted[sure].sum()), int(sure.sum()), asked) if sure.any() else worst
        part = between(worst, best, upward=bad)
    return replace(part, label=name, lacks=(*part.lacks, *told), effort=effort(service, request))


def _shares_over_sessions(service: Service, request: Request, counted: npt.NDArray[np.bool_]) -> Part:
    """A share with sessions as the unit; the bounds of a share near one are those of the other share, turned round."""
    ends = np.cumsum([len(each.rows) for each in service.sessions])[:-1]
    shares = [float(part.mean()) for part in np.split(counted, ends) if len(part)]
    turned = float(np.mean(shares)) > 1 / 2
    small = [1 - each for each in shares] if turned else shares
    above, below = (request.risk_below, request.risk_above) if turned else (request.risk_above, request.risk_below)
    high = over_sessions.bounds(small, above, worst=1.0)
    low = over_sessions.bounds(small, below, worst=1.0)
    lower: float | None = low.lower
    upper = None if high.upper is None else min(1.0, high.upper)
    if turned:
        lower, upper = None if upper is None else 1 - upper, 1 - low.lower
    lack = () if len(shares) >= LEAST_SESSIONS else (WORDS.lack("one-session"),)
    value = Fraction(int(counted.sum()), len(counted))
    return Part("", value, lower, upper, len(counted), float(len(shares)), lack)
