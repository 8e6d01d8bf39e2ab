# SPDX-License-Identifier: Apache-2.0
"""The register audit end to end: recorded through a sink, audited from what was recorded, counted exactly."""

import hashlib
import json
import random
import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from harness import installed
from harness.decide import decide
from harness.errors import InstrumentError, UsageError
from harness.kit.proofreading import problems
from harness.kit.settings import absent, findings
from harness.kit.unreadable import UnusableError
from harness.model import Criterion, Reading, Rule, Text, Verdict
from harness.plugins import Ask, Asked, Input, Request, Trace
from harness.quantity import Limit
from harness.spec.profile import Organisation, Project
from harness.testing import MemorySink
from probes.register.digests.audit import Audit
from probes.register.instruments.organisations import PROBE
from probes.register.traces.uscc import check_character, organisation_check_character
from probes.register.traces.words import WORDS

PERIOD = (date(2023, 5, 4), date(2024, 5, 3))
NOBODY = Organisation("申报单位", "91110108551385082Q")
MEASURAND = installed.measurand("register.accepted")


def organisation(number, division="420106"):
    """A valid code that never repeats."""
    body = "91" + division + f"MA{number:06d}"
    body += organisation_check_character(body[8:])
    return body + check_character(body)


class Site:
    """A folder with a register and documents that tests spoil in one place."""

    def __init__(self, folder, count=6):
        self.folder = folder
        self.head = ["企业名称", "统一社会信用代码", "注册地址", "合同签订日期", "合同文件", "合同SHA256"]
        self.rows = [self.row(number) for number in range(1, count + 1)]

    def row(self, number, division="420106", address="湖北省武汉市武昌区某路 1 号"):
        code, name = organisation(number, division), f"示例企业{number:02d}有限公司"
        about = f"应用：5G 应用{number}；企业{number % 2} {organisation(number % 2)}"
        text = f"甲方：{name}\n统一社会信用代码：{code}\n合同 {number}\n{about}\n".encode()
        (self.folder / f"{number}.txt").write_bytes(text)
        return [name, code, address, "2023-09-04", f"{number}.txt", hashlib.sha256(text).hexdigest()]

    def agree(self, row):
        """The contract of a row says what the row says now."""
        text = f"甲方：{row[0]}\n统一社会信用代码：{row[1]}\n".encode()
        (self.folder / row[4]).write_bytes(text)
        row[5] = hashlib.sha256(text).hexdigest()

    def write(self, name="register.csv"):
        lines = [",".join(row) for row in [self.head, *self.rows]]
        (self.folder / name).write_text("\n".join(lines), "utf-8")
        return {"register": name}


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    return Site(folder)


def kept(sink, out, settings, source="source"):
    """What a campaign keeps of a recording: a segment, documents beside it, and their digests in the journal."""
    out.mkdir(parents=True, exist_ok=True)
    segment = out / "0001.csv"
    segment.write_bytes(sink.data)
    for name, data in sink.attached.items():
        path = out / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    paths = {name: out / "documents" / name for name in sink.attached}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sink.attached.items()}
    return Trace("s03.adopters", source, PROBE.name, 1, (segment,), settings, paths, digests)


def record(config, folder, out, source="source"):
    settings = PROBE.settings.parse(config)
    assert absent(settings, folder) == []
    live = PROBE.source(settings, folder)
    live.preflight()
    sink = MemorySink(folder)
    live.record(sink)
    return kept(sink, out, settings, source)


def request(limit=">= 5 家", **parameters):
    reading = Reading("rows", Text("登记", "rows"), "register.accepted", "count", parameters, default=True)
    risk = Fraction(5, 100)
    return Request("s03.adopters", reading, limit and Limit.parse(limit), Rule.GUARDED, risk, risk)


def summary(trace, period=PERIOD, applicant=NOBODY, members=()):
    project = period and Project("项目", applicant, members, *period, "武汉")
    asked = Asked((), trace.settings, project, trace.digests)
    return reduce(Audit.merge, [PROBE.summarise(chunk, asked) for chunk in PROBE.chunks(trace)])


