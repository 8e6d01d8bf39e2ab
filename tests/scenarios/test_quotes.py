# SPDX-License-Identifier: Apache-2.0
"""Every clause stands in its government document, where the scenario says it stands."""

import re
from functools import cache
from pathlib import Path

import pytest

from harness.model import Indicator
from harness.spec import ScenarioFile, installed_scenarios

INDICATORS = [each for file in installed_scenarios() for each in file.scenario.indicators]
LIST = "000"
"""The document whose annex 1 is the table of ten scenarios."""
UNSIGNED = {"002"}
"""Documents whose text does not name an issuer."""
UNBROKEN = {"s08": "the document breaks the name of row 8 over two lines of the table, with other cells between"}


def squeezed(text: str) -> str:
    """Text without white space: documents wrap lines and space numbers as their converters pleased."""
    return re.sub(r"\s+", "", text)


@cache
def document(folder: Path, seed: str) -> str:
    """The whole text of one document."""
    (path,) = folder.glob(f"{seed}_*.txt")
    return path.read_text(encoding="utf-8")


def table_row(text: str, row: str) -> str:
    """Row ``row`` of the table in annex 1, with its continuation lines, up to the next row or annex 2."""
    table = text[text.index("序号\t") : text.index("附件 2\n")]
    rows = re.split(r"^(?=\d+\t)", table, flags=re.MULTILINE)
    (found,) = [each for each in rows if each.startswith(f"{row}\t")]
    return found


def place_of(indicator: Indicator, text: str) -> str:
    """The part of the document in which the clause must stand: the table's row, or what follows the heading."""
    clause = indicator.clause
    if clause.seed == LIST:
        return table_row(text, clause.row)
    heading = clause.row or clause.annex
    return squeezed(text).split(squeezed(heading), 1)[1]


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.id)
def test_a_clause_stands_verbatim_in_its_document_at_the_place_it_names(indicator: Indicator, seeds: Path) -> None:
    text = document(seeds, indicator.clause.seed)
    assert squeezed(indicator.clause.text) in squeezed(place_of(indicator, text))


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.id)
def test_the_document_is_called_by_the_name_it_gives_itself(indicator: Indicator, seeds: Path) -> None:
    text = squeezed(document(seeds, indicator.clause.seed))
    assert squeezed(indicator.clause.document) in text
    assert squeezed(indicator.clause.annex) in text
    if indicator.clause.seed in UNSIGNED:
        assert "文中未署发文单位" in indicator.clause.issuer
    else:
        assert indicator.clause.issuer.removeprefix("武汉") in text


def test_a_policy_clause_stands_in_the_section_it_names_and_in_no_later_one(seeds: Path) -> None:
    for each in INDICATORS:
        if each.clause.seed == LIST or not each.clause.row:
            continue
        text = squeezed(document(seeds, each.clause.seed))
        start = text.index(squeezed(each.clause.row)) + len(squeezed(each.clause.row))
        way = text[start : text.index(squeezed(each.clause.text), start)]
        assert not re.search(r"责任单位|(?<![0-9到])[0-9]{1,2}\.[一-鿿]|——", way), (
            f"{each.id}: another heading stands between"
        )


@pytest.mark.parametrize(
    "file",
    [each for each in installed_scenarios() if each.scenario.id.startswith("s")],
    ids=lambda each: each.scenario.id,
)
def test_a_scenario_bears_the_name_of_its_row(file: ScenarioFile, seeds: Path) -> None:
    scenario = file.scenario
    (row,) = {each.clause.row for each in scenario.indicators}
    assert scenario.id == f"s{int(row):02}"
    found = squeezed(table_row(document(seeds, LIST), row))
    assert (squeezed(scenario.title.zh) in found) is (scenario.id not in UNBROKEN)


def test_the_quote_test_would_notice_a_changed_word(seeds: Path) -> None:
    latency = next(each for each in INDICATORS if each.id == "s01.latency")
    place = squeezed(place_of(latency, document(seeds, LIST)))
    assert squeezed(latency.clause.text.replace("不高于", "不大于")) not in place
    loss = next(each for each in INDICATORS if each.id == "s10.points")
    assert squeezed(loss.clause.text) not in place, "a clause of another row must not pass"
