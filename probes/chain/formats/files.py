# SPDX-License-Identifier: Apache-2.0
"""One file of a chain, whatever it is: a recording, a block or ledger file, a capture, a certificate."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from harness.errors import DecodeError
from probes.chain.formats import chainmaker, evm, fabric, fisco2, fisco3, layout, msp, proposals, tlcp, typed
from probes.chain.formats.block import Block, Tx, check, faults
from probes.chain.formats.certificate import Certificate, certificates
from probes.chain.formats.recordings import Exchange, NotJsonError, exchanges, form_of, is_block, parsed
from probes.chain.wire import der, rlp
from probes.chain.wire.keccak import keccak256
from probes.chain.wire.packets import is_capture
from probes.chain.wire.requests import Config, chain_config
from probes.chain.wire.values import MalformedError

_READERS = {"fisco2": fisco2.block, "fisco3": fisco3.block, "evm": evm.block}
_HIGHEST = 1 << 62
_HEX = frozenset(b"0123456789abcdefABCDEF")
_HTML = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")


@dataclass
class Found:
    """What a file is: ``form``, and what of it could be read. ``errors``: (block or None, code)."""

    form: str = ""
    blocks: list[tuple[str, Block]] = field(default_factory=list)
    """With the node that gave each."""
    exchanges: Sequence[Exchange] = ()
    handshakes: Sequence[tlcp.Handshake] = ()
    certificates: Sequence[Certificate] = ()
    alone: list[Tx] = field(default_factory=list)
    """Transactions that were asked for by themselves, and the algorithm that gives their hash."""
    algorithm: str = ""
    errors: list[tuple[int | None, str]] = field(default_factory=list)


def read(data: bytes) -> Found:
    """The file, with one code for each thing that is wrong with it; never an exception for its content."""
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:  # as some shells write the answers that they redirect
        with suppress(UnicodeDecodeError):
            data = data.decode("utf-16").encode()
    head = data[:512].lstrip().lower()
    if not data.strip():
        return Found(errors=[(None, "empty")])
    if head.startswith(_HTML):
        return Found(errors=[(None, "html")])
    if is_capture(data):
        return _capture(data)
    if b"\0" not in data[:65536] and b"-----BEGIN CERTIFICATE" in data.replace(b"BEGIN TRUSTED", b"BEGIN").replace(
        b"BEGIN X509", b"BEGIN"
    ):
        return _certificates(data)
    if head[:1] in {b"{", b"["} or data[:3] == b"\xef\xbb\xbf":
        return _recording(data)
    return _binary(data)


def _binary(data: bytes) -> Found:
    """DER, RLP or a Fabric ledger, by what its first bytes can be; hex of one of them is read as it."""
    hexed = data.strip().removeprefix(b"0x")
    if len(hexed) > 64 and len(hexed) % 2 == 0 and all(each in _HEX for each in hexed):
        return _binary(bytes.fromhex(hexed.decode()))
    if data[0] >= 0xF8:
        return _rlp(data)
    if data[0] == der.SEQUENCE and data[1:2] in {b"\x81", b"\x82", b"\x83"}:
        return _der(data)
    return _ledger(data)


def _ledger(data: bytes) -> Found:
    try:
        blocks, whole = fabric.blocks(data)
    except DecodeError:
        with suppress(DecodeError):
            return _checked(Found("chainmaker", [("", chainmaker.of_bytes(data))]))
        begins = data[:1] >= b"\x80" and b"\x20" in data[2:14]
        return Found("fabric" if begins else "", errors=[(None, "block_incomplete" if begins else "unknown_format")])
    return _checked(
        Found("fabric", [("", each) for each in blocks], errors=[] if whole else [(None, "block_incomplete")])
    )


def _der(data: bytes) -> Found:
    try:
        return Found("certificate", certificates=certificates(data))
    except DecodeError:
        return Found("certificate", errors=[(None, "certificate_broken")])


def _rlp(data: bytes) -> Found:
    encoded, whole = rlp.items(data)
    try:
        blocks = evm.blocks_of_rlp(encoded)
    except DecodeError:
        return Found("evm-rlp", errors=[(None, "block_incomplete")])
    return _checked(
        Found("evm-rlp", [("", each) for each in blocks], errors=[] if whole else [(None, "block_incomplete")])
    )


def _certificates(data: bytes) -> Found:
    try:
        return Found("certificate", certificates=certificates(data))
    except DecodeError:
        return Found("certificate", errors=[(None, "certificate_broken")])


def _capture(data: bytes) -> Found:
    try:
        found = tlcp.captured(data)
    except DecodeError:
        return Found("tlcp", errors=[(None, "capture_broken")])
    return Found("tlcp", handshakes=found, errors=[] if found else [(None, "no_handshake")])


def _recording(data: bytes) -> Found:
    found = _told(data)
    if layout.torn(data):
        found.errors.append((None, "recording_cut"))
    return found


def _told(data: bytes) -> Found:
    try:
        blocks = list(chainmaker.of_json(parsed(data.decode("utf-8-sig"))))
    except (NotJsonError, UnicodeDecodeError):
        blocks = []
    except DecodeError:
        return Found("chainmaker", errors=[(None, "block_incomplete")])
    if blocks:
        return _checked(Found("chainmaker", [("", each) for each in blocks]))
    copied = traced(data)
    if copied.form:
        return _checked(copied)
    try:
        told = exchanges(data)
    except NotJsonError:
        return Found(errors=[(None, "not_json")])
    except DecodeError:
        return Found(errors=[(None, "unknown_format")])
    forms = [form for each in told if (form := form_of(each))]
    found = Found(max(set(forms), key=forms.count, default=""), exchanges=told)
    if len(set(forms)) > 1:
        found.errors.append((None, "mixed_chains"))
    for each in told:
        for error, block in blocks_of(each):
            if block is None:
                found.errors.append(error)
            else:
                found.blocks.append((each.node, block))
        if each.error is not None and not _unknown(each.error):
            html = isinstance(each.error, str) and each.error.lstrip().lower().encode().startswith(_HTML)
            found.errors.append((None, "html" if html else "rpc_error"))
        _alone(found, each)
    return _checked(found)


def traced(data: bytes) -> Found:
    """Blocks of Fabric and ChainMaker in our own trace, by the node that gave them; no form where it is none of theirs."""
    found, node, known = Found(), "", dict[str, Known]()
    kept = dict[tuple[str, bytes], Block]()
    for line in data.splitlines() if data.startswith(b'{"format":"yanshou.chain') else ():
        try:
            row = parsed(line)
        except NotJsonError:
            found.errors.append((None, "not_json"))
            continue
        if isinstance(row, Mapping) and row.get("chain") in {"fabric", "chainmaker"}:
            node, found.form = str(row.get("node", "")), str(row["chain"])
        elif found.form and isinstance(row, Mapping) and "octets" in row:
            try:
                for each in _of_octets(row, known.setdefault(node, Known())):
                    other = kept.setdefault((node, each.claimed), each)
                    kept[node, each.claimed] = each if len(each.txs) > len(other.txs) else other
            except (DecodeError, ValueError, TypeError, KeyError, AttributeError):
                found.errors.append((None, "block_incomplete"))
    found.blocks = sorted(((of, each) for (of, _), each in kept.items()), key=lambda each: (each[0], each[1].number))
    return found


@dataclass(slots=True)
class Known:
    """What one node has told of its chain so far: authorities of the channel (Fabric), configuration (ChainMaker)."""

    authorities: msp.Authorities = field(default_factory=msp.Authorities)
    config: Config | None = None


def _of_octets(row: Mapping[str, Any], known: Known) -> list[Block]:
    method, data = row["ask"]["method"], bytes.fromhex(row["octets"])
    if method in {"ledger", "configuration"}:
        return fabric.blocks(data, known.authorities)[0]
    if method in {"GetBlockByNumber", "GetConfigBlock"}:
        told = proposals.told(data)
        good = told.status == proposals.SUCCESS
        return fabric.blocks(told.payload, known.authorities)[0] if good else []
    if method in {"GET_CHAIN_CONFIG", "GET_BLOCK_BY_HEIGHT", "GET_BLOCK_HEADER_BY_HEIGHT"}:
        code, _, result = chainmaker.of_answer(method, data)
        if code:
            return []
        if method == "GET_CHAIN_CONFIG":
            known.config = chain_config(result)
            return []
        return [chainmaker.of_bytes(result, known.config)]
    return []


def _unknown(error: Any) -> bool:
    """Whether a node only says that it does not know a method (JSON-RPC 2.0, 5.1): no engine knows those of all."""
    return isinstance(error, Mapping) and error.get("code") == -32601


def _alone(found: Found, exchange: Exchange) -> None:
    """A transaction that was asked for by itself: under the algorithm that gives its hash."""
    given = exchange.result
    given = given.get("transaction", given) if isinstance(given, Mapping) else None
    if not isinstance(given, Mapping) or is_block(given) or not given.keys() >= _TRANSACTION:
        return
    form = form_of(exchange) or found.form
    reader = {"fisco2": fisco2.transaction, "fisco3": fisco3.transaction}.get(form, typed.transaction)
    tried = {"keccak256": keccak256} if form == "evm" else fisco2.ALGORITHMS
    made = {name: fisco2.guarded(given, reader, digest) for name, digest in tried.items()}
    right = next((name for name, tx in made.items() if not tx.fault and tx.computed == tx.hash), "")
    found.alone.append(made[right] if right else made["keccak256"])
    found.algorithm = right or found.algorithm


def blocks_of(exchange: Exchange) -> list[tuple[tuple[int | None, str], Block | None]]:
    """The block of an answer, or why it is none as (number, code)."""
    if exchange.result is None and exchange.method in _GIVES_A_BLOCK and exchange.error is None:
        return [((None, "block_absent"), None)]
    if not is_block(exchange.result):
        return (
            [((None, "block_incomplete"), None)] if exchange.method in _GIVES_A_BLOCK and exchange.error is None else []
        )
    try:
        return [((None, ""), block_of(form_of(exchange), exchange.result))]
    except MalformedError:
        return [((_number(exchange.result), "block_incomplete"), None)]


def block_of(form: str, given: Mapping[str, Any]) -> Block:
    """The block that an answer is; MalformedError for whatever a node may put in a field's place."""
    try:
        made = _READERS.get(form, evm.block)(given)
    except (TypeError, KeyError, AttributeError, ValueError, IndexError, OverflowError):
        raise MalformedError("A field of the block is of another kind.", cure="fetch the block again.") from None
    if made.number >= _HIGHEST:
        raise MalformedError("A number is too large.", cure="fetch the block again.")
    return made


_GIVES_A_BLOCK = {
    "getBlockByNumber", "getBlockByHash", "getBlockHeaderByNumber", "getBlockHeaderByHash",
    "eth_getBlockByNumber", "eth_getBlockByHash",
}  # fmt: skip


def _number(given: Mapping[str, Any]) -> int | None:
    from probes.chain.wire.values import natural

    try:
        return natural(given.get("number"))
    except MalformedError:
        return None


_TRANSACTION = {"hash", "from", "input", "nonce"}


def _checked(found: Found) -> Found:
    check([block for _, block in found.blocks], found.alone)
    found.errors += [(None, code) for tx in found.alone for code in faults(tx)]
    for _, block in found.blocks:
        found.errors += [(block.number, code) for code in block.faults]
    return found