class Found:
    """An outcome with its lists by name, each a list of rows by column."""

    def __init__(self, inputs, asked):
        ask = Ask("s03.adopters", (asked.reading,), (asked.limit,) if asked.limit else ())
        view = installed.resolve(MEASURAND.view)(inputs, ask)
        self.outcome = installed.resolve(MEASURAND.statistics["count"])(view, asked)
        self.shown = installed.resolve(MEASURAND.show)(view, self.outcome, asked)
        keys = {each.key: [column.key for column in each.columns] for each in self.shown.listings}
        self.listing = {
            each.key: [dict(zip(keys[each.key], row, strict=True)) for row in each.rows] for each in self.shown.listings
        }

    def __getattr__(self, name):
        return getattr(self.outcome, name)


def outcome(trace, asked=None, **context):
    return Found([Input(PROBE.name, trace.source, summary(trace, **context), trace)], asked or request())


def audit(site, tmp_path, asked=None, **context):
    return outcome(record(site.write(), site.folder, tmp_path / "out"), asked, **context)


def why(found, kind="rejected", part="reasons"):
    return {row["row"]: [each.code.removeprefix("register.") for each in row[part]] for row in found.listing[kind]}


@pytest.mark.parametrize("register", ["register_a", "register_b"])
@pytest.mark.parametrize("form", ["adopters.csv", "adopters_gbk.csv", "adopters.xlsx"])
def test_the_reference_registers_give_the_reference_counts_in_every_form(shared_data, tmp_path, register, form):
    folder = shared_data("ecosystem", register)
    expected = json.loads(shared_data("ecosystem", "expected.json").read_text())[register]
    trace = record({"register": form}, folder, tmp_path)
    context = {"period": tuple(date.fromisoformat(day) for day in expected["window"])}
    for asked, wanted in [(request(), "distinct_valid"), (request(where="wuhan"), "distinct_valid_wuhan")]:
        found = outcome(trace, asked, **context).estimate
        assert (found.value, found.lower, found.upper) == (expected[wanted],) * 3
    reasons = why(outcome(trace, **context))
    names = {
        "badcheck": "code-check",
        "orgbad": "code-organisation-check",
        "nocontract": "document-missing",
        "hash": "document-changed",
        "date": "date-outside",
        "duplicate": "duplicate-code",
    }
    wanted = {row["row"]: names[row["kind"]] for row in expected["rows"] if not row["counts"]}
    assert reasons.keys() == wanted.keys()
    for row, name in wanted.items():
        assert name in reasons[row]


def test_the_three_forms_of_a_register_give_the_same_lists(shared_data, tmp_path):
    folder = shared_data("ecosystem", "register_a")
    found = []
    for form in ["adopters.csv", "adopters_gbk.csv", "adopters.xlsx"]:
        listing = outcome(record({"register": form}, folder, tmp_path / form)).listing
        for row in (row for rows in listing.values() for row in rows):
            assert row.pop("line") > row["row"]  # the forms differ in the titles above the head
        found.append(str(listing).replace(form, ""))
    assert found[0] == found[1] == found[2]


def test_a_clean_register_counts_every_row_and_decides(site, tmp_path):
    found = audit(site, tmp_path)
    assert found.estimate.value == 6
    assert found.estimate.unit == "家"
    assert found.listing["rejected"] == []
    limit = Limit.parse(">= 6 家")
    criterion = Criterion(request().reading, limit, Rule.GUARDED, Fraction(95, 100))
    assert decide(found.outcome, criterion).verdict is Verdict.PASS
    criterion = Criterion(request().reading, Limit.parse(">= 7 家"), Rule.STRINGENT, Fraction(999, 1000))
    surely = replace(request(">= 7 家"), alpha=Fraction(1, 1000), beta=Fraction(1, 1000))
    assert decide(audit(site, tmp_path / "again", surely).outcome, criterion).verdict is Verdict.FAIL


SPOILED = {
    "code-missing": {1: ""},
    "code-length": {1: "9142"},
    "code-alphabet": {1: "91420106MAO00001XX"},
    "code-mangled": {1: "9.14201E+17"},
    "name-missing": {0: ""},
    "date-outside": {3: "2022-11-30"},
    "date-missing": {3: ""},
    "date-unreadable": {3: "去年"},
    "document-not-named": {4: ""},
    "document-missing": {4: "absent.pdf"},
    "document-unsafe": {4: "../register.csv"},
    "document-changed": {5: "0" * 64},
    "hash-missing": {5: ""},
}


