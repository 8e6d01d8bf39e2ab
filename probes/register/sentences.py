# SPDX-License-Identifier: Apache-2.0
"""Every reason a register audit gives, in both languages, under a stable code ``register.<what>``."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model import Reason, Text

SENTENCES: Mapping[str, tuple[str, str]] = {
    # about one row: it is not counted
    "name-missing": ("未填写名称。", "The name is missing."),
    "code-missing": ("未填写统一社会信用代码。", "The social credit code is missing."),
    "code-mangled": (
        "统一社会信用代码 {code} 被电子表格当作数字改写，末几位已丢失；请将该列设为文本后重新填写。",
        "The spreadsheet turned the social credit code into the number {code} and lost its last digits; make the column text and enter it again.",
    ),
    "code-length": (
        "统一社会信用代码 {code} 应为 18 位，实为 {length} 位。",
        "The social credit code {code} has {length} characters instead of 18.",
    ),
    "code-alphabet": (
        "统一社会信用代码 {code} 含有标准字符集以外的字符（GB 32100 不使用 I、O、S、V、Z）。",
        "The social credit code {code} has a character outside the alphabet of GB 32100 (I, O, S, V and Z are not used).",
    ),
    "code-division": (
        "统一社会信用代码 {code} 第 3—8 位不是行政区划数字。",
        "Positions 3 to 8 of the social credit code {code} are not the digits of a division.",
    ),
    "code-check": (
        "统一社会信用代码 {code} 的校验码（GB 32100，模 31）不符。",
        "The check character of the social credit code {code} is wrong (GB 32100, mod 31).",
    ),
    "code-organisation-check": (
        "统一社会信用代码 {code} 内含的组织机构代码校验码（GB 11714，模 11）不符。",
        "The check character of the organisation code inside {code} is wrong (GB 11714, mod 11).",
    ),
    "document-not-named": ("未填写证明文件。", "No document is named."),
    "document-unsafe": (
        "证明文件名“{document}”指向材料文件夹之外，未读取。",
        "The document name {document!r} points outside the folder of documents and was not read.",
    ),
    "document-missing": ("证明文件“{document}”不存在。", "The document {document!r} is not there."),
    "document-changed": (
        "证明文件“{document}”的 SHA-256 与登记值不符，文件已被改动或替换。",
        "The SHA-256 of the document {document!r} is not the registered one: the file was changed or replaced.",
    ),
    "hash-missing": (
        "未登记证明文件“{document}”的 SHA-256。",
        "The SHA-256 of the document {document!r} is not registered.",
    ),
    "date-missing": ("未填写日期。", "The date is missing."),
    "date-unreadable": ("日期“{date}”无法识别。", "The date {date!r} cannot be read."),
    "date-outside": (
        "日期 {date} 不在项目期限 {start} 至 {end} 之内。",
        "The date {date} lies outside the project period {start} to {end}.",
    ),
    "applicant": ("该单位就是申报方本身。", "The organisation is the applicant itself."),
    "member": ("该单位是联合体成员。", "The organisation is a member of the consortium."),
    "duplicate-code": (
        "与第 {other} 行“{other_name}”为同一单位（统一社会信用代码相同）。",
        "It is the same organisation as row {other}, {other_name!r} (same social credit code).",
    ),
    "duplicate-name": (
        "与第 {other} 行同名，重复计列。",
        "It has the same name as row {other} and is listed twice.",
    ),
    "duplicate-document": (
        "与第 {other} 行使用同一份证明文件（SHA-256 相同）。",
        "It is proven by the same document as row {other} (same SHA-256).",
    ),
    "branch-of-listed": (
        "该单位与第 {other} 行“{other_name}”属同一法人（总公司与分公司），只计一次。",
        "It belongs to the same legal person as row {other}, {other_name!r} (company and branch), which counts once.",
    ),
    # about one row: told, still counted
    "branch": (
        "该单位是分支机构，请核对其所属法人是否已另行计列。",
        "The organisation is a branch: check that its legal person is not counted elsewhere.",
    ),
    "individual-business": (
        "该单位登记为个体工商户，是否计作企业请人工确认。",
        "It is registered as an individual business: let a person decide whether it counts as an enterprise.",
    ),
    "address-disagrees": (
        "统一社会信用代码的登记地在武汉（{division}），所填地址“{address}”不在武汉，请以营业执照住所为准核对。",
        "The social credit code was issued in Wuhan ({division}) but the address {address!r} is not there: check the business licence.",
    ),
    "address-undocumented": (
        "所填地址在武汉，但统一社会信用代码的登记地（{division}）不在武汉，且无有效的地址证明文件，不计入武汉。",
        "The address is in Wuhan but the social credit code was issued elsewhere ({division}) and no valid document proves the address: not counted for Wuhan.",
    ),
    "address-attested": (
        "统一社会信用代码的登记地（{division}）不在武汉，凭地址证明文件“{document}”计入武汉。",
        "The social credit code was issued elsewhere ({division}); counted for Wuhan by the address document {document!r}.",
    ),
    "shared-document": (
        "与第 {other} 行使用同一份证明文件，请人工核对。",
        "It is proven by the same document as row {other}: let a person check.",
    ),
    "not-in-document": (
        "证明文件“{document}”正文中未出现该名称或统一社会信用代码，请人工核对。",
        "The text of the document {document!r} mentions neither the name nor the social credit code: let a person check.",
    ),
    # about the register
    "unreadable": ("登记表无法读取：{problem}", "The register cannot be read: {problem}"),
    "no-register": ("没有登记表可供核查。", "There is no register to audit."),
    "no-document-column": (
        "登记表没有证明文件一列，无法逐项核查。",
        "The register has no column that names documents, so its rows cannot be checked.",
    ),
    "no-date-column": (
        "登记表没有日期一列，无法核查是否在项目期限内。",
        "The register has no column of dates, so nothing shows that they lie inside the project period.",
    ),
    "no-code-column": (
        "登记表没有统一社会信用代码一列，无法确认各单位的身份。",
        "The register has no column of social credit codes, so the organisations cannot be told apart.",
    ),
    "no-hash-column": (
        "登记表未登记证明文件的 SHA-256，仅核查了文件是否存在；其摘要由本次取证时计算并封存。",
        "The register gives no SHA-256 of its documents: only their presence was checked; the digests in the bundle were taken when they were recorded.",
    ),
    "flagged": (
        "有 {count} 行需人工核对（见清单）。",
        "{count} rows need a person's look (see the list).",
    ),
    "rejected": (
        "共 {rows} 行，接受 {accepted} 行，剔除 {rejected} 行（逐行理由见清单）。",
        "{rows} rows: {accepted} accepted, {rejected} rejected (the list gives the reason of each).",
    ),
    "unknown-statistic": (
        "登记表核查不支持统计量“{statistic}”（{parameters}）。",
        "A register audit has no statistic {statistic!r} ({parameters}).",
    ),
}


_BRIEF: Mapping[str, tuple[str, str]] = {
    "name-missing": ("缺名称", "no name"),
    "code-missing": ("缺统一社会信用代码", "no social credit code"),
    "code-mangled": ("代码被改写为数字", "code turned into a number"),
    "code-length": ("代码位数不对", "code of a wrong length"),
    "code-alphabet": ("代码含非法字符", "code with a foreign character"),
    "code-division": ("代码区划位有误", "code without a division"),
    "code-check": ("代码校验码不符（GB 32100）", "wrong check character (GB 32100)"),
    "code-organisation-check": ("组织机构代码校验码不符（GB 11714）", "wrong check character (GB 11714)"),
    "document-not-named": ("未填写证明文件", "no document named"),
    "document-unsafe": ("证明文件名越界", "document name points outside"),
    "document-missing": ("证明文件不存在", "document not there"),
    "document-changed": ("证明文件与登记的 SHA-256 不符", "document changed (SHA-256)"),
    "hash-missing": ("未登记 SHA-256", "no SHA-256 registered"),
    "date-missing": ("缺日期", "no date"),
    "date-unreadable": ("日期无法识别", "unreadable date"),
    "date-outside": ("日期不在项目期限内", "date outside the project period"),
    "applicant": ("申报方本身", "the applicant itself"),
    "member": ("联合体成员", "a member of the consortium"),
    "duplicate-code": ("同一单位重复计列（代码相同）", "same organisation twice (code)"),
    "duplicate-name": ("重名", "same name twice"),
    "duplicate-document": ("同一份证明文件重复使用", "same document twice"),
    "branch-of-listed": ("与其总公司或另一分公司重复", "same legal person (branch)"),
}
"""The reasons for striking out a row in a few words, for tables."""


def brief(what: str) -> dict[str, str]:
    """A row's fault in a few words, in both languages."""
    return dict(zip(("zh", "en"), _BRIEF[what], strict=True))


def say(what: str, **facts: object) -> Reason:
    """The reason ``register.<what>`` with its facts filled in; a :class:`Text` among them keeps its language."""
    chinese, english = SENTENCES[what]
    zh = {name: fact.zh if isinstance(fact, Text) else fact for name, fact in facts.items()}
    en = {name: fact.en if isinstance(fact, Text) else fact for name, fact in facts.items()}
    return Reason(f"register.{what}", Text(_fill(chinese, zh), _fill(english, en)))


def _fill(template: str, facts: Mapping[str, object]) -> str:
    """``format`` on our own templates only: values are never interpreted."""
    return template.format(**facts)
