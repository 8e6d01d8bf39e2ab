# SPDX-License-Identifier: Apache-2.0
"""Whatever a measurand shows behind a verdict goes through figures.json and results.json and is drawn or printed, in both languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.errors import YanshouError
from harness.pictures import SCHEMA, TableData, read_pictures
from harness.plugins import Shown
from harness.quantity import Limit
from harness.results import _figure, _listing
from harness.testing import answer
from reports.charts import chart, table
from reports.indicator import Picture
from reports.listing import listing
from tests.conformance.laws import LAWS
from tests.conformance.laws.law import Law

GOOD_AND_BAD = [pytest.param(law, bad, id=f"{law}-{bad or 'good'}") for law in LAWS for bad in ("", [*law.bad][-1])]


def shown(law: Law, folder: Path, bad: str) -> Shown:
    """Everything behind the answer of a law's own evidence, or of evidence with a bad part."""
    question = law.question(spoilt=bool(bad))
    inputs = law.inputs(folder, question, *([law.bad[bad]] if bad else []))
    measurand = question.record
    view = installed.resolve(measurand.view)(tuple(inputs), question.ask)
    found = answer(inputs, question)[0]
    return installed.resolve(measurand.show)(view, found, question.request) if measurand.show else Shown()


@pytest.mark.parametrize(("law", "bad"), GOOD_AND_BAD)
def test_every_figure_is_drawn_and_every_list_printed(law: Law, bad: str, tmp_path: Path) -> None:
    try:
        found, limit = shown(law, tmp_path, bad), Limit.parse(law.limit)
    except YanshouError:  # nothing to show: the refusal is the answer
        assert bad
        return
    drawn = [_figure("test.asked", each) for each in found.figures if len(each)]
    pictures = read_pictures(json.dumps({"schema": SCHEMA, "figures": drawn}).encode()).figures
    lists = [_listing(each) for each in found.listings]
    for lang in ("zh", "en"):
        for number, each in enumerate(pictures):
            said = _drawn(each, limit, lang, f"f{number}")
            assert each.title.get(lang) in said or isinstance(each.data, TableData)
        for entry in lists:
            printed = listing(entry, lang)
            assert printed.title
            assert all(printed.columns) or not printed.columns
            assert all(len(row) == len(printed.columns) for row in printed.rows)


def _drawn(each: Any, limit: Limit, lang: str, ident: str) -> str:
    """A chart, or a table's cells."""
    quantity = float(limit.quantity.base)
    for bound in (None, quantity):
        picture = Picture(
            each.kind, each.title.get(lang), each.unit, each.unit, each.data, bound, limit.op, bound, bound, bound, None
        )
        if isinstance(each.data, TableData):
            heads, rows, _ = table(picture, lang)
            assert all(len(row) == len(heads) for row in rows)
            said = "".join(heads)
        else:
            said = str(chart(picture, lang, ident))
            assert said.startswith("<svg")
            assert "NaN" not in said
    return said
