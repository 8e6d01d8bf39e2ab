# SPDX-License-Identifier: Apache-2.0
"""The least effort of a reading: what the evidence must amount to before anything may PASS, and what it amounts to.

A scenario's ``minimum:`` names efforts, a statistic states them in ``Outcome.effort``, and the engine compares. What is
short, or not stated, leaves PASS open; a proven violation stays one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from harness.kit.words import Catalogue
from harness.model import Lack, Need, Outcome, Reason, Side, Text
from harness.quantity import Quantity

WORDS = Catalogue("harness", "effort")
Effort = Quantity | int | Fraction
NAMES: Mapping[str, str] = {
    "duration": "time",
    "session": "time",
    "apart": "time",
    "sessions": "count",
    "starts": "count",
    "trials": "count",
    "terminals": "count",
    "items": "count",
    "events": "count",
    "controls": "count",
    "runs": "count",
    "days": "count",
    "node-time": "time",
    "coverage": "ratio",
    "examined": "ratio",
}
"""Every effort and its dimension; ``[effort.NAME]`` in words.toml says what it is called."""


def exact(effort: Effort) -> Fraction:
    """An effort in the base unit of its dimension."""
    return effort.base if isinstance(effort, Quantity) else Fraction(effort)


@dataclass(frozen=True, slots=True)
class Reached:
    """One required effort: what was asked, what there is (None: not stated), and whether it suffices."""

    name: str
    asked: Quantity
    found: Quantity | None

    @property
    def enough(self) -> bool:
        """Whether PASS is open as far as this effort goes."""
        return self.found is not None and self.found.base >= self.asked.base

    @property
    def title(self) -> Text:
        """What it is called."""
        return WORDS.text(self.name)


def compared(minimum: Mapping[str, Quantity], effort: Mapping[str, Effort]) -> tuple[Reached, ...]:
    """Each effort that ``minimum`` asks for beside the one that the evidence amounts to."""
    return tuple(Reached(name, asked, _like(name, effort.get(name), asked)) for name, asked in minimum.items())


def fits(name: str, given: Quantity) -> bool:
    """Whether ``given`` is an amount of the effort ``name``; a count needs no counting word."""
    wanted = NAMES[name]
    return given.dimension == wanted or (wanted == "count" and given.unit == "1")


def _like(name: str, found: Effort | None, asked: Quantity) -> Quantity | None:
    """An effort in the unit that is asked for; a plain number is a count or a share; None where it is another thing."""
    if found is None:
        return None
    plain = not isinstance(found, Quantity)
    if (
        name not in NAMES
        or (plain and NAMES[name] == "time")
        or (isinstance(found, Quantity) and not fits(name, found))
    ):
        return None
    return Quantity(exact(found) * asked.value / asked.base if asked.base else exact(found), asked.unit)


def short(outcome: Outcome, minimum: Mapping[str, Quantity]) -> tuple[Lack, ...]:
    """What the evidence is short of, each a lack towards PASS."""
    return tuple(Lack(_reason(each), Side.PASS) for each in compared(minimum, outcome.effort) if not each.enough)


def held(outcome: Outcome, minimum: Mapping[str, Quantity], law: tuple[Lack, ...]) -> Outcome:
    """The outcome with the lacks of the ``law`` before its own; what is short of ``minimum`` has one need that says all of it."""
    missing = [each for each in compared(minimum, outcome.effort) if not each.enough]
    need = _need(missing, outcome.need) if missing else outcome.need
    return replace(outcome, lacks=(*law, *outcome.lacks), need=need)


def _reason(each: Reached) -> Reason:
    facts: dict[str, Any] = {"effort": each.title, "asked": each.asked}
    if each.found is None:
        return WORDS.reason("not-stated", name=each.name, **facts)
    return WORDS.reason("below", name=each.name, found=_readable(each.found), **facts)


def _readable(found: Quantity) -> Quantity:
    """A short time in a unit that fits it, 5 s, not 0.00138889 h; parts of a unit cut to four digits, never up to what is asked."""
    if found.value > 0 and found.value.denominator != 1:
        found = _fitting(found)
        step = Fraction(10) ** (math.floor(math.log10(found.value)) - 3)
        found = Quantity(found.value // step * step, found.unit)
    return found


def _fitting(found: Quantity) -> Quantity:
    if found.dimension != "time" or not 0 < found.value < Fraction(1, 10):
        return found
    unit, size = next(((unit, size) for unit, size in (("h", 3600), ("min", 60)) if found.base >= size), ("s", 1))
    return Quantity(found.base / size, unit)


def _need(short: list[Reached], own: Need | None) -> Need:
    """What the minimum asks in all; where the statistic itself needs more, that stays beside it."""
    wanted = [WORDS.text("at-least", effort=each.title, asked=each.asked) for each in short]
    text = WORDS.text("wanted", wanted=wanted)
    asked = cost_s({each.name: each.asked for each in short})
    if own is None:
        return Need(text, "pass", seconds=None if asked is None else float(asked))
    seconds = [float(each) for each in (asked, own.seconds) if each is not None]
    both = Text(f"{text.zh}{own.text.zh}", f"{text.en} {own.text.en}")
    return replace(own, text=both, seconds=max(seconds, default=None))


def cost_s(minimum: Mapping[str, Quantity]) -> Fraction | None:
    """The time that a campaign with this effort takes at least: its duration, or its sessions one after another."""
    duration = minimum["duration"].base if "duration" in minimum else Fraction(0)
    length = minimum["session"].base if "session" in minimum else Fraction(0)
    sessions = minimum["sessions"].base if "sessions" in minimum else Fraction(1)
    apart = minimum["apart"].base if "apart" in minimum else Fraction(0)
    found = max(duration, (sessions - 1) * max(apart, length) + length)
    return found or None
