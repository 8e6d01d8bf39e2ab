# SPDX-License-Identifier: Apache-2.0
"""What a register says beside its rows: kinds of papers, kinship, terms, worth, lines that part the rows, other names of one organisation."""

import hashlib
import zipfile
from io import BytesIO

import openpyxl
import pytest

from probes.register.analyse import analyse_register
from probes.register.simulators.registers import code
from tests.probes.register.test_analyse import HEAD, PERIOD, Site, reasons

APPLICANT = "武汉申报科技有限公司"


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def waiting(found: dict) -> dict[int, list[str]]:
    return {
        each["row"]: [why.removeprefix("register.") for why in each["reasons"]]
        for each in found["items"]
        if each["undecided"]
    }


def beside(site: Site, heading: str, *words: str) -> dict:
    rows = [[*site.row(at), word] for at, word in enumerate(words, start=1)]
    return site.audit([[*HEAD, heading], *rows])


@pytest.mark.parametrize(
    ("heading", "word", "why"),
    [
        ("合同类型", "合作意向书", "said-unknown"), ("协议性质", "框架协议", "said-unknown"), ("客户类别", "潜在客户", "said-unknown"), ("部署方式", "POC验证", "said-unknown"),
        ("agreement type", "letter of intent", "said-unknown"), ("与申报方关系", "全资子公司", "said-unknown"), ("关联关系", "控股子公司", "said-unknown"),
        ("是否关联企业", "是", "said-unknown"), ("relationship", "wholly-owned subsidiary", "said-unknown"), ("签字盖章", "甲方未盖章", "said-unknown"),
        ("合同到期日", "2022-12-31", "ended-before"), ("有效期至", "2021年12月31日", "ended-before"), ("valid until", "2022-01-01", "ended-before"),
        ("生效日期", "2027-06-01", "begins-after"), ("start date", "2027-06-01", "begins-after"), ("合同金额（万元）", "0", "worth-nothing"),
    ],
)  # fmt: skip
def test_what_is_no_contract_of_a_stranger_in_the_projects_time_waits_for_a_person(site, heading, word, why):
    assert waiting(beside(site, heading, "12", word)) == {2: [why]}


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("合同类型", "技术服务合同"), ("企业类型", "有限责任公司(自然人投资或控股)"), ("企业性质", "国有控股"), ("与申报单位关系", "客户"), ("关联关系", "无关联"), ("是否关联企业", "否"),
        ("relationship", "independent"), ("签字盖章", "双方已盖章"), ("签字", "张三"), ("合同到期日", "2023-12-31"), ("合同有效期", "三年"), ("生效日期", "2023-10-01"),
        ("营业执照有效期至", "2021-01-01"), ("曾用名", "无"), ("母公司", "无"), ("业务类别", "预测性维护"), ("场景类别", "模拟仿真优化"), ("验收情况", "已通过验收"), ("valid until", "2026-08-31"), ("合同金额（万元）", "1,203.40"), ("实施进度", "100%"), ("type", "AI framework"),
    ],
)  # fmt: skip
def test_ordinary_words_of_such_columns_leave_their_rows_alone(site, heading, word):
    found = beside(site, heading, word, word)
    assert (found["accepted"], found["clusters"], waiting(found)) == (2, 2, {})


def one(text: str) -> list[str]:
    return [text, *[""] * 5]


@pytest.mark.parametrize("line", ["以下为意向企业", "二、试用用户", "Prospects (not yet signed)", "以下合同尚未签订"])
def test_rows_below_a_line_that_makes_them_doubtful_wait_until_the_next_line(site, line):
    found = site.audit([HEAD, site.row(1), one(line), site.row(2), site.row(3), one("三、宜昌市"), site.row(4)])
    assert (found["accepted"], waiting(found)) == (2, {3: ["under-line"], 4: ["under-line"]})


