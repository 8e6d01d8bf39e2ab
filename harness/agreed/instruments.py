# SPDX-License-Identifier: Apache-2.0
"""The state of each declared instrument on the day of the test, and what that means for an indicator. Pure.

APPLICABLE: certificate in date, for this instrument, covering the range. UNCERTAIN: something that has to be known is not
(no due date, no certificate, a file nobody could read). EXPIRED and MISMATCH break every indicator measured with it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import PurePosixPath

from harness.account.calibration import Calibration, InstrumentInUse
from harness.account.entries import CheckEntry, InstrumentEntry
from harness.agreed import texts
from harness.agreed.dcc import WORDS, Dcc, looks_like, read_dcc
from harness.errors import EvidenceError, SpecError
from harness.model import Lack, Reason, Side, Text
from harness.quantity import Limit, Quantity
from harness.spec.instruments import CertificateSpec, CheckSpec, InstrumentSpec

APPLICABLE, UNCERTAIN, EXPIRED, MISMATCH = "APPLICABLE", "UNCERTAIN", "EXPIRED", "MISMATCH"
_GRAVITY = (APPLICABLE, UNCERTAIN, EXPIRED, MISMATCH)
_TEXTS = {".txt", ".md", ".csv", ".html", ".htm", ".json"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a check against a reference gave: before and after, None where there is none; ``problem``: why not."""

    before: Quantity | None = None
    after: Quantity | None = None


@dataclass(frozen=True, slots=True)
class State:
    """One instrument on the day of the test, whatever it is used for."""

    spec: InstrumentSpec
    state: str
    reasons: tuple[Reason, ...]
    calibrations: tuple[Calibration, ...] = ()
    file: str = ""
    check: Reading | None = None

    def in_use(self) -> InstrumentInUse:
        """As a statistic sees it."""
        certificate = "" if self.spec.certificate is None else self.spec.certificate.number
        return InstrumentInUse(
            self.spec.name, self.spec.kind, self.spec.serial, certificate, self.state, self.calibrations
        )


@dataclass(frozen=True, slots=True)
class Bench:
    """Every instrument of a campaign; ``self_check``: the applicant tests for himself."""

    states: tuple[State, ...] = ()
    self_check: bool = True
    checks: Mapping[str, Reading] = field(default_factory=dict)

    def serving(self, indicator: str, kinds: Sequence[str]) -> tuple[State, ...]:
        """The instruments that measure for an indicator."""
        return tuple(each for each in self.states if each.spec.kind in kinds and each.spec.serves(indicator))


def states(
    instruments: Sequence[InstrumentSpec],
    files: Mapping[str, bytes],
    days: tuple[date, date],
    seen: bool,
    checks: Mapping[str, Reading],
) -> tuple[State, ...]:
    """The state of each instrument from the first to the last of ``days``.

    ``files``: certificates kept in the bundle, by path. ``seen``: a second party signed the plan that holds them, so that
    somebody has read what no program can. ``checks``: readings of the reference, by instrument.
    """
    return tuple(
        _doubled(_state(each, files, days, seen=seen, check=checks.get(each.name)), instruments) for each in instruments
    )


def _doubled(state: State, instruments: Sequence[InstrumentSpec]) -> State:
    """Two entries with one serial number are one instrument; of two kinds, of two certificates or twice, nobody can tell which."""
    others = [each.name for each in instruments if each.name != state.spec.name and _same_device(each, state.spec)]
    if not others:
        return state
    reason = WORDS.reason("doubled", instrument=state.spec.name, others=others, serial=state.spec.serial)
    worst = max((state.state, UNCERTAIN), key=_GRAVITY.index)
    return replace(state, state=worst, reasons=(*state.reasons, reason))


def _same_device(one: InstrumentSpec, other: InstrumentSpec) -> bool:
    """One serial number under one model, however it is written; two makers may use the same number."""
    return all(_bare(a) == _bare(b) for a, b in ((one.serial, other.serial), (one.model, other.model)))


