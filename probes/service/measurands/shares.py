# SPDX-License-Identifier: Apache-2.0
"""``service.errors``, ``service.goodput`` and ``service.tokens``: failed requests, requests within the objective, tokens a second."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from harness.kit.parts import Part, absent, every
from harness.model import About, Outcome, Side, Text
from harness.plugins import Request
from probes.service.digests import rows as columns
from probes.service.digests import steps
from probes.service.formats.words import WORDS
from probes.service.measurands.latency import shared
from probes.service.measurands.view import S_NS, Service, Session, View, effort, finished, label, lacks

_WARM_UP = Fraction(1, 10)
"""Share of a session at its start that is left out of the steady state."""
SLO_TTFT, SLO_TPOT, SLO_SHARE = "2 s", "200 ms", "95 %"


def errors(view: View, request: Request) -> Outcome:
    """The share of requests without a whole answer in time."""
    parts = [shared(view, each, request, [each.good(request)], label(view, each), bad=True) for each in view.services]
    return finished(every(parts, request, "1", _errors_method(request)), view)


def goodput(view: View, request: Request) -> Outcome:
    """The share of requests that meet the objective: a whole answer, its first token and each further one in time."""
    times = objective(request)
    parts = [shared(view, each, request, [steps.meets(each.rows, *times)], label(view, each)) for each in view.services]
    return finished(every(parts, request, "1", _goodput_method(request), high_is_worse=False), view)


def objective(request: Request) -> tuple[int, int]:
    """Time to the first token and per token in ns, as declared or by the scenario."""
    found = []
    for name, usual in (("slo_ttft", SLO_TTFT), ("slo_tpot", SLO_TPOT)):
        wanted = request.constant(name, usual)
        found.append(0 if wanted is None else int(wanted.to("ns")))
    return found[0], found[1]


def _errors_method(request: Request) -> Text:
    return WORDS.text("method-errors-process") if request.about is About.PROCESS else WORDS.text("method-errors")


def _goodput_method(request: Request) -> Text:
    return WORDS.text("method-goodput-process") if request.about is About.PROCESS else WORDS.text("method-goodput")


def tokens(view: View, request: Request) -> Outcome:
    """Tokens a second in the steady state: what whole answers brought between the warm-up and the last arrival."""
    parts = [_throughput(view, each, request) for each in view.services]
    return finished(every(parts, request, "/s", WORDS.text("method-tokens"), high_is_worse=False), view)


def _throughput(view: View, service: Service, request: Request) -> Part:
    name, told = label(view, service), lacks(service, request)
    found = [each for session in service.sessions for each in steady(session)]
    spans = sum(span for span, _ in found)
    if not spans:
        return absent(name, *(told or (WORDS.lack("no-requests", Side.BOTH),)))
    value = sum(count for _, count in found) * S_NS / spans
    if request.about is About.PROCESS:
        told = (*told, WORDS.lack("rate-of-window"))
    return Part(name, value, value, value, len(service.rows), float(len(found)), told, effort=effort(service, request))


def steady(session: Session) -> Iterator[tuple[int, float]]:
    """Of each run of a session the length of its steady part in ns, and the tokens that came in it.

    The tokens of an answer are spread evenly between its first and its last one; answers whose usage is unknown bring none.
    """
    for run in session.runs:
        rows = run.rows
        if len(rows) < 2:
            continue
        first, last = int(rows["due"].min()), int(rows["due"].max())
        start = first + int((last - first) * _WARM_UP)
        whole = rows[columns.good(rows) & (rows["tokens"] > 0)]
        begin, end = whole["first"].astype(np.float64), whole["last"].astype(np.float64)
        length = np.maximum(end - begin, 1.0)
        inside = np.clip(np.minimum(end, last) - np.maximum(begin, start), 0, None) / length
        inside = np.where(end > begin, inside, (begin >= start) & (begin <= last))
        if last > start:
            yield last - start, float((whole["tokens"] * inside).sum())
