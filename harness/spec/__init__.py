# SPDX-License-Identifier: Apache-2.0
"""The spec language: YAML to model with file:line:column errors, JSON Schema, profiles.

``parse_*`` are pure functions of bytes (replay calls them on what a bundle holds); ``load_*`` and ``find_*``
read files. Every refusal is a :class:`harness.errors.SpecError` with all problems in file order.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.spec.bindings import Binding, SimulatorSpec, SourceSpec
    from harness.spec.profile import Organisation, Profile, Project, Test, load_profile, parse_profile, place
    from harness.spec.scenario import ScenarioFile, find_scenario, installed_scenarios, load_scenario, parse_scenario
    from harness.spec.schema import schemas

__all__ = [
    "Binding",
    "Organisation",
    "Profile",
    "Project",
    "ScenarioFile",
    "SimulatorSpec",
    "SourceSpec",
    "Test",
    "find_scenario",
    "installed_scenarios",
    "load_profile",
    "load_scenario",
    "parse_profile",
    "parse_scenario",
    "place",
    "schemas",
]

_ROOMS = ("bindings", "profile", "scenario", "schema")


def __getattr__(name: str) -> Any:
    """What ``__all__`` names, imported when it is first asked for: who needs one room does not pay for all."""
    if name in __all__:
        for room in _ROOMS:
            found = getattr(import_module(f"{__name__}.{room}"), name, None)
            if found is not None:
                return found
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
