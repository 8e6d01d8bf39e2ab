# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse chain FILE…``: recordings, block files, captures, certificates, each recomputed. No campaign, no verdict."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.kit.files import bytes_of
from harness.kit.packed import unpacked
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.chain.formats import certificate as certificates
from probes.chain.formats.block import Block
from probes.chain.formats.certificate import Certificate
from probes.chain.formats.files import Found, read
from probes.chain.formats.fisco3 import genesis_of
from probes.chain.formats.tlcp import Handshake
from probes.chain.formats.words import WORDS
from probes.chain.live.now import now

LARGEST = 1 << 30
"""Bytes of one file, opened; more are refused."""
_NOUN = Text("区块链记录", "recording of a chain")


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="recordings (JSON), blocks (RLP), ledgers, captures, certificates",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """The findings of every file; InstrumentError where one cannot be opened. What is wrong inside one is told in its entry."""
    if not options.paths:
        raise UsageError("No file is named.", cure="name recordings, block files, captures or certificates.")
    found = [(path, _read(path)) for path in options.paths]
    known = [each for _, file in found for each in file.certificates]
    known += [each for _, file in found for shake in file.handshakes for each in shake.certificates]
    moment = now()
    return {"kind": "chain", "files": [_entry(path, file, known, moment) for path, file in found]}


def _read(path: Path) -> Found:
    data = bytes_of(path, LARGEST + 1)
    if len(data) > LARGEST:
        msg = f"{path} is larger than {LARGEST >> 20} MiB."
        raise InstrumentError(msg, cure="split it, or bind it to a campaign.")
    try:
        return read(unpacked(data, LARGEST, _NOUN, path.name))
    except UnreadableError:
        return Found(errors=[(None, "packing_broken")])


def _entry(path: Path, found: Found, known: Sequence[Certificate], moment: datetime) -> dict[str, Any]:
    entry: dict[str, Any] = {"path": str(path), "format": found.form, "consistent": False}
    if not found.form:
        del entry["format"]
    errors = [*found.errors]
    if found.blocks or found.exchanges:
        entry.update(_chain(found, errors))
    if found.handshakes:
        entry.update(_handshakes(found.handshakes, known, moment, errors))
    if found.form == "certificate" and found.certificates:
        entry.update(_certificates(found.certificates, known, moment))
        errors += [(None, each) for each in entry["certificate"]["reasons"]]
    proven = bool(found.blocks or found.handshakes or found.certificates or found.alone)
    entry["consistent"] = proven and not errors
    entry["errors"] = [list(each) for each in dict.fromkeys(errors)]
    entry["events"] = list(_events(errors, proven=proven))
    return entry


def _chain(found: Found, errors: list[tuple[int | None, str]]) -> dict[str, Any]:
    blocks = [block for _, block in found.blocks]
    linked = _linked(found, errors)
    several = len({node for node, _ in found.blocks}) > 1
    told: dict[str, Any] = {"blocks": [_block(node, each, named=several) for node, each in found.blocks]}
    algorithms = {each.algorithm for each in blocks if each.algorithm} or ({found.algorithm} - {""})
    if len(algorithms) == 1:
        told["hash_algorithm"] = min(algorithms)
    elif algorithms:
        errors.append((None, "mixed_algorithms"))
    told.update(_sealers(found, blocks))
    signatures = [
        {**({"block": block.number} if len(blocks) > 1 else {}), "index": index, "valid": good}
        for block in blocks
        for (index, _), good in zip(block.seals, block.valid, strict=True)
    ]
    if signatures:
        told["signatures"] = signatures
    told.update(linked)
    payloads = {tx.payload for block in blocks for tx in block.txs} | {tx.payload for tx in found.alone}
    if any(block.txs for block in blocks) or found.alone:
        told["distinct_payloads"] = len(payloads)
    told.update(_told_by_nodes(found))
    return told


def _block(node: str, block: Block, *, named: bool) -> dict[str, Any]:
    """``header_ok`` of a ledger without a claimed hash: its own data and its link hold."""
    told: dict[str, Any] = {"number": block.number, "hash": f"0x{block.hash.hex()}"}
    if block.form not in {"fabric", "evm-rlp"} or block.claimed != block.hash:
        told["claimed_hash"] = f"0x{block.claimed.hex()}"
    told["header_ok"] = block.header_ok and (block.form != "fabric" or not block.faults)
    told |= {} if block.count is None else {"txs": block.count}
    told |= {} if block.tx_root_ok is None else {"tx_root_ok": block.tx_root_ok}
    told |= {"signer": block.signer} if block.signer else {}
    told |= {"quorum_ok": block.sealed} if block.quorum else {}
    return {"node": node, **told} if named else told


def _sealers(found: Found, blocks: Sequence[Block]) -> dict[str, int]:
    listed = [len(each.sealers) for each in blocks if each.sealers]
    listed += [len(each.result) for each in found.exchanges if each.method in _LISTS and isinstance(each.result, list)]
    return {"sealers": listed[-1]} if listed else {}


_LISTS = {
    "getSealerList", "clique_getSigners", "istanbul_getValidators", "qbft_getValidatorsByBlockNumber", "ibft_getValidatorsByBlockNumber",
}  # fmt: skip


