# SPDX-License-Identifier: Apache-2.0
"""A share of the register: of all of its assets, or of a sample drawn in public, with the bounds of a finite population.

A draw is over the rows of the register. Those of a part of it (critical assets) that were drawn are a sample of that part.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from harness.agreed.refusals import BrokenAgreementError
from harness.kit import draw
from harness.kit.draw.shown import draw_picture
from harness.kit.listings import Listing
from harness.kit.parts import Part, absent
from harness.kit.pictured.draw import Draw
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Input, Request
from harness.quantity import Quantity
from harness.stats import population
from probes.plant.traces.assets import Asset, Register
from probes.plant.traces.words import WORDS


@dataclass(frozen=True, slots=True)
class Drawn:
    """The assets that are looked at, out of how many; without a ``protocol`` all of them: a census.

    ``forfeited``: assets that the applicant kept from being drawn, which do not conform. ``looks``: rounds that share the risk.
    """

    assets: tuple[Asset, ...]
    of: int
    protocol: draw.Drawn | None = None
    lacks: tuple[Lack, ...] = ()
    invalid: tuple[Reason, ...] = ()

    @property
    def forfeited(self) -> int:
        """Of a part of the register it may be that all of them would have been of that part."""
        return min(self.protocol.forfeited, self.of - len(self.assets)) if self.protocol else 0

    @property
    def counted(self) -> int:
        """Sample size for the bounds."""
        return len(self.assets) + self.forfeited

    @property
    def looks(self) -> int:
        """Rounds that share the risk."""
        return self.protocol.looks if self.protocol else 1

    @property
    def remark(self) -> Reason:
        """Whether all or some were looked at."""
        if self.protocol is None:
            return WORDS.reason("census", count=self.of)
        return WORDS.reason("sample", count=len(self.assets), of=self.of, forfeited=self.forfeited)

    @property
    def listings(self) -> tuple[Listing, ...]:
        """The protocol of the draw, where there was one."""
        return (self.protocol.listing(),) if self.protocol else ()

    @property
    def pictures(self) -> tuple[Draw, ...]:
        """The same as a picture."""
        return (draw_picture(self.protocol),) if self.protocol else ()


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


def drawn(register: Register, assets: Sequence[Asset]) -> Drawn:
    """All ``assets``, or those of them that a public draw over the register's rows took."""
    whole = Drawn(tuple(assets), len(assets))
    if not register.draws:
        return whole
    if len(register.draws) > 1 or len(register.digests) != 1:
        return replace(whole, invalid=(WORDS.reason("several-draws"),))
    try:
        protocol = draw.read_draw(register.draws[0], register.digests[0], len(register.order))
        draw.missing(protocol)
    except BrokenAgreementError as defect:
        return replace(whole, invalid=(defect.reason,))
    picked = {register.order[at] for at in protocol.positions}
    chances = [each for each in register.order if each]
    twice = len(chances) - len(set(chances))
    lacks = (WORDS.lack("drawn-twice", count=twice),) if twice else ()
    return Drawn(tuple(each for each in assets if each.number in picked), len(assets), protocol, lacks)


def share(conforming: Collection[str], looked_at: Drawn, request: Request, lacks: Sequence[Lack] = ()) -> Part:
    """The share of the register that conforms, from those that were looked at, withdrawn ones never: exact for a census, else hypergeometric bounds."""
    found = number(conforming, looked_at, request, lacks)
    value, low, high = (
        None if each is None else Fraction(each) / looked_at.of for each in (found.value, found.lower, found.upper)
    )
    return replace(found, value=value, lower=low, upper=high)


def number(conforming: Collection[str], looked_at: Drawn, request: Request, lacks: Sequence[Lack] = ()) -> Part:
    """How many of the register conform: of a census exactly, of a sample scaled up, between hypergeometric bounds."""
    n, of = looked_at.counted, looked_at.of
    lacks = (*lacks, *looked_at.lacks)
    if not n:
        return replace(absent("", WORDS.lack("nobody", Side.BOTH)), invalid=looked_at.invalid)
    x = sum(each.number in conforming and not each.withdrawn for each in looked_at.assets)
    value, low, high = Fraction(x * of, n), Fraction(x), Fraction(x)
    if looked_at.protocol is not None:
        low = Fraction(population.bounds(x, n, of, request.risk_below / looked_at.looks).lower)
        high = Fraction(population.bounds(x, n, of, request.risk_above / looked_at.looks).upper)
    told = {"conforming": x, "assets": of}
    return Part("", value, low, high, n, float(n), lacks, invalid=looked_at.invalid, diagnostics=told)


def without_register() -> Outcome:
    """The outcome where nobody gave a register: there is no denominator."""
    return Outcome(None, lacks=(WORDS.lack("no-register", Side.BOTH),))


def seconds(ns: int) -> Quantity:
    """A time as the engine compares it."""
    return Quantity(Fraction(ns, 10**9), "s")
