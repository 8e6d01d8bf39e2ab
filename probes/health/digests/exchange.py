# SPDX-License-Identifier: Apache-2.0
"""One run of an exchange: what was sent, what was acknowledged, when it was found, what the receiver's list holds. Mergeable. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, Self


class Offer(NamedTuple):
    """A record that the sender wrote down before it sent it: when it was due, its digest, and a mark a field."""

    record: str
    due_ns: int
    digest: str
    kind: str
    marks: tuple[tuple[str, str], ...]


class Told(NamedTuple):
    """A receipt: of which record, when it came, when the sending of it had begun (0: not said), what it says."""

    record: str
    at_ns: int
    sent_ns: int
    state: str
    code: str


class Look(NamedTuple):
    """A record found by asking for it: it was not there at ``absent_ns`` yet (or was not asked for), and was at ``at_ns``."""

    record: str
    at_ns: int
    absent_ns: int


class Held(NamedTuple):
    """One entry of the receiver's list, with the record that is in it."""

    record: str
    handle: str
    digest: str
    marks: tuple[tuple[str, str], ...]


class Inventory(NamedTuple):
    """The receiver's own list as it was read once: whether to its end, what it says it has, what it has."""

    began_ns: int
    ended_ns: int
    whole: bool
    total: int | None
    held: tuple[Held, ...]


class Outage(NamedTuple):
    """The receiver could not be reached in between; ``over`` is False where the session ended before it was back."""

    began_ns: int
    ended_ns: int
    over: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the sessions of one run over one carrier hold; every tuple is sorted and has no twins.

    ``foreign``: patients that the gate met and did not let in; ``unkept``: answers it could not read and did not keep;
    ``strangers``: records in the trace itself that are none of a test patient's; ``damaged``: lines that cannot be used.
    """

    transport: str
    run: str
    peers: tuple[str, ...] = ()
    planned: int = 0
    offers: tuple[Offer, ...] = ()
    receipts: tuple[Told, ...] = ()
    looks: tuple[Look, ...] = ()
    lists: tuple[Inventory, ...] = ()
    outages: tuple[Outage, ...] = ()
    paths: tuple[str, ...] = ()
    """What lies between: ``far``, ``own`` (the receiver is this machine), ``unknown``."""
    foreign: int = 0
    unkept: int = 0
    strangers: int = 0
    damaged: int = 0

    def merge(self, other: Self) -> Self:
        """Both sessions of the run."""
        joined: dict[str, Any] = {}
        for each in fields(self):
            one, two = getattr(self, each.name), getattr(other, each.name)
            if isinstance(one, tuple):
                joined[each.name] = tuple(sorted({*one, *two}, key=repr))
            elif each.name == "planned":
                joined[each.name] = max(one, two)
            elif isinstance(one, int):
                joined[each.name] = one + two
            else:
                joined[each.name] = one
        return type(self)(**joined)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The runs of a source, in the order of their carrier and name."""

    runs: tuple[Exchange, ...] = ()
    unreadable: int = 0
    """Sessions that are no record of an exchange."""

    def merge(self, other: Self) -> Self:
        """Both; sessions of one run become one."""
        found: dict[tuple[str, str], Exchange] = {}
        for each in (*self.runs, *other.runs):
            key = each.transport, each.run
            found[key] = found[key].merge(each) if key in found else each
        return type(self)(tuple(found[key] for key in sorted(found)), self.unreadable + other.unreadable)


@dataclass(slots=True)
class Building:
    """An exchange while its lines are read."""

    transport: str
    run: str
    known: Mapping[str, str] = field(default_factory=dict)
    offers: list[Offer] = field(default_factory=list)
    receipts: list[Told] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    lists: list[Inventory] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    foreign: int = 0
    unkept: int = 0
    strangers: int = 0
    damaged: int = 0

    def made(self, peer: str, path: str, planned: int) -> Exchange:
        """As it is merged."""
        return Exchange(
            self.transport,
            self.run,
            (peer,),
            planned,
            _sorted(self.offers),
            _sorted(self.receipts),
            _sorted(self.looks),
            _sorted(self.lists),
            _sorted(self.outages),
            (path,),
            self.foreign,
            self.unkept,
            self.strangers,
            self.damaged,
        )


def _sorted(each: Iterable[NamedTuple]) -> tuple:  # type: ignore[type-arg]
    return tuple(sorted(set(each), key=repr))
