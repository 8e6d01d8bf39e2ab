# SPDX-License-Identifier: Apache-2.0
"""Whose a node is: by a certificate that holds its key and that an authority at hand signed, else by the alliance's register.

A register ties the key itself to an organisation and its unified social credit code (GB 32100-2015); a name alone proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from unicodedata import category, normalize

from harness.kit.census import Mark
from harness.kit.copies import aliases, arrangement, copies, legal_name, twins
from harness.spec import uscc
from probes.chain.formats import certificate as certificates
from probes.chain.formats.certificate import Certificate
from probes.chain.measurands.gathered import Gathered, Node

_FIGURES = str.maketrans("OIL", "011")
_FILLERS = "\u115f\u1160"
"""Letters by their category, and nobody sees them."""


@dataclass(frozen=True, slots=True)
class Owner:
    """``name``: empty where nobody is proven; ``by``: certificate or register; ``code`` and ``titles``: what else says who it is."""

    name: str = ""
    by: str = ""
    code: str = ""
    titles: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Name and code, as a report shows them."""
        return " ".join([*self.titles[:1], *([self.code] if self.code else [])])


def owner(view: Gathered, node: Node, key: str) -> Owner:
    """The organisation that owns the key; one that the register names with a code is known by that code everywhere."""
    own = [certificates.parse(bytes.fromhex(each)) for each in node.all("certificate")]
    others, trusted = issuers(view), named(view)
    codes = {
        plain(each.registered.organisation): uscc.normalise(each.registered.uscc)
        for each in view.nodes
        if each.registered is not None and each.registered.organisation and code_right(each.registered.uscc)
    }
    for each in own:
        held = key and each.key.hex() == key and not certificates.reasons(each, others, node.asked_at)
        title = _organisation(each, others) if held and anchored(each, others, node.asked_at) & trusted else ""
        if plain(title):
            return _certified(title, codes, node)
    members = {each.rpartition("|")[0] for each in node.all("member")}
    if key and len(members) == 1:
        return _certified(min(members), codes, node)
    entry = node.registered
    if (
        entry is not None
        and entry.organisation
        and key
        and entry.key in {key, *node.all("alias")}
        and code_right(entry.uscc)
    ):
        code = uscc.normalise(entry.uscc)
        return Owner(code, "register", code, (entry.organisation,))
    return Owner()


def _certified(title: str, codes: Mapping[str, str], node: Node) -> Owner:
    """By a certificate; what the register says of the same node can only make two owners one."""
    entry, name = node.registered, plain(title)
    coded = entry is not None and entry.organisation and code_right(entry.uscc)
    code = codes.get(name) or (uscc.normalise(entry.uscc) if coded and entry is not None else "")
    titles = (title, entry.organisation) if entry is not None and entry.organisation else (title,)
    return Owner(codes.get(name, name), "certificate", code, titles)


@dataclass(frozen=True, slots=True)
class Owners:
    """How many organisations there are: ``exact`` that can be told apart, ``clear`` without those whose names look like another's."""

    exact: int
    clear: int
    several: tuple[str, ...]
    """Codes that are given to one organisation."""
    alike: tuple[str, ...]
    """Names that look alike, those of several organisations."""


def organisations(found: Sequence[Owner]) -> Owners:
    """The owners, each once: one name, one code or one organisation code inside it make one organisation."""
    exact = [[*_codes(each), *(("name", plain(title)) for title in each.titles)] for each in found]
    flat = [(at, legal_name(title)) for at, each in enumerate(found) for title in each.titles]
    near = [[*each] for each in exact]
    for (at, title), marks in zip(flat, twins([title for _, title in flat]), strict=True):
        near[at] += [("seen", arrangement(title.translate(_FIGURES))), *marks]
    for at, owned in enumerate(found):
        near[at] += [
            ("seen", arrangement(each.translate(_FIGURES))) for title in owned.titles for each in sorted(aliases(title))
        ]
    one, other = copies(exact), copies(near)
    whose = {at: group[0] for group in one.groups for at in group}
    codes = [{found[at].code for at in group} - {""} for group in one.groups]
    firsts = [{whose.get(at, at) for at in group} for group in other.groups]
    return Owners(
        one.clustered,
        other.clustered,
        tuple(sorted(code for each in codes if len(each) > 1 for code in each)),
        tuple(found[at].titles[0] for each in firsts if len(each) > 1 for at in sorted(each)),
    )


def _codes(owned: Owner) -> list[Mark]:
    """The code, and the organisation code inside it, which stays one organisation's whatever is registered anew."""
    return [("code", owned.code), ("body", uscc.body(owned.code))] if owned.code else []


def named(view: Gathered) -> set[bytes]:
    """Authorities that the profile names: whose word on owners counts, since whoever has an authority of its own may certify anything."""
    return {bytes.fromhex(value) for _, what, value in view.ledger.said if what == "authority"}


def roots(view: Gathered) -> set[bytes]:
    """Authorities whose word on keys counts: those that the profile names, else the one that all certificates lead to.

    Where the profile names some and the recording has none of them, nobody's word counts.
    """
    found = named(view)
    if found or any(each.authorities for each in view.settings):
        return found
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
    return "".join(
        each for each in normalize("NFKC", name).casefold() if category(each)[0] in "LN" and each not in _FILLERS
    )


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
    """Whether a unified social credit code has its check digits and names somebody."""
    found = uscc.normalise(code)
    return not uscc.defects(found) and not uscc.implausible(found)
