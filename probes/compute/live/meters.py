# SPDX-License-Identifier: Apache-2.0
"""Which meter a profile names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from probes.compute.live.reading import Meter
from probes.compute.plans.meters import PowerSettings


def connect(settings: PowerSettings, folder: Path) -> Meter:
    """Reach the meter; InstrumentError with the cure when that fails."""
    way = settings.way
    if settings.scpi is not None:
        from probes.compute.live.scpi import ScpiMeter

        return ScpiMeter(settings.scpi)
    if settings.dlt645 is not None:
        from probes.compute.live.lines import Dlt645Meter

        return Dlt645Meter(settings.dlt645)
    if settings.modbus is not None:
        from probes.compute.live.lines import ModbusMeter

        return ModbusMeter(settings.modbus)
    if settings.hwmon is not None or settings.rapl is not None:
        from probes.compute.live.board import HwmonMeter, RaplMeter

        return HwmonMeter(settings.hwmon, folder) if settings.hwmon is not None else _rapl(RaplMeter, settings, folder)
    if settings.nvml is not None:
        from probes.compute.live.board import NvmlMeter

        return NvmlMeter(settings.nvml)
    from probes.compute.live.controllers import IpmiMeter, MqttMeter, RedfishMeter

    if settings.redfish is not None:
        return RedfishMeter(settings.redfish, folder)
    if settings.ipmi is not None:
        return IpmiMeter(settings.ipmi, folder)
    assert settings.mqtt is not None, way  # noqa: S101 - the settings allow exactly one way
    return MqttMeter(settings.mqtt)


def _rapl(kind: Any, settings: PowerSettings, folder: Path) -> Meter:
    made: Meter = kind(settings.rapl, folder)
    return made
