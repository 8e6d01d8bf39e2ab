# SPDX-License-Identifier: Apache-2.0
"""plant.alarm: critical assets whose injected events each brought the right alarm within the deadline, while quiet controls stayed quiet."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from harness.effort import Effort
from harness.kit.figures import Ecdf
from harness.kit.listings import Column, Listing
from harness.kit.parts import every
from harness.model import Lack, Outcome, Reason, Side, Text
from harness.plugins import Ask, Input, Request, Shown
from probes.plant.measurands import census, coverage
from probes.plant.traces.assets import Register
from probes.plant.traces.drills import Drill
from probes.plant.traces.words import WORDS

_DEADLINE = "5 s"
_REGULAR = 5
"""Events at equal distances that nobody calls random any more."""


@dataclass(frozen=True, slots=True)
class View:
    """Register and drill."""

    register: Register
    drill: Drill

    @property
    def key(self) -> tuple[str, ...]:
        """The critical assets."""
        return tuple(each.number for each in self.register.assets if each.key)


def view(inputs: Sequence[Input], _: Ask) -> View:
    """Registers, events and alarms of all inputs."""
    drills = (each.summary for each in inputs if isinstance(each.summary, Drill))
    return View(census.register_of(inputs), reduce(Drill.merge, drills, Drill()))


def share(seen: View, request: Request) -> Outcome:
    """The share of the critical assets that are covered (``by: rule``: for which the register has a rule)."""
    if not seen.register.assets:
        return census.without_register()
    if "key" not in seen.register.fields:
        return Outcome(None, lacks=(WORDS.lack("no-key-column", Side.BOTH),))
    looked_at = census.drawn(seen.register, [each for each in seen.register.assets if each.key])
    if request.parameter("by") == "rule":
        return _configured(seen, looked_at, request)
    answers = coverage.answers(seen.drill, deadline_ns(request))
    covered = {each.number for each in looked_at.assets if answers.covered(each.number)}
    part = census.share(covered, looked_at, request, _lacks(seen, answers))
    outcome = every([part], request, "1", WORDS.text("method-alarm"), high_is_worse=False)
    told = [looked_at.remark, *census.told(seen.register), *seen.drill.remarks, *_delays(seen, answers)]
    told += coverage.remarks(answers, seen.register.assets)
    known = {each.number for each in seen.register.assets}
    tried = sum(each.number in answers.delays for each in looked_at.assets)
    effort: dict[str, Effort] = {
        "items": len(looked_at.assets),
        **({"examined": Fraction(tried, len(looked_at.assets))} if looked_at.assets else {}),
        "events": sum(len(answers.delays.get(each.number, ())) for each in looked_at.assets),
        "controls": len({(each.asset, each.at_ns) for each in seen.drill.events if each.quiet and each.asset in known}),
    }
    return replace(outcome, remarks=(*told, *outcome.remarks), effort=effort, window=_window(seen.drill))


def _configured(seen: View, looked_at: census.Drawn, request: Request) -> Outcome:
    if "rule" not in seen.register.fields:
        return Outcome(None, lacks=(WORDS.lack("no-rule-column", Side.BOTH),))
    ruled = {each.number for each in looked_at.assets if each.rule}
    outcome = every(
        [census.share(ruled, looked_at, request)], request, "1", WORDS.text("method-rule"), high_is_worse=False
    )
    return replace(
        outcome,
        remarks=(looked_at.remark, *census.told(seen.register)),
        effort={"items": len(looked_at.assets), "examined": Fraction(1)},
    )


def _lacks(seen: View, answers: coverage.Answers) -> list[Lack]:
    drill = seen.drill
    if not (drill.has_events and drill.has_alarms):
        return [WORDS.lack("no-drill", Side.BOTH)]
    found = [] if answers.controls else [WORDS.lack("no-controls")]
    if regular([each.at_ns for each in drill.events]):
        found.append(WORDS.lack("regular"))
    if answers.alike and not coverage.rounded(each.at_ns for each in drill.rows):
        found.append(WORDS.lack("delays-alike"))
    if len(drill.zones) > 1:
        found.append(WORDS.lack("mixed-zones", Side.BOTH))
    return found


def regular(moments: Sequence[int]) -> bool:
    """Whether all events come at multiples of one distance, so that anybody could wait for them."""
    from math import gcd

    times = sorted(set(moments))
    gaps = [after - before for before, after in itertools.pairwise(times)]
    if len(gaps) < _REGULAR:
        return False
    return reduce(gcd, gaps) * 2 >= min(gaps)


def _delays(seen: View, answers: coverage.Answers) -> list[Reason]:
    found = answers.of(seen.key)
    if not found:
        return []
    named = {"p50": coverage.quantile(found, 0.5), "p95": coverage.quantile(found, 0.95), "most": found[-1]}
    return [WORDS.reason("delays", **{name: each / 1e6 for name, each in named.items()})]


def _window(drill: Drill) -> tuple[int, int] | None:
    moments = [each.at_ns for each in drill.events]
    return (min(moments), max(moments)) if moments else None


def deadline_ns(request: Request) -> int:
    """Within which time an alarm answers an event, ns."""
    found = request.constant("deadline", _DEADLINE)
    return int(found.to("ns")) if found is not None else 0


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """The distribution of delays, and each critical asset that is not covered."""
    if not seen.register.assets or not seen.drill.events:
        return Shown()
    answers = coverage.answers(seen.drill, deadline_ns(request))
    delays = answers.of(seen.key)
    pictures: tuple[Ecdf, ...] = ()
    if delays:
        steps = [(at + 1) / len(delays) for at in range(len(delays))]
        pictures = (Ecdf(WORDS.text("delay"), "ms", [each / 1e6 for each in delays], steps),)
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in ("asset", "why")]
    rows = [
        (each.label, _why(each.number, answers))
        for each in seen.register.assets
        if each.key and not answers.covered(each.number)
    ]
    sample = census.drawn(seen.register, ())
    return Shown(
        (*pictures, *sample.pictures), (Listing("uncovered", WORDS.text("uncovered"), columns, rows), *sample.listings)
    )


def _why(number: str, answers: coverage.Answers) -> Text:
    if number not in answers.delays:
        return WORDS.text("why-no-event")
    for key in ("disturbed", "late", "wrong", "early"):
        if number in getattr(answers, key):
            return WORDS.text(f"why-{key}")
    return WORDS.text("why-no-alarm")
