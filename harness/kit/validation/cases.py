# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases by which a user's own machine shows that the software computes what it should (ISO/IEC 17025 7.11.2).

A domain offers its cases by an entry point in the group ``yanshou.validations``, a function without arguments::

    [project.entry-points."yanshou.validations"]
    chain = "probes.chain.validation:cases"

    def cases() -> Iterator[Case]:
        for line in known_headers():
            yield Case(f"header-{line.number}", "constructed", lambda line=line: hash_of(line.header), line.hash)

``yanshou doctor --validate`` runs every case of every entry and writes the signed record. A case is quick (all together run in
a minute), needs no network, no device and no file outside the wheel, and its expected value was not computed by what it tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

GROUP = "yanshou.validations"

Value = bool | int | float | Fraction | str | None | Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One known truth: its name within the entry, whose truth it is, how it is found here, and what has to come out.

    ``source``: who says so (``R 4.3 qbinom``, ``NIST StRD NumAcc1``, ``constructed``, ``RFC 8762``). Numbers agree within
    ``relative`` or ``absolute`` (the wider of both; default: exactly); everything else has to be equal. Sequences and mappings
    are compared entry by entry. ``reading``: of an installed scenario, as ``s09.nodes/proven-nodes``, where the case asks just that
    (:mod:`harness.kit.validation.readings`).
    """

    name: str
    source: str
    run: Callable[[], Value]
    expected: Value
    relative: float = 0.0
    absolute: float = 0.0
    reading: str = ""


def agrees(found: Any, expected: Any, relative: float = 0.0, absolute: float = 0.0) -> bool:
    """Whether what was found is what was expected, within the tolerance; NaN and None agree with nothing but themselves."""
    if _is_number(expected) and _is_number(found):
        if found != found or expected != expected:  # noqa: PLR0124 - true for NaN only
            return False
        if found == expected:
            return True
        return abs(float(found) - float(expected)) <= max(absolute, relative * abs(float(expected)))
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return found.keys() == expected.keys() and all(
            agrees(found[key], each, relative, absolute) for key, each in expected.items()
        )
    if _is_sequence(expected) and _is_sequence(found):
        return len(found) == len(expected) and all(
            agrees(mine, each, relative, absolute) for mine, each in zip(found, expected, strict=True)
        )
    return type(found) is type(expected) and bool(found == expected)


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool | str)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
