# SPDX-License-Identifier: Apache-2.0
"""What modems, CPEs and exports said about the radio, moment by moment: recorded answers and tables to polls. Pure.

A poll is one moment of one modem: its identity as the modem itself says it, its own addresses, and what serves it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, NamedTuple

from harness.errors import DecodeError
from harness.kit.lines import Session
from harness.kit.tables import Columns, Row, dotted, happened, read, unedited
from harness.kit.tallies import unit_stated
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.said.columns import is_no_record
from probes.network.traces.said.states import NO, contradicts
from probes.network.traces.said.titles import other_links, true_record
from probes.network.traces.session import moment
from probes.network.wire import at
from probes.network.wire.radio import (
    LTE,
    NONE,
    NSA,
    SA,
    Serving,
    least,
    rat_of,
    rsrp_of,
    rsrq_of,
    says_less,
    sinr_of,
)

AT, MMCLI, HUAWEI, EXPORT = "at", "mmcli", "huawei", "export"
SILENT = "silent"
"""In place of an access technology: the modem itself did not answer."""
NOUN = Text("无线侧导出表", "export of radio states")
_COLUMNS = Columns(
    {
        "time": ("time", "timestamp", "时间", "时刻", "采集时间"),
        "rat": ("rat", "accesstechnology", "networktype", "制式", "网络制式", "接入制式", "网络类型", "驻网制式"),
        "imei": ("imei",),
        "modem": ("modem", "name", "device", "模组", "设备名称", "名称"),
        "address": ("address", "ip", "ipaddress", "wanip", "IP地址", "地址"),
        "plmn": ("plmn", "mccmnc", "运营商代码"),
        "cell": ("cell", "nci", "cellid", "cell_id", "eci", "小区", "小区标识", "小区号"),
        "pci": ("pci", "物理小区", "物理小区标识"),
        "band": ("band", "频段"),
        "rsrp": ("rsrp", "ssrsrp", "ss-rsrp", "参考信号接收功率"),
        "rsrq": ("rsrq", "ssrsrq", "ss-rsrq"),
        "sinr": ("sinr", "sssinr", "ss-sinr", "snr", "信噪比"),
    },
    [{"time"}, {"rat"}, {"imei"}],
    NOUN,
)
_HUAWEI_NR, _HUAWEI_LTE = {"111"}, {"101", "1011", "19"}
_HUAWEI_ATTACHED = "901"


class Poll(NamedTuple):
    """One moment. ``addresses`` is None where the source does not tell them; ``word`` as it was said; levels in dBm and dB."""

    time_ns: int
    way: str
    modem: str
    imei: str
    addresses: tuple[str, ...] | None
    rat: str
    word: str = ""
    plmn: str = ""
    cell: str = ""
    pci: str = ""
    band: str = ""
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None


def polls_of(session: Session) -> list[Poll]:
    """The polls of a recorded session; DecodeError for a line that is none."""
    found = [poll(row) for row in session]
    if session.damaged or None in found:
        msg = "A line of this recording is no answer of a modem."
        raise DecodeError(msg, cure="use the trace as it was recorded.")
    return [each for each in found if each is not None]


def read_export(data: bytes, name: str) -> list[Poll]:
    """The rows of a table (CSV, XLSX) with time, rat and imei; UnreadableError for a cell that is no such value."""
    table = dotted(unedited(read(data, _COLUMNS, name=name)), ("rsrp", "rsrq", "sinr"))
    true_record(table.above, name)
    _of_5g(table.above, name)
    happened(table)
    for field in ("time", "rat", "imei"):
        for heading in _COLUMNS.rivals(table.head, table.index, field):
            text = Text(
                f"“{heading}”与“{table.head[table.index[field]].strip()}”说的是同一件事，不知以哪一列为准。",
                f"{heading!r} speaks of the same as {table.head[table.index[field]].strip()!r}; which of them counts is unknown.",
            )
            raise UnreadableError(text, cure="leave one of the two columns.", where=name)
    unread = [place for place in range(len(table.head)) if place not in table.index.values()]
    for row in table:
        for place in unread:
            word, heading = table.cells[row.at][place], table.head[place].strip()
            said = word.strip().casefold()
            off = _OUT.search(said) is not None or contradicts(heading, said)
            other = says_less(word) or (said not in _NOTHING and _OTHER_LINK.search(heading.casefold()) is not None)
            if is_no_record(word):
                text = Text(
                    f"没有读取的“{heading}”一列写着“{word.strip()}”：这不是当时读到的状态。",
                    f"The column {heading!r}, which is not read, says {word.strip()!r}: that is no state as it was read at the time.",
                )
                raise row.refuse(text, "record again, and hand in what the modems said.")
            if off or other:
                text = Text(
                    f"没有读取的“{heading}”一列写着“{word.strip()}”：该终端这时可能不在 5G 上。",
                    f"The column {heading!r}, which is not read, says {word.strip()!r}: the terminal may not be on 5G then.",
                )
                raise row.refuse(
                    text, "say in the column of the access technology what served it, or take the other one out."
                )
    return [_exported(row) for row in table]


def _of_5g(lines: Sequence[str], name: str) -> None:
    """UnreadableError for a line above the head that names another link."""
    links = other_links(lines)
    if links:
        text = Text(
            f"表头上方写着其他接入方式（{links[0]}）：这些状态是否属于 5G 无从得知。",
            f"Above the head stands another link ({links[0]}): whether these states are of 5G is not known.",
        )
        raise UnreadableError(text, cure="record again, and hand in what the modems said.", where=name)


_OUT = re.compile(
    r"^limited$|^barred$|out of (?:service|coverage)|no (?:service|signal|network)|not registered|unregistered|de-?registered|denied|detached|"
    r"off-?line|disconnected|searching|limited service|未注册|注销|无服务|无信号|无网络|脱网|离线|不在线|断开|未连接|受限"
)
"""Words for a terminal that is on no network, whatever the heading."""
_OTHER_LINK = re.compile(r"ssid|wi-?fi|wlan|无线局域网|热点名|以太网|网线")
_NOTHING = NO | {"", "-", "--", "n/a", "na", "null"}
"""Headings of a link that is no mobile one, and cells that say that there is none."""


def poll(row: Mapping[str, Any]) -> Poll | None:
    """What one line of a recording says; None where it is none."""
    try:
        time_ns, way, modem = moment(row["t"]), str(row["way"]), str(row["modem"])
        if "problem" in row:
            return Poll(time_ns, way, modem, "", None, SILENT, str(row["problem"]))
        asked = [(str(question), answer) for question, answer in row["asked"]]
        imei, addresses, serving = _READERS[way](asked)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, StopIteration):
        return None
    return Poll(time_ns, way, modem, imei, addresses, *_facts(serving))


Levels = tuple[str, str, str, str, str, str, float | None, float | None, float | None]


def _facts(told: Serving) -> Levels:
    """What serves, as a poll has it."""
    return told.rat, told.word, told.plmn, told.cell, told.pci, told.band, told.rsrp, told.rsrq, told.sinr


Told = tuple[str, tuple[str, ...] | None, Serving]


def _at(asked: Sequence[tuple[str, Any]]) -> Told:
    texts = [(question, str(answer)) for question, answer in asked]
    return at.imei_said(texts), at.addresses_said(texts), at.serving(texts)


def _mmcli(asked: Sequence[tuple[str, Any]]) -> Told:
    """ModemManager's JSON, as text: modem, bearers, signal, location."""
    told = [json.loads(answer) for _, answer in asked]
    modem = next(each["modem"] for each in told if "generic" in each.get("modem", {}))
    generic, third = modem["generic"], modem.get("3gpp", {})
    words = [str(each) for each in generic.get("access-technologies") or []]
    place: Mapping[str, Any] = next(
        (each["modem"]["location"]["3gpp"] for each in told if "location" in each.get("modem", {})), {}
    )
    levels: Mapping[str, Any] = next(
        (each["modem"]["signal"] for each in told if "signal" in each.get("modem", {})), {}
    )
    own = levels.get("5g" if "5gnr" in words else "lte", {})
    serving = Serving(
        _mmcli_rats(generic, third, words),
        "+".join(words) or _unsaid(str(generic.get("state", ""))),
        _unsaid(str(third.get("operator-code", ""))),
        _unsaid(str(place.get("cid", ""))),
        rsrp=rsrp_of(str(own.get("rsrp", ""))),
        rsrq=rsrq_of(str(own.get("rsrq", ""))),
        sinr=sinr_of(str(own.get("snr", ""))),
    )
    bearers = [each["bearer"] for each in told if "bearer" in each]
    addresses = tuple(sorted({ip for each in bearers for ip in _bearer(each)})) if bearers else None
    return _unsaid(str(third.get("imei", ""))), addresses, serving


