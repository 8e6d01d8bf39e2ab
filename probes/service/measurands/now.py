# SPDX-License-Identifier: Apache-2.0
"""Services while they are asked: first tokens, failures by kind and goodput so far; loads tried; entries that answer. Pure."""

from __future__ import annotations

import numpy as np

from harness.model import Line, Outcome, Text
from harness.plugins import Request
from probes.service.digests import rows as columns
from probes.service.digests import steps
from probes.service.formats.words import WORDS
from probes.service.measurands.capacity import tried
from probes.service.measurands.entries import Settled
from probes.service.measurands.figures import summary
from probes.service.measurands.shares import objective
from probes.service.measurands.view import MS, Service, View, label, tally


def lines(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Of each endpoint: answers so far with the 99th percentile of the first token, failures, goodput where an objective holds."""
    del outcome
    told: list[Line] = []
    for each in view.services:
        if len(each.rows):
            told += _loaded(each, label(view, each), request)
    return tuple(told)


def _loaded(service: Service, name: str, request: Request) -> list[Line]:
    good = service.rows[columns.good(service.rows)]
    first = summary(columns.ttft_ns(good) / MS)
    n = len(service.rows)
    answers = (
        WORDS.text("now-answers", whole=len(good), n=n, p99=round(first["p99_ms"] or 0, 1))
        if len(good)
        else WORDS.text("now-no-answer", n=n)
    )
    told = [Line(_titled("now-answers-title", name), answers, not len(good))]
    faults = {fault: count for fault, count in sorted(tally(service).items()) if fault}
    if faults:
        said = WORDS.text("now-failed", count=sum(faults.values()), share=round(100 * sum(faults.values()) / n, 2))
        told.append(
            Line(_titled("now-failed-title", name), said, True, tuple(f"{key} × {faults[key]}" for key in faults))
        )
    times = objective(request)
    if all(times):
        met = int(np.count_nonzero(steps.meets(service.rows, *times)))
        said = WORDS.text(
            "now-goodput", share=round(100 * met / n, 2), ttft=round(times[0] / MS, 3), tpot=round(times[1] / MS, 3)
        )
        told.append(Line(_titled("now-goodput-title", name), said))
    return told


def searched(view: View, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Every load that was put on so far, and whether the objective held at it."""
    del outcome
    if not all(objective(request)):
        return ()
    told = []
    for service in view.services:
        for each in tried(service, request):
            verdict = WORDS.text(f"load-{each.step.verdict.lower() or 'open'}")
            share = round(100 * each.step.share, 1)
            zh, en = (
                WORDS.text("now-load", n=each.step.n, share=share, verdict=getattr(verdict, lang))
                for lang in ("zh", "en")
            )
            title = WORDS.text("now-load-title", rate=f"{each.rate}/s")
            told.append(Line(title, Text(zh.zh, en.en), each.step.verdict == "FAIL"))
    return tuple(told)


def called(view: Settled, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Entries that answer so far and how many of them are skins; those that were called and do not count, by name."""
    del outcome, request
    tally_of = {"answering": len(view.answering), "all": len(view.called), "copied": view.copied}
    told = [Line(WORDS.text("now-entries-title"), WORDS.text("now-entries", **tally_of))] if view.called else []
    failed = tuple(each.entry.name for each in view.called if each.reasons and not each.open)
    if failed:
        said = WORDS.text("now-names", count=len(failed))
        told.append(Line(WORDS.text("now-entries-failed-title"), said, True, failed))
    return tuple(told)


def _titled(key: str, name: str) -> Text:
    title = WORDS.text(key)
    return Text(f"{name}：{title.zh}", f"{name}: {title.en}") if name else title