@pytest.mark.parametrize("reason", SPOILED)
def test_one_spoiled_cell_costs_exactly_its_row_and_says_why(site, tmp_path, reason):
    for place, text in SPOILED[reason].items():
        site.rows[2][place] = text
    found = audit(site, tmp_path)
    assert found.estimate.value == 5
    assert why(found) == {3: [reason]}
    sentence = found.listing["rejected"][0]["reasons"][0].text
    assert sentence.zh.endswith("。")
    assert sentence.en.endswith(".")


@pytest.mark.parametrize("name", ["/etc/hostname", "..\\..\\etc\\hostname", "C:/boot.ini", "a/../../x", "x" * 300])
def test_a_document_outside_the_folder_is_never_read(site, tmp_path, name):
    site.rows[0][4] = name
    trace = record(site.write(), site.folder, tmp_path / "out")
    assert sorted(trace.documents) == [f"{n}.txt" for n in range(2, 7)]
    assert why(outcome(trace)) == {1: ["document-unsafe"]}


def test_a_link_out_of_the_folder_counts_as_absent(site, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (site.folder / "1.txt").unlink()
    (site.folder / "1.txt").symlink_to(secret)
    assert why(audit(site, tmp_path)) == {1: ["document-missing"]}


def test_what_the_journal_says_of_a_document_is_what_rows_are_held_against(site, tmp_path):
    trace = record(site.write(), site.folder, tmp_path / "out")
    assert why(outcome(replace(trace, digests={**trace.digests, "4.txt": "0" * 64}))) == {4: ["document-changed"]}


def test_a_summary_needs_no_file_but_its_own_piece(site, tmp_path):
    trace = record(site.write(), site.folder, tmp_path / "out")
    asked = Asked((), trace.settings, None, trace.digests)
    first, *others = PROBE.chunks(trace)
    for path in [each.path for each in others]:
        path.unlink()
    shutil.rmtree(site.folder)
    assert len(PROBE.summarise(first, asked).entries) == 6
    assert not any(str(tmp_path) in str(each.detail) for each in [first, *others])


def test_neither_the_applicant_nor_a_member_counts(site, tmp_path):
    found = audit(
        site,
        tmp_path,
        applicant=Organisation("申报单位", f" {organisation(1).lower()}"),
        members=(Organisation("成员", organisation(2)),),
    )
    assert why(found) == {1: ["applicant"], 2: ["member"]}


def test_one_organisation_counts_once_whatever_it_is_called(site, tmp_path):
    site.rows[1][1] = site.rows[0][1].lower()
    site.agree(site.rows[1])
    site.rows[3][0] = site.rows[2][0].replace("有限", " 有限")
    found = audit(site, tmp_path)
    assert why(found) == {2: ["duplicate-code"], 4: ["duplicate-name"]}
    assert "示例企业01有限公司" in found.listing["rejected"][0]["reasons"][0].text.zh


def test_the_table_of_reasons_counts_every_rejected_row(site, tmp_path):
    site.rows[0][4] = site.rows[1][4] = "absent.txt"
    site.rows[2][3] = "2020-01-01"
    (figure,) = audit(site, tmp_path).shown.figures
    assert [row[1:] for row in figure.data["rows"]] == [(1, "3"), (2, "1, 2")]
    assert figure.data["rows"][1][0] == Text("证明文件不存在", "document not there")


def test_every_fault_of_a_row_has_its_brief_form():
    keys = list(WORDS.entries)
    assert [f"brief-{each}" for each in keys[: keys.index("branch")]] == [each for each in keys if "brief-" in each]


def test_the_words_of_the_domain_and_its_source_agree():
    assert problems("probes.register") == []


def test_a_contract_that_names_a_row_but_states_the_code_of_another_waits_for_a_person(site, tmp_path):
    site.rows[1][0] = site.rows[0][0].removeprefix("示例")
    site.rows[1][4:] = site.rows[0][4:]
    found = audit(site, tmp_path)
    assert why(found, "undecided") == {2: ["code-of-another"]}
    assert (found.estimate.lower, found.estimate.upper) == (5, 6)


@pytest.mark.parametrize(
    ("authority", "body"), [("00", "MA000091"), ("99", "MA000091"), ("Y9", "MA000091"), ("91", "00000000")]
)
def test_a_code_of_no_known_authority_and_a_placeholder_wait_for_a_person(site, tmp_path, authority, body):
    code = f"{authority}420106{body}"
    code += organisation_check_character(body)
    site.rows[1][1] = code + check_character(code)
    site.agree(site.rows[1])
    assert why(audit(site, tmp_path), "undecided") == {2: ["code-implausible"]}


@pytest.mark.parametrize("name", ["有限公司", "科技", "甲方", "武汉", "数字科技有限公司", "Co. Ltd.", "某企业"])
def test_a_general_word_is_nobodys_name(site, tmp_path, name):
    site.rows[1][0] = name
    assert why(audit(site, tmp_path)) == {2: ["name-generic"]}


@pytest.mark.parametrize("name", ["中国电子科技集团公司", "武汉科技大学", "湖北投资甲有限公司", "华为"])
def test_a_short_name_of_somebody_is_one(site, tmp_path, name):
    site.rows[1][0] = name
    site.agree(site.rows[1])
    assert why(audit(site, tmp_path)) == {}


def test_a_name_that_only_ends_a_longer_one_in_its_contract_waits_for_a_person(site, tmp_path):
    for row, said in ((0, "甲方：江汉长河铸造有限公司"), (1, "甲方：长河铸造有限公司"), (2, "由长河铸造有限公司委托")):
        text = f"{said}\n合同第 {row} 号\n".encode()
        (site.folder / site.rows[row][4]).write_bytes(text)
        site.rows[row][0], site.rows[row][5] = "长河铸造有限公司", hashlib.sha256(text).hexdigest()
    found = audit(site, tmp_path)
    assert why(found, "undecided") == {1: ["name-within-another"]}


@pytest.mark.parametrize("part", ["武昌营业部", "第二项目部", "研发中心", "（洪山）"])
def test_a_part_of_a_listed_company_counts_once_with_it(site, tmp_path, part):
    site.rows[1][0] = site.rows[0][0] + part
    site.agree(site.rows[1])
    assert why(audit(site, tmp_path)) == {2: ["branch-of-listed"]}


@pytest.mark.parametrize(
    "name",
    ["武漢東風示例技術有限公司", "东风示例技术（武汉）有限公司", "汉阳新名有限公司（原武汉东风示例技术有限公司）"],
)
def test_one_organisation_in_other_characters_order_or_under_its_new_name_is_a_near_copy(site, tmp_path, name):
    site.rows[0][0], site.rows[1][0] = "武汉东风示例技术有限公司", name
    site.agree(site.rows[0])
    site.agree(site.rows[1])
    found = audit(site, tmp_path)
    assert why(found) == {}
    assert (found.estimate.lower, found.estimate.value) == (5, 6)


def test_a_repeated_organisation_counts_by_the_row_that_is_in_order(site, tmp_path):
    site.rows[1][1] = site.rows[0][1]
    site.agree(site.rows[1])
    site.rows[0][4] = "absent.txt"
    found = audit(site, tmp_path)
    assert why(found) == {1: ["document-missing"]}
    assert found.estimate.value == 5


def test_a_branch_is_flagged_and_never_counts_beside_its_company(site, tmp_path):
    site.rows[1][0] = "示例企业01有限公司武汉分公司"
    site.rows[3][0] = "外省集团有限公司武汉分公司"
    found = audit(site, tmp_path)
    assert why(found) == {2: ["branch-of-listed"]}
    assert "branch" in why(found, "accepted", "flags")[4]


def test_two_branches_of_one_company_count_once(site, tmp_path):
    site.rows[1][0] = "外省集团有限公司黄石分公司"
    site.rows[3][0] = "外省集团有限公司武汉分公司"
    assert why(audit(site, tmp_path)) == {4: ["branch-of-listed"]}


def test_a_contract_of_two_is_flagged_and_a_near_copy_and_one_of_another_proves_nothing(site, tmp_path):
    site.rows[1][4:] = site.rows[0][4:]
    assert why(audit(site, tmp_path)) == {2: ["not-in-document"]}
    both = (site.folder / "1.txt").read_bytes() + (site.folder / "2.txt").read_bytes()
    (site.folder / "1.txt").write_bytes(both)
    for row in site.rows[:2]:
        row[4:] = "1.txt", hashlib.sha256(both).hexdigest()
    found = audit(site, tmp_path / "both", request(">= 6 家"))
    assert why(found, "accepted", "flags")[2] == ["shared-document"]
    assert (found.estimate.value, found.estimate.lower, found.estimate.upper) == (6, 5, 6)
    assert [each.reason.code for each in found.lacks] == ["register.left-open"]


def test_wuhan_is_the_division_of_the_code(site, tmp_path):
    site.rows[0] = site.row(1, "430104", "湖南省长沙市岳麓区")
    site.rows[1] = site.row(2, "420100")
    found = audit(site, tmp_path, request(">= 2 家", where="wuhan"))
    assert found.estimate.value == 5
    assert [row["row"] for row in found.listing["elsewhere"]] == [1]


def test_an_address_in_wuhan_counts_only_with_its_document(site, tmp_path):
    site.rows[0] = site.row(1, "430104")
    wuhan = request(">= 2 家", where="wuhan")
    found = audit(site, tmp_path, wuhan)
    assert found.estimate.value == 5
    assert why(found, "elsewhere", "flags")[1] == ["address-undocumented"]
    site.head += ["地址证明", "地址证明SHA256"]
    proof = b"lease"
    (site.folder / "lease.pdf").write_bytes(proof)
    site.rows = [[*row, "", ""] for row in site.rows]
    site.rows[0][-2:] = ["lease.pdf", hashlib.sha256(proof).hexdigest()]
    found = audit(site, tmp_path / "second", wuhan)
    assert found.estimate.value == 6
    assert why(found, "accepted", "flags")[1] == ["address-attested"]
    site.rows[0][-1] = "0" * 64
    assert audit(site, tmp_path / "third", wuhan).estimate.value == 5


def test_a_wuhan_code_with_an_address_elsewhere_is_flagged(site, tmp_path):
    site.rows[0] = site.row(1, "420106", "北京市海淀区武汉路")
    found = audit(site, tmp_path, request(where="wuhan"))
    assert found.estimate.value == 6
    assert why(found, "accepted", "flags")[1] == ["address-disagrees"]
    assert "register.flagged" in {each.code for each in found.remarks}


def test_two_registers_are_one_list_with_duplicates_across_files(site, tmp_path):
    first = record(site.write(), site.folder, tmp_path / "one", "a")
    site.rows = [site.row(6), site.row(7)]
    second = record(site.write("more.csv"), site.folder, tmp_path / "two", "b")
    one, two = summary(first), summary(second)
    inputs = [Input(PROBE.name, "a", one, first), Input(PROBE.name, "b", two, second)]
    found = Found(inputs, request())
    assert found.estimate.value == 7
    assert found.listing["rejected"][0]["register"] == "b/more.csv"
    assert "a/register.csv:6" in found.listing["rejected"][0]["reasons"][0].text.en
    assert found.outcome == Found(inputs[::-1], request()).outcome
    assert found.listing == Found(inputs[::-1], request()).listing


def test_merging_is_associative_and_in_any_order(site, tmp_path):
    parts = []
    for number in range(4):
        random.Random(number).shuffle(site.rows)
        trace = record(site.write(f"{number}.csv"), site.folder, tmp_path / str(number), f"s{number}")
        parts.append(summary(trace))
    a, b, c, d = parts
    whole = a.merge(b).merge(c).merge(d)
    assert whole == d.merge(c.merge(b.merge(a))) == c.merge(a).merge(d.merge(b))
    assert Found([Input(PROBE.name, "s", whole, trace)], request()).estimate.value == 6


def test_one_more_rejected_row_never_raises_the_count(site, tmp_path):
    counts = []
    for number in range(6):
        site.rows[number][5] = "f" * 64
        counts.append(audit(site, tmp_path / str(number)).estimate.value)
    assert all(later == earlier - 1 for earlier, later in pairwise([6, *counts]))


def test_applications_without_codes_are_distinct_by_name_and_by_document(site, tmp_path):
    site.head = ["应用名称", "证明文件"]
    site.rows = [[f"5G 应用{number}", f"{number}.txt"] for number in range(1, 7)]
    site.rows[1][0] = "５Ｇ应用1"
    site.rows[3][1] = "3.txt"
    for number, names in ((2, "5G 应用1"), (3, "5G 应用3 与 5G 应用4")):
        (site.folder / f"{number}.txt").write_text(f"示范应用：{names}", "utf-8")
    found = audit(site, tmp_path, request(">= 5 个"), period=None)
    assert found.estimate.value == 4
    assert found.estimate.unit == "个"
    assert why(found) == {2: ["duplicate-name"], 4: ["duplicate-document"]}
    assert "register.no-hash-column" in {each.code for each in found.remarks}


def test_applications_at_one_organisation_and_at_the_applicant_all_count(site, tmp_path):
    site.head = ["应用名称", "统一社会信用代码", "日期", "证明文件"]
    site.rows = [[f"应用{n}", organisation(1), "2023-09-04", f"{n}.txt"] for n in range(1, 7)]
    site.rows[5][1] = "91420106MA000001XX"
    found = audit(site, tmp_path, request(">= 5 个"), applicant=Organisation("申报单位", organisation(1)))
    assert found.estimate.value == 5
    assert list(why(found)) == [6]


@pytest.mark.parametrize(
    ("config", "limit", "value"), [({}, ">= 5 家", 2), ({}, ">= 5 个", 6), ({"rows": "organisations"}, ">= 5 个", 2)]
)
def test_a_register_of_both_counts_what_the_clause_counts(site, tmp_path, config, limit, value):
    site.head = ["应用名称", "企业名称", "统一社会信用代码", "日期", "证明文件"]
    site.rows = [[f"应用{n}", f"企业{n % 2}", organisation(n % 2), "2023-09-04", f"{n}.txt"] for n in range(1, 7)]
    trace = record(site.write() | config, site.folder, tmp_path / "out")
    assert outcome(trace, request(limit)).estimate.value == value


@pytest.mark.parametrize(("column", "code"), [(4, "no-document-column"), (3, "no-date-column"), (1, "no-code-column")])
def test_a_register_without_a_needed_column_is_never_a_pass(site, tmp_path, column, code):
    site.head[column] = "备注"
    found = audit(site, tmp_path, request(">= 1 家"))
    assert f"register.{code}" in {each.reason.code for each in found.lacks}
    criterion = Criterion(request().reading, Limit.parse(">= 1 家"), Rule.GUARDED, Fraction(95, 100))
    assert decide(found.outcome, criterion).verdict is Verdict.INCONCLUSIVE


def test_unusual_headings_are_named_in_the_profile(site, tmp_path):
    site.head[1] = "证照号"
    trace = record(site.write() | {"columns": {"uscc": "证照号"}}, site.folder, tmp_path / "out")
    assert outcome(trace).estimate.value == 6


def test_documents_may_stand_in_a_folder_of_their_own(site, tmp_path):
    papers = site.folder / "papers"
    papers.mkdir()
    for path in site.folder.glob("*.txt"):
        shutil.move(path, papers)
    trace = record(site.write() | {"documents": "papers"}, site.folder, tmp_path / "out")
    assert outcome(trace).estimate.value == 6


def test_several_documents_of_a_row_are_all_required(site, tmp_path):
    site.rows[0][4:] = ["1.txt; absent.txt", f"{site.rows[0][5]};{'0' * 64}"]
    site.rows[1][4:] = ["2.txt；3.txt", f"{site.rows[1][5]};{site.rows[2][5]}"]
    assert why(audit(site, tmp_path)) == {1: ["document-missing"]}


def test_two_readers_of_one_register_may_count_organisations_and_applications(site, tmp_path):
    site.head = ["应用名称", "企业名称", "统一社会信用代码", "日期", "证明文件"]
    site.rows = [[f"应用{n}", f"企业{n % 2}", organisation(n % 2), "2023-09-04", f"{n}.txt"] for n in range(1, 7)]
    trace = record(site.write(), site.folder, tmp_path / "out")
    both = [Input(PROBE.name, trace.source, summary(trace), trace)]
    assert Found(both, request(">= 5 家")).estimate.value == 2
    assert Found(both, request(">= 5 个")).estimate.value == 6


def test_a_register_cut_off_by_a_kill_is_completed_on_resume(site, tmp_path):
    settings = PROBE.settings.parse(site.write())
    whole = (site.folder / "register.csv").read_bytes()
    for cut in (0, 1, 40, len(whole) - 1, len(whole)):
        sink = MemorySink(site.folder, segments=[bytearray(whole[:cut])])
        segment = tmp_path / "0001.csv"
        segment.write_bytes(whole[:cut])
        assert PROBE.whole(segment) == cut
        PROBE.source(settings, site.folder).record(sink)
        assert sink.data == whole


def test_a_register_changed_during_an_interruption_is_not_mixed(site, tmp_path):
    former = {"file": "register.csv", "sha256": "0" * 64, "bytes": 3}
    sink = MemorySink(site.folder, {"files": [former]})
    with pytest.raises(InstrumentError, match="changed while the recording was interrupted"):
        PROBE.source(PROBE.settings.parse(site.write()), site.folder).record(sink)
    assert sink.position == 0


def test_absent_documents_are_journalled(site, tmp_path):
    site.rows[0][4] = "absent.txt"
    sink = MemorySink(site.folder)
    PROBE.source(PROBE.settings.parse(site.write()), site.folder).record(sink)
    kind, body = sink.events[-1]
    assert kind == "documents.recorded"
    assert body["absent"] == ["absent.txt"]


def test_columns_that_nobody_reads_are_told(site, tmp_path):
    site.head.append("备注")
    site.rows = [[*row, "x"] for row in site.rows]
    (told,) = [each for each in audit(site, tmp_path).remarks if each.code == "register.unread-columns"]
    assert told.facts["names"] == ["备注"]


def test_a_row_with_one_cell_too_many_is_refused_with_its_line_and_never_shifts_the_others(site, tmp_path):
    site.rows[2].append("x")
    with pytest.raises(UnusableError, match=r"register.csv:4: This row has 7 cells, the head 6"):
        record(site.write(), site.folder, tmp_path / "out")


def test_a_workbook_is_recorded_as_a_workbook(site):
    book = openpyxl.Workbook()
    book.active.append(site.head)
    book.active.append(site.rows[0])
    book.save(site.folder / "register.xlsx")
    live = PROBE.source(PROBE.settings.parse({"register": "register.xlsx"}), site.folder)
    live.preflight()
    assert live.extension == "xlsx"


def test_an_unreadable_register_is_refused_before_and_invalid_after(site, tmp_path):
    (site.folder / "register.csv").write_bytes(b"PK\x03\x04 no workbook")
    settings = PROBE.settings.parse({"register": "register.csv"})
    with pytest.raises(UnusableError, match="damaged"):
        PROBE.source(settings, site.folder).preflight()
    trace = Trace("s03.adopters", "a", PROBE.name, 1, (site.folder / "register.csv",), settings)
    found = outcome(trace)
    assert found.estimate is None
    assert [each.code for each in found.invalid] == ["register.unreadable"]
    assert "损坏" in found.invalid[0].text.zh
    assert "damaged" in found.invalid[0].text.en


def test_no_register_and_unknown_questions_are_never_a_pass(site, tmp_path):
    none = Found([], request(">= 1 家"))
    assert none.lacks[0].reason.code == "register.no-register"
    criterion = Criterion(request().reading, Limit.parse(">= 1 家"), Rule.GUARDED, Fraction(95, 100))
    assert decide(none.outcome, criterion).verdict is not Verdict.PASS
    trace = record(site.write(), site.folder, tmp_path / "out")
    elsewhere = outcome(trace, request(where="beijing"))
    assert (elsewhere.estimate, elsewhere.lacks[0].reason.code) == (None, "register.unknown-place")
    assert set(MEASURAND.statistics) == {"count"}


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({}, "register"),
        ({"register": "absent.csv"}, "register"),
        ({"register": "register.csv", "documents": "absent"}, "documents"),
        ({"register": "register.csv", "colour": 1}, "colour"),
        ({"register": "register.csv", "rows": "dogs"}, "rows"),
        ({"register": "register.csv", "columns": {"dog": "狗"}}, "columns"),
        ({"register": "register.csv", "columns": "uscc"}, "columns"),
        ({"register": "register.csv", "sheet": 3}, "sheet"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(site, config, key):
    site.write()
    found = findings(PROBE.settings, config) or absent(PROBE.settings.parse(config), site.folder)
    (problem,) = found
    assert key in problem.keys or f"'{key}'" in problem.problem
    assert problem.cure


def test_a_missing_register_gives_one_sentence(tmp_path: Path):
    source = PROBE.source(PROBE.settings.parse({"register": "absent.csv"}), tmp_path)
    with pytest.raises(
        InstrumentError, match=r"The register absent.csv cannot be read: No such file.*Cure: check its path"
    ):
        source.preflight()
    settings = PROBE.settings.parse({"register": "absent.csv", "documents": "absent"})
    with pytest.raises(UsageError, match=r"no folder"):
        PROBE.source(settings, tmp_path).preflight()
