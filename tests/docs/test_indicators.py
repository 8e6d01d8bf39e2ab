# SPDX-License-Identifier: Apache-2.0
"""Whoever looks an indicator up by its id finds it in a how-to."""

import re
from pathlib import Path

from harness.spec import installed_scenarios

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
_NAMED = re.compile(r"(?<![\w.-])[sp]\d\d(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)+")


def test_every_indicator_is_named_by_its_id_in_a_how_to() -> None:
    named = {found for page in HOW_TO.glob("*.md") for found in _NAMED.findall(page.read_text("utf-8"))}
    indicators = {each.id for file in installed_scenarios() for each in file.scenario.indicators}
    assert len(indicators) > 80
    assert not indicators - named
