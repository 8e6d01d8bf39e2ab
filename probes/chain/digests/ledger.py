# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of a chain: what each node said, every block and transaction as recomputed, receipts, handshakes.

Each is a set, so that any split and any order of the trace give the same; what two nodes gave alike is there once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple, Self

from harness.errors import DecodeError
from harness.kit.lines import Session
from probes.chain.digests import remote
from probes.chain.digests.mentions import mentioned
from probes.chain.digests.rows import block_row, item_rows, tx_rows
from probes.chain.digests.told import contract, receipts, said
from probes.chain.formats import certificate, fabric, metrics, tlcp
from probes.chain.formats.block import Block, Tx, check
from probes.chain.formats.bundled import MOST, Rule, items
from probes.chain.formats.files import Known, blocks_of
from probes.chain.formats.proofs import proven, wanted
from probes.chain.formats.recordings import Exchange, of_row, row_of
from probes.chain.wire.values import MalformedError

_SILENT = {"silent", "timeout", "cut-off"}
"""Nobody answered; a node that is busy or says too much is not down."""
_FOREVER_NS = 1 << 62
Saying = tuple[str, str, str]
"""(node, what, value)."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """``said``: (node, what, value); ``blocks``, ``txs``: rows (:mod:`probes.chain.digests.rows`); ``receipts``: hash and 1 or 0.

    ``mentions``: (hash of a transaction, digest that its payload has in it), where originals are compared. ``originals``: (hash
    of a transaction, name of its original); ``files``: (name, SHA-256, SM3) of each original. ``items``: rows of single records
    where a transaction holds several; ``draws``: protocols of public draws.
    """

    said: frozenset[Saying] = frozenset()
    blocks: frozenset[bytes] = frozenset()
    txs: frozenset[bytes] = frozenset()
    receipts: frozenset[bytes] = frozenset()
    mentions: frozenset[bytes] = frozenset()
    originals: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[tuple[str, str, str]] = frozenset()
    items: frozenset[bytes] = frozenset()
    draws: frozenset[bytes] = frozenset()

    def merge(self, other: Self) -> Self:
        """The union."""
        return type(self)(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))


class _Peer(NamedTuple):
    """Who was asked, of what."""

    node: str
    form: str
    group: str
    known: Known


def decode(session: Session, *, originals: bool, bundled: Rule | None = None) -> Ledger:
    """One session of a trace: one node's answers, in order. Damaged lines count against the node."""
    node, form, group = (str(session.facts.get(name, "")) for name in ("node", "chain", "group"))
    asked = _Peer(node, form, group, Known())
    told: set[Saying] = {(node, "endpoint", str(session.facts.get("url", "")))}
    count = 0
    blocks: list[Block] = []
    done: set[bytes] = set()
    proofs: list[tuple[bytes, Exchange]] = []
    for row in session.rows(row_of):
        count += 1
        try:
            told |= {(node, *each) for each in _row(row, asked, blocks, done, proofs)}
        except (DecodeError, TypeError, KeyError, ValueError, AttributeError):
            told.add((node, "fault", "answer-malformed"))
    if session.damaged:
        told.add((node, "fault", "line-damaged"))
    told |= {(node, "asked", f"{form}|{group}")} if node else set()
    told |= {("", *each) for each in _numbered(session, count)}
    check(blocks)
    told |= {(node, *each) for block in blocks for each in _of_block(block)}
    told |= {(node, "proof", f"{digest.hex()}:{_proof(each, digest, blocks)}") for digest, each in proofs}
    return Ledger(
        frozenset(told),
        frozenset(block_row(block) for block in blocks),
        frozenset(row for block in blocks if block.header_ok for row in tx_rows(block)),
        frozenset(done),
        frozenset(_mentions(blocks, bundled)) if originals else frozenset(),
        items=frozenset(_items(blocks, bundled, asked.form)) if bundled is not None else frozenset(),
    )


def _numbered(session: Session, rows: int) -> Iterator[tuple[str, str]]:
    """Which session of the recording it is, whether it has all of its lines, and how many sessions the last line tells."""
    at, lines, count = (session.facts.get(name) for name in ("session", "lines", "sessions"))
    if isinstance(at, int):
        yield "session" if lines == rows + session.damaged else "torn", str(at)
    if isinstance(count, int):
        yield "end", str(count)


def _certain(blocks: Sequence[Block]) -> Iterator[Tx]:
    """Transactions whose payload is theirs: hash and signature right, in a block that recomputes with its root."""
    for block in blocks:
        if block.header_ok and block.tx_root_ok:
            yield from (tx for tx in block.txs if tx.sound)


def _mentions(blocks: Sequence[Block], bundled: Rule | None) -> Iterator[bytes]:
    for tx in _certain(blocks):
        yield from mentioned(tx) if bundled is None else mentioned(tx, MOST)


def _items(blocks: Sequence[Block], rule: Rule, form: str) -> Iterator[bytes]:
    for tx in _certain(blocks):
        yield from item_rows(tx, items(tx.payload, rule, form) or ())


def _proof(exchange: Exchange, digest: bytes, blocks: Sequence[Block]) -> str:
    if exchange.error is not None:
        return "refused"
    return "absent" if exchange.result is None else "yes" if proven(exchange, digest, blocks) else "no"


