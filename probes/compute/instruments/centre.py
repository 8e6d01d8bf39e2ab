# SPDX-License-Identifier: Apache-2.0
"""The probes of a data centre: ``compute.energy`` (months), ``compute.conditions`` (five points), ``compute.racks``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.compute.digests.meters import Conditions, Energies
    from probes.compute.digests.racks import Use
    from probes.compute.plans.centre import ConditionsSettings, EnergySettings, RacksSettings


def _centre(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.compute.simulators.centre import files

    return files(config, folder)


class EnergyProbe(Probe["Energies", "EnergySettings"]):
    """A table of months; UnreadableError with the row that is not understood."""

    name, extension, settings, form = (
        "compute.energy",
        "csv",
        late("probes.compute.plans.centre:EnergySettings"),
        Whole(),
    )
    title = Text("数据中心逐月电量（总量与 IT）", "Energy of a data centre by month, total and IT")
    summary = "probes.compute.digests.meters:Energies"
    simulators = {"centre": _centre}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: EnergySettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.compute.formats.centre import ENERGY_NOUN

        path = folder / settings.file
        return FileSource([path], ENERGY_NOUN, check=lambda each: _months(each, settings), extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Energies:
        """The months."""
        return _months(chunk.path, asked.settings)


class ConditionsProbe(Probe["Conditions", "ConditionsSettings"]):
    """A table of five operating points."""

    name, extension, settings, form = (
        "compute.conditions",
        "csv",
        late("probes.compute.plans.centre:ConditionsSettings"),
        Whole(),
    )
    title = Text("数据中心特性工况测试", "Operating points of a data centre")
    summary = "probes.compute.digests.meters:Conditions"

    def source(self, settings: ConditionsSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.compute.formats.centre import POINT_NOUN

        path = folder / settings.file
        return FileSource([path], POINT_NOUN, check=lambda each: _points(each, settings), extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Conditions:
        """The points."""
        return _points(chunk.path, asked.settings)


class RacksProbe(Probe["Use", "RacksSettings"]):
    """A table of racks or hosts over time."""

    name, extension, settings, form = "compute.racks", "csv", late("probes.compute.plans.centre:RacksSettings"), Whole()
    title = Text("机架功率或主机利用率时序", "Racks' power or hosts' occupation over time")
    summary = "probes.compute.digests.racks:Use"

    def source(self, settings: RacksSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.compute.formats.centre import RACK_NOUN

        path = folder / settings.file
        return FileSource([path], RACK_NOUN, check=lambda each: _use(each, settings), extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Use:
        """The values by name and slot."""
        return _use(chunk.path, asked.settings)


def _months(path: Path, settings: EnergySettings) -> Energies:
    from probes.compute.digests.meters import Energies
    from probes.compute.formats.centre import months

    data = path.read_bytes()
    found, remarks = months(
        data, path.name, {str(key): each for key, each in settings.columns.items()}, settings.period
    )
    return Energies(((sha256(data).hexdigest(), found, remarks),))


def _points(path: Path, settings: ConditionsSettings) -> Conditions:
    from probes.compute.digests.meters import Conditions
    from probes.compute.formats.centre import points

    data = path.read_bytes()
    found = points(data, path.name, {str(key): each for key, each in settings.columns.items()}, settings.shares)
    return Conditions(((sha256(data).hexdigest(), found),))


def _use(path: Path, settings: RacksSettings) -> Use:
    from probes.compute.digests.racks import Use
    from probes.compute.formats.centre import uses

    kinds, rows = uses(path.read_bytes(), path.name, {str(key): each for key, each in settings.columns.items()})
    return Use.of(kinds, rows, settings.interval_ns)


ENERGY, CONDITIONS, RACKS = EnergyProbe(), ConditionsProbe(), RacksProbe()
