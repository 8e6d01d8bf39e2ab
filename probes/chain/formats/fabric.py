# SPDX-License-Identifier: Apache-2.0
"""Ledger files and blocks of Hyperledger Fabric: SHA-256 over the header in DER, data hash over the envelopes.

A ledger file (common/ledger/blkstorage) is blocks one after the other, each behind its length; a block alone is a message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import DecodeError
from probes.chain.formats import msp
from probes.chain.formats.block import Block, Tx
from probes.chain.wire import der
from probes.chain.wire.protobuf import Fields, count, fields, messages, part, varint

_CONFIG, _ENDORSED, _VALID, _FILTER, _SIGNATURES = 1, 3, 0, 2, 0
_LIFECYCLE = {b"lscc", b"_lifecycle", b"cscc", b"qscc"}
_LARGEST = 1 << 28


@dataclass(frozen=True, slots=True)
class _Stored:
    number: int
    data_hash: bytes
    previous: bytes
    envelopes: Sequence[bytes]
    metadata: Sequence[bytes]


def blocks(data: bytes, known: msp.Authorities | None = None) -> tuple[list[Block], bool]:
    """The blocks of a ledger file, or the one of a block message, and whether the file ends with a whole one.

    ``known``: the authorities of configurations so far, to which those in here are added. DecodeError where it is neither.
    """
    try:
        stored, whole = _file(data)
    except DecodeError:
        stored, whole = [_message(data)], True
    known = msp.Authorities() if known is None else known
    return [_block(each, known) for each in stored], whole


def height(data: bytes) -> int:
    """The number of the last block, of a BlockchainInfo, which counts blocks (``common/ledger.proto``)."""
    return count(fields(data), 1) - 1


def channels(data: bytes) -> list[str]:
    """The channels that a peer is in, of a ChannelQueryResponse (``peer/query.proto``)."""
    return [part(each, 1).decode("utf-8", "replace") for each in messages(fields(data), 1)]


def configurations(data: bytes) -> list[bytes]:
    """The blocks of a piece of a ledger file that configure the channel, each as a piece of its own; none where it is no ledger."""
    found, at = [], 0
    try:
        while at < len(data):
            size, begin = varint(data, at)
            known = msp.Authorities()
            for each in _serialised(data[begin : begin + size]).envelopes:
                _configured(each, known)
            found += [data[at : begin + size]] if known else []
            at = begin + size
    except DecodeError:
        return found
    return found


def header(number: int, previous: bytes, data_hash: bytes) -> bytes:
    """SEQUENCE {number, previous hash, data hash}, which orderers sign (protoutil.BlockHeaderBytes)."""
    return der.sequence(
        der.integer(number), der.sequence(previous, tag=der.OCTETS), der.sequence(data_hash, tag=der.OCTETS)
    )


def header_hash(number: int, previous: bytes, data_hash: bytes) -> bytes:
    """SHA-256 of :func:`header` (protoutil.BlockHeaderHash)."""
    return hashlib.sha256(header(number, previous, data_hash)).digest()


def _block(stored: _Stored, known: msp.Authorities) -> Block:
    """One block; ``known``: the authorities of the configurations so far, to which its own are added."""
    digest = header_hash(stored.number, stored.previous, stored.data_hash)
    made = Block("fabric", stored.number, digest, digest, "sha256", stored.previous, 0)
    made.genesis, made.count = stored.number == 0, len(stored.envelopes)
    made.tx_root_ok = hashlib.sha256(b"".join(stored.envelopes)).digest() == stored.data_hash
    flags = stored.metadata[_FILTER] if len(stored.metadata) > _FILTER else b""
    for each in stored.envelopes:
        _configured(each, known)
    found = [
        _transaction(each, flags[at] if at < len(flags) else None, known) for at, each in enumerate(stored.envelopes)
    ]
    channels = [_channel(each) for each in stored.envelopes]
    made.channel = next((each.decode("utf-8", "replace") for each in channels if each), "")
    for (tx, _), each in zip(found, channels, strict=True):
        tx.good &= each == channels[0]  # a peer takes none of another channel
    for tx, _ in found if made.genesis else ():
        tx.good |= (
            not tx.sender and tx.kind == "system"
        )  # nobody is a member yet who could sign the first configuration
    made.txs, made.time_ms = tuple(tx for tx, _ in found), max((ms for _, ms in found), default=0)
    made.tx_hashes = tuple(tx.hash for tx in made.txs)
    signers = list(_signers(stored, known.consenters))
    made.signer = signers[0][0].decode("utf-8", "replace") if signers else ""
    if signers and known and not made.genesis:
        signed = {identity for _, identity, good in signers if good and msp.vouched(identity, known)}
        if known.consenters:
            signed &= {*known.consenters.values()}
        made.vouched = len(signed) >= known.quorum
    return made


def _file(data: bytes) -> tuple[list[_Stored], bool]:
    found: list[_Stored] = []
    at = 0
    while at < len(data):
        size, begin = varint(data, at)
        if not found and not 0 < size <= _LARGEST:
            raise DecodeError("This is no Fabric ledger.", cure="export the ledger again.")
        try:
            if not 0 < size <= len(data) - begin:
                return found or [_serialised(data[begin:])], False
            found.append(_serialised(data[begin : begin + size]))
        except DecodeError:
            if not found:
                raise
            return found, False
        at = begin + size
    return found, True


def _serialised(data: bytes) -> _Stored:
    """A block as blkstorage writes it: header, envelopes, metadata, each behind its length."""
    number, at = varint(data, 0)
    data_hash, at = _chunk(data, at)
    previous, at = _chunk(data, at)
    envelopes, at = _chunks(data, at)
    metadata, at = _chunks(data, at)
    if at != len(data) or len(data_hash) != 32 or len(previous) not in {0, 32}:
        raise DecodeError("This is no block of a Fabric ledger.", cure="export the ledger again.")
    return _Stored(number, data_hash, previous, envelopes, metadata)


def _chunk(data: bytes, at: int) -> tuple[bytes, int]:
    size, at = varint(data, at)
    if size > len(data) - at:
        raise DecodeError("A block of the ledger file is cut off.", cure="export the ledger again.")
    return data[at : at + size], at + size


def _chunks(data: bytes, at: int) -> tuple[list[bytes], int]:
    number, at = varint(data, at)
    if number > len(data):
        raise DecodeError("A block of the ledger file is cut off.", cure="export the ledger again.")
    found = []
    for _ in range(number):
        each, at = _chunk(data, at)
        found.append(each)
    return found, at


def _message(data: bytes) -> _Stored:
    """A block as common.Block: header 1, data 2, metadata 3."""
    block = fields(data)
    header, body, metadata = (fields(part(block, number)) for number in (1, 2, 3))
    data_hash = part(header, 3)
    if len(data_hash) != 32 or 1 not in body:
        raise DecodeError("This is no block of Fabric.", cure="export the block again.")
    return _Stored(count(header, 1), data_hash, part(header, 2), _all(body), _all(metadata))


def _all(message: Fields) -> list[bytes]:
    return [each for each in message.get(1, []) if isinstance(each, bytes)]


def _configured(envelope: bytes, known: msp.Authorities) -> None:
    """Add what a configuration names; an envelope of another kind adds nothing."""
    try:
        payload = fields(part(fields(envelope), 1))
        if count(fields(part(fields(part(payload, 1)), 1)), 1) == _CONFIG:
            told = msp.authorities(part(payload, 2))
            for name, found in told.items():
                known.setdefault(name, set()).update(found)
            known.consenters = told.consenters
    except DecodeError:
        return


def _channel(envelope: bytes) -> bytes:
    """The channel that an envelope is for; empty where that cannot be read."""
    try:
        return part(fields(part(fields(part(fields(part(fields(envelope), 1)), 1)), 1)), 4)
    except DecodeError:
        return b""


def _transaction(envelope: bytes, flag: int | None, known: msp.Authorities) -> tuple[Tx, int]:
    """One envelope, and when its client says it was made (ms). What cannot be read keeps its place and its code.

    Its client's signature is checked, and every endorsement; whose certificate no authority of its MSP issued signs nothing.
    """
    digest = hashlib.sha256(envelope).digest()
    try:
        whole = fields(envelope)
        payload = fields(part(whole, 1))
        header = fields(part(payload, 1))
        channel, signature = fields(part(header, 1)), fields(part(header, 2))
        creator, nonce = part(signature, 1), part(signature, 2)
        time = fields(part(channel, 3))
        ms = 1000 * count(time, 1) + count(time, 2) // 1_000_000
        endorsed = count(channel, 1) == _ENDORSED
        asked = part(header, 1) + part(header, 2)
        name, args, endorsements, wrote = _invocation(part(payload, 2), asked) if endorsed else (b"", b"", [], True)
    except DecodeError:
        return Tx(digest, digest, b"", b"", b"", b"", "call", fault="tx_unreadable"), 0
    kind = "system" if not endorsed or name in _LIFECYCLE else "call" if wrote else "transfer"
    named = not endorsed or part(channel, 5) == hashlib.sha256(nonce + creator).hexdigest().encode()
    made = Tx(digest, digest if named else None, creator, nonce, name, args, kind)
    told = [(creator, part(whole, 2), part(whole, 1)), *endorsements]
    made.good = (bool(endorsements) or not endorsed) and all(
        msp.signed(*each) and (not known or msp.vouched(each[0], known)) for each in told
    )
    made.failed = None if flag is None else flag != _VALID
    return made, ms


def _invocation(data: bytes, asked: bytes) -> tuple[bytes, bytes, list[tuple[bytes, bytes, bytes]], bool]:
    """The chaincode's name, its arguments, (who, signature, what was signed) of each endorsement, and whether anything was written.

    Endorsements of another proposal are none.

    Transaction → action → proposal payload → input → spec; the endorsed action stands beside the proposal. ``asked``: both headers
    of the proposal. DecodeError where there are several actions: Fabric has one (core/common/validation).
    """
    actions = fields(data).get(1, [])
    if len(actions) != 1 or not isinstance(actions[0], bytes):
        raise DecodeError("A transaction of Fabric has one action.", cure="export the ledger again.")
    action = fields(part(fields(actions[0]), 2))
    spec = fields(part(fields(part(fields(part(action, 1)), 1)), 1))
    chaincode, given = fields(part(spec, 2)), fields(part(spec, 3))
    args = [each for each in given.get(1, []) if isinstance(each, bytes)]
    endorsed = fields(part(action, 2))
    response = part(endorsed, 1)
    same = part(fields(response), 1) == hashlib.sha256(asked + part(action, 1)).digest()
    who = messages(endorsed, 2) if same else []
    told = [(part(each, 1), part(each, 2), response + part(each, 1)) for each in who]
    return part(chaincode, 2), b"".join(len(each).to_bytes(4, "big") + each for each in args), told, _wrote(response)


def _wrote(response: bytes) -> bool:
    """Whether the endorsed results write a key, in public or in a collection (``ledger/rwset``): a question that was put to the orderer does not."""
    results = fields(part(fields(part(fields(response), 2)), 1))
    return any(
        3 in fields(part(each, 2)) or any(2 in fields(part(one, 2)) for one in messages(each, 3))
        for each in messages(results, 2)
    )


def _signers(stored: _Stored, consenters: Mapping[int, bytes]) -> Iterator[tuple[bytes, bytes, bool]]:
    """(MSP, identity, whether the signature is right) of each orderer that signed the block (protoutil.BlockSignatureVerifier).

    Orderers that agree by votes say no more of themselves than their number among the consenters.
    """
    try:
        told = fields(stored.metadata[_SIGNATURES]) if stored.metadata else {}
        for each in told.get(2, []):
            one = fields(each) if isinstance(each, bytes) else {}
            head = part(one, 1)
            identity = part(fields(head), 1)
            if not head and consenters:
                head = part(one, 3)
                identity = consenters.get(count(fields(head), 1), b"")
            signed = part(told, 1) + head + header(stored.number, stored.previous, stored.data_hash)
            yield msp.name_of(identity), identity, msp.signed(identity, part(one, 2), signed)
    except DecodeError:
        return
