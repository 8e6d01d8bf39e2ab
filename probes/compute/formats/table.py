# SPDX-License-Identifier: Apache-2.0
"""Power logs that anybody may have written: a table with a time and a power in a stated unit, or a running energy counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from harness.errors import SpecError
from harness.kit import tables
from harness.kit.tables import Columns, Row, Table, cells
from harness.kit.tables.columns import fold, stated_unit
from harness.model import Text
from harness.quantity import Quantity, unit_of
from probes.compute.formats.beside import samples_agree
from probes.compute.formats.power import NOUN, OVERLOADED, PowerLog, Samples, plain_numbers, unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

FORMAT = "table"
FIELDS: Mapping[str, Sequence[str]] = {
    "time": ("time", "timestamp", "datetime", "date time", "date/time", "elapsed", "elapsed time", "seconds", "ts", "t",
             "时间", "时刻", "采样时间", "记录时间", "时间戳", "采集时间"),
    "power": ("power", "active power", "total power", "input power", "p", "power_w", "power_kw", "power_watts", "p_w", "watts", "watt",
              "w", "kw", "功率", "有功功率", "总有功功率", "输入功率", "总功率"),
    "energy": ("energy", "active energy", "total energy", "energy_wh", "energy_kwh", "energy_j", "kwh", "wh", "joules",
               "电能", "电量", "有功电能", "累计电量", "正向有功总电能"),
    "range": ("range", "power range", "量程", "功率量程"),
    "status": ("status", "flag", "flags", "状态", "标志"),
}  # fmt: skip
_ITSELF = {
    **dict.fromkeys(("watts", "watt", "w", "power_w", "power_watts", "p_w"), "W"),
    **dict.fromkeys(("kw", "power_kw"), "kW"),
    **dict.fromkeys(("kwh", "energy_kwh"), "kWh"),
    **dict.fromkeys(("wh", "energy_wh"), "Wh"),
    **dict.fromkeys(("joules", "energy_j"), "J"),
}
"""Headings that are their own unit. No heading in small letters is ``mw``: milli or mega, nobody knows."""
_ALIASES = {
    "w": "W",
    "watt": "W",
    "watts": "W",
    "kw": "kW",
    "千瓦": "kW",
    "kwh": "kWh",
    "千瓦时": "kWh",
    "wh": "Wh",
    "j": "J",
}
_GOOD = {"ok", "good", "normal", "valid", "0", "正常", "有效", "良好", ""}
_ABSENT = {"", "-", "--", "----", "nan", "n/a", "na", "null", "none"}
_MOST_ROWS = 4_000_000
_SINCE_1973 = 10**17
"""A smaller number of ns counts from the beginning of something else than the epoch."""


def columns(named: Mapping[str, str]) -> Columns:
    """What the columns are called; ``named``: headings of the profile's own."""
    return Columns(FIELDS, (("time",), ("power", "energy")), NOUN, named, least=2, most_rows=_MOST_ROWS)


def read(data: bytes, name: str = "", named: Mapping[str, str] | None = None) -> PowerLog:
    """The samples; UnreadableError for a column without a unit, a word for a number, a stamp that is none."""
    known = columns(named or {})
    table = tables.recorded(tables.read(data, known, name=name), known, ("time", "power", "energy"), sums=True)
    samples = Samples(FORMAT, "utc")
    energy = None if "power" in table else _unit(table, "energy", "J", name)
    unit = _unit(table, "power", "W", name) if energy is None else ""
    if energy is None:
        samples_agree(table, unit)
    clocks: set[str] = set()
    counted: list[tuple[int, Fraction]] = []
    quick = _at_once(table, unit, samples) if energy is None else None
    clocks |= {quick} if quick else set()
    for row in () if quick else table:
        at, clock = _moment(row)
        clocks.add(clock)
        over = any("".join(row[each].casefold().split()) in OVERLOADED for each in ("power", "status"))
        if not over and row["status"].casefold() not in _GOOD:
            text = Text(f"状态“{row['status']}”未约定。", f"the status {row['status']!r} is not understood.")
            raise row.refuse(text, "write ok, or leave the sample out and let the gap be seen.")
        if energy is not None:
            counted.append((at, _counter(row, energy)))
        else:
            samples.add(at, _power(row, unit, over=over), overload=over)
    if len(clocks) > 1:
        raise unreadable("clocks-apart", "write a zone behind every stamp or behind none.", name)
    samples.clock = next(iter(clocks), "utc")
    if table.unread:
        samples.facts["unread"] = list(table.unread)
    _ranges(table, samples)
    return samples.log() if energy is None else _of_counter(counted, samples)


