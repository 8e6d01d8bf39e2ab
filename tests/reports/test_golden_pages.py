# SPDX-License-Identifier: Apache-2.0
"""Pages look as they did when somebody last looked at them: small pictures with a tolerance for other versions of the fonts."""

import os
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from reports.writers.pdf import render
from tests.reports.conftest import ROOT, build
from tests.reports.keys import keys

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "pages"
SIZE = (84, 119)
"""Pixels of a page: a table, a chart and a heading are seen, a letter is not."""
FAR = 6.0
"""Mean difference of grey levels that a page may have: half of what a table moved by a row makes."""


def pages(bundle, layout):
    """Every page as a small grey picture."""
    document = pypdfium2.PdfDocument(render(bundle, "zh", layout)[f"{layout}.pdf"])
    return [page.render(scale=0.5).to_pil().convert("L").resize(SIZE, Image.Resampling.BOX) for page in document]


def differences(found, kept):
    return [float(np.abs(np.asarray(a, float) - np.asarray(b, float)).mean()) for a, b in zip(found, kept, strict=True)]


def sheet(found):
    """All pages side by side in one file."""
    made = Image.new("L", (SIZE[0] * len(found), SIZE[1]), 255)
    for at, page in enumerate(found):
        made.paste(page, (at * SIZE[0], 0))
    return made


SCENARIOS = sorted((ROOT / "scenarios").rglob("[0-9p]*.yaml"))
LAYOUTS = ("yanshou", "jianyan", "zhenggai")


@pytest.mark.parametrize(("scenario", "layout"), [("factory", "yanshou"), ("factory", "yiye"), ("beidou", "jianyan")])
def test_pages_look_as_they_did(request, scenario, layout):
    compare(pages(request.getfixturevalue(scenario), layout), GOLDEN / f"{scenario}.{layout}.png")


@pytest.mark.parametrize("at", range(len(SCENARIOS)), ids=[each.stem for each in SCENARIOS])
def test_a_report_of_every_scenario_looks_as_it_did_and_its_outcome_fits_on_one_page(tmp_path, at):
    path, layout = SCENARIOS[at], LAYOUTS[at % len(LAYOUTS)]
    bundle = build(tmp_path, path.relative_to(ROOT))
    compare(pages(bundle, layout), GOLDEN / f"{path.stem}.{layout}.png")
    for lang in ("zh", "en"):
        assert len(pypdfium2.PdfDocument(render(bundle, lang, "yiye")["yiye.pdf"])) == 1
    assert keys(bundle, "zh") == []


def compare(found, path):
    if os.environ.get("YANSHOU_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        sheet(found).quantize(16).save(path, optimize=True)
    kept = Image.open(path).convert("L")
    count = kept.width // SIZE[0]
    assert len(found) == count
    cut = [kept.crop((at * SIZE[0], 0, (at + 1) * SIZE[0], SIZE[1])) for at in range(count)]
    assert max(differences(found, cut)) < FAR
    if count > 2:  # and a page that is another one is seen to be
        assert max(differences(found[1:], cut[:-1])) > FAR
