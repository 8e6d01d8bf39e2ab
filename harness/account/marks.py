# SPDX-License-Identifier: Apache-2.0
"""What is shown beside a verdict, and in place of one that says nothing, wherever people read it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

_TRACES = ("data", "traces")
_OPEN = frozenset(["NOT_TESTED", "INCONCLUSIVE"])


def simulated_file(path: str, simulated: Iterable[str]) -> bool:
    """Whether the file of a bundle is a trace of one of the ``simulated`` sources, which are named ``indicator/source``."""
    parts = PurePosixPath(path).parts
    return parts[:2] == _TRACES and "/".join(parts[2:4]) in frozenset(simulated)


def shown_as(verdict: str, *, limited: bool, valued: bool, reading: bool = False) -> str:
    """The word for a verdict: REPORTED where a value has no limit, NO_DATA for another ``reading`` without a value.

    The five verdicts stay five inside; these two are for eyes that count yellow and grey.
    """
    if verdict == "NOT_TESTED" and not limited and valued:
        return "REPORTED"
    if reading and not valued and verdict in _OPEN:
        return "NO_DATA"
    return verdict
