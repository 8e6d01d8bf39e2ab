# SPDX-License-Identifier: Apache-2.0
"""The probes ``compute.run`` and ``compute.run-log``: a workload that is run here, and logs of calls that others wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.kit.files import FileSource
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.compute.digests.work import Work
    from probes.compute.plans.runs import RunLogSettings, RunSettings

_SUMMARY = "probes.compute.digests.work:Work"
_FORMAT = "yanshou.run/1"


class RunProbe(Probe["Work", "RunSettings"]):
    """A session a run; a run that crashed is a session with its error."""

    name, extension, settings, form = (
        "compute.run",
        "jsonl",
        late("probes.compute.plans.runs:RunSettings"),
        Lines(_FORMAT),
    )
    title = Text(
        "负载运行：onnxruntime、厂商程序、微基准", "Workload by onnxruntime, a vendor's program or a microbenchmark"
    )
    summary = _SUMMARY

    def source(self, settings: RunSettings, folder: Path) -> Source:
        """The runner."""
        from probes.compute.live.runs import RunSource

        return RunSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Work:  # noqa: ARG002 - the interface of every probe
        """The calls of one run."""
        from probes.compute.digests.work import of_calls
        from probes.compute.traces.recorded import Calls

        return of_calls(Calls(read(chunk, _FORMAT)), "")


class RunLogProbe(Probe["Work", "RunLogSettings"]):
    """A file a run; UnreadableError for what is not understood."""

    name, extension, settings, form = (
        "compute.run-log",
        "log",
        late("probes.compute.plans.runs:RunLogSettings"),
        Whole(),
    )
    title = Text("负载运行记录（LoadGen、表格、JSON）", "Logs of workloads (LoadGen, tables, JSON)")
    summary = _SUMMARY

    def source(self, settings: RunLogSettings, folder: Path) -> Source:
        """The files, copied byte for byte."""
        from probes.compute.formats.events import NOUN

        return FileSource([folder / each for each in settings.file], NOUN, check=_read)

    def summarise(self, chunk: Chunk, asked: Asked) -> Work:  # noqa: ARG002 - the interface of every probe
        """The run of one file."""
        return _read(chunk.path)


def _read(path: Path) -> Work:
    from probes.compute.digests.work import of_events
    from probes.compute.formats import detect

    return of_events(detect.workload(path.read_bytes(), path.name), path.name)


PROBE, LOG = RunProbe(), RunLogProbe()
