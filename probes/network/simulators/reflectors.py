# SPDX-License-Identifier: Apache-2.0
"""Simulated terminals: real STAMP reflectors on loopback addresses, in a process of their own, with a register to match.

For trying out and for demonstrations: everything measured against them is labelled as simulated.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from probes.network.live.reflector.process import reflectors
from probes.network.traces.terminals import COLUMNS, luhn

_FIRST = "127.0.1.1"
_KEYS = {"count", "first", "port", "silent", "duplicated"}
_MOST = 5_000


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Terminals 1 … ``count`` (default 50) on addresses from ``first``; ``port`` 0 (default): the kernel's choice.

    ``silent``: numbers of terminals that never answer. ``duplicated``: numbers of terminals with a second row in the
    register. Yields ``register`` (path of a CSV file), ``targets`` (a list of mappings) and ``addresses`` (texts).
    UsageError for settings that make no sense, InstrumentError when a port cannot be opened.
    """
    count, port = _settings(config)
    silent, duplicated = (_numbers(config, key, count) for key in ("silent", "duplicated"))
    first = IPv4Address(str(config.get("first", _FIRST)))
    places = [(str(first + offset), port) for offset in range(count)]
    awake = [place for number, place in enumerate(places, 1) if number not in silent]
    mute = [place for number, place in enumerate(places, 1) if number in silent]
    with reflectors(awake, mute) as opened, tempfile.TemporaryDirectory() as scratch:
        rows = _rows(dict(opened), [host for host, _ in places], duplicated)
        path = Path(scratch, "nodes.csv")
        path.write_text(_csv(rows), encoding="utf-8")
        targets = [{key: row[key] for key in ("asset_id", "name", "address", "port")} for row in rows[:count]]
        addresses = [f"{row['address']}:{row['port']}" for row in rows[:count]]
        yield {"register": str(path), "targets": targets, "addresses": addresses}


def _settings(config: Mapping[str, Any]) -> tuple[int, int]:
    unknown = sorted(set(config) - _KEYS)
    if unknown:
        msg = f"{unknown[0]!r} is not a setting of reflectors."
        raise UsageError(msg, cure=f"use {', '.join(sorted(_KEYS))}.")
    count, port = (str(config.get(key, default)) for key, default in (("count", 50), ("port", 0)))
    if not count.isdigit() or not 1 <= int(count) <= _MOST or not port.isdigit() or int(port) > 65_535:
        msg = f"{count} reflectors on port {port} make no sense."
        raise UsageError(msg, cure=f"use 1 to {_MOST}, port 0 to 65535.")
    return int(count), int(port)


def _numbers(config: Mapping[str, Any], key: str, count: int) -> list[int]:
    given = config.get(key, [])
    numbers = (
        [int(each) for each in given] if isinstance(given, Sequence) and not isinstance(given, str) else [int(given)]
    )
    wrong = [each for each in numbers if not 1 <= each <= count]
    if wrong:
        msg = f"{key} names terminal {wrong[0]}, but there are {count}."
        raise UsageError(msg, cure=f"use numbers from 1 to {count}.")
    return numbers


def _rows(ports: Mapping[str, int], hosts: Sequence[str], duplicated: Sequence[int]) -> list[dict[str, Any]]:
    """A row a terminal, then the second rows of the duplicated ones: another asset number and name, the same device."""
    rows = [
        {
            "asset_id": f"SIM-{number:03d}",
            "name": f"模拟终端 {number:03d}",
            "address": host,
            "port": ports[host],
            "imei": _imei(number),
            "mac": f"00005e0053{number % 256:02x}" if number < 256 else "",
        }
        for number, host in enumerate(hosts, 1)
    ]
    again = [
        {**rows[number - 1], "asset_id": f"SIM-{number:03d}-B", "name": f"模拟终端 {number:03d} 乙"}
        for number in duplicated
    ]
    return rows + again


def _imei(number: int) -> str:
    """A test IMEI (TAC 00101, 3GPP TS 23.003 and GSMA TS.06 test range) with its check digit."""
    body = f"00101000{number:06d}"
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
