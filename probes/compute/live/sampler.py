# SPDX-License-Identifier: Apache-2.0
"""Asks a meter on absolute deadlines and keeps what it says, a line of columns about every second.

The stamp of a reading is the middle of question and answer, on the wall clock of this host. A meter that falls silent is a row
too; it is tried again until the planned end. How punctual the sampler was, and the time it took of a processor, is recorded.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.compute.live import clocks
from probes.compute.live.host import host
from probes.compute.live.identity import Marks
from probes.compute.live.meters import connect
from probes.compute.live.reading import Meter, Reading
from probes.compute.live.timing import Ticks, punctual
from probes.compute.plans.meters import PowerSettings
from probes.compute.traces.recorded import POWER

_ROW_NS = 10**9
_CHECKPOINT_S = 5.0
_AGAIN_S = 1.0


class PowerSource:
    """Samples until the planned end; a resumed run samples for what is left, in a new segment."""

    appendable = False

    def __init__(self, settings: PowerSettings, folder: Path) -> None:
        """``folder``: what paths of the profile are relative to."""
        self._settings, self._folder = settings, folder

    def preflight(self) -> None:
        """The meter is there and gives a value; InstrumentError otherwise."""
        with closing(connect(self._settings, self._folder)) as meter:
            found = meter.read()
        if found.watts is None and found.microjoules is None:
            msg = f"{meter.identity} gives no value: overload, or nothing is connected."
            raise InstrumentError(msg, cure="check its range and its wiring.")

    def record(self, sink: Sink) -> None:
        """Rows of samples; InstrumentError when it never answered."""
        left_s = self._settings.duration_ns / 1e9 - float(sink.state.get("elapsed_s", 0.0))
        run = _Sampling(self._settings, self._folder, sink, time.monotonic() + left_s)
        with punctual(self._settings.cpus) as granted:
            run.open(granted)
            run.compare("before")
            run.sample()
            run.compare("after")
        run.part()
        if not run.answered and run.problem is not None:
            raise run.problem


@dataclass(slots=True)
class _Sampling:
    settings: PowerSettings
    folder: Path
    sink: Sink
    end: float
    meter: Meter | None = None
    answered: bool = False
    problem: InstrumentError | None = None
    row: dict[str, Any] = field(default_factory=dict)
    began_ns: int = 0
    kept: float = 0.0
    tried: float = 0.0
    marks: Marks | None = None

    def open(self, granted: dict[str, Any]) -> None:
        self.meter = connect(self.settings, self.folder)
        self.marked()
        facts = {"way": self.settings.way, "identity": self.meter.identity, "host": host(), "t": time.time_ns()}
        self.sink.write(Writer(POWER, {**facts, **self.meter.facts, "granted": granted}).header)

    def marked(self, *, always: bool = False) -> None:
        """Journal which meter answers, where it says a number of its own."""
        if self.meter is not None and self.meter.mark:
            self.marks = self.marks or Marks(self.sink, self.settings.meter or self.settings.way)
            self.marks.seen([self.meter.mark], always=always)

    def part(self) -> None:
        """Greet the meter once more, so that the one at the end is known to be the one of the beginning."""
        if self.marks is None or not self.answered:
            return
        try:
            with closing(connect(self.settings, self.folder)) as self.meter:
                self.marked(always=True)
        except InstrumentError as error:
            self.sink.event("compute.meter-silent", {"problem": error.problem})

    def compare(self, phase: str) -> None:
        """Write how the clock of the measured host stands beside ours."""
        if self.settings.clock is not None:
            self.sink.write(line(clocks.asked(str(self.settings.clock), phase)))

    def sample(self) -> None:
        ticks = Ticks(round(10**9 / self.settings.rate_hz))
        cpu = time.thread_time_ns()
        while time.monotonic() < self.end and not self.sink.stopping:
            ticks.wait()
            self.one(ticks)
            if self.began_ns and time.time_ns() - self.began_ns >= _ROW_NS:
                self.flush(ticks)
        self.flush(ticks)
        self.sink.write(line({"cpu_ns": time.thread_time_ns() - cpu}))
        if self.meter is not None:
            self.meter.close()

    def one(self, ticks: Ticks) -> None:
        try:
            if self.meter is None:
                if time.monotonic() - self.tried < _AGAIN_S:
                    return
                self.tried = time.monotonic()
                self.meter = connect(self.settings, self.folder)
                self.marked()
            before = time.time_ns()
            began = time.monotonic_ns()
            found = self.meter.read()
            self.take(found, before, time.monotonic_ns() - began, ticks.late_ns)
        except InstrumentError as error:
            self.lost(error)

    def take(self, found: Reading, before: int, rtt_ns: int, late_ns: int) -> None:
        self.answered = True
        self.began_ns = self.began_ns or before
        row = self.row
        row.setdefault("t", []).append(before + rtt_ns // 2)
        row.setdefault("rtt", []).append(rtt_ns)
        row.setdefault("late", []).append(late_ns)
        key, value = ("uj", found.microjoules) if found.microjoules is not None else ("w", found.watts)
        row.setdefault(key, []).append(value)
        if found.range_w is not None:
            row["range_w"] = found.range_w

    def flush(self, ticks: Ticks) -> None:
        if self.row:
            self.sink.write(line({**self.row, **({"missed": ticks.missed} if ticks.missed else {})}))
            self.row, self.began_ns, ticks.missed = {}, 0, 0
        planned = self.settings.duration_ns / 1e9
        elapsed = planned - max(0.0, self.end - time.monotonic())
        self.sink.progress(elapsed, planned)
        if elapsed - self.kept >= _CHECKPOINT_S:
            self.sink.checkpoint({"elapsed_s": round(elapsed, 3)})
            self.kept = elapsed

    def lost(self, error: InstrumentError) -> None:
        if self.meter is not None:
            self.meter.close()
            self.sink.event("compute.meter-silent", {"problem": error.problem})
        self.meter, self.problem = None, error
        self.sink.write(line({"t_ns": time.time_ns(), "error": error.problem}))
