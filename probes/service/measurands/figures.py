# SPDX-License-Identifier: Apache-2.0
"""The figures of a load: what report and ``yanshou analyse service`` print, computed once, here. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.figures import Bars, Ecdf, Line, Series
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
_VALUES = {"ttft": "ttft", "itl": "tpot"}
"""Measurands that are a time of each request, and what it is called."""
_HEADS = ("what", "n", "mean", "p50", "p90", "p95", "p99", "max")
_KEYS = ("n", "mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
_SUMS = ("requests", "whole", "tokens", "tokens_unknown", "chunks", "prompt_tokens", "cached_tokens", "token_rate")
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


def of_all(rows: Rows) -> dict[str, dict[str, float | int | None]]:
    """Of all requests in ms, as a verdict takes them: one that failed, or whose usage is unknown, is over every limit (None)."""
    good = columns.good(rows)
    values = {
        "ttft": columns.first_ms(rows, good),
        "ttft_from_due": columns.first_ms(rows, good, since="due"),
        "tpot": columns.per_token_ms(rows, good),
        "longest_gap": columns.per_token_ms(rows, good, longest=True),
    }
    return {name: summary(each[~np.isnan(each)]) for name, each in values.items()}


def summary(values: Floats) -> dict[str, float | int | None]:
    """``n``, ``mean_ms``, ``p50_ms`` … by order statistics, ``max_ms``; None where there is no value or an infinite one."""
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
        "latency_of_all": of_all(rows),
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
    """What a reading is about, drawn and listed: first tokens, times per token, failures; and the sums of every load."""
    services = [each for each in view.services if len(each.rows)]
    measurand = request.reading.measurand.removeprefix("service.")
    figures = _drawn(measurand, services) if services else ()
    return Shown(figures=figures, listings=tuple(each for one in services for each in _lists(one, view, measurand)))


def _drawn(measurand: str, services: Sequence[Service]) -> tuple[Figure, ...]:
    if measurand in _VALUES:
        return _ecdf(measurand, services), _course(measurand, services[0])
    faults = sum((Counter(tally(each)) for each in services), Counter[str]())
    failed = sorted(name for name in faults if name)
    if measurand in {"errors", "availability"} and failed:
        return (Bars(WORDS.text("figure-faults"), "", failed, [faults[name] for name in failed]),)
    return ()


def _values(measurand: str, rows: Rows) -> Floats:
    good = columns.good(rows)
    found = columns.first_ms(rows, good) if measurand == "ttft" else columns.per_token_ms(rows, good)
    return np.where(np.isfinite(found), found, np.nan)


def _ecdf(measurand: str, services: Sequence[Service]) -> Ecdf:
    """Failed requests are the share that never comes; answers of one token have no time per token and are left out."""
    every = np.concatenate([_values(measurand, each.rows) for each in services])
    known = np.sort(every[~np.isnan(every)])
    failed = sum(int((~columns.good(each.rows)).sum()) for each in services)
    total = len(every) if measurand == "ttft" else len(known) + failed
    shares = (np.arange(len(known)) + 1) / max(1, total)
    return Ecdf(WORDS.text(f"figure-{measurand}"), "ms", known.tolist(), shares.tolist())


def _course(measurand: str, service: Service) -> Series:
    rows = service.sessions[0].runs[0].rows
    line = [None if np.isnan(each) else float(each) for each in _values(measurand, rows)]
    title, name = WORDS.text(f"figure-{measurand}-course"), WORDS.text(f"latency-{_VALUES[measurand]}")
    return Series(title, "ms", (rows["due"] / S_NS).tolist(), [Line(name, line)])


def _lists(service: Service, view: View, measurand: str) -> Iterator[Listing]:
    told = figures(service.sessions)
    suffix = f"-{service.label}" if len(view.services) > 1 else ""
    if measurand in _VALUES:
        heads = [Column(key, WORDS.text(f"column-{key}")) for key in _HEADS]
        yield Listing(f"latencies{suffix}", WORDS.text("latencies"), heads, list(_distributions(told)))
    sums = [(WORDS.text(f"sum-{key.replace('_', '-')}"), told[key]) for key in _SUMS]
    sums += [(WORDS.text("sum-fault", fault=name), count) for name, count in sorted(tally(service).items()) if name]
    yield facts(f"sums{suffix}", WORDS.text("sums"), sums)


def _distributions(told: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of the list of latencies; where there was nothing of a kind, none."""
    titles = [("latency", name, WORDS.text(f"latency-{name.replace('_', '-')}")) for name in _LATENCIES]
    titles += [
        ("latency_of_all", name, WORDS.text("of-all", what=WORDS.text(f"latency-{name.replace('_', '-')}")))
        for name in told["latency_of_all"]
    ]
    titles += [("phases", name, WORDS.text(f"phase-{name.replace('_', '-')}")) for name in _PHASES]
    titles += [("ttft_by_connection", name, WORDS.text(f"connection-{name}")) for name in ("new", "kept")]
    for group, name, title in titles:
        if told[group][name]["n"]:
            yield title, *(told[group][name][key] for key in _KEYS)


def _rounded(value: float) -> float | None:
    return float(f"{float(value):.9g}") if np.isfinite(value) else None
