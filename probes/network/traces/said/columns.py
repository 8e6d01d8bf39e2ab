# SPDX-License-Identifier: Apache-2.0
"""Columns of a log that nobody reads, and what they say of its delays: whose, of which way, of how many, altered, when it came. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from harness.kit.tables import Row, Table, cells, fold, says_yes
from harness.kit.tables.columns import stated_unit
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.said.titles import other_links, untrue

MEMBERS = re.compile(
    r"(?:terminal|device|node|host|target|dst|dest|destination|server|src|ip|addr|address|imei|imsi|iccid|msisdn|mac|ue|cpe|client|modem|asset|sn|sim|robot|agv|vehicle|plc|camera|sensor|agent"
    r"|station|site|point|peer|user|who|tag|label|name|port|iface|interface|nic|machine|instance|group)"
    r"(?:[ _-]?(?:id|ip|name|no|num|number|addr|address|label))?"
    r"|(?:被测|测试|目标|目的|源|本|对)?(?:终端|设备|节点|主机|目标|目的|源|地址|模组|模块|网元|资产|客户端|服务器|对端|机器人|工位|产线|机台|车辆|车号|摄像[头机]|传感器|站点?|点位|测试点|测点|端口|接口|网卡|用户|客户|卡号|手机号|名[称字]|分组|组别)"
    r"(?:编号|名称?|地址|标识|号|ip|序列号)?"
)
"""Headings that name whose packet a row is."""
HARMLESS = re.compile(
    r"size|len(?:gth)?|bytes?|payload|ttl|hops?|tos|dscp|prio\w*|vlan|proto\w*|direction|dir"
    r"|(?:ss-?)?(?:rsrp|rsrq|rssi|sinr|snr|cqi|mcs|rank|ri|pci|nci|tac|lac|plmn|mcc|mnc|band|arfcn|n?r?-?earfcn|beam)\w*"
    r"|rat|operator|slice|tool|version|tech\w*|network|operator|alt\w*|height|heading|bearing|course|sats?|temp\w*|date|day|hour|minute|year|month"
    r"|session|run|round|test|phase|route|lap|trip|floor|room|area|place|city|district|street|weather"
    r"|(?:报文|数据)?(?:包长|包大小|长度|大小|字节数?|载荷)|跳数|优先级|协议|方向|频段|频点|制式|网络(?:制式|类型)?|运营商"
    r"|高度|海拔|航向|卫星数|温度|日期|小时|分钟?|年|月|日|轮次|批次|阶段|路线|圈|楼层|房间|区域|地点|场景|天气|操作员|版本|切片|工具|(?:服务|主服|邻)?小区(?:名称?|标识|号|id)?|基站(?:名称?|号|id)?|(?:serving|neighbou?r)?[ _-]?cell[ _-]?(?:id|name|no)?|[ge]?nb(?:[ _-]?(?:id|name))?|[en]cgi|eci"
    r"|road\w*|道路|路名|路段|event|事件|信令|level|级别|thread|线程|software|软件|固件|firmware|weekday|星期|周几|班次|shift|batter\w*|电量|.*(?:load|utili[sz]ation|usage|利用率|占用率|使用率)"
)
"""Headings that tell how, where or when a packet was sent, in words that are understood: nothing about its fate."""
_NUMBERED = re.compile(r".*(?:编号|(?<!频点)(?<!信道)(?<!小区)号)|(?:.*[ _-])?(?:id|no|num|nr|number|#)\.?")
_AMOUNT = re.compile(r"[-+−]?\d+(?:[.,]\d+)*\s*(?:[^\W\d_号]{1,4}(?:/[^\W\d_]{1,2})?|[%‰°])?")
_ONE_WAY = re.compile(
    r"单[程向](?:时延|延迟)?|上行(?:时延|延迟)?|下行(?:时延|延迟)?|去程|回程|半程|one[- ]?way(?: delay| latency)?|uplink|downlink|ul|dl|owd|there|片道",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"(?:\d+\s*(?:s|秒|ms|min|分钟|个|次)?\s*)?(?:平均值?|均值|mean|avg|average|median|中位[数值]?|最[小佳好]值?|最大值?|min(?:imum)?|max(?:imum)?|best|p\d{1,3}|\d+分位数?|percentile|moyenne|mittel(?:wert)?|平均値)"
    r"\s*(?:时延|延迟|往返时延|rtt|latency|delay|value)?",
    re.IGNORECASE,
)
_NO_RECORD = re.compile(
    r"(?:脚本|随机|程序|人工|人为)(?:生成|构造)|生成数据|generated|randomly? generated|script(?:ed)?|model(?:led)?|emulat(?:ed|or|ion)|lab(?:oratory)?|bench|实验室|re-?tests?|re-?runs?|re-?tested|replayed|"
    r"[复重补]测|重跑|重做|补采|debug(?:ging)?|调试|试跑|环境仿真|造的|编的|伪造|假数据|手填|估读|同上|沿用上?次?|filled|forward[ -]?fill(?:ed)?|ffill|back[ -]?fill(?:ed)?|bfill|replaced|替换|修正后?|corrected|adjusted|"
    r"人工修改|replay|edited(?: by hand)?|copied(?: from .*)?|nulle|geçersiz|не действительно|sztuczne dane|gegenereerd|wiederholung|répétition|再測定|再試験|재시험|повторн\w+",
    re.IGNORECASE,
)
_RAW = re.compile(
    r"\braw\b|_raw|raw_|原始|修正前|校正前|处理前|before|uncorrected|unfiltered|original|correct|adjust|offset|factor|\bbias|\bscale|deduct|系数|校正|修正|补偿|扣除|减去|偏移", re.IGNORECASE
)  # fmt: skip
_OF_OTHERS = re.compile(
    r"clock|时钟|ntp|ptp|rss|rsrp|snr|sinr|dbm?\b|power|level|freq|频|lat|lon|gps|angle|角|temp|温|time|时间",
    re.IGNORECASE,
)
"""What else may be raw, offset or scaled beside a delay."""
_TIMES = re.compile(
    r"jitter|抖动|ipdv|pdv|interval|间隔|周期|period|time|时间|时刻|stamp|duration|时长|超时|\bage|uptime|elapsed|wait|gap|uncertainty|误差|clock|时钟|stddev|标准差", re.IGNORECASE
)  # fmt: skip
"""Lengths of time that are no delay of the packet."""
_AGAIN = re.compile(r"(?<!harq)(?<!rlc)(?:重传|重发|重试|尝试|retr(?:y|ies|ans)|attempt|\btries|resen[dt])", re.IGNORECASE)  # fmt: skip
_FIRST = re.compile(r"尝试|attempt|tries", re.IGNORECASE)
_CAME = re.compile(
    r"(?:recv|receiv(?:ed?|ing)|rx|arriv(?:al|ed?)|reply|接收|到达|收到|应答|返回)[ _-]?(?:time(?:stamp)?|ts|at|时间|时刻)(?:戳)?"
)
_SUMMED = re.compile(r"(?:平均|每点|每组|每行|合并|聚合|统计|窗口)\D*(?:次数|包数|点数|个数|样本数?|条数)|(?:报文|数据)?包?(?:个数|数量)|samples?[ _]?(?:per|/)[ _]?\w+|averag(?:ed|ing).*")  # fmt: skip
_LENGTHS = frozenset({"s", "ms", "us", "µs", "μs", "ns", "秒", "毫秒", "微秒"})
_FEW = 20
_MOST_NOTES = 200
_PLACES = re.compile(
    r"位置|区域|车间|地[点址]|站点|名称|名字|人员?$|员$|公司|厂|单位|部门|文件|\b(?:team|user|operator|location|zone|area|site|name|company|department|file|path)\b",
    re.IGNORECASE,
)
"""Headings of names and places, in which such a word is part of a name."""
_EDITED = re.compile(
    r"清洗|修改|修订|改动|编辑|\bedit|modif|amend|merged|合并|聚合|粒度|granular|平滑|smooth|滤波|filtered|插值|interpolat",
    re.IGNORECASE,
)
"""Headings under which anything but no says that the rows were worked over."""
_REAL = re.compile(r"^(?:is[ _-]?)?(?:real|genuine|measured|实测|真实性?|是否(?:真实|实测))$", re.IGNORECASE)
_CHECKED = re.compile(
    r"^(?:check(?:ed)?|qc|qa|校验|复核|核对|核查|验证|validation|verification)(?:结果|状态|result|status)?$",
    re.IGNORECASE,
)
_NAY = frozenset({"", "0", "no", "n", "false", "f", "off", "none", "否", "无", "未", "不", "-", "--", "/", "n/a"})
_ROOM_NS = 100_000
_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_BY_DIGITS = {13: "ms", 16: "us", 19: "ns"}


def came(heading: str) -> bool:
    """Whether a column says when the replies came."""
    return _CAME.fullmatch(fold(heading)) is not None


def is_no_record(word: str) -> bool:
    """Whether a cell says that its row is no record of what happened then: generated, 补测, copied from run 1."""
    return _NO_RECORD.fullmatch(cells.narrow(word)) is not None


def delay_itself(table: Table) -> None:
    """UnreadableError where the heading of the delays says that they are of one way, figures over many, or altered."""
    if "delay" not in table:
        return
    heading = table.head[table.index["delay"]].strip()
    found = _OTHER_DELAY.search(cells.narrow(heading))
    if found is None:
        return
    text = Text(
        f"列名“{heading}”写着“{found[0]}”：这不是逐个报文的往返时延。",
        f"The heading {heading!r} says {found[0]!r}: that is no round trip of each packet.",
    )
    raise UnreadableError(text, cure="give the round trip of every packet, as it was measured.", where=table.name)


_OTHER_DELAY = re.compile(
    r"单[程向]|半程|[上下]行|one[ _-]?way|\bowd|owd(?![a-z])|up_?link|down_?link|/ ?2(?!\d)|half|平均|均值|最[小大佳好]|中位|分位|avg|average|mean|median|(?<![a-z])min(?![a-z])|minimum|(?<![a-z])max(?![a-z])|maximum|best|"
    r"(?<![a-z])p\d{2}|percentile|jitter|抖动|ipdv|smooth|srtt|filter|滤波|平滑|(?<![a-z])net(?![a-z])|correct|adjust|扣除|减|校正后|修正后|补偿|模拟|仿真|simul(?!tan)|synthetic|target (?:rtt|delay|latency)|目标(?:时延|值)|计划|预测|估[计算]|(?<![a-z])plan(?:ned)?(?![a-z])|estimat|predict|model|[-−] ?(?:server|proc|offset|refl|服务|处理)",
    re.IGNORECASE,
)


def nothing_else(table: Table, *, named: bool) -> list[str]:
    """Words of the unread columns for a link that is no 5G; UnreadableError where such a column says that the delays are not what they seem.

    ``named``: the profile says which column is the delay, so that another delay beside it is another thing.
    """
    links: set[str] = set()
    for place, heading in enumerate(table.head):
        if place in table.index.values() or "delay" not in table:
            continue
        told, texts = heading.strip(), [row[place].strip() for row in table.cells]
        words = set(texts) - {""}
        if came(heading):
            continue
        _words(table, told, words)
        _asked(table, told, words)
        _numbers(table, told, words, named)
        links |= set(other_links(words)) if len(words) <= _MOST_NOTES else set()
        if len(words) > 1 and _names_members(fold(told), texts, words):
            raise _refused(
                table,
                f"“{told}”一列有 {len(words)} 个不同的值（{'、'.join(sorted(words)[:2])} 等）：各终端须分别判定，不能混在一起。",
                f"The column {told!r} names {len(words)} different ones ({', '.join(sorted(words)[:2])} …): each is judged for itself, never in a pool.",
                "write one file for each of them, and name all as evidence.",
            )
    return sorted(links)


def _words(table: Table, told: str, words: Collection[str]) -> None:
    said = {each: cells.narrow(each) for each in words if not each.isascii() or each.lower() != each.upper()}
    notes = len(said) <= _MOST_NOTES and not _PLACES.search(told)
    for word, plain in sorted(said.items()):
        if _ONE_WAY.fullmatch(plain):
            raise _refused(
                table,
                f"“{told}”一列写着“{word}”：单程时延不是往返时延。",
                f"The column {told!r} says {word!r}: a delay of one way is no round trip.",
                "give the round trip of every packet, as it was measured.",
            )
        if _FIGURE.fullmatch(plain):
            raise _refused(
                table,
                f"“{told}”一列写着“{word}”：每行是统计值，不是一个报文的时延。",
                f"The column {told!r} says {word!r}: a row is a figure over many packets, and no delay of one.",
                "give the round trip of every packet, as it was measured.",
            )
        if is_no_record(plain) or (notes and untrue(plain)):
            raise _refused(
                table,
                f"“{told}”一列写着“{word}”：这不是当时如实测得的报文。",
                f"The column {told!r} says {word!r}: such rows are no packets as they were measured.",
                "hand in the record whole, as it was measured.",
            )


def _asked(table: Table, told: str, words: Collection[str]) -> None:
    """Headings that ask whether rows are real, checked or edited, and cells that answer against them."""
    said = {cells.narrow(each).casefold() for each in words}
    against = (
        (said - _NAY if _EDITED.search(told) else set())
        | (said & _NAY if _REAL.search(told) else set())
        | ({each for each in said if not says_yes(each)} if _CHECKED.search(told) else set())
    )
    if against:
        word = min(against)
        raise _refused(
            table,
            f"“{told}”一列写着“{word}”：这些行经过处理，或不是实测。",
            f"The column {told!r} says {word!r}: such rows were worked over, or nobody measured them.",
            "hand in the record whole, as it was measured.",
        )


def _numbers(table: Table, told: str, words: Collection[str], named: bool) -> None:
    """Columns of numbers that say a row stands for more than one packet, or that its delay was altered or is not the one."""
    folded = fold(told)
    raw = _RAW.search(told) is not None and _OF_OTHERS.search(told) is None
    length = not named and stated_unit(told) in _LENGTHS and _TIMES.search(told) is None
    if not (raw or length or folded == "n" or _AGAIN.search(folded) or _SUMMED.fullmatch(folded)):
        return
    values = {value for each in words if (value := cells.number(each)) is not None}
    if _AGAIN.search(folded) and any(each > (1 if _FIRST.search(folded) else 0) for each in values):
        raise _refused(
            table,
            f"“{told}”一列说明报文发送了不止一次：重发前丢失的报文没有列出。",
            f"The column {told!r} says that packets were sent again: those lost before are not in the log.",
            "write every packet as a row, the lost ones too.",
        )
    if values and (_SUMMED.fullmatch(folded) or (folded == "n" and values != {1} and len(values) == 1)):
        raise _refused(
            table,
            f"“{told}”一列说明每行可能是多个报文的汇总，而不是一个报文。",
            f"The column {told!r} says that a row may sum up many packets.",
            "give the round trip of every packet, as it was measured.",
        )
    if (raw and values - {0, 1}) or (length and values):
        raise _refused(
            table,
            f"没有读取的“{told}”一列可能是另一个时延，或说明时延经过修正。",
            f"The column {told!r}, which is not read, may hold another delay or say how delays were altered.",
            "keep one column of delays, as they were measured.",
        )


def _names_members(folded: str, texts: Sequence[str], words: Collection[str]) -> bool:
    """Whether a column tells packets of several from each other: by its heading, or by words that come again and again."""
    if MEMBERS.fullmatch(folded):
        return True
    filled = sum(map(bool, texts))
    if HARMLESS.fullmatch(folded) or filled < _FEW or 2 * filled < len(texts) or 2 * len(words) > filled:
        return False
    if all(map(_AMOUNT.fullmatch, words)):
        return _NUMBERED.fullmatch(folded) is not None
    return not all(map(_is_time, words))


def _is_time(word: str) -> bool:
    return _AMOUNT.fullmatch(word) is not None or cells.instant_ns(word) is not None or cells.day(word) is not None or re.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?", word) is not None  # fmt: skip


def answers_came(table: Table, moments: Sequence[tuple[int | None, int | None]]) -> None:
    """UnreadableError for a reply that came at another time than its delay says, by a column of its own; ``moments``: sent and delay, ns, a row each."""
    for place, heading in enumerate(table.head):
        if place in table.index.values() or "delay" not in table or not came(heading):
            continue
        texts, sent_at = [row[place].strip() for row in table.cells], table.column("time")
        unit, own = _unit_of_moments(heading, texts), _unit_of_moments(table.head[table.index["time"]], sent_at)
        room = 2 * max(_step_ns(texts, unit), _step_ns(sent_at, own)) + _ROOM_NS
        for at, ((sent, delay), told) in enumerate(zip(moments, texts, strict=True)):
            if sent is None or delay is None or delay < 0:
                continue
            then = cells.instant_ns(told, unit) if told else None
            if then is None or abs(then - sent - delay) > room:
                text = Text(
                    f"“{heading.strip()}”写着“{told}”，与发送时刻加时延不符。",
                    f"{heading.strip()!r} says {told!r}, which is not the time of sending and the delay.",
                )
                raise Row(table, at).refuse(text, "give the log as it was written, or leave the column out of it.")


def _unit_of_moments(heading: str, texts: Sequence[str]) -> str:
    """As the heading states, else by the digits of a count since 1970, else s."""
    first = next((each for each in texts if each), "").partition(".")[0]
    told = stated_unit(heading)
    return told if told in _NS else _BY_DIGITS.get(len(first), "s") if first.isdigit() else "s"


def _step_ns(texts: Sequence[str], unit: str) -> int:
    """By the most decimals of a column of moments: what a unit in the last place is."""
    places = max((len(found[1]) for each in texts[:200] if (found := re.search(r"[.,](\d+)\D*$", each))), default=0)
    return max(1, _NS[unit] // int(10**places))


def _refused(table: Table, zh: str, en: str, cure: str) -> UnreadableError:
    return UnreadableError(Text(zh, en), cure=cure, where=table.name)
