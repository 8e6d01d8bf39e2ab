# SPDX-License-Identifier: Apache-2.0
"""What a paper says: the text of a contract or statement in TXT, DOCX or PDF, folded so that names, codes and dates are found.

A scan has no text: what it says cannot be told from here, and a person has to look at it. Nothing is guessed from pictures.
"""

from __future__ import annotations

import logging
import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import BytesIO

from harness.kit.tables import cells
from harness.kit.unreadable import UnreadableError

MAX_TEXT = 1024 * 1024
"""Characters that are searched, and bytes of a plain text."""
MAX_PAPER = 32 * 1024 * 1024
"""Bytes of a DOCX or PDF whose text is taken out."""
MAX_PAGES = 300
_FEWEST = 12
"""Characters below which the text of a paper is taken for a stamp or a page number on a scan."""
_UNUSUAL = re.compile(
    r"[\0-\x7f\u3001\u3002\u3008-\u3011\u4e00-\u9fff]?[^\0-\x7f\u3001\u3002\u3008-\u3011\u4e00-\u9fff]+"
)
"""What NFKC may change, with the character in front of it, to which a combining one may belong: most of a text is neither."""
_UNCOMMON = re.compile(r"[^\0-\x7f\u3001\u3002\u3008-\u3011\u4e00-\u9fff\uff01-\uff5e]")
"""Beside these a text has nothing but full-width forms that NFKC would change, each for itself."""
_WIDE = re.compile(r"[\uff01-\uff5e]")
_NARROW = {chr(0xFEE0 + code): chr(code) for code in range(0x21, 0x7F)}
_DATES = (
    re.compile(r"(\d{4})([年./-])(\d{1,2})([月./-])(\d{1,2})日?"),
    re.compile(r"[〇○零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月[一二三四五六七八九十廿]{1,4}日"),
    re.compile(r"(\d{1,2})(?:ST|ND|RD|TH)?([A-Z]{3,9})\.?,?(\d{4})"),
    re.compile(r"([A-Z]{3,9})\.?(\d{1,2})(?:ST|ND|RD|TH)?,(\d{4})"),
)
_MONTH = re.compile(r"JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC")


@dataclass(frozen=True, slots=True)
class Paper:
    """The folded text of a paper (NFKC, no blanks, capitals) and the dates in it; ``read`` is False where it has no text.

    ``back``: the line or clause by which it takes itself back, or says that it is no contract: 本证明作废, a draft, 合同已终止, 报价单, 尚未盖章.
    ``term``: the first and last day on which it says to hold, None for one that it does not say.
    """

    text: str = ""
    dates: frozenset[date] = frozenset()
    read: bool = False
    back: str = ""
    term: tuple[date | None, date | None] = (None, None)

    def mentions(self, *wanted: str) -> bool:
        """Whether one of ``wanted`` stands in it, whatever its width, case and blanks."""
        return any(each and folded(each) in self.text for each in wanted)


def read(name: str, data: bytes) -> Paper:
    """The paper in ``data``; ``name`` says by its ending what it is. Never raises: what cannot be read was not read."""
    kind = _KINDS.get(_ending(name))
    if kind is None or len(data) > MAX_PAPER:
        return Paper()
    plain = kind(data)[:MAX_TEXT]
    text = folded(plain)
    read = len(text) >= (1 if kind is _plain else _FEWEST)
    return (
        Paper(text, frozenset(_dates(text)), read=True, back=_taken_back(plain), term=_term(text)) if read else Paper()
    )


def may_have_text(name: str) -> bool:
    """Whether a paper of this kind can have a text at all; a picture has none."""
    return _ending(name) in _KINDS


