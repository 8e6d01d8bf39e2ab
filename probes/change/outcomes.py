# SPDX-License-Identifier: Apache-2.0
"""From pairs to outcomes: reductions and gains with one-sided bounds, and everything a reader has to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import chain

from harness.kit.baseline import SIDES, when_sealed
from harness.kit.estimates import change, change_beside, change_of_logs, change_of_rate
from harness.kit.figures import Bars
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, every
from harness.kit.pictured.pairs import Pairs
from harness.kit.tallies import plain
from harness.model import Lack, Line, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from harness.stats.before_after import Counts, regresses
from harness.stats.matched import Pair, calendar, unit, unit_month
from probes.change import WORDS
from probes.change.comparison import Comparison, Roles, Tables, compare

_MATCHED = {"paired", "geometric", "each-line"}
_MIX = 0.01  # share by which a moved mix of products has to change the value before to be told


def _view(roles: Roles, inputs: Sequence[Input], _: Ask) -> Comparison:
    left_out = {plain(name) for each in inputs for name in each.trace.settings.left_out}
    view = compare(reduce(Tables.merge, (each.summary for each in inputs), Tables(())), roles, left_out)
    present = {each.month for each in (*view.cells.before, *view.cells.after)} | {*view.cells.apart}
    agreed = (month for each in inputs for month in each.trace.settings.months if view.cells.twins is not None)
    gaps = (*(month for month in agreed if month not in present), *view.gaps)
    return replace(view, gaps=gaps, uneven=_uneven(view, inputs))


def _uneven(view: Comparison, inputs: Sequence[Input]) -> bool:
    """Whether events were counted over times of different length, where no months are held against their twins."""
    if not view.roles.ledger or view.cells.twins is not None:
        return False
    agreed = [[settings.period(side) for settings in (each.trace.settings for each in inputs)] for side in SIDES]
    spans = [{len(each.months) for each in own if each is not None} for own in agreed]
    if all(spans):
        return len(spans[0] | spans[1]) > 1
    return view.seasons[0] != view.seasons[1] and all(view.seasons)


ROLES = {
    "orders": Roles("orders", "size", ledger=True),
    "unit-cost": Roles("cost", "output"),
    "productivity": Roles("output", "input", rise=True),
}
orders, unit_cost, productivity = (partial(_view, roles) for roles in ROLES.values())


def paired(view: Comparison, request: Request) -> Outcome:
    """The mean of the same lines or projects before and after (Fieller); with a control group also net of it."""
    return _outcome(view, request, "paired", _with_control(view, request, change))


def geometric(view: Comparison, request: Request) -> Outcome:
    """The geometric mean of each line's own ratio, so that no line weighs more than another."""
    return _outcome(view, request, "geometric", _with_control(view, request, change_of_logs))


def each_line(view: Comparison, request: Request) -> Outcome:
    """Every line for itself over its twin months; each of them has to conform."""
    names = sorted(view.cells.worth()[1]) if view.cells.twins else [""]
    ask, rise = request.among(len(names)), view.roles.rise
    pairs = {name: view.cells.pairs(calendar, within=name) if name else [] for name in names}
    parts = [change(*_rates(own), ask, name, rise=rise) for name, own in pairs.items()]
    return _outcome(view, request, "each-line", parts)


def by_period(view: Comparison, request: Request) -> Outcome:
    """All lines together, every calendar month with its twin."""
    pairs = view.cells.pairs(calendar) if view.cells.twins else []
    return _outcome(view, request, "by-period", [change(*_rates(pairs), request, rise=view.roles.rise)])


def rate_ratio(view: Comparison, request: Request) -> Outcome:
    """Events per exposure, with the scatter that the projects (or the months of a single one) show."""
    single = view.cells.twins and min(map(len, view.cells.worth())) < 2
    sides = view.cells.worth(unit_month if single else unit)
    old, new = (Counts(*zip(*((float(x), float(e)) for x, e in side.values()), strict=True)) for side in sides)
    outcome = _outcome(view, request, "rate-ratio", [change_of_rate(old, new, request)])
    return replace(outcome, effort={"items": min(map(len, view.cells.worth()))})


def _with_control(view: Comparison, request: Request, of: Callable[..., Part]) -> list[Part]:
    """The lines themselves, and net of the control group where there is one: both have to conform."""
    rise, old, new = view.roles.rise, *_rates(view.cells.pairs())
    if not view.cells.control:
        return [of(old, new, request, rise=rise)]
    ask, (other_old, other_new) = request.among(2), _rates(view.cells.pairs(control=True))
    net = change_beside((old, other_old), (new, other_new), ask, "应用÷对照", rise=rise)
    return [of(old, new, ask, "应用", rise=rise), net]


