# SPDX-License-Identifier: Apache-2.0
"""The watch over settings notices: what a verdict reads of a source is printed beside it, or whoever tests a probe is told."""

from typing import Annotated

import pytest
from pydantic import Field

from harness.kit.settings import Criterial, FileName, Settings
from harness.testing.printed import only_what_is_printed_decides


class Corner(Settings):
    """A record that another one holds."""

    angle: int = 90


class Kept(Settings):
    """Some of everything."""

    file: FileName
    tare: Annotated[int, Criterial()] = 0
    grams: int = 0
    whole: Annotated[Corner, Criterial()] = Corner()
    parts: tuple[Corner, ...] = ()
    named: Annotated[dict[str, str], Criterial()] = Field(default_factory=dict)


class Marked(Settings):
    """A record with a mark of its own, one of several."""

    kind: Annotated[str, Criterial()] = ""
    url: str = "http://a"


class Several(Settings):
    """Records in a list and in a mapping."""

    nodes: tuple[Marked, ...] = ()
    points: dict[str, Marked] = Field(default_factory=dict)


@pytest.fixture
def kept() -> Kept:
    return Kept(file="a.log", parts=(Corner(angle=80),))


def test_what_is_printed_names_a_file_or_holds_records_may_be_read(kept: Kept) -> None:
    with only_what_is_printed_decides() as read:
        assert len(kept.file) + kept.tare + kept.whole.angle + len(kept.parts)
    assert read == {"Kept.file", "Kept.tare", "Kept.whole", "Corner.angle", "Kept.parts"}
    assert kept.grams == 0  # while nobody decides
    assert read == {"Kept.file", "Kept.tare", "Kept.whole", "Corner.angle", "Kept.parts"}


def test_what_is_read_and_not_printed_is_noticed(kept: Kept) -> None:
    with pytest.raises(AssertionError, match=r"\['Kept\.grams'\] take part and are printed nowhere"):
        _read(kept)


def _read(kept: Kept) -> int:
    with only_what_is_printed_decides():
        return kept.grams + kept.tare


def test_a_watch_within_a_watch_leaves_both_and_an_error_ends_it(kept: Kept) -> None:
    with pytest.raises(ZeroDivisionError), only_what_is_printed_decides():
        _ = kept.grams / 0
    with only_what_is_printed_decides() as outer:
        with only_what_is_printed_decides() as inner:
            assert kept.tare == 0
        assert len(kept.file)
    assert (inner, outer) == ({"Kept.tare"}, {"Kept.tare", "Kept.file"})
    assert "__getattribute__" not in vars(Settings)


def test_what_takes_part_is_printed_wherever_it_stands_and_what_is_not_set_is_left_out() -> None:
    given = {"nodes": ({"kind": "xr"}, {}), "points": {"P1": {"kind": "web"}}}
    assert Several.parse(given).criteria() == {"nodes.1.kind": "xr", "points.P1.kind": "web"}
    assert Kept.parse({"file": "a.log"}).criteria() == {"tare": 0, "whole": {"angle": 90}}
