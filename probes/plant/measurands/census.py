# SPDX-License-Identifier: Apache-2.0
"""A share of the register: of all of its assets, or of a sample that anybody can draw again, with the bound of a finite population."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

from harness.kit.parts import Part, absent
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import population
from probes.plant.traces.assets import Asset, Register
from probes.plant.traces.words import WORDS


@dataclass(frozen=True, slots=True)
class Drawn:
    """The assets that are looked at, out of how many; ``of`` equal to their number: a census."""

    assets: tuple[Asset, ...]
    of: int

    @property
    def remark(self) -> Reason:
        """Whether all or some were looked at."""
        count = len(self.assets)
        return (
            WORDS.reason("census", count=count) if count == self.of else WORDS.reason("sample", count=count, of=self.of)
        )


def register_of(inputs: Sequence[Input]) -> Register:
    """The registers of all inputs as one."""
    found = Register()
    for each in inputs:
        if isinstance(each.summary, Register):
            found = found.merge(each.summary)
    return found


def told(register: Register) -> tuple[Reason, ...]:
    """Which register it was, by its SHA-256, so that a reader sees whether several indicators speak of one; and what is wrong in it."""
    digests = [each[:16] for each in register.digests]
    return (WORDS.reason("register", digests=digests, count=len(register.assets)), *register.remarks)


def drawn(register: Register, assets: Sequence[Asset], request: Request) -> Drawn | Lack:
    """All ``assets``, or those of them that the register's digest and the agreed seed draw; a lack where there is no seed."""
    if not register.drawn or register.drawn >= len(assets):
        return Drawn(tuple(assets), len(assets))
    seed = request.constant("sample_seed")
    if seed is None:
        return WORDS.lack("no-seed", Side.BOTH)
    digest = (
        sha256("".join(register.digests).encode()).hexdigest() if len(register.digests) != 1 else register.digests[0]
    )
    places = population.draw(digest, str(seed), len(assets), register.drawn)
    return Drawn(tuple(assets[at] for at in places), len(assets))


def share(conforming: Collection[str], looked_at: Drawn, request: Request, lacks: Sequence[Lack] = ()) -> Part:
    """The share of the register that conforms, from those that were looked at, withdrawn ones never: exact for a census, else hypergeometric bounds."""
    n = len(looked_at.assets)
    if not n:
        return absent("", WORDS.lack("nobody", Side.BOTH))
    x = sum(each.number in conforming and not each.withdrawn for each in looked_at.assets)
    value = Fraction(x, n)
    low = high = value
    if n < looked_at.of:
        low = Fraction(population.bounds(x, n, looked_at.of, request.risk_below).lower, looked_at.of)
        high = Fraction(population.bounds(x, n, looked_at.of, request.risk_above).upper, looked_at.of)
    return Part("", value, low, high, n, float(n), tuple(lacks), diagnostics={"conforming": x, "assets": looked_at.of})


def without_register() -> Outcome:
    """The outcome where nobody gave a register: there is no denominator."""
    return Outcome(None, lacks=(WORDS.lack("no-register", Side.BOTH),))


def seconds(ns: int) -> Quantity:
    """A time as the engine compares it."""
    return Quantity(Fraction(ns, 10**9), "s")
