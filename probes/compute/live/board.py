# SPDX-License-Identifier: Apache-2.0
"""Sensors of the machine itself: hwmon, RAPL, NVML. A counter goes before a power, an instant before an average."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from probes.compute.live.reading import Reading
from probes.compute.plans.meters import HwmonSettings, NvmlSettings, RaplSettings

_INSTANT = 186
"""NVML_FI_DEV_POWER_INSTANT: the power now; nvmlDeviceGetPowerUsage is an average over a second on recent drivers."""


class HwmonMeter:
    """INA226, INA3221 and their kin: powerN_input in µW, else inN_input (mV) times currN_input (mA)."""

    def __init__(self, settings: HwmonSettings, folder: Path) -> None:
        """Find the channels; InstrumentError where one has no power."""
        self._folder, self._channels = folder / settings.folder, settings.channels
        name = self._folder / "name"
        self.mark = ""
        self.identity = f"hwmon {name.read_text().strip() if name.is_file() else self._folder.name}"
        interval = self._folder / "update_interval"
        self.facts: Mapping[str, Any] = {"update_ms": _integer(interval)} if interval.is_file() else {}
        self.read()

    def read(self) -> Reading:
        """The channels added up, in W."""
        return Reading(sum(map(self._channel, self._channels)))

    def close(self) -> None:
        """Nothing stays open."""

    def _channel(self, number: int) -> float:
        power = self._folder / f"power{number}_input"
        if power.is_file():
            return _integer(power) / 1e6
        volts, amperes = (self._folder / f"{kind}{number}_input" for kind in ("in", "curr"))
        if not volts.is_file() or not amperes.is_file():
            msg = f"{self._folder} has no power in channel {number}."
            raise InstrumentError(msg, cure="name a channel with powerN_input, or inN_input and currN_input.")
        return _integer(volts) * _integer(amperes) / 1e6


class RaplMeter:
    """A powercap zone; without its range file no sample is taken, because a wrap could not be told from a reset."""

    def __init__(self, settings: RaplSettings, folder: Path) -> None:
        """Learn its range; InstrumentError where it says none."""
        self._counter = folder / settings.folder / "energy_uj"
        span, name = (folder / settings.folder / each for each in ("max_energy_range_uj", "name"))
        if not span.is_file():
            msg = f"{settings.folder} has no max_energy_range_uj."
            raise InstrumentError(msg, cure="use a zone that states the range of its counter.")
        self.mark = ""
        self.identity = f"RAPL {name.read_text().strip() if name.is_file() else settings.folder}"
        self.facts: Mapping[str, Any] = {"range_uj": _integer(span), "most_w": settings.most_w}
        self.read()

    def read(self) -> Reading:
        """The counter as it stands."""
        return Reading(microjoules=_integer(self._counter))

    def close(self) -> None:
        """Nothing stays open."""


class NvmlMeter:
    """GPUs: the energy counter where all of them have one, else the instant power, else the average, which is told."""

    def __init__(self, settings: NvmlSettings) -> None:
        """Find the GPUs and what they can say; InstrumentError where they say nothing of power."""
        try:
            import pynvml
        except ImportError:
            raise InstrumentError("NVML is not installed.", cure="pip install yanshou[nvml].") from None
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            self._gpus = [pynvml.nvmlDeviceGetHandleByIndex(each) for each in settings.index]
            self.mark = self._numbers()
            self.identity = "NVML " + ", ".join(_text(pynvml.nvmlDeviceGetName(each)) for each in self._gpus)
        except pynvml.NVMLError as error:
            msg = f"The GPUs cannot be asked: {error}."
            raise InstrumentError(msg, cure="check the driver and the numbers under index:.") from None
        self._way = next((way for way in ("counter", "instant", "average") if self._can(way)), "")
        if not self._way:
            msg = f"{self.identity} says nothing of its power."
            raise InstrumentError(msg, cure="measure it by an analyser; nothing is estimated here.")
        self.facts: Mapping[str, Any] = {"way_of_gpu": self._way}

    def read(self) -> Reading:
        """All GPUs added up: µJ of the counters, or W."""
        try:
            values = [self._one(self._way, each) for each in self._gpus]
        except self._nvml.NVMLError as error:
            msg = f"A GPU does not answer: {error}."
            raise InstrumentError(msg, cure="look whether it fell off the bus.") from None
        if self._way == "counter":
            return Reading(microjoules=sum(values) * 1000)
        return Reading(sum(values) / 1000)

    def close(self) -> None:
        """Take leave."""
        self._nvml.nvmlShutdown()

    def _numbers(self) -> str:
        """The UUIDs of the GPUs; empty where an old driver has none."""
        try:
            return ", ".join(_text(self._nvml.nvmlDeviceGetUUID(each)) for each in self._gpus)
        except (self._nvml.NVMLError, AttributeError):
            return ""

    def _can(self, way: str) -> bool:
        try:
            return all(self._one(way, each) >= 0 for each in self._gpus)
        except (self._nvml.NVMLError, AttributeError):
            return False

    def _one(self, way: str, gpu: Any) -> int:
        """MJ or mW."""
        if way == "counter":
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(gpu))
        if way == "instant":
            field = self._nvml.nvmlDeviceGetFieldValues(gpu, [_INSTANT])[0]
            if field.nvmlReturn:
                raise self._nvml.NVMLError(field.nvmlReturn)
            return int(field.value.uiVal)
        return int(self._nvml.nvmlDeviceGetPowerUsage(gpu))


def _integer(path: Path) -> int:
    try:
        return int(path.read_text().strip())
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as a number: {error}."
        raise InstrumentError(msg, cure="check the path and its rights.") from None


def _text(name: bytes | str) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name
