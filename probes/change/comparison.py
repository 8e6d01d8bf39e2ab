# SPDX-License-Identifier: Apache-2.0
"""Tables of both sides as one comparison: whose amount belongs to whose exposure, and which group a line is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from harness.kit.baseline import SIDES
from harness.kit.unreadable import UnreadableError
from harness.model import Reason
from harness.stats.matched import Cell, Matched, Worth, matched
from probes.change import WORDS
from probes.change.rows import EXPOSURES, Key, Sheet


@dataclass(frozen=True, slots=True)
class Tables:
    """The mergeable digest: every table by side and SHA-256; ``sealed_ns``: when the baseline was sealed."""

    sheets: tuple[tuple[str, str, Sheet], ...]
    sealed_ns: int | None = None

    def merge(self, other: Self) -> Self:
        """The tables of both; the same bytes on the same side count once."""
        sheets = {each[:2]: each for each in (*self.sheets, *other.sheets)}
        sealed = [each for each in (self.sealed_ns, other.sealed_ns) if each is not None]
        return replace(self, sheets=tuple(sheets[key] for key in sorted(sheets)), sealed_ns=max(sealed, default=None))


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field is the amount and which the exposure; ``rise``: more is better."""

    amount: str
    exposure: str
    ledger: bool = False
    """A project without rows of amount had none: the table of amounts lists events."""
    rise: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What can be compared, and what a reader has to be told of the tables."""

    cells: Matched
    roles: Roles
    remarks: tuple[Reason, ...]
    sealed_ns: int | None


def compare(tables: Tables, roles: Roles, left_out: Collection[str] = ()) -> Comparison:
    """The comparison of amount by exposure; UnreadableError where the tables do not allow one."""
    _check_units([sheet for _, _, sheet in tables.sheets])
    groups = _groups([sheet for _, _, sheet in tables.sheets])
    sides = []
    for side in SIDES:
        sheets = [sheet for name, _, sheet in tables.sheets if name == side]
        worth = _joined(_together(sheets, left_out), roles)
        if not worth:
            titles = {
                "side": WORDS.text(side),
                "amount": WORDS.text(roles.amount),
                "exposure": WORDS.text(roles.exposure),
            }
            raise _defect("no-values", "give both sides a table with both.", **titles)
        sides.append([Cell(*key, key[0] in groups, value) for key, value in worth.items()])
    cells = matched(*sides)
    remarks = [each for _, _, sheet in tables.sheets for each in sheet.remarks]
    remarks += [WORDS.reason("left-out", names=sorted(left_out))] if left_out else []
    remarks += [WORDS.reason("seasonal", months=cells.apart)] if cells.apart else []
    return Comparison(cells, roles, tuple(remarks), tables.sealed_ns)


def _groups(sheets: Sequence[Sheet]) -> set[str]:
    """The lines of the control group; one that another table calls treated is refused."""
    treated, control = ({name for sheet in sheets for name in sheet.groups[each]} for each in (False, True))
    if treated & control:
        raise _defect("torn", "put each line or project into one group.", units=sorted(treated & control))
    return control


def _together(sheets: Sequence[Sheet], left_out: Collection[str]) -> dict[Key, Mapping[str, Fraction]]:
    """Several tables of one side: amounts of one line, month and product add up, an exposure stands in one table."""
    found: dict[Key, dict[str, Fraction]] = {}
    for sheet in sheets:
        for key, values in sheet.cells.items():
            there = found.setdefault(key, {}) if key[0] not in left_out else {}
            twice = EXPOSURES & there.keys() & values.keys()
            if twice:
                field = WORDS.text(min(twice))
                raise _defect("told-twice", "state it in one table.", unit=" ".join(key), field=field)
            there.update({each: there.get(each, 0) + value for each, value in values.items()})
    return {key: values for key, values in found.items() if values}


def _joined(cells: Mapping[Key, Mapping[str, Fraction]], roles: Roles) -> dict[Key, Worth]:
    """Amount and exposure of each cell; where they stand in different tables, of each line or project."""
    fields = (roles.amount, roles.exposure)
    keys = [{key for key, values in cells.items() if field in values} for field in fields]
    if keys[0] == keys[1] or not all(keys):
        return {key: Worth(*(cells[key][field] for field in fields)) for key in sorted(keys[0] & keys[1])}
    units = [{key[0] for key in each} for each in keys]
    lost = units[0] - units[1] if roles.ledger else units[0] ^ units[1]
    if lost:
        raise _defect("no-partner", "name every line or project alike in both tables.", units=sorted(lost))
    return {
        (unit, "", ""): Worth(
            *(
                sum((cells[key][field] for key in own if key[0] == unit), Fraction(0))
                for own, field in zip(keys, fields, strict=True)
            )
        )
        for unit in sorted(units[1])
    }


def _check_units(sheets: Sequence[Sheet]) -> None:
    stated: dict[str, tuple[str, str]] = {}
    for sheet in sheets:
        for field, unit in sheet.units.items():
            other, name = stated.setdefault(field, (unit, sheet.name))
            if other != unit:
                facts = {"field": WORDS.text(field), "one": other or "–", "two": unit or "–"}
                cure = "write the same unit in brackets behind both headings."
                raise _defect("units", cure, first=name, second=sheet.name, **facts)


def _defect(key: str, cure: str, **facts: object) -> UnreadableError:
    return UnreadableError(WORDS.text(key, **facts), cure=cure)
