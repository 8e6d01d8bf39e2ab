# SPDX-License-Identifier: Apache-2.0
"""How many valid items an audited register holds: "at least 5000 components", "at least 100 terminals".

M distinct items are claimed, n of them drawn and checked, some found invalid. Claim a surplus and the audit gets
cheaper: 5000 required, 5050 claimed needs 287 clean checks, 5500 claimed needs 32. Distinctness comes first: claim
only items whose content differs.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, SupportsIndex

from harness.errors import StatisticsError
from harness.stats import population
from harness.stats.inputs import Real, count, risk, trials


class ValidItems(NamedTuple):
    """Valid items in the register: estimate (exact fraction) and bounds, each one-sided at level 1 - alpha."""

    value: Fraction
    lower: int
    upper: int


def bounds(claimed: SupportsIndex, checked: SupportsIndex, invalid: SupportsIndex, alpha: Real) -> ValidItems:
    """Valid items among ``claimed`` distinct ones when ``checked`` were drawn and ``invalid`` of those were not valid.

    A census (checked = claimed) is exact. StatisticsError for contradictory counts.
    """
    bad, sampled = trials(invalid, checked)
    found = population.bounds(sampled - bad, sampled, claimed, alpha)
    return ValidItems(Fraction(count(claimed, "the claimed items") * (sampled - bad), sampled), *found)


def audit_size(claimed: SupportsIndex, required: SupportsIndex, allowed: SupportsIndex, alpha: Real) -> int | None:
    """How many of ``claimed`` items to draw so that up to ``allowed`` invalid ones still prove ``required`` valid ones.

    None when no sample proves it (too little surplus for ``allowed``); StatisticsError when fewer are claimed than required.
    """
    have, need = count(claimed, "the claimed items", 1), count(required, "the required items", 1)
    risk(alpha)
    if have < need:
        msg = f"{have} items are claimed, {need} are required."
        raise StatisticsError(msg, cure="no audit can help: register more items.")
    return population.sample_size(have, have - need + 1, allowed, alpha)
