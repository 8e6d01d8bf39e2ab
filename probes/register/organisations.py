# SPDX-License-Identifier: Apache-2.0
"""The probe ``register.organisations``: a register file and its documents become an exact count of accepted rows.

A census has no sampling error: lower and upper bound equal the value. What a person has to look at is listed, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial, reduce
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.model import Estimate, Figure, Outcome, Text
from harness.plugins import Chunk, Context, Estimator, Input, Problem, Request, Simulator, Source, Trace
from probes.register import uscc
from probes.register.audit import Audit, Row, Terms, audit
from probes.register.columns import FIELDS, match
from probes.register.sentences import brief, say
from probes.register.table import read
from probes.register.unreadable import UnreadableError

_KEYS = {"register", "documents", "sheet", "columns", "rows"}
_ROWS = {"organisations", "applications"}
_PLACES = {"wuhan"}
_SHOWN = 100
"""Row numbers named beside one reason."""


class Organisations:
    """Audits registers (CSV, XLSX) of organisations or applications, row by row against documents.

    Settings: ``register`` (file), ``documents`` (folder of the named files; default: the register's own folder),
    ``sheet`` (worksheet), ``columns`` (field: heading, where a heading is unusual), ``rows`` (organisations or applications).
    """

    name = "register.organisations"
    version = "1"
    title = Text("登记表逐项核查", "Register audit, row by row")
    extension = "csv"
    simulators: Mapping[str, Simulator] = MappingProxyType({})

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """``register.accepted`` (count, optionally ``where: wuhan``) and ``register.attested`` (count of industries)."""
        return MappingProxyType({"register.accepted": accepted, "register.attested": attested})

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings."""
        problems = [
            Problem((key,), f"{key!r} is not a setting of a register.", f"use one of: {', '.join(sorted(_KEYS))}.")
            for key in config
            if key not in _KEYS
        ]
        return problems + _file_problems(config, folder) + _word_problems(config)

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The recorder that copies the register and every document it names."""
        from probes.register.live import RegisterSource

        return RegisterSource(config, folder)

    def whole(self, path: Path) -> int:
        """Every byte: a resumed recording appends the rest of the same file."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """One chunk a register: duplicates are found when the audits are merged."""
        kept = {name: str(path) for name, path in trace.documents.items()}
        label = f"{trace.source}/{Path(str(trace.config.get('register', ''))).name}"
        for segment in trace.segments:
            yield Chunk(segment, 0, -1, {"register": label, "documents": kept, "config": dict(trace.config)})

    def summarise(self, chunk: Chunk, context: Context) -> Audit:
        """The audit of one register; a register that cannot be read becomes a reason for INVALID."""
        with chunk.path.open("rb") as stream:
            stream.seek(chunk.start)
            data = stream.read() if chunk.stop < 0 else stream.read(chunk.stop - chunk.start)
        try:
            return _audited(data, chunk, context)
        except UnreadableError as defect:
            return Audit(invalid=(say("unreadable", problem=defect.text),))


PROBE = Organisations()


def accepted(inputs: Sequence[Input], request: Request) -> Outcome:
    """How many rows count, over the union of all registers: an exact census with the list of what was rejected and why.

    Reading: statistic ``count``, parameters ``{}`` or ``{where: wuhan}``. The unit is the limit's own counting word.
    """
    audits = [each.summary for each in inputs if isinstance(each.summary, Audit)]
    if not audits:
        return Outcome(None, missing=(say("no-register"),))
    where = str(request.reading.parameters.get("where", ""))
    if request.reading.statistic != "count" or (where and where not in _PLACES):
        parameters = ", ".join(f"{key}: {value}" for key, value in request.reading.parameters.items())
        return Outcome(
            None, missing=(say("unknown-statistic", statistic=request.reading.statistic, parameters=parameters),)
        )
    return _counted(reduce(Audit.merge, audits), request, where)


def attested(inputs: Sequence[Input], request: Request) -> Outcome:
    """In how many of the named industries an accepted statement says the technology is used.

    Reading: statistic ``count``, parameters ``{of: [水利, 农业, 电力]}``; a statement's industry counts for the name it contains.
    """
    audits = [each.summary for each in inputs if isinstance(each.summary, Audit)]
    wanted = [str(each) for each in request.reading.parameters.get("of", ())]
    if not audits or not wanted:
        return Outcome(None, missing=(say("no-register"),))
    whole = reduce(Audit.merge, audits)
    outcome = _counted(whole, request, "")
    good = [row for row in whole.settled() if not row.faults]
    found = [each for each in wanted if any(each in row.category for row in good)]
    if outcome.estimate is None:
        return outcome
    estimate = replace(outcome.estimate, value=len(found), lower=len(found), upper=len(found))
    return replace(outcome, estimate=estimate, listing={**outcome.listing, "industries": found})


def _counted(whole: Audit, request: Request, where: str) -> Outcome:
    rows = whole.settled()
    good = [row for row in rows if not row.faults]
    bad = [row for row in rows if row.faults]
    counted = [row for row in good if row.wuhan or not where]
    flagged = sum(bool(row.flags) for row in rows)
    remarks = [say("rejected", rows=len(rows), accepted=len(good), rejected=len(bad)), *whole.remarks]
    if flagged:
        remarks.append(say("flagged", count=flagged))
    listing = {"accepted": [row.listed() for row in counted], "rejected": [row.listed() for row in bad]}
    if where:
        listing["elsewhere"] = [row.listed() for row in good if not row.wuhan]
    return Outcome(
        None if whole.invalid else _census(len(counted), rows, request),
        invalid=whole.invalid,
        missing=whole.missing,
        remarks=tuple(remarks),
        figures=(_reasons(bad),) if bad else (),
        listing=listing,
    )


def _census(count: int, rows: Sequence[Row], request: Request) -> Estimate:
    usual = "个" if any(row.application for row in rows) else "家"
    return Estimate(
        value=count,
        unit=request.limit.quantity.unit if request.limit else usual,
        n=len(rows),
        n_eff=float(len(rows)),
        lower=count,
        upper=count,
        confidence=Fraction(1),
        method="census",
        diagnostics={"rows": len(rows), "rejected": sum(bool(row.faults) for row in rows)},
    )


def _reasons(rejected: Sequence[Row]) -> Figure:
    """A table: for each reason how many rows it struck out, and which."""
    head = [{"zh": "理由", "en": "Reason"}, {"zh": "行数", "en": "Rows"}, {"zh": "行", "en": "Which"}]
    found: dict[str, list[str]] = {}
    for row in rejected:
        for what in dict.fromkeys(each.code.partition(".")[2] for each in row.faults):
            found.setdefault(what, []).append(str(row.number))
    rows = [[brief(what), len(which), ", ".join(which[:_SHOWN])] for what, which in sorted(found.items())]
    return Figure("table", Text("未计入的理由", "Why rows do not count"), "", {"columns": head, "rows": rows})


def _audited(data: bytes, chunk: Chunk, context: Context) -> Audit:
    config = chunk.detail.get("config", {})
    recognise = partial(match, named=config.get("columns", {}))
    table = read(data, lambda row: recognise(row) is not None, str(config.get("sheet", "")))
    columns = recognise(table.head)
    if columns is None:
        raise UnreadableError(Text("没有表头。", "There is no head row."))
    unit = context.limits[0].quantity.unit if context.limits else ""
    terms = Terms(
        context.period,
        uscc.normalise(context.applicant_uscc),
        frozenset(map(uscc.normalise, context.member_usccs)),
        columns.applications(str(config.get("rows", "")), unit),
    )
    return audit(table, columns, terms, str(chunk.detail["register"]), chunk.detail.get("documents", {}))


def _file_problems(config: Mapping[str, Any], folder: Path) -> list[Problem]:
    register, documents = config.get("register"), config.get("documents")
    problems = []
    if not isinstance(register, str) or not register:
        problems.append(Problem(("register",), "No register file is named.", "write register: adopters.csv."))
    elif not (folder / register).is_file():
        problems.append(
            Problem(("register",), f"There is no file {register}.", "check the path; it starts at the profile.")
        )
    if documents is not None and not (isinstance(documents, str) and (folder / documents).is_dir()):
        cure = "check the path; it starts at the profile."
        problems.append(Problem(("documents",), f"There is no folder {documents}.", cure))
    return problems


def _word_problems(config: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if config.get("rows", "organisations") not in _ROWS:
        problems.append(
            Problem(("rows",), f"{config['rows']!r} is not a kind of row.", "write organisations or applications.")
        )
    columns = config.get("columns", {})
    if not isinstance(columns, Mapping):
        return [*problems, Problem(("columns",), "columns is not a mapping.", "write columns: {uscc: 代码}.")]
    for field, heading in columns.items():
        if field not in FIELDS or not isinstance(heading, str):
            cure = f"use field: heading, the field one of: {', '.join(FIELDS)}."
            problems.append(Problem(("columns", field), f"{field}: {heading} says no column.", cure))
    if not isinstance(config.get("sheet", ""), str):
        problems.append(Problem(("sheet",), "sheet is not a name.", "write the worksheet's name in quotation marks."))
    return problems
