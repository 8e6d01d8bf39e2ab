# SPDX-License-Identifier: Apache-2.0
"""Transactions of Ethereum's kinds (legacy with EIP-155, EIP-2930, 1559, 4844, 7702): encoding, hash, what is signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np

from probes.chain.formats.block import Tx
from probes.chain.formats.contents import deploys
from probes.chain.wire import envelopes
from probes.chain.wire.claims import Claim
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.listed import NAMES, Listed
from probes.chain.wire.rlp import Item, decode, encode, wrapped
from probes.chain.wire.rlp import natural as short
from probes.chain.wire.values import MalformedError, natural, octets, taken

_SYSTEM = 0x10000
"""Contracts below this address are the chain's own: precompiled ones, and those of permissioned nodes (0x8888 …)."""
_SIZES = {0: 9, 1: 11, 2: 12, 3: 14, 4: 13}
"""Fields of each type, with the signature's."""
_KINDS = {"to": envelopes.ANY, "input": envelopes.ANY, "hash": 32, "from": 20}
_USUAL = {
    style: (
        [_KINDS.get(each, envelopes.NUMBER) for each in named],
        itemgetter(*named),
        [named.index(each) for each in ("hash", "from", "nonce", "to", "input")],
        [NAMES.index(each) for each in named],
    )
    for style, named in (
        (style, (*fields, "gas", "to", "value", "input", parity, "r", "s", "hash", "from"))
        for style, fields, parity in (
            ("0x0", ("nonce", "gasPrice"), "v"),
            ("0x1", ("chainId", "nonce", "gasPrice"), "yParity"),
            ("0x2", ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas"), "yParity"),
        )
    )
}
"""Of each usual type what its fields are, and the fields, in the order of :func:`envelopes.read`; which of them a Tx has; their places
in the spans of :class:`Listed`."""
_Rows = tuple[list[int], bytes, envelopes.Spans]
"""Places in the block, the text that fields stand in, where they do."""
_HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def transaction(given: Mapping[str, Any], _: Any = None) -> Tx:
    """One transaction of a getBlock answer; its hash and its signer are recomputed."""
    return read(given)[0]


def read(given: Mapping[str, Any]) -> tuple[Tx, bytes | None]:
    """One transaction, and its bytes as the trie of its block has them; None for a type that is not known, or without signature."""
    claimed, sender, payload = octets(taken(given, "hash"), 32), octets(taken(given, "from"), 20), _payload(given)
    to = octets(given.get("to") or "0x")
    nonce = short(natural(taken(given, "nonce")))
    made = Tx(claimed, None, sender, nonce, to, payload, kind(to, payload, sender))
    style = natural(given.get("type") or 0)
    fields = _fields(given, style, (nonce, to, payload))
    if fields is None or given.get("r") is None:
        made.fault = "tx_unsigned" if given.get("r") is None else "tx_type"
        return made, None
    v = natural(given["yParity"] if style and given.get("yParity") is not None else taken(given, "v"))
    return made, _sign(made, style, fields, (v, natural(given["r"]), natural(taken(given, "s"))))


def together(given: Sequence[Mapping[str, Any]]) -> dict[int, tuple[Tx, bytes]]:
    """As :func:`read` for those of a usual kind, all at once and compiled, by their place; the others are left to it."""
    found: dict[int, tuple[Tx, bytes]] = {}
    for style, (places, text, spans) in _stood(given) if isinstance(given, Listed) else _written(given):
        sizes, _, wanted, _ = _USUAL[style]
        made = envelopes.read(text, spans, sizes, int(style, 16), wanted)
        found |= {place: each for place, each, good in zip(places, _made(made), made.good, strict=True) if good}
    return found


def _stood(given: Listed) -> Iterator[tuple[str, _Rows]]:
    """The rows of each type where they stand in the text of an answer."""
    spans, styles = given.spans
    for style, (_, _, _, columns) in _USUAL.items():
        places = np.flatnonzero(styles == int(style, 16))
        if len(places):
            yield style, (places.tolist(), given.text, spans[places[:, np.newaxis], columns])


def _written(given: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, _Rows]]:
    """The rows of each type out of objects, written anew."""
    texts: dict[str, tuple[list[int], list[str]]] = {style: ([], []) for style in _USUAL}
    for at, each in enumerate(given):
        style = each.get("type", "0x0")
        if not isinstance(style, str) or style not in texts or (style != "0x0" and each.get("accessList")):
            continue
        try:
            row = ",".join(_USUAL[style][1](each))
        except (KeyError, TypeError):  # a field is missing, or is no text
            continue
        texts[style][0].append(at)
        texts[style][1].append(row)
    for style, (places, rows) in texts.items():
        made = envelopes.joined(rows, len(_USUAL[style][0])) if rows else None
        if made is not None:
            yield style, (places, *made)


def _made(found: envelopes.Envelopes) -> Iterator[tuple[Tx, bytes]]:
    """Each row as a transaction, and its bytes; what was not read well gives one that nobody may use."""
    _, senders, _, receivers, payloads = found.fields
    claims = map(Claim._make, zip(found.told, found.signature, senders, found.recovery, strict=True))
    kinds = map(kind, receivers, payloads, senders)
    for hash_, sender, nonce, to, payload, computed, what, claim, network, raw_ in zip(
        *found.fields, found.computed, kinds, claims, found.network, found.raw, strict=True
    ):
        made = Tx(hash_, computed, sender, nonce, to, payload, what, claim if claim.recovery >= 0 else None)
        if network >= 0:
            made.network = str(network)
        yield made, raw_


