# SPDX-License-Identifier: Apache-2.0
"""A recorded log as a source, and what lies beside every source: the reference trajectory, the password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.plugins import Sink
from probes.gnss.truth.settings import TRAJECTORY

BLOCK = 1 << 20


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
