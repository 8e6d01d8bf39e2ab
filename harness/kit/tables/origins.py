# SPDX-License-Identifier: Apache-2.0
"""Where the rows of a table come from, as far as it says so itself: measured, or simulated, planned, estimated, by hand, from a cache.

A column that no field reads may say it of single rows, in one of the languages people write; a line above the head of them all;
and a second column for what is read may say something else. None of these is let pass in silence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from harness.kit.tables import tongues
from harness.kit.tables.caveats import DENIED, against
from harness.kit.tables.cells import narrow, number
from harness.kit.tables.columns import Columns
from harness.kit.tables.measured import unedited
from harness.kit.tables.rows import Row, Table
from harness.kit.unreadable import UnreadableError
from harness.model import Text

_ZH = (
    "模拟|模擬|仿真|虚拟|虛擬|演示|示例|样例|範例|示范数据|测试|測試|试验数据|计划|計劃|规划|預計|预计|预算|預算|预估|預估|预测|預測|预期|估算|估计|估計|估读|推算|推定|推测|理论|理論|设计|設計|标称|標稱|"
    "额定|額定|铭牌|默认值|缺省值|假设|暂定|暫定|概算|手工|手动|手動|人工|补录|補錄|补报|补登|補登|补传|补采|补填|回填|后补|插值|内插|外推|填充|折算|换算|分摊|沿用|复制|回放|重放|缓存|伪造|"
    "排期|排班|计算值|计算得出|失败|出错|超时|未注入|未触发|未执行|开发中|研发中|筹备中|废弃"
)
_JA = "シミュレーション|シミュレート|予定|予測|予想|見込み?|推定|推計|計画|設計|理論|公称|定格|テスト|デモ|サンプル|ダミー|手入力|手動|補完|仮|中止|失敗|無効"
_EN = (
    r"simulat\w+|simulation|synthetic|emulat\w+|mock\w*|fake\w*|dummy|demo(?:nstration)?|example|sample data|test(?:ing|s)?|planned|scheduled|budget(?:ed)?|forecast\w*|predict\w+|"
    r"projected|expected|estimat\w+|extrapolat\w+|interpolat\w+|imputed|theoretical|design(?:ed)?|nominal|nameplate|rated|default values?|assumed|assumption|calculat\w+|"
    r"manual(?:ly)?|by hand|hand[ -]?entered|back-?fill\w*|cached|stale|replay\w*|copied|pro-?rated|apportioned|dry[ _-]?run|placeholder|failed|failure|dropped|discarded|deprecated|"
    r"in development|not yet\b.*"
)
_DE = (
    r"simulier\w*|geplant\w*|planwerte?|gesch[äa]tzt\w*|sch[äa]tzwerte?|sch[äa]tzung|hochgerechnet\w*|berechnet\w*|prognos\w*|sollwerte?|theoretisch\w*|nennwerte?|nominell|beispiel\w*|"
    r"testdaten|manuell|ersatzwerte?|interpoliert|ung[üu]ltig|storniert|fehlgeschlagen|abgebrochen|nicht \w+"
)
_FR = (
    r"simul[ée]e?s?|pr[ée]vue?s?|pr[ée]vision\w*|pr[ée]visionnel\w*|estim[ée]e?s?|estimation|planifi[ée]e?s?|th[ée]oriques?|nominale?|exemple|essai|manuel(?:le)?|calcul[ée]e?s?|"
    r"interpol[ée]e?s?|annul[ée]e?s?|invalide|[ée]chou[ée]e?s?|[ée]chec|non \w+"
)
_SAID = f"{_ZH}|{_JA}|{_EN}|{_DE}|{_FR}"
_BEHIND = r"(?:值|数据|數據|数|数值|记录|告警|报警|事件|状态|模式|中|产生|触发|注入|录入|输入|填写|填报|生成|工况|结果|样本|读数|上线|の?値|データ|values?|data|alarms?|mode|run|entry)*"
_WHOLE = re.compile(
    rf"(?:按|由|为|属|据|软件|系统|已|系|人工|as |by |from )?(?:{_SAID}){_BEHIND}|按.{{0,6}}(?:合同|设计|额定|铭牌|比例|计划|预算|定额|协议)\w*",
    re.IGNORECASE,
)
_IN_NOTES = re.compile(
    r"模拟|模擬|仿真|演示|示例|样例|预计|預計|预算|预估|预测|计划值|规划|估算|估计|估读|推算|理论值?|设计值?|标称|铭牌|补录|补报|回填|插值|折算|分摊|沿用|取上|取前|取平均|取均值|代替|替代|缺失|缺测|"
    r"换表|待核|同\s*[A-Za-z]{0,6}-?\d+|予定|見込|推定|予測|シミュレ"
    r"|\b(?:simulat|estimat|extrapolat|interpolat|forecast|budget|nameplate|dummy|placeholder|back-?fill|pro-?rat|missing|geplant|gesch[äa]tzt|planwert|simuliert|prognos|hochgerechnet|pr[ée]vu|estim[ée]|simul[ée])",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"备注|備註|備考|说明|附注|批注|摘要|remark|remarque|note|bemerkung|anmerkung|kommentar|comment", re.IGNORECASE
)
_NAMES = re.compile(tongues.NAMES, re.IGNORECASE)
_DENIES = re.compile(
    r"(?:是否)?(?:已|被|为|属于?)?(?:误报|虚报|抑制|屏蔽|强制|(?:是否)?(?:命中)?缓存|插值|补录|补报|补传|补采|填充|估算|估读|估计|模拟|仿真|虚拟|手工|人工|手动|(?:人工|手工)(?:填写|录入|输入|置数)|测试|删除|废弃|限幅|削波|"
    r"饱和|超量程|过载|降频|限频|重试|重发|重复|平滑|滤波|校正|修正|折算|换算|回放|演示|示例|缺测|计划|预计|预测|闭馆|休馆|断电|掉帧|丢帧|跳帧|重投影)(?:标[志记识]|位|次数|数|帧数|与否)?"
    r"|(?:(?:is|was|has|app|vsync|frames?)[ _-]?)?(?:false[ _-]?alarms?|nuisance|suppress(?:ed)?|shelved|inhibit(?:ed)?|masked|forced|overrid(?:e|den)|cached|cache[ _-]?hits?|from[ _-]?cache|stale|"
    r"interpolated|extrapolated|filled|imputed|estimated|simulat(?:ed|ion)|mock(?:ed)?|dry[ _-]?run|fake|dummy|synthetic|manual|deleted|removed|clipp(?:ed|ing)|saturat(?:ed|ion)|over[ _-]?range|"
    r"overload(?:ed)?|throttl(?:ed|ing)|retr(?:y|ies|ied)|attempts?|repeated|smoothed|filtered|corrected|adjusted|replay(?:ed)?|demo|test|example|deprecated|skipped|missed|dropped|lost|late|"
    r"reprojected|not[ _-]?displayed|planned|predicted|scheduled)(?:[ _-]?(?:flag|counts?|frames?|at|by))?\??",
    re.IGNORECASE,
)
"""Of a heading: whoever says anything but no under it says that his row is not what it seems."""
_ATTEMPT = re.compile(r"attempts?", re.IGNORECASE)
_FIGURE = re.compile(
    r"统计(?:方式|类型|值|量)?|聚合(?:方式|类型|函数)?|取值方式|aggregat\w*|statistics?|stat(?:[ _-]?type)?|agg(?:[ _-]?func(?:tion)?)?",
    re.IGNORECASE,
)
_BASIS = re.compile(r"来源|依据|性质|得出|取值")
_FORESEEN = re.compile(r".{0,8}(?:预测|预算|估算|推算|测算|计划|模拟|仿真)(?:值|数|数据|表|报表|结果)?")
_EXTREME = re.compile(
    r"最[大小高低]值?|峰值|谷值|max(?:imum)?|min(?:imum)?|peak|p\d{1,2}|sum|总和|计数|count", re.IGNORECASE
)
"""What a row holds of many values that is not what was measured at its moment."""
_NAY = frozenset({"", "0", "0.0", "否", "无", "未", "不", "没有", "no", "n", "false", "f", "none", "null", "nan", "na", "n/a", "-", "--", "—", "/", "×"})  # fmt: skip
_GOOD = frozenset({"192", "0xc0", "好", "良", "good", "a"})
_TITLE = re.compile(
    r"模拟(?!量|信号|通道|输[入出]|电)|模擬|仿真|示例|样例|範例|演示|预算|預算|预计|預計|预测|预估|规划|计划|排班|排期|设计工况|设计值|设计计算|理论|估算|测算|节选|摘录|仅列|部分(?:关键)?(?:设备|资产)"
    r"|\b(?:simulat(?:ed|ion)|synthetic|mock|dummy|demo|example|sample data|budget|forecast|planned|estimated|theoretical|design case|excerpt|beispiel|geplant|planwerte|sch[äa]tzung|pr[ée]vision\w*|exemple)\b",
    re.IGNORECASE,
)
_PART_OF_A_NAME = re.compile(
    r"(?:设计|规划|计划|模拟|仿真|演示|示例|理论|测算)\w{0,8}?(?:院|公司|部门?|科|处|中心|所|单位|有限|科技|路|区|市|局|平台|系统|训练|厅|馆)"
)
_LONGEST = 60


def invented(heading: str, said: str) -> bool:
    """Whether a cell beside a row says that the row is no record of what happened, or that something was done to it."""
    heading, word = narrow(heading).strip(), narrow(said).strip()
    if not word or word.casefold() in _NAY:
        return False
    if _DENIES.fullmatch(heading):
        return not (_ATTEMPT.fullmatch(heading) and number(word) == 1)
    if _FIGURE.fullmatch(heading) and _EXTREME.fullmatch(word):
        return True
    if _BASIS.search(heading) and (word == "计算" or _FORESEEN.fullmatch(word)):  # elsewhere a kind of rack
        return True
    if _NAMES.search(heading):
        return False
    if _NOTE.search(heading) and _IN_NOTES.search(word):
        return True
    if word.casefold() in _GOOD:
        return False
    return len(word) <= _LONGEST and _WHOLE.fullmatch(word) is not None


def beside(row: Row) -> Iterator[tuple[str, str]]:
    """(heading, word) of each cell that no field reads and that takes its row of a measurement back."""
    read = set(row.table.index.values())
    for at, (heading, said) in enumerate(zip(row.table.head, row.table.cells[row.at], strict=True)):
        if at not in read and said.strip() and (invented(heading, said) or _doubted(heading, said)):
            yield heading.strip(), said.strip()[:_LONGEST]


def _doubted(heading: str, said: str) -> bool:
    return narrow(said).casefold() not in _GOOD and against(heading, said)


def recorded(table: Table, columns: Columns | None = None, once: Collection[str] = (), *, sums: bool = False) -> Table:
    """The table of measurements as :func:`unedited` gives it; UnreadableError where it says that it is none.

    ``once``: fields of which ``columns`` knows further names, and that no second column may contradict. ``sums``: as there.
    """
    unedited(table, sums=sums)
    happened(table)
    if columns is not None:
        sole(table, columns, once)
    return table


def happened(table: Table) -> None:
    """UnreadableError where a title or a cell beside a row says that it is no plain record of what was measured."""
    titled(table)
    read = set(table.index.values())
    for at, heading in enumerate(table.head):
        said = set() if at in read else {row[at] for row in table.cells}
        if not _DENIES.fullmatch(narrow(heading)):  # then numbers say nothing, and a long record is made of them
            said = {each for each in said if not each.isascii() or each.lower() != each.upper()}
        told = {each for each in said if invented(heading, each)}
        if told:
            row = next(row for row in table if table.cells[row.at][at] in told)
            word = table.cells[row.at][at].strip()[:_LONGEST]
            text = Text(
                f"“{heading.strip()}”一列写着“{word}”：该行不是如实的实测记录，或经过处理。",
                f"The column {heading.strip()!r} says {word!r}: this row is no plain record of what was measured.",
            )
            raise row.refuse(text, "give the record as it was measured, without such rows.")


def titled(table: Table) -> None:
    """UnreadableError where a line above the head says that the table is a plan, an example, or a part."""
    for line in table.above:
        said = _PART_OF_A_NAME.sub("", narrow(line))
        found = _TITLE.search(said)
        if found is not None and DENIED.search(said[: found.start()]) is None:
            text = Text(
                f"表头上方写着“{narrow(line)[:_LONGEST]}”：计划、模拟、示例、估算或节选的表不能作为记录。",
                f"Above the head stands {narrow(line)[:_LONGEST]!r}: a plan, a simulation, an example, an estimate or an excerpt is no record.",
            )
            raise UnreadableError(text, cure="give the record itself, whole.", where=table.name)


def sole(table: Table, columns: Columns, once: Collection[str]) -> None:
    """UnreadableError where a second column goes by a name of one of these fields and says something else in a row."""
    for field in once:
        if field not in table.index:
            continue
        for heading in columns.rivals(table.head, table.index, field):
            at = next(at for at, each in enumerate(table.head) if each.strip() == heading)
            if at in table.index.values():
                continue
            row = next((row for row in table if _differs(row[field], table.cells[row.at][at])), None)
            if row is not None:
                own, other = table.head[table.index[field]].strip(), heading
                text = Text(
                    f"“{own}”与“{other}”两列含义相同而内容不同：以哪一列为准，无从得知。",
                    f"The columns {own!r} and {other!r} mean the same and differ: which of them holds is not known.",
                )
                cure = "name the column that holds under columns: in the profile, or give that one alone."
                raise row.refuse(text, cure)


def _differs(one: str, other: str) -> bool:
    """Whether a second cell says something else; a blank says nothing."""
    one, other = narrow(one), narrow(other)
    if not other:
        return False
    values = number(one), number(other)
    return one != other if None in values else values[0] != values[1]
