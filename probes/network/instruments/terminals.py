# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.terminals``: keeps the register of terminals as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.probe import Probe, Whole, late
from harness.kit.words import Catalogue
from harness.model import Text
from harness.plugins import Asked, Chunk, Seen, Source

if TYPE_CHECKING:
    from harness.spec.profile import Project
    from probes.network.digests.register import Register
    from probes.network.plans.terminals import TerminalsSettings
    from probes.network.traces.terminals import Terminal


WORDS = Catalogue("probes.network")


class TerminalsProbe(Probe["Register", "TerminalsSettings"]):
    """DecodeError with the line where the register cannot be read."""

    name, extension, settings, form = (
        "network.terminals",
        "csv",
        late("probes.network.plans.terminals:TerminalsSettings"),
        Whole(),
    )
    title = Text("终端登记表", "Register of terminals")
    summary = "probes.network.digests.register:Register"

    def source(self, settings: TerminalsSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        from harness.kit.tables import extension
        from probes.network.traces.terminals import NOUN

        path = folder / settings.register_name
        return FileSource([path], NOUN, check=_rows, extension=extension(path))

    def preview(self, settings: TerminalsSettings, folder: Path, project: Project | None) -> Iterator[Seen]:  # noqa: ARG002
        """How many rows state an identity, and the first that do not or state a wrong one."""
        from probes.network.traces.terminals import imei_problem

        path = folder / settings.register_name
        rows = _rows(path)
        owners: dict[str, int] = {}
        odd: list[Text] = []
        for row in rows:
            if not (row.imei or row.mac or row.iccid):
                odd.append(WORDS.text("preview-no-identity", line=row.line))
            elif imei_problem(row.imei):
                odd.append(WORDS.text("preview-imei", line=row.line, imei=row.imei))
            elif row.imei and row.imei in owners:
                odd.append(WORDS.text("preview-twice", line=row.line, first=owners[row.imei]))
            owners.setdefault(row.imei, row.line)
        good = len(rows) - len(odd)
        yield Seen(WORDS.text("preview", register=path.name, rows=len(rows), good=good), good)
        yield from map(Seen, odd[:_TOLD])

    def summarise(self, chunk: Chunk, asked: Asked) -> Register:  # noqa: ARG002 - the interface of every probe
        """The rows."""
        from probes.network.digests.register import Register

        return Register(tuple((chunk.path.name, row) for row in _rows(chunk.path)))


_TOLD = 3
"""Rows whose faults a preview names."""


def _rows(path: Path) -> list[Terminal]:
    from probes.network.traces.terminals import read_register

    rows = read_register(path.read_bytes(), path.name)
    if not rows:
        msg = f"{path.name} has no rows."
        raise DecodeError(msg, cure="list the terminals.")
    return rows


PROBE = TerminalsProbe()
