# SPDX-License-Identifier: Apache-2.0
"""Checks of instruments against a reference (期间核查): recorded before and after the test, read by the same statistics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, TypeVar

from harness import installed
from harness.agreed.instruments import Reading as Read
from harness.errors import YanshouError
from harness.model import Reading, Rule, Text
from harness.plugins import Ask, Input, Request
from harness.quantity import Quantity
from harness.records import Record
from harness.spec import Profile
from harness.spec.instruments import CheckSpec

PREFIX = "check-"
"""Before the name of an instrument: whose trace it is in the bundle."""
BEFORE, AFTER = "before", "after"
_RISK = Fraction(1, 20)


def readings(profile: Profile, record: Record, summaries: Mapping[tuple[str, str], Any]) -> dict[str, Read]:
    """What each check read before and after, by the instrument's name."""
    found = {}
    for each in profile.instruments:
        if each.check is not None:
            mine = [one for one in record.traces if one.indicator == f"{PREFIX}{each.name}"]
            inputs = {
                one.source: Input(one.probe, one.source, summaries[one.indicator, one.source], one)
                for one in mine
                if (one.indicator, one.source) in summaries
            }
            values = {name: _value(each.check, [given]) for name, given in inputs.items()}
            found[each.name] = Read(values.get(BEFORE), values.get(AFTER))
    return found


def _value(check: CheckSpec, inputs: Sequence[Input]) -> Quantity | None:
    """The point estimate of the reference; None where the probe, the measurand or its statistic gives none."""
    measurand = installed.measurand(check.measurand)
    if measurand is None or check.statistic not in measurand.statistics:
        return None
    if any(isinstance(each.summary, YanshouError) for each in inputs):
        return None
    title = Text(check.reference, check.reference)
    reading = Reading("check", title, check.measurand, check.statistic, check.parameters)
    # A reference is no network under test: it may stand on the bench, or on this host.
    request = Request("check", reading, None, Rule.GUARDED, _RISK, _RISK, practice=True)
    try:
        view = installed.resolve(measurand.view)(inputs, Ask("check", (reading,), practice=True))
        estimate = installed.resolve(measurand.statistics[check.statistic])(view, request).estimate
    except YanshouError:
        return None
    if estimate is None or estimate.value != estimate.value:
        return None
    return Quantity(Fraction(f"{float(estimate.value):.6g}"), estimate.unit)


class Recorded(Protocol):
    """What is recorded: whose trace it becomes, and its name."""

    indicator: str
    name: str


R = TypeVar("R", bound=Recorded)


def phases(tasks: Sequence[R]) -> list[list[R]]:
    """References before, the test itself, references after; the test is there even without any source."""
    checks = [each for each in tasks if each.indicator.startswith(PREFIX)]
    before, after = ([each for each in checks if each.name == name] for name in (BEFORE, AFTER))
    test = [each for each in tasks if not each.indicator.startswith(PREFIX)]
    return [*([before] if before else []), test, *([after] if after else [])]
