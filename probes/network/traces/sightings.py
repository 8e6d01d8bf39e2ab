# SPDX-License-Identifier: Apache-2.0
"""Where else a terminal was seen: neighbour tables (ARP, NDP) and exports of the core network or the CPEs. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NamedTuple

from harness.errors import DecodeError
from harness.kit.census import Mark
from harness.kit.tables import Columns, Row, Table, against, fold, hedges, read, says_yes, titled
from harness.kit.tables.cells import narrow
from harness.kit.tallies import says_total
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.said.columns import is_no_record
from probes.network.traces.said.states import contradicts
from probes.network.traces.terminals import MARKS
from probes.network.wire.radio import NSA, rat_of, says_less

NEIGHBOURS = "neighbours"
NOUN = Text("终端导出表", "export of terminals")
_COLUMNS = Columns(
    {
        "imei": ("imei",),
        "iccid": ("iccid",),
        "mac": ("mac",),
        "address": ("address", "IP地址", "IP", "地址"),
        "online": (
            *(
                "online",
                "在线",
                "状态",
                "status",
                "state",
                "在线状态",
                "终端状态",
                "连接状态",
                "注册状态",
                "附着状态",
                "设备状态",
            ),
            *("connection state", "registration state", "rm state", "rm-state", "is_online", "是否在线"),
        ),
    },
    [{"imei", "iccid", "mac", "address"}],
    NOUN,
)
_ONLINE = {
    "1": True, "yes": True, "true": True, "on": True, "online": True, "up": True, "attached": True, "registered": True,
    "connected": True, "active": True, "rm-registered": True, "cm-connected": True, "上线": True, "在网": True, "已上线": True, "在线": True, "是": True, "已附着": True, "已注册": True, "已连接": True,
    "0": False, "no": False, "false": False, "off": False, "offline": False, "down": False, "detached": False,
    "deregistered": False, "disconnected": False, "inactive": False, "离线": False, "否": False, "未附着": False,
    "未注册": False, "未连接": False, "rm-deregistered": False, "unregistered": False, "下线": False, "已下线": False,
    "离网": False, "不在线": False, "掉线": False, "停机": False, "": False,
}  # fmt: skip
"""What an export calls on-line; nothing said is off-line."""
_OFF = {word for word, good in _ONLINE.items() if not good} - {"", "0", "no", "false", "off", "否", "down"}
"""Of these, what says so wherever it stands."""
_STATE = re.compile(r"状态|在线|上线|离线|附着|注册|state|status|online|attach|regist|active|connected")
"""A heading that may say who was on-line: such a column has to be understood, or the table is refused."""
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
    """An export (CSV, XLSX) with any of imei, iccid, mac, address, online; rows that say off-line are left out. DecodeError."""
    source = f"export:{system}"
    table = read(data, _COLUMNS, name=name)
    titled(table)
    _of_now(table)
    doubtful = [each for each in table.unread if _STATE.search(fold(each)) and not _TIMES.search(fold(each))]
    doubtful = [each for each in doubtful if not _all_well(table, each)]
    if doubtful:
        text = Text(
            f"“{'、'.join(doubtful)}”一列可能说明终端是否在线，但无法识别。",
            f"The column {', '.join(doubtful)} may say who was on-line, and is not understood.",
        )
        raise UnreadableError(
            text, cure="call it online (在线) with words on-line and off-line, or take it out.", where=name
        )
    for row in table:
        _nothing_beside(row)
    _each_once(table)
    rows = {_exported(row, source) for row in table if _online(row)}
    return Sightings(frozenset({source}), frozenset(rows))


_TIMES = re.compile(r"时间|time|date|日期|时长|duration|次数|count")
_NOTE = re.compile(r"备注|说明|附注|批注|remark|note|comment", re.IGNORECASE)
_NOT_THERE = re.compile(
    r"备用|备件|备机|库存|在库|未开机|未启用|未安装|未投用|待激活|待安装|待采购|在途|已?拆机|已拆除?|损坏|故障|维修中?|报修|已?转\s*(?:4G|WiFi)|测试卡|演示机|虚拟机?|virtual|软终端|退库|未上电|断电|关机|异地|外借|(?:已)?转售|空号|销户|powered off|switched off|in storage|rma|scrapped|spare|in stock|stock|"
    r"not installed|not active|decommissioned|retired|cloned?|same as .*|lab unit|defect(?:ive)?|broken|in repair|e-?utra\w*",
    re.IGNORECASE,
)
"""Words for a terminal that serves nobody."""
_HISTORY = re.compile(r"历史|累计|曾(?:经|接入)|往期|histor|ever (?:seen|connected)|cumulative", re.IGNORECASE)


def _of_now(table: Table) -> None:
    """UnreadableError for a title that says the list is of all that were ever there."""
    for line in table.above:
        if _HISTORY.search(line):
            text = Text(
                f"表头上方写着“{narrow(line)[:60]}”：曾经接入过的终端不是清查时在线的终端。",
                f"Above the head stands {narrow(line)[:60]!r}: terminals that were there once are none that are on-line at the census.",
            )
            raise UnreadableError(text, cure="export one row a terminal, as it was at the census.", where=table.name)


def _all_well(table: Table, heading: str) -> bool:
    """Whether every cell of a column says that all is well, in words that are known."""
    place = next(at for at, each in enumerate(table.head) if each.strip() == heading)
    words = {narrow(row[place]).casefold() for row in table.cells}
    return all(says_yes(each) or _ONLINE.get(each, False) for each in words)


def _nothing_beside(row: Row) -> None:
    """UnreadableError where a column that nobody reads says of a terminal on-line that it is not."""
    for place, heading in enumerate(row.table.head):
        word = row.table.cells[row.at][place].strip()
        if says_total(word):
            text = Text(f"“{word}”是合计行，不是终端。", f"{word!r} is a total, and no terminal.")
            raise row.refuse(text, "take the row out.")
        off = word.casefold() in _OFF or (says_less(word) and rat_of(word) != NSA) or against(heading, word)
        off = off or (_NOTE.search(heading) is not None and hedges(word))
        off = off or contradicts(heading, word) or is_no_record(word) or _NOT_THERE.fullmatch(narrow(word)) is not None
        if place in row.table.index.values() or not off or not _online(row):
            continue
        text = Text(
            f"没有读取的“{heading.strip()}”一列写着“{word}”，与在 5G 上在线相矛盾。",
            f"The column {heading.strip()!r}, which is not read, says {word!r}: that contradicts being on-line with 5G.",
        )
        raise row.refuse(text, "correct the row, or take out the column if it means something else.")


def _each_once(table: Table) -> None:
    """UnreadableError for a terminal that is on-line in one row and off-line in another: a history has no one state."""
    said: dict[Mark, bool] = {}
    for row in table if "online" in table else ():
        for kind in ("imei", "iccid"):
            number, online = re.sub(r"[-\s/]", "", row[kind]), _online(row)
            if number and said.setdefault((kind, number), online) is not online:
                text = Text(
                    f"{number} 一处写在线、一处写离线：导出的是历次状态，不是清查时的状态。",
                    f"{number} is on-line in one row and off-line in another: this is a history, not the state at the census.",
                )
                raise row.refuse(text, "export one row a terminal, as it was at the census.")


def _online(row: Row) -> bool:
    """Whether the export says that it saw the terminal; UnreadableError for a word that nobody agreed on."""
    word = row["online"].lower()
    if "online" in row and word not in _ONLINE:
        text = Text(f"状态“{word}”无法识别。", f"The state {word!r} is not understood.")
        raise row.refuse(text, "write online or offline (在线, 离线).")
    return "online" not in row or _ONLINE[word]


def plain_mac(text: str) -> str:
    """Twelve lower-case hex digits, or nothing where that is no MAC address."""
    digits = re.sub(r"[-:.\s]", "", text).lower()
    return digits if re.fullmatch(r"[0-9a-f]{12}", digits) else ""


def _neighbour(entry: Mapping[str, Any]) -> Sighting:
    return Sighting(NEIGHBOURS, plain_address(str(entry["dst"])), plain_mac(str(entry["lladdr"])), "", "")


def _exported(row: Row, source: str) -> Sighting:
    imei, iccid = (re.sub(r"[-\s/]", "", row[key]) for key in ("imei", "iccid"))
    return Sighting(source, plain_address(row["address"]), plain_mac(row["mac"]), imei, iccid)


def plain_address(text: str) -> str:
    """The canonical form of an IP address; other text as it is, in lower case."""
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return text.strip().lower()