def _bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def _state(
    spec: InstrumentSpec, files: Mapping[str, bytes], days: tuple[date, date], *, seen: bool, check: Reading | None
) -> State:
    path = next((path for path in files if path.split("/")[2] == spec.name), "")
    found: list[tuple[str, Reason]] = []
    lines: tuple[Calibration, ...] = ()
    if spec.certificate is None:
        found.append((UNCERTAIN, WORDS.reason("no-certificate", instrument=spec.name)))
    else:
        stated, lines = _certificate(spec, spec.certificate, path, files, seen=seen)
        found += stated
        if spec.certificate.due is None:
            found.append((UNCERTAIN, WORDS.reason("no-due", instrument=spec.name, certificate=spec.certificate.number)))
        found += [(EXPIRED, each) for each in _out_of_date(spec, spec.certificate, days)]
    if spec.check is not None:
        found += _checked(spec, spec.check, check)
    worst = max((state for state, _ in found), key=_GRAVITY.index, default=APPLICABLE)
    reasons = tuple(reason for _, reason in found)
    return State(spec, worst, reasons, lines, path, check)


def _out_of_date(spec: InstrumentSpec, certificate: CertificateSpec, days: tuple[date, date]) -> Iterator[Reason]:
    """It has to hold from the first to the last day; the day it is due still counts."""
    facts = {"instrument": spec.name, "certificate": certificate.number}
    if certificate.calibrated > days[0]:
        yield WORDS.reason("not-yet", since=certificate.calibrated.isoformat(), day=days[0].isoformat(), **facts)
    if certificate.due is not None and certificate.due < days[1]:
        yield WORDS.reason("expired", due=certificate.due.isoformat(), day=days[1].isoformat(), **facts)


def in_date(bench: Bench, indicator: str, kinds: Sequence[str], days: tuple[date, date]) -> Iterator[Reason]:
    """What stands against data of these days, where they are older than the campaign: a certificate that did not hold then."""
    for each in bench.serving(indicator, kinds):
        if each.spec.certificate is not None and each.state != EXPIRED:
            yield from _out_of_date(each.spec, each.spec.certificate, days)


def _certificate(
    spec: InstrumentSpec, certificate: CertificateSpec, path: str, files: Mapping[str, bytes], *, seen: bool
) -> tuple[list[tuple[str, Reason]], tuple[Calibration, ...]]:
    """What the certificate file shows against what the profile says of it, and its calibration lines."""
    typed = tuple(_typed(spec, certificate))
    if not path:
        return [(UNCERTAIN, WORDS.reason("no-file", instrument=spec.name, certificate=certificate.number))], typed
    content = files[path]
    if looks_like(content):
        try:
            dcc = read_dcc(content, path)
        except EvidenceError as error:
            reason = WORDS.reason("unreadable", instrument=spec.name, file=path, problem=str(error)[:120])
            return [(MISMATCH, reason)], ()
        stated = [
            *_against(spec, certificate, dcc),
            *(_own_word(spec, certificate) if dcc.due is None and not seen else ()),
        ]
        return stated, dcc.lines  # what the file does not say is not typed in
    if PurePosixPath(path).suffix.lower() in _TEXTS:
        return _in_text(spec, certificate, path, texts.said(content), seen=seen, typed=typed)
    if seen:
        return [], typed
    return [(UNCERTAIN, WORDS.reason("certificate-unread", instrument=spec.name, file=path))], typed


def _in_text(
    spec: InstrumentSpec,
    certificate: CertificateSpec,
    path: str,
    said: texts.Said,
    *,
    seen: bool,
    typed: tuple[Calibration, ...],
) -> tuple[list[tuple[str, Reason]], tuple[Calibration, ...]]:
    """A text has to name number, serial and day; uncertainty and due date that it does not state are the applicant's own word."""
    facts = {"instrument": spec.name, "file": path}
    lacking = [each for each in (certificate.number, spec.serial) if not said.names(each)]
    if certificate.calibrated not in said.days:
        lacking.append(certificate.calibrated.isoformat())
    if lacking:
        return [(MISMATCH, WORDS.reason("not-in-text", lacking=lacking, **facts))], ()
    if seen:
        return [], typed
    found = [] if certificate.due in said.days else list(_own_word(spec, certificate))
    if typed and not said.figures(certificate):
        return [*found, (UNCERTAIN, WORDS.reason("figures-not-in-text", **facts))], ()
    return found, typed


USUAL_DAYS = 366
"""A due date that no certificate states counts for so long after the calibration, unless a second party signed the plan."""


