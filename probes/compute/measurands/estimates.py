# SPDX-License-Identifier: Apache-2.0
"""From runs to a part of the verdict: TOPS, TOPS/W and best measured kernel of one terminal, with their budgets.

A run is an independent restart. Their scatter is type A; the meter's limit, the edges and the integration are type B and common
to all runs, so that no number of runs averages them away (GUM 4.2, 4.3). TOPS/W = N x ops / E needs no duration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from harness.kit.parts import Part, absent, every
from harness.model import BudgetItem, Lack, Need, Outcome, Reason, Side
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import budget
from harness.stats.budget import Component
from probes.compute.formats.words import WORDS
from probes.compute.measurands.drawn import Drawn, drawn, guard_s
from probes.compute.measurands.view import Bench, Load, Terminal, contradictions, lack, quantity
from probes.compute.measurands.windows import BATCHES, Steady, steady

TOPS, PER_W = "TOPS", "TOPS/W"
_BEYOND = 500.0
"""TOPS/W that no digital chip comes near (2026): a unit is wrong by a factor of a thousand."""
_SAME = 1e-12
"""Runs whose results agree to this share were copied: no two runs of a machine do."""


def sustained(view: Bench, request: Request) -> Outcome:
    """Effective TOPS of the declared workload: operations of the graph times items, over the time of the steady windows."""
    ask = request.among(len(view.terminals))
    parts = [_sustained(view, own, ask) for own in view.terminals.values() if own.loads or own.invalid]
    return every(parts, request, TOPS, WORDS.text("method-sustained"), high_is_worse=False)


def ratio(view: Bench, request: Request) -> Outcome:
    """TOPS per watt: operations over the energy of the same windows, on the plane that the reading names."""
    ask = request.among(len(view.terminals))
    parts = [_ratio(view, own, ask) for own in view.terminals.values()]
    return every(parts, request, PER_W, WORDS.text("method-ratio"), high_is_worse=False)


def confirmed_peak(view: Bench, request: Request) -> Outcome:
    """The best measured kernel of a sweep, at most the rated dense peak; never a rating by itself."""
    ask = request.among(len(view.terminals))
    parts = [_peak(own, ask, view) for own in view.terminals.values() if own.loads or own.invalid]
    return every(parts, request, TOPS, WORDS.text("method-peak"), high_is_worse=False)


def _windows(
    view: Bench, own: Terminal, ask: Request, *, kernels: bool = False, guard: float = 0.0
) -> tuple[list[Steady], list[Reason]]:
    """The steady windows of the runs that the reading asks for, and what forbids a verdict about any of them."""
    warm = quantity(view.declared, "warm_up")
    loads = [each for each in own.loads if bool(each.run.kernels) == kernels]
    runs = [steady(each, 0.0 if warm is None else float(warm.to("s")), guard) for each in loads]
    invalid = [*own.invalid]
    for each in runs:
        invalid += [*contradictions(each.load, view.declared, ask.reading.parameters), *each.invalid]
    if len({(each.load.settings.workload, each.load.operations) for each in runs}) > 1:
        invalid.append(WORDS.reason("several-workloads"))
    if len(runs) > 1 and len({round(math.log(each.tops) / _SAME) if each.tops > 0 else 0 for each in runs}) < len(runs):
        invalid.append(WORDS.reason("runs-alike"))
    above = [each for each in runs if each.load.rated_tops and each.tops > each.load.rated_tops]
    if above and not kernels:
        told = {"tops": float(f"{above[0].tops:.4g}"), "rated": above[0].load.rated_tops}
        invalid.append(WORDS.reason("more-than-rated", **told))
    if loads and not kernels and any(each.tops <= 0 for each in runs):
        invalid.append(WORDS.reason("nothing-done"))
    return runs, _distinct(invalid)


def _sustained(view: Bench, own: Terminal, ask: Request) -> Part:
    runs, invalid = _windows(view, own, ask)
    if not runs:
        return absent(own.label, lack("no-workload", Side.BOTH), invalid=invalid)
    tops = [each.tops for each in runs]
    if min(tops) <= 0:
        return absent(own.label, invalid=invalid)
    lacks = [one for each in runs for one in each.lacks]
    spread, more = _spread(runs, tops)
    relative = {"edges": max(each.edge_items / each.items for each in runs) / math.sqrt(3)}
    return _part(own, runs, _pooled(runs), spread, relative, ask, (lacks + more, invalid), TOPS)


def _ratio(view: Bench, own: Terminal, ask: Request) -> Part:
    runs, invalid = _windows(view, own, ask, guard=guard_s(own))
    if not runs:
        missing = () if own.loads else (lack("no-workload", Side.BOTH),)
        sensor = [] if own.meters else [WORDS.reason("no-power-sensor")]
        return absent(own.label, *(missing or (lack("no-workload", Side.BOTH),)), invalid=[*invalid, *sensor])
    plane = str(ask.parameter("plane", "platform-input"))
    powers = [drawn(own, each, view.declared, plane) for each in runs]
    lacks = [one for run, each in zip(runs, powers, strict=True) for one in (*run.lacks, *each.lacks)]
    if ask.instrument("power-meter"):  # the register of instruments has its certificate and judges it
        lacks = [each for each in lacks if each.reason.code != "compute.no-certificate"]
    invalid = _distinct([*invalid, *(why for each in powers for why in each.invalid)])
    joules = [each.joules for each in powers]
    if None in joules or any(each.items <= 0 for each in runs):
        return absent(own.label, *_once(lacks), invalid=invalid or [WORDS.reason("no-power-sensor")])
    energies = [float(each) for each in joules if each is not None]
    ops = float(runs[0].load.operations or 0.0)
    values = [each.items * ops / energy / 1e12 for each, energy in zip(runs, energies, strict=True)]
    spread, more = _spread(runs, values)
    relative = {
        name: max(each.relative.get(name, 0.0) for each in powers) for name in ("meter", "window", "integration")
    }
    relative["edges"] = max(each.edge_items / each.items for each in runs) / math.sqrt(3)
    value = sum(each.items for each in runs) * ops / sum(energies) / 1e12
    if value > _BEYOND:
        invalid.append(WORDS.reason("beyond-physics", ratio=float(f"{value:.4g}"), most=_BEYOND))
    told = {"mean_w": _mean_w(powers), "effective_tops": _pooled(runs)}
    return _part(own, runs, value, spread, relative, ask, (lacks + more, invalid), PER_W, told, powers)


def _peak(own: Terminal, ask: Request, view: Bench) -> Part:
    runs, invalid = _windows(view, own, ask, kernels=True)
    rated = next((each.settings.rated_tops for each in own.loads if each.settings.rated_tops), None)
    if not runs:
        return absent(own.label, lack("no-sweep", Side.BOTH), invalid=invalid)
    names = set.intersection(*(set(each.load.run.kernels) for each in runs))
    if not names:
        return absent(own.label, lack("no-common-kernel", Side.BOTH), invalid=invalid)
    rates = {name: [_rate(each.load, name) for each in runs] for name in sorted(names)}
    best = max(rates, key=lambda name: float(np.mean(rates[name])))
    shared = ask.among(1) if len(rates) < 2 else _shared(ask, len(rates))
    value = float(np.mean(rates[best]))
    lacks = [] if len(runs) > 1 else [lack("one-run", Side.BOTH)]
    if rated is None:
        lacks.append(lack("no-rating"))
    error = float(np.std(rates[best], ddof=1)) / math.sqrt(len(runs)) if len(runs) > 1 else 0.0
    item = BudgetItem(WORDS.text("budget-repeat"), "A", error, TOPS)
    total = budget.combine([Component(item, 1.0, max(1, len(runs) - 1))])
    low, high = _bounds(value, total, shared)
    if rated is not None:
        value, low, high = min(value, rated), min(low, rated), min(high, rated)
    told = {
        "kernel": best,
        "rated_tops": rated,
        "kernels": {name: float(np.mean(each)) for name, each in rates.items()},
    }
    remarks = (WORDS.reason("best-kernel", kernel=best, tops=float(f"{np.mean(rates[best]):.4g}"), rated=_word(rated)),)
    return Part(
        own.label,
        value,
        low,
        high,
        len(runs),
        float(len(runs)),
        _once(lacks),
        None,
        tuple(invalid),
        remarks,
        0.0,
        (item,),
        told,
        _effort(runs),
    )


def _shared(ask: Request, kernels: int) -> Request:
    """The best of several kernels is the largest of noisy values: each bound towards PASS holds at a share of the risk."""
    from dataclasses import replace

    return replace(ask, alpha=ask.alpha / kernels)


def _rate(load: Load, kernel: str) -> float:
    ops, ns, calls = load.run.kernels[kernel]
    return ops * calls / ns / 1e3 if ns > 0 else 0.0


def _pooled(runs: Sequence[Steady]) -> float:
    ops = float(runs[0].load.operations or 0.0)
    return sum(each.items for each in runs) * ops / sum(each.duration_s for each in runs) / 1e12


def _spread(runs: Sequence[Steady], values: Sequence[float]) -> tuple[Component | None, list[Lack]]:
    """Type A, relative: of the mean over runs; of one run by its own stretches; of a run without either nothing is known."""
    title = WORDS.text("budget-repeat")
    if len(values) > 1:
        mean = float(np.mean(values))
        relative = float(np.std(values, ddof=1)) / math.sqrt(len(values)) / mean
        return Component(BudgetItem(title, "A", relative, "1"), 1.0, len(values) - 1), []
    rates = runs[0].rates
    if rates is None or rates.mean() <= 0:
        return None, [lack("one-run", Side.BOTH)]
    relative = float(rates.std(ddof=1) / math.sqrt(BATCHES) / rates.mean())
    return Component(BudgetItem(title, "A", relative, "1"), 1.0, BATCHES - 1), []


def _part(  # noqa: PLR0917 - what one part is made of
    own: Terminal,
    runs: Sequence[Steady],
    value: float,
    spread: Component | None,
    relative: Mapping[str, float],
    ask: Request,
    found: tuple[list[Lack], list[Reason]],
    unit: str,
    told: Mapping[str, Any] | None = None,
    powers: Sequence[Drawn] = (),
) -> Part:
    """Value, bounds and budget; the largest component is named in what would decide an open verdict."""
    lacks, invalid = found
    common = [
        Component(BudgetItem(WORDS.text(f"budget-{name}"), "B", each * value, unit)) for name, each in relative.items()
    ]
    lines = [*common]
    if spread is not None:
        lines.append(
            Component(BudgetItem(spread.item.component, "A", spread.item.value * value, unit), 1.0, spread.freedom)
        )
    low, high = _bounds(value, budget.combine(lines), ask) if spread is not None else (None, None)
    remarks = _distinct(
        [
            *own.remarks,
            *(one for each in runs for one in each.remarks),
            *(one for each in powers for one in each.remarks),
        ]
    )
    rated = next((each.load.settings.rated_tops for each in runs if each.load.settings.rated_tops), None)
    remarks.append(_three(own, runs, rated))
    return Part(
        own.label,
        value,
        low,
        high,
        len(runs),
        float(len(runs)),
        _once(lacks),
        _need(lines, value, ask, spread is None),
        tuple(invalid),
        tuple(remarks),
        0.0,
        tuple(each.item for each in lines),
        {"runs": len(runs), **(told or {}), **({"rated_tops": rated} if rated else {})},
        _effort(runs),
    )


def _bounds(value: float, total: budget.Combined, ask: Request) -> tuple[float, float]:
    low, high = budget.bounds(value, total, ask.risk_below).lower, budget.bounds(value, total, ask.risk_above).upper
    return float(low if low is not None else value), float(high if high is not None else value)


def _effort(runs: Sequence[Steady]) -> dict[str, Quantity | int | Fraction]:
    shortest = min(Fraction(each.whole_ns, 10**9) for each in runs)
    return {"runs": len(runs), "session": Quantity(shortest, "s")}


def _need(lines: Sequence[Component], value: float, ask: Request, single: bool) -> Need | None:
    """The largest term of the budget, and what would make it smaller; the engine tells it where the verdict is open."""
    largest = max(lines, key=lambda each: each.item.value, default=None)
    if largest is None or largest.item.value <= 0 or ask.limit is None:
        return None
    gap = abs(value - float(ask.limit.quantity.to(largest.item.unit if largest.item.unit != "1" else "TOPS")))
    share = f"{largest.item.value / value * 100:.2g} %"
    if largest.item.type == "A" or single:
        factor = (1.645 * largest.item.value / gap) ** 2 if gap > 0 else math.inf
        runs = math.ceil(3 * factor) if factor < 1000 else None
        return Need(WORDS.text("need-runs", share=share, runs=runs or 3), "", "runs", runs)
    return Need(WORDS.text("need-meter", component=largest.item.component, share=share), "")


def _three(own: Terminal, runs: Sequence[Steady], rated: float | None) -> Reason:
    """Declared, best measured kernel and effective figures side by side."""
    kernels = [_rate(each, name) for each in own.loads for name in each.run.kernels]
    best = float(f"{max(kernels):.4g}") if kernels else None
    return WORDS.reason(
        "three-figures", rated=_word(rated), synthetic=_word(best), effective=float(f"{_pooled(runs):.4g}")
    )


def _word(value: float | None) -> Any:
    return WORDS.text("not-stated") if value is None else value


def _mean_w(powers: Sequence[Drawn]) -> float | None:
    known = [each.mean_w for each in powers if each.mean_w is not None]
    return float(np.mean(known)) if known else None


def _distinct(reasons: Sequence[Reason]) -> list[Reason]:
    return list({(each.code, each.text): each for each in reasons}.values())


def _once(lacks: Sequence[Lack]) -> tuple[Lack, ...]:
    return tuple({(each.reason.code, each.reason.text, each.side): each for each in lacks}.values())
