# SPDX-License-Identifier: Apache-2.0
"""The sender: writes every record down before it is sent, keeps what cannot be delivered, and asks before it sends again.

Nothing is lost when this stops in the middle: records follow from the run and their number, so that a resumed run offers the
same bytes again. Nothing is sent twice: whoever does not know whether a record arrived looks for it first.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from harness.kit.lines import Writer, line
from harness.kit.unreadable import UnreadableError
from harness.plugins import Sink
from probes.health.digests.decoding import FORMAT, packed
from probes.health.formats import people
from probes.health.formats.content import Plan
from probes.health.formats.forms import ACCEPTED, AGAIN, Answer, form_of, unread
from probes.health.live.transport import Outgoing, Transport, path_to
from probes.health.plans.settings import ExchangeSettings

LostPeer = (OSError, UnreadableError)
_NS = 10**9
_CHECKPOINT_S, _STEP_S = 5.0, 0.02
_RETRY_S, _SLOWEST_RETRY_S = 0.25, 5.0
_TRIES = 3
"""How often a record is sent that the receiver says it cannot take now."""
_LISTS = 4
"""How often the receiver's list is tried."""


@dataclass(frozen=True, slots=True)
class Side:
    """What the source is made of: the carrier's name, its live half, what makes a record, and the test patients."""

    transport: str
    connect: Callable[[], Transport]
    compose: Callable[[Plan], bytes]
    patients: Callable[[], Mapping[str, str]]


@dataclass(slots=True)
class _Item:
    """A record under way; moments are seconds of the monotonic clock, ``absent_ns`` of the trace's."""

    number: int
    out: Outgoing
    tries: int = 0
    unsure: bool = False
    absent_ns: int = 0
    next_s: float = 0.0
    wait_s: float = _STEP_S
    until_s: float = 0.0


class ExchangeSource:
    """Sends a run of records over one carrier and reads the receiver's list; a resumed run opens a new segment."""

    appendable = False

    def __init__(self, side: Side, settings: ExchangeSettings) -> None:
        """Nothing is opened yet."""
        self._side, self._settings = side, settings

    def preflight(self) -> None:
        """The list of test patients is in order and the receiver is there; UsageError or InstrumentError with the cure."""
        self._side.patients()
        peer = self._side.connect()
        try:
            peer.greet("")
        finally:
            peer.close()

    def record(self, sink: Sink) -> None:
        """Send until all are sent and found or given up, then read the list."""
        run = _Run(self._side, self._settings, sink)
        try:
            run.go()
        finally:
            run.close()


