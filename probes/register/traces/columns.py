# SPDX-License-Identifier: Apache-2.0
"""What the columns of a register are called, and whether its rows stand for organisations or for applications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from harness.kit.tables import Columns
from harness.kit.tables.columns import fold
from harness.model import Text

FIELDS: Mapping[str, tuple[str, ...]] = {
    "application": (
        "应用名称", "示范应用名称", "示范应用", "应用场景名称", "应用场景", "场景名称", "项目名称", "案例名称", "解决方案名称",
        "解决方案", "算法名称", "点位名称", "体验点位", "模型名称", "示范名称", "示范项目", "示范场景", "机制名称", "隐私保护机制", "案例",
        "application", "application name", "solution", "demo", "demonstration", "algorithm", "use case", "mechanism",
    ),
    "organisation": (
        "企业名称", "单位名称", "机构名称", "组织名称", "公司名称", "应用企业", "应用单位", "推广企业", "合作企业", "企业全称", "单位全称",
        "公司全称", "客户名称", "客户单位", "用户名称", "用户单位", "使用单位", "甲方名称", "甲方", "需方", "需方名称", "采购方", "采购方名称", "采购单位", "买方", "购买方", "应用方", "使用方", "用户企业", "落地单位", "签约单位", "签约企业", "推广应用企业", "推广应用单位", "委托单位", "接入企业", "服务企业",
        "推广单位", "采用单位", "落地企业", "主体名称", "法人名称", "参与单位", "上链主体", "权利人", "权利人名称", "企业", "单位", "公司", "客户",
        "organisation", "organization", "organisation name", "organization name", "company", "company name", "legal name", "legal entity", "organisation full name", "organization full name", "enterprise",
        "enterprise name", "adopter", "customer", "client", "owner",
    ),
    "name": ("名称", "name", "full name"),
    "uscc": (
        "统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "社会统一信用代码", "统一信用代码", "机构信用代码", "企业信用代码", "单位信用代码", "18位社会信用代码", "18位统一社会信用代码", "统一社会信用码", "社会信用码", "统一社会信用代码/纳税人识别号",
        "纳税人识别号", "税号", "权利人统一社会信用代码", "uscc", "usci", "credit code", "credit_code", "social credit code",
        "unified social credit code", "unified social credit identifier",
    ),
    "former": ("曾用名", "曾用名称", "原名称", "原名", "企业曾用名", "更名前名称", "former name", "previous name", "formerly"),
    "parent": (
        "上级单位", "母公司", "母公司名称", "上级公司", "控股股东", "控股单位", "控股公司", "实际控制人", "所属集团", "股东", "股东单位", "主要股东", "parent", "parent company", "shareholder",
        "holding company", "ultimate parent", "controlling shareholder",
    ),
    "address": (
        "注册地址", "住所", "注册住所", "营业执照住所", "单位地址", "企业地址", "公司地址", "注册地", "注册所在地", "经营地址", "经营场所", "住所地", "企业住所", "单位住所", "所在地", "详细地址", "地址", "address",
        "registered address",
    ),
    "date": (
        "合同签订日期", "合同签署日期", "签订日期", "签署日期", "签约日期", "合同日期", "协议签订日期", "合同签订时间", "签订时间", "签约时间", "签定日期", "签定时间", "合同签定日期", "签署时间", "合同签署时间", "订立日期", "合同订立日期", "签字日期",
        "合同时间", "应用日期", "上线日期", "上线时间", "投用日期", "投用时间", "接入日期", "应用时间", "启用日期", "日期", "时间", "date",
        "contract date", "signing date", "date signed", "signed on", "date of signing", "signature date", "date of signature", "contract signing date", "contract signed on", "date signed on", "signed date", "date of contract",
    ),
    "document": (
        "合同文件", "合同文件名", "合同附件", "协议文件", "证明文件", "证明材料", "佐证文件", "佐证材料", "附件名称", "文件名", "合同扫描件", "附件清单", "合同电子版", "合同文本", "合同文件名称", "证明文件名称", "协议文件名", "佐证文件名", "电子合同", "支撑材料",
        "合同", "协议", "附件", "文件", "佐证", "document", "documents", "file", "file name", "filename", "contract", "contract file",
        "attachment", "evidence", "proof",
    ),
    "sha256": (
        "合同sha256", "文件sha256", "附件sha256", "证明sha256", "sha256", "sha-256", "sha256值", "文件哈希", "合同哈希", "哈希值", "哈希",
        "文件摘要", "摘要值", "校验码", "校验值", "文件校验值", "文件校验码", "文件指纹", "指纹", "sha256校验值", "sha256校验码", "sha256摘要", "sha256哈希", "摘要", "digest", "hash", "contract sha256", "file hash", "sha-256 checksum", "sha256 checksum", "checksum", "file checksum", "sha256 hash", "sha-256 hash", "sha256 digest", "sha-256 digest", "fingerprint", "file sha256",
    ),
    "category": (
        "应用行业", "所属行业", "行业", "应用领域", "领域", "覆盖条件", "测试条件", "场景条件", "道路条件", "工况", "industry", "category", "condition",
        "conditions",
    ),
    "address-document": ("地址证明文件", "地址证明", "住所证明", "营业执照文件", "addressdocument", "address document", "address proof"),
    "address-sha256": ("地址证明sha256", "住所证明sha256", "营业执照sha256", "addresssha256", "address sha256"),
    "vin": ("vin", "车辆识别代号", "车辆识别代码", "车辆识别码", "车架号", "vin码", "vin号", "chassis number"),
    "serial": (
        "终端序列号", "序列号", "设备序列号", "终端编号", "设备编号", "产品序列号", "sn", "sn码", "serial", "serial number", "terminal", "terminal id",
    ),
    "level": (
        "自动驾驶等级", "驾驶自动化等级", "智能驾驶等级", "自动化等级", "驾驶自动化级别", "等级", "级别", "level", "sae level", "automation level",
    ),
    "chip": (
        "芯片型号", "车规级芯片型号", "国产芯片型号", "计算芯片型号", "主控芯片型号", "主芯片型号", "智驾芯片型号", "芯片", "车规级芯片", "计算芯片", "主控芯片",
        "主芯片", "智驾芯片", "芯片名称", "芯片规格", "chip", "chip model", "soc", "soc model", "processor",
    ),
    "component": ("构件类型", "构件名称", "构件类型名称", "构件", "族名称", "族类型", "component", "component type", "component name", "type"),
    "right": (
        "软件著作权登记号", "软著登记号", "著作权登记号", "登记号", "专利号", "专利申请号", "权属编号", "知识产权编号", "权属证书编号", "证书编号",
        "软著号", "right", "patent number", "copyright number", "registration number",
    ),
    "content": ("内容sha256", "模型sha256", "程序sha256", "代码sha256", "算法sha256", "镜像sha256", "制品sha256", "内容哈希", "content sha256", "artifact sha256"),
    "interface": ("接口", "接口地址", "调用接口", "服务地址", "可运行接口", "api", "interface", "endpoint", "url"),
}  # fmt: skip
"""Field -> the headings it goes by, the more telling first."""
DOCUMENTS = ("document", "address-document")
KINDS = ("organisation", "application")
_NAMED = {"organisation", "application", "name", "vin", "serial", "component"}
_WORDS = frozenset(fold(each) for usual in FIELDS.values() for each in usual)
_NUMBERS = ("序号", "编号", "no", "no.", "id", "#")
"""What the column is called that numbers the rows: read by nobody, told by nobody."""
_FEWEST = 2
_LONGEST = 40
_SIGNED = ("签", "合同", "协议", "contract", "sign")


def columns(named: Mapping[str, str]) -> Columns:
    """A register has a column of names and something beside it; ``named``: headings as the profile says them."""
    return Columns(FIELDS, [_NAMED], Text("登记表", "register"), named, least=2, spread=True)


def is_head(row: Sequence[str], form: Columns) -> bool:
    """Whether a row under the head is itself a head: most of what it says are headings."""
    short = [each for each in row if 0 < len(each) < _LONGEST]
    if sum([each.strip().replace(" ", "").lower() in _WORDS for each in short]) < _FEWEST:
        return False
    told = [each for each in row if each.strip()]
    known = sum(fold(each) in _WORDS for each in told)
    return known >= _FEWEST and 2 * known > len(told) and form.match(row) is not None


def is_numbering(heading: str) -> bool:
    """Whether a column only numbers the rows."""
    return fold(heading) in _NUMBERS


def is_signing(heading: str) -> bool:
    """Whether a column of dates says when the contract was signed, so that the contract itself has to say so too."""
    return any(each in fold(heading) for each in _SIGNED)


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
