# SPDX-License-Identifier: Apache-2.0
"""The probe ``register.organisations``: a register and the documents it names, audited row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from harness.kit.documents import DocumentedSource, digests, folded, is_text, names
from harness.kit.probe import Probe, Whole
from harness.kit.settings import Cure, FileName, FolderName, Settings
from harness.kit.tables import Columns, Table, extension, read
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Seen, Source, Trace
from probes.register.traces import uscc
from probes.register.traces.columns import DOCUMENTS, columns
from probes.register.traces.words import WORDS

if TYPE_CHECKING:
    from harness.spec.profile import Project
    from probes.register.digests.audit import Audit, Terms

_Field = Literal[
    "application", "organisation", "name", "uscc", "address", "date", "document", "sha256", "category",
    "address-document", "address-sha256",
]  # fmt: skip


class OrganisationsSettings(Settings):
    """A register of organisations or applications, and the folder of the documents it names."""

    register_name: Annotated[FileName, Cure("write register: adopters.csv.")] = Field(
        alias="register", description="the register, CSV or XLSX."
    )
    documents: FolderName | None = Field(
        None, description="the folder of the documents that rows name; by default the register's own."
    )
    sheet: str = Field("", description="the worksheet's name in quotation marks; by default the first with a head.")
    columns: dict[_Field, str] = Field(
        default_factory=dict, description="headings of your own by field, like {uscc: 证照号}."
    )
    rows: Literal["organisations", "applications"] | None = Field(
        None, description="organisations or applications: what a row stands for, where the register has both."
    )

    @property
    def form(self) -> Columns:
        """What its columns are called."""
        return columns({str(field): heading for field, heading in self.columns.items()})

    def table(self, data: bytes) -> Table:
        """The register in ``data``."""
        return read(data, self.form, name=Path(self.register_name).name, sheet=self.sheet)


class OrganisationsProbe(Probe["Audit", OrganisationsSettings]):
    """A register that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = "register.organisations", "csv", OrganisationsSettings, Whole()
    title = WORDS.text("title-organisations")
    summary = "probes.register.digests.audit:Audit"

    def source(self, settings: OrganisationsSettings, folder: Path) -> Source:
        """The register, and every document that it names."""
        path = folder / settings.register_name
        folders = [path.parent] if settings.documents is None else [folder / settings.documents, path.parent]
        return DocumentedSource(
            path, settings.form.noun, folders, lambda data: _named(settings.table(data)), extension=extension(path)
        )

    def preview(self, settings: OrganisationsSettings, folder: Path, project: Project | None) -> Iterator[Seen]:
        """How many rows there are and how many would count, with the first faults."""
        from probes.register.digests.audit import audit

        path = folder / settings.register_name
        folders = [path.parent] if settings.documents is None else [folder / settings.documents, path.parent]
        table = settings.table(path.read_bytes())
        kept = digests(folders, _named(table))
        found = audit(table, _terms(Asked(settings=settings, project=project)), "plan", settings.rows or "", kept)
        faulty = [(each.line, [*each.code_faults, *each.barred, *each.faults]) for each in found.entries]
        faulty = [(line, why) for line, why in faulty if why]
        rows, good = len(found.entries), len(found.entries) - len(faulty)
        yield Seen(WORDS.text("preview", register=path.name, rows=rows, good=good), good)
        for line, why in faulty[:_TOLD]:
            yield Seen(WORDS.text("preview-row", line=line, why=why[0].text))

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A register a chunk, and every document that is a text."""
        every = [Chunk(each, detail={"source": trace.source}) for each in trace.segments]
        every += [
            Chunk(path, detail={"source": trace.source, "document": name})
            for name, path in trace.documents.items()
            if is_text(name, path.stat().st_size)
        ]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Audit:
        """The rows of one register, or the text of one document."""
        from probes.register.digests.audit import Audit, audit

        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        source = chunk.detail["source"]
        if "document" in chunk.detail:
            return Audit(texts={(source, chunk.detail["document"]): folded(data)})
        try:
            return audit(asked.settings.table(data), _terms(asked), source, asked.settings.rows or "", asked.documents)
        except UnreadableError as defect:
            where = defect.where or asked.settings.register_name
            return Audit(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))


_TOLD = 3
"""Rows whose faults a preview names."""


def _named(table: Table) -> list[str]:
    return [name for row in table for field in DOCUMENTS for name in names(row[field])]


def _terms(asked: Asked) -> Terms:
    from probes.register.digests.audit import Terms

    project = asked.project
    if project is None:
        return Terms()
    members = frozenset(uscc.normalise(each.uscc) for each in project.members) - {""}
    return Terms((project.start, project.end), uscc.normalise(project.applicant.uscc), members)


PROBE = OrganisationsProbe()
