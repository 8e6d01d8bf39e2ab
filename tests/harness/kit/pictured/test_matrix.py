# SPDX-License-Identifier: Apache-2.0
"""A matrix keeps what differs, counts what it cuts, and is refused in another shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.pictured.matrix import MOST, Matrix
from harness.model import Text

T = Text("标题", "title")
STATES = (Text("同", "same"), Text("异", "other"))


def matrix(cells, states=STATES):
    rows, columns = [f"r{at}" for at in range(len(cells))], [f"c{at}" for at in range(len(cells[0]))]
    return Matrix(T, rows, columns, states, cells, T)


def test_a_small_one_is_kept_as_it_is():
    made = matrix([[0, 1, None], [0, 0, 0]])
    assert made.data == {
        "rows": ("r0", "r1"), "columns": ("c0", "c1", "c2"), "states": STATES, "cells": ((0, 1, None), (0, 0, 0)), "x_title": T,
    }  # fmt: skip
    assert len(made) == 6


@given(st.integers(1, 3), st.integers(1, 400), st.data())
def test_the_cells_that_differ_stay_and_the_rest_are_counted(height, width, data):
    odd = data.draw(st.sets(st.integers(0, width - 1), max_size=MOST // 2))
    made = matrix([[int(at in odd) for at in range(width)]] * height)
    assert {f"c{at}" for at in odd} <= set(made.columns)
    assert len(made.columns) <= MOST
    assert made.more == height * (width - len(made.columns))
    assert list(made.columns) == sorted(made.columns, key=lambda name: int(name[1:]))


@pytest.mark.parametrize(
    ("cells", "states"), [([[0, 2]], STATES), ([[0], [0, 0]], STATES), ([[0]], ()), ([[0]], STATES * 3)]
)
def test_another_shape_is_refused(cells, states):
    with pytest.raises(ValueError, match="one of at most four states"):
        matrix(cells, states)
