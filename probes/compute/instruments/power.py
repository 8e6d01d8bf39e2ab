# SPDX-License-Identifier: Apache-2.0
"""The probes ``compute.power`` and ``compute.power-log``: a meter asked while the load runs, and power logs of others."""

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
    from probes.compute.digests.power import Power
    from probes.compute.plans.meters import PowerLogSettings, PowerSettings

_SUMMARY = "probes.compute.digests.power:Power"
_FORMAT = "yanshou.power/1"


def _analyser(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.compute.simulators.analyser import analyser

    return analyser(config, folder)


def _rig(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.compute.simulators.rig import files

    return files(config, folder)


class PowerProbe(Probe["Power", "PowerSettings"]):
    """Columns of about a second as lines of JSON; DecodeError where a session is none."""

    name, extension, settings, form = (
        "compute.power",
        "jsonl",
        late("probes.compute.plans.meters:PowerSettings"),
        Lines(_FORMAT),
    )
    title = Text(
        "功率：现场仪表（SCPI、DL/T 645、Modbus、hwmon、RAPL、NVML…）",
        "Power by a meter on site (SCPI, DL/T 645, Modbus, hwmon, RAPL, NVML …)",
    )
    summary = _SUMMARY
    simulators = {"analyser": _analyser}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: PowerSettings, folder: Path) -> Source:
        """The sampler."""
        from probes.compute.live.sampler import PowerSource

        return PowerSource(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Power:  # noqa: ARG002 - the interface of every probe
        """The samples of one session."""
        from probes.compute.digests.power import Power
        from probes.compute.traces.recorded import power_of

        return Power.of(power_of(read(chunk, _FORMAT)))


class PowerLogProbe(Probe["Power", "PowerLogSettings"]):
    """Logs of others, a file a segment; UnreadableError for what is not understood."""

    name, extension, settings, form = (
        "compute.power-log",
        "log",
        late("probes.compute.plans.meters:PowerLogSettings"),
        Whole(),
    )
    title = Text(
        "功率记录（PTDaemon、nvidia-smi、tegrastats、MLPerf Tiny、表格）",
        "Power logs (PTDaemon, nvidia-smi, tegrastats, MLPerf Tiny, tables)",
    )
    summary = _SUMMARY
    simulators = {"rig": _rig}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: PowerLogSettings, folder: Path) -> Source:
        """The files, copied byte for byte."""
        from probes.compute.formats.power import NOUN

        return FileSource([folder / each for each in settings.file], NOUN, check=lambda path: _log(path, settings))

    def summarise(self, chunk: Chunk, asked: Asked) -> Power:
        """The samples of one file."""
        return _log(chunk.path, asked.settings)


def _log(path: Path, settings: PowerLogSettings) -> Power:
    from probes.compute.digests.power import Power
    from probes.compute.formats import detect

    columns = {str(key): each for key, each in settings.columns.items()}
    return Power.of(detect.power(path.read_bytes(), path.name, columns, settings.rails, settings.interval_ms))


PROBE, LOG = PowerProbe(), PowerLogProbe()
