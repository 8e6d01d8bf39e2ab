# SPDX-License-Identifier: Apache-2.0
"""Words of a domain: one file, both languages, facts kept as data."""

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

import probes
from harness.errors import UsageError
from harness.kit.words import Catalogue, _sections, written
from harness.model import Side, Text
from harness.quantity import Quantity

SILENT = """
[silent-nodes]
zh = "{count} 个终端从未应答：{names}。"
en = "{count} terminals never answered: {names}."
"""


@pytest.fixture
def catalogue(package):
    """The words of a package of its own."""
    return lambda toml: Catalogue(package(toml))


def test_a_reason_has_its_code_both_languages_and_its_facts(catalogue):
    words = catalogue(SILENT)
    reason = words.reason("silent-nodes", count=2, names=["T-001", "T-002"])
    assert reason.code == f"{words.package}.silent-nodes"
    assert reason.text == Text("2 个终端从未应答：T-001、T-002。", "2 terminals never answered: T-001, T-002.")
    assert reason.facts == {"count": 2, "names": ["T-001", "T-002"]}


def test_the_code_begins_with_the_last_part_of_the_packages_name():
    assert Catalogue("probes.network").domain == "network"


def test_a_room_has_keys_of_its_own_and_stands_before_the_point_of_the_code(package):
    name = package(SILENT + '[gate.stuck]\nzh = "卡住"\nen = "stuck"\n')
    assert Catalogue(name, "gate").reason("stuck").code == "gate.stuck"
    assert set(Catalogue(name).entries) == {"silent-nodes"}
    with pytest.raises(UsageError, match="no words for 'silent-nodes'") as caught:
        Catalogue(name, "gate").text("silent-nodes")
    assert "[gate.silent-nodes]" in caught.value.cure


def test_a_lack_says_which_verdict_it_leaves_open(catalogue):
    words = catalogue(SILENT)
    assert words.lack("silent-nodes", count=0, names=[]).side is Side.PASS
    lack = words.lack("silent-nodes", side=Side.BOTH, count=0, names=[])
    assert (lack.side, lack.reason) == (Side.BOTH, words.reason("silent-nodes", count=0, names=[]))


def test_a_long_list_is_cut_at_eight_and_says_how_many_there_are(catalogue):
    names = [f"T-{number:03}" for number in range(12)]
    reason = catalogue(SILENT).reason("silent-nodes", count=12, names=names)
    assert reason.text.zh.endswith("T-006、T-007 等 12 个。")
    assert reason.text.en.endswith("T-006, T-007 and 4 more.")
    assert reason.facts["names"] == names


@pytest.mark.parametrize(
    ("fact", "zh", "en"),
    [
        (123456, "123456", "123456"),
        (1234567, "1\u202f234\u202f567", "1\u202f234\u202f567"),
        (0.1 + 0.2, "0.3", "0.3"),
        (2.0, "2", "2"),
        (Fraction(1, 2000), "0.0005", "0.0005"),
        (Fraction(2, 3), "0.666667", "0.666667"),
        (Fraction(4), "4", "4"),
        (Quantity(Fraction(2), "ms"), "2 ms", "2 ms"),
        (Quantity(Fraction(1, 3), "1"), "0.333333", "0.333333"),
        (Text("隧道", "tunnel"), "隧道", "tunnel"),
        ([Text("隧道", "tunnel"), "T-1"], "隧道、T-1", "tunnel, T-1"),
        ({"b", "a"}, "a、b", "a, b"),
        (True, "是", "yes"),
        ((), "", ""),
        ("{count}", "{count}", "{count}"),
    ],
)
def test_each_kind_of_fact_is_written_as_its_language_writes_it(fact, zh, en):
    assert (written(fact, "zh"), written(fact, "en")) == (zh, en)


def test_a_fact_is_never_taken_for_a_template(catalogue):
    words = catalogue('[name]\nzh = "名称 {name}"\nen = "name {name}"\n')
    assert words.text("name", name="{0.__class__}").en == "name {0.__class__}"


def test_what_no_sentence_can_say_is_a_defect_of_the_caller():
    with pytest.raises(TypeError, match="cannot say a object"):
        written(object(), "en")


