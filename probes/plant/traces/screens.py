# SPDX-License-Identifier: Apache-2.0
"""What a platform shows (its export, answers of its interface) and markers that were set on site: value of an asset at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, Self

from harness.kit import tables
from harness.kit.tables import Caveats, Columns, recorded, sole, titled
from harness.kit.tables.cells import number
from harness.model import Reason, Text
from probes.plant.traces.assets import FIELDS as ASSET
from probes.plant.traces.assets import against_record
from probes.plant.traces.drills import ALARMS, at_ns
from probes.plant.traces.terms import agreed, fold, headings, stated
from probes.plant.traces.words import WORDS

FIELDS: Mapping[str, Sequence[str]] = {
    "asset": ASSET["asset"],
    "at": (
        *headings("设置时刻", "设置时间", "标记时刻", "注入时刻", "显示时刻", "显示时间", "采集时间", "更新时间", "set at", "shown at", "updated at", "update time"),
        *ALARMS["at"],
    ),
    "value": headings("标记值", "注入值", "显示值", "数值", "当前值", "实时值", "测量值", "值", "marker", "shown value", "current value", "value", "reading"),
    "online": ASSET["online"],
}  # fmt: skip
MARKER_NOUN, SCREEN_NOUN = Text("标记值表", "table of markers"), Text("平台数据表", "table of what the platform shows")
_MARKERS = Columns(
    {each: FIELDS[each] for each in ("asset", "at", "value")}, [{"asset"}, {"at"}, {"value"}], MARKER_NOUN, least=3
)
_SCREEN = Columns(FIELDS, [{"asset"}], SCREEN_NOUN)

_NO_VALUE = re.compile(
    r"[+-]?(?:nan|inf(?:inity)?)|#?(?:n/?a|null|nil|none|value!|ref!|div/0!|name\?|num!)|(?:bad|error|err|fault|invalid|no data|no value|offline|timeout|disconnected|out of service|"
    r"comm ?fail)|坏值?|坏点|无数据|无值|无效|离线|故障|断线|通信中断|通讯中断|超时|未连接|\?+|\*+",
    re.IGNORECASE,
)
"""What stands where a value should be and is none."""


class Shown(NamedTuple):
    """A value of an asset at a time (UTC ns, 0: none stated); values are compared as exact numbers, else as words."""

    asset: str
    at_ns: int
    value: str


@dataclass(frozen=True, slots=True)
class Screen:
    """Markers and what was shown, each once, in order of time; ``flags``: what the platform says of who is online."""

    markers: tuple[Shown, ...] = ()
    shown: tuple[Shown, ...] = ()
    flags: tuple[tuple[str, bool], ...] = ()
    zones: frozenset[str] = frozenset()
    remarks: tuple[Reason, ...] = ()

    @property
    def rows(self) -> tuple[Shown, ...]:
        """Markers and values."""
        return (*self.markers, *self.shown)

    def merge(self, other: Self) -> Self:
        """Both; the same row counts once."""
        remarks = {(each.code, each.text): each for each in (*self.remarks, *other.remarks)}
        return type(self)(
            tuple(sorted({*self.markers, *other.markers}, key=_moment)),
            tuple(sorted({*self.shown, *other.shown}, key=_moment)),
            tuple(sorted({*self.flags, *other.flags})),
            self.zones | other.zones,
            tuple(remarks[key] for key in sorted(remarks, key=lambda each: (each[0], each[1].zh))),
        )


def _moment(row: Shown) -> tuple[int, str, str]:
    return row.at_ns, row.asset, row.value


def markers(data: bytes, name: str, named: Mapping[str, str] | None = None, sheet: str = "") -> Screen:
    """The markers in ``data``; UnreadableError for a row without asset, time or value."""
    columns = _own(_MARKERS, named)
    table = recorded(tables.read(data, columns, name=name, sheet=sheet), columns, ("at", "value"))
    zones: set[str] = set()
    found = []
    for row in table:
        asset, value = fold(stated(row["asset"])), valued(row["value"])
        if not asset or not value:
            raise row.refuse(Text("缺少资产编号或标记值。", "it lacks the asset or the marker."), "fill it in.")
        found.append(Shown(asset, at_ns(row, zones), value))
    return Screen(tuple(sorted(set(found), key=_moment)), zones=frozenset(zones), remarks=_unread(table))


def screen(data: bytes, name: str, named: Mapping[str, str] | None = None, sheet: str = "") -> Screen:
    """What a platform shows; a row without a value, or without the time it was shown at, shows nothing live."""
    columns = _own(_SCREEN, named)
    table = tables.read(data, columns, name=name, sheet=sheet)
    titled(table)
    sole(table, columns, ("at", "value"))
    zones: set[str] = set()
    found, flags, caveats = [], [], Caveats(table)
    for row in table:
        asset = fold(stated(row["asset"]))
        if not asset:
            continue
        live = "at" in row and row["at"] and valued(row["value"]) and not against_record(row, caveats)
        found.append(Shown(asset, at_ns(row, zones) if live else 0, valued(row["value"])))
        if "online" in row:
            flags.append((asset, agreed(row["online"]) is True))
    return Screen(
        shown=tuple(sorted(set(found), key=_moment)),
        flags=tuple(sorted(set(flags))),
        zones=frozenset(zones),
        remarks=_unread(table),
    )


def valued(text: str) -> str:
    """A value for comparison: an exact number, whatever way it is written, else the folded word; empty for none, and for a word that says so."""
    plain = stated(text)
    if _NO_VALUE.fullmatch(plain):
        return ""
    known: Fraction | None = number(plain)
    return str(known) if known is not None else fold(plain)


def _own(columns: Columns, named: Mapping[str, str] | None) -> Columns:
    return Columns(columns.usual, columns.needed, columns.noun, named or {}, least=columns.least)


def _unread(table: tables.Table) -> tuple[Reason, ...]:
    return (WORDS.reason("unread", columns=table.unread),) if table.unread else ()
