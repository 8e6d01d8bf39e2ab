# SPDX-License-Identifier: Apache-2.0
"""The probe ``register.organisations``: a register and the documents it names, audited row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.kit.documents import DocumentedSource, digests, names
from harness.kit.probe import Probe, Whole, late
from harness.kit.unreadable import UnreadableError
from harness.plugins import Asked, Chunk, Seen, Source, Trace
from probes.register.traces.words import WORDS

if TYPE_CHECKING:
    from harness.kit.tables import Table
    from harness.spec.profile import Project
    from probes.register.digests.audit import Audit, Terms
    from probes.register.plans.organisations import OrganisationsSettings


def _simulator(config: Mapping[str, Any], folder: Path) -> AbstractContextManager[Mapping[str, Any]]:
    from probes.register.simulators.registers import simulate

    return simulate(config, folder)


class OrganisationsProbe(Probe["Audit", "OrganisationsSettings"]):
    """A register that cannot be read is a reason for INVALID, told in both languages."""

    name, extension, settings, form = (
        "register.organisations",
        "csv",
        late("probes.register.plans.organisations:OrganisationsSettings"),
        Whole(),
    )
    title = WORDS.text("title-organisations")
    summary = "probes.register.digests.audit:Audit"
    simulators = {"register": _simulator}  # noqa: RUF012 - the interface of every probe

    def source(self, settings: OrganisationsSettings, folder: Path) -> Source:
        """The register, and every document that it names."""
        from harness.kit.tables import extension
        from probes.register.traces import worksheet

        path = folder / settings.register_name
        folders = [path.parent] if settings.documents is None else [folder / settings.documents, path.parent]
        sheet = {} if settings.worksheet is None else {worksheet.NAME: folder / settings.worksheet}
        return DocumentedSource(
            path,
            settings.form.noun,
            folders,
            lambda data: _named(settings.table(data)),
            attach=sheet,
            extension=extension(path),
        )

    def preview(self, settings: OrganisationsSettings, folder: Path, project: Project | None) -> Iterator[Seen]:
        """How many rows there are and how many would count, with the first faults."""
        from probes.register.digests.rows import audit

        path = folder / settings.register_name
        folders = [path.parent] if settings.documents is None else [folder / settings.documents, path.parent]
        data = path.read_bytes()
        table = settings.table(data)
        kept = digests(folders, _named(table))
        found = audit(table, terms_of(project), "plan", settings.rows or "", kept, form=settings.form, data=data)
        faulty = [(each.line, [*each.code_faults, *each.barred, *each.faults]) for each in found.entries]
        faulty = [(line, why) for line, why in faulty if why]
        rows, good = len(found.entries), len(found.entries) - len(faulty)
        yield Seen(WORDS.text("preview", register=path.name, rows=rows, good=good), good)
        for line, why in faulty[:_TOLD]:
            yield Seen(WORDS.text("preview-row", line=line, why=why[0].text))

    def chunks(self, trace: Trace, done: Chunk | None = None) -> Iterator[Chunk]:
        """A register a chunk, and every document that may have a text."""
        from harness.kit import papers
        from probes.register.traces import worksheet

        every = [Chunk(each, detail={"source": trace.source}) for each in trace.segments]
        every += [
            Chunk(path, detail={"source": trace.source, "document": name})
            for name, path in trace.documents.items()
            if name == worksheet.NAME or papers.may_have_text(name)
        ]
        yield from every[every.index(done) + 1 if done in every else 0 :]

    def summarise(self, chunk: Chunk, asked: Asked) -> Audit:
        """The rows of one register, what one document says, or what an auditor ruled."""
        from harness.kit import papers
        from probes.register.digests.audit import Audit
        from probes.register.digests.rows import audit
        from probes.register.traces import worksheet

        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        source, document = chunk.detail["source"], chunk.detail.get("document")
        settings: OrganisationsSettings = asked.settings
        try:
            if document == worksheet.NAME:
                return Audit(rulings=worksheet.rulings(data, str(settings.worksheet or document)))
            if document is not None:
                return Audit(papers={(source, document): papers.read(document, data)})
            terms = terms_of(asked.project)
            return audit(
                settings.table(data), terms, source, settings.rows or "", asked.documents, form=settings.form, data=data
            )
        except UnreadableError as defect:
            where = defect.where or settings.register_name
            return Audit(invalid=(WORDS.reason("unreadable", where=where, problem=defect.text),))


_TOLD = 3
"""Rows whose faults a preview names."""


def _named(table: Table) -> list[str]:
    from probes.register.traces.columns import DOCUMENTS

    return [name for row in table for field in DOCUMENTS for name in names(row[field])]


def terms_of(project: Project | None) -> Terms:
    """What rows are held against in a project."""
    from probes.register.digests.audit import Party, Terms
    from probes.register.traces import uscc

    if project is None:
        return Terms()
    applicant, *members = (
        Party(uscc.normalise(each.uscc), each.name) for each in (project.applicant, *project.members)
    )
    return Terms((project.start, project.end), applicant, tuple(members))


PROBE = OrganisationsProbe()
