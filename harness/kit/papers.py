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

    ``back``: the line by which it takes itself back: 本证明作废, a draft, a specimen, 合同已终止.
    """

    text: str = ""
    dates: frozenset[date] = frozenset()
    read: bool = False
    back: str = ""

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
    return Paper(text, frozenset(_dates(text)), read=True, back=_taken_back(plain)) if read else Paper()


def may_have_text(name: str) -> bool:
    """Whether a paper of this kind can have a text at all; a picture has none."""
    return _ending(name) in _KINDS


_SPEAKS = re.compile(
    r"作废|作廢|无效|無効|无效|草[稿案]|初稿|样[本张例稿]|樣[本張]|见本|見本|模板|范本|示范文本|征求意见|讨论稿|未签署|未生效|终止|解除|撤[销回]|废止|取消|失效|意向|测试用|模拟|虚构|示例|サンプル|下書き|"
    r"draft|specimen|sample|void|cancelled|canceled|template|example|entwurf|muster|ungültig|annul|sp[ée]cimen|brouillon|anulad|borrador|образец|черновик|무효|초안",
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
_EDGES = " \t\r\n()[]{}（）【】《》<>“”\"'*#-—=·•"
_LONGEST_MARK = 40


def _taken_back(text: str) -> str:
    """The first short line that stands alone and says the paper holds no more, or never did; empty where none does."""
    if _SPEAKS.search(text) is None:
        return ""
    for line in text.splitlines():
        said = unicodedata.normalize("NFKC", line).strip(_EDGES)
        if not said or len(said) > _LONGEST_MARK:
            continue
        if _MARK.fullmatch(said) or (_ENDED.fullmatch(said) and _IF.search(said) is None):
            return said
    return ""


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
