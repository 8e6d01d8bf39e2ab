# SPDX-License-Identifier: Apache-2.0
"""Where the evidence of each indicator comes from, in one normal form."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from harness.spec.documents import MoreSourceDoc, ProfileDoc, SourceDoc
from harness.spec.yaml_source import Keys


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One source: its name within the indicator, its probe (None: the one that offers the measurand), its settings.

    ``keys`` lead to it in the profile, so that a probe's problems can be placed.
    """

    name: str
    probe: str | None
    config: Mapping[str, Any]
    keys: Keys = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """The sources of one indicator, and the indicators whose traces it borrows; ``borrowed_at``: places in ``evidence:``."""

    sources: tuple[SourceSpec, ...]
    borrowed: tuple[str, ...]
    borrowed_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """A simulated peer that the profile starts: its name, its probe, the simulator there, its settings."""

    name: str
    probe: str
    simulator: str
    config: Mapping[str, Any]
    keys: Keys = ()


def bindings(document: ProfileDoc) -> dict[str, Binding]:
    """The normal form of ``sources:``, by indicator."""
    return {identifier: _binding(identifier, each) for identifier, each in document.sources.items()}


def simulators(document: ProfileDoc) -> tuple[SimulatorSpec, ...]:
    """The normal form of ``simulators:``, in file order."""
    return tuple(
        SimulatorSpec(name, each.probe, each.simulator, deepcopy(each.settings), ("simulators", name))
        for name, each in document.simulators.items()
    )


def has_own_source(document: SourceDoc) -> bool:
    """Whether the mapping says anything besides what is borrowed."""
    return bool(document.probe or document.settings)


def _binding(identifier: str, document: SourceDoc) -> Binding:
    given: list[tuple[SourceDoc | MoreSourceDoc, Keys]] = []
    if has_own_source(document):
        given.append((document, ("sources", identifier)))
    for index, each in enumerate(document.evidence):
        if isinstance(each, MoreSourceDoc):
            given.append((each, ("sources", identifier, "evidence", index)))
    taken: set[str] = set()
    sources = tuple(
        SourceSpec(_free_name(each, taken), each.probe, deepcopy(each.settings), keys) for each, keys in given
    )
    borrowed = [(each, index) for index, each in enumerate(document.evidence) if isinstance(each, str)]
    return Binding(sources, tuple(each for each, _ in borrowed), tuple(index for _, index in borrowed))


def _free_name(document: SourceDoc | MoreSourceDoc, taken: set[str]) -> str:
    base = document.name or (document.probe.rpartition(".")[2] if document.probe else "source")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name)
    return name