def _own_word(spec: InstrumentSpec, certificate: CertificateSpec) -> Iterator[tuple[str, Reason]]:
    """A due date that the certificate does not state is the applicant's own choice."""
    if certificate.due is not None and (certificate.due - certificate.calibrated).days > USUAL_DAYS:
        facts = {"instrument": spec.name, "due": certificate.due.isoformat(), "days": USUAL_DAYS}
        yield UNCERTAIN, WORDS.reason("due-not-stated", **facts)


def _against(spec: InstrumentSpec, certificate: CertificateSpec, dcc: Dcc) -> Iterator[tuple[str, Reason]]:
    """A machine-readable certificate contradicts what is declared: number, serial number, day, due date."""
    said = {
        "number": (certificate.number, dcc.number),
        "date": (certificate.calibrated.isoformat(), "" if dcc.calibrated is None else dcc.calibrated.isoformat()),
    }
    for key, (declared, found) in said.items():
        if declared != found:
            facts = {"instrument": spec.name, "declared": declared, "found": found or "—"}
            yield MISMATCH, WORDS.reason(f"other-{key}", **facts)
    odd = sorted({each for each in dcc.conformity if each != "pass"})
    if odd:
        broken = any("fail" in each.lower() or each.lower().startswith("no") for each in odd)
        yield MISMATCH if broken else UNCERTAIN, WORDS.reason("not-conforming", instrument=spec.name, said=odd)
    if dcc.laboratories and _bare(certificate.laboratory) not in map(_bare, dcc.laboratories):
        facts = {"declared": certificate.laboratory, "found": ", ".join(dcc.laboratories)}
        yield MISMATCH, WORDS.reason("other-laboratory", instrument=spec.name, **facts)
    if spec.serial not in dcc.serials:
        facts = {"instrument": spec.name, "declared": spec.serial, "found": ", ".join(dcc.serials) or "—"}
        yield MISMATCH, WORDS.reason("other-serial", **facts)
    if dcc.due is not None and certificate.due is not None and certificate.due > dcc.due:
        facts = {"instrument": spec.name, "declared": certificate.due.isoformat(), "found": dcc.due.isoformat()}
        yield MISMATCH, WORDS.reason("other-due", **facts)


def _typed(spec: InstrumentSpec, certificate: CertificateSpec) -> Iterator[Calibration]:
    """The line that the profile types in, for certificates on paper."""
    expanded = certificate.expanded
    if expanded is None:
        return
    error = None if certificate.error is None else certificate.error.to(expanded.unit)
    if expanded.dimension == "ratio" and spec.range is not None:
        unit = spec.range[0].unit
        low, high = (each.to(unit) for each in spec.range)
        share = None if certificate.error is None else certificate.error.base
        yield Calibration(unit, low, high, share, expanded.base, certificate.k, relative=True)
        return
    ends: tuple[Fraction | None, Fraction | None] = (None, None)
    if spec.range is not None and spec.range[0].dimension == expanded.dimension:
        ends = (spec.range[0].to(expanded.unit), spec.range[1].to(expanded.unit))
    yield Calibration(expanded.unit, *ends, error, expanded.value, certificate.k)


def _checked(spec: InstrumentSpec, check: CheckSpec, read: Reading | None) -> Iterator[tuple[str, Reason]]:
    """A reading of the reference outside its window breaks the instrument; one that is missing leaves it open."""
    for moment in ("before", "after"):
        value: Quantity | None = None if read is None else getattr(read, moment)
        facts = {"instrument": spec.name, "reference": check.reference, "moment": WORDS.text(moment)}
        if value is None:
            yield UNCERTAIN, WORDS.reason("check-missing", **facts)
        elif value.dimension != check.expected.dimension:
            yield MISMATCH, WORDS.reason("check-other", read=str(value), expected=str(check.expected), **facts)
        elif abs(value.base - check.expected.base) > check.allowed:
            told = {"read": str(value), "expected": str(check.expected), "tolerance": str(check.tolerance)}
            yield MISMATCH, WORDS.reason("check-outside", **facts, **told)


def within(check: CheckSpec, read: Reading | None) -> bool:
    """Whether both readings are there and in the window."""
    if read is None or read.before is None or read.after is None:
        return False
    return all(
        each.dimension == check.expected.dimension and abs(each.base - check.expected.base) <= check.allowed
        for each in (read.before, read.after)
    )


