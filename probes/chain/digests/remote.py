# SPDX-License-Identifier: Apache-2.0
"""What nodes of Fabric and ChainMaker said over gRPC, or in the ledgers that were copied from them: (what, value), and their blocks.

A Fabric peer proves its key by its signature over the very answer; ``member``: its MSP and the authorities that it is a member by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from harness.errors import DecodeError
from probes.chain.formats import certificate, chainmaker, fabric, msp, proposals
from probes.chain.formats.block import Block
from probes.chain.formats.files import Known
from probes.chain.formats.recordings import parsed
from probes.chain.wire import requests

Said = tuple[str, str]
_FABRIC = {"GetChainInfo", "GetBlockByNumber", "GetConfigBlock", "GetChannels"}
_CHAINMAKER = {
    "GET_CHAIN_INFO", "GET_CHAIN_CONFIG", "GET_NODE_CHAIN_LIST", "GET_BLOCK_BY_HEIGHT", "GET_BLOCK_HEADER_BY_HEIGHT",
}  # fmt: skip
METHODS = _FABRIC | _CHAINMAKER


def answered(row: Mapping[str, Any], group: str, known: Known, blocks: list[Block]) -> Iterator[Said]:
    """The statements of one answer about a channel or chain; DecodeError for what is none. Its blocks are added to ``blocks``."""
    method, data = str(row["ask"]["method"]), bytes.fromhex(row["octets"])
    time, params = int(row["t"]), [*row["ask"].get("params", ())]
    yield "latency", f"{time}:{row.get('ms', 0)}"
    if method in _FABRIC:
        pair = bytes.fromhex(row["asked"]), data
        yield from _peer(_Asked(method, params, time, group), pair, known, blocks)
    else:
        yield from _member(_Asked(method, params, time, group), data, known, blocks)


def copied(place: tuple[str, str], data: bytes, time: int, known: Known, blocks: list[Block]) -> Iterator[Said]:
    """The blocks of a file that was copied from a node, and the height that it reaches; ``place``: form, and the channel asked."""
    form, group = place
    if form == "chainmaker":
        found, whole = _recorded(data), True
    else:
        found, whole = fabric.blocks(data, known.authorities)
    own = [each for each in found if not group or each.channel in {"", group}]
    blocks += own
    yield from (("height", f"{time}:{each.number}") for each in own[-1:])
    if len(own) < len(found):
        yield "fault", "other-channel"
    if not whole:
        yield "fault", "block-incomplete"


def _recorded(data: bytes) -> list[Block]:
    if data.lstrip()[:1] in {b"{", b"["}:
        return sorted(chainmaker.of_json(parsed(data)), key=lambda each: each.number)
    return [chainmaker.of_bytes(data)]


class _Asked(NamedTuple):
    """The question, and when it was asked (ns)."""

    method: str
    params: list[Any]
    time: int
    group: str


def _peer(asked: _Asked, pair: tuple[bytes, bytes], known: Known, blocks: list[Block]) -> Iterator[Said]:
    method, params, time, _ = asked
    told = proposals.told(pair[1])
    if told.status != proposals.SUCCESS:
        yield "refused", method
        return
    if method == "GetChannels":  # asked of no channel, and signed by nobody
        yield from (("group", each) for each in fabric.channels(told.payload))
        return
    who = proposals.endorser(*pair)
    if not who:
        yield "fault", "answer-unsigned"
        return
    if method == "GetChainInfo":
        yield "height", f"{time}:{fabric.height(told.payload)}"
    else:
        found, _ = fabric.blocks(told.payload, known.authorities)
        if any(each.channel not in {"", str(params[0])} for each in found):
            yield "fault", "other-channel"
            return
        if method == "GetBlockByNumber" and [each.number for each in found] != [int(params[1])]:
            yield "fault", "block-of-another-height"
            return
        blocks += found
    yield from (("identity", each.hex()) for each in [msp.key_of(who)] if each)
    if known.authorities:
        yield "authorities", _digest(known.authorities)
        if msp.vouched(who, known.authorities):
            yield "member", f"{msp.name_of(who).decode('utf-8', 'replace')}|{_digest(known.authorities)}"


def _digest(known: msp.Authorities) -> str:
    """The authorities of a channel in one number, so that peers can be asked whether they know the same."""
    told = (name + b"\0" + each for name, own in sorted(known.items()) for each in sorted(own))
    return sha256(b"\0\0".join(told)).hexdigest()[:32]


def _member(asked: _Asked, data: bytes, known: Known, blocks: list[Block]) -> Iterator[Said]:
    method, params, time, group = asked
    code, _, result = chainmaker.of_answer(method, data)
    if code:
        yield "refused", method
        return
    match method:
        case "GET_CHAIN_INFO":
            height, nodes = requests.chain_info(result)
            yield "height", f"{time}:{height}"
            for name, shown in nodes:
                yield "peer", name
                yield "observer", name  # whom the others know and the configuration does not name
                yield from (("peer-tls", f"{name}|{each}") for each in [_fingerprint(shown)] if each)
        case "GET_CHAIN_CONFIG":
            known.config = requests.chain_config(result)
            yield "version", known.config.version
            yield from (("sealer", each) for each in known.config.sealers)
        case "GET_NODE_CHAIN_LIST":
            yield from (("group", each) for each in requests.chain_list(result))
        case _:
            found = chainmaker.of_bytes(result, known.config)
            if found.number != int(params[0]):
                yield "fault", "block-of-another-height"
            elif group and found.channel != group:
                yield "fault", "other-channel"
            else:
                blocks.append(found)


def _fingerprint(shown: bytes) -> str:
    """SHA-256 of a TLS certificate, PEM or DER; empty where it is none."""
    try:
        return sha256(certificate.certificates(shown)[0].whole).hexdigest()
    except DecodeError:
        return ""
