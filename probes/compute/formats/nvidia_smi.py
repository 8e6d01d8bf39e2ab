# SPDX-License-Identifier: Apache-2.0
"""``nvidia-smi --query-gpu=timestamp,index,power.draw … --format=csv``: several GPUs are added up tick by tick.

``power.draw`` is an average over the last second on recent drivers and says so nowhere; ``power.draw.instant`` is taken where
it is written. How often the value really changes is found and told.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import numpy as np

from harness.errors import SpecError
from harness.quantity import Quantity
from probes.compute.formats.power import PowerLog, Samples, unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

FORMAT = "nvidia-smi"
_POWER = ("power.draw.instant", "power.draw", "power.draw.average")
_HEAD = re.compile(r"(?P<name>[\w.]+)\s*(?:\[(?P<unit>[^\]]*)\])?\s*$")
_CELL = re.compile(r"(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>\S*)$", re.ASCII)
_NONE = {"[n/a]", "n/a", "[not supported]", "[unknown error]", "[gpu is lost]", "[gpu requires reset]", ""}
_ACTIVE = {"active": True, "not active": False}
_SLOWED = ("hw_slowdown", "hw_thermal_slowdown", "sw_thermal_slowdown", "hw_power_brake_slowdown", "sw_power_cap")


def is_smi(head: str) -> bool:
    """Whether a text begins with a head row of nvidia-smi."""
    first = head.split("\n", 1)[0]
    return "timestamp" in first and any(each in first for each in _POWER)


def read(text: str, name: str = "") -> PowerLog:
    """The samples, the GPUs added up; UnreadableError for what is not understood."""
    rows = list(csv.reader(io.StringIO(text, newline=""), skipinitialspace=True))
    head = [_HEAD.match(each.strip()) for each in rows[0]]
    names = [match["name"] if match else "" for match in head]
    column = next((each for each in _POWER if each in names), "")
    if "timestamp" not in names or not column:
        raise unreadable("no-power-column", "query timestamp, index and power.draw.", name, columns=list(_POWER))
    twice = sorted({each for each in names if each and names.count(each) > 1})
    if twice:
        raise unreadable("column-twice", "query each value once.", name, columns=twice)
    matched = head[names.index(column)]
    unit = (matched["unit"] if matched else "") or ""
    found: dict[str, list[tuple[int, float | None]]] = {}
    slowed, torn, own = 0, 0, next((each for each in ("uuid", "gpu_uuid", "pci.bus_id", "index") if each in names), "")
    for number, row in enumerate(rows[1:], start=2):
        if not "".join(row).strip():
            continue
        if len(row) != len(names):
            if number == len(rows) and not text.endswith("\n"):
                torn = number
                break
            raise unreadable("row-width", "record it again.", f"{name}:{number}", cells=len(row), columns=len(names))
        stamp = stamp_ns(row[names.index("timestamp")])
        if stamp is None:
            raise unreadable(
                "no-stamp", "query timestamp.", f"{name}:{number}", stamp=row[names.index("timestamp")][:40]
            )
        power = _watts(row[names.index(column)], unit, f"{name}:{number}")
        found.setdefault(row[names.index(own)] if own else "", []).append((stamp[0], power))
        slowed += any(_throttled(each, cell) for each, cell in zip(names, row, strict=True))
    return _summed(found, column, slowed, torn, name)


def _watts(text: str, unit: str, where: str) -> float | None:
    """The cell in watts; the unit stands in the cell or in the heading, and where it stands in both they agree."""
    if text.strip().lower() in _NONE:
        return None
    match = _CELL.match(text.strip())
    if match is None:
        raise unreadable("no-number", "record it again with --format=csv.", where, text=text[:40])
    stated = match["unit"] or unit
    if not stated:
        raise unreadable("no-unit", "write the unit into the heading, as power.draw [W].", where)
    if match["unit"] and unit and match["unit"] != unit:
        raise unreadable("units-apart", "record it again.", where, one=unit, two=match["unit"])
    try:
        return float(Quantity.parse(f"{match['number']} {stated}").to("W"))
    except SpecError:
        raise unreadable("unknown-unit", "record power in W.", where, unit=stated[:20]) from None


def _throttled(heading: str, cell: str) -> bool:
    return heading.endswith(_SLOWED) and _ACTIVE.get(cell.strip().lower(), False)


def _summed(
    found: dict[str, list[tuple[int, float | None]]], column: str, slowed: int, torn: int, name: str
) -> PowerLog:
    """One series of the whole machine; GPUs with unequal numbers of samples cannot be added up."""
    counts = {len(each) for each in found.values()}
    if not found:
        raise unreadable("no-sample", "record again.", name, format=FORMAT)
    if max(counts) - min(counts) > (1 if torn else 0):
        raise unreadable("gpus-apart", "record all GPUs in one call.", name, gpus=len(found))
    samples = Samples(FORMAT)
    for tick in zip(*found.values(), strict=False):
        values = [watts for _, watts in tick]
        samples.add(tick[0][0], None if None in values else float(sum(each or 0.0 for each in values)))
    if torn:
        samples.events.append(WORDS.reason("torn-line", line=torn))
    if slowed:
        samples.events.append(WORDS.reason("throttled", count=slowed))
    samples.facts = {"column": column, "gpus": len(found), "update_s": update_period_s(samples.at_ns, samples.watts)}
    return samples.log()


def update_period_s(at_ns: Sequence[int], watts: Sequence[float]) -> float | None:
    """How often the value changes, in s: the median time between changes; None where it never does."""
    values, at = np.asarray(watts, float), np.asarray(at_ns, np.int64)
    changed = at[1:][np.diff(values) != 0] if len(values) > 1 else at[:0]
    return float(np.median(np.diff(changed))) / 1e9 if len(changed) > 1 else None