def _called(kind: str) -> Text:
    """What people call a kind of instrument; a plug-in's own kind as it is written."""
    return WORDS.text(f"kind-{kind}") if f"kind-{kind}" in WORDS.entries else Text(kind, kind)


def effect(
    bench: Bench, indicator: str, kinds: Sequence[str], limit: Limit | None
) -> tuple[tuple[Reason, ...], tuple[Lack, ...], tuple[Reason, ...]]:
    """What the instruments do to an indicator that needs these kinds: (invalid, lacks, remarks)."""
    invalid: list[Reason] = []
    lacks: list[Lack] = []
    remarks: list[Reason] = []
    for kind in kinds:
        serving = bench.serving(indicator, [kind])
        if not serving:
            reason = WORDS.reason("none-declared", kind=_called(kind))
            if bench.self_check:
                remarks.append(reason)
            else:
                lacks.append(Lack(reason, Side.BOTH))
        for each in serving:
            invalid += each.reasons if each.state in {EXPIRED, MISMATCH} else ()
            lacks += [Lack(reason, Side.BOTH) for reason in each.reasons if each.state == UNCERTAIN]
            invalid += _out_of_range(each, limit)
            lacks += _unknown_range(each)
    return tuple(invalid), tuple(lacks), tuple(remarks)


def unsaid(bench: Bench) -> tuple[tuple[Lack, ...], tuple[Reason, ...]]:
    """What it does that neither measurand nor scenario says whether an instrument is needed: (lacks, remarks)."""
    reason = WORDS.reason("unsaid")
    return ((), (reason,)) if bench.self_check else ((Lack(reason, Side.BOTH),), ())


def _out_of_range(each: State, limit: Limit | None) -> Iterator[Reason]:
    """The limit lies outside what the instrument, or its certificate, can measure."""
    if limit is None:
        return
    quantity = limit.quantity
    facts = {"instrument": each.spec.name, "limit": str(quantity)}
    ends = each.spec.range
    if ends is not None and ends[0].dimension == quantity.dimension and not ends[0] <= quantity <= ends[1]:
        yield WORDS.reason("out-of-range", range=f"{ends[0]} … {ends[1]}", **facts)
    same = [line for line in each.calibrations if _same(line.unit, quantity)]
    if same and not any(line.covers(quantity.to(line.unit)) for line in same):
        spans = [f"{_end(line.low)} … {_end(line.high)} {line.unit}" for line in same]
        yield WORDS.reason("certificate-range", spans=spans, **facts)


def _unknown_range(each: State) -> Iterator[Lack]:
    if each.spec.range is None and not each.calibrations and each.state == APPLICABLE:
        yield Lack(WORDS.reason("no-range", instrument=each.spec.name), Side.BOTH)


def _same(unit: str, quantity: Quantity) -> bool:
    try:
        quantity.to(unit)
    except SpecError:
        return False
    return True


def _end(value: object) -> str:
    return "—" if value is None else f"{float(str(value)) if '/' not in str(value) else value}"


def entry(each: State, indicators: Sequence[str], reasons: Sequence[object]) -> InstrumentEntry:
    """The instrument as results.json has it."""
    spec, certificate = each.spec, each.spec.certificate
    return InstrumentEntry.model_validate(
        {
            "name": spec.name,
            "kind": spec.kind,
            "manufacturer": spec.manufacturer,
            "model": spec.model,
            "serial": spec.serial,
            "range": "" if spec.range is None else f"{spec.range[0]} … {spec.range[1]}",
            "accuracy": spec.accuracy,
            "certificate": "" if certificate is None else certificate.number,
            "laboratory": "" if certificate is None else certificate.laboratory,
            "calibrated": "" if certificate is None else certificate.calibrated.isoformat(),
            "due": "" if certificate is None or certificate.due is None else certificate.due.isoformat(),
            "file": each.file,
            "state": each.state,
            "reasons": tuple(reasons),
            "indicators": tuple(indicators),
            "check": None if spec.check is None else _check_entry(spec.check, each.check),
        }
    )


def _check_entry(check: CheckSpec, read: Reading | None) -> CheckEntry:
    before, after = (None, None) if read is None else (read.before, read.after)
    return CheckEntry(
        reference=check.reference,
        expected=str(check.expected),
        tolerance=str(check.tolerance),
        before=None if before is None else str(before),
        after=None if after is None else str(after),
        within=within(check, read),
    )
