# SPDX-License-Identifier: Apache-2.0
"""Which stretches of a receiver's logs are sessions: started anew, far enough apart, long enough (after ISO 17123-8).

A stretch begins where the receiver was switched on or silent and had no fix when it was heard again: an initialisation of
its own. Stretches nearer or shorter than the reading asks belong to the session before them; no epoch is dropped for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.model import Need
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import sessions as over_sessions
from probes.gnss.digests.epochs import interval_ns
from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.words import WORDS, seconds
from probes.gnss.truth.settings import Comparison

SILENCE_S = 60.0
"""Silence after which a receiver without fix has started anew."""
APART = Quantity(Fraction(90), "min")
"""Least time between the starts of sessions where the reading does not say it: another satellite geometry (ISO 17123-8)."""
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Stretch(NamedTuple):
    """From the first epoch after a start to the last one before the next, of one of several logs."""

    start_ns: int
    stop_ns: int
    log: int

    @property
    def seconds(self) -> float:
        """Length in s."""
        return (self.stop_ns - self.start_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Session:
    """Stretches that count as one."""

    stretches: tuple[Stretch, ...]

    @property
    def start_ns(self) -> int:
        """When it began."""
        return self.stretches[0].start_ns

    @property
    def seconds(self) -> float:
        """How long it was recorded, s."""
        return sum(each.seconds for each in self.stretches)

    def of(self, columns: Sequence[tuple[Ints, Floats]]) -> Floats:
        """What of (times, values) of each log lies in this session."""
        found = []
        for each in self.stretches:
            times, values = columns[each.log]
            found.append(values[(times >= each.start_ns) & (times < each.stop_ns)])
        return np.concatenate(found)


def stretches(log: Log, settings: Comparison, number: int = 0) -> list[Stretch]:
    """The stretches of one log."""
    if not len(log):
        return []
    times, step = log.time_ns, interval_ns(log, settings)
    marks = np.searchsorted(times, np.array(sorted(settings.power_on), dtype=np.int64))
    silent = np.flatnonzero(np.diff(times) > max(SILENCE_S * 1e9, 1.5 * step)) + 1
    begins = np.unique(np.concatenate([marks[(marks > 0) & (marks < len(times))], silent]))
    anew = [int(each) for each in begins if log.epochs["quality"][each] != FIXED]
    starts = [0, *anew]
    return [
        Stretch(int(times[first]), int(times[last - 1]) + step, number)
        for first, last in zip(starts, [*anew, len(times)], strict=True)
    ]


def sessions(logs: Sequence[tuple[Log, Comparison]], ask: Request) -> list[Session]:
    """The sessions of one receiver's logs in order of time, as the reading asks for them."""
    minimum = ask.reading.minimum
    apart_s = float(minimum.get("apart", APART).to("s"))
    length_s = float(minimum["session"].to("s")) if "session" in minimum else 0.0
    found: list[list[Stretch]] = []
    every = sorted(each for number, (log, settings) in enumerate(logs) for each in stretches(log, settings, number))
    for each in every:
        if found and (each.start_ns - found[-1][0].start_ns < apart_s * 1e9 or _seconds(found[-1]) < length_s):
            found[-1].append(each)
        else:
            found.append([each])
    if len(found) > 1 and _seconds(found[-1]) < length_s:
        found[-2] += found.pop()
    return [Session(tuple(each)) for each in found]


def effort(found: Sequence[Session]) -> dict[str, Effort]:
    """What these sessions amount to."""
    starts = [each.start_ns for each in found]
    apart = min((later - one for one, later in pairwise(starts)), default=0)
    shortest = min((each.seconds for each in found), default=0.0)
    return {"sessions": len(found), "session": seconds(shortest), "apart": seconds(apart / 1e9)}


def window(logs: Sequence[tuple[Log, Comparison]]) -> tuple[int, int] | None:
    """First and last moment of dated logs, UTC ns."""
    dated = [log for log, _ in logs if log.dated and len(log)]
    if len(dated) < len(logs) or not dated:
        return None
    return min(int(log.time_ns[0]) for log in dated), max(int(log.time_ns[-1]) for log in dated)


def recorded(logs: Sequence[tuple[Log, Comparison]]) -> dict[str, Effort]:
    """How long was recorded: silence that nothing began anew after is part of it and counts as missing."""
    expected, fixed, lasted = 0.0, 0, 0.0
    for log, settings in logs:
        step, length = interval_ns(log, settings), _seconds(stretches(log, settings))
        expected += length * 1e9 / step if step else len(log)
        fixed += int(np.count_nonzero(log.epochs["quality"] == FIXED))
        lasted += length
    return {"duration": seconds(lasted), "coverage": min(Fraction(1), Fraction(fixed, max(1, round(expected))))}


def need(mean: float, limit: float | None, ask: Request, axes: int) -> Need | None:
    """How many sessions like these would prove a mean below ``limit``, and how far apart; None where no number would."""
    n = None if limit is None or mean <= 0 else over_sessions.wanted(mean, limit, ask.risk_above, axes)
    if n is None:
        return None
    return enough(n, ask)


def enough(n: int, ask: Request) -> Need:
    """``n`` sessions, as far apart as the reading asks."""
    apart = ask.reading.minimum.get("apart", APART)
    text = WORDS.text("sessions-wanted", n=n, apart=apart)
    return Need(text, "pass", "sessions", n, seconds=float(n * apart.to("s")))


def told(found: Sequence[Session]) -> Mapping[str, Any]:
    """Number and length of the sessions, for people who check."""
    return {"sessions": len(found), "session_s": [round(each.seconds, 3) for each in found]}


def _seconds(found: Sequence[Stretch]) -> float:
    return sum(each.seconds for each in found)
