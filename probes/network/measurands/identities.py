# SPDX-License-Identifier: Apache-2.0
"""Rows of a register as devices: which rows identify one soundly, and which rows are the same one. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any

from harness.kit.census import Mark, groups
from probes.network.digests.node import plain
from probes.network.traces.terminals import Terminal, iccid_problem, imei_problem, randomised


def identity_problem(row: Terminal) -> str:
    """Why a row identifies no device: ``no-name``, ``imei-length``, ``imei-luhn``, ``no-identity``, ``randomised-mac``; empty if it does."""
    if not row.asset_id and not row.name:
        return "no-name"
    if row.imei:
        problem = imei_problem(row.imei)
        return f"imei-{problem}" if problem else ""
    if row.iccid:
        problem = iccid_problem(row.iccid)
        return f"iccid-{problem}" if problem else ""
    if not row.mac:
        return "no-identity"
    return "randomised-mac" if randomised(row.mac) else ""


def devices(rows: Sequence[Terminal]) -> list[list[Terminal]]:
    """Rows grouped by device: rows that share an asset number, IMEI, ICCID, MAC, or address and port are one."""
    found = [[rows[at] for at in group] for group in groups([_marks(row) for row in rows])]
    return sorted(found, key=lambda group: group[0].line)


def dual_stack(device: Sequence[Terminal]) -> bool:
    """Whether the rows are one terminal under one asset number, with one IPv4 address at most and IPv6 ones: no duplicate."""
    one_asset = len({row.asset_id for row in device}) == 1 and bool(device[0].asset_id)
    v4 = sum(":" not in row.address for row in device)
    return one_asset and v4 <= 1 < len(device)


def shared(device: Sequence[Terminal]) -> list[str]:
    """Which identities several rows of one device have in common."""
    kinds = ("asset_id", "imei", "iccid", "mac", "address")
    return [
        kind
        for kind in kinds
        if len({getattr(row, kind) for row in device if getattr(row, kind)})
        < sum(bool(getattr(row, kind)) for row in device)
    ]


def at_addresses(found: Sequence[Sequence[Terminal]]) -> dict[str, list[int]]:
    """Of each address the places of the devices that are registered with it."""
    owners: dict[str, list[int]] = defaultdict(list)
    for at, device in enumerate(found):
        for address in sorted({host(row.address) for row in device if row.address}):
            owners[address].append(at)
    return dict(sorted(owners.items()))


def behind_one_address(found: Sequence[Sequence[Terminal]]) -> list[dict[str, Any]]:
    """Devices told apart by port alone, with their address: a CPE forwards ports to them, or one host is all of them."""
    owners = at_addresses(found)
    return [
        {"address": address, "assets": [found[at][0].label for at in places]}
        for address, places in owners.items()
        if len(places) > 1
    ]


def one_each(known: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Which of (label, address) are one terminal: one host answers at as many ports as it likes, and may have several addresses."""
    return groups([(("label", plain(label)), ("address", host(address))) for label, address in known])


def shared_addresses(known: Iterable[tuple[str, str]]) -> list[str]:
    """Addresses at which targets with several labels answer, with these labels."""
    labels: dict[str, set[str]] = defaultdict(set)
    for label, address in known:
        labels[host(address)].add(plain(label))
    return [f"{address}: {', '.join(sorted(each))}" for address, each in sorted(labels.items()) if len(each) > 1]


def host(address: str) -> str:
    """An address in one form: without a zone, IPv4 within IPv6 as IPv4; a host name in small letters."""
    text = address.partition("%")[0].strip("[]").lower().removesuffix(".")
    try:
        found = ip_address(text)
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def named(row: Terminal) -> dict[str, Any]:
    """A row as a listing shows it."""
    return {"line": row.line, "asset_id": row.asset_id, "name": row.name, "address": row.address}


def _marks(row: Terminal) -> frozenset[Mark]:
    """What makes a row one device; behind one address, ports tell several apart."""
    return frozenset((kind, f"{value}|{row.port}" if kind == "address" else value) for kind, value in row.marks)
