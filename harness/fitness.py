# SPDX-License-Identifier: Apache-2.0
"""Whether the installed measurands can use what a profile binds and declares, before anything is measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness import installed
from harness.errors import SpecError, UsageError
from harness.plugins import Constant, Measurand
from harness.quantity import Quantity, unit_of
from harness.spec import Profile
from harness.spec.constants import PLANNING
from harness.spec.problems import Finding, nearest
from harness.spec.yaml_source import Keys


def unfit(profile: Profile, bound: Mapping[Keys, str]) -> Iterator[Finding]:
    """Evidence that the deciding reading's measurand cannot read, constants that no reading reads or that have another unit.

    ``bound``: the probe of each source by the keys that lead to it. Where no measurand is installed nothing is judged.
    """
    yield from _evidence(profile, bound)
    yield from _constants(profile)


def _evidence(profile: Profile, bound: Mapping[Keys, str]) -> Iterator[Finding]:
    for identifier, binding in profile.bindings.items():
        measurand = installed.measurand(profile.criterion(identifier).reading.measurand)
        if measurand is None:
            continue
        for spec in binding.sources:
            if spec.keys in bound and not _reads(measurand, bound[spec.keys]):
                yield _unread(measurand, bound[spec.keys], (*spec.keys, "probe"))
        for lender, index in zip(binding.borrowed, binding.borrowed_at, strict=True):
            keys: Keys = ("sources", identifier, "evidence", index)
            lent = [bound[each.keys] for each in profile.bindings[lender].sources if each.keys in bound]
            yield from (_unread(measurand, name, keys) for name in lent if not _reads(measurand, name))


def _reads(measurand: Measurand, probe: str) -> bool:
    return installed.probe(probe).summary in measurand.accepts


def _usable(measurand: Measurand) -> Iterator[str]:
    """The probes whose summaries it reads; a plug-in that does not load is none, and nobody's problem here."""
    for name in installed.names(installed.PROBES):
        with suppress(UsageError):
            if _reads(measurand, name):
                yield name


def _unread(measurand: Measurand, probe: str, keys: Keys) -> Finding:
    usable = list(_usable(measurand))
    return Finding(
        keys,
        f"{measurand.name} ({measurand.title.en}) cannot use what {probe} records.",
        f"it takes {', '.join(usable) or 'nothing that is installed'}; bind that, or leave this one out.",
    )


def _constants(profile: Profile) -> Iterator[Finding]:
    for identifier, declared in profile.declared.items():
        readings = profile.scenario.indicator(identifier).readings
        measurands = [installed.measurand(each.measurand) for each in readings]
        if None in measurands:
            continue
        known = {each.name: each for measurand in measurands if measurand for each in measurand.constants}
        for name, value in declared.items():
            if name in known:
                yield from _value(("declared", identifier, name), value, known[name])
            elif name not in PLANNING:
                problem = f"nothing that measures {identifier} reads a constant {name!r}."
                yield Finding(("declared", identifier, name), problem, nearest(name, known), at_key=True)


def _value(keys: Keys, value: Any, constant: Constant) -> Iterator[Finding]:
    if not constant.unit:
        return  # a word, a list, a date: what its measurand makes of it
    wanted = unit_of(constant.unit)[0]
    meaning = constant.help.en.rstrip(".")
    cure = f"write it in a unit of {wanted}, like {constant.unit}; it is {meaning}."
    try:
        found = Quantity.parse(str(value))
    except SpecError as error:
        yield Finding(keys, error.problem, cure)
        return
    if found.dimension != wanted:
        told = "has no unit" if found.unit == "1" else f"is of dimension {found.dimension}, not {wanted}"
        yield Finding(keys, f"{str(found)!r} {told}.", cure)