_SPEAKS = re.compile(
    r"作废|作廢|无效|無効|无效|草[稿案]|初稿|样[本张例稿]|樣[本張]|见本|見本|模板|范本|示范文本|征求意见|讨论稿|未签署|未生效|终止|解除|撤[销回]|废止|取消|失效|意向|测试用|模拟|虚构|示例|サンプル|下書き|备忘录|框架|[报询]\s*价|纪\s*要|试\s*用|体验|poc|概念验证|保\s*密|邀\s*请|中止|退[款货订]|未中标|通知|投\s*标|建议书|宣传册|解约|拟稿|"
    r"预约|参观|报名|交流|non-?binding|letter|statement|memorandum|m\.?o\.?u|quotation|forma|request|agreement|minutes|notice|unsigned|draft|specimen|sample|void|cancelled|canceled|template|example|entwurf|muster|ungültig|annul|sp[ée]cimen|brouillon|anulad|borrador|образец|черновик|무효|초안",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"(?:已|现已)?(?:作废|作廢|无效|终止|解除)|(?:合同|协议|文件|证明)?(?:草稿|草案|初稿|样本|样张|样例|样稿|樣本|模板|范本|示范文本|征求意见稿|讨论稿)|(?:样本|樣本|样张)[,，、].{0,16}|"
    r"(?:尚)?未(?:签署|生效)|测试用|(?:draft|specimen|sample|void|cancell?ed|template|example)(?: (?:copy|only|document|contract))?|entwurf|muster|ungültig|annulée?|sp[ée]cimen|brouillon|"
    r"anulado|borrador|無効|見本|サンプル|下書き|образец|черновик|무효|초안",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"(?:本|该|此)(?:合同|协议|证明|文件|证书|报告|函|件|订单)(?:[^,。;]{0,12}(?:已|现|业经|自即日起|特此)[^,。;]{0,16})?(?:作废|无效|终止|解除|撤销|撤回|废止|取消|失效)[。.!]?|"
    r"(?:本|该|此)(?:合同|协议|证明|文件|证书|报告|函|件)(?:仅)?(?:为|系)(?:模板|样本|样张|草稿|草案|示例|范本)[。.]?|"
    r"(?:合同|协议|订单)(?:现)?已(?:作废|终止|解除|撤销|取消)[。.!]?|.{0,30}(?:意向书|意向(?:性)?(?:协议|合同))[。.]?|以上(?:内容|所述)?(?:系|为|均为|纯属)(?:模拟|虚构|示例)[。.]?"
)
_IF = re.compile(r"如|若|则|后|时|情形|条件|可以|有权|应当|不得")
"""Of clauses, which say what would be."""
_OTHER = re.compile(
    r"(?!附件|附录|依据|根据|参照|参见|见).{0,30}(?:备忘录|框架(?:性)?(?:协议|合同)|报价(?:单|函|书)|询价(?:单|函|书)|纪要|意向\w{0,6}|(?:试用|体验|poc|概念验证)\w{0,4}(?:协议|合同|申请书?|单|表)|保密协议|邀请函|(?:预约|参观|交流|报名)\w{0,6}(?:表|函|单)|体验版?\w{0,4}(?:授权|许可)|"
    r"(?:解除|终止|中止|解约|撤销|取消|退款|退货|退订|作废)\w{0,8}(?:协议|合同|声明|通知|函|单)|(?:合同|协议|订单)(?:的)?(?:解除|终止|中止|撤销|取消)(?:协议|声明|通知|证明|函)?|"
    r"未中标(?:通知)?|(?:不予|未)(?:通过|受理)\w{0,2}通知|投标(?:文件|函)|建议书|宣传册)(?:书|表|稿)?(?:[(（].{0,12}[)）])?|"
    r".{0,30}(?:letter|statement) of (?:intent|interest).{0,20}|.{0,30}memorandum of understanding.{0,20}|non-?binding .{0,30}|m\.?o\.?u\.?|.{0,20}(?:quotation|pro[- ]?forma invoice|request for (?:quotation|proposal)|"
    r"(?:trial|evaluation|framework|termination|non-?disclosure|confidentiality) agreement|(?:minutes of (?:the )?meeting|meeting minutes)|notice of (?:termination|cancellation)).{0,20}",
    re.IGNORECASE,
)
"""Titles of papers that are no contract: a line that says no more."""
_REMARK = re.compile(
    r"[(（\[【](?:征求意见稿?|讨论稿|草稿|草案|初稿|样稿|样本|模板|范本|意向|试用|拟稿|未签署|未盖章|draft|sample|specimen|unsigned|template)[)）\]】]",
    re.IGNORECASE,
)
_UNDONE = re.compile(
    r"(?:尚未|没有|暂未|仍未|未|待|缺)(?:加?盖(?:公?章|印章)|签字|签章|签署|用印|使用|应用|采用|部署|上线|实施|采购|购买|投入使用|开始使用)|(?:不再|停止|从未|已停止|已停用|已弃用)(?:使用|应用|采用)|"
    r"(?:签字|签章|盖章|签名|公章)(?:栏|处)?(?:为?空白|缺失|空缺)|(?:已|现已)(?:卸载|停用|弃用|退订)|"
    r"仅供投标|不具有?\w{0,2}法律(?:效力|约束力)|(?:合同|协议)状态[:：]\s*已?(?:终止|解除|作废|失效)|自始无效|(?:我|本)(?:单位|公司|司|厂|院|校)\w{0,4}(?:拟|计划|准备|有意)\w{0,8}(?:采用|采购|使用|应用|购买|引进)|"
    r"\b(?:not (?:yet )?(?:signed|used|installed|deployed|in use)|unsigned|counter-?signature (?:outstanding|missing|pending)|no longer (?:used?|in use)|never (?:used|installed|deployed))\b",
    re.IGNORECASE,
)
"""What a paper says was not done; in a contract such words stand in clauses of what would be."""
_MAY_BE = re.compile(
    r"(?<!自始)无效|不生效|不成立|不予|拒|如|若|则|倘|凡|应|得|情形|条件|可以|有权|违约|任何|之前|以前|时|后|的$|的[,，、]|前$|者$|保证|承诺|义务|(?:未|没有)\w{2,4}的|\b(?:if|unless|until|shall|may|where|in case|event|either|any)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[。；;\n\r]+")
