# SPDX-License-Identifier: Apache-2.0
"""The shape of ``instruments:`` in a profile: what measured, under which certificate, checked against which reference."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, JsonValue, model_validator

from harness.spec.strict import Document, OpenDocument
from harness.spec.written import Amount, Day, DottedName, IndicatorId, Line, Word, wrong

Interval = Annotated[list[Amount], Field(min_length=2, max_length=2)]


class CertificateDoc(Document):
    """A calibration or verification certificate; what a DCC says itself is compared with what stands here."""

    number: Line = Field(description="number of the certificate.")
    laboratory: Line = Field(description="the laboratory that issued it.")
    date: Day = Field(description="day of the calibration, YYYY-MM-DD.")
    due: Day | None = Field(None, description="last day on which it holds, YYYY-MM-DD; without it nobody can tell.")
    file: Line | None = Field(None, description="the certificate: a DCC (XML), or a text or scan, below the profile.")
    expanded: Amount | None = Field(None, description="expanded uncertainty U it states, like 0.5 W or 0.2 %.")
    k: Line = Field("2", description="coverage factor of that U.")
    error: Amount | None = Field(None, description="error of indication it states, in the unit of expanded.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.due is not None and self.due < self.date:
            problem = f"the certificate is due on {self.due}, before the calibration on {self.date}."
            raise wrong(problem, "swap the two days, or correct one.", "due")
        try:
            good = Fraction(self.k) >= 1
        except (ValueError, ZeroDivisionError):
            good = False
        if not good:
            problem = f"{self.k!r} is no coverage factor."
            raise wrong(problem, "write the k of the certificate, like 2.", "k")
        if self.error is not None and (self.expanded is None or self.error.dimension != self.expanded.dimension):
            problem = "the error has another dimension than the expanded uncertainty, or there is none."
            raise wrong(problem, "write error and expanded in the same unit.", "error")
        return self


class CheckSourceDoc(OpenDocument):
    """How the reference is measured; other keys are settings of the probe."""

    probe: DottedName = Field(description="the probe, like network.stamp.")


class CheckDoc(Document):
    """A reference object measured before and after (期间核查): a reflector at a known delay, a known baseline, a load."""

    reference: Line = Field(description="what it is, like 10 ms delay line or 100 Ω load.")
    expected: Amount = Field(description="its known value.")
    tolerance: Amount = Field(description="how far a reading may be off, like 0.05 ms or 1 %.")
    measurand: DottedName = Field(description="what is read of it, like network.rtt.")
    statistic: Word = Field(description="the statistic that gives the reading, like quantile.")
    parameters: dict[str, JsonValue] = Field(default_factory=dict, description="its parameters, like {q: 50 %}.")
    source: CheckSourceDoc = Field(description="how it is measured: {probe: …, settings of the probe}.")

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        if self.tolerance.dimension not in {self.expected.dimension, "ratio"}:
            problem = f"a tolerance of {self.tolerance} cannot be compared with {self.expected}."
            raise wrong(problem, "write it in the unit of expected, or as a share of it, like 1 %.", "tolerance")
        return self


class InstrumentDoc(Document):
    """One measuring instrument."""

    kind: Word = Field(description="kind that measurands ask for, like power-meter or time-interval-counter.")
    manufacturer: Line | None = Field(None, description="who made it.")
    model: Line = Field(description="its model.")
    serial: Line = Field(description="its serial number; the certificate has to say the same.")
    range: Interval | None = Field(None, description="range of measurement, like [0 W, 600 W].")
    accuracy: Line | None = Field(None, description="accuracy class, like 0.5 级.")
    certificate: CertificateDoc | None = Field(None, description="its certificate.")
    indicators: list[IndicatorId] = Field(
        default_factory=list, description="indicators it measures; without them every one that needs its kind."
    )
    check: CheckDoc | None = Field(None, description="check against a reference before and after the test.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.range is not None:
            low, high = self.range
            if low.dimension != high.dimension or low.base >= high.base:
                problem = f"[{low}, {high}] is no range."
                raise wrong(problem, "write the lower end first, both in one unit.", "range")
        return self
