# SPDX-License-Identifier: Apache-2.0
"""Data are of the project's period, or recorded by the campaign itself, and never of a day after they were recorded."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from harness.account.dated import dated
from harness.spec.profile import Organisation, Project

PROJECT = Project("P", Organisation("N", ""), (), date(2023, 5, 18), date(2024, 5, 18), "S")
DAY = 86_400 * 10**9
MOMENTS = st.integers(-4000, 400)


def at(days: int) -> int:
    """Noon in Wuhan, so many days after the campaign of 2024-08-01 began."""
    return round(datetime(2024, 8, 1, 4, tzinfo=UTC).timestamp()) * 10**9 + days * DAY


@given(MOMENTS, st.integers(0, 20))
def test_data_pass_for_the_period_and_for_the_campaign_itself_alone(start: int, length: int) -> None:
    began, ended = at(0), at(21)
    told = [each.reason.code for each in dated((at(start), at(start + length)), PROJECT, (began, ended))]
    first, last = (datetime.fromtimestamp(at(each) / 1e9, UTC).date() for each in (start, start + length))
    inside = PROJECT.start <= first and last <= PROJECT.end
    if start + length > 21:
        assert told == ["dated.later-than-recorded"]
    elif inside or start >= -1:
        assert told == []
    else:
        assert told == ["dated.outside-period"]


@given(st.floats(-400, -0.05), st.floats(0, 0.04))
def test_what_came_live_is_of_no_earlier_day(start: float, slack: float) -> None:
    """Whether or not the project ran then: a replay, or a clock that is wrong."""
    began = at(0)
    window = (began + round(start * DAY), began + 600 * 10**9)
    told = [each.reason.code for each in dated(window, PROJECT, (began, at(1)), live=True)]
    assert told == ["dated.earlier-than-recorded"]
    window = (began - round(slack * DAY), began + 600 * 10**9)
    assert not list(dated(window, PROJECT, (began, at(1)), live=True))


def test_a_log_without_dates_and_a_recording_that_goes_on_are_not_dated() -> None:
    assert not list(dated((0, 10**12), PROJECT, (at(0), at(1))))
    assert not list(dated(None, PROJECT, (at(0), at(1))))
    assert not list(dated((at(0), at(5)), PROJECT, (at(0), 0)))