def raw(item: Item) -> tuple[Tx, bytes]:
    """One transaction of an RLP block, and its bytes as the trie has them; its sender is who signed."""
    if isinstance(item, bytes):
        style, parts, encoded = item[0] if item else 0, decode(item[1:]), item
        if not 1 <= style <= 4:
            raise MalformedError("A transaction is of no known type.", cure="update yanshou.")
    else:
        style, parts, encoded = 0, item, encode(item)
    if isinstance(parts, bytes) or len(parts) != _SIZES[style]:
        raise MalformedError("A transaction has more or fewer fields than its type.", cure="fetch the block again.")
    fields, signature = list(parts[:-3]), [int.from_bytes(_bytes(each), "big") for each in parts[-3:]]
    at = {0: (3, 5), 1: (4, 6)}.get(style, (5, 7))
    to, payload = _bytes(fields[at[0]]), _bytes(fields[at[1]])
    nonce = _bytes(fields[0 if style == 0 else 1])
    numbers = [*fields[: at[0]], fields[at[0] + 1], *parts[-3:]]
    if len(to) not in {0, 20} or any(isinstance(each, list) or each[:1] == b"\0" for each in numbers):
        raise MalformedError("A number of a transaction is not in its shortest form.", cure="fetch the block again.")
    made = Tx(keccak256(encoded), None, b"", nonce, to, payload, kind(to, payload))
    _sign(made, style, fields, (signature[0], signature[1], signature[2]))
    return made, encoded


def kind(to: bytes, payload: bytes, sender: bytes = b"") -> str:
    """What a transaction does; code of a contract deploys, whoever it is sent to, and what one sends oneself calls nothing."""
    if not to or deploys(payload):
        return "deploy"
    if int.from_bytes(to, "big") < _SYSTEM:
        return "system"
    return "call" if payload and to != sender else "transfer"


def _sign(made: Tx, style: int, fields: Sequence[Item], signature: tuple[int, int, int]) -> bytes:
    """Its hash, the claim that its sender signed it, and its bytes; EIP-155 puts the chain's number into what is signed."""
    v, r, s = signature
    head, body = bytes([style]) if style else b"", b"".join(map(encode, fields))
    whole = head + wrapped(body + b"".join(encode(short(each)) for each in signature))
    made.computed = keccak256(whole)
    recovery = v
    if style:
        made.network = str(int.from_bytes(_bytes(fields[0]), "big"))
    else:
        recovery = v - 27 if v in {27, 28} else (v - 35) & 1
        if v >= 35:
            made.network = str((v - 35) // 2)
            body += encode(short((v - 35) // 2)) + b"\x80\x80"
        elif v not in {27, 28}:
            return whole
    if max(r, s) < 1 << 256 and r and 0 < s <= _HALF and recovery in {0, 1}:
        told = keccak256(head + wrapped(body))
        made.claim = Claim(told, r.to_bytes(32, "big") + s.to_bytes(32, "big"), made.sender, recovery)
    return whole


def _fields(given: Mapping[str, Any], style: int, known: tuple[bytes, bytes, bytes]) -> list[Item] | None:
    """The fields of a transaction in the order of its type, without the signature; None for an unknown type.

    ``known``: nonce, receiver and payload.
    """

    def number(name: str) -> bytes:
        return _common(given.get(name) or 0)

    nonce, to, payload = known
    if style == 0:
        return [nonce, number("gasPrice"), number("gas"), to, number("value"), payload]
    access: Item = [
        [octets(taken(each, "address"), 20), [octets(key, 32) for key in taken(each, "storageKeys")]]
        for each in given.get("accessList") or ()
    ]
    prices = [number(name) for name in (("gasPrice",) if style == 1 else ("maxPriorityFeePerGas", "maxFeePerGas"))]
    head: list[Item] = [number("chainId"), nonce, *prices, number("gas"), to, number("value"), payload, access]
    if style == 3:
        blobs: Item = [octets(each, 32) for each in taken(given, "blobVersionedHashes")]
        return [*head, short(natural(taken(given, "maxFeePerBlobGas"))), blobs]
    if style == 4:
        return [*head, [_authorisation(each) for each in taken(given, "authorizationList")]]
    return head if style in {1, 2} else None


@lru_cache(4096, typed=True)
def _common(value: Any) -> bytes:
    """A number that many transactions share, like the price of gas."""
    return short(natural(value))


def _authorisation(given: Mapping[str, Any]) -> Item:
    parity = given["yParity"] if given.get("yParity") is not None else taken(given, "v")
    numbers = [short(natural(each)) for each in (parity, taken(given, "r"), taken(given, "s"))]
    head = [
        short(natural(taken(given, "chainId"))),
        octets(taken(given, "address"), 20),
        short(natural(taken(given, "nonce"))),
    ]
    return [*head, *numbers]


def _payload(given: Mapping[str, Any]) -> bytes:
    return octets(taken(given, "input", "data"))


def _bytes(item: Item) -> bytes:
    if not isinstance(item, bytes):
        raise MalformedError("A field of a transaction is a list.", cure="fetch the block again.")
    return item
