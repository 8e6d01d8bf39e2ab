# SPDX-License-Identifier: Apache-2.0
"""The rows of one register, each on its own: names, code, place, date, documents. What a row does not say is never filled in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from harness.kit.copies import aliases, legal_name, seen, twins
from harness.kit.documents import Document, collect, safe
from harness.kit.tables import Caveat, Caveats, Columns, Row, Table, cells
from harness.kit.tables.caveats import doubtful_line
from harness.kit.tallies import says_total
from harness.kit.unreadable import UnreadableError
from harness.model import Reason
from probes.register.digests.audit import Audit, Entry, Party, Sheet, Terms, narrow
from probes.register.digests.standing import Standing
from probes.register.traces import divisions, uscc
from probes.register.traces.columns import KINDS, is_head, is_numbering, is_signing, kinds
from probes.register.traces.words import WORDS

_MAX_NAME = 200
_WUHAN = re.compile(r"(?:中华人民共和国|中国)?(?:湖北省?)?武汉|(?:.*[,，]\s*)?wuhan\b", re.IGNORECASE)
_COUNT = re.compile(r"(?<![\d.])(\d{1,7})(?![\d.])")
_LEAST_CODE = 15
"""Characters from which a cell is somebody's code, right or wrong, and not a number of rows."""
_TELLING = 4
"""Characters from which a name without its legal form tells whose it is, within another one too."""
_FORMULA = re.compile(r"[=@]|[+\-]\s*[\w(]")
_OTHERS = ("former", "vin", "serial", "level", "chip", "component", "right", "content", "interface", "sha256")


def audit(
    table: Table, terms: Terms, source: str, counted: str, kept: Mapping[str, str], *, form: Columns, data: bytes = b""
) -> Audit:
    """Every row of one register on its own; ``kept``: name -> SHA-256 of each document that was recorded beside it.

    ``form``: what its columns are called. UnreadableError where a second table with other columns begins under the first.
    """
    reader = Reader(table, terms, source, kept, form)
    entries = tuple(reader.entries())
    digest = hashlib.sha256(data).hexdigest() if data else ""
    sheet = Sheet(reader.label, tuple(sorted(table.index)), counted, reader.unread, digest)
    parties = frozenset(each.code for each in (terms.applicant, *terms.members) if each.code)
    dated = terms.period is not None
    return Audit(entries, (sheet,), dated=dated, remarks=tuple(reader.remarks), parties=parties, period=terms.period)


class Said(dict[str, str]):
    """The texts of a row by field, each looked up once; empty for a field that the table has no column for."""

    def __init__(self, row: Row) -> None:
        """Take the cells of the row."""
        texts = row.table.cells[row.at]
        super().__init__({field: texts[place].strip() for field, place in row.table.index.items()})

    def __missing__(self, field: str) -> str:
        """What a table without the column says."""
        return ""


