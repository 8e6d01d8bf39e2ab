# SPDX-License-Identifier: Apache-2.0
"""Blocks and transactions of FISCO BCOS 2.x: the header is an RLP list, hashed by Keccak-256 or, on a 国密 chain, by SM3.

Which of the two gives the claimed hash is the evidence of 国密; seals are over the block's hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from probes.chain.formats.block import Block, Tx
from probes.chain.wire import sm2
from probes.chain.wire.claims import Claim
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.merkle import Hash, root2
from probes.chain.wire.rlp import encode
from probes.chain.wire.rlp import natural as short
from probes.chain.wire.sm3 import sm3
from probes.chain.wire.values import MalformedError, natural, octets, taken

ALGORITHMS: Mapping[str, Hash] = {"sm3": sm3, "keccak256": keccak256}
NOBODY = bytes(20)
_PRECOMPILED = 1 << 32
"""Contracts below this address are the chain's own: 0x1000 and 0x5000 and up, those of governance at 0x10000 and up. Others have digests as theirs."""


def block(given: Mapping[str, Any]) -> Block:
    """The block of a getBlock or getBlockHeader answer; MalformedError where something is missing."""
    number, claimed = natural(taken(given, "number")), octets(taken(given, "hash"), 32)
    sealers = tuple(octets(each, 64) for each in _list(given, "sealerList"))
    sealer = natural(taken(given, "sealer"))
    fields = [
        octets(taken(given, name), 32) for name in ("parentHash", "stateRoot", "transactionsRoot", "receiptsRoot")
    ]
    preimage = encode(
        [
            *fields,
            octets(taken(given, "dbHash"), 32),
            octets(taken(given, "logsBloom"), 256),
            *(short(natural(taken(given, name))) for name in ("number", "gasLimit", "gasUsed", "timestamp")),
            [octets(each) for each in _list(given, "extraData")],
            short(sealer),
            list(sealers),
        ]
    )
    algorithm, digest = matched(preimage, claimed)
    made = Block("fisco2", number, claimed, digest, algorithm, fields[0], natural(given["timestamp"]), sealers)
    made.genesis, made.tx_root = number == 0, fields[2]
    made.signer = sealers[sealer].hex() if sealer < len(sealers) else ""
    made.seals = [seal(each, "index", claimed, sealers) for each in given.get("signatureList") or ()]
    made.quorum = 0 if made.genesis or "signatureList" not in given else majority([1] * len(sealers))
    transactions(made, given.get("transactions"), transaction, fields[2], root2)
    return made


def majority(weights: Sequence[int]) -> int:
    """Weights that PBFT takes: all but a third."""
    total = sum(weights)
    return total - (total - 1) // 3 if total else 1


def matched(preimage: bytes, claimed: bytes) -> tuple[str, bytes]:
    """The algorithm that gives the claimed hash and that hash; else none and SM3's."""
    for name, digest in ALGORITHMS.items():
        found = digest(preimage)
        if found == claimed:
            return name, found
    return "", sm3(preimage)


def seal(given: Any, key: str, claimed: bytes, sealers: Sequence[bytes]) -> tuple[int, Claim]:
    """One entry of a signatureList: (index, what it claims); a sealer that is not in the list owns nothing."""
    if not isinstance(given, Mapping):
        raise MalformedError("A seal is no object.", cure="fetch the block again.")
    index, signature = natural(taken(given, key)), octets(taken(given, "signature"))
    who = sealers[index] if index < len(sealers) else bytes(64)
    return index, signed(claimed, signature, who)


def signed(told: bytes, signature: bytes, who: bytes) -> Claim:
    """A signature by its length: r|s|v is ECDSA; r|s and r|s|key are SM2 over ZA and what is told."""
    if len(signature) == 65:
        return Claim(told, signature[:64], who, signature[64] - 27 if signature[64] >= 27 else signature[64])
    if len(signature) == 128:
        key = signature[64:]
        return Claim(sm2.digest(told, key), signature[:64], key if who in {b"", key} else bytes(64), -1)
    return Claim(sm2.digest(told, who), signature, who, -1)


