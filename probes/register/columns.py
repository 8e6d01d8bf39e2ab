# SPDX-License-Identifier: Apache-2.0
"""Which column of a register holds what: matched by the names people give their columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIELDS: Mapping[str, tuple[str, ...]] = {
    "application": (
        "应用名称", "示范应用名称", "示范应用", "应用场景名称", "应用场景", "场景名称", "项目名称", "案例名称", "解决方案名称",
        "解决方案", "算法名称", "点位名称", "体验点位", "application", "solution", "demo",
    ),
    "organisation": (
        "企业名称", "单位名称", "机构名称", "组织名称", "公司名称", "应用企业", "应用单位", "推广企业", "合作企业", "企业", "单位",
        "organisation", "organization", "company",
    ),
    "name": ("名称", "name"),
    "uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "uscc"),
    "address": ("注册地址", "住所", "注册住所", "单位地址", "企业地址", "地址", "address"),
    "date": ("合同签订日期", "签订日期", "合同日期", "应用日期", "上线日期", "投用日期", "日期", "date"),
    "document": (
        "合同文件", "证明文件", "证明材料", "佐证文件", "佐证材料", "合同", "附件", "文件", "document", "file",
    ),
    "sha256": ("合同sha256", "文件sha256", "附件sha256", "sha256", "sha-256", "哈希值", "摘要"),
    "category": ("应用行业", "所属行业", "行业", "应用领域", "领域", "industry", "category"),
    "address-document": ("地址证明文件", "地址证明", "住所证明", "addressdocument"),
    "address-sha256": ("地址证明sha256", "住所证明sha256", "addresssha256"),
}  # fmt: skip
"""Field -> the headings it goes by, the more telling first."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Field name -> column index."""

    index: Mapping[str, int]

    def cell(self, row: Sequence[str], field: str) -> str:
        """The row's text in ``field``, stripped; empty when the register has no such column."""
        place = self.index.get(field)
        return "" if place is None else row[place].strip()

    def __contains__(self, field: str) -> bool:
        """Whether the register has this column."""
        return field in self.index

    def applications(self, counted: str, unit: str) -> bool:
        """Whether a row stands for an application, not for an organisation.

        ``counted`` is the profile's word (``applications``, ``organisations`` or empty). Without it the unit of the
        limit decides where both columns exist: 家 counts organisations.
        """
        if counted:
            return counted == "applications"
        if "organisation" not in self or "application" not in self:
            return "application" in self
        return unit != "家"


def fold(heading: str) -> str:
    """A heading for comparison: NFKC, no blanks, lower case, without a remark in brackets."""
    folded = "".join(unicodedata.normalize("NFKC", heading).split()).lower()
    return folded.partition("(")[0] or folded


def match(head: Sequence[str], named: Mapping[str, str]) -> Columns | None:
    """The columns of a head row, or None when the row is no head (no name column, or nothing beside it).

    ``named`` gives a field's exact heading where the profile says so; it wins over the usual names.
    """
    places: dict[str, int] = {}
    for place, heading in enumerate(head):
        places.setdefault(fold(heading), place)
    index: dict[str, int] = {}
    for field, usual in FIELDS.items():
        headings = (named[field],) if field in named else usual
        found = [places[fold(each)] for each in headings if fold(each) in places]
        if found:
            index[field] = found[0]
    generic = index.pop("name", None)
    if generic is not None and not {"application", "organisation"} & index.keys():
        index["organisation" if "uscc" in index else "application"] = generic
    return Columns(index) if len(index) > 1 and {"application", "organisation"} & index.keys() else None