def _mmcli_rats(generic: Mapping[str, Any], third: Mapping[str, Any], words: Sequence[str]) -> frozenset[str]:
    if generic.get("state") not in {"registered", "connected", "connecting", "disconnecting"}:
        return frozenset({NONE})
    if third.get("registration-state") not in {"home", "roaming"}:
        return frozenset({NONE})
    if set(words) == {"5gnr"}:
        return frozenset({SA})
    if set(words) == {"5gnr", "lte"}:
        return frozenset({NSA})
    return frozenset({least(map(rat_of, words)) if words else NONE})


def _bearer(bearer: Mapping[str, Any]) -> list[str]:
    texts = [str(bearer.get(key, {}).get("address", "")) for key in ("ipv4-config", "ipv6-config")]
    return [found for each in texts if (found := _plain(each))]


def _unsaid(text: str) -> str:
    """ModemManager writes two dashes for what it does not know."""
    return "" if text == "--" else text


def _huawei(asked: Sequence[tuple[str, Any]]) -> Told:
    """The HTTP interface of Huawei's CPEs: device/information, device/signal, monitoring/status, net/current-plmn."""
    told = {question: answer or {} for question, answer in asked}
    device, signal = told["device/information"], told["device/signal"]
    status, plmn = told["monitoring/status"], told.get("net/current-plmn", {})
    kind = str(status.get("CurrentNetworkTypeEx") or status.get("CurrentNetworkType") or "")
    nr, lte = (rsrp_of(str(signal.get(key) or "")) for key in ("nrrsrp", "rsrp"))
    on_nr = kind in _HUAWEI_NR and nr is not None
    rats = frozenset({NSA if lte is not None else SA}) if on_nr else _huawei_rats(kind, signal)
    if str(status.get("ConnectionStatus", "")) != _HUAWEI_ATTACHED:
        rats = frozenset({NONE})
    keys = ("nrcellid", "nrrsrp", "nrrsrq", "nrsinr") if on_nr else ("cell_id", "rsrp", "rsrq", "sinr")
    cell, *levels = (str(signal.get(key) or "") for key in keys)
    serving = Serving(
        rats,
        f"{device.get('workmode') or ''} {kind}".strip(),
        str(plmn.get("Numeric") or signal.get("plmn") or ""),
        cell,
        str(signal.get("pci") or ""),
        str(signal.get("nrband" if on_nr else "band") or signal.get("band") or ""),
        rsrp_of(levels[0]),
        rsrq_of(levels[1]),
        sinr_of(levels[2]),
    )
    texts = [str(device.get(key) or "") for key in ("WanIPAddress", "WanIPv6Address")]
    addresses = tuple(sorted({found for each in texts if (found := _plain(each))}))
    return str(device.get("Imei") or ""), addresses, serving


