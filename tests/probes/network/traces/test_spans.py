# SPDX-License-Identifier: Apache-2.0
"""Spans merge exactly, whatever the cut and the order."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.network.traces.spans import Spans

times = st.lists(st.integers(0, 300), max_size=40)
owners = st.lists(st.integers(0, 5), min_size=40, max_size=40)


def of(values: list[int], link: int) -> Spans:
    return Spans.of(np.array(values, np.int64), link)


@given(times, st.integers(0, 20), owners, st.permutations(range(6)))
def test_any_split_in_any_order_gives_the_spans_of_the_whole(values, link, owner, order) -> None:
    parts = [[value for value, part in zip(values, owner, strict=False) if part == number] for number in order]
    assert reduce(Spans.merge, (of(part, link) for part in parts)) == of(values, link)


@given(times, st.integers(0, 20))
def test_spans_are_what_a_walk_over_the_sorted_events_finds(values, link) -> None:
    walked: list[list[int]] = []
    for value in sorted(values):
        if walked and value - walked[-1][-1] <= link:
            walked[-1].append(value)
        else:
            walked.append([value])
    found = of(values, link)
    assert found.start.tolist() == [span[0] for span in walked]
    assert found.stop.tolist() == [span[-1] for span in walked]
    assert found.count.tolist() == [len(span) for span in walked]


def test_gaps_inside_a_span_and_at_either_end_are_found_and_those_before_the_first_of_all_are_not() -> None:
    sent = of([*range(0, 100, 10), *range(500, 600, 10), *range(1000, 1050, 10)], 10)
    answered = of([20, 30, 70, 520, 590], 10)
    starts, stops = answered.gaps_within(sent)
    assert list(zip(starts.tolist(), stops.tolist(), strict=True)) == [
        (30, 70), (70, 90), (500, 520), (520, 590), (590, 590), (1000, 1040),
    ]  # fmt: skip


@given(times, times, st.integers(0, 20))
def test_gaps_are_what_is_asked_from_the_first_answer_on_and_not_spanned_by_answers(asked, more, link) -> None:
    sent, answered = of([*asked, *more], link), of(more, link)
    starts, stops = answered.gaps_within(sent)
    assert (stops >= starts).all()
    left = [int(sent.within(answered.start[0], 10**6))] if len(answered) else [0]
    assert int((stops - starts).sum()) == left[0] - int(answered.lengths.sum())


def test_different_links_do_not_merge() -> None:
    with pytest.raises(ValueError, match="do not merge"):
        of([1], 1).merge(of([1], 2))


def test_what_spans_cover_between_two_moments_is_their_overlap() -> None:
    spans = Spans.of(np.array([0, 5, 100, 110]), 10)
    assert [spans.within(start, stop) for start, stop in ((0, 200), (2, 4), (4, 105), (6, 99), (50, 10))] == [
        15,
        2,
        6,
        0,
        0,
    ]
