# SPDX-License-Identifier: Apache-2.0
"""What is installed: probes, measurands, scenarios, reports, analysers and services, found by entry points.

Nothing is imported before it is asked for. A name that two distributions offer is nobody's: it is refused, so that no
verdict depends on which of them happens to come first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

from harness.errors import UsageError
from harness.plugins import Measurand, Probe

PROBES, MEASURANDS = "yanshou.probes", "yanshou.measurands"


@cache
def _every() -> EntryPoints:
    """Of all groups: to read what distributions say of themselves costs more than to load a probe."""
    found: EntryPoints = entry_points()  # type: ignore[assignment] # typeshed still has the mapping of Python 3.9
    return found


@cache
def _found(group: str) -> Mapping[str, tuple[EntryPoint, ...]]:
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in _every().select(group=group):
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def names(group: str) -> list[str]:
    """Installed names in an entry-point group (``yanshou.probes`` …), sorted."""
    return sorted(_found(group))


def has(group: str, name: str) -> bool:
    """Whether something called ``name`` is installed in ``group``."""
    return name in _found(group)


def _entry(group: str, name: str) -> EntryPoint:
    entries = _found(group).get(name, ())
    if not entries:
        from difflib import get_close_matches

        listed = names(group)
        near = get_close_matches(name, listed, n=3, cutoff=0.6)
        msg = f"{name!r} is not installed in {group}."
        if near:
            raise UsageError(msg, cure=f"did you mean {' or '.join(near)}? Or install the plug-in that brings it.")
        raise UsageError(msg, cure=f"use one of: {', '.join(listed) or 'none'}; or install the plug-in that brings it.")
    if len(entries) > 1:
        rivals = " and ".join(sorted({_distribution(each)[0] for each in entries}))
        msg = f"{name!r} in {group} is offered by {rivals}: whose is meant cannot be told."
        raise UsageError(msg, cure="uninstall one of them.")
    return entries[0]


@cache
def load(group: str, name: str) -> Any:
    """The object behind an entry point; UsageError when it is not installed, offered twice, or does not load."""
    entry = _entry(group, name)
    try:
        return entry.load()
    except (ImportError, AttributeError) as error:
        msg = f"The plug-in {name!r} ({entry.value}) does not load: {error}."
        raise UsageError(msg, cure="reinstall or remove the distribution that brings it.") from error


def module_of(group: str, name: str) -> str:
    """The module that an entry point names, unloaded; UsageError as :func:`load`."""
    return _entry(group, name).module


def offered_by(group: str, name: str) -> tuple[str, str]:
    """Name and version of the distribution that brings ``name``; UsageError as :func:`load`."""
    return _distribution(_entry(group, name))


def _distribution(entry: EntryPoint) -> tuple[str, str]:
    return ("unknown", "") if entry.dist is None else (entry.dist.name, entry.dist.version)


def probe(name: str) -> Probe:
    """The probe called ``name``; UsageError when it is not installed."""
    found: Probe = load(PROBES, name)
    return found


def measurand(name: str) -> Measurand | None:
    """The measurand called ``name``, or None when no installed domain offers it; UsageError when two do."""
    if not has(MEASURANDS, name):
        return None
    found: Measurand = load(MEASURANDS, name)
    return found


@cache
def resolve(reference: str) -> Any:
    """The object that a lazy reference ``module:name`` names; UsageError when it does not load."""
    module, _, name = reference.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        msg = f"{reference} does not load: {error}."
        raise UsageError(msg, cure="reinstall the distribution that brings it.") from error
