# SPDX-License-Identifier: Apache-2.0
"""What the four carriers have in common: whose record it is, its fields, the receiver's own list and answers. Pure.

A record is compared field by field; its digest is that of all its fields, so that two records are equal exactly when no
field differs. What a receiver may add is named in each form; everything else counts as altered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from harness.kit.unreadable import UnreadableError
from probes.health.formats.words import WORDS

ACCEPTED, REFUSED, AGAIN = "accepted", "refused", "again"
"""What a receipt says: it is there, it never will be, ask later."""


class Answer(NamedTuple):
    """What a receiver answered: a status as its protocol has it (HTTP, DIMSE; 0 for MLLP), the body, the place it names."""

    status: int
    body: bytes
    place: str = ""


class Receipt(NamedTuple):
    """A receipt: what it comes to, and the receiver's own code for it."""

    state: str
    code: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record as bytes say it: its identifier, every patient in it, its fields (name to what stands there)."""

    identifier: str
    patients: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 over all fields in the order of their names, in hex."""
        made = sha256()
        for name in sorted(self.fields):
            for text in (name, self.fields[name]):
                data = text.encode("utf-8", "surrogatepass")
                made.update(len(data).to_bytes(8, "big"))
                made.update(data)
        return made.hexdigest()

    def marks(self) -> dict[str, str]:
        """A short digest a field: enough to name those that differ, without keeping what stands there."""
        return {name: mark(text) for name, text in self.fields.items()}


class Entry(NamedTuple):
    """One entry of a receiver's list: the receiver's own handle, and the record's bytes where the list holds them."""

    handle: str
    body: bytes | None


class Page(NamedTuple):
    """One page of a list; ``total``: what the receiver says it has in all; ``next``: where it goes on."""

    entries: tuple[Entry, ...]
    total: int | None = None
    next: str = ""


class Form(Protocol):
    """One carrier."""

    def record(self, body: bytes) -> Record:
        """The record in these bytes; UnreadableError when they are none."""

    def patients(self, answer: bytes) -> tuple[str, ...]:
        """Every patient that is named in what a receiver said; UnreadableError where that cannot be told."""

    def found(self, answer: bytes) -> tuple[str, ...]:
        """The identifiers of the records in the answer to a question for one."""

    def receipt(self, answer: Answer, identifier: str) -> Receipt:
        """What an answer to a sent record comes to."""

    def page(self, answer: bytes) -> Page:
        """A page of the receiver's list; UnreadableError when it is none."""


DEEPEST = 200
"""Levels of nesting; no record has more, and every level costs a stack."""
TRANSPORTS = ("hl7", "fhir", "dicom", "cda")


def form_of(transport: str) -> Form:
    """The carrier by its name; UnreadableError for one that is not known."""
    if transport not in TRANSPORTS:
        raise refuse("no-transport", "use the trace as it was recorded.", transport=transport)
    return cast("Form", import_module(f"probes.health.formats.{transport}"))


PIXELS, UNDECODED = "PixelData", "PixelData (undecoded)"
"""Names of the pixels of an image: as they are seen, and as they are stored where nothing here can decode them."""


def undecided(names: Collection[str]) -> bool:
    """Whether fields differ only because pixels could not be decoded: then nobody knows whether they are the same."""
    return UNDECODED in names and set(names) <= {PIXELS, UNDECODED, "DerivationDescription"}


def mark(text: str) -> str:
    """A short digest of what stands in a field."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the fields that differ between two records, by their marks."""
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))


def numbered(names: Iterable[str]) -> list[str]:
    """Names of repeated things made distinct: OBX[1], OBX[2]; the first of several as well."""
    kept = list(names)
    of, seen = Counter(kept), Counter[str]()
    made = []
    for each in kept:
        seen[each] += 1
        made.append(f"{each}[{seen[each]}]" if of[each] > 1 else each)
    return made


def by_http(status: int) -> Receipt:
    """What an HTTP status alone says."""
    if 200 <= status < 300:
        return Receipt(ACCEPTED, str(status))
    return Receipt(AGAIN if status >= 500 or status in {408, 425, 429} else REFUSED, str(status))


def unread(transport: str, status: int) -> Receipt:
    """What an answer comes to whose body could not be kept: for a folder its status says it, elsewhere it is no receipt."""
    told = by_http(status)
    if transport == "cda" or told.state != ACCEPTED:
        return Receipt(told.state if status else AGAIN, str(status))
    return Receipt(REFUSED, f"{status} ?")


def refuse(key: str, cure: str, where: str = "", **facts: object) -> UnreadableError:
    """The error for bytes that are no such record."""
    return UnreadableError(WORDS.text(key, **facts), cure=cure, where=where)
