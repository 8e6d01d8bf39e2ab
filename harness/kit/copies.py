# SPDX-License-Identifier: Apache-2.0
"""Padding: near-copies among things that are counted, found by what they share and told as clusters beside the plain count.

Every indicator that counts shows two numbers: how many are exactly distinct, and how many clusters of near-copies they form.
PASS needs the clusters, FAIL the exactly distinct ones; between them a person has to look at the pairs. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

from harness.kit.census import Mark, groups

_MARKS = re.compile(r"[\W_]+")
UNSEEN = re.compile(
    r"[\s\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
"""Blanks, and characters that nobody sees (Default_Ignorable_Code_Point of Unicode, in the main)."""
_LEGAL = re.compile(
    r"(?:股份有限责任|有限责任|股份有限|股份|有限)?(?:公司|集团)$|(?:CO|COMPANY|CORP|INC|LTD|LLC|LIMITED)+$"
)
_NUMBERED = re.compile(r"第?[0-9一二三四五六七八九十百]+(?:号|期|代|版|批|套|个|次|类|型)?|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]+")
_VERSION = re.compile(r"(?:V|VER|VERSION|版本|版)\d*(?:\.\d+)*|(?<=[^A-Z])[A-Z]$")
_COPY = re.compile(r"(?:副本|复制|拷贝|备份|修订|新版|升级版|COPY|NEW|FINAL)$")
_TOKENS = re.compile(r"[A-Z0-9]+|.")
_RUN = re.compile(r"[A-Z0-9]")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_FEWEST = 4
"""Tokens from which two names of the same ones in another order are taken for one name turned about."""
_MERGED = str.maketrans(
    "於雲臺檯術裡裏機萬與豐廠體據構築價範後準製週隻徵併樑嶽鬆係繫復複誌註佈籤儘摺閤網氣聽黨勝餘寧銲劃擴鐘幾個適礎舊爾嚮捲夥禮蟲親從號還遊麵乾幹願聖獨穀鬥並",
    "于云台台术里里机万与丰厂体据构筑价范后准制周只征并梁岳松系系复复志注布签尽折合网气听党胜余宁焊划扩钟几个适础旧尔向卷伙礼虫亲从号还游面干干愿圣独谷斗并",
)
"""Characters that a simplified one which is itself an old character has taken in."""
_LOOKALIKE = {
    ord(other): one
    for one, others in {
        "A": "АΑɅΛᎪᴀⱭꓮ", "B": "ВΒᏴʙꓐ", "C": "СϹϲᏟᴄꓚ", "D": "ᎠᴅꓓƊ", "E": "ЕЁΕᎬᴇꓰƐ", "F": "Ϝꓝ", "G": "ԌᏀɢꓖꞬ", "H": "НΗҺᎻʜꓧ",
        "I": "ІЇΙӀƖᎥɪꓲ", "J": "ЈͿᎫᴊꓙ", "K": "КΚᏦᴋꓗ", "L": "ᏞʟꓡⳐ", "M": "МΜᎷᴍꓟ", "N": "ΝɴꓠƝ", "O": "ОΟՕᴏꓳⲞ", "P": "РΡᏢᴘꓑ",
        "Q": "Ԛ", "R": "ᎡᏒʀꓣƦ", "S": "ЅՏᏚꜱꓢ", "T": "ТΤᎢᴛꓔ", "U": "ՍᴜꓴႮ", "V": "ѴᏙᴠꓦ", "W": "ԜᎳᴡꓪ", "X": "ХΧꓫ", "Y": "УΥҮʏꓬ", "Z": "ΖᏃᴢꓜ",
        "口": "ロ囗", "工": "エ", "力": "カ", "二": "ニ", "八": "ハ", "卜": "ト", "夕": "タ", "一": "ー", "日": "曰", "己": "已巳", "未": "末",
        "土": "士", "戊": "戌戍", "人": "入", "0": "〇○", "": "\u115f\u1160\u3164\u2800",
    }.items()
    for other in others
}  # fmt: skip
"""Letters of other scripts, and characters, by what a reader takes them for; letters that nobody sees for nothing."""
_ALIKE = (
    (re.compile(r"人工智能|智能化|智慧化|智能|智慧|AI(?![A-Z])"), "智"),
    (re.compile(r"监控|监视|监测|监看"), "监测"),
    (re.compile(r"质量检测|质量检验|检验|检查|检测|质检"), "检测"),
    (re.compile(r"预警|告警|报警|警报"), "警"),
    (re.compile(r"管控|管理|治理"), "管"),
    (re.compile(r"数字化|数智化|信息化|数字"), "数"),
    (re.compile(r"巡视|巡检|巡查"), "巡"),
    (re.compile(r"装备|装置|设备"), "设备"),
    (re.compile(r"维护|运维|维保"), "维"),
)
"""Words that say one thing in the names of applications."""
_IDLE = re.compile(
    r"子系统|子模块|解决方案|示范|典型|应用|项目|场景|方案|平台|系统|软件|模块|工具|服务|基于|面向|关于|[的与及和之]|APPLICATION|PLATFORM|SOLUTION|SYSTEM|PROJECT|DEMO|APP$"
)
"""Words that tell no application from another."""


class Copies(NamedTuple):
    """How many entries there are, how many clusters they form, and the clusters with more than one entry, as indices."""

    exact: int
    clustered: int
    groups: tuple[tuple[int, ...], ...]


def copies(entries: Sequence[Collection[Mark]]) -> Copies:
    """The clusters of entries that share a mark, directly or through others; an entry without marks stands alone."""
    found = groups(entries)
    return Copies(len(entries), len(found), tuple(tuple(each) for each in found if len(each) > 1))


def wording(text: str) -> str:
    """A name without blanks, punctuation, width and case: what is left when only the typing differs."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).upper())