def _huawei_rats(kind: str, signal: Mapping[str, Any]) -> frozenset[str]:
    if kind in {"", "0"}:
        return frozenset({NONE})
    if kind in _HUAWEI_NR:
        return frozenset({LTE}) if rsrp_of(str(signal.get("rsrp") or "")) is not None else frozenset({NONE})
    return frozenset({LTE}) if kind in _HUAWEI_LTE else frozenset({rat_of(f"network type {kind}")})


_READERS: Mapping[str, Callable[[Sequence[tuple[str, Any]]], Told]] = {AT: _at, MMCLI: _mmcli, HUAWEI: _huawei}


def _exported(row: Row) -> Poll:
    time_ns = row.instant_ns("time")
    if time_ns is None:
        raise row.refuse(Text("没有时刻。", "There is no time."), "write when it was so, as 2026-11-21T08:00:00Z.")
    imei = re.sub(r"[-\s/]", "", row["imei"])
    if rat_of(row["rat"]) in {SA, NSA} and _NO_NR.fullmatch(row["band"].casefold()):
        text = Text(
            f"制式为“{row['rat']}”，频段却是“{row['band']}”：那不是 NR 频段。",
            f"The access technology is {row['rat']!r}, but the band {row['band']!r} is none of NR.",
        )
        raise row.refuse(text, "write the band as the modem says it, as n78.")
    levels = [_level(row, key, unit, read) for key, unit, read in _LEVELS]
    serving = Serving(
        frozenset({rat_of(row["rat"])}),
        row["rat"],
        row["plmn"].replace("-", ""),
        row["cell"].upper(),
        row["pci"],
        row["band"],
        *levels,
    )
    addresses = _addresses(row["address"]) if "address" in row else None
    return Poll(time_ns, EXPORT, row["modem"] or imei, imei, addresses, *_facts(serving))


_NO_NR = re.compile(
    r"(?:lte|e-?utra)?[\s_-]*b\d{1,2}|lte.*|.*(?<![\d.])(?:2\.4|5|5\.\d|6) ?g(?:hz)?|wi-?fi.*|wlan.*|eth.*"
)
"""Bands of LTE as people write them, and of what is no mobile network."""
_LEVELS = (("rsrp", "dBm", rsrp_of), ("rsrq", "dB", rsrq_of), ("sinr", "dB", sinr_of))


def _level(row: Row, key: str, unit: str, read: Callable[[str], float | None]) -> float | None:
    """The level of a cell, None for a blank; UnreadableError for another unit and for what cannot be."""
    if key not in row or not row[key]:
        return None
    stated, found = unit_stated(row.table, key), read(row[key])
    if stated.casefold() not in {"", unit.casefold()} or found is None:
        text = Text(f"{key.upper()} “{row[key]}”无法识别。", f"The {key.upper()} {row[key]!r} is not understood.")
        raise row.refuse(text, f"write it in {unit}, as -85; leave the cell blank where it is unknown.")
    return found


def _addresses(text: str) -> tuple[str, ...] | None:
    """The addresses of a cell; None where a word stands beside them (WLAN, eth0): whose they are is not known."""
    pieces = [each for each in re.split(r"[\s,;、；，]+", text) if each]
    if any(re.search(r"[^\W\d_]", each) and ":" not in each and not _plain(each) for each in pieces):
        return None
    return tuple(sorted({found for each in pieces if (found := _plain(each))}))


def _plain(text: str) -> str:
    """The canonical form of an address; empty for whatever is none, and for 0.0.0.0."""
    try:
        found = ip_address(text.partition("/")[0].strip())
    except ValueError:
        return ""
    return "" if found.is_unspecified else str(found)