def transactions(made: Block, given: Any, read: Any, root: bytes, rooted: Any) -> None:
    """Read the transactions that an answer has, as hashes or whole, and hold their root against the header's."""
    if given is None:
        return
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise MalformedError("The transactions are no list.", cure="fetch the block again.")
    made.count = len(given)
    whole = [each for each in given if isinstance(each, Mapping)]
    if whole and len(whole) != len(given):
        raise MalformedError("Some transactions are whole and some are not.", cure="fetch the block again.")
    digest = ALGORITHMS.get(made.algorithm)
    if whole:
        groups = {_group(each) for each in whole}
        made.channel = groups.pop() if len(groups) == 1 else "?"
        made.txs = tuple(guarded(each, read, digest or sm3) for each in whole)
        made.tx_hashes = tuple(tx.hash if tx.computed is None else tx.computed for tx in made.txs)
    else:
        made.tx_hashes = tuple(octets(each, 32) for each in given)
    if digest is None or made.genesis:
        return
    made.tx_root_ok = rooted(made.tx_hashes, digest) == root if made.tx_hashes else None


def _group(given: Mapping[str, Any]) -> str:
    """The group that a transaction is for, as profiles write it: by its number (2.x) or its name (3.x)."""
    told = given.get("groupID", given.get("groupId", ""))
    try:
        return str(natural(told))
    except MalformedError:
        return str(told)


def guarded(given: Mapping[str, Any], read: Any, digest: Hash) -> Tx:
    """One transaction; what cannot be read keeps its place and its code."""
    try:
        made: Tx = read(given, digest)
    except (MalformedError, TypeError, KeyError, AttributeError, ValueError, IndexError, OverflowError):
        return Tx(b"", None, b"", b"", b"", b"", "call", fault="tx_unreadable")
    return made


def transaction(given: Mapping[str, Any], digest: Hash) -> Tx:
    """One transaction of 2.x: its hash over the RLP with the signature, which signs the hash of the RLP without it."""
    claimed, sender = octets(taken(given, "hash"), 32), octets(taken(given, "from"), 20)
    to, payload = octets(given.get("to") or "0x"), octets(taken(given, "input"))
    deploy = to in {b"", NOBODY}
    nonce = short(natural(taken(given, "nonce")))
    body: list[bytes] = [
        nonce,
        *(short(natural(taken(given, name))) for name in ("gasPrice", "gas", "blockLimit")),
        b"" if deploy else to,
        short(natural(taken(given, "value"))),
        payload,
        *(short(natural(taken(given, name))) for name in ("chainId", "groupId")),
        octets(given.get("extraData") or "0x"),
    ]
    made = Tx(claimed, None, sender, nonce, to, payload, kind(to, deploy=deploy))
    signature = given.get("signature")
    if signature is None:
        made.fault = "tx_unsigned"
        return made
    whole = octets(taken(signature, "signature"))
    r, s = (octets(taken(signature, name)) for name in ("r", "s"))
    unsigned = digest(encode(body))
    if len(whole) == 128:
        key = whole[64:]
        body += [key, r.lstrip(b"\0"), s.lstrip(b"\0")]
        made.claim = Claim(
            sm2.digest(unsigned, key), whole[:64], key if address(key, digest) == sender else bytes(64), -1
        )
    elif len(whole) == 65:
        v = natural(taken(signature, "v"))
        v -= 27 if v >= 27 else 0
        body += [short(v + 27), r.lstrip(b"\0"), s.lstrip(b"\0")]
        made.claim = Claim(unsigned, whole[:64], sender, v)
    if r.rjust(32, b"\0") + s.rjust(32, b"\0") != whole[:64]:
        made.claim = None
    made.computed = digest(encode(body))
    return made


def address(key: bytes, digest: Hash) -> bytes:
    """Of a key: the last 20 bytes of its hash."""
    return digest(key)[-20:]


def kind(to: bytes, *, deploy: bool) -> str:
    """What a transaction does, by whom it is addressed to."""
    if deploy:
        return "deploy"
    return "system" if int.from_bytes(to, "big") < _PRECOMPILED or to.startswith(b"/sys") else "call"


def _list(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = taken(given, name)
    if not isinstance(found, list):
        msg = f"{name} is no list."
        raise MalformedError(msg, cure="fetch the block again.")
    return found
