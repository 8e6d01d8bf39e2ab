# SPDX-License-Identifier: Apache-2.0
"""The figures of a load: what report and ``yanshou analyse service`` print, computed once, here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.figures import Ecdf, Line, Series
from harness.kit.listings import Column, Listing, facts
from harness.model import Figure, Outcome
from harness.plugins import Request, Shown
from probes.service.digests import rows as columns
from probes.service.digests.rows import Rows
from probes.service.formats.words import WORDS
from probes.service.measurands.shares import steady
from probes.service.measurands.view import MS, S_NS, Service, Session, View, tally

SHARES = (50, 90, 95, 99)
_LATENCIES = ("ttft", "ttft_from_due", "tpot", "token_gap", "longest_gap", "answer")
_PHASES = ("dns", "tcp", "tls", "sent", "first_byte", "first_token")
Floats = npt.NDArray[np.float64]


def latencies(rows: Rows, steps: Rows) -> dict[str, dict[str, float | int | None]]:
    """Of whole answers in ms: n, mean, quantiles by order statistics, largest. ``token_gap`` is weighed by tokens of usage."""
    good = rows[columns.good(rows)]
    per_token = columns.tpot_ns(good) / MS
    gaps = np.repeat(steps["gap"] / np.maximum(steps["tokens"], 1) / MS, steps["tokens"])
    values = {
        "ttft": columns.ttft_ns(good) / MS,
        "ttft_from_due": columns.ttft_ns(good, since="due") / MS,
        "tpot": per_token[np.isfinite(per_token)],
        "token_gap": gaps,
        "longest_gap": good["longest"][good["outputs"] > 1] / MS,
        "answer": (good["ended"] - good["sent"]) / MS,
    }
    return {name: summary(each) for name, each in values.items()}


def summary(values: Floats) -> dict[str, float | int | None]:
    """``n``, ``mean_ms``, ``p50_ms`` … by order statistics, ``max_ms``; None where there is no value."""
    ranked = np.sort(np.asarray(values, np.float64))
    n = len(ranked)
    told: dict[str, float | int | None] = {"n": n, "mean_ms": _rounded(ranked.mean()) if n else None}
    for share in SHARES:
        told[f"p{share}_ms"] = _rounded(ranked[-(-n * share // 100) - 1]) if n else None
    return {**told, "max_ms": _rounded(ranked[-1]) if n else None}


def phases(rows: Rows) -> dict[str, dict[str, float | int | None]]:
    """Where the time until the first token went, in ms: name, connection, TLS, sending, first byte, first token.

    Of connections made anew the first three; ``dns`` and ``tls`` where there were any.
    """
    fresh = rows[~rows["kept"] & (rows["sent"] >= 0)]
    sent = rows[rows["sent"] >= 0]
    named, sealed = fresh[fresh["dns"] >= 0], fresh[fresh["tls"] >= 0]
    after_name = np.where(fresh["dns"] >= 0, fresh["dns"], fresh["began"])
    ready = np.where(fresh["tls"] >= 0, fresh["tls"], fresh["tcp"])
    answered, spoke = sent[sent["byte"] >= 0], sent[sent["first"] >= 0]
    values = {
        "dns": named["dns"] - named["began"],
        "tcp": (fresh["tcp"] - after_name)[fresh["tcp"] >= 0],
        "tls": sealed["tls"] - sealed["tcp"],
        "sent": (fresh["sent"] - ready)[fresh["tcp"] >= 0],
        "first_byte": answered["byte"] - answered["sent"],
        "first_token": spoke["first"] - spoke["byte"],
    }
    return {name: summary(each / MS) for name, each in values.items()}


def figures(sessions: Sequence[Session]) -> dict[str, Any]:
    """Everything of these sessions together."""
    runs = [run for each in sessions for run in each.runs]
    rows = np.concatenate([each.rows for each in sessions])
    steps = np.concatenate([each.steps for each in runs])
    good = columns.good(rows)
    spans = [each for session in sessions for each in steady(session)]
    seconds = sum(span for span, _ in spans) / S_NS
    new, kept = rows[~rows["kept"]], rows[rows["kept"]]
    whole = rows[good]
    prompt, cached = whole["prompt"][whole["prompt"] >= 0], whole["cached"][whole["cached"] >= 0]
    return {
        "requests": len(rows),
        "whole": int(good.sum()),
        "errors": {name: count for name, count in sorted(_tally(rows).items()) if name},
        "error_ratio": _rounded(float(1 - good.mean())) if len(rows) else None,
        "duration_s": _rounded(sum(each.duration_ns for each in sessions) / S_NS),
        "latency": latencies(rows, steps),
        "ttft_by_connection": {
            name: summary(columns.ttft_ns(each[columns.good(each)]) / MS)
            for name, each in (("new", new), ("kept", kept))
        },
        "phases": phases(rows),
        "tokens": int(whole["tokens"][whole["tokens"] > 0].sum()),
        "tokens_unknown": int((whole["tokens"] < 0).sum()),
        "chunks": int(whole["outputs"].sum()),
        "prompt_tokens": int(prompt.sum()),
        "cached_tokens": int(cached.sum()),
        "token_rate": _rounded(sum(count for _, count in spans) / seconds) if seconds else None,
        "lateness": summary((rows["began"] - rows["due"]) / MS),
    }


def _tally(rows: Rows) -> Mapping[str, int]:
    names, counts = np.unique(rows["fault"], return_counts=True)
    return {name.decode(): int(count) for name, count in zip(names.tolist(), counts.tolist(), strict=True)}


def show(view: View, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Distribution of the first token, its course, and where the time went."""
    services = [each for each in view.services if len(each.rows)]
    drawn: tuple[Figure, ...] = (_ecdf(services), *((_course(services[0]),) if services else ()))
    return Shown(figures=drawn, listings=tuple(each for service in services for each in _lists(service, view)))


