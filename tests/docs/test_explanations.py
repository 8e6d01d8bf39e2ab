# SPDX-License-Identifier: Apache-2.0
"""The pages about methods: every example gives what it says, every picture is there and small."""

import doctest
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "explanations"
PAGES = sorted(FOLDER.glob("*.md"))
BLOCK = re.compile(r"```pycon\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if "```pycon" in p.read_text(encoding="utf-8")], ids=lambda p: p.stem
)
def test_every_example_gives_what_the_page_says(page: Path) -> None:
    session = "\n".join(BLOCK.findall(page.read_text(encoding="utf-8")))
    examples = doctest.DocTestParser().get_doctest(session, {}, page.name, str(page), 0)
    said: list[str] = []
    failed = doctest.DocTestRunner().run(examples, out=said.append).failed
    assert len(examples.examples) > 0
    assert failed == 0, "".join(said)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_every_link_and_picture_of_a_page_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("picture", sorted(FOLDER.glob("*.svg")), ids=lambda p: p.stem)
def test_pictures_are_small_shown_and_carry_their_words_as_text(picture: Path) -> None:
    words = [text for element in ET.parse(picture).iter() if (text := (element.text or "").strip())]  # noqa: S314 - ours
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert picture.stat().st_size < 60_000
    assert f"({picture.name})" in shown
    assert any(re.search(r"[\u4e00-\u9fff]", word) for word in words)
