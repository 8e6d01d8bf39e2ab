# SPDX-License-Identifier: Apache-2.0
"""The report's first page and annexes say what was agreed, what differs, and what cannot be ruled out."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import docx
import ofdkit
import pytest

from harness.evidence.keys import generate
from harness.evidence.trust import place

Say = Callable[..., tuple[int, str, str]]


def text_of(page: Path) -> str:
    return unescape(re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", page.read_text("utf-8"), flags=re.DOTALL)))


def docx_text(path: Path) -> str:
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in document.paragraphs), *cells])


@pytest.fixture
def pages(case: Path, says: Say, tmp_path: Path) -> Callable[..., dict[str, str]]:
    def made(out: Path) -> dict[str, str]:
        for lang in ("zh", "en"):
            assert says("report", out / "case.bundle", "--lang", lang)[0] == 0
        return {lang: text_of(out / f"case.{lang}.html") for lang in ("zh", "en")}

    return made


def test_a_campaign_with_nothing_agreed_says_so_on_its_first_page(case: Path, says: Say, pages, tmp_path: Path) -> None:
    says("run", case, "--out", tmp_path)
    told = pages(tmp_path)
    first = told["zh"][: told["zh"].index("一、基本信息")]
    for sentence in ("无事先约定的大纲", "不能排除未提交的测试次数", "全部时刻取自测试机自己的时钟", "身份未核对"):
        assert sentence in first
    assert "There was no plan agreed beforehand" in told["en"]
    for annex in ("第 39 号令自查表", "四性检查", "环境一致性声明", "指标映射表", "完成率"):
        assert annex in told["zh"]


def test_former_verdicts_corrections_and_deviations_are_printed(case: Path, says: Say, pages, tmp_path: Path) -> None:
    generate(tmp_path / "office")
    says("plan", case, "--seal")
    plan = case.with_name("case.plan.json")
    says("sign", plan, "--key", tmp_path / "office.ed25519.pem")
    says("trust", "add", tmp_path / "office.ed25519.pub.pem", "--name", "某市验收办", "--role", "office")
    assert place().is_file()
    says("run", case, "--plan", plan, "--out", tmp_path)
    case.with_name("others.csv").write_bytes(case.with_name("adopters.csv").read_bytes())
    says("run", case, "--plan", plan, "--out", tmp_path, "--corrective", "补交了另外四家的合同原件")
    told = pages(tmp_path)["zh"]
    first = told[: told.index("一、基本信息")]
    assert "第 1 次：不通过" in first
    assert "会签方 1 个" in first
    assert "与大纲有 1 处不同" in first
    annex = told[told.index("附录 A") :]
    assert re.search(r"会签方：密钥 [0-9a-f]{16}…", annex)
    assert (
        "某市验收办" not in told
    )  # whose key it is stands in the reader's own list: the page is the same for everybody
    assert "输入文件 others.csv 的内容与大纲封存时不同" in annex
    assert "补交了另外四家的合同原件" in annex
    assert (
        says("report", tmp_path / "case.bundle", "--format", "xlsx,docx", "--layout", "fuyan")[0] == 2
    )  # xlsx has none
    code, _, err = says(
        "report", tmp_path / "case.bundle", "--lang", "zh", "--format", "docx", "--layout", "fuyan,dagang"
    )
    assert code == 0, err
    retest = docx_text(tmp_path / "case.zh.fuyan.docx")
    number = re.search(r"YS-[0-9A-F]{12}", told)[0]
    assert f"本报告（{number}-2）替代报告 {number}-1" in retest
    assert "补交了另外四家的合同原件" in retest
    assert re.search(r"其他企业数\n≥ 2.家\n不通过\n通过", retest)
    agreed = docx_text(tmp_path / "case.zh.dagang.docx")
    assert "测试大纲" in agreed
    assert "会签方" in agreed


def test_completion_is_told_beside_the_verdict_and_never_rounded_up(
    case: Path, says: Say, pages, tmp_path: Path
) -> None:
    says("run", case, "--out", tmp_path)
    annex = pages(tmp_path)["zh"]
    annex = annex[annex.index("附录 G") :]
    assert re.search(r"应用企业数\s*166\.6 %\s*166\.6 %\s*通过", annex)
    assert re.search(r"其他企业数\s*50 %\s*50 %\s*不通过", annex)


def test_the_page_of_a_plan_says_what_is_to_be_signed_in_both_languages(case: Path, says: Say) -> None:
    says("plan", case, "--seal")
    zh, en = (text_of(case.with_name(f"case.plan.{lang}.html")) for lang in ("zh", "en"))
    digest = json.loads(says("sign", case.with_name("case.plan.json"), "--key", other(case), "--json")[1])["sha256"]
    for page, words in (
        (zh, ("测试大纲", "误判通过", "输入文件及其摘要")),
        (en, ("Test plan", "Risk of a false PASS", "Input files")),
    ):
        assert all(word in page for word in words)
        assert digest in page
        assert "在不少于 3 家企业应用推广" in page
    assert "会签方" in text_of(case.with_name("case.plan.zh.html"))


def test_the_plan_is_written_for_the_office_as_well_and_again_when_it_is_counter_signed(case: Path, says: Say) -> None:
    assert says("plan", case, "--seal", "--format", "docx,ofd")[0] == 0
    paper, office = case.with_name("case.plan.en.docx"), case.with_name("case.plan.zh.ofd")
    before = docx_text(paper)
    assert "Counter-signer" in before
    assert "测试大纲" in re.sub(r"\s", "", ofdkit.extract_text(office.read_bytes()))
    assert not case.with_name("case.plan.zh.html").exists()
    says("sign", case.with_name("case.plan.json"), "--key", other(case))
    assert docx_text(paper).count("Counter-signer") == before.count("Counter-signer") + 1
    again = case.parent / "again.json"
    assert says("plan", case, "--seal", "--out", again, "--format", "html,doc")[0] == 2
    assert not again.exists()


def other(case: Path) -> Path:
    return next(each for each in generate(case.with_name("second")) if ".pub." not in each.name)


def test_json_is_a_format_of_the_command_and_one_that_was_changed_is_known(
    case: Path, says: Say, tmp_path: Path
) -> None:
    says("run", case, "--out", tmp_path)
    bundle, written = tmp_path / "case.bundle", tmp_path / "case.en.json"
    assert says("report", bundle, "--format", "json", "--lang", "en")[0] == 0
    assert json.loads(written.read_bytes())["word"] == "Fail"
    assert says("verify", bundle, "--any-signer", "--report", written)[0] == 0
    written.write_bytes(written.read_bytes().replace(b'"Fail"', b'"Pass"'))
    assert says("verify", bundle, "--any-signer", "--report", written)[0] == 4
