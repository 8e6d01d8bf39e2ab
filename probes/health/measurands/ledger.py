# SPDX-License-Identifier: Apache-2.0
"""The two lists side by side: what became of every record that was sent. Pure.

The receiver's list is the last one that was read to its end. A record is lost when it is not in it, altered when a field of
it differs, doubled when it is there under two handles, late when it was found only after the agreed settling time. That
time runs from the receipt, and stands still while the receiver is out of reach and cannot be asked; the delay does not. One
record has one fate, the first of these that holds. Lost and late are proven only once the record was missing for longer than
the settling time, altered pixels only where they could be decoded; until then the fate counts against PASS and proves no FAIL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from harness.model import Lack, Reason, Side
from harness.plugins import Ask, Input
from harness.quantity import Quantity
from probes.health.digests import merkle
from probes.health.digests.exchange import Exchange, Held, Inventory, Look, Offer, Outage, Told
from probes.health.formats.forms import ACCEPTED, differing, undecided
from probes.health.formats.words import WORDS

NAMES = {"hl7": "HL7 v2", "fhir": "FHIR R4", "dicom": "DICOM", "cda": "CDA"}
LOST, ALTERED, DOUBLED, LATE, WHOLE = "lost", "altered", "doubled", "late", "whole"
FATES = (LOST, ALTERED, DOUBLED, LATE, WHOLE)
NS = 10**9
_UNHEARD = Fraction(1, 20)
"""Share of the records whose acceptance may have been lost on its way; more were never accepted."""


@dataclass(frozen=True, slots=True)
class Fate:
    """One record: what became of it, whether that is proven, which fields differ, the last receipt, the delay from when it was due (ns, from … to)."""

    record: str
    kind: str
    due_ns: int
    fate: str
    proven: bool
    fields: tuple[str, ...]
    receipt: str
    acknowledged: bool
    least_ns: int
    most_ns: int | None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A run over one carrier; ``invalid`` and ``lacks`` are those of its evidence, ``told`` has no effect."""

    label: str
    transport: str
    fates: tuple[Fate, ...] = ()
    unexpected: tuple[str, ...] = ()
    roots: tuple[str, str] = ("", "")
    outages: tuple[tuple[int, int], ...] = ()
    invalid: tuple[Reason, ...] = ()
    lacks: tuple[Lack, ...] = ()
    told: tuple[Reason, ...] = ()
    run: Exchange | None = None
    """What was recorded, while there is no list yet to judge it by."""

    def count(self, fate: str) -> int:
        """How many records had this fate."""
        return sum(each.fate == fate for each in self.fates)

    @property
    def broken(self) -> int:
        """Records that did not arrive once and whole, and those that nobody sent."""
        return len(self.fates) - self.count(WHOLE) + len(self.unexpected)

    @property
    def unproven(self) -> int:
        """Those among them of which that is not proven."""
        return sum(not each.proven for each in self.fates)

    @property
    def span_s(self) -> Fraction:
        """From the first record that was due to the last."""
        due = [each.due_ns for each in self.fates]
        return Fraction(max(due) - min(due), NS) if due else Fraction(0)


@dataclass(frozen=True, slots=True)
class View:
    """Every carrier there is evidence of, or that was declared."""

    carriers: tuple[Carrier, ...] = ()
    settle: Quantity | None = None
    told: tuple[Reason, ...] = field(default=())


def view(inputs: Sequence[Input], ask: Ask) -> View:
    """What became of each record, carrier by carrier; declared carriers without evidence stand there as well."""
    settle = _settle(ask)
    carriers: list[Carrier] = []
    for each in inputs:
        carriers += [
            _carrier(run, settle, _distinct(inputs, each, run), practice=ask.practice) for run in each.summary.runs
        ]
        if each.summary.unreadable or not each.summary.runs:
            why = WORDS.reason("no-session", count=max(1, each.summary.unreadable))
            carriers.append(Carrier(each.source, "", invalid=(why,)))
    declared = _declared(ask)
    present = {each.transport for each in carriers}
    carriers += [
        Carrier(
            NAMES.get(name, name), name, lacks=(WORDS.lack("not-exchanged", Side.BOTH, name=NAMES.get(name, name)),)
        )
        for name in declared
        if name not in present
    ]
    undeclared = sorted(NAMES.get(each, each) for each in present - set(declared) if each) if declared else []
    told = (WORDS.reason("undeclared", names=undeclared),) if undeclared else ()
    return View(tuple(sorted(carriers, key=lambda each: each.label)), settle, told)


