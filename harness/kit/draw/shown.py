# SPDX-License-Identifier: Apache-2.0
"""The public draw as a picture: the list is sealed, both sides commit, both reveal, the seed follows, and these are drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

from harness.agreed.witnessed import WORDS
from harness.kit.draw.protocol import Drawn, said
from harness.kit.pictured.draw import Draw, Round, Stage

_SHORT = 12
"""Letters of a digest or value that a box shows; the table of steps has all of them."""


def draw_picture(drawn: Drawn) -> Draw:
    """Every stage of the protocol in its order, and where in the list each round's items lie."""
    rounds = [
        Round(WORDS.text("round", number=each.number, count=len(each.positions)), each.positions)
        for each in drawn.rounds
        if each.positions
    ]
    return Draw(WORDS.text("title"), drawn.population, list(_stages(drawn)), rounds)


def _stages(drawn: Drawn) -> Iterator[Stage]:
    """Steps of one kind that follow each other are one stage; behind what ends a round comes its seed."""
    ended, parties = iter(drawn.rounds), len(drawn.steps[0].body["parties"])
    for kind, found in groupby(drawn.steps, key=lambda each: each.kind):
        steps = list(found)
        if kind == "sealed":
            yield Stage(
                WORDS.text("step-sealed"), (WORDS.text("of", count=drawn.population), f"{drawn.list_sha256[:_SHORT]}…")
            )
            continue
        yield Stage(WORDS.text(f"step-{kind}"), tuple(said(each, _SHORT) for each in steps))
        over = len(steps) if kind in {"typed", "withheld"} else int(kind == "revealed" and len(steps) == parties)
        for each in islice(ended, over):
            if each.seed:
                told = WORDS.text("round", number=each.number, count=len(each.positions))
                yield Stage(WORDS.text("seed"), (f"{each.seed[:_SHORT]}…", told))