def test_an_unknown_key_and_a_missing_fact_are_told_by_name(catalogue):
    words = catalogue(SILENT)
    with pytest.raises(UsageError, match="no words for 'silent-node'"):
        words.text("silent-node")
    with pytest.raises(UsageError, match=r"\[silent-nodes\] is said without names"):
        words.text("silent-nodes", count=1)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ('[a]\nzh = "甲"\n', "says nothing in en"),
        ('[a]\nzh = "甲"\nen = " "\n', "says nothing in en"),
        ('[a]\nzh = "甲 {x}"\nen = "A {y}"\n', "other facts in zh than in en: x, y"),
        ('[a]\nzh = "甲 {x:.1f}"\nen = "A {x:.1f}"\n', "more than a name in braces"),
        ('[a]\nzh = "甲 {x.y}"\nen = "A {x.y}"\n', "more than a name in braces"),
        ('[a]\nzh = "甲 {"\nen = "A"\n', "a single brace"),
        ('[a]\nzh = "甲"\nen = "A"\nde = "A"\n', "more than words in two languages"),
        ('a = "A"\n', "more than words in two languages"),
        ('["A b"]\nzh = "甲"\nen = "A"\n', "is no key"),
        ('[a\nzh = "甲"\n', "is no TOML"),
        ('[a]\nzh = "甲"\nen = "A"\n[a]\nzh = "乙"\nen = "B"\n', "is no TOML"),
    ],
)
def test_a_file_that_is_not_in_order_is_one_sentence_with_its_place_and_cure(catalogue, toml, problem):
    words = catalogue(toml)
    with pytest.raises(UsageError, match=problem) as caught:
        words.text("a")
    assert caught.value.where.startswith(f"{words.package}/words.toml")
    assert caught.value.cure


@pytest.mark.parametrize(
    "path", sorted(Path(probes.__file__).parent.glob("*/words.toml")), ids=lambda path: path.parent.name
)
def test_what_is_written_line_by_line_reads_as_toml_does(path: Path):
    source = path.read_text("utf-8")
    assert _sections(source) == tomllib.loads(source), "written in a way that takes ten times as long to read"


@pytest.mark.parametrize(
    "odd",
    [
        '[a]\nzh = "一"\nen = "one"\n[a]\nzh = "二"\n',
        '[a]\nzh = "一"\nzh = "二"\n',
        '[a]\nzh = "一"\n[a.zh]\nen = "one"\n',
        '[a]\nzh = "一\\u4e00"\n',
        '[a]\nzh = "一" # one\n',
        '[a]\nzh = """一\n二"""\n',
        "[a]\nzh = '一'\n",
        '[a]\nzh = "一\x00"\n',
        '[a.b.c]\nzh = "一"\n',
        '["a"]\nzh = "一"\n',
        '[[a]]\nzh = "一"\n',
        '[a]\nbee = "一"\n',
        'zh = "一"\n',
        '[a]\n\tzh = "一"\n',
        "[a]\nzh = {\n",
    ],
)
def test_what_is_written_otherwise_is_left_to_toml(odd: str):
    assert _sections(odd) is None


def test_rooms_beside_entries_and_marks_in_words_read_as_toml_does():
    source = '# a remark\n[a.b]\nzh = "“\\"”"\nen = "\\\\"\n\n[a]\nzh = ""\n[c]\n'
    for text in (source, source.replace("[a]", "[d]"), "", "\n"):
        assert _sections(text) in (None, tomllib.loads(text))
    assert _sections(source.replace("[a]", "[d]")) is not None


def test_the_place_of_a_defect_has_its_line(catalogue):
    words = catalogue(SILENT + '\n[a]\nzh = "甲"\n')
    with pytest.raises(UsageError) as caught:
        words.text("silent-nodes", count=0, names=[])
    assert caught.value.where == f"{words.package}/words.toml:6"


def test_a_package_without_words_is_told_so():
    with pytest.raises(UsageError, match=r"words of harness\.kit cannot be read"):
        Catalogue("harness.kit").text("a")
