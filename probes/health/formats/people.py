# SPDX-License-Identifier: Apache-2.0
"""The gate: only patients of the declared list, who are marked as test patients, come into a bundle. Pure.

A number that is a valid resident identity number (GB 11643) is a real person's, whatever list it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from harness.kit import tables
from harness.kit.tables import Columns, Row, says_yes
from harness.kit.unreadable import UnreadableError
from probes.health.formats.forms import Form, refuse
from probes.health.formats.words import WORDS

COLUMNS = Columns(
    usual={
        "identifier": ("患者标识", "患者编号", "病人编号", "标识", "编号", "patient id", "patient identifier", "identifier", "id"),
        "name": ("姓名", "患者姓名", "名称", "patient name", "name"),
    },
    needed=(("identifier",), ("name",)),
    noun=WORDS.text("noun-patients"),
    least=2,
)  # fmt: skip
_MARKED = re.compile(
    r"测试|測試|テスト|(?<![a-z])test(?![a-z])|(?<![a-z])test[ _-]?(?:patient|person|case|user|fall)", re.IGNORECASE
)
_NOT_MARKED = re.compile(
    r"(?:非|不是|并非|不属于?)[\s-]*(?:测试|測試)|\b(?:not?|non|never)\b[ -]?(?:a )?test", re.IGNORECASE
)
_ASKS_REAL = re.compile(r"真实|真人|\b(?:real|genuine)\b|\bproduction\b", re.IGNORECASE)
_NUMBER = re.compile(rb"(?<![0-9A-Za-z.])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z.])")
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Seen(NamedTuple):
    """What the gate says of bytes: how many patients in it are none of ours, and whether that could be told at all."""

    foreign: int
    readable: bool = True

    @property
    def clean(self) -> bool:
        """Whether the bytes may be kept."""
        return self.readable and not self.foreign


def listed(data: bytes, name: str) -> dict[str, str]:
    """Identifier to name of every test patient; UnreadableError with the line that is none."""
    table = tables.unedited(tables.read(data, COLUMNS, name=name))
    found: dict[str, str] = {}
    for row in table:
        identifier, called = row["identifier"], row["name"]
        where = f"{name}:{row.line}"
        if not _PLAIN.fullmatch(identifier):
            raise refuse(
                "patient-id", "use letters, digits and hyphens, 32 at most.", where, identifier=identifier[:40]
            )
        if identifier.casefold() in {each.casefold() for each in found}:
            raise refuse("patient-twice", "leave one of the rows out.", where, identifier=identifier)
        if any(real(each.encode()) for each in row.table.cells[row.at]):
            raise refuse("patient-real", "give test patients numbers of their own.", where)
        if not _MARKED.search(called) or _NOT_MARKED.search(called) or _real_person(row):
            raise refuse("patient-unmarked", "call them 测试患者01, or TEST PATIENT 01.", where, identifier=identifier)
        found[identifier] = called
    if not found:
        raise refuse("no-patients", "list the test patients, one a row.", name)
    return found


def _real_person(row: Row) -> bool:
    """Whether a column that nobody reads says that the row is a real patient."""
    return any(
        _ASKS_REAL.search(heading) and says_yes(said)
        for heading, said in zip(row.table.head, row.table.cells[row.at], strict=True)
    )


def look(form: Form, body: bytes, known: Collection[str] | Mapping[str, str]) -> Seen:
    """Whether what a peer said names nobody but the ``known``."""
    try:
        strangers = sum(each not in known for each in form.patients(body))
    except UnreadableError:
        return Seen(0, readable=False)
    return Seen(strangers + len(real(body)))


def real(body: bytes) -> list[bytes]:
    """Resident identity numbers that are valid: division, day of birth and check character."""
    from stdnum.cn import ric

    return [each for each in _NUMBER.findall(body) if ric.is_valid(each.decode())]
