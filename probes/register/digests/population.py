# SPDX-License-Identifier: Apache-2.0
"""A population: everything that should be covered, what exports show of it, and what an auditor found of a drawn sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from harness.model import Reason
from probes.register.traces.populations import Found, Listed, joined

_COMPONENT = re.compile(
    rb"=\s*IFC(?:WALL|SLAB|BEAM|COLUMN|DOOR|WINDOW|ROOF|STAIR|RAILING|PLATE|MEMBER|FOOTING|PILE|COVERING|PIPE|DUCT|FLOW|CURTAIN"
    rb"|BUILDINGELEMENTPROXY|PAVEMENT|COURSE|BRIDGE|RAIL|KERB|TENDON|REINFORCING)\w*\s*\("
)


@dataclass(frozen=True, slots=True, order=True)
class Register:
    """One list: its label, the fields it has columns for, headings nobody reads, its digest and how many rows it has."""

    label: str
    fields: tuple[str, ...]
    unread: tuple[str, ...]
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class Population:
    """The mergeable digest. ``kept``: digests of recorded documents; ``models``: IFC documents -> whether components are in them.

    ``checked``: number -> what the auditor found of it (None: no word that is known). ``draws``: protocols of public draws.
    """

    items: tuple[tuple[str, Listed], ...] = ()
    registers: tuple[Register, ...] = ()
    exports: Mapping[str, Found] = field(default_factory=dict)
    exported: int = 0
    kept: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, bool] = field(default_factory=dict)
    checked: Mapping[str, bool | None] = field(default_factory=dict)
    draws: tuple[bytes, ...] = ()
    period: tuple[date, date] | None = None
    invalid: tuple[Reason, ...] = ()

    def merge(self, other: Self) -> Self:
        """The union, in the order of lists and rows whatever the order of merging."""
        exports = dict(self.exports)
        for key, each in other.exports.items():
            exports[key] = joined(*sorted((exports[key], each))) if key in exports else each
        checked = dict(self.checked)
        for key, told in other.checked.items():
            checked[key] = told if checked.get(key, told) == told else None
        return type(self)(
            tuple(sorted({*self.items, *other.items}, key=lambda each: (each[0], each[1].number))),
            tuple(sorted({*self.registers, *other.registers})),
            dict(sorted(exports.items())),
            self.exported + other.exported,
            dict(sorted({**self.kept, **other.kept}.items())),
            dict(sorted({**self.models, **other.models}.items())),
            dict(sorted(checked.items())),
            tuple(sorted({*self.draws, *other.draws})),
            self.period or other.period,
            tuple(
                sorted({each.text: each for each in (*self.invalid, *other.invalid)}.values(), key=lambda r: r.text.zh)
            ),
        )


def has_components(data: bytes) -> bool:
    """Whether a document is a whole IFC file with a component in it: an empty model is none."""
    whole = data[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"ISO-10303-21") and b"END-ISO-10303-21" in data[-4096:]
    return whole and _COMPONENT.search(data) is not None
