# SPDX-License-Identifier: Apache-2.0
"""A register audited row by row: what each row says, and what is wrong with it on its own, whoever asks.

What only the whole list shows, duplicates and branches, is found over the union of all registers (measurands/settled.py).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from harness.kit.documents import Document
from harness.kit.papers import Paper
from harness.model import Reason
from probes.register.traces.worksheet import Ruling


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that may not count: its code, the name it goes by."""

    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What rows are held against: the project's period, and who may not count."""

    period: tuple[date, date] | None = None
    applicant: Party = Party()
    members: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Sheet:
    """One register: its label, the fields it has columns for, what the profile says its rows are, headings nobody reads."""

    label: str
    fields: tuple[str, ...]
    counted: str
    unread: tuple[str, ...]
    digest: str = ""
    """SHA-256 of the file, which an auditor's worksheet is held against."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: where it stands (register, number under the head, line of the file), what it says, and its faults.

    ``names``: by what a row can stand for. ``barred``: why an organisation does not count. ``source``: whose documents are
    meant. ``doubts``: what cannot be told from here. ``signed``: the day that the contract itself has to say. ``said``: the
    other fields as they stand.
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
    doubts: tuple[Reason, ...] = ()
    signed: date | None = None
    no_item: bool = False
    """A total or a repeated head: no row that claims anything."""
    said: Mapping[str, str] = field(default_factory=dict)
    kin: tuple[Reason, ...] = ()
    """Why the organisation may be a subsidiary of the applicant or of a member."""
    address: str = ""
    address_documents: tuple[Document, ...] = ()
    ours: bool | None = None
    """Whether the code or name is the applicant's or a member's; None where nobody says who they are."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The mergeable digest of registers: rows, the registers themselves, papers, what auditors ruled, what cannot be read.

    ``papers``: (source, name) -> what a document says. ``dated``: whether rows were held against a period.
    """

    entries: tuple[Entry, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    papers: Mapping[tuple[str, str], Paper] = field(default_factory=dict)
    invalid: tuple[Reason, ...] = ()
    dated: bool = False
    rulings: tuple[Ruling, ...] = ()
    remarks: tuple[Reason, ...] = ()
    parties: frozenset[str] = frozenset()
    """Codes of the applicant and the members, which stand in every contract of theirs."""
    period: tuple[date, date] | None = None
    """The project's, which the terms of contracts are held against."""

    def merge(self, other: Self) -> Self:
        """The union, in the order of registers and rows whatever the order of merging."""
        return type(self)(
            tuple(sorted(self.entries + other.entries, key=lambda each: (each.register, each.number))),
            tuple(sorted({*self.sheets, *other.sheets})),
            dict(sorted({**self.papers, **other.papers}.items())),
            _union(self.invalid, other.invalid),
            self.dated or other.dated,
            tuple(sorted({*self.rulings, *other.rulings})),
            _union(self.remarks, other.remarks),
            self.parties | other.parties,
            self.period or other.period,
        )


def narrow(text: str) -> str:
    """A text with full-width forms folded (NFKC)."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _union(mine: tuple[Reason, ...], other: tuple[Reason, ...]) -> tuple[Reason, ...]:
    found = {(each.code, each.text): each for each in (*mine, *other)}
    return tuple(sorted(found.values(), key=lambda reason: (reason.code, reason.text.zh)))
