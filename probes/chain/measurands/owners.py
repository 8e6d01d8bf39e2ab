# SPDX-License-Identifier: Apache-2.0
"""Whose a node is: by a certificate that holds its key and that an authority at hand signed, else by the alliance's register.

A register ties the key itself to an organisation and its unified social credit code (GB 32100-2015); a name alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category, normalize

from probes.chain.formats import certificate as certificates
from probes.chain.formats.certificate import Certificate
from probes.chain.measurands.gathered import Gathered, Node

_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = [pow(3, place, 31) for place in range(17)]


@dataclass(frozen=True, slots=True)
class Owner:
    """``name``: empty where nobody is proven; ``by``: certificate or register."""

    name: str = ""
    by: str = ""


def owner(view: Gathered, node: Node, key: str) -> Owner:
    """The organisation that owns the key; one that the register names with a code is known by that code everywhere."""
    own = [certificates.parse(bytes.fromhex(each)) for each in node.all("certificate")]
    others, trusted = issuers(view), roots(view)
    codes = {
        plain(each.registered.organisation): each.registered.uscc.strip().upper()
        for each in view.nodes
        if each.registered is not None and each.registered.organisation and code_right(each.registered.uscc)
    }
    for each in own:
        held = key and each.key.hex() == key and not certificates.reasons(each, others, node.asked_at)
        name = plain(_organisation(each, others)) if held and anchored(each, others, node.asked_at) & trusted else ""
        if name:
            return Owner(codes.get(name, name), "certificate")
    members = {each.rpartition("|")[0] for each in node.all("member")}
    if key and len(members) == 1:
        name = plain(min(members))
        return Owner(codes.get(name, name), "certificate")
    entry = node.registered
    if (
        entry is not None
        and entry.organisation
        and key
        and entry.key in {key, *node.all("alias")}
        and code_right(entry.uscc)
    ):
        return Owner(entry.uscc.strip().upper(), "register")
    return Owner()


def roots(view: Gathered) -> set[bytes]:
    """Authorities whose word counts: those that the profile names, else the one that all certificates lead to."""
    named = {bytes.fromhex(each) for node in view.nodes for each in node.all("authority")}
    named |= {bytes.fromhex(value) for _, what, value in view.ledger.said if what == "authority"}
    if named:
        return named
    others = issuers(view)
    own = [certificates.parse(bytes.fromhex(each)) for node in view.nodes for each in node.all("certificate")]
    led = [anchored(each, others) for each in own]
    return set.intersection(*led) if led else set()


def issuers(view: Gathered) -> list[Certificate]:
    """Certificates that may have issued others: those of authorities in the profile, and those behind a node's own."""
    found = {value for _, what, value in view.ledger.said if what in {"issuer", "authority"}}
    return [certificates.parse(bytes.fromhex(each)) for each in sorted(found)]


def plain(name: str) -> str:
    """A name without what is only writing: width, case, blanks, dots, brackets and marks that nobody sees make no other organisation."""
    return "".join(each for each in normalize("NFKC", name).casefold() if category(each)[0] in "LNM")


def anchored(own: Certificate, others: Sequence[Certificate], now: datetime | None = None) -> set[bytes]:
    """The authorities that a chain of right signatures leads through, up to one that signed itself; empty where it breaks off.

    ``now``: to hold their validity against.
    """
    if now is not None:
        others = [each for each in others if each.begins <= now <= each.ends]
    at, passed = own, set[bytes]()
    for _ in range(len(others) + 1):
        issuer = next(
            (each for each in others if each.authority and each.name == at.issuer and certificates.chained(at, [each])),
            None,
        )
        if issuer is None:
            return passed
        passed.add(issuer.whole)
        if issuer.issuer == issuer.name:
            return passed
        at = issuer
    return set()


def _organisation(own: Certificate, others: Sequence[Certificate]) -> str:
    """The subject's organisation; where all nodes share it (FISCO BCOS writes the chain's name there), the agency that issued."""
    issuer = next((each for each in others if each.name == own.issuer), None)
    agency = issuer is not None and issuer.issuer != issuer.name
    return (
        issuer.named("CN") if agency and issuer is not None and issuer.named("O") == own.named("O") else ""
    ) or own.named("O")


def code_right(code: str) -> bool:
    """Whether a unified social credit code has its check digit."""
    plain = code.strip().upper()
    return len(plain) == 18 and not set(plain) - set(_DIGITS) and check_digit(plain[:17]) == plain[17]


def check_digit(body: str) -> str:
    """The last digit of a code by the seventeen before it (GB 32100-2015, 5.5)."""
    total = sum(weight * _DIGITS.index(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _DIGITS[(31 - total % 31) % 31]
