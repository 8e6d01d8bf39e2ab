# SPDX-License-Identifier: Apache-2.0
"""The thresholds for answers against truth by construction: the rates of docs/explanations/alike.md, on a smaller run."""

from itertools import combinations, pairwise

import pytest

from probes.service.formats.said import Pieces, pieces, resembling
from tests.probes.service import made
from tests.probes.service.sayings import again, canned, says
from tests.probes.service.test_live import run_of

MODELS, QUESTIONS = 12, range(5)


def one_model(some: list[Pieces], others: list[Pieces]) -> bool:
    return 2 * sum(map(resembling, some, others)) > len(some)


@pytest.mark.parametrize("own", [1.0, 0.3, 0.1])
def test_different_models_are_never_one_and_repeats_that_drift_seldom_are_mostly_known(own: float) -> None:
    said = [[pieces(says(model, each, own)) for each in QUESTIONS] for model in range(MODELS)]
    assert not any(one_model(*each) for each in combinations(said, 2))
    for drifts, most in ((0.0, 0), (0.3, 3)):
        repeats = [[pieces(again(model, each, own, drifts, 1)) for each in QUESTIONS] for model in range(MODELS)]
        assert sum(not one_model(*each) for each in zip(said, repeats, strict=True)) <= most


@pytest.mark.parametrize(("echo", "found"), [(0, True), (40, True), (80, True), (160, False)])
def test_a_canned_answer_is_known_behind_some_words_of_its_own(echo: int, found: bool) -> None:
    said = [pieces(canned(number, echo), 60) for number in range(20)]
    assert {resembling(*each) for each in pairwise(said)} == {found}


def test_a_load_of_canned_answers_is_told_and_one_of_honest_ones_is_not() -> None:
    for text, least, most in ((lambda at: canned(at, 16, 80), 39, 40), (lambda at: says(1, at, 0.3), 0, 0)):
        data = made.load(40, tokens=1, text=text, prompt_count=5)
        assert least <= dict(run_of(data).notes).get("canned", 0) <= most
