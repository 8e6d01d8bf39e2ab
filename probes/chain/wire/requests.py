# SPDX-License-Identifier: Apache-2.0
"""What a ChainMaker node is asked over gRPC (pb-go v2 ``common/request.proto``, ``discovery``, ``config``), as bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from probes.chain.wire.protobuf import Fields, fields, inside, message, messages, part

PATH = "/api.RpcNode/SendRequest"
QUERY, CONFIG = "CHAIN_QUERY", "CHAIN_CONFIG"
_QUERY_CONTRACT = 1


def payload(chain: str, method: str, given: Sequence[tuple[str, str]], tx_id: str, time_s: int) -> bytes:
    """A query of a system contract, which its sender has to sign."""
    contract = CONFIG if method == "GET_CHAIN_CONFIG" else QUERY
    pairs = b"".join(inside(8, message((1, key), (2, value))) for key, value in given)
    head = message((1, chain), (2, _QUERY_CONTRACT), (3, tx_id), (4, time_s), (6, contract), (7, method))
    return head + pairs


def member(organisation: str, certificate: bytes) -> bytes:
    """A member by its certificate in PEM (``accesscontrol/member.proto``)."""
    return message((1, organisation), (3, certificate))


def request(told: bytes, signer: bytes, signature: bytes) -> bytes:
    """TxRequest: payload, and its sender with the signature."""
    return message((1, told), (2, message((1, signer), (2, signature))))


def chain_info(data: bytes) -> tuple[int, list[tuple[str, bytes]]]:
    """(height, (node id, TLS certificate) of each node known) of a ChainInfo."""
    told = fields(data)
    height = told.get(1, [0])[-1]
    nodes = [(_text(each, 1), part(each, 3)) for each in messages(told, 2)]
    return height if isinstance(height, int) else 0, nodes


class Config(NamedTuple):
    """What the chain says of itself: ``sealers``: organisation by node id; ``roots``: authorities in PEM by organisation."""

    version: str
    algorithm: str
    sealers: Mapping[str, str]
    roots: Mapping[str, tuple[bytes, ...]]


def chain_config(data: bytes) -> Config:
    """A ChainConfig (``config/chain_config.proto``)."""
    told = fields(data)
    sealers = {
        node.decode("utf-8", "replace"): _text(each, 1)
        for each in messages(fields(part(told, 8)), 2)
        for node in each.get(3, [])
        if isinstance(node, bytes)
    }
    roots: dict[str, tuple[bytes, ...]] = {}
    for each in messages(told, 9):
        own = tuple(root for root in each.get(2, []) if isinstance(root, bytes))
        roots[_text(each, 1)] = (*roots.get(_text(each, 1), ()), *own)
    return Config(_text(told, 2), _text(fields(part(told, 5)), 1), sealers, roots)


def chain_list(data: bytes) -> list[str]:
    """The chains of a node, of a ChainList."""
    return [each.decode("utf-8", "replace") for each in fields(data).get(1, []) if isinstance(each, bytes)]


def _text(given: Fields, at: int) -> str:
    return part(given, at).decode("utf-8", "replace")
