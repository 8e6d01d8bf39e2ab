# SPDX-License-Identifier: Apache-2.0
"""From the lines of a trace to an exchange: every body that a peer sent is read again here. Pure.

The first line says what holds for all: ``transport``, ``run``, ``peer``, ``planned``, ``settle_ns`` and the ``patients``,
``address`` of the receiver and our ``local`` one on the way there. Then a line an event, ``t`` in ns since 1970 by one clock:
``offer`` (a record is due, with its bytes), ``receipt``, ``look`` (found by asking), ``down`` and ``up`` (the receiver cannot be reached, can be again), ``list`` … ``page``, ``held`` … ``whole`` (its own
list), ``foreign`` and ``unkept`` (what the gate did not let in).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from harness.errors import DecodeError
from harness.kit.lines import Session
from probes.health.digests.exchange import Building, Exchange, Held, Inventory, Look, Offer, Outage, Told
from probes.health.formats import people
from probes.health.formats.forms import Answer, Entry, Form, Record, form_of, unread

FORMAT = "yanshou.health/1"


def packed(body: bytes) -> dict[str, str]:
    """Bytes as a line has them: text where they are UTF-8, else base64."""
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def unpacked(row: Mapping[str, Any]) -> bytes:
    """The bytes again; ValueError where the line has none."""
    if isinstance(row.get("text"), str):
        return str(row["text"]).encode()
    try:
        return base64.b64decode(row["base64"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        msg = "no bytes"
        raise ValueError(msg) from None


@dataclass(slots=True)
class _Reader:
    """What was read so far."""

    form: Form
    found: Building
    open: dict[str, Any] | None = None
    down_ns: int = 0
    last_ns: int = 0
    held: list[Held] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)

    def take(self, row: Mapping[str, Any]) -> None:
        """One line; ValueError, KeyError or DecodeError where it cannot be used."""
        at_ns = _whole(row["t"])
        self.last_ns = max(self.last_ns, at_ns)
        for name in ("offer", "receipt", "look", "list", "page", "held", "whole", "down", "up", "foreign", "unkept"):
            if name in row:
                getattr(self, f"_{name}")(row[name], at_ns, row)
                return
        raise ValueError("no event")

    def _offer(self, identifier: str, at_ns: int, row: Mapping[str, Any]) -> None:
        made = self._read(unpacked(row))
        if made.identifier != identifier:
            raise ValueError("another record")
        marks = tuple(sorted(made.marks().items()))
        self.found.offers.append(Offer(identifier, at_ns, made.digest, made.kind, marks))

    def _receipt(self, identifier: str, at_ns: int, row: Mapping[str, Any]) -> None:
        status = _whole(row["status"])
        if "left_out" in row:
            told = unread(self.found.transport, status)
        else:
            answer = unpacked(row)
            self.found.strangers += people.look(self.form, answer, self.found.known).foreign
            told = self.form.receipt(Answer(status, answer, str(row.get("place", ""))), identifier)
        self.found.receipts.append(Told(identifier, at_ns, _whole(row.get("sent", 0)), told.state, told.code))

    def _look(self, identifier: str, at_ns: int, row: Mapping[str, Any]) -> None:
        answer = unpacked(row)
        self.found.strangers += people.look(self.form, answer, self.found.known).foreign
        if identifier in self.form.found(answer):
            self.found.looks.append(Look(identifier, at_ns, _whole(row.get("absent", 0))))

    def _list(self, _: Any, at_ns: int, __: Mapping[str, Any]) -> None:
        self._close(at_ns, whole=False)
        self.open, self.held, self.awaited = {"t": at_ns, "total": None}, [], []

    def _page(self, _: Any, __: int, row: Mapping[str, Any]) -> None:
        assert self.open is not None, "a page without its list"  # noqa: S101 - told as a damaged line
        page = self.form.page(unpacked(row))
        if page.total is not None:
            self.open["total"] = page.total
        for each in page.entries:
            if each.body is None:
                self.awaited += [each.handle] if self.found.run in each.handle else []
            else:
                self._keep(each)

    def _held(self, handle: str, _: int, row: Mapping[str, Any]) -> None:
        self._keep(Entry(handle, unpacked(row)))

    def _whole(self, _: Any, at_ns: int, __: Mapping[str, Any]) -> None:
        got = {each.handle for each in self.held}
        self._close(at_ns, whole=all(each in got for each in self.awaited))

    def _down(self, _: Any, at_ns: int, __: Mapping[str, Any]) -> None:
        self.down_ns = self.down_ns or at_ns

    def _up(self, _: Any, at_ns: int, __: Mapping[str, Any]) -> None:
        if self.down_ns:
            self.found.outages.append(Outage(self.down_ns, at_ns, over=True))
        self.down_ns = 0

    def _foreign(self, count: Any, _: int, __: Mapping[str, Any]) -> None:
        self.found.foreign += _whole(count)

    def _unkept(self, _: Any, __: int, ___: Mapping[str, Any]) -> None:
        self.found.unkept += 1

    def _keep(self, entry: Entry) -> None:
        assert entry.body is not None  # noqa: S101 - who calls has one
        made = self._read(entry.body)
        self.held.append(Held(made.identifier, entry.handle, made.digest, tuple(sorted(made.marks().items()))))

    def _read(self, body: bytes) -> Record:
        made = self.form.record(body)
        self.found.strangers += sum(each not in self.found.known for each in made.patients) + len(people.real(body))
        return made

    def _close(self, at_ns: int, *, whole: bool) -> None:
        if self.open is not None:
            held = tuple(sorted(set(self.held)))
            self.found.lists.append(Inventory(self.open["t"], at_ns, whole, self.open["total"], held))
        self.open = None

    def end(self) -> None:
        """What is left open at the end of the session."""
        self._close(0, whole=False)
        if self.down_ns:
            self.found.outages.append(Outage(self.down_ns, max(self.last_ns, self.down_ns), over=False))


def exchange(session: Session) -> Exchange:
    """The exchange that a session holds; DecodeError where its first line does not say what is needed."""
    facts = session.facts
    try:
        form, run = form_of(str(facts["transport"])), str(facts["run"])
        planned = _whole(facts["planned"])
        known = {str(each): "" for each in facts["patients"]}
        path = _path(str(facts["address"]), str(facts["local"]))
    except (KeyError, TypeError, ValueError):
        msg = "The first line does not say what the session is."
        raise DecodeError(msg, cure="use the trace as it was recorded.") from None
    reader = _Reader(form, Building(str(facts["transport"]), run, known))
    for row in session:
        try:
            reader.take(row)
        except (ValueError, KeyError, TypeError, AssertionError, DecodeError):
            reader.found.damaged += 1
    reader.end()
    reader.found.damaged += session.damaged
    return reader.found.made(str(facts.get("peer", "")), path, planned)


def _path(address: str, local: str) -> str:
    """Whether the receiver is another machine; ValueError for what is no address."""
    if not address:
        return "unknown"
    there = ip_address(address.partition("%")[0])
    inner = getattr(there, "ipv4_mapped", None) or there
    return "own" if inner.is_loopback or inner.is_unspecified or address == local else "far"


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("no whole number")  # noqa: TRY004 - a damaged line, as others
    return value
