# SPDX-License-Identifier: Apache-2.0
"""Names of organisations: which company a branch belongs to."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)
_PART = re.compile(r"(?P<parent>.+公司)(?P<place>(?:(?!公司).)+)\Z")
_OWNED = re.compile(r"合伙|独资|个体|国有|集体|控股|上市")
"""What stands in brackets behind 公司 and says whose it is."""
_FORMER = re.compile(
    r"[(\[【](?:曾用名|原名称|原名|原|前身|旧称|旧名|更名前|FORMERLY)[:为]?(?P<former>[^()\[\]【】]+)[)\]】]"
)

_GENERIC = re.compile(
    r"(?:(?:中国|湖北|武汉|省|市|区|县)*|(?:科技|技术|信息|数字|智能|网络|软件|电子|实业|商贸|贸易|工程|服务|发展|投资|控股)*)(?:有限|责任|股份|集团|公司|企业|单位|总公司|分公司)*"
    r"|[甲乙丙丁]方|[供需买卖]方|客户|用户|本公司|我公司|我司|贵公司|某.{0,4}(?:公司|企业|单位)|"
    r"(?:CO|COMPANY|CORP|CORPORATION|INC|LTD|LLC|LIMITED|GROUP|TECHNOLOGY|CUSTOMER|CLIENT|BUYER|PARTYA|PARTYB|WUHAN|HUBEI|CHINA)+"
)
_MARKS = re.compile(r"[\W_]+")


def generic(name: str) -> bool:
    """Whether a name tells nobody from others: 有限公司, 科技, 甲方, Co., Ltd."""
    return bool(_GENERIC.fullmatch(_MARKS.sub("", folded(name))))


@lru_cache(maxsize=1 << 17)
def folded(name: str) -> str:
    """A name for comparison: NFKC, no blanks, capitals. Each is asked for by several who look at its row."""
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


@lru_cache(maxsize=1 << 17)
def branch_of(name: str) -> str:
    """The company that the name of a branch or department names, folded; empty for a name that is neither's."""
    plain = present(name)
    found = BRANCH.match(plain) or _PART.match(plain)
    return "" if found is None or _OWNED.search(found["place"]) else found["parent"]


def present(name: str) -> str:
    """A folded name without what it says in brackets of an earlier one."""
    return _FORMER.sub("", folded(name))


def former(name: str) -> str:
    """The earlier name that a name says in brackets, as in （原甲乙公司）, folded; empty where it says none."""
    found = _FORMER.search(folded(name))
    return found["former"] if found else ""