class Reader:
    """Reads one table; ``remarks``: what is to be told of the table as a whole."""

    def __init__(self, table: Table, terms: Terms, source: str, kept: Mapping[str, str], form: Columns) -> None:
        """Prepare for the rows of ``table``."""
        self.label = f"{source}/{table.name}"
        self.remarks: list[Reason] = []
        self.unread = tuple(each for each in table.unread if not is_numbering(each))
        self._table, self._terms, self._source, self._kept, self._form = table, terms, source, kept, form
        self._kinds = kinds(table.index)
        self._head = tuple(each.strip() for each in table.head)
        self._signing = "date" in table.index and is_signing(table.head[table.index["date"]])
        self._others = tuple(each for each in _OTHERS if each in table)
        self._caveats, self._standing = Caveats(table), Standing(table, terms.period)
        self._since_total = 0
        self._year = terms.period[1].year if terms.period else 9999
        self._barred = _barred_by(terms)
        names = [legal_name(each.name) for each in (terms.applicant, *terms.members)]
        self._parties = [each for each in names if len(each) >= _TELLING]
        if table.others:
            self.remarks.append(WORDS.reason("other-sheets", names=table.others))

    def entries(self) -> Iterator[Entry]:
        """Every row; UnreadableError at a second head with other columns."""
        listed, under, every = 0, "", self._below()
        for row in self._table:
            found = self._no_item(row, listed)
            line = self._standing.line(row.at)
            if found is None and line is not None:
                under = line
            listed += found is None
            if found is not None:
                yield self._void(row, found)
                continue
            entry = self._entry(row, Said(row))
            said = [] if line is not None else [each for each in (under, every) if each]
            yield replace(entry, doubts=(*entry.doubts, *(WORDS.reason("under-line", line=each) for each in said)))

    def _below(self) -> str:
        """What a line above the head or under all rows says that makes rows doubtful; of which, nobody knows."""
        for each in self._table.above:
            if said := doubtful_line(each):
                return said
        for at in reversed(range(len(self._table))):
            line = self._standing.line(at)
            if line is None:
                return ""
            if line:
                return line
        return ""

    def _no_item(self, row: Row, listed: int) -> Reason | None:
        """Why a row claims nothing: a head repeated on a new page, or a total, whose number is checked."""
        texts = self._table.cells[row.at]
        if texts[:1] and texts[0].strip() == self._head[0] and tuple(each.strip() for each in texts) == self._head:
            return WORDS.reason("repeated-head")
        if is_head(texts, self._form):
            problem = WORDS.text("second-head", line=row.line)
            raise UnreadableError(problem, cure="keep one table in a file or worksheet.", where=self._table.name)
        claims = len(uscc.normalise(row["uscc"])) >= _LEAST_CODE or bool(row["document"])
        if claims or not any(map(says_total, texts)):
            self._since_total += 1
            return None
        stated = {int(each) for text in texts for each in _COUNT.findall(narrow(text))}
        if stated and not stated & {listed, self._since_total}:
            self.remarks.append(
                WORDS.reason("total-differs", register=self.label, line=row.line, stated=max(stated), rows=listed)
            )
        self._since_total = 0
        return WORDS.reason("total-row")

    def _void(self, row: Row, why: Reason) -> Entry:
        names = {each: self._name(Said(row), each) for each in KINDS}
        where = (self.label, row.number, row.line, self._source)
        return Entry(*where, names, "", False, (), (), (), (why,), (), "", no_item=True)

    def _entry(self, at: Row, row: Said) -> Entry:
        code = uscc.normalise(row["uscc"])
        documents = collect(row["document"], row["sha256"], self._kept)
        day = _day(row["date"], self._table.from_1904)
        proofs = collect(row["address-document"], row["address-sha256"], self._kept) if row["address-document"] else ()
        wuhan, flags = _place(row, code, proofs)
        names = {each: self._name(row, each) for each in KINDS}
        code_faults, doubts = self._code(row, code, day)
        beside = tuple(self._caveats.of(at.at))
        barred = self._bars(code, names["organisation"])
        return Entry(
            register=self.label,
            number=at.number,
            line=at.line,
            source=self._source,
            names=names,
            code=code,
            wuhan=wuhan,
            documents=documents,
            code_faults=code_faults,
            barred=barred,
            faults=(
                *self._formulas(names),
                *_said(beside, refuting=True),
                *_document_faults(row, documents),
                *self._date_faults(row, day),
            ),
            flags=flags,
            category=narrow(row["category"]),
            doubts=(
                *doubts,
                *_said(beside, refuting=False),
                *self._standing.of(at.at),
            ),
            kin=() if barred else tuple(self._kin(row, names["organisation"])),
            signed=day if self._signing else None,
            said={each: row[each] for each in self._others},
            address=row["address"],
            address_documents=proofs,
            ours=bool(barred) if self._barred else None,
        )

    def _name(self, row: Said, kind: str) -> str:
        title = row[kind] if kind in row or kind not in self._kinds else row["name"]
        return " ".join(title.split())[:_MAX_NAME]

    def _formulas(self, names: Mapping[str, str]) -> tuple[Reason, ...]:
        """A name that a spreadsheet would take for a formula is nobody's name."""
        return (WORDS.reason("formula"),) if any(map(_FORMULA.match, names.values())) else ()

    def _code(self, row: Said, code: str, day: date | None) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
        """Faults of a code, and what cannot be told of it."""
        if "uscc" not in row:
            return (), ()
        if not code:
            return (WORDS.reason("code-missing"),), ()
        found = uscc.defects(code)
        if found:
            return tuple(WORDS.reason(f"code-{each}", code=code, length=len(code)) for each in found), ()
        if uscc.implausible(code):
            return (), (WORDS.reason("code-implausible", code=code),)
        division = uscc.division(code)
        problem = divisions.problem(division, day.year if day else self._year)
        if not problem:
            return (), ()
        reason = WORDS.reason(f"division-{problem}", code=code, division=division)
        return ((), (reason,)) if problem == "unknown" and divisions.zone(division) else ((reason,), ())

    def _bars(self, code: str, name: str) -> tuple[Reason, ...]:
        if not self._barred:
            return ()
        marks = {code, uscc.body(code), *aliases(name)} - {""}
        found = dict.fromkeys(why for mark, why in self._barred if mark in marks or _another_script(name, mark))
        return tuple(WORDS.reason(each) for each in found)

    def _kin(self, row: Said, name: str) -> Iterator[Reason]:
        """Whether a name or a parent company has the name of the applicant or of a member in it: perhaps a subsidiary of theirs."""
        for each in filter(None, (name, row["parent"])):
            within = next((mark for mark in self._parties if mark in seen(each)), None)
            if within is not None:
                yield WORDS.reason("party-within", name=each[:_MAX_NAME])
                return

    def _date_faults(self, row: Said, day: date | None) -> tuple[Reason, ...]:
        if day is None and row["date"]:
            return (WORDS.reason("date-unreadable", date=row["date"][:_MAX_NAME]),)
        if "date" not in row or self._terms.period is None:
            return ()
        if day is None:
            return (WORDS.reason("date-missing"),)
        start, end = self._terms.period
        if start <= day <= end:
            return ()
        return (WORDS.reason("date-outside", date=str(day), start=str(start), end=str(end)),)