class _Run:
    """The state of one session."""

    def __init__(self, side: Side, settings: ExchangeSettings, sink: Sink) -> None:
        self.side, self.settings, self.sink = side, settings, sink
        self.form, self.peer = form_of(side.transport), side.connect()
        self.patients = side.patients()
        self.base_ns = time.time_ns() - time.monotonic_ns()
        state = dict(sink.state)
        self.resumed = bool(state)
        self.run = str(state.get("run") or secrets.randbelow(9 * 10**11) + 10**11)
        self.start_ns = int(state.get("start_ns") or self._now_ns())
        self.next = int(state.get("next", 0))
        self.outbox: deque[_Item] = deque()
        self.pending: list[_Item] = []
        self.due = self._schedule()
        self.down = False
        self.retry_s, self.wait_s = 0.0, _RETRY_S
        self.kept_s = time.monotonic()
        self.reopened = [int(each) for each in state.get("open", ())]

    def go(self) -> None:
        """Everything, in order."""
        facts = {
            "transport": self.side.transport,
            "run": self.run,
            "peer": self.settings.place,
            **path_to(*self.settings.peer),
            "t": self._now_ns(),
            "planned": self.settings.count,
            "settle_ns": int(self.settings.settle * _NS),
            "patients": dict(self.patients),
        }
        self.sink.write(Writer(FORMAT, facts).header)
        self._checkpoint()
        for number in self.reopened:
            self._offer(number)
        while not self.sink.stopping and self._step():
            if time.monotonic() - self.kept_s > _CHECKPOINT_S:
                self._checkpoint()
        self._checkpoint()
        if not self.sink.stopping:
            self._inventory()

    def close(self) -> None:
        with suppress(OSError):
            self.peer.close()

    def _step(self) -> bool:
        """One thing that is due; False when nothing is left to do."""
        now = time.monotonic()
        if self.next < self.settings.count and self.due[self.next] <= self._now_ns():
            self._offer(self.next)
            self.next += 1
        elif (item := self._awaited(now)) is not None and not (item.absent_ns and self.outbox and now >= self.retry_s):
            self._look(item)
        elif self.outbox and now >= self.retry_s:
            self._deliver(self.outbox.popleft())
        elif (self.next >= self.settings.count and not self.pending and not self.outbox) or (
            self.next >= self.settings.count and self._now_ns() > self.due[-1] + int(self.settings.patience * _NS)
        ):
            return False
        else:
            time.sleep(_STEP_S / 4)
        self.sink.progress(self.next - len(self.outbox) - len(self.pending), self.settings.count, self.settings.place)
        return True

    def _awaited(self, now: float) -> _Item | None:
        """An acknowledged record to be looked for now, one that never was first; none while the receiver is out of reach."""
        if self.down and now < self.retry_s:
            return None
        return min((each for each in self.pending if each.next_s <= now), key=lambda each: each.absent_ns, default=None)

    def _offer(self, number: int) -> None:
        """Write a record down, with its bytes, before anybody hears of it."""
        names = sorted(self.patients)
        patient = names[number % len(names)]
        body = self.side.compose(Plan(self.run, number + 1, patient, self.patients[patient], self.due[number]))
        made = self.form.record(body)
        self.sink.write(line({"t": self.due[number], "offer": made.identifier, **packed(body)}))
        self.outbox.append(_Item(number, Outgoing(self.run, made.identifier, body), unsure=self.resumed))

    def _deliver(self, item: _Item) -> None:
        """Send one, after a look where nobody knows whether it arrived before."""
        asked_ns = self._now_ns()
        try:
            if item.unsure and self._found(item, asked_ns):
                self._up()
                return
            sent_ns = self._now_ns()
            answer = self.peer.send(item.out)
        except LostPeer as error:
            item.unsure = True
            self.outbox.appendleft(item)
            self._lost(error)
            return
        self._up()
        self._receipt(item, answer, sent_ns)

    def _receipt(self, item: _Item, answer: Answer, sent_ns: int) -> None:
        row = {"receipt": item.out.identifier, "sent": sent_ns, "status": answer.status, "place": answer.place}
        seen = people.look(self.form, answer.body, self.patients)
        if seen.clean:
            self.sink.write(line({"t": self._now_ns(), **row, **packed(answer.body)}))
            state = self.form.receipt(answer, item.out.identifier).state
        else:  # who knows whom it names: its status will do
            self.sink.write(line({"t": self._now_ns(), **row, "left_out": len(answer.body)}))
            state = unread(self.side.transport, answer.status).state
            self._foreign(seen.foreign)
        item.tries += 1
        now = time.monotonic()
        if state == AGAIN and item.tries < _TRIES:
            item.unsure = True
            self.outbox.append(item)
            self.retry_s = now + _RETRY_S * item.tries
        elif state == ACCEPTED:
            item.absent_ns, item.next_s, item.until_s = 0, now, now + float(self.settings.settle)
            self.pending.append(item)

    def _look(self, item: _Item) -> None:
        """Ask for a record that was acknowledged; ever more rarely, until the settling time is over."""
        asked_ns = self._now_ns()
        try:
            found = self._found(item, asked_ns)
        except LostPeer as error:
            self._lost(error)
            item.next_s, waited_s = self.retry_s, self.retry_s - time.monotonic()
            item.until_s += waited_s  # what is not answered takes nothing from the time it is looked for
            if self._now_ns() > self.due[-1] + int(self.settings.patience * _NS):
                self.pending.remove(item)
            return
        self._up()
        now = time.monotonic()
        if found or now > item.until_s:
            self.pending.remove(item)
            return
        item.next_s, item.wait_s = now + item.wait_s, min(1.0, 1.5 * item.wait_s)

    def _found(self, item: _Item, asked_ns: int) -> bool:
        """Whether the receiver has it; if so, that is written down with its answer."""
        answer = self.peer.look(item.out)
        if answer is None:
            item.absent_ns = asked_ns
            return False
        self._keep({"look": item.out.identifier, "absent": item.absent_ns}, answer)
        return True

    def _inventory(self) -> None:
        """The receiver's own list, to its end; one that breaks off is begun again."""
        for attempt in range(1, _LISTS + 1):
            self.sink.write(line({"t": self._now_ns(), "list": attempt}))
            try:
                for piece in self.peer.inventory(self.run):
                    self._keep({"held": piece.handle} if piece.handle else {"page": attempt}, piece.body)
            except LostPeer as error:
                self._lost(error)
            else:
                self._up()
                self.sink.write(line({"t": self._now_ns(), "whole": attempt}))
                return
            if attempt < _LISTS and self._pause():
                return
        self.sink.event("health.list-missing", {"peer": self.settings.place, "tries": _LISTS})

    def _pause(self) -> bool:
        """Wait for the next try; whether the operator wants the end."""
        until = self.retry_s
        while time.monotonic() < until and not self.sink.stopping:
            time.sleep(_STEP_S)
        return self.sink.stopping

    def _keep(self, row: Mapping[str, Any], body: bytes) -> None:
        """A line with what the peer said, if it names nobody but test patients; else a line that says that it did not."""
        seen = people.look(self.form, body, self.patients)
        if seen.clean:
            self.sink.write(line({"t": self._now_ns(), **row, **packed(body)}))
        elif seen.foreign:
            self._foreign(seen.foreign)
        else:
            self.sink.write(line({"t": self._now_ns(), "unkept": len(body)}))

    def _foreign(self, count: int) -> None:
        if count:
            self.sink.write(line({"t": self._now_ns(), "foreign": count}))
            self.sink.event("health.foreign", {"count": count, "peer": self.settings.place})

    def _lost(self, error: BaseException) -> None:
        """The peer cannot be reached: written down once, tried again ever more rarely."""
        self.peer.close()
        if not self.down:
            self.down = True
            self.sink.write(line({"t": self._now_ns(), "down": _sentence(error)}))
            self.sink.event("health.peer-lost", {"peer": self.settings.place, "problem": _sentence(error)})
        self.retry_s = time.monotonic() + self.wait_s
        self.wait_s = min(_SLOWEST_RETRY_S, 2 * self.wait_s)

    def _up(self) -> None:
        if self.down:
            self.sink.write(line({"t": self._now_ns(), "up": True}))
            self.retry_s = 0.0
        self.down, self.wait_s = False, _RETRY_S

    def _checkpoint(self) -> None:
        self.kept_s = time.monotonic()
        waiting = sorted(each.number for each in (*self.outbox, *self.pending))
        self.sink.checkpoint({"run": self.run, "start_ns": str(self.start_ns), "next": self.next, "open": waiting})

    def _schedule(self) -> Sequence[int]:
        """When each record is due: gaps drawn at random with the run as seed, so that a resumed run has the same."""
        return list(_moments(self.run, self.start_ns, float(self.settings.every), self.settings.count))

    def _now_ns(self) -> int:
        """UTC by a clock that never steps within a session."""
        return self.base_ns + time.monotonic_ns()


def _moments(run: str, start_ns: int, every_s: float, count: int) -> Iterator[int]:
    drawn = random.Random(int(run))  # noqa: S311 - a schedule, not a secret
    at_s = 0.0
    for _ in range(count):
        yield start_ns + int(at_s * _NS)
        at_s += drawn.expovariate(1 / every_s) if every_s else 0.0


def _sentence(error: BaseException) -> str:
    return getattr(error, "problem", "") or str(error) or type(error).__name__
