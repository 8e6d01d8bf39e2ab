# SPDX-License-Identifier: Apache-2.0
"""What the certificate of an instrument states, as a statistic takes it into account."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from harness.errors import SpecError
from harness.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Calibration:
    """One line of a certificate: within ``low`` … ``high`` (in ``unit``) the indication is off by ``error`` ± ``expanded``.

    ``expanded`` is U with the coverage factor ``k``, in ``unit``; ``relative``: both are shares of the indication instead.
    ``error`` is None where the certificate states none. The standard uncertainty for the budget is ``standard``.
    """

    unit: str
    low: Fraction | None
    high: Fraction | None
    error: Fraction | None
    expanded: Fraction
    k: Fraction
    relative: bool = False

    @property
    def standard(self) -> Fraction:
        """Standard uncertainty, U / k."""
        return self.expanded / self.k

    def at(self, quantity: Quantity) -> Fraction:
        """The standard uncertainty of ``quantity`` in base units."""
        return self.standard * (abs(quantity.base) if self.relative else Quantity(Fraction(1), self.unit).base)

    def covers(self, value: Fraction) -> bool:
        """Whether ``value``, in ``unit``, lies in its range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class InstrumentInUse:
    """An instrument of the profile on the day of the test: ``state`` APPLICABLE or UNCERTAIN (others never reach a statistic).

    ``calibrations``: the lines of its certificate, of the profile or of a DCC; empty where neither states any.
    """

    name: str
    kind: str
    serial: str
    certificate: str
    state: str
    calibrations: tuple[Calibration, ...] = ()

    def calibration(self, quantity: Quantity) -> Calibration | None:
        """The line that covers ``quantity``, of several the one of the largest uncertainty; None where no line does.

        Then no uncertainty may be taken from the certificate. Points that were measured upwards and downwards, before and
        after an adjustment or in two ranges give several lines, and nobody said here which of them held.
        """
        return max(
            (each for each in self.calibrations if _covers(each, quantity)),
            key=lambda each: (each.at(quantity), abs(each.error or 0)),
            default=None,
        )


def _covers(line: Calibration, quantity: Quantity) -> bool:
    try:
        return line.covers(quantity.to(line.unit))
    except SpecError:
        return False
