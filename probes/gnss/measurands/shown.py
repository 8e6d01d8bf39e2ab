# SPDX-License-Identifier: Apache-2.0
"""What a reader sees of availability: the times without fix, the events that were timed, the satellites used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from harness.kit.figures import Cell, Table
from harness.kit.listings import Column, Listing
from harness.model import Figure, Outcome
from harness.plugins import Request, Shown
from probes.gnss.digests.epochs import Gap, gaps, interval_ns
from probes.gnss.digests.log import Log
from probes.gnss.measurands.availability import times_to_fix, times_to_refix
from probes.gnss.measurands.constellation import system_name
from probes.gnss.measurands.view import Received
from probes.gnss.measurands.words import WORDS, titled

View = Sequence[Received]
ROWS = 100
TIMES = 200
"""Events listed at most, of each receiver."""


def gap_tables(view: View, outcome: Outcome, request: Request) -> Shown:
    """The times without fixed solution of each receiver: start, length, epochs missing, cause; the longest ones."""
    del outcome, request
    return Shown(tuple(_gap_table(each, alone=len(view) == 1) for each in view if gaps(each.log, each.settings)))


def fix_times(view: View, outcome: Outcome, request: Request) -> Shown:
    """How long each first fix took."""
    del outcome, request
    return _times(
        view, lambda each: times_to_fix(each.log, each.settings.power_on, interval_ns(each.log, each.settings))[0]
    )


def refix_times(view: View, outcome: Outcome, request: Request) -> Shown:
    """How long each loss took."""
    del outcome, request
    return _times(view, lambda each: times_to_refix(each)[0])


def satellites(view: View, outcome: Outcome, request: Request) -> Shown:
    """Satellites in the solution by system."""
    del outcome, request
    columns = (
        Column("receiver", WORDS.text("receiver")),
        Column("system", WORDS.text("system")),
        Column("count", WORDS.text("count")),
    )
    rows = [
        (each.label, system_name(system) if system else WORDS.text("other"), count)
        for each in view
        for system, count in each.log.used.items()
    ]
    return Shown(listings=(Listing("satellites-used", WORDS.text("satellites-used"), columns, rows),))


def _times(view: View, of: Callable[[Received], list[float]]) -> Shown:
    columns = (Column("receiver", WORDS.text("receiver")), Column("seconds", WORDS.text("seconds"), "s"))
    rows = [(each.label, round(seconds, 3)) for each in view for seconds in of(each)[:TIMES]]
    return Shown(listings=(Listing("times", WORDS.text("times"), columns, rows),))


def _gap_table(one: Received, *, alone: bool) -> Figure:
    title, found = WORDS.text("gaps"), gaps(one.log, one.settings)
    longest = sorted(sorted(found, key=lambda gap: -gap.seconds)[:ROWS], key=lambda gap: gap.start_ns)
    return Table(
        title if alone else titled(title, one.label),
        columns=[WORDS.text(key) for key in ("start", "length", "epochs-missing", "cause")],
        rows=[_row(gap, one.log) for gap in longest],
        unit="s",
        more=len(found) - len(longest),
    )


def _row(gap: Gap, log: Log) -> tuple[Cell, ...]:
    cause = WORDS.text("silence" if gap.silent else "not-fixed")
    return _moment(gap.start_ns, log), round(gap.seconds, 3), gap.missing, cause


def _moment(time_ns: int, log: Log) -> str:
    text = datetime.fromtimestamp(time_ns // 10**9, UTC).isoformat().replace("+00:00", "Z")
    return text if log.dated else text[11:]
