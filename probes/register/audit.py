# SPDX-License-Identifier: Apache-2.0
"""A register audited row by row: what is wrong with each row on its own, and what only the whole list shows.

A row's own faults are found once per file (pure, mergeable); duplicates and branches are found over the union of
all files, in the order of registers and rows, among the rows that have no fault of their own: the first one counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from harness.model import Reason
from probes.register import uscc
from probes.register.columns import Columns
from probes.register.documents import Document, collect, mentions, safe
from probes.register.sentences import say
from probes.register.table import Table, day

_BRANCH = re.compile(
    r"(?P<parent>.+公司|.+?(?:集团|厂|所|院|中心|大学|银行))(?P<place>.*(?:分公司|分厂|分院|分所|分店|分部|支行|分行|办事处))\Z"
)
_MAX_NAME = 200
_WUHAN = re.compile(r"(?:中国)?(?:湖北省?)?武汉")


@dataclass(frozen=True, slots=True)
class Terms:
    """What rows are held against: the project's period, who may not count, and how the register is counted."""

    period: tuple[date, date] | None = None
    applicant: str = ""
    members: frozenset[str] = frozenset()
    applications: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands (register, number under the head), what it says, its faults and its flags."""

    register: str
    number: int
    name: str
    code: str
    application: bool
    wuhan: bool
    documents: tuple[Document, ...]
    faults: tuple[Reason, ...] = ()
    flags: tuple[Reason, ...] = ()
    category: str = ""

    def listed(self) -> dict[str, Any]:
        """The row as JSON values for the report's list."""
        return {
            "register": self.register,
            "row": self.number,
            "name": self.name,
            "uscc": self.code,
            "wuhan": self.wuhan,
            "category": self.category,
            "documents": [{"name": each.name, "sha256": each.found} for each in self.documents],
            "reasons": [_listed(each) for each in self.faults],
            "flags": [_listed(each) for each in self.flags],
        }


@dataclass(frozen=True, slots=True)
class Audit:
    """The mergeable digest of registers: every row with its own faults, and what is wrong with whole files."""

    rows: tuple[Row, ...] = ()
    invalid: tuple[Reason, ...] = ()
    missing: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()

    def merge(self, other: Self) -> Self:
        """The union, in the order of registers and rows whatever the order of merging."""
        return replace(
            self,
            rows=tuple(sorted(self.rows + other.rows, key=lambda row: (row.register, row.number))),
            invalid=_union(self.invalid, other.invalid),
            missing=_union(self.missing, other.missing),
            remarks=_union(self.remarks, other.remarks),
        )

    def settled(self) -> tuple[Row, ...]:
        """All rows, with duplicates and branches of one legal person found across every register."""
        return _settle(self.rows)


def audit(table: Table, columns: Columns, terms: Terms, register: str, kept: Mapping[str, str]) -> Audit:
    """Every row of one register on its own; ``kept`` maps document names to the paths of their recorded copies."""
    rows = tuple(
        _row(_Cells(columns, row, table.from_1904), terms, register, number, kept)
        for number, row in enumerate(table.rows, 1)
    )
    missing = []
    if "document" not in columns:
        missing.append(say("no-document-column"))
    if "date" not in columns and terms.period is not None:
        missing.append(say("no-date-column"))
    if "uscc" not in columns and not terms.applications:
        missing.append(say("no-code-column"))
    remarks = () if "sha256" in columns or "document" not in columns else (say("no-hash-column"),)
    return Audit(rows, (), tuple(missing), remarks)


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row's cells by field."""

    columns: Columns
    row: Sequence[str]
    from_1904: bool

    def __getitem__(self, name: str) -> str:
        return self.columns.cell(self.row, name)

    def __contains__(self, name: str) -> bool:
        return name in self.columns


def _row(cells: _Cells, terms: Terms, register: str, number: int, kept: Mapping[str, str]) -> Row:
    title = cells["application" if terms.applications else "organisation"]
    name = " ".join(title.split())[:_MAX_NAME]
    code = uscc.normalise(cells["uscc"])
    documents = collect(cells["document"], cells["sha256"], kept)
    faults: tuple[Reason, ...] = () if name else (say("name-missing"),)
    faults += _code_faults(cells, code, terms) + _document_faults(cells, documents) + _date_faults(cells, terms)
    wuhan, place = _place(cells, code, kept)
    flags = place + _flags(code, name, documents, kept, applications=terms.applications)
    category = unicodedata.normalize("NFKC", cells["category"])
    return Row(register, number, name, code, terms.applications, wuhan, documents, faults, flags, category)