_TERM = re.compile(
    r"(?:有效期限?|(?:合同|协议|服务|使用|授权|许可|履行|合作)(?:期限|期间|有效期限?|期)|TERM|VALID(?:ITY)?)(?:为|是)?[::]?(?:自|从|由|FROM)?(?P<from>[^,;。，；]{6,18}?)(?:起|开始)?(?:至|到|止于|~|—+|–|--|-|TO|UNTIL)(?P<to>\d{4}[^,;。，；]{2,9}\d日?)"
)
_BEGINS = re.compile(
    r"(?:自|从|于)(?P<from>\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:起|之日起|日起)?(?:开始)?(?:生效|执行|履行|实施|计算)"
)
_TITLES = 3
"""Lines at the top among which the title stands; further down a quotation or minutes are appendices."""
_EDGES = " \t\r\n()[]{}（）【】《》<>“”\"'*#-—=·•"
_LONGEST_MARK = 40


def _taken_back(text: str) -> str:
    """The first short line that stands alone and says the paper holds no more, or never did; empty where none does."""
    if _SPEAKS.search(text) is not None:
        top = 0
        for line in text.splitlines():
            said = unicodedata.normalize("NFKC", line).strip(_EDGES)
            top += bool(said)
            if not said or len(said) > _LONGEST_MARK:
                continue
            if _MARK.fullmatch(said) or (top <= _TITLES and (_OTHER.fullmatch(_closed(said)) or _REMARK.search(line))):
                return said
            if _ENDED.fullmatch(said) and _IF.search(said) is None:
                return said
    if _UNDONE.search(text) is not None:
        for clause in _CLAUSE.split(text):
            found = _UNDONE.search(clause)
            if found is not None and _MAY_BE.search(clause) is None:
                return " ".join(clause[max(0, found.start() - 16) : found.end() + 8].split())
    return ""


def _closed(title: str) -> str:
    """A title without the blanks that spread its characters: 报 价 单."""
    return title if title.isascii() else "".join(title.split())


def _term(text: str) -> tuple[date | None, date | None]:
    """The days from and to which a folded text says that it holds; None for what it does not say."""
    found = _TERM.search(text)
    if found is not None:
        return _day(found["from"]), _day(found["to"])
    begins = _BEGINS.search(text)
    return (None if begins is None else _day(begins["from"])), None


def _ending(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - asked of every row of long registers


def folded(text: str) -> str:
    """A text for comparison: NFKC, without blanks and invisible characters, in capitals."""
    plain = "".join((text if text.isascii() else _composed(text)).split())
    if not plain.isprintable():  # nothing of category Cf is
        plain = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    return plain.upper()


def _composed(text: str) -> str:
    """NFKC of a text."""
    if _UNCOMMON.search(text) is None:
        return _WIDE.sub(lambda found: _NARROW[found[0]], text)
    return _UNUSUAL.sub(_normal, text)


def _normal(found: re.Match[str]) -> str:
    return _normalised(found[0])


@lru_cache(maxsize=4096)
def _normalised(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _plain(data: bytes) -> str:
    if len(data) > MAX_TEXT:
        return ""
    for encoding in ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return "" if "\0" in text else text
    return ""


def _docx(data: bytes) -> str:
    from harness.kit.tables.xlsx import Archive, parse

    found: list[str] = []
    reading = [False]

    def start(name: str, _: Mapping[str, str]) -> None:
        reading[0] = name == "t"

    def end(name: str) -> None:
        reading[0] = False
        if name == "p":
            found.append("\n")

    def text(characters: str) -> None:
        if reading[0]:
            found.append(characters)

    try:
        body = Archive(data).part("word/document.xml")
        if body:
            parse(body, start, end, text)
    except UnreadableError:
        return ""
    return "".join(found)


def _pdf(data: bytes) -> str:
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings are no message of ours
    found: list[str] = []
    try:
        for page in PdfReader(BytesIO(data)).pages[:MAX_PAGES]:
            found.append(page.extract_text())
            if sum(map(len, found)) > MAX_TEXT:
                break
    except Exception:  # noqa: BLE001 - a stranger's bytes: whatever a reader raises, the paper was not read
        return ""
    return "\n".join(found)


_KINDS = {".txt": _plain, ".md": _plain, ".csv": _plain, ".docx": _docx, ".pdf": _pdf}


def _dates(text: str) -> list[date]:
    found = [_day(each[0]) for form in _DATES[: 2 if "年" in text else 1] for each in form.finditer(text)]
    if _MONTH.search(text):
        found += [_day(f"{each[1]} {each[2]} {each[3]}") for each in _DATES[2].finditer(text)]
        found += [_day(f"{each[2]} {each[1]} {each[3]}") for each in _DATES[3].finditer(text)]
    return [each for each in found if each is not None]


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    """A date as papers write it; those of one register lie within one project."""
    return cells.day(text)
