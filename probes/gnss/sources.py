# SPDX-License-Identifier: Apache-2.0
"""Where a receiver's bytes come from. Sources record; they decode nothing and judge nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.plugins import Sink, Source
from probes.gnss.settings import TRAJECTORY

BLOCK = 1 << 20


def open_source(config: Mapping[str, Any], folder: Path) -> Source:
    """The source that the settings name; nothing is opened yet. UsageError for one that is not built in."""
    if "file" in config:
        return FileSource(config, folder)
    from probes.gnss import live_serial, live_stream

    for name, make in (
        ("serial", live_serial.serial_source),
        ("tcp", live_stream.tcp_source),
        ("udp", live_stream.udp_source),
    ):
        if name in config:
            return make(config, folder)
    if "mqtt" in config:
        from probes.gnss.live_mqtt import mqtt_source

        return mqtt_source(config, folder)
    raise UsageError("This source names no receiver.", cure="use file:, serial:, tcp:, udp: or mqtt:.")


def attach_trajectory(config: Mapping[str, Any], folder: Path, sink: Sink) -> None:
    """Keep the reference trajectory beside the trace: without it nobody can recompute the errors."""
    if "trajectory" in config:
        sink.attach(TRAJECTORY, readable(folder / str(config["trajectory"])).read_bytes())


def readable(path: Path) -> Path:
    """``path`` when it is a file that can be opened; InstrumentError otherwise."""
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InstrumentError(msg, cure="check the path and its permissions.") from None


def secret(config: Mapping[str, Any]) -> str:
    """The password that ``password: env:NAME`` names; UsageError when the variable is not set, "" when none is named."""
    name = str(config.get("password", "")).removeprefix("env:")
    if name and name not in os.environ:
        msg = f"The environment variable {name} with the password is not set."
        raise UsageError(msg, cure=f"export {name}=… in the shell that runs this.")
    return os.environ.get(name, "")


class FileSource:
    """A recorded log, copied byte for byte into the evidence."""

    appendable = True

    def __init__(self, config: Mapping[str, Any], folder: Path) -> None:
        """Remember the settings; ``file`` is relative to the profile's folder."""
        self._config, self._folder = config, folder
        self._path = folder / str(config["file"])

    def preflight(self) -> None:
        """InstrumentError when the log or the trajectory cannot be read."""
        readable(self._path)
        if "trajectory" in self._config:
            readable(self._folder / str(self._config["trajectory"]))

    def record(self, sink: Sink) -> None:
        """Copy from where an interrupted run stopped to the end."""
        if sink.position == 0:
            attach_trajectory(self._config, self._folder, sink)
        total = self._path.stat().st_size
        with self._path.open("rb") as file:
            file.seek(sink.position)
            while not sink.stopping and (data := file.read(BLOCK)):
                sink.write(data)
                sink.progress(file.tell(), total)
