# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.terminals``: keeps the register of terminals as evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole
from harness.kit.settings import Cure, FileName, Settings
from harness.model import Text
from harness.plugins import Asked, Chunk, Source

if TYPE_CHECKING:
    from probes.network.digests.register import Register
    from probes.network.traces.terminals import Terminal


class TerminalsSettings(Settings):
    """One table."""

    register_name: Annotated[FileName, Cure("write register: nodes.csv.")] = Field(
        alias="register", title="终端登记表，CSV 或 XLSX。", description="the register of terminals, CSV or XLSX."
    )


class TerminalsProbe(Probe["Register", TerminalsSettings]):
    """DecodeError with the line where the register cannot be read."""

    name, extension, settings, form = "network.terminals", "csv", TerminalsSettings, Whole()
    title = Text("终端登记表", "Register of terminals")
    summary = "probes.network.digests.register:Register"

    def source(self, settings: TerminalsSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.network.traces.terminals import NOUN

        path = folder / settings.register_name
        return FileSource([path], NOUN, check=_rows, extension=extension(path))

    def summarise(self, chunk: Chunk, asked: Asked) -> Register:  # noqa: ARG002 - the interface of every probe
        """The rows."""
        from probes.network.digests.register import Register

        return Register(tuple((chunk.path.name, row) for row in _rows(chunk.path)))


def _rows(path: Path) -> list[Terminal]:
    from probes.network.traces.terminals import read_register

    rows = read_register(path.read_bytes(), path.name)
    if not rows:
        msg = f"{path.name} has no rows."
        raise DecodeError(msg, cure="list the terminals.")
    return rows


PROBE = TerminalsProbe()
