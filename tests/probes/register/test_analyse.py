# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse register``: rows in order of the reference, and registers in other words and layouts."""

import csv
import hashlib
import json
from pathlib import Path

import openpyxl
import openpyxl.styles
import pytest
from stdnum.cn import uscc as oracle

from harness.errors import UsageError
from harness.kit.tables.workbook import workbook
from harness.kit.unreadable import UnreadableError
from probes.register import analyse
from probes.register.analyse import analyse_register
from probes.register.simulators.registers import RegisterSettings, code, write
from probes.register.traces import contents, worksheet

PERIOD = "2023-05-04:2024-05-03"
HEAD = ["企业名称", "统一社会信用代码", "注册地址", "合同签订日期", "合同文件", "SHA256"]


@pytest.mark.parametrize("register", ["register_a", "register_b"])
@pytest.mark.parametrize("form", ["adopters.csv", "adopters_gbk.csv", "adopters.xlsx"])
@pytest.mark.parametrize("documents", [".", "contracts"])
def test_the_reference_is_reproduced_row_by_row(shared_data, register, form, documents):
    folder = shared_data("ecosystem", register)
    expected = json.loads(shared_data("ecosystem", "expected.json").read_text())[register]
    (found,) = analyse_register([folder / form], documents=folder / documents, period=PERIOD)["files"]
    rows = [(each["row"], each["uscc"], each["wuhan"], each["accepted"]) for each in found["items"]]
    assert rows == [(each["row"], each["uscc"], each["wuhan"], each["counts"]) for each in expected["rows"]]
    counts = (found["accepted"], found["accepted_wuhan"], found["clusters"])
    assert counts == (expected["distinct_valid"], expected["distinct_valid_wuhan"], expected["distinct_valid"])
    titles = 2 if form.endswith("xlsx") else 1
    assert all(each["line"] == each["row"] + titles for each in found["items"])
    assert all(bool(each["reasons"]) != each["accepted"] for each in found["items"])