def _distinct(inputs: Sequence[Input], own: Input, run: Exchange) -> str:
    """What sets a run apart from others over its carrier: nothing where it is the only one, its source, its own number."""
    here = [each.transport for each in own.summary.runs].count(run.transport)
    in_all = [other.transport for each in inputs for other in each.summary.runs].count(run.transport)
    return "" if in_all == 1 else own.source if here == 1 else run.run


def _settle(ask: Ask) -> Quantity | None:
    for each in ask.readings:
        written = ask.written(each, "settle_time")
        if written is not None:
            return Quantity.parse(str(written))
    return None


def _declared(ask: Ask) -> tuple[str, ...]:
    written = ask.declared.get("transports", ())
    names = written.replace("、", ",").split(",") if isinstance(written, str) else written
    return tuple(dict.fromkeys(str(each).strip().lower() for each in names))


def _carrier(run: Exchange, settle: Quantity | None, source: str, *, practice: bool) -> Carrier:
    name = NAMES.get(run.transport, run.transport)
    label = f"{name} ({source})" if source else name
    whole = [each for each in run.lists if each.whole]
    last = max(whole, key=lambda each: each.began_ns, default=None)
    invalid = [*_broken(run), *([] if practice or "own" not in run.paths else [WORDS.reason("own-machine")])]
    lacks, told = [], list(_told(run))
    if "unknown" in run.paths and not practice:
        lacks.append(WORDS.lack("path-unknown"))
    offers = _offers(run, invalid)
    if len(offers) < run.planned:
        lacks.append(WORDS.lack("fewer-sent", count=len(offers), planned=run.planned))
    heard = _Heard.of(run)
    unheard = [each for each in offers if not any(told.state == ACCEPTED for told in heard.receipts.get(each, ()))]
    if len(unheard) > _UNHEARD * len(offers):
        lacks.append(WORDS.lack("unacknowledged", count=len(unheard), of=len(offers)))
    if settle is None:
        lacks.append(WORDS.lack("no-settle-time"))
    if not offers:
        lacks.append(WORDS.lack("nothing-sent", Side.BOTH))
    if last is None:
        lacks.append(WORDS.lack("no-list", Side.BOTH))
        nothing: tuple[str, str] = ("", "")
        return Carrier(
            label, run.transport, (), (), nothing, _outages(run), tuple(invalid), tuple(lacks), tuple(told), run
        )
    if last.total is not None and last.total != len({each.handle for each in last.held}):
        invalid.append(WORDS.reason("total-differs", said=last.total, counted=len({each.handle for each in last.held})))
    if offers and last.began_ns < max(each.due_ns for each in offers.values()):
        lacks.append(WORDS.lack("list-too-early", Side.BOTH))
    held = _held(last)
    ours = {each: found for each, found in held.items() if run.run in each}
    unexpected = tuple(sorted(each for each in ours if each not in offers))
    others = sum(len(found) for each, found in held.items() if each not in ours)
    if others:
        told.append(WORDS.reason("other-records", count=others))
    fates = tuple(_fate(each, ours.get(each.record, []), heard, last, settle) for each in offers.values())
    roots = _roots(offers.values(), [each for found in ours.values() for each in found])
    return Carrier(
        label, run.transport, fates, unexpected, roots, _outages(run), tuple(invalid), tuple(lacks), tuple(told), run
    )


def _broken(run: Exchange) -> Iterator[Reason]:
    """What makes the evidence of a run worth nothing."""
    if run.foreign or run.strangers:
        yield WORDS.reason("foreign", count=run.foreign + run.strangers)
    if run.unkept:
        yield WORDS.reason("unkept", count=run.unkept)
    if run.damaged:
        yield WORDS.reason("damaged", count=run.damaged)