@pytest.mark.parametrize("line", ["注：后三家为意向客户，合同待签。", "说明：第2行企业系我公司全资子公司"])
def test_a_line_under_all_rows_or_above_them_makes_each_wait_since_nobody_knows_which_is_meant(site, line):
    for rows in ([HEAD, site.row(1), site.row(2), one(line)], [one(line), HEAD, site.row(1), site.row(2)]):
        assert waiting(site.audit(rows)).keys() >= {1, 2}


@pytest.mark.parametrize(
    "line",
    [
        "武汉某某控股有限公司推广应用企业清单",
        "虚拟现实平台应用企业清单",
        "注：以上企业均已签订正式合同。",
        "注：本表不含意向客户。",
        "取消的合同已剔除",
        "制表单位：武汉试用科技",
        "一、武汉市",
        "Excluding prospects",
        "无关联企业",
    ],
)
def test_a_line_that_denies_it_or_says_who_keeps_the_list_does_no_harm(site, line):
    found = site.audit([HEAD, one(line), site.row(1), site.row(2), one(line)])
    assert (found["accepted"], found["clusters"], waiting(found)) == (2, 2, {})


@pytest.mark.parametrize(
    "name",
    [
        "武汉市江南机械制造有限公司", "湖北省武汉市江南机械制造有限公司", "武汉江南重工有限公司（前名：武汉江南机械制造有限公司）", "武汉江南重工有限公司，曾用名武汉江南机械制造有限公司",
        "Wuhan Jiangnan Machinery Manufacturing Co., Ltd.（武汉江南机械制造有限公司）",
    ],
)  # fmt: skip
def test_an_organisation_by_another_of_its_names_is_a_near_copy(site, name):
    found = site.audit([HEAD, site.row(1, name="武汉江南机械制造有限公司"), site.row(2, name=name)])
    assert (found["accepted"], found["clusters"]) == (2, 1)


def test_a_former_name_in_a_column_of_its_own_makes_a_near_copy(site):
    rows = [
        [*site.row(1, name="武汉江南机械制造有限公司"), ""],
        [*site.row(2, name="武汉新江机械有限公司"), "武汉江南机械制造有限公司"],
    ]
    assert site.audit([[*HEAD, "曾用名"], *rows])["clusters"] == 1


