# SPDX-License-Identifier: Apache-2.0
"""A small trace for every installed probe, made by construction: what each law that holds for all of them is tried on.

A probe that is installed and has no example fails ``test_probes``; write one in the module of its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from harness import installed
from harness.plugins import Trace

Example = Callable[[Path], Trace]
EXAMPLES: dict[str, Example] = {}
MS, S = 10**6, 10**9


def every() -> Mapping[str, Example]:
    """The examples of every domain by the names of their probes."""
    for path in Path(__file__).parent.glob("[a-z]*.py"):
        import_module(f"{__name__}.{path.stem}")
    return EXAMPLES


def example(name: str, folder: Path) -> Trace:
    """The example of a probe, its segments below ``folder``."""
    assert name in every(), f"{name} has no example in tests/conformance/examples"
    folder.mkdir(parents=True, exist_ok=True)
    return EXAMPLES[name](folder)


def traced(
    name: str, folder: Path, data: Mapping[str, bytes] | bytes, settings: Mapping[str, Any], source: str = "source"
) -> Trace:
    """The trace of a source with these segments."""
    probe = installed.probe(name)
    parts = {f"0001.{probe.extension}": data} if isinstance(data, bytes) else data
    for each, content in parts.items():
        (folder / each).write_bytes(content)
    parsed = probe.settings.model_validate(settings)
    return Trace("test.asked", source, name, 1, tuple(folder / each for each in parts), parsed)


def of(name: str) -> Callable[[Example], Example]:
    """Keep what is decorated as the example of a probe."""

    def keep(made: Example) -> Example:
        EXAMPLES[name] = made
        return made

    return keep