class Site:
    """A folder with contracts of companies in Wuhan, and the rows that name them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def row(self, number: int, day: str = "", name: str = "") -> list[str]:
        name, paper = name or f"武汉{number}号科技有限公司", self.folder / f"{number}.txt"
        paper.write_text(f"甲方：{name}\n代码 {code(number, '420111')}\n签订于 2023 年 9 月 {number} 日", "utf-8")
        digest = hashlib.sha256(paper.read_bytes()).hexdigest()
        return [name, code(number, "420111"), "武汉市洪山区", day or f"2023-09-{number:02d}", paper.name, digest]

    def write(self, rows: list[list[str]], name: str = "r.csv", encoding: str = "utf-8") -> Path:
        with (self.folder / name).open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows(rows)
        return self.folder / name

    def audit(self, rows: list[list[str]], **options: object) -> dict:
        return analyse_register([self.write(rows)], period=PERIOD, **options)["files"][0]


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def reasons(found: dict) -> dict[int, list[str]]:
    return {
        each["row"]: [why.removeprefix("register.") for why in each["reasons"]]
        for each in found["items"]
        if each["reasons"]
    }


def test_other_words_for_the_same_columns_are_read_and_unknown_ones_are_named(site):
    head = ["*用户单位：", "纳税人识别号", "营业执照住所（全）", "签约时间", "支撑材料", "文件哈希", "神秘列"]
    found = site.audit([head, [*site.row(1), "x"], [*site.row(2), ""]])
    assert (found["accepted"], found["accepted_wuhan"], found["unread_columns"]) == (2, 2, ["神秘列"])


@pytest.mark.parametrize(
    ("day", "read"),
    [
        ("2023-09-05", True), ("2023/9/5", True), ("2023.9.5", True), ("2023年9月5日", True), ("2023 年 9 月 5 日", True),
        ("20230905", True), ("45174", True), ("二〇二三年九月五日", True), ("5 Sep 2023", True), ("September 5, 2023", True),
        ("２０２３－０９－０５", True), ("2023-09-05 10:30:00", True),
        ("9/5/2023", False), ("2023年9月", False), ("23/9/5", False), ("去年", False), ("2023-13-05", False),
    ],
)  # fmt: skip
def test_a_day_is_read_in_every_notation_that_means_one_day_only(site, day, read):
    found = site.audit([HEAD, site.row(5, day)])
    assert reasons(found) == ({} if read else {1: ["date-unreadable"]})


def test_the_contract_itself_has_to_say_the_name_and_the_day(site):
    rows = [site.row(1), site.row(2, "2023-09-03"), site.row(3)]
    (site.folder / "3.txt").write_text("甲方：另一家单位。签订日期：2023-09-03", "utf-8")
    rows[2][5] = hashlib.sha256((site.folder / "3.txt").read_bytes()).hexdigest()
    found = site.audit([HEAD, *rows])
    assert reasons(found) == {2: ["date-not-in-document"], 3: ["not-in-document"]}
    assert found["items"][0]["in_document"] == {"name": True, "code": True, "date": True}


def test_totals_blank_rows_and_repeated_heads_are_no_items(site):
    rows = [
        ["台账"],
        [],
        HEAD,
        site.row(1),
        [""] * 6,
        site.row(2),
        ["小计", "5 家", "", "", "", ""],
        HEAD,
        site.row(3),
        ["合计", "3", "", "", "", ""],
    ]
    found = site.audit(rows)
    assert (found["accepted"], [each["line"] for each in found["items"]]) == (3, [4, 6, 7, 8, 9, 10])
    assert reasons(found) == {3: ["total-row"], 4: ["repeated-head"], 6: ["total-row"]}
    assert "register.total-differs" in {each["event"] for each in found["events"]}


def test_a_second_table_under_the_first_is_refused_with_its_line(site):
    with pytest.raises(UnreadableError, match="Line 3 is another head"):
        site.audit([HEAD, site.row(1), ["应用名称", "企业名称", "证明文件"], ["x", "y", "1.txt"]])


def test_a_head_of_two_rows_and_merged_cells_are_read(site):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["表 1 推广企业台账"])
    sheet.append([*HEAD[:3], "合同信息", None, None])
    sheet.append([None, None, None, *HEAD[3:]])
    first, second = site.row(1), site.row(2)
    sheet.append(first)
    sheet.append([None, None, None, *second[3:]])
    sheet.append(second)
    for cells in ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:F2", "A4:A5", "B4:B5", "C4:C5"):
        sheet.merge_cells(cells)
    book.save(site.folder / "r.xlsx")
    (found,) = analyse_register([site.folder / "r.xlsx"], period=PERIOD)["files"]
    assert reasons(found) == {2: ["not-in-document"]}
    assert [each["line"] for each in found["items"]] == [4, 5, 6]


def test_what_a_spreadsheet_did_to_codes_and_names_is_named(site):
    rows = [site.row(number) for number in (1, 2, 3, 4)]
    rows[0][0] = '=HYPERLINK("http://x","武汉1号科技有限公司")'
    rows[1][1] = "9.14201E+17"
    rows[2][1] = f'="{rows[2][1]}"'
    rows[3][1] = f"'{rows[3][1]}\u200b"
    assert reasons(site.audit([HEAD, *rows])) == {1: ["formula"], 2: ["code-mangled"]}


def test_a_register_without_documents_accepts_no_row(site):
    found = site.audit([["企业名称", "统一社会信用代码", "日期"], [*site.row(1)[:2], "2023-09-01"]])
    assert found["accepted"] == 0
    assert reasons(found) == {1: ["no-document-column"]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("甲,乙\n1,2\n".encode(), "This is no register"),
        (b"PK\x03\x04 no archive", "damaged"),
    ],
)
def test_what_is_no_register_is_refused_with_one_sentence(tmp_path, data, sentence):
    (tmp_path / "r.xlsx").write_bytes(data)
    with pytest.raises(UnreadableError, match=sentence):
        analyse_register([tmp_path / "r.xlsx"])


def test_the_applicant_its_branches_and_members_are_no_adopters(site):
    rows = [site.row(1), site.row(2, name="武汉1号科技有限公司黄陂分公司"), site.row(3)]
    found = analyse_register([site.write([HEAD, *rows])], period=PERIOD, applicant="武汉1号科技有限公司")["files"][0]
    assert reasons(found) == {1: ["applicant"], 2: ["applicant"]}


def test_the_same_organisation_code_under_another_division_is_one_organisation(site):
    rows = [site.row(1), site.row(2)]
    body = rows[0][1][8:17]
    rows[1][1] = "91430104" + body
    from probes.register.traces.uscc import check_character

    rows[1][1] += check_character(rows[1][1])
    text = (site.folder / "2.txt").read_text("utf-8")
    (site.folder / "2.txt").write_text(text + rows[1][1], "utf-8")
    rows[1][5] = hashlib.sha256((site.folder / "2.txt").read_bytes()).hexdigest()
    assert reasons(site.audit([HEAD, *rows])) == {2: ["duplicate-organisation"]}


def test_names_that_differ_in_their_legal_form_alone_are_near_copies(site):
    rows = [site.row(1), site.row(2, name="武汉1号科技有限责任公司"), site.row(3)]
    found = site.audit([HEAD, *rows])
    assert (found["accepted"], found["clusters"], found["near_copies"]) == (3, 2, [[1, 2]])


@pytest.mark.parametrize(
    ("division", "why"),
    [("999999", "division-unknown"), ("420122", "division-former"), ("320594", "division-unknown"), ("100000", "")],
)
def test_a_code_names_a_division_that_exists(site, division, why):
    row = site.row(1)
    row[1] = code(1, division)
    (site.folder / "1.txt").write_text(f"甲方：{row[0]} {row[1]} 2023-09-01", "utf-8")
    row[5] = hashlib.sha256((site.folder / "1.txt").read_bytes()).hexdigest()
    assert reasons(site.audit([HEAD, row])) == ({1: [why]} if why else {})


def test_a_scan_waits_for_an_auditor_whose_worksheet_settles_it(tmp_path):
    write(RegisterSettings(count=3, wuhan=2, defects=("scan", "scan")), tmp_path)
    register, sheet = tmp_path / "organisations.csv", tmp_path / "sheet.xlsx"
    (found,) = analyse_register([register], period=PERIOD, write_worksheet=sheet)["files"]
    assert (found["accepted"], found["undecided"]) == (3, 2)
    assert reasons(found) == {4: ["document-unread"], 5: ["document-unread"]}
    book = openpyxl.load_workbook(sheet)
    page = book.active
    heads = [cell.value for cell in page[1]]
    for line, word in ((2, "属实"), (3, "不属实")):
        for heading, text in (("核查结论", word), ("核查人", "李四"), ("核查日期", "2024-06-01")):
            page.cell(line, heads.index(heading) + 1).value = text
    book.save(sheet)
    (found,) = analyse_register([register], period=PERIOD, worksheet=sheet)["files"]
    assert (found["accepted"], found["undecided"]) == (4, 0)
    assert reasons(found) == {5: ["auditor-refused"]}
    register.write_text(register.read_text("utf-8") + "\n", "utf-8")
    (found,) = analyse_register([register], period=PERIOD, worksheet=sheet)["files"]
    assert found["undecided"] == 2, "a ruling on other bytes is no ruling on these"


@pytest.mark.parametrize(
    ("remark", "day", "strike", "hidden", "accepted"),
    [
        ("与原件一致", "2024-03-01", False, False, 1),
        ("原件未见", "2024-03-01", False, False, 0),
        ("该合同系伪造", "2024-03-01", False, False, 0),
        ("", "2019-03-01", False, False, 0),
        ("", "2024-03-01", True, False, 0),
        ("", "2024-03-01", False, True, 0),
    ],
)
def test_a_ruling_in_doubt_or_older_than_the_contract_settles_nothing(tmp_path, remark, day, strike, hidden, accepted):
    (tmp_path / "a.jpg").write_bytes(b"scan")
    own = code(1, "420111")
    digest = hashlib.sha256(b"scan").hexdigest()
    register, sheet = tmp_path / "r.csv", tmp_path / "w.xlsx"
    register.write_text(
        "企业名称,统一社会信用代码,合同签订日期,合同文件,合同SHA256\n" + f"甲有限公司,{own},2023-09-04,a.jpg,{digest}\n"
    )
    analyse_register([register], period=PERIOD, write_worksheet=sheet)
    book = openpyxl.load_workbook(sheet)
    page = book.active
    head = [each.value for each in page[1]]
    told = {"核查结论": "属实", "核查人": "李四", "核查日期": day, "说明": remark}
    for heading, text in told.items():
        page.cell(2, head.index(heading) + 1, text)
    if strike:
        page.cell(2, head.index("核查结论") + 1).font = openpyxl.styles.Font(strike=True)
    page.row_dimensions[2].hidden = hidden
    book.save(sheet)
    (found,) = analyse_register([register], period=PERIOD, worksheet=sheet)["files"]
    assert found["accepted"] == accepted
    (item,) = found["items"]
    assert ("register.auditor-unclear" in item["flags"]) is not bool(accepted)


def test_many_documents_are_read_by_two_processes_with_the_same_outcome(tmp_path, monkeypatch):
    rows = []
    for number in range(1, 21):
        text = f"甲方：示例{number}有限公司 {code(number, '420111')} 2023-09-04".encode()
        (tmp_path / f"{number}.txt").write_bytes(text)
        digest = hashlib.sha256(text).hexdigest()
        rows.append(f"示例{number}有限公司,{code(number, '420111')},2023-09-04,{number}.txt,{digest}")
    register = tmp_path / "r.csv"
    register.write_text("企业名称,统一社会信用代码,合同签订日期,合同文件,合同SHA256\n" + "\n".join(rows))
    alone = analyse_register([register], period=PERIOD)
    monkeypatch.setattr(analyse, "_MANY", 5)
    monkeypatch.setattr(analyse, "_PILE", 3)
    assert analyse_register([register], period=PERIOD) == alone
    assert alone["files"][0]["accepted"] == 20


def test_a_document_of_more_bytes_than_are_read_is_as_good_as_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MAX_DOCUMENT", 200)
    rows = []
    for number, size in ((1, 200), (2, 201)):
        text = f"甲方：示例{number}有限公司 {code(number, '420111')} 2023-09-04 ".encode().ljust(size)
        (tmp_path / f"{number}.txt").write_bytes(text)
        rows.append(f"示例{number}有限公司,{code(number, '420111')},2023-09-04,{number}.txt")
    (tmp_path / "r.csv").write_text("企业名称,统一社会信用代码,合同签订日期,合同文件\n" + "\n".join(rows))
    (found,) = analyse_register([tmp_path / "r.csv"], period=PERIOD)["files"]
    assert [each["reasons"] for each in found["items"]] == [[], ["register.document-missing"]]


def test_a_worksheet_never_holds_a_formula(tmp_path):
    data = worksheet.worksheet([["r", "d", 2, "c", "=1+1", "doc", "@why"]])
    (tmp_path / "w.xlsx").write_bytes(data)
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "w.xlsx").active for cell in row]
    assert all(cell.data_type in {"s", "n", "inlineStr"} for cell in cells)
    assert data == worksheet.worksheet([["r", "d", 2, "c", "=1+1", "doc", "@why"]])
    assert openpyxl.load_workbook(tmp_path / "w.xlsx").active["E2"].value == "=1+1"


def test_planted_defects_are_found_each_by_its_own_reason(tmp_path):
    planted = ("check", "organisation", "absent", "changed", "date", "duplicate", "other-contract", "scan", "mangled")
    write(RegisterSettings(count=6, wuhan=2, defects=planted, seed=7), tmp_path)
    (found,) = analyse_register([tmp_path / "organisations.csv"], period=PERIOD)["files"]
    assert (found["accepted"], found["accepted_wuhan"]) == (6, 2)
    wanted = ("code-check", "code-organisation-check", "document-missing", "document-changed", "date-outside", "duplicate-code",
              "not-in-document", "document-unread", "code-mangled")  # fmt: skip
    assert [wanted[at] in reasons(found)[7 + at] for at in range(9)] == [True] * 9


def test_generated_codes_are_codes_to_another_implementation():
    assert all(oracle.is_valid(code(number, "420106")) for number in range(1, 200))


def test_several_registers_are_one_list_together(site):
    one, two = (
        site.write([HEAD, site.row(1), site.row(2)], "a.csv"),
        site.write([HEAD, site.row(2), site.row(3)], "b.csv"),
    )
    found = analyse_register([one, two], period=PERIOD)
    assert [each["accepted"] for each in found["files"]] == [2, 2]
    assert found["together"] == {"accepted": 3, "accepted_wuhan": 3, "clusters": 3}


@pytest.mark.parametrize("period", ["2023", "2024-05-03:2023-05-04", "a:b"])
def test_a_period_that_is_none_is_refused(site, period):
    with pytest.raises(UsageError, match="no period"):
        analyse_register([site.write([HEAD, site.row(1)])], period=period)


def test_terminals_are_told_by_their_columns(tmp_path):
    (tmp_path / "a.txt").write_text("证明：1M8GDM9AXKP042788、SN-7、SN-8、SN-9，芯片 X9", "utf-8")
    head = "VIN,终端序列号,自动驾驶等级,芯片型号,证明文件\n"
    rows = "1M8GDM9AXKP042788,,L3,X9,a.txt\n1M8GDM9AXKP042789,,L4,X9,a.txt\n,SN-7,L2+,X9,a.txt\n,SN-8,L3,Y7,a.txt\n,SN-9,L3,,a.txt\n"
    (tmp_path / "t.csv").write_text(head + rows, "utf-8")
    (found,) = analyse_register([tmp_path / "t.csv"])["files"]
    assert found["accepted"] == 1
    assert [each[0] for each in reasons(found).values()] == [
        "vin-check",
        "level-low",
        "chip-not-in-document",
        "chip-missing",
    ]


def test_a_workbook_written_by_us_reads_back_as_it_was():
    from harness.kit.tables.xlsx import book

    rows = book(workbook("页", [["a", 1], ["=b", "<&>"]])).sheets
    assert rows == {"页": [(1, ["a", "1"]), (2, ["=b", "<&>"])]}
