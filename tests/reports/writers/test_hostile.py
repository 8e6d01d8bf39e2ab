# SPDX-License-Identifier: Apache-2.0
"""Whatever a stranger writes as a name is text in every format: what is read back is what was written, and nothing else is there."""

import dataclasses
import io
import json
import re
import zipfile

import html5lib
import ofdkit
import openpyxl
import pypdfium2
import pytest
from defusedxml.ElementTree import fromstring as parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.documents import read_results
from harness.evidence.canonical import canonical_bytes
from harness.printable import printable
from reports.html import page
from reports.junit import document
from reports.paper.layouts import LAYOUTS, issued
from reports.view import view
from reports.words import words
from reports.writers.docx import docx
from reports.writers.fonts import settable
from reports.writers.machine import ctrf_of, json_of, oscal_of
from reports.writers.ofd import ofd
from reports.writers.pdf import pdf
from reports.writers.xlsx import workbook

PIECES = st.sampled_from([
    "<script>alert(1)</script>", "</td></table>", "]]>", "<!--", "&amp;", "&#0;", '#import "x"', '#read("/etc/passwd")', "$x$", "*a*", "`a`", "//", "/*",
    "{{ 7*7 }}", "{% raw %}", "%s", "{0}", "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "\\u{202e}", "\x00", "\x1b[2J", "\u202e", "\u2066", "\r\n", "\t", "甲乙", '"', "'",
    "\\", "硚口", "a.b", "^", "~", "_", "|",
])  # fmt: skip
HOSTILE = st.lists(PIECES, min_size=1, max_size=5).map("".join)


@pytest.fixture(scope="module")
def shown(factory):
    return view(factory, "zh")


def renamed(shown, text):
    """The view with ``text`` as the project's name and as every clause and title."""
    facts = (dataclasses.replace(shown.facts[0], value=text), *shown.facts[1:])
    indicators = tuple(dataclasses.replace(each, clause=text, title=text) for each in shown.indicators)
    return dataclasses.replace(shown, facts=facts, indicators=indicators, title=text)


def squeezed(text):
    return re.sub(r"[\s\u00a0\ufffe]", "", text)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE)
def test_a_name_is_text_in_every_format(shown, text):
    made = renamed(shown, text)
    paper = LAYOUTS["yiye"](made, words("zh"))
    wanted = squeezed(settable(text))
    assert wanted in squeezed(
        "".join(each.get_textpage().get_text_range() for each in pypdfium2.PdfDocument(pdf(paper)))
    )
    assert wanted in squeezed(ofdkit.extract_text(ofd(paper)))
    inside = zipfile.ZipFile(io.BytesIO(docx(paper)))
    assert squeezed(printable(text, keep="\n")) in squeezed("".join(parse(inside.read("word/document.xml")).itertext()))
    root = html5lib.parse(page(made), namespaceHTMLElements=False)
    assert squeezed(printable(text, keep="\n")) in squeezed("".join(root.itertext()))
    assert not {"script", "iframe", "object"} & {each.tag for each in root.iter() if isinstance(each.tag, str)}
    book = openpyxl.load_workbook(io.BytesIO(workbook(made, issued(made))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(wanted in squeezed(settable(str(cell.value))) for cell in cells)
    assert len(list(parse(document(made)).iter("testcase"))) == len(shown.indicators)


HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
ENDLESS = st.sampled_from(["甲" * 3000 + "W" * 4000, "=" * 10_000, "<b>" * 3000])


def strings(value):
    if isinstance(value, dict):
        return {one for each in value.values() for one in strings(each)}
    return {one for each in value for one in strings(each)} if isinstance(value, list) else {value}


def read_as_markup(text):
    """CommonMark: a backslash before punctuation takes its meaning from it; what has meaning and none before it is markup."""
    assert not re.search(r"[`*_{}\[\]<>#&$^~|!]", re.sub(r"\\[!-/:-@\[-`{-~]", "", text))
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE | ENDLESS)
def test_a_name_is_the_same_text_to_a_program_and_steers_no_terminal(shown, text):
    made = renamed(shown, text)
    for data in (json_of(made), ctrf_of(made)):
        assert text in strings(json.loads(data))
        assert not HIDDEN.search(data.decode())
    data = oscal_of(made)
    assert not HIDDEN.search(data.decode())
    found = json.loads(data)["assessment-results"]
    titles = [found["metadata"]["title"], *(each["title"] for each in found["results"][0]["findings"])]
    assert {read_as_markup(each) for each in titles} == {text}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=HOSTILE | ENDLESS)
def test_a_text_in_the_results_is_read_as_it_was_written(factory, text):
    document = json.loads((factory / "data/results.json").read_bytes())
    for each in document["indicators"]:
        each["clause"]["text"] = each["title"]["zh"] = text
    written = canonical_bytes(document)
    assert json.loads(written) == document
    assert not re.search(rb"[\x00-\x1f]", written)
    read = read_results(written, "results.json")
    assert {(each.clause.text, each.title.zh) for each in read.indicators} == {(text, text)}
