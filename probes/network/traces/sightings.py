# SPDX-License-Identifier: Apache-2.0
"""Where else a terminal was seen: neighbour tables (ARP, NDP) and exports of the core network or the CPEs. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple

from harness.errors import DecodeError
from harness.kit.census import Mark
from probes.network.traces.terminals import MARKS, decoded_text

NEIGHBOURS = "neighbours"
_ALIASES = {
    "imei": "imei",
    "IMEI": "imei",
    "iccid": "iccid",
    "ICCID": "iccid",
    "mac": "mac",
    "MAC": "mac",
    "address": "address",
    "ip": "address",
    "IP": "address",
    "IP地址": "address",
    "地址": "address",
    "online": "online",
    "状态": "online",
    "在线": "online",
    "status": "online",
}
_OFFLINE = {"0", "no", "false", "off", "offline", "离线", "否", "detached", "deregistered", "down"}
_DEAD = {"FAILED", "INCOMPLETE", "NOARP", "NONE"}
_MOST_LINES = 1_000_000


class Sighting(NamedTuple):
    """One row of a source: what kind of source, and the identities it states (empty where it states none).

    ``first_ns`` to ``last_ns`` (since 1970 UTC) is when the terminal was seen; 0 where the source does not tell.
    """

    source: str
    address: str
    mac: str
    imei: str
    iccid: str
    asset: str = ""
    first_ns: int = 0
    last_ns: int = 0

    @property
    def marks(self) -> frozenset[Mark]:
        """The identities it states."""
        told = zip(MARKS, (self.asset, self.imei, self.iccid, self.mac, self.address), strict=True)
        return frozenset((kind, value) for kind, value in told if value)


@dataclass(frozen=True, slots=True)
class Sightings:
    """The rows of all sources, each once; ``sources`` that were read at all, even if they saw nothing."""

    sources: frozenset[str]
    rows: frozenset[Sighting]

    def merge(self, other: Sightings) -> Sightings:
        """The rows of both."""
        return Sightings(self.sources | other.sources, self.rows | other.rows)


def read_neighbours(data: bytes) -> Sightings:
    """Snapshots of `ip -json neighbour`, one a line; entries the kernel could not confirm are left out. DecodeError."""
    rows = set()
    for number, line in enumerate(data.split(b"\n")[:_MOST_LINES], start=1):
        try:
            entries = json.loads(line) if line.strip() else []
            rows |= {_neighbour(each) for each in entries if each.get("lladdr") and not _DEAD & set(each["state"])}
        except (ValueError, KeyError, TypeError, AttributeError):
            msg = "This line is no snapshot of a neighbour table."
            raise DecodeError(msg, cure="record it with `ip -json neighbour`.", where=f"line {number}") from None
    return Sightings(frozenset({NEIGHBOURS}), frozenset(rows))


def read_export(data: bytes, name: str, system: str) -> Sightings:
    """A CSV export with any of imei, iccid, mac, address, online; rows that say off-line are left out. DecodeError."""
    source = f"export:{system}"
    table = csv.reader(io.StringIO(decoded_text(data, name), newline=""))
    columns = [_ALIASES.get(cell.strip(), "") for cell in next(table, [])]
    if not {"imei", "iccid", "mac", "address"} & set(columns):
        msg = f"{name} has no column for imei, iccid, mac or address."
        raise DecodeError(msg, cure="let the first line name the columns, for example: imei,iccid,mac,address,online.")
    rows = set()
    for cells in table:
        row = {key: cell.strip() for key, cell in zip(columns, cells, strict=False) if key}
        if any(row.values()) and row.get("online", "").lower() not in _OFFLINE:
            rows.add(_exported(row, source))
    return Sightings(frozenset({source}), frozenset(rows))


def plain_mac(text: str) -> str:
    """Twelve lower-case hex digits, or nothing where that is no MAC address."""
    digits = re.sub(r"[-:.\s]", "", text).lower()
    return digits if re.fullmatch(r"[0-9a-f]{12}", digits) else ""


def _neighbour(entry: Mapping[str, Any]) -> Sighting:
    return Sighting(NEIGHBOURS, plain_address(str(entry["dst"])), plain_mac(str(entry["lladdr"])), "", "")


def _exported(row: Mapping[str, str], source: str) -> Sighting:
    imei, iccid = (re.sub(r"[-\s/]", "", row.get(key, "")) for key in ("imei", "iccid"))
    return Sighting(source, plain_address(row.get("address", "")), plain_mac(row.get("mac", "")), imei, iccid)


def plain_address(text: str) -> str:
    """The canonical form of an IP address; other text as it is, in lower case."""
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return text.strip().lower()
