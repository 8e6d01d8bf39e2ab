# SPDX-License-Identifier: Apache-2.0
"""The walks over two sorted columns against their definitions, said row by row; and which events a log keeps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.gnss.formats.decode import KEPT, first_events
from probes.gnss.formats.timeline import DAY_NS, between, dated, denied

RANDOM = np.random.default_rng(20)


def columns(epochs: int, sentences: int) -> tuple[np.ndarray, ...]:
    """Positions and times of epochs and of sentences, a few of them equal; the sentences' days and what they say."""
    places = np.sort(RANDOM.choice(40, sentences, replace=False))
    times, tod = (RANDOM.choice([1, DAY_NS // 2, DAY_NS - 1], size) for size in (sentences, epochs))
    says = RANDOM.random(sentences) < 0.4
    return np.sort(RANDOM.integers(-5, 45, epochs)), tod, places, times, RANDOM.integers(0, 3, sentences), says


@pytest.mark.parametrize("sentences", [1, 2, 3, 9])
def test_an_epoch_has_the_day_of_the_nearest_sentence_and_of_two_as_near_of_the_earlier(sentences: int) -> None:
    for _ in range(50):
        position, tod, places, times, days, _ = columns(12, sentences)
        found = dated(tod, position, places, times, days)
        for row, (where, time) in enumerate(zip(position, tod, strict=True)):
            near = min(range(sentences), key=lambda each: (abs(places[each] - where), places[each]))
            ahead = int(time - times[near])
            day = days[near] - (ahead > DAY_NS // 2) + (ahead < -(DAY_NS // 2))
            assert found[row] == day * DAY_NS + time


@pytest.mark.parametrize("sentences", [1, 2, 3, 9])
def test_two_sentences_on_either_side_of_an_epoch_are_asked_for_its_fix(sentences: int) -> None:
    for _ in range(50):
        position, tod, places, times, _, says = columns(12, sentences)
        found = denied(tod, position, places, times, says)
        for row, (where, time) in enumerate(zip(position, tod, strict=True)):
            after = int(np.count_nonzero(places < where))
            asked = [each for each in range(after - 2, after + 2) if 0 <= each < sentences]
            beside = [min(max(each, 0), sentences - 1) for each in (after - 1, after)]
            exact = any(says[each] and times[each] == time for each in asked)
            assert found[row] == (exact or all(says[each] for each in beside))


@pytest.mark.parametrize("count", [0, 1, KEPT, 3 * KEPT])
def test_the_first_thousand_events_of_each_kind_are_kept_in_order_of_their_offset(count: int) -> None:
    offsets, kinds = 10 * np.arange(count), RANDOM.choice([1, 2, 5], count)
    rows = np.stack([kinds, offsets, np.full(count, 3)], axis=1).astype(np.int64)
    kept = first_events([rows[: count // 2], rows[count // 2 :]])
    wanted = [row for row, kind in enumerate(kinds) if np.count_nonzero(kinds[:row] == kind) < KEPT]
    assert np.array_equal(kept, rows[wanted])


SECOND = 10**9


@given(st.integers(2, 10), st.integers(30, 200), st.data())
def test_satellites_told_seldom_but_evenly_hold_in_between(every: int, count: int, data) -> None:
    told = data.draw(st.lists(st.integers(0, 12), min_size=count // every + 1, max_size=count // every + 1))
    times = np.arange(count) * SECOND
    beidou = np.array([told[at // every] if at % every == 0 else -1 for at in range(count)])
    others = np.where(beidou < 0, 0, 7)
    found, rest = between(times, beidou, others)
    if len(beidou[beidou >= 0]) < 3:
        return
    for at in range(count):
        following = told[at // every + 1] if (at // every + 1) * every < count else told[at // every]
        assert found[at] == (told[at // every] if at % every == 0 else min(told[at // every], following))
    assert set(rest.tolist()) == {7}


@given(st.sets(st.integers(0, 199), min_size=3, max_size=120))
def test_satellites_told_now_and_then_hold_at_their_own_epochs_alone(told: set[int]) -> None:
    times, where = np.arange(200) * SECOND, np.array(sorted(told))
    beidou = np.full(200, -1)
    beidou[where] = 8
    steps = np.diff(where)
    evenly = max(np.count_nonzero(steps == each) for each in set(steps.tolist())) >= 0.95 * len(steps)
    found, _ = between(times, beidou, np.zeros(200, dtype=int))
    assert evenly or (found == beidou).all()


@pytest.mark.parametrize("every", [11, 30])
def test_what_is_told_too_seldom_holds_for_its_own_epoch_alone(every: int) -> None:
    beidou = np.where(np.arange(300) % every == 0, 8, -1)
    assert (between(np.arange(300) * SECOND, beidou, beidou)[0] == beidou).all()