def _said(beside: Iterable[Caveat], *, refuting: bool) -> tuple[Reason, ...]:
    """What a column that nobody reads says of the whole row: that it does not hold, or a word nobody understands."""
    return tuple(
        WORDS.reason(f"said-{each.kind.value}", column=each.heading or "—", said=each.said or "—")
        for each in beside
        if each.kind.refutes is refuting
    )


@lru_cache(maxsize=4096)
def _day(text: str, from_1904: bool) -> date | None:
    return cells.day(text, from_1904=from_1904) if text else None


def _barred_by(terms: Terms) -> tuple[tuple[str, str], ...]:
    """Marks of those who may not count, each with why: code, organisation code, name."""
    found = []
    for why, party in (("applicant", terms.applicant), *(("member", each) for each in terms.members)):
        found += [(mark, why) for mark in _marks(party) if mark]
    return tuple(found)


def _marks(party: Party) -> tuple[str, ...]:
    return party.code, uscc.body(party.code), *sorted(aliases(party.name))


def _another_script(name: str, mark: str) -> bool:
    """Whether a name is one that is barred, in traditional characters."""
    return len(mark) >= _TELLING and bool(twins([legal_name(name), mark])[1])


def _document_faults(row: Said, documents: tuple[Document, ...]) -> tuple[Reason, ...]:
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


def _place(row: Said, code: str, proofs: tuple[Document, ...]) -> tuple[bool, tuple[Reason, ...]]:
    """Whether the row counts for Wuhan: by its code's division, or by an address with its document."""
    address = narrow(row["address"])
    here = _WUHAN.match(address) is not None
    division = uscc.division(code) if uscc.body(code) else ""
    if division.startswith("4201"):
        if here or not address:
            return True, ()
        return True, (WORDS.reason("address-disagrees", division=division, address=address[:_MAX_NAME]),)
    if not here:
        return False, ()
    if proofs and all(each.unchanged for each in proofs):
        return True, (WORDS.reason("address-attested", division=division or "—", document=proofs[0].name),)
    return False, (WORDS.reason("address-undocumented", division=division or "—"),)
