# SPDX-License-Identifier: Apache-2.0
"""What one model holds, and several together: components by class, identity, type, shape and parameters; what they lack.

Identities (GlobalId) repeat across files and change in copies, so over files components are compared by what they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

from harness.model import Reason

LACKS = ("name", "type", "properties", "material", "container", "representation")
"""What a component should have and may lack."""
_JITTER = 1e-4
"""Of the amounts of all numbers: what jitter of a ten-thousandth stays within, and a family in steps does not."""

_SMALL = 4.0
"""Added to the amounts: small shapes are jittered in the same steps."""
_LOOK = 16
"""Neighbours by their first sum that one is compared with."""


class Rough(NamedTuple):
    """What near-copies share: a digest without the numbers (0: nothing), two weighted sums of these and that of their amounts."""

    form: int = 0
    first: float = 0.0
    second: float = 0.0
    amount: float = 0.0


NOTHING = Rough()


def alike(found: Mapping[int, Rough]) -> dict[int, int]:
    """Digest -> the least digest of its cluster: of one form, and with sums that differ by no more than jitter or rounding does."""
    forms: dict[int, list[tuple[Rough, int]]] = defaultdict(list)
    for digest, rough in found.items():
        forms[rough.form].append((rough, digest))
    leader = {digest: digest for digest in found}
    for form, each in forms.items():
        each.sort()
        for at, (one, digest) in enumerate(each if form else ()):
            for other, second in each[at + 1 : at + 1 + _LOOK]:
                slack = _JITTER * (max(one.amount, other.amount) + _SMALL)
                if other.first - one.first > slack:
                    break
                if abs(other.second - one.second) <= slack:
                    here, there = _root(leader, digest), _root(leader, second)
                    leader[max(here, there)] = min(here, there)
    return {digest: _root(leader, digest) for digest in found}


def _root(leader: dict[int, int], digest: int) -> int:
    while leader[digest] != digest:
        leader[digest] = leader[leader[digest]]
        digest = leader[digest]
    return digest


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A type: its class, name, the digests of its shape and of its parameters (0 where it has none), how often it is placed."""

    ifc_class: str
    name: str
    shape: int
    parameters: int
    placed: int = 0
    rough_shape: Rough = NOTHING
    rough_parameters: Rough = NOTHING
    sound: bool = True
    """Whether all that it refers to is in its file."""

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What makes two types one and the same."""
        return self.ifc_class, self.name, self.shape, self.parameters


@dataclass(frozen=True, slots=True)
class Model:
    """One file. ``counts``: the figures of ``yanshou analyse ifc``; ``identities``: GlobalIds of components.

    ``signatures``: (class, type, shape, parameters) digested -> how many components have it. ``contents``: the same without the
    name of the type where shape or parameters tell it, since a copy is easily renamed; ``leaves``: those of leaves alone. Of both
    the ``unfounded`` components are left out, which refer to what the file does not have. ``lacking``: what is missing -> in how
    many components.
    """

    label: str
    sha256: str
    schema: str
    application: tuple[str, ...]
    counts: Mapping[str, int]
    by_class: Mapping[str, int]
    identities: frozenset[bytes]
    leaf_identities: frozenset[bytes]
    signatures: Mapping[int, int]
    contents: Mapping[int, int]
    leaves: Mapping[int, int]
    kinds: tuple[Kind, ...]
    lacking: Mapping[str, int]
    remarks: tuple[Reason, ...] = ()
    rough: Mapping[int, Rough] = field(default_factory=dict)
    """What near-copies of each of ``contents`` share."""
    unfounded: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Specified:
    """What one specification of an IDS came to on one model (by SHA-256): elements it applies to, checks, those in order.

    ``ifc_class``: the one class it applies to, in capitals; empty where it asks otherwise.
    """

    model: str
    name: str
    passed: bool
    elements: int
    elements_passed: int
    checks: int
    checks_passed: int
    ifc_class: str


@dataclass(frozen=True, slots=True)
class Models:
    """The mergeable digest: every file once, by its SHA-256."""

    files: tuple[Model, ...] = ()
    invalid: tuple[Reason, ...] = ()
    specified: tuple[Specified, ...] = ()
    """What an IDS says of each file."""

    def merge(self, other: Self) -> Self:
        """The files of both; the same bytes count once, under the first label."""
        found = {each.sha256: each for each in sorted((*self.files, *other.files), key=_order, reverse=True)}
        files = tuple(sorted(found.values(), key=_order))
        return type(self)(
            files, _union(self.invalid, other.invalid), tuple(sorted({*self.specified, *other.specified}))
        )

    @property
    def identities(self) -> frozenset[bytes]:
        """Every GlobalId of a component in any file."""
        return frozenset().union(*(each.identities for each in self.files))

    def placed(self, *, leaves: bool = False) -> int:
        """Components that copies over files cannot explain: of each content as many as the file with most of them has."""
        most: Counter[int] = Counter()
        leader = self._leaders()
        for each in self.files:
            mine: Counter[int] = Counter()
            for signature, count in (each.leaves if leaves else each.contents).items():
                mine[leader.get(signature, signature)] += count
            most |= mine
        return most.total()

    def _leaders(self) -> dict[int, int]:
        return alike({digest: rough for each in self.files for digest, rough in each.rough.items()})

    @property
    def signatures(self) -> int:
        """Different (class, type, shape, parameters) over all files."""
        return len(set().union(*(each.signatures for each in self.files)))

    @property
    def contents(self) -> int:
        """Different signatures over all files, those that only differ by the name of their type or by jitter as one."""
        leader = self._leaders()
        return len({leader.get(digest, digest) for each in self.files for digest in each.contents})

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Every different type over all files, placed or with a shape of its own, with how often it is placed."""
        found: dict[tuple[str, str, int, int], Kind] = {}
        for kind in (kind for each in self.files for kind in each.kinds):
            known = found.get(kind.key)
            found[kind.key] = (
                kind
                if known is None
                else replace(min(known, kind), placed=known.placed + kind.placed, sound=known.sound and kind.sound)
            )
        return tuple(each for _, each in sorted(found.items()))


def _order(model: Model) -> tuple[str, str]:
    return model.label, model.sha256


def _union(mine: tuple[Reason, ...], other: tuple[Reason, ...]) -> tuple[Reason, ...]:
    found = {(each.code, each.text): each for each in (*mine, *other)}
    return tuple(sorted(found.values(), key=lambda reason: (reason.code, reason.text.zh)))