def seen(text: str, *, marks: bool = False) -> str:
    """A name as a reader sees it: the wording, with letters of other scripts that look like Latin ones as those (Cyrillic а, Greek Ο).

    ``marks``: punctuation stays, as in names of machines, where node-1.1 is not node-11.
    """
    if not text.isascii():  # twice, since NFKC makes another letter of some
        text = unicodedata.normalize("NFKC", text.translate(_LOOKALIKE)).upper().translate(_LOOKALIKE)
    return (UNSEEN if marks else _MARKS).sub("", text.upper())


def arrangement(text: str) -> str:
    """The wording whatever the order of its words: 甲乙科技（武汉） and 武汉甲乙科技 have one; short names stand as they are."""
    plain = wording(text)
    tokens = _TOKENS.findall(plain) if _RUN.search(plain) else list(plain)
    return "".join(sorted(tokens)) if len(tokens) >= _FEWEST else plain


def gist(text: str) -> str:
    """The outline without idle words, in one word for all that say the same, in any order: 智慧质检平台 and 质量检测智能系统."""
    plain = outline(
        _BESIDE.sub("", _CITED.sub("", unicodedata.normalize("NFKC", text).upper())) if _HAN.search(text) else text
    )
    for alike, word in _ALIKE:
        plain = alike.sub(word, plain)
    return arrangement(_IDLE.sub("", plain) or plain)


def twins(names: Sequence[str]) -> list[tuple[Mark, ...]]:
    """Of each name the marks that it shares with itself in other characters: 武漢 beside 武汉.

    Two names are one when they are alike but where one has a character of the traditional script alone and the other one
    of the simplified script alone (in Big5 but not in GB 2312, and the other way round).
    """
    plain = [wording(each).translate(_MERGED) for each in names]
    strange = [at for at, each in enumerate(plain) if not _simple(each)]
    found: list[tuple[Mark, ...]] = [()] * len(names)
    if not strange:
        return found
    like: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, each in enumerate(plain):
        like[_skeleton(each)][each].append(at)
    for mine in {plain[at] for at in strange}:
        for other, places in like[_skeleton(mine)].items():
            if all(one == two or _script(one) + _script(two) == 0 for one, two in zip(mine, other, strict=True)):
                for at in {*places, *like[_skeleton(mine)][mine]}:
                    found[at] = (*found[at], ("script", mine))
    return found


def _simple(text: str) -> bool:
    return text.isascii() or _holds("gb2312", text)


@lru_cache(maxsize=8192)
def _script(character: str) -> int:
    """1 for a character of the traditional script alone, -1 of the simplified one alone; 2 for all others."""
    known = (_holds("big5", character), _holds("gb2312", character))
    return {(True, False): 1, (False, True): -1}.get(known, 2)