def _at_once(table: Table, unit: str, samples: Samples) -> str | None:
    """Columns of nothing but plain numbers, as loggers write them, in one go; None where the rows have to be read one by one."""
    if table.workbook or not {each.casefold() for each in set(table.column("status"))} <= _GOOD:
        return None
    times, watts = plain_numbers(table.column("time")), plain_numbers(table.column("power"))
    if times is None or watts is None or not len(times):
        return None
    at = np.rint(times * float(unit_of(table.unit("time", "s"))[1]) * 1e9)
    if np.abs(at).max() >= 1 << 62:
        return None
    kinds = {"none" if low else "utc" for low in set((np.abs(at) < _SINCE_1973).tolist())}
    if len(kinds) > 1:
        return None
    samples.extend(at.astype(np.int64), watts * float(unit_of(unit)[1]))
    return kinds.pop()


def _unit(table: Table, field: str, usual: str, name: str) -> str:
    """The unit that the heading states or is; UnreadableError where it says none, or another quantity."""
    heading = table.head[table.index[field]]
    stated = stated_unit(heading) or _ITSELF.get(fold(heading), "")
    stated = _ALIASES.get(stated, stated)
    if not stated:
        cure = f"write the unit behind the heading, as {heading.strip()}({usual})."
        raise unreadable("no-unit-in-heading", cure, name, heading=heading.strip())
    try:
        known = unit_of(stated)[0] == unit_of(usual)[0]
    except SpecError:
        known = False
    if not known:
        cure = f"write a unit of {unit_of(usual)[0]}, as ({usual})."
        raise unreadable("wrong-unit", cure, name, heading=heading.strip(), unit=stated)
    return stated


def _moment(row: Row) -> tuple[int, str]:
    text = row["time"]
    found = stamp_ns(text)
    if found is not None:
        return found
    at = row.instant_ns("time")
    if at is None:
        blank = Text("时间为空。", "the time is blank.")
        raise row.refuse(blank, "write a stamp in every row, as 2026-11-21 08:00:00.100.")
    plain = text.replace(".", "", 1).replace("-", "", 1).isdecimal()
    return at, ("none" if abs(at) < _SINCE_1973 else "utc") if plain else "local"


def _power(row: Row, unit: str, *, over: bool) -> float | None:
    if over or row["power"].casefold() in _ABSENT:
        return None
    return float(_quantity(row, "power", unit))


def _counter(row: Row, unit: str) -> Fraction:
    if not row["energy"]:
        blank = Text("电能读数为空。", "the reading of energy is blank.")
        raise row.refuse(blank, "leave the row out.")
    return _quantity(row, "energy", unit)


def _quantity(row: Row, field: str, unit: str) -> Fraction:
    """W or J of a cell: by the unit of the cell itself, else of the heading."""
    text = cells.narrow(row[field])
    plain = cells.number(text)
    if plain is not None and not text.endswith(("%", "‰")):
        return plain * unit_of(unit)[1]
    try:
        return Quantity.parse(text).to("W" if field == "power" else "J")
    except SpecError:
        usual = "W" if field == "power" else "J"
        told = Text(f"“{row[field]}”不是以 {usual} 计的量。", f"{row[field]!r} is no quantity in {usual}.")
        raise row.refuse(told, f"write it as 12 {usual}.") from None


def _ranges(table: Table, samples: Samples) -> None:
    """A range that changes under way is told: the accuracy is another one from there on."""
    found = list(dict.fromkeys(each for each in table.column("range") if each))
    if len(found) > 1:
        samples.events.append(WORDS.reason("range-changed", ranges=found))
    samples.facts["ranges"] = found


def _of_counter(counted: list[tuple[int, Fraction]], samples: Samples) -> PowerLog:
    """Power between the steps of a counter; one that falls was reset or wrapped, and then nothing is said."""
    at = np.array([each for each, _ in counted], np.int64)
    joules = np.array([float(each) for _, each in counted])
    if len(at) < 2:
        raise unreadable("no-sample", "record at least two readings.", format=FORMAT)
    step, rise = np.diff(at), np.diff(joules)
    events = list(samples.events)
    disorder = bool((step <= 0).any())
    if disorder:
        events.append(WORDS.reason("time-back", count=int((step <= 0).sum()), most_s=float(-step.min()) / 1e9))
    if (rise < 0).any():
        events.append(WORDS.reason("counter-fell", count=int((rise < 0).sum())))
        disorder = True
    with np.errstate(divide="ignore", invalid="ignore"):
        watts = np.where(step > 0, rise / (step / 1e9), 0.0)
    return PowerLog(
        FORMAT,
        at,
        np.append(watts, watts[-1]),
        samples.clock,
        joules,
        at,
        disorder=disorder,
        events=tuple(events),
        facts=samples.facts,
    )