def _linked(found: Found, errors: list[tuple[int | None, str]]) -> dict[str, Any]:
    """Parents of each node's blocks, and where the nodes part."""
    told: dict[str, Any] = {}
    by_node: dict[str, dict[int, Block]] = defaultdict(dict)
    for node, block in found.blocks:
        there = by_node[node].setdefault(block.number, block)
        if there.claimed != block.claimed:
            errors.append((block.number, "two_blocks"))
    ledger = found.form in {"evm-rlp", "fabric"}
    pairs = [
        (own[number - 1], each) for own in by_node.values() for number, each in sorted(own.items()) if number - 1 in own
    ]
    broken = [after for before, after in pairs if after.parent != (before.hash if ledger else before.claimed)]
    for block in broken:
        block.faults.append("prev_hash")
        errors.append((block.number, "prev_hash"))
    if found.form == "fabric":  # a parent that was altered breaks the orderer's signature as well: the same event once
        altered = {block.number for block in broken}
        errors[:] = [each for each in errors if each[1] != "seal" or each[0] not in altered]
    if pairs:
        told["links_ok"] = not broken
    if ledger and set(by_node) == {""}:  # a file; what nodes were asked has gaps
        numbers = [block.number for _, block in found.blocks]
        errors += [(after, "gap") for before, after in pairwise(numbers) if after != before + 1]
    if len(by_node) > 1:
        heights = sorted({number for own in by_node.values() for number in own})
        parted = (each for each in heights if len({own[each].claimed for own in by_node.values() if each in own}) > 1)
        told["first_height_where_nodes_disagree"] = next(parted, None)
        if told["first_height_where_nodes_disagree"] is not None:
            errors.append((told["first_height_where_nodes_disagree"], "nodes_disagree"))
    return told


def _told_by_nodes(found: Found) -> dict[str, Any]:
    """Heights as the nodes state them, and what the genesis block says of 国密."""
    told: dict[str, Any] = {}
    heights = {
        each.node: each.result
        for each in found.exchanges
        if each.node and each.method in {"eth_blockNumber", "getBlockNumber"} and isinstance(each.result, str | int)
    }
    if heights:
        told["heights"] = heights
    for each in found.exchanges:
        if isinstance(each.result, Mapping) and found.form == "fisco3" and each.result.get("number") == 0:
            flag = genesis_of(each.result).get("sm_crypto")
            told |= {} if flag is None or not flag.isdigit() else {"sm_crypto": int(flag)}
    return told


def _handshakes(
    found: Sequence[Handshake], known: Sequence[Certificate], moment: datetime, errors: list[tuple[int | None, str]]
) -> dict[str, Any]:
    """The first TLCP handshake under ``tlcp``; what is plain TLS stands under ``tls`` and is no TLCP."""
    told: dict[str, Any] = {}
    for each in found:
        key = "tlcp" if each.tlcp else "tls"
        told.setdefault(key, _handshake(each, known, moment))
        errors += [] if each.tlcp else [(None, "no_tlcp")]
        errors += [(None, "certificate_broken")] * bool(each.broken)
        errors += [(None, "handshake_incomplete")] * (not each.done)
        errors += [(None, "handshake_unsigned")] * (each.tlcp and each.done and each.signed is False)
    return told


def _handshake(each: Handshake, known: Sequence[Certificate], moment: datetime) -> dict[str, Any]:
    return {
        "suite": each.suite_name,
        "record_version": f"0x{each.record_version:04x}",
        "version": f"0x{each.version:04x}",
        "client_certificate_requested": each.client_certificate_requested,
        "server_certificates": [_certificate(one, known, moment) for one in each.certificates],
    }


def _certificates(found: Sequence[Certificate], known: Sequence[Certificate], moment: datetime) -> dict[str, Any]:
    """The first of a file under ``certificate``, the others beside it."""
    told = [_certificate(each, known, moment) for each in found]
    return {"certificate": told[0]} | ({"certificates": told} if len(told) > 1 else {})


def _certificate(found: Certificate, known: Sequence[Certificate], moment: datetime) -> dict[str, Any]:
    others = [each for each in known if each != found]
    reasons = certificates.reasons(found, others, moment)
    told = {
        "subject": found.title,
        "sig_oid": found.sig_oid,
        "curve_oid": found.curve_oid,
        "conforming": not reasons,
        "reasons": reasons,
        "chained": certificates.chained(found, others),
        "not_before": found.begins.isoformat(),
        "not_after": found.ends.isoformat(),
    }
    return {key: value for key, value in told.items() if value != ""}


def _events(errors: Sequence[tuple[int | None, str]], *, proven: bool) -> Iterator[dict[str, str]]:
    for code in dict.fromkeys(code for _, code in errors):
        key = code.replace("_", "-")
        yield {"event": f"chain.{key}", "text": WORDS.text(f"defect-{key}").en}
    if not proven and not errors:
        yield {"event": "chain.nothing-to-recompute", "text": WORDS.text("defect-nothing-to-recompute").en}


def analyse_chain(paths: Sequence[str | Path]) -> dict[str, Any]:
    """As on the command line, for Python callers."""
    return analyse(Namespace(paths=[Path(each) for each in paths]))