def _rates(pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    return [float(each.before.rate) for each in pairs], [float(each.after.rate) for each in pairs]


def _outcome(view: Comparison, request: Request, method: str, parts: Sequence[Part]) -> Outcome:
    outcome = every(parts, request, "1", WORDS.text(f"method-{method}"), high_is_worse=False)
    lacks = (*outcome.lacks, *_lacks(view, request, method))
    effort = {"items": min((each.n for each in parts), default=0)}
    return replace(outcome, lacks=lacks, remarks=(*_told(view), *view.remarks, *outcome.remarks), effort=effort)


def _lacks(view: Comparison, request: Request, method: str) -> Iterator[Lack]:
    if method in _MATCHED and view.cells.alone:
        yield WORDS.lack("alone", names=view.cells.alone)
    if view.left_out and not request.settings_agreed:
        yield WORDS.lack("left-out-by-one", names=view.left_out)
    if view.chosen_late:
        yield WORDS.lack("control-chosen-late", names=view.chosen_late)
    if view.uneven:
        yield WORDS.lack("uneven", Side.BOTH)
    if view.gaps:
        yield WORDS.lack("gaps", names=view.gaps)
    if view.cells.twins is not None and not view.cells.twins:
        yield WORDS.lack("no-season", Side.BOTH)


def _told(view: Comparison) -> Iterator[Reason]:
    """Change observed or net of a control group, when the baseline was sealed, what the mix did, regression to the mean."""
    if view.cells.control:
        old, new = map(sum, _rates(view.cells.pairs(control=True)))
        yield WORDS.reason("net-of-control", share=f"{(new / old - 1) * 100:+.1f} %" if old else "–")
    else:
        yield WORDS.reason("observed")
    yield when_sealed(view.sealed_ns, min(each.month for each in view.cells.after))
    pairs = view.cells.pairs()
    if abs(view.cells.mix) > _MIX:
        yield WORDS.reason("mix", share=f"{view.cells.mix * 100:+.1f} %")
    if len(pairs) > 1 and min(map(min, _rates(pairs))) > 0 and regresses(*_rates(pairs)):
        yield WORDS.reason("regression")


def show(view: Comparison, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """By how much each line (each month, each project) fell or rose, and the values behind it."""
    key = calendar if request.reading.statistic == "by-period" else unit
    old, new = view.cells.worth(key)
    cells = {name: [side[name].row if name in side else 3 * (None,) for side in (old, new)] for name in {**old, **new}}
    rows = [(name, *chain(*zip(*sides, strict=True))) for name, sides in sorted(cells.items())]
    of, by = view.units
    units = {"value": f"{of or 1}/{by}" if by else of, "amount": of, "exposure": by}
    titles = [("name", ""), *((f"{what}-{side}", one) for what, one in units.items() for side in SIDES)]
    columns = [Column(each, WORDS.text(f"column-{each}"), one) for each, one in titles]
    pairs = [each for each in view.cells.pairs(key) if each.before.amount]
    sign = 100 if view.roles.rise else -100
    changes = [sign * float(each.after.rate / each.before.rate - 1) for each in pairs]
    bars = Bars(WORDS.text("rises" if view.roles.rise else "falls"), "%", [each.label for each in pairs], changes)
    before, after = _rates(pairs)
    title = WORDS.text("pairs", unit=units["value"] or "–")
    both = Pairs(title, "", [each.label for each in pairs], before, after, (WORDS.text("before"), WORDS.text("after")))
    return Shown((both, bars) if pairs else (), (Listing("compared", WORDS.text("compared"), columns, rows),))


def lines(view: Comparison, outcome: Outcome, request: Request) -> tuple[Line, ...]:
    """Lines, projects or months that stand on both sides so far, and those that stand on one alone."""
    del outcome
    key = calendar if request.reading.statistic == "by-period" else unit
    old, new = map(set, view.cells.worth(key))
    said = WORDS.text("now-compared", both=len(old & new), before=len(old), after=len(new))
    alone = tuple(sorted(map(str, old ^ new)))
    one = Line(WORDS.text("now-alone-title"), WORDS.text("now-alone", count=len(alone)), True, alone)
    return (Line(WORDS.text("now-compared-title"), said), *([one] if alone else []))
