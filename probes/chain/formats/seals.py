# SPDX-License-Identifier: Apache-2.0
"""Who sealed a block of Ethereum's kind: Clique (EIP-225), Istanbul BFT (EIP-650), Besu's IBFT 2.0 and QBFT.

Each engine hides other parts of extraData from the block's hash; the reading that gives the claimed hash is the right one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import DecodeError
from probes.chain.wire.claims import Claim
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.rlp import Item, decode, encode

_VANITY, _SEAL, _DIFFICULTY, _EXTRA, _MIX, _NONCE = 32, 65, 7, 12, 13, 14
_BFT = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
"""The mixHash of Istanbul and its kin."""
_COMMIT = b"\x02"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One reading of extraData. ``certain``: the header itself says that this engine made it."""

    engine: str
    hash: bytes
    sealers: tuple[bytes, ...] = ()
    seals: Sequence[tuple[int, Claim]] = ()
    quorum: int = 0
    proposer: Claim | None = None
    certain: bool = False


def readings(fields: list[Item], extra: bytes, number: int) -> Iterator[Sealed]:
    """What the header may be, the most particular first; the plain hash is the last."""
    bft = fields[_MIX] == _BFT
    if bft:
        yield from _istanbul(fields, extra, number)
        yield from _besu(fields, extra, number)
    plain = keccak256(encode(fields))
    if not bft and _poa(fields, number) and len(extra) >= _VANITY + _SEAL and (len(extra) - _VANITY - _SEAL) % 20 == 0:
        yield _clique(fields, extra, number, plain)
    yield Sealed("", plain)


def _poa(fields: list[Item], number: int) -> bool:
    """Whether the header may be Clique's at all: difficulty 2 or 1, in turn or not, and no vote but two (EIP-225).

    A header of another engine with as long an extraData names no signer.
    """
    return number == 0 or (fields[_DIFFICULTY] in {b"\1", b"\2"} and fields[_NONCE] in {bytes(8), b"\xff" * 8})


def two_thirds(count: int) -> int:
    """Seals that Istanbul and its kin take: two thirds of the validators, rounded up."""
    return (2 * count + 2) // 3


def _clique(fields: list[Item], extra: bytes, number: int, plain: bytes) -> Sealed:
    listed = extra[_VANITY:-_SEAL]
    signers = tuple(listed[at : at + 20] for at in range(0, len(listed), 20))
    seal = _claim(keccak256(_with(fields, extra[:-_SEAL])), extra[-_SEAL:], b"")
    return Sealed("clique", plain, signers, [], 0, None if number == 0 else seal)


def _istanbul(fields: list[Item], extra: bytes, number: int) -> Iterator[Sealed]:
    vanity = extra[:_VANITY]
    parts = _list(extra[_VANITY:])
    if parts is None or len(parts) != 3 or isinstance(parts[0], bytes) or not isinstance(parts[1], bytes):
        return
    if isinstance(parts[2], bytes):
        return
    validators, empty = _addresses(parts[0]), [b""]
    told = keccak256(_with(fields, vanity + encode([parts[0], parts[1], []])))
    proposal = keccak256(_with(fields, vanity + encode([parts[0], empty[0], []])))
    if number == 0:
        yield Sealed("ibft", keccak256(encode(fields)), validators)
        return
    seals = _seals(parts[2], keccak256(told + _COMMIT), validators)
    maker = _claim(proposal_digest(proposal), parts[1], b"")
    yield Sealed("ibft", told, validators, seals, two_thirds(len(validators)), maker, certain=True)


def proposal_digest(proposal: bytes) -> bytes:
    """What the proposer of Istanbul signs: the hash of the hash of the header without any seal."""
    return keccak256(proposal)


def _besu(fields: list[Item], extra: bytes, number: int) -> Iterator[Sealed]:
    """IBFT 2.0 leaves round and seals out of the block's hash; QBFT puts zero and an empty list there."""
    parts = _list(extra)
    if parts is None or len(parts) != 5 or isinstance(parts[1], bytes) or isinstance(parts[4], bytes):
        return
    validators, kept = _addresses(parts[1]), [*parts[:3]]
    if number == 0:
        yield Sealed("qbft", keccak256(encode(fields)), validators)
    for engine, blank, told in (("qbft", [*kept, b"", []], [*kept, parts[3], []]), ("ibft2", kept, [*kept, parts[3]])):
        digest = keccak256(_with(fields, encode(told)))
        seals = _seals(parts[4], digest, validators)
        block = keccak256(_with(fields, encode(blank)))
        yield Sealed(engine, block, validators, seals, two_thirds(len(validators)))


def _seals(given: Sequence[Item], told: bytes, validators: Sequence[bytes]) -> list[tuple[int, Claim]]:
    """Committed seals; whose each one is shows only when it is recovered, so that it stands in the place of its signer."""
    from probes.chain.wire import secp256k1

    known = {address: index for index, address in enumerate(validators)}
    found = []
    for each in given:
        claim = _claim(told, each if isinstance(each, bytes) else b"", b"")
        key = (
            None if claim is None else secp256k1.recover(secp256k1.Seal(claim.digest, claim.signature, claim.recovery))
        )
        signer = b"" if key is None else secp256k1.address(key)
        index = known.get(signer, len(validators))
        nobody = Claim(told, bytes(64), bytes(20), 0)
        found.append((index, nobody if claim is None or signer not in known else claim._replace(who=signer)))
    return found


def _claim(told: bytes, seal: bytes, who: bytes) -> Claim | None:
    if len(seal) != _SEAL:
        return None
    return Claim(told, seal[:64], who, seal[64] - 27 if seal[64] >= 27 else seal[64])


def _with(fields: list[Item], extra: bytes) -> bytes:
    return encode([*fields[:_EXTRA], extra, *fields[_EXTRA + 1 :]])


def _list(data: bytes) -> Sequence[Item] | None:
    try:
        found = decode(data)
    except DecodeError:
        return None
    return None if isinstance(found, bytes) else found


def _addresses(given: Sequence[Item]) -> tuple[bytes, ...]:
    return tuple(each for each in given if isinstance(each, bytes) and len(each) == 20)
