# SPDX-License-Identifier: Apache-2.0
"""What stands above the head of a table or below its rows and takes all of it back: 模拟数据, estimated values, 本表作废, Schätzwerte."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from harness.kit.tables.cells import narrow, number
from harness.kit.tables.rows import Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_BELOW = 20
"""Rows at the end among which notes are looked for."""
_LONGEST = 60
_UNREAL = r"(?:模拟|仿真|演示|虚拟|虚构|样例|示例|范例|估算|估计|推算|预估|推定|插补|补录|暂估|概算|人工填[报報]|手工填[报報]|模擬|樣例|範例|估計|推估|補錄)"
_CHINESE = (
    r"(?:模拟|仿真|虚拟|虚构|插补|模擬)(?:的)?(?:轨迹|航迹|定位|坐标|观测|导航|位置|信号源|軌跡|觀測)|"
    rf"{_UNREAL}(?:的|所得|得出的)?(?:数据|数值|数字|结果|记录|值|日志|報文|数据集|數據|數值|結果|紀錄)|"
    rf"(?:数据|数值|数字|结果|记录|指标|本表|上表|以上|上述|數據|數值)[^，。；,;]{{0,8}}(?:为|系|是|均|都|属|来自|采用|经|由|為)[^，。；,;]{{0,6}}(?:{_UNREAL}|预测|測算)|"
    r"(?:本表|此表|该表|上表|以上)\w{0,4}(?:作废|无效|失效|停用|作廢|無效)|仅(?:供|作|为)(?:参考|演示|示意|示例|内部|培训)|僅供(?:參考|演示)|"
    r"不(?:得|能|可)?(?:作为|用于|用作)\w{0,4}(?:验收|依据|考核|正式)|未经?(?:实测|测量|核实|审核|校核)|非(?:实测|真实)(?:数|值|记)|征求意见稿|"
    r"(?:数据|数值|数字|结果|记录|本表|以上|上述)[^，。；,;]{0,6}(?:待(?:更正|核实|更新|替换|复核|定)|有误|有錯)|(?:^|[（(【\s])(?:草稿|草案|初稿|样表)(?:$|[）)】\s])"
)
_NOUN = r"(?:data(?:set)?|values?|figures?|numbers?|results?|readings?|records?|measurements?|samples?)"
_MADE = (
    r"(?:simulat\w+|synthetic|estimat(?:ed|es?)|interpolated|extrapolated|imputed|fictitious|fictional|invented|dummy|mock(?:ed)?|fake|"
    r"artificial|provisional|preliminary|illustrative|made[ -]up|unverified|placeholder|forecast|demo(?:nstration)?)"
)
_ENGLISH = (
    rf"\b(?:{_MADE}|sample|example)\b(?: \w+)? (?:data(?:set)?|values?|figures?|readings?|records?|measurements?)\b|\bsimulat\w+ (?:\w+ )?results?\b|"
    rf"\b{_NOUN}\b[^.;]{{0,30}}\b{_MADE}\b(?! (?:uncertaint|error|accura|time|duration|load|position))|"
    r"\b(?:simulat\w+|synthetic|artificial|fake|dummy|mock(?:ed)?|interpolated|extrapolated)\b(?: \w+)? (?:observations?|epochs?|positions?|coordinates?|solutions?|fixes|"
    r"offsets?|tracks?|trajector\w+|signals?|outputs?|logs?)\b|^\W*(?:simulat(?:ed|or)|synthetic|interpolated|fake|dummy)\W*$|"
    r"\bnot (?:for|to be used for) (?:acceptance|evaluation|official)|\bfor (?:illustration|demonstration|training|reference)(?: purposes)?(?: only)?\b|"
    r"\bnot (?:actually |really )?measured\b|\bto be (?:replaced|corrected|superseded)\b|\bsuperseded\b|\bdo not use\b|^\W*(?:draft|void|withdrawn|estimates?|simulation)\W*$"
)
_ELSEWHERE = (
    r"simuliert|simulations(?:daten|ergebnis)|geschätzt|schätz(?:wert|ung)|hochgerechnet|interpoliert|fiktiv|beispiel(?:daten|werte)|musterdaten|vorläufig|ungültig|"
    r"nicht gemessen|keine messung|platzhalter|nicht zur abnahme|simulé|estimé|fictif|fictive|factice|provisoire|interpolé|annulé|non mesuré|"
    r"simulad[oa]s?\b|simulati\b|estimad[oa]s?\b|stimati\b|fictici|fittizi|interpolad|anulad|annullat|datos de (?:ejemplo|prueba)|dati di (?:esempio|prova)|dados de exemplo|no medid|"
    r"смоделир|имитац|оценочн|расч[её]тные|недействит|предварительн|не измер|シミュレーション|推定[値し]|推定である|見積|概算値|仮データ|ダミー|サンプル(?:データ|値)|テストデータ|デモ|参考値|暫定|"
    r"無効|補間|未計測|未測定|모의|시뮬레이션|추정|샘플|더미|잠정|무효|보간|참고용"
)
_ALONE = re.compile(
    r"\W*(?:模拟|仿真|演示|示例|样例|草稿|作废|无效|废弃|旧数据|勿用|模擬|作廢|無效|simulations?|simulated|demo|dummy|mock|sample data|example|draft|void|invalid|obsolete|do not use|"
    r"ungültig|entwurf|beispiel|simulé|brouillon|exemple|simulado|borrador|ejemplo|シミュレーション|サンプル|ダミー|無効|デモ|모의|샘플|무효)(?:数据|表|用|版|data|values?|table)?\W*",
    re.IGNORECASE,
)
"""What takes all back where nothing else stands in the line, or in the name of a worksheet."""
_TAKEN_BACK = re.compile(rf"{_CHINESE}|{_ENGLISH}|{_ELSEWHERE}", re.IGNORECASE)
_NAY = re.compile(
    r"(?:非|无|未\w{0,3}|没有|不含|不是|并非|不存在|無|ない?)$|\b(?:no|not|non|never|without|keine\w*|nicht|ohne|sans|aucune?|sin|ningún|senza|нет|без)[ -]?(?:\w+ ){0,2}$",
    re.IGNORECASE,
)


def takes_all_back(line: str) -> str:
    """The words of a line outside the rows that say the table is no record of what was: nobody measured it, or it does not hold; else empty."""
    said = narrow(line)
    if _ALONE.fullmatch(said):
        return said
    for found in _TAKEN_BACK.finditer(said):
        if _NAY.search(said[: found.start()]) is None:
            return found[0]
    return ""


def held(table: Table) -> Table:
    """The table; UnreadableError where a title above its head, a note below its rows or another worksheet takes it back."""
    for line, said in (*((0, each) for each in (*table.above, *table.aside)), *_notes(table)):
        if takes_all_back(said):
            words = narrow(said)[:_LONGEST]
            text = Text(
                f"表格以外写着“{words}”：这不是实际发生的记录，或整张表不作数。",
                f"Beside the table stands {words!r}: it is no record of what happened, or does not hold.",
            )
            where = f"{table.name}:{line}" if line else table.name
            raise UnreadableError(text, cure="hand in the record as it was measured or signed.", where=where)
    return table


def _notes(table: Table) -> Iterator[tuple[int, str]]:
    """The notes at the end: rows that fill no more than half of the columns, and none of them with a number; with their lines."""
    for at in range(len(table.cells) - 1, max(-1, len(table.cells) - 1 - _BELOW), -1):
        told = list(dict.fromkeys(each.strip() for each in table.cells[at] if each.strip()))
        if 0 < len(told) <= max(2, (len(table.head) + 1) // 2) and all(number(each) is None for each in told):
            yield table.lines[at], " ".join(told)


_SIGNED = re.compile(
    r"\W*(?:制表|填表|填报|编制|统计|审核|复核|校核|审批|批准|核准|负责|联系|报送|经办|盖章|签字|签章|日期|时间|电话|单位|部门|prepared|checked|approved|signed|date|signature|tel|phone){1,2}(?:人员?|单位|部门|日期|时间| by)?"
    r"\s*(?:[(（][^()（）]{0,8}[)）])?\s*[:：].{0,40}|\W*(?:数据)?来源\s*[:：].{0,40}|第\s*\d+\s*页(?:\s*[,，共/]?\s*共?\s*\d+\s*页)?",
    re.IGNORECASE,
)
_FORESEEN = re.compile(
    r"预测|预算|估|模拟|仿真|计划|人工|手工|推算|测算|simulat|estimat|forecast|budget|manual", re.IGNORECASE
)


def only_signed(told: Collection[str]) -> bool:
    """Whether a row says no more than who keeps the table, when, and where from: 制表人：张三; it claims nothing."""
    said = [narrow(each).strip() for each in told if each.strip()]
    return bool(said) and all(_SIGNED.fullmatch(each) and not _FORESEEN.search(each) for each in said)


_CHOSEN = re.compile(
    r"已(?:联网|接入|上线|入网|并网|监测|上云|覆盖|建模|数控化?)\w{0,6}(?:清单|目录|台账|列表|一览|登记|统计|设备|构件|数据|资产|项目|工序|企业|工地)|在线(?:的?设备|资产|列表|清单)|筛选|过滤|剔除|除外|未列入|"
    r"(?:未|其余)\w{0,10}(?:另表|另册|另附|另列)|[仅只](?:含|列|包括)|(?:top|前)\s?\d+\b|\b(?:connected|online|networked|covered) (?:devices?|assets?|equipment|items?)|\bfiltered\b|\bexcluding\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"(?:共|合计|总计|总数|total(?: of)?)[^\d,，。;；]{0,6}(\d+)\s*(?:台套?|个|项|件|套|处|条|家|道|devices|assets|items)",
    re.IGNORECASE,
)


def entire(table: Table, rows: int) -> Table:
    """The table, a list of everything there is; UnreadableError where a line above it or below says that it is a part, or states another number than ``rows``."""
    for line, words in (*((0, each) for each in table.above), *_notes(table)):
        said = narrow(words)
        where = f"{table.name}:{line}" if line else table.name
        if _CHOSEN.search(said):
            text = Text(
                f"表格以外写着“{said[:_LONGEST]}”：只列了一部分的清单不能作为分母。",
                f"Beside the table stands {said[:_LONGEST]!r}: a list of some of the things is no denominator.",
            )
            raise UnreadableError(text, cure="list everything there is, covered or not.", where=where)
        stated = [] if line else [int(each) for each in _STATED.findall(said)]
        if stated and rows not in stated:
            text = Text(
                f"表头上方写明 {stated[0]}，明细有 {rows} 行。",
                f"Above the head stands {stated[0]}, there are {rows} rows.",
            )
            raise UnreadableError(
                text, cure="list everything there is, or correct the number above the head.", where=where
            )
    return table
