# SPDX-License-Identifier: Apache-2.0
"""Reads numbers, quantities and times out of a profile's nested settings and collects everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import SpecError
from harness.plugins import Problem
from harness.quantity import Quantity
from probes.gnss.formats.clock import utc_ns


class SettingsReader:
    """Values of the right kind whatever the profile says; ``problems`` in the order in which they were met."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Read from ``config``, the settings of one source."""
        self.config = config
        self.problems: list[Problem] = []

    def wrong(self, keys: tuple[str | int, ...], problem: str, cure: str) -> None:
        """Note one problem at the path ``keys``."""
        self.problems.append(Problem(keys, problem, cure))

    def number(self, group: Mapping[str, Any], keys: tuple[str | int, ...], low: float, high: float) -> float:
        """A plain number between ``low`` and ``high``; 0 after a problem."""
        try:
            value = float(str(group[str(keys[-1])]))
        except KeyError:
            self.wrong(keys, f"{keys[-1]} is missing.", f"add {keys[-1]} as a number between {low:g} and {high:g}.")
            return 0.0
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            self.wrong(
                keys, f"{keys[-1]} is {group[str(keys[-1])]!r}.", f"write a number between {low:g} and {high:g}."
            )
            return 0.0
        return value

    def quantity(self, group: Mapping[str, Any], keys: tuple[str | int, ...], unit: str, default: Any = None) -> Any:
        """A quantity in ``unit`` as float; ``default`` when absent (a problem when that is None), or after a problem."""
        name = str(keys[-1])
        if name not in group:
            if default is None:
                self.wrong(keys, f"{name} is missing.", f'add {name} with its unit, like "2 {unit}".')
            return default or 0.0
        try:
            value = float(Quantity.parse(str(group[name])).to(unit))
        except SpecError as error:
            self.wrong(keys, f"{name}: {error.problem}", error.cure)
            return default or 0.0
        if value < 0:
            self.wrong(keys, f"{name} is negative.", "write zero or more.")
        return max(value, 0.0)

    def group(self, name: str) -> Mapping[str, Any] | None:
        """The mapping called ``name``, None when absent or not a mapping (a problem)."""
        value = self.config.get(name)
        if value is not None and not isinstance(value, Mapping):
            self.wrong((name,), f"{name} is not a mapping.", f"write {name}: {{…}} with its fields.")
            return None
        return value

    def share(self, name: str, default: str) -> float:
        """A share between 0 and 1, as "95 %"; 1 after a problem."""
        try:
            value = Quantity.parse(str(self.config.get(name, default))).to("1")
        except SpecError as error:
            self.wrong((name,), f"{name}: {error.problem}", error.cure)
            return 1.0
        if not 0 <= value <= 1:
            self.wrong((name,), f"{name} is {value}.", "write a share between 0 % and 100 %.")
        return min(max(float(value), 0.0), 1.0)

    def times(self, name: str) -> tuple[int, ...]:
        """One or several UTC times as ns since 1970; those that are none are problems."""
        given = self.config.get(name, ())
        found = []
        for index, text in enumerate([given] if isinstance(given, str) else given):
            try:
                found.append(utc_ns(str(text)))
            except ValueError:
                self.wrong((name, index), f"{text!r} is not a time.", "write it like 2026-11-21T08:00:00Z.")
        return tuple(found)

    def flag(self, name: str) -> bool:
        """True for yes, true, on; False for their opposites or when absent; anything else is a problem."""
        value = str(self.config.get(name, "false")).lower()
        if value not in {"true", "yes", "on", "false", "no", "off"}:
            self.wrong((name,), f"{name} is {value!r}.", "write true or false.")
        return value in {"true", "yes", "on"}
