# SPDX-License-Identifier: Apache-2.0
"""The HTML report: valid, offline, safe against what strangers write, and drawn by a real browser without complaint."""

import base64
import hashlib
import re

import html5lib
import pytest

from reports.html import render
from reports.short import short
from reports.writers.code import qr, qr_runs

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def parse(content):
    """The document as a browser sees it; a parse error is an error."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=True).parse(content.decode())


def text_of(content):
    return " ".join("".join(parse(content).find(f"{NAMESPACE}body").itertext()).split())


@pytest.fixture(scope="session", params=["zh", "en"])
def page(request, factory):
    return request.param, render(factory, request.param)["html"]


def test_the_page_is_valid_html_in_its_language(page, beidou):
    lang, content = page
    assert parse(content).attrib["lang"].startswith(lang)
    assert parse(render(beidou, lang)["html"]) is not None


def without_font(content):
    """The page without what is no text: the glyphs and the symbol that it brings along."""
    return re.sub(r'url\("data:(?:font/otf|image/svg\+xml);base64,[^"]*"\)', "", content.decode())


def test_nothing_outside_the_file_is_referred_to(page):
    _, content = page
    text = without_font(content)
    assert not re.search(r"(?:https?:)?//[a-z]", text)
    assert not re.search(r"@import|url\((?!data:)", text)
    for element in parse(content).iter():
        for name in ("src", "href", "action", "data", "{http://www.w3.org/1999/xlink}href"):
            target = element.attrib.get(name, "#")
            assert target.startswith(("#", "data:,")), (element.tag, target)
    assert "<script" not in text


def test_every_indicator_is_there_with_clause_kind_verdict_and_evidence(page, factory):
    lang, content = page
    text = text_of(content)
    for wanted in [
        "时延不高于 2ms",
        "打造不少于 5 个 5G 示范应用",
        "附件 1",
        "3f3f3f3f",
        "data/traces/s01.latency/stamp/0001.pcapng",
    ]:
        assert wanted in text
    words = {
        "zh": ["通过", "不通过", "不确定", "无效", "未测", "实测", "核查"],
        "en": ["Pass", "Fail", "Inconclusive", "Invalid", "Not tested", "measured", "audited"],
    }
    for word in words[lang]:
        assert word in text


def test_what_a_report_must_hold_is_there(factory):
    text = text_of(render(factory, "zh")["html"])
    for wanted in [
        "自测报告（非资质认定报告）", "报告编号", "YS-0123456789AB-1", "申报单位", "测试地点", "测试条件", "测试人员", "9142011177893287XL",
        "结果仅与本次测试活动所测的对象", "不得部分复制", "判定规则", "不合格而被判通过的概率不超过 5", "检验检测专用章", "批准", "报告结束",
        "yanshou replay", "sha256sum -c", "另一种读法下的结论", "不确定度来源", "「模拟数据」", "数据由申报方提供", "还缺什么", "95 % 置信界 [1.461，1.539] ms",
    ]:  # fmt: skip
        assert wanted.replace(" ", "") in re.sub(r"\s", "", text), wanted


def test_no_mark_of_an_accreditation_is_printed(page):
    _, content = page
    assert not re.search(r"CMA|CNAS|ilac-MRA", without_font(content), re.IGNORECASE)


def test_the_number_stands_on_every_printed_page(page):
    _, content = page
    assert re.search(r'@top-right \{ content: "[^"]+ YS-0123456789AB-1"', content.decode())
    assert "counter(pages)" in content.decode()


def test_hostile_names_stay_text(make_bundle):
    content = render(make_bundle(name=HOSTILE))["html"]
    tags = {element.tag.rpartition("}")[2] for element in parse(content).iter() if isinstance(element.tag, str)}
    assert not tags & {"script", "img", "iframe", "object"}
    assert not any(name.startswith("on") for element in parse(content).iter() for name in element.attrib)
    assert HOSTILE.split("{{", maxsplit=1)[0] in text_of(content)
    assert "{{7*7}}" in text_of(content)


STEERS = "甲\x1b[2J\u202egnp.exe\u2066乙"


def test_characters_that_are_not_seen_are_written_out(make_bundle):
    content = render(make_bundle(name=STEERS))["html"]
    assert "甲\\x1b[2J\\u202egnp.exe\\u2066乙" in text_of(content)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", content.decode())


def test_the_page_allows_itself_nothing_but_its_own_style(page):
    _, content = page
    (policy,) = [
        each.attrib["content"]
        for each in parse(content).iter(f"{NAMESPACE}meta")
        if each.attrib.get("http-equiv") == "Content-Security-Policy"
    ]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["style-src"] == "'unsafe-inline'"
    assert "script-src" not in rules


def test_what_a_reader_is_told_to_type_names_the_signers_key_and_is_one_word_a_name(make_bundle, tmp_path):
    root = make_bundle()
    evil = root.rename(tmp_path / "x; echo pwned $(id).bundle")
    content = text_of(render(evil, "en")["html"])
    assert "yanshou verify 'x; echo pwned $(id).bundle' --key SIGNER.pub.pem" in content
    assert "exit code" in content


def test_every_picture_is_named_for_those_who_cannot_see_it(page):
    _, content = page
    pictures = [
        each for each in parse(content).iter("{http://www.w3.org/2000/svg}svg") if each.attrib.get("role") == "img"
    ]
    assert len(pictures) >= 6
    ids = [each.attrib["id"] for each in parse(content).iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids))
    for picture in pictures:
        assert set(picture.attrib["aria-labelledby"].split()) <= set(ids)


def test_the_same_bundle_gives_the_same_bytes(factory):
    assert render(factory, "zh") == render(factory, "zh")


def test_the_symbol_of_the_bundle_stands_on_the_screen_and_at_the_foot_of_every_printed_page(page, factory):
    _, content = page
    digest = hashlib.sha256((factory / "data/results.json").read_bytes()).hexdigest()
    side, runs = qr_runs(digest)
    (symbol,) = [
        each for each in parse(content).iter("{http://www.w3.org/2000/svg}svg") if each.attrib.get("class") == "qr"
    ]
    assert symbol.attrib["viewBox"] == f"0 0 {side} {side}"
    assert symbol.find("{http://www.w3.org/2000/svg}path").attrib["d"].count("M") == len(runs)
    assert short(digest) in text_of(content)
    foot = re.search(r"@bottom-left \{ content: url\(\"data:image/svg\+xml;base64,([^\"]*)\"\)", content.decode())
    assert base64.b64decode(foot[1]) == qr(digest)
