# SPDX-License-Identifier: Apache-2.0
"""The law of constants, thresholds and efforts: a scenario states them strictly, a profile may only tighten them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.effort import NAMES, fits
from harness.errors import SpecError
from harness.model import ConstantRule, Indicator, Reading, Stricter
from harness.quantity import Quantity
from harness.spec.documents import ConstantDoc, IndicatorDoc, ProfileDoc, ReadingDoc
from harness.spec.problems import Finding, nearest
from harness.spec.yaml_source import Keys

PLANNING = ("expected", "instrument_bound", "correlation_time")
"""Constants that any indicator may declare for `yanshou plan`; they have no part in a verdict."""


def constant_findings(keys: Keys, each: IndicatorDoc) -> Iterator[Finding]:
    """What is wrong with the constants of one indicator of a scenario."""
    for name, constant in each.constants.items():
        place = (*keys, "constants", name)
        yield from _ranged(place, constant)
        if constant.stricter == "none" and constant.default is None and constant.range is None and constant.why is None:
            cure = "give a default or a range, or say under why: that any value will do."
            yield Finding(place, f"neither default nor range holds {name}.", cure)


def _ranged(place: Keys, constant: ConstantDoc) -> Iterator[Finding]:
    default = quantity_of(constant.default)
    if constant.range is None:
        return
    least, most = constant.range
    if least.dimension != most.dimension or not least.base <= most.base:
        yield Finding((*place, "range"), f"{least} to {most} is no range.", "write the least first, in the same unit.")
    elif constant.default is not None and not _within(default, (least, most)):
        yield Finding(
            (*place, "default"), f"{constant.default} is not between {least} and {most}.", "correct one of them."
        )


def reading_findings(place: Keys, reading: ReadingDoc) -> Iterator[Finding]:
    """What is wrong with the efforts and the thresholds of one reading of a scenario."""
    yield from _efforts((*place, "minimum"), reading.minimum)
    for name in reading.tighten:
        if quantity_of(reading.parameters.get(name)) is None:
            cure = f"write parameters: {{{name}: …}} with the value that holds by default."
            yield Finding(
                (*place, "tighten", name), f"the reading has no quantity {name!r} to tighten.", cure, at_key=True
            )


def _efforts(place: Keys, efforts: Mapping[str, Quantity]) -> Iterator[Finding]:
    for name, amount in efforts.items():
        if name not in NAMES:
            yield Finding((*place, name), f"there is no effort called {name!r}.", nearest(name, NAMES), at_key=True)
        elif not fits(name, amount) or amount.base <= 0:
            yield Finding((*place, name), f"{amount} is no amount of {name}.", f"write a {NAMES[name]} above zero.")


def minimum(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    """Efforts that a profile lowers."""
    for identifier, efforts in document.minimum.items():
        yield from _efforts(("minimum", identifier), efforts)
        asked = _deciding(document, known, identifier).minimum if identifier in known else {}
        for name, amount in efforts.items():
            least = asked.get(name)
            if least is not None and name in NAMES and fits(name, amount) and amount.base < least.base:
                problem = f"{amount} is less than the {least} that the scenario asks for."
                yield Finding(("minimum", identifier, name), problem, f"write {least} or more, or leave the line out.")


def gates(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    """Thresholds that a profile relaxes, and parameters that are none of its business."""
    for identifier, thresholds in document.gates.items():
        reading = _deciding(document, known, identifier) if identifier in known else None
        for name, value in thresholds.items():
            keys = ("gates", identifier, name)
            if reading is None:
                continue
            if name not in reading.tighten:
                problem = f"the reading {reading.name!r} has no threshold {name!r} that a profile may tighten."
                yield Finding(keys, problem, nearest(name, reading.tighten), at_key=True)
            else:
                rule = ConstantRule(reading.parameters[name], reading.tighten[name])
                yield from _tightened(keys, value, rule, reading.parameters[name])


def declared(document: ProfileDoc, known: Mapping[str, Indicator]) -> Iterator[Finding]:
    """Constants that a profile relaxes, moves out of their range, or that no indicator asks for."""
    for identifier, constants in document.declared.items():
        if identifier not in known:
            continue
        rules, reading = known[identifier].constants, _deciding(document, known, identifier)
        for name, value in constants.items():
            keys = ("declared", identifier, name)
            if name in rules:
                rule = rules[name]
                yield from _tightened(keys, value, rule, reading.parameters.get(name, rule.default))
            elif name not in PLANNING:
                problem = f"{identifier} asks for no constant {name!r}."
                yield Finding(keys, problem, nearest(name, rules), at_key=True)


def _deciding(document: ProfileDoc, known: Mapping[str, Indicator], identifier: str) -> Reading:
    indicator = known[identifier]
    named = document.readings.get(identifier)
    return next((each for each in indicator.readings if each.name == named), indicator.default_reading)


def _tightened(keys: Keys, value: Any, rule: ConstantRule, default: Any) -> Iterator[Finding]:
    """``value`` against the rule of its constant: inside the range, and on the strict side of the default."""
    given, strict = quantity_of(value), quantity_of(default)
    if rule.range is not None and given is not None and given.dimension != rule.range[0].dimension:
        yield _of_another_unit(keys, given, rule.range[1])
    elif rule.range is not None and given is not None and not _within(given, rule.range):
        least, most = rule.range
        yield Finding(keys, f"{given} is not between {least} and {most}.", "write a value in the scenario's range.")
    elif default is None or value == default or (given is not None and given == strict):
        return
    elif given is None or strict is None or given.dimension != strict.dimension:
        if rule.stricter is not Stricter.NONE or rule.range is None:
            yield Finding(
                keys, f"{value} cannot take the place of {default}.", f"write {default}, or leave the line out."
            )
    elif rule.stricter.up is None:
        if rule.range is None:
            yield Finding(keys, f"the scenario fixes it at {default}.", f"write {default}, or leave the line out.")
    elif (given > strict) is not rule.stricter.up:
        problem = f"{given} relaxes the scenario's {strict}; a profile may only make it {rule.stricter.value}."
        yield Finding(keys, problem, f"write {strict} or a {rule.stricter.value} one, or leave the line out.")


def _of_another_unit(keys: Keys, given: Quantity, wanted: Quantity) -> Finding:
    told = "has no unit" if given.unit == "1" else f"is of dimension {given.dimension}, not {wanted.dimension}"
    return Finding(keys, f"{str(given)!r} {told}.", f"write it in a unit of {wanted.dimension}, like {wanted.unit}.")


def _within(given: Quantity | None, span: tuple[Quantity, Quantity]) -> bool:
    return given is not None and given.dimension == span[0].dimension and span[0].base <= given.base <= span[1].base


def quantity_of(value: Any) -> Quantity | None:
    """A quantity as it is written; None for a word, a list, a date and for nothing at all."""
    if value is None or isinstance(value, (bool, list, dict)):
        return None
    try:
        return Quantity.parse(str(value))
    except SpecError:
        return None
