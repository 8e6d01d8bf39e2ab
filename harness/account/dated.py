# SPDX-License-Identifier: Apache-2.0
"""Whether data can be those of this project: their own dates against the project's period and the end of the recording. Pure.

Data that the campaign recorded itself are of their time, before or after the period; of files that are older than the
campaign the period decides. Nothing can be dated after it was recorded, nor before that what came live.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from harness.kit.words import Catalogue
from harness.model import Lack
from harness.spec.profile import Project

WORDS = Catalogue("harness", "dated")
_LOCAL = timezone(timedelta(hours=8))
_DAY_NS = 86_400 * 10**9
_LATE_NS = 3600 * 10**9
"""By how much two clocks may differ before their dates contradict each other."""
_TIMES_FROM_NS = 10**18
"""Times below (2001) are a log's own, and no dates."""


def dated(
    window: tuple[int, int] | None, project: Project, recorded: tuple[int, int], *, live: bool = False
) -> Iterator[Lack]:
    """Why the data of ``window`` (UTC ns) cannot PASS for the project; ``recorded``: when the attempt began and ended, UTC ns.

    ``live``: they came from a device while it was recorded, so that an earlier date is a replay or a clock that is wrong.
    """
    if window is None or window[0] < _TIMES_FROM_NS:
        return
    began, ended = recorded
    start, stop = (_day(each) for each in window)
    facts: dict[str, Any] = {"start": start.isoformat(), "end": stop.isoformat()}
    if ended and window[1] > ended + _LATE_NS:
        yield WORDS.lack("later-than-recorded", **facts, recorded=_day(ended).isoformat())
    elif live and window[0] < began - _LATE_NS:
        yield WORDS.lack("earlier-than-recorded", **facts, recorded=_day(began).isoformat())
    elif window[0] < began - _DAY_NS and not (project.start <= start and stop <= project.end):
        period: dict[str, Any] = {"from": project.start.isoformat(), "to": project.end.isoformat()}
        yield WORDS.lack("outside-period", **facts, **period)


def _day(time_ns: int) -> date:
    return datetime.fromtimestamp(time_ns / 1e9, UTC).astimezone(_LOCAL).date()
