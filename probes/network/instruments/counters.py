# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.counters``: keeps a table of operator counters or of a drive test as evidence (``network.kpi``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import YanshouError
from harness.model import Text
from harness.plugins import Chunk, Context, Estimator, Problem, Simulator, Source, Trace
from probes.network.instruments.terminals import TerminalsSource
from probes.network.measurands.kpi import kpi
from probes.network.traces.counters import Counters, read_counters

_MEASURANDS: Mapping[str, Estimator] = MappingProxyType({"network.kpi": kpi})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class CountersProbe:
    """Stateless."""

    name = "network.counters"
    version = "1"
    title = Text(
        "运营商网管计数器与路测记录（委托方提供）", "Operator counters and drive tests, as supplied by the client"
    )
    extension = "csv"

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """network.kpi."""
        return _MEASURANDS

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None."""
        return _NOTHING

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: ``file`` is the only one."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of network.counters.", "write file: counters.csv.")
            for key in sorted(set(config) - {"file"})
        ]
        given = config.get("file")
        if not isinstance(given, str) or not given:
            return [*problems, Problem(("file",), "No table of counters is named.", "write file: counters.csv.")]
        try:
            read_counters((folder / given).read_bytes(), given)
        except OSError as error:
            problems.append(
                Problem(("file",), f"{given} cannot be read: {error.strerror}.", "put it beside the profile.")
            )
        except YanshouError as error:
            problems.append(Problem(("file",), f"{error.where or given}: {error.problem}", error.cure))
        return problems

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The file, copied byte for byte."""
        return TerminalsSource(folder / str(config.get("file", "")), read_counters)

    def whole(self, path: Path) -> int:
        """All bytes: the recording goes on where it stopped, in the same file."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """A segment a chunk."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> Counters:  # noqa: ARG002 - the interface of every probe
        """The sums; DecodeError when the table cannot be read."""
        return read_counters(chunk.path.read_bytes(), chunk.path.name)


PROBE = CountersProbe()
