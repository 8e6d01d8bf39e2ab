# SPDX-License-Identifier: Apache-2.0
"""The thresholds for photographs against truth by construction: the rates of docs/explanations/alike.md, on a smaller run."""

from itertools import combinations

import numpy as np
import pytest

from probes.immersive.formats.look import Look, alike, look
from tests.probes.immersive.scenes import COPIES, saved, scene

SCENES = 16
MOST = {
    "cut by a tenth anywhere": 1, "cut by a quarter anywhere": 6, "turned by two degrees": 5,
    "another photograph from a step beside": SCENES,
}  # fmt: skip
"""Missed at most: what the page states, or 0, with a chance of less than 1 in 100 to be more here."""


@pytest.fixture(scope="module")
def looks() -> list[Look]:
    return [look(saved(scene(seed))) for seed in range(SCENES)]


def test_photographs_of_different_places_are_never_one(looks: list[Look]) -> None:
    assert not any(alike(one, other) for one, other in combinations(looks, 2))
    assert not alike((), looks[0]), "a picture that cannot be decoded is like none"


@pytest.mark.parametrize("how", COPIES)
def test_copies_are_missed_no_more_often_than_the_page_says(how: str, looks: list[Look]) -> None:
    drawn = np.random.default_rng(5)
    copies = [look(saved(COPIES[how](scene(seed), drawn), 70)) for seed in range(SCENES)]
    missed = sum(not alike(*each) for each in zip(copies, looks, strict=True))
    assert missed <= MOST.get(how, 0)
