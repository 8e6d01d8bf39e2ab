# SPDX-License-Identifier: Apache-2.0
"""Remarks in a log by which its numbers are not those that were measured: a mean, a trend or a delay was taken off, each stands for many, some were left out."""

from __future__ import annotations

import re

from harness.kit.tables import Table, says_edited, says_selected, says_summed_up, takes_all_back
from harness.kit.tables.caveats import DENIED
from harness.kit.tables.cells import narrow
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_OFF = r"(?:remov|subtract|correct|compensat|deduct|eliminat|cancel)\w*|taken (?:off|out)"
_WHAT = r"(?:mean|average|bias(?:es)?|offsets?|trend|drift|slope|systematic\w*|cables?|delays?|latency|lag)"
_CORRECTED = re.compile(
    rf"\b{_WHAT}\b[^.;:]{{0,24}}\b(?:{_OFF})|\b(?:{_OFF}) for [^.;:]{{0,16}}\b{_WHAT}\b|\bde-?(?:trend|mean|bias)(?:ed|ing)\b|\bzero[ -]mean\b|\bmean[ -]cent(?:er|re)d\b|"
    r"\bnormali[sz]ed\b|\bre-?(?:referenced|cent(?:er|re)d)\b|\b(?:relative|referr?ed|referenced|with respect) to (?:the |its |their )?(?:own |log'?s )?(?:first|mean|average|start)\b|"
    r"\b(?:coordinates?|positions?|epochs?|points?|heights?|values?|antenna height)\b[^.;:]{0,24}\b(?:shifted|translated|moved|adjusted|amended|rescaled|changed)\b|"
    r"\bantenna height\b[^.;:]{0,12}\bcorrected\b|\b(?:every|each) \d+(?:st|nd|rd|th)\b|\b(?:each|every) (?:value|row|line|sample|point|epoch) is (?:the |an? )?(?:mean|average|median|max\w*|min\w*)\b|"
    r"\b(?:means?|averages?|medians?) (?:of|over) \d+\b|"
    r"\bgaps?\b[^.;:]{0,16}\bfill|\bfilled\b[^.;:]{0,16}\b(?:gaps?|outages?)\b|\b(?:epochs?|gaps?|positions?|outages?|missing)\b[^.;:]{0,24}\binterpolat|"
    r"\binterpolat\w*[^.;:]{0,16}\b(?:epochs?|gaps?|positions?|outages?)\b|\b(?:overwritten|rewritten|falsified)\b|\bsignal generators?\b|\bfix(?:ed|es)?(?: \w+)? only\b|"
    r"\bonly (?:the )?fix(?:ed|es)\b|(?:历元|缺失|缺口|空缺|中断)[^，。；,;:：]{0,8}(?:插值|内插|补齐|补全)|回放|重放|模拟器|模擬器|信号发生器|シミュレ|시뮬레|"
    r"(?:扣除|减去|减掉|补偿|修正|改正(?!数)|校正|去除|消除|去掉)了?[^，。；,;:：]{0,6}(?:时延|延迟|延时|偏差|均值|平均值|趋势|漂移|系统(?:误)?差|常差|天线高)|"
    r"(?:时延|延迟|延时|偏差|均值|趋势|漂移|系统(?:误)?差|常差|天线高)[^，。；,;:：]{0,6}(?:扣除|减去|补偿|修正|改正|校正|去除|消除)|去(?:均值|趋势|中心化)|零均值|归零|归一化|中心化|"
    r"相对于?(?:首|第一|均值|平均|自身)|每\d+个?(?:历元|点|条|行|秒)?(?:取|抽|保留)|(?:坐标|位置|整体|高程)\w{0,4}(?:平移|偏移|移位)(?!量|参数)|\d+(?:次|个|组|历元)\w{0,2}平均|"
    r"(?:mittelwert|trend|verzögerung|laufzeit|offset)\w*[^.;:]{0,16}(?:abgezogen|entfernt|korrigiert)|(?:moyenne|tendance|retard|biais)[^.;:]{0,16}(?:retiré|soustrait|corrigé|supprimé)|"
    r"(?:平均|遅延|オフセット|トレンド)\w{0,3}(?:除去|補正|差し引)",
    re.IGNORECASE,
)
_LONGEST = 60
_NO = re.compile(r"\w*\s*[:=：]?\s*(?:(?:no|none|not|off|false|0)\b|无|否|未)", re.IGNORECASE)


def says_corrected(line: str) -> bool:
    """Whether a remark says that its numbers were moved, or each of them made of many."""
    said = narrow(line)
    for found in _CORRECTED.finditer(said):
        denied = (
            DENIED.search(said[: found.start()])
            or DENIED.search(found[0])
            or re.search(r"\b(?:not|no|un)\b|未|没", found[0])
        )
        if denied is None and _NO.match(said[found.end() :]) is None:
            return True
    return False


def says_unmeasured(line: str) -> bool:
    """Whether a remark says, in any way that is known, that a log is not what was measured, as it was measured."""
    said = says_edited(line) or says_summed_up(line) or says_selected(line)
    return said or bool(takes_all_back(line)) or says_corrected(line)


def as_measured(table: Table) -> Table:
    """The table; UnreadableError for a line above its head by which its numbers were moved."""
    for line in table.above:
        if says_corrected(line):
            said = narrow(line)[:_LONGEST]
            text = Text(
                f"表头上方写着“{said}”：改动过的数据不能作为实测记录。",
                f"Above the head stands {said!r}: numbers that were moved are no record of what was measured.",
            )
            cure = "export every row as it was measured; say in the profile what has to be taken off."
            raise UnreadableError(text, cure=cure, where=table.name)
    return table
