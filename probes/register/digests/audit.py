# SPDX-License-Identifier: Apache-2.0
"""A register audited row by row: what each row says, and what is wrong with it on its own, whoever asks.

What only the whole list shows, duplicates and branches, is found over the union of all registers (measurands/settled.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from harness.kit.documents import Document, collect, safe
from harness.kit.tables import Row, Table, cells
from harness.model import Reason
from probes.register.traces import uscc
from probes.register.traces.columns import KINDS, kinds
from probes.register.traces.words import WORDS

_MAX_NAME = 200
_WUHAN = re.compile(r"(?:中国)?(?:湖北省?)?武汉")


@dataclass(frozen=True, slots=True)
class Terms:
    """What rows are held against: the project's period, and who may not count."""

    period: tuple[date, date] | None = None
    applicant: str = ""
    members: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Sheet:
    """One register: its label, the fields it has columns for, what the profile says its rows are, headings nobody reads."""

    label: str
    fields: tuple[str, ...]
    counted: str
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: where it stands (register, number under the head, line of the file), what it says, and its faults.

    ``names``: by what a row can stand for. ``barred``: why an organisation does not count. ``source``: whose documents are meant.
    """

    register: str
    number: int
    line: int
    source: str
    names: Mapping[str, str]
    code: str
    wuhan: bool
    documents: tuple[Document, ...]
    code_faults: tuple[Reason, ...]
    barred: tuple[Reason, ...]
    faults: tuple[Reason, ...]
    flags: tuple[Reason, ...]
    category: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The mergeable digest of registers: rows, the registers themselves, texts of documents, what cannot be read.

    ``texts``: (source, name) -> text of a document, folded for comparison. ``dated``: whether rows were held against a period.
    """

    entries: tuple[Entry, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    texts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    invalid: tuple[Reason, ...] = ()
    dated: bool = False

    def merge(self, other: Self) -> Self:
        """The union, in the order of registers and rows whatever the order of merging."""
        return type(self)(
            tuple(sorted(self.entries + other.entries, key=lambda each: (each.register, each.number))),
            tuple(sorted({*self.sheets, *other.sheets})),
            dict(sorted({**self.texts, **other.texts}.items())),
            _union(self.invalid, other.invalid),
            self.dated or other.dated,
        )


def audit(table: Table, terms: Terms, source: str, counted: str, kept: Mapping[str, str]) -> Audit:
    """Every row of one register on its own; ``kept``: name -> SHA-256 of each document that was recorded beside it."""
    label = f"{source}/{table.name}"
    sheet = Sheet(label, tuple(sorted(table.index)), counted, table.unread)
    return Audit(
        tuple(_entry(row, terms, label, source, kept) for row in table), (sheet,), dated=terms.period is not None
    )


def _entry(row: Row, terms: Terms, label: str, source: str, kept: Mapping[str, str]) -> Entry:
    code = uscc.normalise(row["uscc"])
    documents = collect(row["document"], row["sha256"], kept)
    wuhan, flags = _place(row, code, kept)
    return Entry(
        register=label,
        number=row.number,
        line=row.line,
        source=source,
        names={each: _name(row, each) for each in KINDS},
        code=code,
        wuhan=wuhan,
        documents=documents,
        code_faults=_code_faults(row, code),
        barred=_barred(code, terms),
        faults=_document_faults(row, documents) + _date_faults(row, terms),
        flags=flags,
        category=unicodedata.normalize("NFKC", row["category"]),
    )


def _name(row: Row, kind: str) -> str:
    title = row[kind] if kind in row or kind not in kinds(row.table.index) else row["name"]
    return " ".join(title.split())[:_MAX_NAME]


def _code_faults(row: Row, code: str) -> tuple[Reason, ...]:
    if "uscc" not in row:
        return ()
    if not code:
        return (WORDS.reason("code-missing"),)
    return tuple(WORDS.reason(f"code-{each}", code=code, length=len(code)) for each in uscc.defects(code))


def _barred(code: str, terms: Terms) -> tuple[Reason, ...]:
    found = []
    if code and code == terms.applicant:
        found.append(WORDS.reason("applicant"))
    if code in terms.members:
        found.append(WORDS.reason("member"))
    return tuple(found)


def _document_faults(row: Row, documents: tuple[Document, ...]) -> tuple[Reason, ...]:
    if "document" not in row:
        return ()
    if not documents:
        return (WORDS.reason("document-not-named"),)
    return tuple(fault for each in documents for fault in _document_fault(each, registered="sha256" in row))


def _document_fault(document: Document, *, registered: bool) -> tuple[Reason, ...]:
    if not safe(document.name):
        return (WORDS.reason("document-unsafe", document=document.name),)
    if not document.found:
        return (WORDS.reason("document-missing", document=document.name),)
    if registered and not document.registered:
        return (WORDS.reason("hash-missing", document=document.name),)
    return () if document.unchanged else (WORDS.reason("document-changed", document=document.name),)


def _date_faults(row: Row, terms: Terms) -> tuple[Reason, ...]:
    if "date" not in row or terms.period is None:
        return ()
    if not row["date"]:
        return (WORDS.reason("date-missing"),)
    found = cells.day(row["date"], from_1904=row.table.from_1904)
    if found is None:
        return (WORDS.reason("date-unreadable", date=row["date"]),)
    start, end = terms.period
    if start <= found <= end:
        return ()
    return (WORDS.reason("date-outside", date=str(found), start=str(start), end=str(end)),)


def _place(row: Row, code: str, kept: Mapping[str, str]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether the row counts for Wuhan: by its code's division, or by an address with its document."""
    address = unicodedata.normalize("NFKC", row["address"])
    here = _WUHAN.match(address) is not None
    division = uscc.division(code)
    if division.startswith("4201"):
        disagrees = (WORDS.reason("address-disagrees", division=division, address=address),)
        return True, disagrees if address and not here else ()
    if not here:
        return False, ()
    proofs = collect(row["address-document"], row["address-sha256"], kept)
    if proofs and all(each.unchanged for each in proofs):
        return True, (WORDS.reason("address-attested", division=division or "—", document=proofs[0].name),)
    return False, (WORDS.reason("address-undocumented", division=division or "—"),)


def _union(mine: tuple[Reason, ...], other: tuple[Reason, ...]) -> tuple[Reason, ...]:
    found = {(each.code, each.text): each for each in (*mine, *other)}
    return tuple(sorted(found.values(), key=lambda reason: (reason.code, reason.text.zh)))
