# SPDX-License-Identifier: Apache-2.0
"""Words in columns that no field reads, and that take their row back: 已作废, 意向, cancelled, a state nobody knows.

A column that is not read is listed and helps nobody. But one that says whether its row holds is no mere extra: what it says
against the row counts, and a word of it that is not understood is told by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from harness.kit.tables import tongues
from harness.kit.tables.cells import narrow
from harness.kit.tables.rows import Table

_MEASURES = re.compile(
    r"日期|时间|金额|价|费用|编号|代码|电话|手机|邮箱|联系|姓名|人$|人员$|员$|单位$|部门$|机构$|数量|数$|率$|比例|面积|期$|期限|期至|截至|文件$|附件$|地址|"
    r"date|\b(?:until|till|from|through)\b|time|amount|price|number|\bno\.?$|code|phone|mail|person|\bby$|count|\bid$|file|path|address|percent|url",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"状态|^有效$|有效性|生效|审核|审查|核验|核查|核实|认定|评审|验收|^结论$|^结果$|履行|履约|执行情况|进展|进度|阶段|^标记$|"
    r"是否(?:已经?)?(?:在线|联网|连接|有效|签|真实|属实|计入|认可|通过|完成|履行|执行|生效|应用|使用|启用|上线|投|验收|符合|合格|在用|正常|存续|续签|属于|算)|"
    r"\bstat(?:e|us)\b|valid|\bactive|approv|accepted|\bstage|^result$|verified|in[ _-]?use|in[ _-]?force|progress|decision|signed|"
    rf"{tongues.STATE}",
    re.IGNORECASE,
)
_ASKED_BACK = re.compile(
    r"是否(?:已经?|被)?(?:作废|失效|无效|终止|中止|解约|解除|取消|撤销|注销|吊销|退出|退网|停用|停产|停机|报废|拆除|废止|意向|草稿|试用|模拟|虚拟|重复|测试|演示|过期|逾期|剔除|排除)|"
    r"是否(?:为|属于?)?(?:仿真|估算|推算|插补|补录|人工|手工|手动|演练)|"
    rf"^(?:is[ _-])?(?:cancell?ed|void(?:ed)?|terminated|withdrawn|revoked|expired|duplicate|draft|test|dummy|inactive|invalid|excluded|suspended)\??$|^(?:{tongues.ASKED_BACK})$",
    re.IGNORECASE,
)
_NOTE = re.compile(
    rf"备注|说明|附注|批注|注释|情况|签字|签章|盖章|用印|\bremarks?\b|\bsignatures?\b|\bseals?\b|\bnotes?\b|comment|{tongues.NOTE}",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"(?:作废|解除|解约|注销|撤销|撤回|取消|退出|退网|停用|报废|拆除|废止|吊销|中止)(?:的)?(?:日期|时间|日|原因|说明)?|"
    r"(?:cancell?ed|revoked|withdrawn|voided|terminated|removed|scrapped|retired)(?:[ _-](?:on|at|date|reason))?|date[ _-]of[ _-](?:cancellation|withdrawal)",
    re.IGNORECASE,
)
_BACK = (
    r"作废|无效|失效|终止|中止|暂停|解约|解除|取消|撤销|撤回|注销|吊销|退出|退网|退租|停用|停产|停机|停运|停工|报废|拆除|废止|意向|草稿|草案|"
    r"试用|模拟(?!量|信号|通道|输[入出]|电|仿真|训练|优化|器)|虚拟|重复|剔除|排除|删除|驳回|拒绝|不计|不含|不算|不合格|不通过|未通过|未签|未验|未完成|未启用|未上线|未投|未实施|未执行|未履行|待签|待定|待审|待验|"
    r"待实施|待上线|拟签|拟建|计划中|规划中|洽谈|谈判|估算|暂估|预估|预测(?!性|维护|分析|控制|算法|模型|预警)|推算|演示数据|测试数据|样例|示例数据|已过期|逾期作废|"
    r"\bvoid|cancel|terminat|invalid|expired|inactive|\bdraft|pending|reject|duplicat|withdraw|suspend|planned|estimated|forecast|extrapolated|not signed|unsigned|\bdummy|\bfake|test data|excluded|revoked|"
    rf"{tongues.BACK}"
)
_TAKEN_BACK = re.compile(_BACK, re.IGNORECASE)
_WHOLLY_BACK = re.compile(rf"(?:已|被|现已|现)?(?:{_BACK})\w{{0,4}}(?:了|。|合同|合作)?", re.IGNORECASE)
_NAYS = re.compile(r"[否未不非待拟缺欠假×✗✘☒]|^(?:无|没有|x|n|f|0|no|none|false|not\b.*)$", re.IGNORECASE)
_YEAS = frozenset({
    "是", "有", "正常", "有效", "已签", "已签订", "已签约", "签订", "签约", "已签署", "完成", "已完成", "竣工", "已竣工", "完工", "已完工", "履行中",
    "正在履行", "履约中", "执行中", "正在执行", "已履行", "已执行", "履行完毕", "执行完毕", "已履行完毕", "已执行完毕", "在用", "使用中", "已使用",
    "已应用", "应用中", "投用", "已投用", "运行", "运行中", "正常运行", "在线", "在网", "上线", "已上线", "已投运", "投运", "投产", "已投产", "启用",
    "已启用", "已实施", "已验收", "验收通过", "验收合格", "已通过验收", "已验收合格", "验收完成", "通过", "已通过", "合格", "好", "良好", "优秀", "审核通过", "已审核", "已核验", "已核实",
    "已确认", "核验通过", "属实", "一致", "符合", "相符", "同意", "生效", "已生效", "存续", "在业", "在营", "开业", "在册", "存续(在营、开业、在册)",
    "正常经营", "新签", "新增", "首次", "续签", "已续签", "无异议", "无变化", "已付款", "已结算", "已交付", "√", "✓", "✔", "☑", "1", "yes", "y",
    "true", "t", "ok", "100%", "valid", "active", "done", "completed", "complete", "signed", "effective", "normal", "running", "passed", "approved",
    "accepted", "verified", "online", "confirmed", "live", "current", "open", "192", "0xc0", "in force", "in use", "good", "待机", "备用", "热备", "空闲", "standby", "idle", "measured", "实测", "实测值", "真实", "可信",
}) | tongues.YES  # fmt: skip
_NOTHING = frozenset({"", "-", "—", "–", "--", "/", "\\", "无", "none", "n/a", "na", "nil", ".", "。"})
_OPENING = re.compile(r"[(（\[［【<＜〔]")
_IN_BRACKETS = re.compile(
    rf"[(\[【<〔]\s*(?:已|拟|待|现)?(?:{_BACK}|演示[版系]|规划|原型|样机|概念版|demo|prototype|mock-?up)\w{{0,4}}\s*[)\]】>〕]",
    re.IGNORECASE,
)
_NAY = frozenset({"否", "未", "不", "没有", "n", "no", "f", "false", "0", "×", "✗", "✘", "x"}) | tongues.NO
_KIND = re.compile(r"类型|类别|类$|性质|种类|方式|属性|形式|\b(?:type|kind|nature|category)\b", re.IGNORECASE)
_NO_CONTRACT = re.compile(
    r"意向|框架(?:性)?(?:协议|合同)|备忘录|概念验证|潜在(?:客户|用户)|储备(?:客户|项目)|试用|线索客户|"
    r"\b(?:letters? of intent|loi|mou|memorandum of|proof of concept|prospects?|prospective)\b|\bpoc(?![a-z])|^(?:pilot|trial|lead|framework)(?: (?:agreement|contract|customer|user|use|phase))?$",
    re.IGNORECASE,
)
"""Kinds of papers and customers that are no contract yet; some columns say so where another one calls them something."""
_RELATION = re.compile(
    r"关联(?:关系|方|企业|单位|公司|情况|性)?$|与.{0,8}关系$|(?:股权|隶属|投资|控制|产权)关系|是否(?:为|属于?)?(?:关联|内部|子公司|控股)|\b(?:relation(?:ship)?|affiliat\w*|related[ _-]party|ownership)\b",
    re.IGNORECASE,
)
_KINSHIP = re.compile(
    r"(?<!非)(?<!无)(?:全资|控股|参股|持股|子公司|分公司|孙公司|母公司|兄弟公司|姊妹公司|同一(?:实际)?控制|实际控制人相同|关联(?:企业|方|公司|单位)|集团内|成员单位|内部单位|本单位|下属|所属)|"
    r"^(?:是|有|有关联|存在关联)$|\b(?:(?<!non-)subsidiar\w*|(?<!non-)affiliat\w*|parent company|wholly|shareholder|joint venture|same group|sister company|in-house|internal)\b|^(?:yes|y|true)$",
    re.IGNORECASE,
)
_LONGEST = 60
_MARGIN = "批注 comment"
_HEDGED = re.compile(
    r"未|没|否|非|勿|不再|不用|不使用|不属|不符|不予|不含|不计|不是|不实|不能|不可|不完|不全|不足|不合|不得|停|退|拟|待|暂|仅|只有|只是|只做|尚|缺|欠|到期|届满|期满|过期|"
    r"同上|同前|同一|相同|关联|控股|全资|子公司|分公司|母公司|参股|补签|倒签|后补|样机|演示|框架|试点|试运行|免费|赠送|争议|纠纷|诉讼|仲裁|违约|失联|破产|清算|被执行|"
    r"吊销|冒用|代签|并入|归并|合并(?:到|至|入|计)|换用|弃用|自用|计划\w{0,8}(?:[年月]|上线|投用|实施|签)|伪造|造假|虚假|作假|涂改|不见|遗失|丢失|疑似|可能|不详|未知|存疑|质疑|[?？]|"
    r"\b(?:not|never|no longer|none|without|only|rescind|deregister|dissol|ceas|clos|bankrupt|insolv|liquidat|discontinu|stopp|"
    r"return|refund|trial|pilot|demo|framework|subsidiar|affiliat|same as|ditto|as above|to be|tbd|tbc|unclear|unknown|disput|backdat|forg|fals|fake|missing|lost|shelved|on hold|abandon|prototype|obsolete|supersed)",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"无异议|无争议|无纠纷|无变[化更]|无违约|无遗漏|不含税|含税|不限|非独家|非独占|非税|未发现(?:问题|异常|不符)|未见异常|没有异议|名称未变|无需|按时|到期自动续[签约期]|自动续[签约期]|"
    r"验收(?:合格|通过)|未来|停车|停机坪|退火|退役军人|接待|招待|期待|待遇|缺陷|缺氧|欠压|非标|非遗|非洲|非金属|非公有|非接触|非结构化|非侵入|否决项|关联(?:分析|规则)|变更管理|已(?:按期)?(?:付款|结清)|地址变更已备案|\bno (?:remarks?|objections?|changes?|issues?|defects?|findings?)\b|\bnot applicable\b|\bn/a\b",
    re.IGNORECASE,
)
"""What sounds like a doubt in a note and is none."""


DENIED = re.compile(
    r"未[经作做被]?\w{0,2}$|没有$|无$|不[作做]?$|\b(?:no|not|non|un|without|never|keine?\w*|nicht|ohne|sans|aucune?|sin|senza|без)[ -]?(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
"""Behind which a word says that something is not so."""
_HOLDS = re.compile(
    r"(?:是否)?有效性?|有效标[志识]|(?:数据)?(?:质量|可信度|可用性)(?:标[志识]|码|状态|等级)?|(?:数据|记录|样本)状态|(?:is[ _-]?)?valid(?:ity)?|"
    rf"(?:data|sample|reading|value)?[ _-]?quality(?:[ _-](?:flag|code|status))?|qc(?:[ _-]flag)?|usable|trusted|{tongues.HOLDS}",
    re.IGNORECASE,
)
"""Headings that ask of every row whether it holds: there only a word that is known to say so will do."""
_NAMES = re.compile(tongues.NAMES, re.IGNORECASE)
_PROVENANCE = re.compile(tongues.PROVENANCE, re.IGNORECASE)
_MADE_UP = re.compile(rf"(?<![\w-])(?:{tongues.MADE_UP}|{tongues.DOUBTED})|(?:仿真|插补|补录|有误|存疑)", re.IGNORECASE)
_WHOLLY_MADE_UP = re.compile(rf"\W*(?:{tongues.MADE_UP}|{_BACK}\w{{0,8}})\W*", re.IGNORECASE)


def against(heading: str, said: str) -> bool:
    """Whether a word of a column that nobody reads takes its row of measurements back, or leaves open what has to be said."""
    heading, word = narrow(heading), narrow(said)
    if _HOLDS.fullmatch(heading):
        return not says_yes(word)
    role = _role(heading)
    if role in {"note", "state"} and _MADE_UP.search(word) and not says_no_such(word):
        return True
    if len(word) <= _LONGEST and not _NAMES.search(heading) and _WHOLLY_MADE_UP.fullmatch(word):
        return True
    kind = _kind(role, word)
    return kind is Kind.AGAINST and (role != "state" or takes_back(word))


def says_no_such(note: str) -> bool:
    """Whether a note denies what it names: no interpolated values, 无插补."""
    found = _MADE_UP.search(note)
    return found is not None and DENIED.search(note[: found.start()]) is not None


_LINE = re.compile(
    r"作废|无效|失效|终止|中止|解约|解除|取消|撤销|注销|意向|草稿|试用|洽谈|谈判|接洽|样例|示例|估算|暂估|子公司|控股(?!有限|集团|股份)|参股|关联(?:企业|方|公司|单位)|集团内|"
    r"(?:尚?未|没有|待|拟)(?:签|盖|投|上线|实施|使用|应用|交付|验收|完成)|框架(?:协议|合同)|备忘录|潜在(?:客户|用户)|"
    r"\b(?:void(?:ed)?|cancell?ed|terminated|invalid|draft|prospects?|letters? of intent|loi|mou|trial|pilot|subsidiar\w+|affiliat\w+|pending)\b|"
    r"\bnot (?:yet )?(?:signed|counted|in use|delivered|effective)\b|\bunsigned\b",
    re.IGNORECASE,
)
"""Words by which a line of its own says that rows are not what the table is about."""
_OUTSIDE = re.compile(
    r"(?:不含|不包括|不包含|未包括|未含|不计|已?剔除|已?排除|除去|扣除|均?无|没有|并非|非|不存在|不属于?)[^,，。;；]{0,10}$|\b(?:excl\w*|without|no|not|none of)\b[^,.;]{0,20}$",
    re.IGNORECASE,
)
_TAKEN_OUT = re.compile(
    r"[^,，。;；]{0,8}(?:剔除|删除|排除|移除|不列|未列|除外|不在内)|[^,.;]{0,24}\b(?:excluded|left out|removed|not listed)\b",
    re.IGNORECASE,
)
"""In front of words, or behind them, by which a line only says what is not meant: 不含意向客户, 取消的已剔除."""
_KEPT_BY = re.compile(
    r"\W*(?:制表|填表|编制|填报|审核|申报|负责|联系|报送|单位|盖章|prepared by|checked by|company)\w{0,6}\W?[(（]?\w{0,4}[)）]?[:：]",
    re.IGNORECASE,
)
"""Who keeps the list: a name, whatever words are in it."""


class Kind(Enum):
    """What a word of an unread column does to its row."""

    AGAINST = "against"
    """It takes the row back."""
    UNKNOWN = "unknown"
    """It says whether the row holds, in a word that is not understood, or by a blank."""
    STRUCK = "struck"
    """The spreadsheet strikes a text of the row through."""
    HIDDEN = "hidden"
    """The spreadsheet does not show the row."""

    @property
    def refutes(self) -> bool:
        """Whether the row is taken back; otherwise somebody has to look."""
        return self in {Kind.AGAINST, Kind.STRUCK}


@dataclass(frozen=True, slots=True)
class Caveat:
    """One cell beside a row: the heading of its column, what it says, and what that does to the row."""

    heading: str
    said: str
    kind: Kind


class Caveats:
    """What a table says of whole rows beside what its fields say."""

    def __init__(self, table: Table) -> None:
        """Look at the headings once; a column without a word in any row says nothing."""
        self._table = table
        read, headings = set(table.index.values()), [narrow(each) for each in table.head]
        self._read = sorted(read)
        self._others = [
            (at, heading, _role(heading))
            for at, heading in enumerate(headings)
            if at not in read and any(row[at].strip() for row in table.cells)
        ]

    def of(self, at: int) -> Iterator[Caveat]:
        """What is said of row ``at``, counted from 0, outside its fields, and in brackets within them."""
        cells = self._table.cells[at]
        mark = self._table.marks.get(self._table.lines[at])
        if mark is not None:
            yield Caveat("", "", Kind(mark))
        comments = self._table.comments
        margin = narrow(comments.get(self._table.lines[at], "")) if comments else ""
        kind = _kind("note", margin) if margin else None
        if kind is not None:
            yield Caveat(_MARGIN, margin[:_LONGEST], kind)
        for place, heading, role in self._others:
            said = narrow(cells[place])
            kind = _kind(role, said)
            if kind is not None:
                yield Caveat(heading, said[:_LONGEST], kind)
        for place in self._read:
            said = cells[place]
            if not said.isalnum() and _OPENING.search(said) and _IN_BRACKETS.search(said := narrow(said)):
                yield Caveat(narrow(self._table.head[place]), said[:_LONGEST], Kind.AGAINST)


def says_yes(word: str) -> bool:
    """Whether a word of a state is known to say that its row holds: 正常, 履行中, active."""
    return narrow(word).casefold() in _YEAS


def takes_back(word: str) -> bool:
    """Whether a word says that its row no longer holds: 已报废, cancelled."""
    return bool(_TAKEN_BACK.search(narrow(word)))


def hedges(note: str) -> bool:
    """Whether a note takes something back or leaves it in doubt: 原件未见, 系伪造, rescinded."""
    said = narrow(note)
    return bool(_TAKEN_BACK.search(said)) or bool(_HEDGED.search(_HARMLESS.sub("", said)))


def doubtful_line(line: str) -> str:
    """The words by which a line of its own makes rows doubtful: 以下为意向, prospects (not yet signed); empty where it has none, or denies them."""
    said = narrow(line)
    for found in () if _KEPT_BY.match(said) else _LINE.finditer(said):
        if _OUTSIDE.search(said[: found.start()]) is None and _TAKEN_OUT.match(said, found.end()) is None:
            return said[:_LONGEST]
    return ""


def asks(heading: str) -> bool:
    """Whether a column of that heading says of its rows whether they hold."""
    return _role(heading) not in {"", "provenance", "kind", "relation"}


@lru_cache(maxsize=256)
def _role(heading: str) -> str:
    if _ENDED.fullmatch(heading):
        return "ended"
    if _ASKED_BACK.search(heading):
        return "asked-back"
    if _STATE.search(heading) and not _MEASURES.search(heading):
        return "state"
    if _NOTE.search(heading):
        return "note"
    if _HOLDS.fullmatch(heading):
        return "holds"
    if _PROVENANCE.fullmatch(heading):
        return "provenance"
    if _RELATION.search(heading):
        return "relation"
    return "kind" if _KIND.search(heading) else ""


def _kind(role: str, said: str) -> Kind | None:
    word = said.casefold()
    if role in {"ended", "asked-back"}:
        return None if word in _NOTHING or word in _NAY else Kind.AGAINST
    if role == "holds":  # of a product its grade or its weight, unless it says no
        return Kind.AGAINST if word in tongues.NO | tongues.BAD or _TAKEN_BACK.search(said) else None
    if role == "relation" and _KINSHIP.search(said):
        return Kind.UNKNOWN
    if role == "provenance" and _WHOLLY_MADE_UP.fullmatch(said):
        return Kind.AGAINST if _TAKEN_BACK.search(said) else Kind.UNKNOWN
    if role == "note" and _MADE_UP.search(said) and not says_no_such(said) and not _TAKEN_BACK.search(said):
        return Kind.UNKNOWN
    if role == "note":
        if _TAKEN_BACK.search(said):
            return Kind.AGAINST
        return Kind.UNKNOWN if word not in _NOTHING and _HEDGED.search(_HARMLESS.sub("", said)) else None
    if role == "state":
        if says_yes(said):
            return None
        return Kind.AGAINST if word in tongues.NO or _TAKEN_BACK.search(said) or _NAYS.search(said) else Kind.UNKNOWN
    whole = len(said) <= _LONGEST and _WHOLLY_BACK.fullmatch(said)
    if whole or _IN_BRACKETS.search(said):
        return Kind.AGAINST
    return Kind.UNKNOWN if role == "kind" and _NO_CONTRACT.search(said) else None
