# SPDX-License-Identifier: Apache-2.0
"""What power analysers say by SCPI: who they are, which ranges hold, the active power. A flag for overload is never a number."""

from __future__ import annotations

from typing import NamedTuple

from harness.errors import InstrumentError

IDENTITY = "*IDN?"
SETUP = {"yokogawa": (":NUM:FORM ASC", ":NUM:NORM:NUM 1", ":NUM:NORM:ITEM1 P,1"), "scpi": ()}
RANGES = {"yokogawa": ":CFAC?;:CURR:RANG?;:CURR:AUTO?;:VOLT:RANG?;:VOLT:AUTO?", "scpi": ""}
POWER = {"yokogawa": ":NUM:NORM:VAL?", "scpi": ":MEAS:POW?"}
_FLAGGED = {"NAN", "INF", "+INF", "-INF", "OVER", "OL", "-OL-", "---O---", "---OL---", "-------", "----", "ERROR"}
_HUGE = 9.0e36


class Ranges(NamedTuple):
    """Ranges of an analyser; ``auto``: it changes them by itself, and then no accuracy holds."""

    amperes: float
    volts: float
    auto: bool

    @property
    def watts(self) -> float:
        """The power range: the product."""
        return self.amperes * self.volts


def number(reply: str) -> float | None:
    """One number; None for the instrument's words and figures for overload or none; InstrumentError for anything else."""
    text = reply.strip().rpartition(" ")[2]
    if text.upper() in _FLAGGED:
        return None
    try:
        value = float(text)
    except ValueError:
        msg = f"The meter answers {reply.strip()[:60]!r} where a number was asked."
        raise InstrumentError(msg, cure="check the dialect, and that nobody else talks to it.") from None
    return None if value != value or abs(value) >= _HUGE else value  # noqa: PLR0124 - NaN


def ranges(reply: str) -> Ranges:
    """The answer to :data:`RANGES`, headers allowed: ``3;500.0E-03;0;150.0E+00;0``; InstrumentError for another one."""
    parts = [each.strip().rpartition(" ")[2] for each in reply.strip().split(";")]
    try:
        crest, amperes, auto_a, volts, auto_v = map(float, parts)
    except ValueError:
        msg = f"The analyser answers {reply.strip()[:60]!r} where its ranges were asked."
        raise InstrumentError(msg, cure="check that it is a Yokogawa WT3xx, or use dialect: scpi.") from None
    if min(crest, amperes, volts) <= 0:
        msg = f"The analyser states the ranges {amperes:g} A and {volts:g} V."
        raise InstrumentError(msg, cure="set fixed ranges for current and voltage.")
    return Ranges(amperes, volts, bool(auto_a or auto_v))
