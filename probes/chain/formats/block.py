# SPDX-License-Identifier: Apache-2.0
"""A block as every kind of chain is read: what it claims, what recomputes, whose seals it bears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from probes.chain.wire.claims import Claim, settle


@dataclass(slots=True)
class Tx:
    """One transaction. ``computed``: its hash, None where it cannot be recomputed; ``claim``: its signature, None where it has none.

    ``kind``: call, deploy, system, transfer. ``payload``: what the business wrote. ``good``: the signature is the sender's.
    """

    hash: bytes
    computed: bytes | None
    sender: bytes
    nonce: bytes
    to: bytes
    payload: bytes
    kind: str
    claim: Claim | None = None
    good: bool = False
    failed: bool | None = None
    """By its receipt or the block's own mark; None where neither says."""
    fault: str = ""
    """Why it cannot be read, as a code."""
    network: str = ""
    """The number of the chain that it is signed for, where its signature says (EIP-155)."""

    @property
    def sound(self) -> bool:
        """Its hash recomputes and its signature is the sender's."""
        return self.computed == self.hash and self.good


@dataclass(slots=True)
class Block:
    """One block. ``hash``: recomputed, as the algorithm that gives ``claimed``, else as the first one tried.

    ``seals``: (index among the sealers, claim); ``valid`` is filled by :func:`check`. ``quorum``: how many of them finality takes,
    0 where the chain has no such thing. ``algorithm``: empty where none gives the claimed hash.
    """

    form: str
    number: int
    claimed: bytes
    hash: bytes
    algorithm: str
    parent: bytes
    time_ms: int
    sealers: tuple[bytes, ...] = ()
    weights: tuple[int, ...] = ()
    seals: list[tuple[int, Claim]] = field(default_factory=list)
    valid: list[bool] = field(default_factory=list)
    quorum: int = 0
    signer: str = ""
    proposer: Claim | None = None
    """The seal of who made the block, where its signer is only known from it."""
    tx_hashes: tuple[bytes, ...] = ()
    txs: tuple[Tx, ...] = ()
    count: int | None = None
    """Transactions, where the answer tells them at all."""
    tx_root: bytes = b""
    """The root of its transactions as the header has it, where single ones are proven below it."""
    tx_root_ok: bool | None = None
    genesis: bool = False
    vouched: bool | None = None
    """Whether an orderer of the channel signed it (Fabric); None where that cannot be known or is not asked."""
    channel: str = ""
    """What its transactions say that they are for: channel (Fabric), chain (ChainMaker), group (FISCO BCOS); ? for several."""
    faults: list[str] = field(default_factory=list)

    @property
    def header_ok(self) -> bool:
        """The header hashes to what the block claims."""
        return bool(self.algorithm)

    @property
    def sealed(self) -> bool:
        """As many weights as finality takes signed, each sealer counted once, whatever places in the list it has."""
        if self.vouched is not None:
            return self.vouched
        signed = sorted({index for (index, _), good in zip(self.seals, self.valid, strict=False) if good})
        weights = self.weights or (1,) * len(self.sealers)
        first = {key: at for at, key in reversed([*enumerate(self.sealers)])}
        counted = {first.get(self.sealers[at], at) if at < len(self.sealers) else at for at in signed}
        return bool(self.quorum) and sum(weights[index] for index in counted if index < len(weights)) >= self.quorum


def check(blocks: Sequence[Block], alone: Sequence[Tx] = ()) -> None:
    """Check every seal and every transaction's signature, all in one batch, and note what fails."""
    seals = [claim for block in blocks for _, claim in block.seals]
    makers = [block.proposer for block in blocks if block.proposer is not None]
    owned = [tx for txs in (*(block.txs for block in blocks), alone) for tx in txs if tx.claim is not None]
    who = settle([*seals, *makers, *(tx.claim for tx in owned if tx.claim is not None)])
    at = 0
    for block in blocks:
        block.valid = [found is not None for found in who[at : at + len(block.seals)]]
        at += len(block.seals)
    for block in blocks:
        if block.proposer is not None:
            block.signer = "" if who[at] is None else f"0x{(who[at] or b'').hex()}"
            at += 1
    for tx in owned:
        tx.good, tx.sender = who[at] is not None, tx.sender or who[at] or b""
        at += 1
    for block in blocks:
        block.faults = list(dict.fromkeys([*block.faults, *_faults(block)]))


def _faults(block: Block) -> Iterable[str]:
    if not block.header_ok:
        yield "header_hash"
    if block.tx_root_ok is False:
        yield "data_hash" if block.form == "fabric" else "tx_root"
    if any(not good for good in block.valid):
        yield "seal"
    if any(times > 1 for times in Counter(index for index, _ in block.seals).values()):
        yield "seal_twice"
    if block.quorum and not block.sealed:
        yield "quorum"
    if block.form == "fabric" and block.tx_root_ok is False:
        return  # altered envelopes bear wrong signatures as well: the same event once
    if block.vouched is False:
        yield "seal"
    for tx in block.txs:
        if tx.fault or not tx.sound:
            yield from faults(tx)


def faults(tx: Tx) -> Iterable[str]:
    """What is wrong with a transaction, as a code."""
    if tx.fault:
        yield tx.fault
    elif tx.computed != tx.hash:
        yield "tx_hash"
    elif not tx.good:
        yield "tx_signature"
