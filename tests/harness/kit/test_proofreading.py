# SPDX-License-Identifier: Apache-2.0
"""Words and source of every domain agree, and both languages are what they claim to be."""

import re
from importlib.metadata import entry_points
from importlib.resources import files

import pytest

from harness.kit.proofreading import problems

SILENT = '[silent-nodes]\nzh = "{count} 个终端从未应答。"\nen = "{count} terminals never answered."\n'
HEAD = "from harness.kit.words import Catalogue\nfrom harness.model import Side\nWORDS = Catalogue(__name__)\n"


def installed() -> list[str]:
    """The engine, and every package that brings a probe or a measurand and has words."""
    groups = ("yanshou.probes", "yanshou.measurands")
    modules = {entry.module for group in groups for entry in entry_points(group=group)}
    packages = {
        ".".join(parts[:end]) for parts in (name.split(".") for name in modules) for end in range(1, len(parts))
    }
    return ["harness", *sorted(name for name in packages if files(name).joinpath("words.toml").is_file())]


@pytest.mark.parametrize("name", installed())
def test_the_words_of_every_installed_domain_are_in_order(name):
    assert problems(name) == []


def test_the_words_of_the_live_page_are_in_order():
    """What it says of events and on its page is looked up by what the journal and the page name."""
    found = problems("harness.console.live")
    assert [each for each in found if not re.search(r"\[(?:page|event)-[\w-]+\] is never said", each)] == []


@pytest.mark.parametrize(
    "call",
    [
        'WORDS.reason("silent-nodes", count=3)',
        'WORDS.lack("silent-nodes", side=Side.BOTH, count=3)',
        'Catalogue(__name__).text("silent-nodes", count=3)',
        'say = WORDS.text\nsay("silent-nodes", count=3)',
        'WORDS.reason("silent-nodes", **facts)',
        'kind = "nodes"\nWORDS.reason(f"silent-{kind}", count=3)',
        'KEYS = {"nodes": "silent-nodes"}\nWORDS.reason(KEYS["nodes"], count=3)',
    ],
)
def test_words_and_source_that_agree_have_no_problem(package, call):
    assert problems(package(SILENT, f"{HEAD}facts = {{'count': 3}}\n{call}\n")) == []


@pytest.mark.parametrize(
    ("toml", "source", "problem"),
    [
        (SILENT, "", r"words\.toml:1: \[silent-nodes\] is never said"),
        (SILENT, 'WORDS.reason("silent-node", count=3)', r"judging\.py:4: 'silent-node' is said, but words\.toml"),
        (SILENT, 'WORDS.reason("silent-nodes")', r"judging\.py:4: \[silent-nodes\] is said without count"),
        (SILENT, 'WORDS.lack("silent-nodes", side=Side.BOTH)', "said without count"),
        ('[a]\nzh = "nodes"\nen = "all nodes"\n', 'WORDS.text("a")', "no Chinese in its Chinese"),
        ('[a]\nzh = "终端"\nen = "终端"\n', 'WORDS.text("a")', "Chinese in its English"),
        ('[a]\nzh = "终端。"\nen = "nodes。"\n', 'WORDS.text("a")', "Chinese in its English"),
        ('[a]\nzh = "终端ID"\nen = "id"\n', 'WORDS.text("a")', "without a space"),
        ('[a]\nzh = "终端,地址"\nen = "id"\n', 'WORDS.text("a")', "half-width punctuation"),
        ('[a]\nzh = "终端"\n', 'WORDS.text("a")', "says nothing in en"),
    ],
)
def test_every_disagreement_is_told_with_its_place(package, toml, source, problem):
    found = problems(package(toml, f"{HEAD}{source}\n"))
    assert re.search(problem, "\n".join(found)), found


def test_words_in_rooms_are_told_with_their_heading(package):
    toml = SILENT.replace("[silent-nodes]", "[gate.silent-nodes]") + '[gate.old]\nzh = "旧"\nen = "old"\n'
    source = (
        HEAD.replace("Catalogue(__name__)", 'Catalogue(__name__, "gate")') + 'WORDS.reason("silent-nodes", count=3)\n'
    )
    (problem,) = problems(package(toml, source))
    assert re.fullmatch(r"acme_words_\d+/words\.toml:4: \[gate\.old\] is never said\.", problem)


def test_a_proper_name_may_be_the_same_in_both_languages(package):
    assert problems(package('[imei]\nzh = "IMEI"\nen = "IMEI"\n', f'{HEAD}WORDS.text("imei")')) == []


def test_another_objects_text_is_not_taken_for_words(package):
    source = f'{HEAD}WORDS.reason("silent-nodes", count=3)\n\ndef draw(axes):\n    axes.text("label", 3)\n'
    assert problems(package(SILENT, source)) == []
