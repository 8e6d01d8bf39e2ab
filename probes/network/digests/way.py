# SPDX-License-Identifier: Apache-2.0
"""How targets were reached: routes, interfaces and next hops as a run noted them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Way(NamedTuple):
    """How a target was reached: as ``ip route get`` and sysfs said on the test host, with the next hop's MAC (empty: unknown)."""

    address: str
    interface: str
    kind: str
    driver: str
    gateway: str
    mac: str
    local: bool


def ways(given: object) -> list[Way]:
    """The ways in a note of a trace; what is none is left out."""
    rows = given if isinstance(given, list) else []
    return [_way(row) for row in rows if isinstance(row, Mapping)]


def homes(targets: Iterable[Mapping[str, Any]]) -> frozenset[Way]:
    """The targets of a session that have the very address from which they were asked."""
    found = {str(each.get("address", "")) for each in targets if each.get("local") == each.get("address")}
    return frozenset(Way(address, "", "", "", "", "", local=True) for address in found - {""})


def _way(row: Mapping[str, Any]) -> Way:
    texts = (str(row.get(name, "")) for name in Way._fields[:-1])
    return Way._make((*texts, row.get("local") is True))
