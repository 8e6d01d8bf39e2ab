# SPDX-License-Identifier: Apache-2.0
"""The committed reference page is the rendering of the scenario files."""

from dataclasses import replace
from pathlib import Path

from harness.spec import installed_scenarios
from scenarios.page import render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scenarios.md"
SCENARIOS = [each.scenario for each in installed_scenarios()]


def test_the_committed_page_is_the_rendering() -> None:
    cure = (
        'renew it: python -c "from harness.spec import installed_scenarios; from scenarios.page import render; '
        "print(render(each.scenario for each in installed_scenarios()), end='')\" > docs/reference/scenarios.md"
    )
    assert PAGE.read_text(encoding="utf-8") == render(SCENARIOS), cure


def test_the_order_of_the_files_does_not_matter() -> None:
    assert render(SCENARIOS) == render(reversed(SCENARIOS))


def test_every_indicator_clause_and_reading_is_on_the_page() -> None:
    page = render(SCENARIOS)
    for scenario in SCENARIOS:
        for each in scenario.indicators:
            assert f"### {each.id} " in page
            assert f"“{each.clause.text}”" in page
            assert f"● `{each.default_reading.name}`" in page
            assert all(reading.title.en in page and reading.why.zh in page for reading in each.readings)


def test_a_bar_in_a_text_stays_inside_its_cell() -> None:
    scenario = SCENARIOS[0]
    first = scenario.indicators[0]
    clause = replace(first.clause, text="a|b")
    changed = replace(scenario, indicators=(replace(first, clause=clause),))
    assert "“a\\|b”" in render([changed])


def test_lines_of_a_table_have_as_many_cells_as_its_head() -> None:
    cells = 0
    for line in render(SCENARIOS).splitlines():
        bars = line.replace("\\|", "").count("|")
        if line.startswith("|"):
            assert cells in {0, bars}, line
            cells = bars
        else:
            cells = 0
