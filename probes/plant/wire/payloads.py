# SPDX-License-Identifier: Apache-2.0
"""What a device says of itself in one message: its values by name, when they were taken, and whether they are good. Pure.

Times, numbers that count messages, names of the device and states of its link are no values: a message of those alone is a
sign of life, and says nothing that was measured. Bytes of a form that nobody agreed on are unreadable and prove nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from harness.kit.tables.cells import instant_ns, number
from harness.kit.tables.tongues import NO

Scalar = float | str
_TIME = re.compile(
    r"(?:.*[_.])?(?:ts|time|timestamp|date|datetime|t|at|utc|clock|时间|时刻|时间戳|日期)(?:[_.]?(?:s|ms|us|ns))?|.*(?:timestamp|时间戳|[a-z](?:Time|Ts))|.{1,6}(?:时间|时刻)"
)
_COUNT = re.compile(
    r"(?:.*[_.])?(?:seq|sequence|sn|no|n|msgid|msg_id|message_?id|packet_?id|mid|cnt|count|counter|index|nonce|uuid|guid|uptime|"
    r"rolling|rand|random|salt|crc(?:16|32)?|checksum|hash|md5|sha\d*|digest|sign|signature|sig|token|retry|retries|序号|流水号|计数|消息编号|校验|校验码|"
    r"签名|随机数|bdseq)"
)
"""Numbers of messages, and what is computed from a message: they change although nothing was measured."""
_LINK = re.compile(
    r"(?:.*[_.])?(?:online|alive|heartbeat|heart_?beat|hb|ping|keep_?alive|rssi|rsrp|rsrq|sinr|csq|lqi|snr|signal|"
    r"signal_?strength|batt?|battery|battery_?(?:level|voltage|pct|percent)|vbat|heap|free_?heap|mem|memory|rtt|"
    r"latency(?:_?ms)?|jitter|packet_?loss|throughput|bandwidth|connected|is_?connected|link_?up|comm_?ok|is_?online|(?:gateway|gw|broker|网关)[_.].*|连接|联网|是否在线|是否连接|"
    r"err|error|error_?(?:code|msg|message|text)|err_?(?:code|msg)|msg|message|log|firmware|version|fw|ip|mac|imei|model|type|unit|name|在线|心跳|信号强度|电量|电池电量|版本|型号|类型|单位|名称|在线状态|错误|错误码|消息|日志)"
)
_STATE = re.compile(
    r"(?:.*[_.])?(?:(?:status|state)(?:_?(?:code|text|desc))?|comm|connection|conn|reason|.{0,6}状态|zustand|statut|estado|stato|状態|狀態)"
)
"""A state is a value, unless it only says that the link is there."""
_IDENTITY = re.compile(
    r"(?:asset|asset_?id|asset_?no|device|device_?id|dev_?id|dev|id|tag|vin|terminal|terminal_?id|terminal_?no|vehicle|vehicle_?id|"
    r"资产编号|设备编号|设备编码|资产编码|位号|设备|终端|终端编号|车架号|车辆识别代号|车辆识别代码)"
)
_QUALITY = re.compile(
    r"(?:.*[_.])?(?:quality|q|quality_?(?:code|desc|text|flag|status)|品质|质量|质量码|数据质量|qualität|qualité|calidad|qualità|品質)"
)
_VALID = re.compile(
    r"(?:.*[_.])?(?:(?:is_?)?valid|data_?valid|validity|(?:is_?)?good|有效|数据有效|gültig|valide|v[aá]lido|有効)"
)
_DOUBT = re.compile(
    r"(?:.*[_.])?(?:(?:is_?)?(?:stale|simulated|simulation|sim|substituted|frozen|demo|dummy|fake|mock|invalid|bad|replay(?:ed)?|historical|"
    r"cached|forced|estimated|interpolated|offline|test(?:ing)?|simulate|virtual|overrid(?:e|den)|held|hold_?value|last_?known|default_?value|is_?default|substitutes?|blocked|iv|nt|sb|qds|"
    r"buffered|back_?fill(?:ed)?|store_?and_?forward|maintenance|manual_?(?:value|entry|input)|(?:sensor|comm|communication)_?(?:fault|fail(?:ed|ure)?|error|lost))"
    r"(?:_?(?:mode|flag|value|data|status|active|enabled))?|"
    r"(?:是否)?(?:模拟|仿真|虚拟|强制|人工置数|手动置数|置数|替代|测试|检修|封锁|取代|缺省|默认|回放|补传|缓存|坏值|(?:传感器|通信|通讯)(?:故障|中断)|断线)(?:模式|标[志识]|位|值)?|"
    r"替代值|离线|失效|过期|历史数据|演示|"
    r"simuliert|simulation|ersatzwert|geschätzt|ungültig|veraltet|simul[ée]e?|estim[ée]e?|invalide|p[ée]rim[ée]e?|simulad[oa]|estimad[oa]|inv[aá]lid[oa]|simulat[oa]|シミュレーション|模擬|推定値?|無効|代替値)"
)
"""What is no value of now, when it is not denied."""
_MODE = re.compile(
    r"(?:.*[_.])?(?:mode|run_?mode|src|generator|generated_?by|producer|source|origin|data_?source|data_?type|模式|运行模式|来源|数据来源|modus|betriebsart|quelle|herkunft|modo|fuente|origen|origine|régime|モード|動作モード|出典)"
)
_BY_HAND = re.compile(r"manual|manuell|hand(?:betrieb)?|手動|手动|人工", re.IGNORECASE)
_STEERED = re.compile(r"(?:.*[_.])?(?:.*mode|模式|.*模式|modus|betriebsart|modo|モード|動作モード|régime)")
"""How a device is steered: by hand is no matter there, while a value whose origin is a hand was not measured."""
_NO_PLANT = re.compile(
    r"(?:(?:.*[ _-])?(?:simulator|mock)(?:[ _-].*)?|random(?:[ _-]generator)?|simulat(?:ed|ion|or)|sim|demo|dummy|fake|mock|test(?:ing)?|replay(?:ed)?|histor(?:y|ical)|cached?|manual|simulier\w*|simul[ée]e?|simulad[oa]|simulat[oa]|simulaci[oó]n|simulazione|manuell|hand(?:betrieb)?|シミュレーション|模擬|デモ|手動|模拟|仿真|测试|演示|回放|历史|缓存)"
    r"(?:[ _-]?(?:mode|data)|模式|数据)?",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"offline|disconnected|dead|lost|down|stale|fail(?:ed)?|last[ _-]?will|lwt|(?:bad|uncertain)[a-z_]*|invalid|离线|下线|断[线开]|失联|无效|坏值|中断|(?:通信|通讯)(?:故障|中断)|遗嘱",
    re.IGNORECASE,
)
_NAY = {
    "",
    "0",
    "0.0",
    "false",
    "no",
    "n",
    "none",
    "null",
    "否",
    "无",
    "off",
    "关",
    "关闭",
    "ok",
    "good",
    "normal",
    "正常",
} | NO
_PRESENT = re.compile(
    r"(?:.*[_.])?(?:(?:is_?)?(?:online|alive|connected)|link_?up|comm_?ok|(?:是否)?(?:在线|连接|联网))"
)
_STATUS = re.compile(r"(?:.*[_.])?(?:opc_?)?status_?code")
_UNCERTAIN = 0x4000_0000
"""Codes of OPC UA from which on a value is uncertain or bad."""
_AGE = re.compile(
    r"(?:.*[_.])?(?:(?:data|value|sample)_?age(?:_?(?P<unit>s|sec|ms|min|h))?|age_(?P<of>s|sec|ms|min|h)|数据龄)"
)
_AGE_NS = {"ms": 10**6, "min": 60 * 10**9, "h": 3600 * 10**9}
_NO_VALUE = re.compile(
    r"nan|n/?a|errors?|err|time ?out|fail(?:ed|ure)?|bad|invalid|no[ _]?(?:data|value|reading)|disconnected|comm ?(?:fail|err)\w*|坏值|无效|超时|故障|断线|无数据|通[信讯]中断",
    re.IGNORECASE,
)
_SENTINELS = frozenset(
    {
        -9999.0,
        -999.0,
        -999.9,
        -9999.9,
        9999.0,
        99999.0,
        -99999.0,
        65535.0,
        32767.0,
        -32768.0,
        2147483647.0,
        -2147483648.0,
        4294967295.0,
    }
)
"""What instruments write where they have no value."""
_HALF_DAY_NS = 12 * 3600 * 10**9
_NUMBER_IN = re.compile(r"\d+(?:\.\d+)?")
_GOOD = {
    "good",
    "ok",
    "192",
    "true",
    "valid",
    "好",
    "良好",
    "有效",
    "正常",
    "gut",
    "gültig",
    "bon",
    "bonne",
    "bueno",
    "buena",
    "buono",
    "良",
    "有効",
}
_ALIVE = re.compile(
    r"(?:ping|pong|alive|heart_?beat|hb|online|offline|connected|disconnected|birth|dead|lost|ok|up|down|on|keep_?alive|hello|"
    r"在线|离线|上线|下线|心跳)",
    re.IGNORECASE,
)
_EPOCHS = ((1e9, 4e9, 10**9), (1e12, 4e12, 10**6), (1e15, 4e15, 10**3), (1e18, 4e18, 1))
"""Numbers that are seconds, ms, µs or ns since 1970, between 2001 and 2096."""
_CLOCK = re.compile(r"\d{1,2}:\d{2}:\d{2}|\d{4}[-/年]\d{1,2}[-/月]\d{1,2}")
"""A text that changes because a time stands in it."""
_CIPHER = re.compile(r"[0-9A-Fa-f]{16,}|[0-9A-Za-z+/_=-]{24,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""Texts that are keys, sums or numbers of messages rather than words."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MOST_LEAVES, _LONGEST_NAME, _LONGEST_NUMBER = 200, 60, 15


@dataclass(frozen=True, slots=True)
class Said:
    """Values by name, ns since 1970 at which the device says they were taken (0: it does not say), whom it names.

    ``readable`` False: of no form that was agreed on; ``good`` False: the device itself calls the values bad.
    """

    values: Mapping[str, Scalar] = field(default_factory=dict)
    taken_ns: int = 0
    identity: str = ""
    good: bool = True
    readable: bool = True
    latest_ns: int = 0
    """The last moment that its times without a zone can mean, ns since 1970."""
    age_ns: int = 0
    """How old the device says that its values are."""


def read(payload: bytes) -> Said:
    """What a payload says: JSON, or numbers as text, alone or as name=value; anything else is not readable."""
    text = _text(payload)
    if text is None:
        return Said(readable=False)
    if text.startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            return _of(list(_leaves(json.loads(text), "")))
        return Said(readable=False)
    if not text or _ALIVE.fullmatch(text):
        return Said()
    return _of(list(_plain(text)))


def _text(payload: bytes) -> str | None:
    """UTF-8 with or without its mark, or JSON in GB 18030; None for other bytes."""
    try:
        return payload.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        pass
    if not payload.lstrip().startswith((b"{", b"[")):
        return None
    try:
        return payload.decode("gb18030").strip()
    except UnicodeDecodeError:
        return None


def named(values: Mapping[str, Any]) -> Said:
    """What values by name say, as those of a Sparkplug payload."""
    return _of([(name.replace("/", "."), value) for name, value in values.items()])


def single(value: Any) -> Said:
    """What one value says that was asked for by its place: a number, a truth, a text as it would be read in a message."""
    if isinstance(value, list | dict):
        return Said(readable=False)
    if isinstance(value, str) and _ALIVE.fullmatch(value.strip()):
        return Said()
    return _of(list(_leaves(value, "value")))


@lru_cache(maxsize=1 << 16)
def role(name: str) -> str:
    """What a name in a payload stands for: time, count, link, state, identity, quality, valid, doubt, mode, or value."""
    low = _HUMP.sub("_", name).lower()
    if _TIME.fullmatch(low) or _TIME.fullmatch(name):
        return "time"
    if _AGE.fullmatch(low):
        return "age"
    named = {"quality": _QUALITY, "identity": _IDENTITY, "count": _COUNT, "link": _LINK, "state": _STATE}
    named |= {"valid": _VALID, "doubt": _DOUBT, "mode": _MODE}
    return next((each for each, expression in named.items() if expression.fullmatch(low)), "value")


def _of(leaves: list[tuple[str, Any]]) -> Said:
    if len(leaves) > _MOST_LEAVES or any(value is _STRANGE for _, value in leaves):
        return Said(readable=False)
    values: dict[str, Scalar] = {}
    taken, identity, good, latest, age = 0, "", True, 0, 0
    for path, value in leaves:
        stands_for = role(path.rpartition(".")[2][:_LONGEST_NAME])
        if stands_for == "time":
            taken = max(taken, _instant(value))
            latest = max(latest, _latest(value))
        elif stands_for == "age" and isinstance(value, int | float):
            age = max(age, _aged(path, value))
        elif stands_for == "quality":
            good = good and str(value).lower() in _GOOD
        elif stands_for == "valid":
            good = good and str(value).lower() in {*_GOOD, "1", "1.0", "yes", "是"}
        elif stands_for == "link" and _PRESENT.fullmatch(_low(path)):
            good = good and not (
                value is False
                or str(value).lower() in {"0", "0.0", "false", "no", "n", "否"}
                or _GONE.fullmatch(str(value))
            )
        elif stands_for == "state" and _STATUS.fullmatch(_low(path)) and isinstance(value, int):
            good = good and 0 <= value < _UNCERTAIN
        elif stands_for == "doubt" and (
            value is None or isinstance(value, bool | str) or value in {0, 1} or path.lower().endswith("qds")
        ):
            good = good and (str(value).lower() in _NAY or _CLOCK.search(str(value)) is not None)
        elif stands_for == "mode" and isinstance(value, str):
            by_hand = _BY_HAND.fullmatch(value.strip()) and _STEERED.fullmatch(_low(path))
            good = good and (by_hand is not None or not _NO_PLANT.fullmatch(value.strip()))
        elif stands_for == "state" and isinstance(value, str) and _GONE.fullmatch(value.strip()):
            good = False
        elif stands_for == "identity":
            identity = identity or str(value)
        elif (
            stands_for in {"count", "link"}
            or value is None
            or (stands_for == "state" and (isinstance(value, bool | int | float) or _ALIVE.fullmatch(str(value))))
        ):
            continue
        elif isinstance(value, str):
            if not (
                _NO_VALUE.fullmatch(value.strip())
                or _CLOCK.search(value)
                or _CIPHER.fullmatch(value)
                or _instant(value)
            ):
                found = _NUMBER_IN.findall(value)
                values[path] = float(found[0]) if len(found) == 1 and len(found[0]) <= _LONGEST_NUMBER else value
        elif float(value) not in _SENTINELS:
            values[path] = float(value)
    return Said(values, taken, identity, good, latest_ns=latest, age_ns=age)


def _low(path: str) -> str:
    return _HUMP.sub("_", path.rpartition(".")[2][:_LONGEST_NAME]).lower()


def _latest(value: Any) -> int:
    """The last moment that a text without a zone can mean; 0 for what is none."""
    found = (instant_ns(value) or 0) if isinstance(value, str) and not _instant(value) else 0
    return found + _HALF_DAY_NS if found > 0 else 0


def _aged(path: str, value: float) -> int:
    found = _AGE.fullmatch(_low(path))
    unit = "s" if found is None else found["unit"] or found["of"] or "s"
    return int(value * _AGE_NS.get(unit, 10**9)) if value > 0 else 0


_STRANGE = object()


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for at, each in enumerate(value[: _MOST_LEAVES + 1]):
            yield from _leaves(each, f"{path}.{at}" if path else str(at))
    elif isinstance(value, str):
        known = number(value) if value[:1] in "+-.0123456789" else None
        yield path, value if known is None else _held(known)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, _held(value)
    else:
        yield path, value


def _plain(text: str) -> Iterator[tuple[str, Any]]:
    """Numbers apart by commas, semicolons or blanks, each with a name of its own or without."""
    for at, part in enumerate(re.split(r"[,;\s]+", text)):
        name, _, value = part.rpartition("=") if "=" in part else part.rpartition(":")
        known = number(value)
        if known is None:
            yield name, _STRANGE
        elif not name and _instant(_held(known)):
            yield "time", _held(known)
        else:
            yield name or str(at), _held(known)


def _held(value: Fraction | float) -> Any:
    """A number as it is kept, or the mark of what nobody can: no number, or one beyond all measures."""
    try:
        found = float(value)
    except OverflowError:
        return _STRANGE
    return (value if isinstance(value, int) else found) if math.isfinite(found) else _STRANGE


def _instant(value: Any) -> int:
    """Ns since 1970 UTC; 0 for what is no instant. A date without a zone is none: nobody knows whose it is."""
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int | float):
        return next((int(value * factor) for low, high, factor in _EPOCHS if low <= value < high), 0)
    text = str(value)
    zoned = re.search(r"(?:Z|[+-]\d{2}:?\d{2})$", text.strip())
    return (instant_ns(text) or 0) if zoned else 0