def _told(run: Exchange) -> Iterator[Reason]:
    ended = [each for each in run.outages if each.over]
    if run.outages:
        longest = max((each.ended_ns - each.began_ns for each in ended), default=0)
        yield WORDS.reason("outages", count=len(run.outages), longest=Quantity(Fraction(longest // 10**6, 1000), "s"))
    refused = sorted({f"{each.record} ({each.code})" for each in run.receipts if each.state != ACCEPTED})
    if refused:
        yield WORDS.reason("not-accepted", count=len(refused), names=refused)


def _offers(run: Exchange, invalid: list[Reason]) -> dict[str, Offer]:
    """Each record once; one that was offered in two forms is no record."""
    found: dict[str, Offer] = {}
    for each in sorted(run.offers, key=lambda offer: (offer.due_ns, offer.record)):
        first = found.setdefault(each.record, each)
        if first.digest != each.digest:
            invalid.append(WORDS.reason("two-forms", record=each.record))
    return found


def _held(last: Inventory) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    for each in last.held:
        found[each.record].append(each)
    return found


@dataclass(frozen=True, slots=True)
class _Heard:
    """Receipts and looks by record, in order of time; outages once each."""

    receipts: Mapping[str, Sequence[Told]]
    looks: Mapping[str, Sequence[Look]]
    outages: Sequence[Outage]

    @classmethod
    def of(cls, run: Exchange) -> _Heard:
        """Those of a run."""
        receipts, looks = defaultdict(list), defaultdict(list)
        for told in sorted(run.receipts, key=lambda each: each.at_ns):
            receipts[told.record].append(told)
        for look in sorted(run.looks, key=lambda each: each.at_ns):
            looks[look.record].append(look)
        return cls(receipts, looks, run.outages)


def _fate(offer: Offer, held: Sequence[Held], heard: _Heard, last: Inventory, settle: Quantity | None) -> Fate:
    receipts, looks = heard.receipts.get(offer.record, ()), heard.looks.get(offer.record, ())
    accepted = [each for each in receipts if each.state == ACCEPTED]
    found_ns = looks[0].at_ns if looks else last.ended_ns
    absent_ns = looks[0].absent_ns if looks else 0
    odd = [each for each in held if each.digest != offer.digest]
    waited_ns = max(0, last.ended_ns - offer.due_ns)
    fields = tuple(sorted({name for each in odd for name in differing(dict(offer.marks), dict(each.marks))}))
    since_ns = accepted[0].at_ns if accepted else offer.due_ns
    limit_ns = None if settle is None else int(settle.to("s") * NS)
    code = receipts[-1].code if receipts else ""
    told = (fields, code, bool(accepted))

    def over(at_ns: int) -> bool:
        """Whether a record that was not there at this moment had had its settling time."""
        return bool(limit_ns is not None and reachable_ns(since_ns, at_ns, heard.outages) > limit_ns)

    if not held:
        return Fate(offer.record, offer.kind, offer.due_ns, LOST, over(last.began_ns), *told, waited_ns, None)
    if odd:
        return Fate(offer.record, offer.kind, offer.due_ns, ALTERED, not undecided(fields), *told, waited_ns, None)
    fate, proven = WHOLE, True
    if len({each.handle for each in held}) > 1:
        fate = DOUBLED
    elif over(found_ns) and found_ns > since_ns:
        fate, proven = LATE, over(absent_ns)
    not_before_ns = max(absent_ns, min((each.sent_ns for each in accepted), default=0), offer.due_ns)
    least, most = not_before_ns - offer.due_ns, found_ns - offer.due_ns
    return Fate(offer.record, offer.kind, offer.due_ns, fate, proven, *told, least, most)


def reachable_ns(begin_ns: int, end_ns: int, outages: Sequence[Outage]) -> int:
    """The time between two moments in which the receiver could be asked."""
    reached, at_ns = 0, begin_ns
    for each in sorted(outages):
        reached += max(0, min(each.began_ns, end_ns) - at_ns)
        at_ns = max(at_ns, each.ended_ns)
    return reached + max(0, end_ns - at_ns)


def _roots(offers: Iterable[Offer], held: Sequence[Held]) -> tuple[str, str]:
    sent = [(each.record, each.digest) for each in offers]
    return merkle.root(sent), merkle.root((each.record, each.digest) for each in held)


def _outages(run: Exchange) -> tuple[tuple[int, int], ...]:
    return tuple((each.began_ns, each.ended_ns if each.over else 0) for each in run.outages)
