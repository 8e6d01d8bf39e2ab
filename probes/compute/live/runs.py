# SPDX-License-Identifier: Apache-2.0
"""Runs a workload again and again and keeps every call with its begin and end, a session a run.

A run that crashes is a session with its error: it is not repeated in silence, and what was done before stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError, YanshouError
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.compute.live.host import host, temperature_c, throttles
from probes.compute.live.identity import Marks, numbers, refuse_another
from probes.compute.plans.runs import RunSettings
from probes.compute.traces.recorded import RUN

_ROW_NS = 10**9
_NAP_S = 0.2


class Runner(Protocol):
    """Something that can be called again and again."""

    facts: Mapping[str, Any]
    """``operations`` of one item, ``precision``, ``sparsity``, ``sha256`` of the model, what else is worth knowing."""

    def calls(self, until_ns: int) -> Iterator[tuple[str, float, int, int, int]]:
        """Kernel (empty for a model), operations of an item, begin and end (ns since 1970), items; until a moment."""


def runner_of(settings: RunSettings, folder: Path) -> Runner:
    """What runs it; InstrumentError with the cure where it cannot."""
    if settings.command is not None:
        from probes.compute.live.program import Program

        return Program(settings, folder)
    from probes.compute.live.inference import Model, Sweep

    return Sweep(settings) if settings.sweep else Model(settings, folder)


class RunSource:
    """All runs with their pauses; a resumed attempt goes on with the run after the last whole one."""

    appendable = True

    def __init__(self, settings: RunSettings, folder: Path) -> None:
        """``folder``: what paths of the profile are relative to."""
        self._settings, self._folder = settings, folder

    def preflight(self) -> None:
        """The workload can be run at all, on the terminal that is declared."""
        runner_of(self._settings, self._folder)
        refuse_another(self._settings.terminal, self._settings.identify, self._folder)

    def record(self, sink: Sink) -> None:
        """A session a run; InstrumentError when not one of them did anything."""
        done, worked = int(sink.state.get("runs", 0)), False
        marks = Marks(sink, self._settings.terminal)
        if self._settings.model is not None and not done:
            sink.attach(Path(self._settings.model).name, (self._folder / self._settings.model).read_bytes())
        for number in range(done + 1, self._settings.runs + 1):
            self._pause(sink)
            if sink.stopping:
                return
            worked = self._run(number, sink, marks) or worked
            sink.checkpoint({"runs": number})
        self._pause(sink)
        marks.seen(self._said(sink), always=True)
        if not worked and done < self._settings.runs:
            raise InstrumentError("No run of the workload did anything.", cure="look at the errors in the record.")

    def _said(self, sink: Sink) -> tuple[str, ...]:
        """The terminal's own numbers; none where it does not say them, which is journalled."""
        try:
            return numbers(self._settings.identify, self._folder)
        except InstrumentError as error:
            sink.event("compute.not-identified", {"problem": error.problem})
            return ()

    def _pause(self, sink: Sink) -> None:
        end = time.monotonic() + self._settings.pause_ns / 1e9
        while time.monotonic() < end and not sink.stopping:
            time.sleep(min(_NAP_S, max(0.0, end - time.monotonic())))

    def _run(self, number: int, sink: Sink, marks: Marks) -> bool:
        own, said = self._settings, self._said(sink)
        marks.seen(said)
        head = {"workload": own.workload, "run": number, "host": host(), "t": time.time_ns(), "ids": said}
        opened, worked = False, False
        try:
            runner = runner_of(own, self._folder)  # anew: a run is a restart
            sink.write(Writer(RUN, {**head, **runner.facts}).header)
            opened = True
            for row in _rows(runner.calls(time.time_ns() + own.duration_ns)):
                sink.write(line(row))
                worked = True
                sink.progress(number - 1, own.runs, f"{number}/{own.runs}")
                if sink.stopping:
                    return worked
            sink.write(line({"end": True, "ids": self._said(sink)}))
        except YanshouError as error:
            if not opened:
                sink.write(Writer(RUN, head).header)
            sink.write(line({"t": time.time_ns(), "error": error.problem}))
            sink.event("compute.run-failed", {"run": number, "problem": error.problem})
        return worked


def _rows(calls: Iterator[tuple[str, float, int, int, int]]) -> Iterator[dict[str, Any]]:
    """Columns of about a second of one kernel, and what the host says of itself beside each."""
    row: dict[str, Any] = {}
    slowed = throttles()
    for kernel, ops, begin, end, items in calls:
        if row and (row.get("kernel", "") != kernel or end - row["s"][0] >= _ROW_NS):
            yield row
            row = {}
            now, before = throttles(), slowed
            slowed = now
            own = {"t": time.time_ns(), "throttled": bool(now is not None and before is not None and now > before)}
            warm = temperature_c()
            yield {**own, **({} if warm is None else {"temperature_c": warm})}
        if not row:
            row = {"s": [], "e": [], "n": [], **({"kernel": kernel, "ops": ops} if kernel else {})}
        row["s"].append(begin)
        row["e"].append(end)
        row["n"].append(items)
    if row:
        yield row