def applications(site: Site, *names: str, remarks: tuple[str, ...] = ()) -> dict:
    rows = []
    for at, name in enumerate(names, start=1):
        company, own, _, day, paper, _ = site.row(at)
        text = f"应用证明\n{name}\n{company}\n{own}\n上线日期：{day}\n"
        (site.folder / paper).write_text(text, "utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        rows.append([name, company, own, day, paper, digest, *remarks[at - 1 : at]])
    head = [
        "示范应用名称",
        "企业名称",
        "统一社会信用代码",
        "上线日期",
        "证明文件",
        "SHA256",
        *(["备注"] if remarks else []),
    ]
    return analyse_register([site.write([head, *rows])], period=PERIOD, rows="applications")["files"][0]


@pytest.mark.parametrize(
    "other",
    ["视觉焊缝缺陷识别（宜昌）", "视觉焊缝缺陷识别 (Weld defects)", "視覺焊縫缺陷識別", "视觉焊缝缺陷识别子系统"],
)
def test_an_application_once_more_elsewhere_in_two_languages_or_scripts_is_a_near_copy(site, other):
    assert applications(site, "视觉焊缝缺陷识别", other, "能耗优化")["clusters"] == 2


@pytest.mark.parametrize(
    "other", ["视觉焊缝缺陷识别（演示版）", "视觉焊缝缺陷识别（规划）", "Weld defects (prototype)"]
)
def test_an_application_whose_name_says_that_there_is_none_does_not_count(site, other):
    assert applications(site, "能耗优化", other)["accepted"] == 1


@pytest.mark.parametrize(
    ("remark", "accepted"),
    [
        ("计划2025年上线", 1), ("shelved since March", 1), ("已并入第二项", 1), ("客户已换用其他系统", 1), ("由申报单位自用", 1), ("运行平稳", 2), ("与生产计划管理模块集成", 2), ("合并报表口径", 2),
    ],
)  # fmt: skip
def test_a_remark_that_takes_an_application_back_makes_it_wait(site, remark, accepted):
    assert applications(site, "视觉焊缝缺陷识别", "能耗优化", remarks=("", remark))["accepted"] == accepted


@pytest.mark.parametrize(
    "name", ["武漢申報科技有限公司", "武汉新科有限公司（原武汉申报科技有限公司）", "武汉市申报科技有限公司"]
)
def test_the_applicant_in_other_characters_or_under_another_name_is_no_adopter(site, name):
    assert reasons(site.audit([HEAD, site.row(1, name=name)], applicant=APPLICANT)) == {1: ["applicant"]}


def test_an_application_at_a_subsidiary_counts_as_one_at_the_applicant_does(site):
    rows = [["能耗优化", *site.row(1, name="武汉申报科技（襄阳）有限公司")]]
    found = analyse_register(
        [site.write([["示范应用名称", *HEAD], *rows])], period=PERIOD, rows="applications", applicant=APPLICANT
    )
    assert found["files"][0]["accepted"] == 1


def test_what_has_the_applicants_name_in_it_or_belongs_to_him_waits(site):
    rows = [
        [*site.row(1, name="武汉申报科技（襄阳）有限公司"), ""],
        [*site.row(2), APPLICANT],
        [*site.row(3), "湖北长河集团有限公司"],
    ]
    found = site.audit([[*HEAD, "母公司"], *rows], applicant=APPLICANT)
    assert waiting(found) == {1: ["party-within"], 2: ["party-within"]}
    assert found["accepted"] == 1


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("有效期：2021-01-01 至 2022-12-31", "document-ended"), ("合同自2027年1月1日起生效", "document-begins"), ("甲方（盖章）：未盖章", "document-taken-back"),
        ("因资金原因系统暂未部署。", "document-taken-back"), ("有效期：2023年9月1日至2026年8月31日", ""), ("附件一：报价单", ""), ("乙方未使用合格材料的，甲方有权拒收。", ""),
    ],
)  # fmt: skip
def test_the_term_and_the_state_of_a_contract_are_read_in_it(tmp_path, more, why):
    (tmp_path / "1.txt").write_text(
        f"技术合同\n甲方：武汉一号有限公司\n{code(1, '420111')}\n签订日期：2023-09-01\n{more}\n", "utf-8"
    )
    (tmp_path / "r.csv").write_text(
        f"企业名称,统一社会信用代码,合同签订日期,合同文件\n武汉一号有限公司,{code(1, '420111')},2023-09-01,1.txt\n",
        "utf-8",
    )
    found = analyse_register([tmp_path / "r.csv"], period=PERIOD)["files"][0]
    assert waiting(found) == ({1: [why]} if why else {})


def test_headings_in_traditional_characters_are_the_same_headings(site):
    head = ["企業名稱", "統一社會信用代碼", "註冊地址", "合同簽訂日期", "合同文件", "SHA256"]
    assert site.audit([head, site.row(1)])["accepted"] == 1


def test_a_row_without_any_height_is_hidden(site):
    book = openpyxl.Workbook()
    for row in (HEAD, site.row(1), site.row(2)):
        book.active.append(row)
    book.active.row_dimensions[3].height = 9
    out, data = BytesIO(), BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(data, "w") as new:
        for each in old.namelist():
            new.writestr(each, old.read(each).replace(b'ht="9"', b'ht="0"'))
    (site.folder / "r.xlsx").write_bytes(data.getvalue())
    found = analyse_register([site.folder / "r.xlsx"], period=PERIOD)["files"][0]
    assert waiting(found) == {2: ["said-hidden"]}
