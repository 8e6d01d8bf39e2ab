# SPDX-License-Identifier: Apache-2.0
"""Where a receiver's bytes come from. Sources record; they decode nothing and judge nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.plugins import Source
from probes.gnss.live import serial_port, stream
from probes.gnss.live.files import FileSource


def open_source(config: Mapping[str, Any], folder: Path) -> Source:
    """The source that the settings name; nothing is opened yet. UsageError for one that is not built in."""
    if "file" in config:
        return FileSource(config, folder)
    for name, make in (
        ("serial", serial_port.serial_source),
        ("tcp", stream.tcp_source),
        ("udp", stream.udp_source),
    ):
        if name in config:
            return make(config, folder)
    if "mqtt" in config:
        from probes.gnss.live.mqtt import mqtt_source

        return mqtt_source(config, folder)
    raise UsageError("This source names no receiver.", cure="use file:, serial:, tcp:, udp: or mqtt:.")
