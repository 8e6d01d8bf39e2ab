# SPDX-License-Identifier: Apache-2.0
"""Any vendor's program as a runner: started without a shell, its own log of calls read back (start_ns, end_ns, count)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, YanshouError
from probes.compute.formats import detect
from probes.compute.plans.runs import RunSettings

_AFTER_S = 30.0


class Program:
    """A program that runs the model by itself and ends by itself."""

    def __init__(self, settings: RunSettings, folder: Path) -> None:
        """Remember what to start; nothing runs yet."""
        self._command, self._folder = list(settings.command or ()), folder
        self._log, self._operations = folder / (settings.log or ""), float(settings.operations or 0)
        self.facts: Mapping[str, Any] = {
            "runner": self._command[0],
            "operations": self._operations,
            "precision": settings.precision,
            "sparsity": settings.sparsity,
        }

    def calls(self, until_ns: int) -> Iterator[tuple[str, float, int, int, int]]:
        """The calls of its log, once it has ended; InstrumentError where it fails, hangs, or leaves the old log behind."""
        began_ns = time.time_ns()
        try:
            done = subprocess.run(  # noqa: S603 - the profile's own program
                self._command,
                cwd=self._folder,
                capture_output=True,
                timeout=max(1.0, (until_ns - began_ns) / 1e9 + _AFTER_S),
                check=False,
            )
        except subprocess.TimeoutExpired:
            msg = f"{self._command[0]} did not end in time."
            raise InstrumentError(msg, cure="let it run for the duration of a run and end.") from None
        except OSError as error:
            msg = f"{self._command[0]} cannot be started: {error.strerror}."
            raise InstrumentError(msg, cure="check its path and rights; it starts in the profile's folder.") from None
        if done.returncode != 0:
            why = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no message"]
            msg = f"{self._command[0]} ended with {done.returncode}: {why[0][:200]}."
            raise InstrumentError(msg, cure="run it by hand in the profile's folder.")
        yield from self._read(began_ns)

    def _read(self, began_ns: int) -> Iterator[tuple[str, float, int, int, int]]:
        try:
            log = detect.workload(self._log.read_bytes(), self._log.name)
        except OSError as error:
            msg = f"The log {self._log.name} cannot be read: {error.strerror}."
            raise InstrumentError(msg, cure="write log: as the program names it.") from None
        except YanshouError as error:
            raise InstrumentError(error.problem, cure=error.cure) from None
        if not len(log.start_ns):
            msg = f"The log {self._log.name} does not list single calls."
            raise InstrumentError(msg, cure="bind such a log as compute.run-log.")
        if log.clock != "utc" or int(log.start_ns.min()) < began_ns:
            msg = f"The log {self._log.name} is older than the run, or has another clock."
            raise InstrumentError(msg, cure="let the program write ns since 1970 UTC, and the log anew in every run.")
        for begin, end, count in zip(log.start_ns.tolist(), log.end_ns.tolist(), log.count.tolist(), strict=True):
            yield "", self._operations, begin, end, count
