# SPDX-License-Identifier: Apache-2.0
"""The recorded forms of this domain: what a meter said (``yanshou.power/1``) and what a workload did (``yanshou.run/1``).

A session of power begins with who the meter is; rows hold columns of about a second: ``t`` (ns, the middle of question and
answer), ``w`` watts or ``j`` joules of a counter, ``rtt`` (ns), and ``range_w`` where the meter names its range. A session of a
run begins with the model and its operations; rows hold ``s``, ``e``, ``n`` of calls, else temperature or an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.errors import DecodeError
from harness.kit.lines import Session
from harness.model import Reason
from probes.compute.formats.power import Floats, Ints, PowerLog, Samples
from probes.compute.formats.words import WORDS
from probes.compute.wire import sntp

POWER, RUN = "yanshou.power/1", "yanshou.run/1"


def power_of(session: Session) -> PowerLog:
    """The samples of one session; what the meter said besides is told."""
    samples = Samples(str(session.facts.get("way", "power")), "utc")
    counts: list[tuple[int, int]] = []
    ranges: list[float] = [] if session.facts.get("range_w") is None else [float(session.facts["range_w"])]
    facts: dict[str, Any] = {
        "identity": session.facts.get("identity", ""),
        "host": session.facts.get("host", ""),
        "late_ns": 0,
        "missed": 0,
    }
    for row in session:
        try:
            _row(row, samples, counts, ranges, facts)
        except (KeyError, TypeError, ValueError, OverflowError):
            session.damaged += 1
    if session.damaged:
        samples.events.append(WORDS.reason("rows-damaged", count=session.damaged))
    found = list(dict.fromkeys(ranges))
    facts["ranges"] = found
    if len(found) > 1:
        samples.events.append(WORDS.reason("range-changed", ranges=found))
    if facts["missed"]:
        samples.events.append(WORDS.reason("ticks-missed", count=facts["missed"]))
    samples.facts = facts
    return _counted(counts, session.facts, samples) if counts else samples.log()


def _row(
    row: dict[str, Any], samples: Samples, counts: list[tuple[int, int]], ranges: list[float], facts: dict[str, Any]
) -> None:
    if row.get("range_w") is not None:
        ranges.append(float(row["range_w"]))
    if row.get("rtt"):
        facts["late_ns"] = max(facts["late_ns"], *map(int, row["rtt"]))
    facts["missed"] += int(row.get("missed", 0))
    if "error" in row:
        samples.events.append(WORDS.reason("meter-error", what=str(row["error"])[:200]))
    if "clock" in row:
        facts.setdefault("clocks", []).append(_compared(row))
    if "w" in row:
        for at, watts in zip(row["t"], row["w"], strict=True):
            samples.add(_whole(at), None if watts is None else float(watts))
    if "uj" in row:
        counts += [(_whole(at), _whole(each)) for at, each in zip(row["t"], row["uj"], strict=True)]


def _compared(row: dict[str, Any]) -> tuple[str, int, int, int]:
    """(before or after, when, by how much the other clock is ahead, the way there and back) of the quickest exchange, in ns.

    Without a usable answer the way is -1. An answer that cannot be used damages the row.
    """
    found = []
    for sent, heard, raw in zip(row["t1"], row["t4"], row["raw"], strict=True):
        try:
            found.append(sntp.exchange(bytes.fromhex(raw), _whole(sent), _whole(heard)))
        except DecodeError as error:
            raise ValueError(error.problem) from None
    if not found:
        return str(row["clock"]), 0, 0, -1
    best = min(found, key=lambda each: (each.rtt_ns, each.at_ns))
    return str(row["clock"]), *best


def _counted(counts: list[tuple[int, int]], facts: Any, samples: Samples) -> PowerLog:
    from probes.compute.formats.counters import unwrapped

    at, values = (np.array(each, np.int64) for each in zip(*counts, strict=True))
    full, most = facts.get("range_uj"), facts.get("most_w")
    joules = (
        unwrapped(at, values, None if full is None else int(full), None if most is None else float(most) * 1e6) / 1e6
    )
    watts = np.diff(joules) / np.maximum(np.diff(at), 1) * 1e9 if len(at) > 1 else np.zeros(0)
    return PowerLog(samples.format, at, np.append(watts, watts[-1:]) if len(watts) else np.zeros(len(at)), "utc", joules, at,
                    events=tuple(samples.events), facts=samples.facts)  # fmt: skip


def _whole(value: Any) -> int:
    """A number that a column of int64 holds; ValueError otherwise, which damages the row."""
    found = int(value)
    if abs(found) >= 1 << 62:
        raise ValueError(value)
    return found


class Calls:
    """The columns of one session of a run as they are read."""

    def __init__(self, session: Session) -> None:
        """Read every row; what cannot be read is counted as damage of the session."""
        self.facts = dict(session.facts)
        self.errors: list[Reason] = []
        self.throttled = 0
        self.ended = False
        self._calls: list[tuple[int, int, int]] = []
        self._warm: list[tuple[int, float]] = []
        self.kernels: dict[str, list[tuple[float, int, int]]] = {}
        self.samples: set[tuple[str, ...]] = set()
        """What the terminal said it is, at the begin and at the end."""
        self._says(self.facts)
        for row in session:
            try:
                self._row(row)
            except (KeyError, TypeError, ValueError, OverflowError):
                session.damaged += 1
        if session.damaged:
            self.errors.append(WORDS.reason("rows-damaged", count=session.damaged))
        if not self.ended:
            self.errors.append(WORDS.reason("run-unfinished"))
        if len(self.samples) > 1:
            self.errors.append(WORDS.reason("another-sample", said=[", ".join(each) for each in sorted(self.samples)]))

    def _says(self, facts: Any) -> None:
        """What the terminal says it is, where it says anything."""
        if facts.get("ids"):
            self.samples.add(tuple(sorted(map(str, facts["ids"]))))

    def _row(self, row: dict[str, Any]) -> None:
        if "error" in row:
            self.errors.append(WORDS.reason("runner-failed", what=str(row["error"])[:200]))
        if "temperature_c" in row:
            self._warm.append((_whole(row["t"]), float(row["temperature_c"])))
        self.throttled += bool(row.get("throttled"))
        self._says(row)
        self.ended = self.ended or bool(row.get("end"))
        if "s" not in row:
            return
        calls = [(_whole(s), _whole(e), _whole(n)) for s, e, n in zip(row["s"], row["e"], row["n"], strict=True)]
        if "kernel" in row:
            own = self.kernels.setdefault(str(row["kernel"]), [])
            own += [(float(row["ops"]), e - s, n) for s, e, n in calls]
        self._calls += calls

    @property
    def columns(self) -> tuple[Ints, Ints, Ints]:
        """Begin, end, count."""
        if not self._calls:
            return (np.empty(0, np.int64),) * 3
        start, end, count = (np.array(each, np.int64) for each in zip(*self._calls, strict=True))
        return start, end, count

    @property
    def temperature(self) -> tuple[Ints, Floats]:
        """When, and how warm in °C."""
        return np.array([at for at, _ in self._warm], np.int64), np.array([each for _, each in self._warm], np.float64)
