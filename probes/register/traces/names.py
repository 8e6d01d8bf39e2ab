# SPDX-License-Identifier: Apache-2.0
"""Names that are nobody's."""

from __future__ import annotations

import re

from harness.kit.copies import folded

_GENERIC = re.compile(
    r"(?:(?:中国|湖北|武汉|省|市|区|县)*|(?:科技|技术|信息|数字|智能|网络|软件|电子|实业|商贸|贸易|工程|服务|发展|投资|控股)*)(?:有限|责任|股份|集团|公司|企业|单位|总公司|分公司)*"
    r"|[甲乙丙丁]方|[供需买卖]方|客户|用户|本公司|我公司|我司|贵公司|某.{0,4}(?:公司|企业|单位)|"
    r"(?:CO|COMPANY|CORP|CORPORATION|INC|LTD|LLC|LIMITED|GROUP|TECHNOLOGY|CUSTOMER|CLIENT|BUYER|PARTYA|PARTYB|WUHAN|HUBEI|CHINA)+"
)
_MARKS = re.compile(r"[\W_]+")


def generic(name: str) -> bool:
    """Whether a name tells nobody from others: 有限公司, 科技, 甲方, Co., Ltd."""
    return bool(_GENERIC.fullmatch(_MARKS.sub("", folded(name))))
