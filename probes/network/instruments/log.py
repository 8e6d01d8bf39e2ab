# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.log``: a latency log or a drive log of another program.

Evidence for the estimators of ``network.stamp``. What a log holds was measured by others: every verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Problem, Source
from harness.quantity import Quantity
from probes.network.digests.drive import Drive
from probes.network.digests.paths import PathSummary, nanoseconds, summarise
from probes.network.instruments.evidence import EvidenceProbe
from probes.network.instruments.terminals import TerminalsSource
from probes.network.traces import logs
from probes.network.traces.session import Session
from probes.network.traces.track import Track

_KEYS = {"file", "waiting_time", "columns", "units"}


class LogProbe(EvidenceProbe):
    """What it reads is judged as ``network.rtt``, ``network.mobility`` …, of ``network.stamp``."""

    name = "network.log"
    title = Text("其他程序的时延日志或行车日志", "Latency and drive logs of other programs")
    extension = "log"

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: file, waiting_time, columns (header names), units."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.log.", f"use {', '.join(sorted(_KEYS))}.")
            for key in sorted(set(config) - _KEYS)
        ]
        for key in ("columns", "units"):
            wrong = sorted(set(config.get(key, {})) - set(logs.COLUMNS))
            if wrong:
                problems.append(Problem((key,), f"{wrong[0]!r} is no column.", f"use {', '.join(logs.COLUMNS)}."))
        given = config.get("file")
        if not isinstance(given, str) or not given:
            return [*problems, Problem(("file",), "No log is named.", "write file: drive.csv.")]
        try:
            _read((folder / given).read_bytes(), given, config)
        except OSError as error:
            problems.append(
                Problem(("file",), f"{given} cannot be read: {error.strerror}.", "put it beside the profile.")
            )
        except YanshouError as error:
            problems.append(Problem(("file",), f"{error.where or given}: {error.problem}", error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file, copied byte for byte."""
        return TerminalsSource(folder / str(config["file"]), lambda data, name: _read(data, name, config))

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def summarise(self, chunk: Chunk, context: Context) -> Drive:
        """Counts, histograms, spans and the track; a file that is no log counts as damaged."""
        config = context.config
        try:
            session, track = _read(chunk.path.read_bytes(), str(config.get("file", chunk.path.name)), config)
        except DecodeError:
            return Drive({}, damaged=1)
        found = summarise(session, context)
        return Drive(**{each.name: getattr(found, each.name) for each in fields(PathSummary)}, track=track)


def _read(data: bytes, name: str, config: Mapping[str, Any]) -> tuple[Session, Track]:
    waiting = Quantity.parse(str(config.get("waiting_time", "3 s")))
    return logs.decode(data, name, logs.form_of(config), nanoseconds(waiting))


PROBE = LogProbe()