def _code_faults(cells: _Cells, code: str, terms: Terms) -> tuple[Reason, ...]:
    if "uscc" not in cells:
        return ()
    if not code:
        return (say("code-missing"),)
    found = [say(f"code-{each}", code=code, length=len(code)) for each in uscc.defects(code)]
    if terms.applications:
        return tuple(found)
    if code == terms.applicant:
        found.append(say("applicant"))
    if code in terms.members:
        found.append(say("member"))
    return tuple(found)


def _document_faults(cells: _Cells, documents: tuple[Document, ...]) -> tuple[Reason, ...]:
    if "document" not in cells:
        return ()
    if not documents:
        return (say("document-not-named"),)
    return tuple(fault for each in documents for fault in _document_fault(each, registered="sha256" in cells))


def _document_fault(document: Document, *, registered: bool) -> tuple[Reason, ...]:
    if not safe(document.name):
        return (say("document-unsafe", document=document.name),)
    if not document.found:
        return (say("document-missing", document=document.name),)
    if registered and not document.registered:
        return (say("hash-missing", document=document.name),)
    return () if document.unchanged else (say("document-changed", document=document.name),)


def _date_faults(cells: _Cells, terms: Terms) -> tuple[Reason, ...]:
    if "date" not in cells or terms.period is None:
        return ()
    if not cells["date"]:
        return (say("date-missing"),)
    found = day(cells["date"], from_1904=cells.from_1904)
    if found is None:
        return (say("date-unreadable", date=cells["date"]),)
    start, end = terms.period
    return () if start <= found <= end else (say("date-outside", date=found, start=start, end=end),)


def _place(cells: _Cells, code: str, kept: Mapping[str, str]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether the row counts for Wuhan: by its code's division, or by an address with its document."""
    address = unicodedata.normalize("NFKC", cells["address"])
    here = _WUHAN.match(address) is not None
    division = uscc.division(code)
    if division.startswith("4201"):
        disagrees = (say("address-disagrees", division=division, address=address),)
        return True, disagrees if address and not here else ()
    if not here:
        return False, ()
    proofs = collect(cells["address-document"], cells["address-sha256"], kept)
    if proofs and all(each.unchanged for each in proofs):
        return True, (say("address-attested", division=division or "—", document=proofs[0].name),)
    return False, (say("address-undocumented", division=division or "—"),)


def _flags(
    code: str, name: str, documents: tuple[Document, ...], kept: Mapping[str, str], *, applications: bool
) -> tuple[Reason, ...]:
    found = []
    if not applications and _BRANCH.match(_folded(name)):
        found.append(say("branch"))
    if not applications and code.startswith("92"):
        found.append(say("individual-business"))
    silent = [each for each in documents if each.found and mentions(Path(kept[each.name]), code, name) is False]
    return (*found, *(say("not-in-document", document=each.name) for each in silent))


def _settle(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Strike out every later row that repeats an earlier accepted one; rows with faults of their own take no place."""
    settled: list[Row] = []
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.faults:
            settled.append(row)
            continue
        keys = _identity(row)
        clash = next(((what, seen[what, key]) for what, key in keys if (what, key) in seen), None)
        settled.append(_judged(row, clash))
        if clash is None or clash[0] == "shared-document":
            seen.update({key: row for key in keys if key not in seen})
    return tuple(settled)


def _identity(row: Row) -> list[tuple[str, str]]:
    """Keys that two different entries must not share, the graver first."""
    name = _folded(row.name)
    digests = [each.found for each in row.documents]
    if row.application:
        return [("duplicate-name", name), *(("duplicate-document", each) for each in digests)]
    branch = _BRANCH.match(name)
    return [
        *([("duplicate-code", row.code)] if row.code else []),
        ("duplicate-name", name),
        ("branch-of-listed", branch["parent"] if branch else name),
        *(("shared-document", each) for each in digests),
    ]


def _judged(row: Row, clash: tuple[str, Row] | None) -> Row:
    if clash is None:
        return row
    what, other = clash
    reason = say(what, other=_where(row, other), other_name=other.name)
    if what == "shared-document":
        return replace(row, flags=(*row.flags, reason))
    return replace(row, faults=(reason,))


def _where(row: Row, other: Row) -> str:
    return str(other.number) if row.register == other.register else f"{other.register}:{other.number}"


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).upper()


def _union(mine: tuple[Reason, ...], other: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(sorted({*mine, *other}, key=lambda reason: (reason.code, reason.text.zh)))


def _listed(reason: Reason) -> dict[str, str]:
    return {"code": reason.code, "zh": reason.text.zh, "en": reason.text.en}
