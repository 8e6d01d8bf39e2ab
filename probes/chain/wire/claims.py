# SPDX-License-Identifier: Apache-2.0
"""Signatures that are claimed, checked in one batch: SM2 of a known key, ECDSA of a known key, ECDSA of an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from probes.chain.wire import secp256k1, sm2


class Claim(NamedTuple):
    """``who``: a key of 64 bytes, an address of 20, or nothing where the signer is only to be named.

    ``recovery``: -1 for SM2, else v from 0 to 3. ``signature``: r|s, 64 bytes.
    """

    digest: bytes
    signature: bytes
    who: bytes
    recovery: int


def settle(claims: Sequence[Claim]) -> list[bytes | None]:
    """Of each the signer as ``who`` names it: key or address (an address where ``who`` is empty); None where it is not theirs."""
    if not any(each.recovery < 0 or len(each.who) == 64 for each in claims):  # as on chains of Ethereum's kind
        return _named(claims)
    found: list[bytes | None] = [None] * len(claims)
    by_kind: tuple[list[int], list[int], list[int]] = ([], [], [])
    for at, claim in enumerate(claims):
        by_kind[0 if claim.recovery < 0 else 1 if len(claim.who) == 64 else 2].append(at)
    of_sm2, keyed, named = ([claims[at] for at in each] for each in by_kind)
    good = [
        *sm2.valid([sm2.Signed(*each[:3]) for each in of_sm2]),
        *secp256k1.valid(keyed, [each.who for each in keyed]),
    ]
    for at, fits in zip((*by_kind[0], *by_kind[1]), good, strict=True):
        found[at] = claims[at].who if fits else None
    for at, who in zip(by_kind[2], _named(named), strict=True):
        found[at] = who
    return found


def _named(claims: Sequence[Claim]) -> list[bytes | None]:
    claimed = [each.who for each in claims]
    signers = secp256k1.signers(claims, claimed)
    return [who if said in {b"", who} else None for said, who in zip(claimed, signers, strict=True)]