def _row(
    row: Mapping[str, Any],
    asked: _Peer,
    blocks: list[Block],
    done: set[bytes],
    proofs: list[tuple[bytes, Exchange]],
) -> Iterator[tuple[str, str]]:
    time = int(row.get("t", 0))
    if row.get("failed") == "refused":
        yield "refused", str(row["ask"]["method"])
        return
    if "failed" in row:
        yield "fault", str(row["failed"])
        if row["failed"] in _SILENT:
            yield "silent", str(time)
        return
    match row.get("ask", {}).get("method") if isinstance(row.get("ask"), Mapping) else "":
        case "certificate":
            yield from _certificates(bytes.fromhex(row["octets"]))
        case "authority":
            found = certificate.certificates(bytes.fromhex(row["octets"]))
            yield from (("authority", each.whole.hex()) for each in found)
        case "tls":
            yield "tls-key", str(row["key"])
            yield from (("tls-certificate", str(each)) for each in [row.get("certificate")] if each)
        case "tcp":
            yield "route", f"{row['peer'][0]}|{float(row['rtt_us'])}|{int(row.get('ttl', 0))}"
            yield from (("tick", f"{int(moment)}:{int(stamp)}") for moment, stamp in row.get("ticks", ()))
        case "tlcp":
            flight = (
                bytes.fromhex(row["octets"]),
                bytes.fromhex(row.get("asked", "")),
            )  # without our hello: unknown, no PASS
            yield from _handshake(str(row["ask"]["params"][0]), flight, time)
        case "ledger":
            yield from remote.copied((asked.form, asked.group), bytes.fromhex(row["octets"]), time, asked.known, blocks)
        case "configuration":
            blocks += fabric.blocks(bytes.fromhex(row["octets"]), asked.known.authorities)[0]
        case "operations":
            yield from _operations(str(row["ask"]["params"][0]), bytes.fromhex(row["octets"]))
        case "marker":
            yield "marker", f"{row['marker']}:{time}:{row['state']}"
        case method if method in remote.METHODS and "asked" in row:
            yield from remote.answered(row, asked.group, asked.known, blocks)
        case _:
            if "text" in row or "octets" in row:
                yield "fault", "html" if str(row.get("text", "")).lstrip()[:1] == "<" else "not-json"
                return
            yield "latency", f"{time}:{row.get('ms', 0)}"
            for each in of_row(row, asked.node, asked.form):
                if (digest := wanted(each)) is not None:
                    proofs.append((digest, each))
                yield from _exchange(each, time, asked.group, blocks, done)


def _exchange(
    each: Exchange, time: int, group: str, blocks: list[Block], done: set[bytes]
) -> Iterator[tuple[str, str]]:
    if each.error is not None:
        yield "refused", each.method
        return
    for (number, code), block in blocks_of(each):
        if block is None:
            yield "fault", f"{code.replace('_', '-')}:{'' if number is None else number}"
        elif group and block.channel not in {"", group}:
            yield "fault", f"other-channel:{block.number}"
        else:
            blocks.append(block)
    try:
        done |= {digest + bytes([good]) for digest, good in receipts(each)}
        for what, value in said(each, group):
            yield what, f"{time}:{value}" if what == "height" else value
        yield from contract(each)
    except (MalformedError, TypeError, KeyError, ValueError, AttributeError):
        yield "fault", f"answer-malformed:{each.method}"


def _of_block(block: Block) -> Iterator[tuple[str, str]]:
    """At which height the node has which block, once it is recomputed; its sealers; what is wrong with it."""
    yield "at", f"{block.number}:{block.claimed.hex()}:{'' if block.header_ok else 'wrong'}"
    yield from (
        ("fault", f"{each.replace('_', '-')}:{block.number}")
        for each in block.faults
        if not each.startswith("tx_") or each == "tx_root"
    )
    if block.header_ok and not block.genesis:
        yield from (("sealing", _called(block, each)) for each in block.sealers)
        signed = {at for (at, _), good in zip(block.seals, block.valid, strict=True) if good}
        yield from (("sealed", _called(block, block.sealers[at])) for at in sorted(signed) if at < len(block.sealers))
    if block.signer.startswith("0x"):
        yield "signing", block.signer[2:]
    yield from (("tx-network", each) for each in sorted({tx.network for tx in block.txs} - {""}))


def _called(block: Block, sealer: bytes) -> str:
    """A sealer as its node calls itself: by its key or address in hex, by its name on ChainMaker."""
    return sealer.decode("utf-8", "replace") if block.form == "chainmaker" else sealer.hex()


def _operations(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    text = data.decode("utf-8", "replace")
    if path == "/version":
        yield "version", " ".join(text.split())[:200]
        return
    for name, channel, value in metrics.gauges(text):
        yield "metric", f"{name}|{channel}|{value}"


def _certificates(data: bytes) -> Iterator[tuple[str, str]]:
    """The first certificate of a file is the node's own, the others may have issued it."""
    found = certificate.certificates(data)
    for at, each in enumerate(found):
        yield "certificate" if at == 0 else "issuer", each.whole.hex()


def _handshake(endpoint: str, flight: tuple[bytes, bytes], time: int) -> Iterator[tuple[str, str]]:
    """Which suite an access point chose, whether it signed this handshake, and what its certificates are; ``flight``: answer, hello."""
    found = tlcp.answered(*flight)
    yield "tlcp", f"{endpoint}|{'' if found is None or not found.tlcp else found.suite_name}"
    if found is None:
        return
    yield "tlcp-signed", f"{endpoint}|{_SIGNED[found.signed]}"
    now = datetime.fromtimestamp(min(time, _FOREVER_NS) / 1e9, UTC)
    for each in found.certificates:
        kind = "" if certificate.reasons(each, found.certificates, now) else "sm2"
        yield "tlcp-key", f"{endpoint}|{sha256(each.key or each.whole).hexdigest()}|{kind}"


_SIGNED = {True: "yes", False: "no", None: "unknown"}
