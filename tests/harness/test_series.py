# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from harness.series import Event, Series, concatenate


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Series({"a": np.arange(3), "b": np.arange(4)})


def test_where_keeps_rows_units_and_events() -> None:
    series = Series({"a": np.arange(4)}, {"a": "s"}, (Event("x.y", 7),))
    kept = series.where(series["a"] > 1)
    assert kept["a"].tolist() == [2, 3]
    assert (kept.units, kept.events) == (series.units, series.events)


def test_concatenating_keeps_the_order_of_rows_and_events() -> None:
    parts = [Series({"a": np.array([index])}, events=(Event("e", index),)) for index in range(3)]
    whole = concatenate(parts)
    assert whole["a"].tolist() == [0, 1, 2]
    assert [event.offset for event in whole.events] == [0, 1, 2]
    assert len(whole) == 3
