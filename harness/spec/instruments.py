# SPDX-License-Identifier: Apache-2.0
"""The instruments of a profile in one normal form."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from harness.quantity import Quantity
from harness.spec.bindings import SourceSpec
from harness.spec.documents import ProfileDoc
from harness.spec.instrument_documents import CertificateDoc, CheckDoc, InstrumentDoc


@dataclass(frozen=True, slots=True)
class CertificateSpec:
    """A certificate as the profile declares it."""

    number: str
    laboratory: str
    calibrated: date
    due: date | None
    file: str
    expanded: Quantity | None
    k: Fraction
    error: Quantity | None


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """A check against a reference as the profile declares it: measured once before and once after, in the same way."""

    reference: str
    expected: Quantity
    tolerance: Quantity
    measurand: str
    statistic: str
    parameters: Mapping[str, Any]
    source: SourceSpec

    @property
    def allowed(self) -> Fraction:
        """The tolerance as a difference, in base units of ``expected``."""
        share = self.tolerance.dimension == "ratio" and self.expected.dimension != "ratio"
        return abs(self.expected.base) * self.tolerance.base if share else self.tolerance.base


@dataclass(frozen=True, slots=True)
class InstrumentSpec:
    """An instrument as the profile declares it."""

    name: str
    kind: str
    manufacturer: str
    model: str
    serial: str
    range: tuple[Quantity, Quantity] | None
    accuracy: str
    certificate: CertificateSpec | None
    indicators: tuple[str, ...]
    check: CheckSpec | None

    def serves(self, indicator: str) -> bool:
        """Whether it measures for ``indicator``, as far as the profile says."""
        return not self.indicators or indicator in self.indicators


def instruments(document: ProfileDoc) -> tuple[InstrumentSpec, ...]:
    """The normal form of ``instruments:``, in file order."""
    return tuple(_instrument(name, each) for name, each in document.instruments.items())


def _instrument(name: str, given: InstrumentDoc) -> InstrumentSpec:
    return InstrumentSpec(
        name,
        given.kind,
        given.manufacturer or "",
        given.model,
        given.serial,
        None if given.range is None else (given.range[0], given.range[1]),
        given.accuracy or "",
        None if given.certificate is None else _certificate(given.certificate),
        tuple(given.indicators),
        None if given.check is None else _check(name, given.check),
    )


def _certificate(given: CertificateDoc) -> CertificateSpec:
    return CertificateSpec(
        given.number,
        given.laboratory,
        given.date,
        given.due,
        given.file or "",
        given.expanded,
        Fraction(given.k),
        given.error,
    )


def _check(name: str, given: CheckDoc) -> CheckSpec:
    keys = ("instruments", name, "check", "source")
    source = SourceSpec("check", given.source.probe, deepcopy(given.source.settings), keys)
    return CheckSpec(
        given.reference,
        given.expected,
        given.tolerance,
        given.measurand,
        given.statistic,
        deepcopy(given.parameters),
        source,
    )
