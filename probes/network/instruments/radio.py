# SPDX-License-Identifier: Apache-2.0
"""The probes ``network.radio`` and ``network.radio-export``: by which radio access each modem is served, as it says itself."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.files import FileSource
from harness.kit.lines import read
from harness.kit.probe import Lines, Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.digests.radio import Radio
    from probes.network.plans.radio import RadioExportSettings, RadioSettings

_FORMAT = "yanshou.radio/1"
_SUMMARY = "probes.network.digests.radio:Radio"


def _modems(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.network.simulators.modems import simulate

    return simulate(config, folder)


class RadioProbe(Probe["Radio", "RadioSettings"]):
    """A line a round of questions; DecodeError where a line is no answer of a modem."""

    name, extension, settings, form = (
        "network.radio",
        "jsonl",
        late("probes.network.plans.radio:RadioSettings"),
        Lines(_FORMAT),
    )
    title = Text(
        "无线侧：模组（AT、mmcli）与 CPE 自报的制式、小区与信号", "Radio access, cell and signal as modems and CPEs say"
    )
    summary = _SUMMARY
    simulators = {"modems": _modems}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: RadioSettings, folder: Path) -> Source:
        """The questions."""
        from probes.network.live.radio import RadioSource

        return RadioSource(settings, _FORMAT, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Radio:  # noqa: ARG002 - the interface of every probe
        """The answers."""
        from probes.network.digests.radio import Radio
        from probes.network.traces.radio import polls_of

        return Radio(frozenset(polls_of(read(chunk, _FORMAT))))


class RadioExportProbe(Probe["Radio", "RadioExportSettings"]):
    """A table of others; DecodeError with the row that cannot be read."""

    name, extension, settings, form = (
        "network.radio-export",
        "csv",
        late("probes.network.plans.radio:RadioExportSettings"),
        Whole(),
    )
    title = Text("无线侧导出表", "Radio states as exported by a management of terminals")
    summary = _SUMMARY

    def source(self, settings: RadioExportSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.network.traces.radio import NOUN

        path = folder / settings.file
        return FileSource([path], NOUN, check=_rows, extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Radio:  # noqa: ARG002 - the interface of every probe
        """The rows."""
        return _rows(chunk.path)


def _rows(path: Path) -> Radio:
    from probes.network.digests.radio import Radio
    from probes.network.traces.radio import read_export

    return Radio(frozenset(read_export(path.read_bytes(), path.name)))


PROBE, EXPORT = RadioProbe(), RadioExportProbe()
