# SPDX-License-Identifier: Apache-2.0
"""What the columns of a register are called, and whether its rows stand for organisations or for applications."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harness.kit.tables import Columns
from harness.model import Text

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
DOCUMENTS = ("document", "address-document")
KINDS = ("organisation", "application")


def columns(named: Mapping[str, str]) -> Columns:
    """A register has a column of names and something beside it; ``named``: headings as the profile says them."""
    return Columns(FIELDS, [{"organisation", "application", "name"}], Text("登记表", "register"), named, least=2)


def kinds(fields: Collection[str]) -> frozenset[str]:
    """What rows with these columns can stand for. Plain names are organisations' where there are credit codes."""
    found = frozenset(KINDS) & frozenset(fields)
    return found or frozenset({"organisation" if "uscc" in fields else "application"})


def applications(found: Collection[str], counted: str, unit: str) -> bool:
    """Whether a row stands for an application, not for an organisation; ``found``: what it can stand for.

    ``counted`` is the profile's word (``applications``, ``organisations`` or empty). Without it the unit of the
    limit decides where both columns exist: 家 counts organisations.
    """
    if counted:
        return counted == "applications"
    if "organisation" not in found or "application" not in found:
        return "application" in found
    return unit != "家"