def _ecdf(services: Sequence[Service]) -> Ecdf:
    good = [each.rows[columns.good(each.rows)] for each in services]
    values = np.sort(np.concatenate([columns.ttft_ns(each) / MS for each in good])) if good else np.empty(0)
    total = max(1, sum(len(each.rows) for each in services))
    return Ecdf(WORDS.text("figure-ttft"), "ms", values.tolist(), ((np.arange(len(values)) + 1) / total).tolist())


def _course(service: Service) -> Series:
    first = service.sessions[0].runs[0]
    rows = first.rows
    good = columns.good(rows)
    line = np.where(good, columns.ttft_ns(rows) / MS, np.nan)
    y = [None if np.isnan(each) else float(each) for each in line]
    return Series(
        WORDS.text("figure-course"), "ms", (rows["due"] / S_NS).tolist(), [Line(WORDS.text("latency-ttft"), y)]
    )


def _lists(service: Service, view: View) -> list[Listing]:
    told = figures(service.sessions)
    suffix = f"-{service.label}" if len(view.services) > 1 else ""
    heads = [
        Column(key, WORDS.text(f"column-{key}")) for key in ("what", "n", "mean", "p50", "p90", "p95", "p99", "max")
    ]
    keys = ("n", "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
    rows = [
        (WORDS.text(f"latency-{name.replace('_', '-')}"), *(told["latency"][name][key] for key in keys))
        for name in _LATENCIES
    ]
    rows += [
        (WORDS.text(f"phase-{name.replace('_', '-')}"), *(told["phases"][name][key] for key in keys))
        for name in _PHASES
    ]
    rows += [
        (WORDS.text(f"connection-{name}"), *(told["ttft_by_connection"][name][key] for key in keys))
        for name in ("new", "kept")
    ]
    sums = [(WORDS.text(f"sum-{key.replace('_', '-')}"), told[key]) for key in (
        "requests", "whole", "tokens", "tokens_unknown", "chunks", "prompt_tokens", "cached_tokens", "token_rate",
    )]  # fmt: skip
    sums += [(WORDS.text("sum-fault", fault=name), count) for name, count in sorted(tally(service).items()) if name]
    return [
        Listing(f"latencies{suffix}", WORDS.text("latencies"), heads, rows),
        facts(f"sums{suffix}", WORDS.text("sums"), sums),
    ]


def _rounded(value: float) -> float:
    return float(f"{float(value):.9g}")
