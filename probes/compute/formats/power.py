# SPDX-License-Identifier: Apache-2.0
"""What every power log comes to: samples in columns, the clock they are stamped by, and what a reader has to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.kit.unreadable import UnreadableError
from harness.model import Reason, Text
from probes.compute.formats.words import WORDS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NOUN = Text("功率记录", "power log")
CLOCKS = ("utc", "local", "none")
OVERLOAD_W = 9.0e36
"""SCPI says 9.91E+37 for "not a number" and 9.9E+37 for infinity (SCPI 1999, 7.2.1.4); nothing draws that much."""


OVERLOADED = frozenset(
    [
        "ol",
        "-ol-",
        "o.l",
        "o.l.",
        "ol.",
        "over",
        "overload",
        "over-load",
        "overrange",
        "over-range",
        "over_range",
        "out-of-range",
        "overflow",
        "ovf",
        "ovld",
        "oflow",
        "---o---",
        "---ol---",
        "--ol--",
        "inf",
        "+inf",
        "-inf",
        "infinity",
        "超量程",
        "过载",
        "超限",
        "溢出",
    ]
)
"""What meters and loggers write for a reading beyond the range, in lower case without blanks."""


@dataclass(frozen=True, slots=True, eq=False)
class PowerLog:
    """The samples of one meter in the order of time.

    ``at_ns`` (n,) counts from 1970 by a clock of kind ``clock`` (``local``: no zone was written), or from the beginning of
    the trace (``none``). ``watts`` (n,) at those moments; ``joules`` (m,) is the running counter at ``joules_ns`` (m,) where
    the meter counts energy itself. ``flagged_ns``: moments of samples without a usable value (overload, absent, not above
    zero). ``disorder``: stamps run back, so that nothing can be said of windows.
    """

    format: str
    at_ns: Ints
    watts: Floats
    clock: str = "utc"
    joules: Floats | None = None
    joules_ns: Ints | None = None
    flagged_ns: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    disorder: bool = False
    events: tuple[Reason, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def period_ns(self) -> int:
        """The usual distance of two samples; 0 where there are fewer than two."""
        return int(np.median(np.diff(self.at_ns))) if len(self.at_ns) > 1 else 0

    @property
    def rate_hz(self) -> float | None:
        """Samples a second over the whole log; None where there are fewer than two."""
        span = int(self.at_ns[-1] - self.at_ns[0]) if len(self.at_ns) > 1 else 0
        return (len(self.at_ns) - 1) * 1e9 / span if span > 0 else None

    @property
    def max_gap_s(self) -> float | None:
        """The longest time without a sample, in s."""
        return float(np.diff(self.at_ns).max()) / 1e9 if len(self.at_ns) > 1 else None


@dataclass(slots=True)
class Samples:
    """Samples as a reader finds them one by one; :meth:`log` puts them into columns and tells what is odd about them."""

    format: str
    clock: str = "local"
    at_ns: list[int] = field(default_factory=list)
    watts: list[float] = field(default_factory=list)
    flagged: dict[str, list[int]] = field(default_factory=dict)
    events: list[Reason] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, at_ns: int, watts: float | None, *, overload: bool = False) -> None:
        """A sample; None: the meter gave no value."""
        if overload or (watts is not None and abs(watts) >= OVERLOAD_W):
            self.flagged.setdefault("overload", []).append(at_ns)
        elif watts is None or watts != watts:  # noqa: PLR0124 - NaN
            self.flagged.setdefault("no-value", []).append(at_ns)
        elif watts <= 0:
            self.flagged.setdefault("not-positive", []).append(at_ns)
        else:
            self.at_ns.append(at_ns)
            self.watts.append(watts)

    def extend(self, at_ns: Ints, watts: Floats) -> None:
        """Many samples at once, all of them with a number."""
        bad = (watts <= 0) | (np.abs(watts) >= OVERLOAD_W)
        for at, value in zip(at_ns[bad].tolist(), watts[bad].tolist(), strict=True):
            self.add(at, value)
        self.at_ns += at_ns[~bad].tolist()
        self.watts += watts[~bad].tolist()

    def log(self) -> PowerLog:
        """The columns; UnreadableError where there is no sample at all."""
        told = [WORDS.reason(kind, count=len(where)) for kind, where in sorted(self.flagged.items())]
        if not self.at_ns:
            raise unreadable("no-sample", "record again with the meter switched on and in range.", format=self.format)
        at, watts = np.array(self.at_ns, np.int64), np.array(self.watts, np.float64)
        at, watts, odd, disorder = ordered(at, watts)
        flagged = np.array(sorted(each for where in self.flagged.values() for each in where), np.int64)
        return PowerLog(
            self.format,
            at,
            watts,
            self.clock,
            flagged_ns=flagged,
            disorder=disorder,
            events=(*self.events, *told, *odd),
            facts=self.facts,
        )


def plain_numbers(texts: Sequence[str]) -> Floats | None:
    """The numbers of a column that holds nothing but plain ASCII numbers, in one go; None where any cell is anything else."""
    joined = "".join(texts)
    if not joined.isascii() or not _PLAIN.issuperset(joined) or not all(texts):
        return None
    try:
        return np.asarray(texts, dtype=np.float64)
    except ValueError:
        return None


def plain_integers(texts: Sequence[str]) -> Ints | None:
    """The same for whole numbers from 0 on, exactly."""
    joined = "".join(texts)
    if not joined.isascii() or not joined.isdecimal() or not all(texts):
        return None
    try:
        return np.asarray([int(each) for each in texts], dtype=np.int64)
    except OverflowError:
        return None


_PLAIN = frozenset("0123456789+-.eE")


def ordered(at: Ints, watts: Floats) -> tuple[Ints, Floats, list[Reason], bool]:
    """The same sample twice counts once; stamps that run back, or one stamp with two values, are told and spoil the order."""
    events: list[Reason] = []
    if len(at) > 1 and (np.diff(at) <= 0).any():
        _, first = np.unique(np.stack([at, watts.view(np.int64)]), axis=1, return_index=True)
        if len(first) < len(at):
            events.append(WORDS.reason("sample-twice", count=len(at) - len(first)))
            first.sort()
            at, watts = at[first], watts[first]
    step = np.diff(at)
    if (step < 0).any():
        events.append(WORDS.reason("time-back", count=int((step < 0).sum()), most_s=float(-step.min()) / 1e9))
    elif (step == 0).any():
        events.append(WORDS.reason("stamp-twice", count=int((step == 0).sum())))
    return at, watts, events, bool((step <= 0).any())


def unreadable(key: str, cure: str, where: str = "", /, **facts: object) -> UnreadableError:
    """A refusal in both languages."""
    return UnreadableError(WORDS.text(key, **facts), cure=cure, where=where)


def told(events: Sequence[Reason]) -> list[dict[str, Any]]:
    """Events as JSON values: code, sentence, and the facts in it."""
    return [
        {"event": each.code, "text": each.text.en, **{k: _plain(v) for k, v in each.facts.items()}} for each in events
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.en
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else str(value)