def _holds(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _skeleton(text: str) -> str:
    return "".join("·" if abs(_script(each)) == 1 else each for each in text)


@lru_cache(maxsize=1 << 17)
def legal_name(text: str) -> str:
    """What is seen of a company's name without its legal form: 有限公司 and 有限责任公司 of one name are near-copies."""
    plain = seen(text)
    return _LEGAL.sub("", plain) or plain


def numbered(text: str) -> str:
    """A number of a thing as a reader takes it: without leading zeros, 号 and # behind it, and letters of other scripts; 1-11 is not 111."""
    return _ZEROS.sub("", seen(text.rstrip("#号"), marks=True)).replace("_", "-")


def outline(text: str) -> str:
    """The wording without numbers, versions and remarks that it is a copy: 质检算法 3 and 质检算法 4 V2.0 have one outline."""
    spaced = unicodedata.normalize("NFKC", text).upper()
    plain = _MARKS.sub("", _VERSION.sub("", spaced.strip()))
    while (shorter := _COPY.sub("", _NUMBERED.sub("", _VERSION.sub("", plain)))) != plain:
        plain = shorter
    return plain or wording(text)


_BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)
_PART = re.compile(r"(?P<parent>.+公司)(?P<place>(?:(?!公司).)+)\Z")
_OWNED = re.compile(r"合伙|独资|个体|国有|集体|控股|上市")
"""What stands in brackets behind 公司 and says whose it is."""
_ONCE = r"(?:曾用名称?|原名称?|前名|原单位名称|原企业名称|前身|旧称|旧名称?|更名前|原|FORMERLYKNOWNAS|FORMERLY|PREVIOUSLY|F/?K/?A|FORMERNAME)[:为是]?"
_FORMER = re.compile(
    rf"[(\[【]{_ONCE}(?P<former>[^()\[\]【】]+)[)\]】]|[,;/、]{_ONCE.replace('|原|', '|')}(?P<later>[^()\[\]【】,;]+)"
)
_PROVINCES = "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆"
_CITIES = (
    "武汉|黄石|十堰|宜昌|襄阳|鄂州|荆门|孝感|荆州|黄冈|咸宁|随州|恩施|仙桃|潜江|天门|石家庄|太原|沈阳|大连|长春|哈尔滨|南京|苏州|无锡|常州|杭州|宁波|温州|合肥|福州|厦门|南昌|济南|青岛|"
    "郑州|洛阳|长沙|株洲|广州|深圳|东莞|佛山|珠海|海口|成都|绵阳|贵阳|昆明|西安|兰州|西宁|呼和浩特|南宁|拉萨|银川|乌鲁木齐"
)
_PLACED = re.compile(
    rf"(?:中国)?(?:(?:{_PROVINCES})(?:省|市|自治区)?)?(?P<city>{_CITIES})市?(?!场|政|民|区|县)(?=..)|(?P<province>{_PROVINCES})(?:省|市)(?!场|政|民|区|县)(?=..)"
)
"""A city in front of a name, with or without its province, 省 and 市."""
_CITED = re.compile(rf"[(\[【](?:{_CITIES})市?[)\]】]")
"""A city in brackets: where the same thing runs once more."""
_FOREIGN = re.compile(r"[A-Z]")
_BESIDE = re.compile(r"[(\[【][A-Z0-9 .,&'/\-]+[)\]】]")
"""What a Chinese name says of itself in Latin letters."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_LEGAL = re.compile(
    r"^(?P<parent>.{3,}?\b(?:LTD|LIMITED|INC|INCORPORATED|CORP|CORPORATION|LLC|PLC|GMBH|AG))\b\.?[ ,(\-]+\S.*$"
)
_FEWEST_LETTERS = 8
"""Latin letters behind or before a Chinese name from which they are a name of their own."""


def branch_of(name: str) -> str:
    """The company that the name of a branch, department or node names, folded; empty for a name that is none of these."""
    plain = present(name)
    found = _BRANCH.match(plain) or _PART.match(plain)
    return "" if found is None or _OWNED.search(found["place"]) else found["parent"]


@lru_cache(maxsize=1 << 17)
def folded(name: str) -> str:
    """A name for comparison: NFKC, no blanks, capitals. Each is asked for by several who look at its row."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def present(name: str) -> str:
    """A folded name without what it says of an earlier one."""
    return _FORMER.sub("", folded(name))


def former(name: str) -> str:
    """The earlier name that a name says beside it, as in （原甲乙公司）, folded; empty where it says none."""
    found = _FORMER.search(folded(name))
    return (found["former"] or found["later"]) if found else ""


@lru_cache(maxsize=1 << 14)
def aliases(name: str) -> frozenset[str]:
    """Every name, without its legal form, that a reader takes an organisation's name for.

    Its present and its former one, that of the company which a branch, a department or a node of it names, each half of a
    name in two languages, and all of them whether 省 and 市 stand in front or not. Two that share one are near-copies.
    """
    spaced = " ".join(unicodedata.normalize("NFKC", name).upper().replace("&", " AND ").split())
    spaced = re.sub(r"^THE ", "", spaced)
    latin = _LATIN_LEGAL.match(spaced) if _HAN.search(spaced) is None else None
    found = {spaced if latin is None else latin["parent"]}
    found |= {each for each in (present(spaced), former(spaced)) if each}
    if _HAN.search(spaced) and _FOREIGN.search(spaced):
        found |= _halves(spaced)
    found |= {parent for each in tuple(found) if (parent := branch_of(each))}
    found |= {
        _PLACED.sub(lambda at: at["city"] or at["province"], each, count=1)
        for each in tuple(found)
        if _PLACED.match(each)
    }
    return frozenset(legal_name(each) for each in found) - {""}


def _halves(spaced: str) -> set[str]:
    """The Chinese half of a name in two languages, and the other one where it is long enough to be a name."""
    chinese = _BESIDE.sub("", spaced)
    found = {chinese} if chinese != spaced and _HAN.search(chinese) else set()
    runs = re.findall(r"[A-Z][A-Z0-9 .,&'/\-]*", spaced)
    longest = max(runs, key=len, default="")
    if sum(each.isalpha() for each in longest) >= _FEWEST_LETTERS:
        found |= {longest.strip(" .,-/"), spaced.replace(longest, "").strip("()[]【】 /")}
    return found
