# SPDX-License-Identifier: Apache-2.0
"""What the records of an Ethereum chain were written to: a contract by the nodes' word, or an address that the profile declares.

A transaction with data to an address without a contract succeeds, and nothing took it. Such data are records where the profile says
so (``accounts``), and where no contract stands there. What stands at an address is what more than half of the nodes that tell it say.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from harness.model import Lack, Reason, Side
from probes.chain.formats.words import WORDS
from probes.chain.measurands.gathered import Gathered
from probes.chain.measurands.nodes import identity

GOOD, EMPTY, UNKNOWN, DISPUTED, OCCUPIED = range(5)
"""As declared; no contract; nobody tells; the nodes differ; a contract where the profile says that none is."""
_LACKS = {UNKNOWN: "code-unknown", DISPUTED: "code-disputed", OCCUPIED: "account-occupied"}


def of(view: Gathered, txs: NDArray[np.void]) -> NDArray[np.int8]:
    """Of each transaction what it was sent to; :data:`GOOD` on a chain that is none of Ethereum's kind."""
    if not _evm(view):
        return np.full(len(txs), GOOD, np.int8)
    standing, declared = _standing(view), {each[2:] for one in view.settings for each in one.accounts}
    return np.array([_state(bytes(each).hex(), standing, declared) for each in txs["to"]], np.int8)


def lacks(view: Gathered, txs: NDArray[np.void]) -> Iterator[Lack]:
    """What leaves open whether these transactions, which count, were written to what the profile says."""
    found = of(view, txs)
    for state, key in _LACKS.items():
        hit = found == state
        if hit.any():
            names = sorted({f"0x{bytes(each).hex()}" for each in txs["to"][hit]})
            yield WORDS.lack(key, Side.PASS, count=int(hit.sum()), names=names)


def differing(view: Gathered) -> Iterator[Reason]:
    """Nodes that tell of an address something else than most do."""
    for address, said in sorted(_said(view).items()):
        most = _most(said)
        names = sorted(name for name, digest in said.items() if digest != most)
        if most is not None and names:
            yield WORDS.reason("code-differs", address=f"0x{address}", names=names)


def _evm(view: Gathered) -> bool:
    return any(each.chain == "evm" for each in view.settings)


def _state(address: str, standing: Mapping[str, str | None], declared: set[str]) -> int:
    if address not in standing:
        return UNKNOWN
    code = standing[address]
    if code is None:
        return DISPUTED
    if address in declared:
        return OCCUPIED if code else GOOD
    return GOOD if code else EMPTY


def _standing(view: Gathered) -> dict[str, str | None]:
    """Digest of the code at each address, empty where no contract stands there; None where no majority says."""
    return {address: _most(said) for address, said in _said(view).items()}


def _said(view: Gathered) -> dict[str, dict[str, str | None]]:
    """By address what each node says, names with one key being one node; None of a node that says two things."""
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    first: dict[str, str] = {}
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for node in view.declared:
        name = first.setdefault(identity(view, node) or node.name, node.name)
        for each in node.all("code"):
            address, _, digest = each.partition(":")
            told[address, name].add(digest)
    for (address, name), digests in told.items():
        found[address][name] = digests.pop() if len(digests) == 1 else None
    return found


def _most(said: Mapping[str, str | None]) -> str | None:
    digest, count = Counter(said.values()).most_common(1)[0]
    return digest if 2 * count > len(said) else None
