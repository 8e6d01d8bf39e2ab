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
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from harness.kit.settings import Address, Cure, Settings, Several, wrong
from probes.network.live.reflector.process import reflectors
from probes.network.traces.terminals import FIELDS, luhn

_MOST = 5_000


_Number = Annotated[int, Field(ge=1, le=_MOST)]


class ReflectorSettings(Settings):
    """How many terminals there are, where, and which misbehave."""

    count: Annotated[_Number, Cure(f"use 1 to {_MOST}.")] = Field(50, description="how many terminals.")
    first: Address = Field("127.0.1.1", description="address of the first one.")
    port: Annotated[int, Field(ge=0, le=65_535), Cure("use port 0 to 65535.")] = Field(
        0, description="their port; 0: the kernel's choice."
    )
    silent: Several[_Number] = Field((), description="numbers of terminals that never answer.")
    duplicated: Several[_Number] = Field((), description="numbers of terminals with a second row in the register.")

    @model_validator(mode="after")
    def _among_them(self) -> Self:
        for key, numbers in (("silent", self.silent), ("duplicated", self.duplicated)):
            for number in numbers:
                if number > self.count:
                    msg = f"{key} names terminal {number}, but there are {self.count}."
                    raise wrong(msg, f"use numbers from 1 to {self.count}.", key)
        return self


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Terminals 1 … ``count`` on addresses from ``first``; ``config`` as :class:`ReflectorSettings`.

    Yields ``register`` (path of a CSV file), ``targets`` (a list of mappings) and ``addresses`` (texts). SpecError for
    settings that make no sense, InstrumentError when a port cannot be opened.
    """
    settings = ReflectorSettings.parse(config)
    first = ip_address(settings.first)
    places = [(str(first + offset), settings.port) for offset in range(settings.count)]
    awake = [place for number, place in enumerate(places, 1) if number not in settings.silent]
    mute = [place for number, place in enumerate(places, 1) if number in settings.silent]
    with reflectors(awake, mute) as opened, tempfile.TemporaryDirectory() as scratch:
        rows = _rows(dict(opened), [host for host, _ in places], settings.duplicated)
        path = Path(scratch, "nodes.csv")
        path.write_text(_csv(rows), encoding="utf-8")
        alone = rows[: settings.count]
        targets = [{key: row[key] for key in ("asset_id", "name", "address", "port")} for row in alone]
        addresses = [f"{row['address']}:{row['port']}" for row in alone]
        yield {"register": str(path), "targets": targets, "addresses": addresses}


def _rows(ports: Mapping[str, int], hosts: Sequence[str], duplicated: Sequence[int]) -> list[dict[str, Any]]:
    """A row a terminal, then the second rows of the duplicated ones: another asset number and name, the same device."""
    rows = [
        {
            "asset_id": f"SIM-{number:03d}",
            "name": f"模拟终端 {number:03d}",
            "address": host,
            "port": ports[host],
            "imei": imei(number),
            "mac": f"00005e0053{number % 256:02x}" if number < 256 else "",
        }
        for number, host in enumerate(hosts, 1)
    ]
    again = [
        {**rows[number - 1], "asset_id": f"SIM-{number:03d}-B", "name": f"模拟终端 {number:03d} 乙"}
        for number in duplicated
    ]
    return rows + again


def imei(number: int) -> str:
    """A test IMEI (TAC 00101, 3GPP TS 23.003 and GSMA TS.06 test range) with its check digit."""
    body = f"00101000{number:06d}"
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(FIELDS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
