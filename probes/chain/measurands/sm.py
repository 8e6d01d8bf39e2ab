# SPDX-License-Identifier: Apache-2.0
"""``chain.sm``: 国密 recomputed from the chain itself: block hashes by SM3 and seals by SM2, certificates, TLCP."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256

import numpy as np

from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request
from probes.chain.digests import rows
from probes.chain.formats import certificate as certificates
from probes.chain.formats.certificate import Certificate
from probes.chain.formats.words import WORDS
from probes.chain.measurands import counting, covered
from probes.chain.measurands.gathered import Gathered, Node, gathered
from probes.chain.measurands.owners import anchored, issuers, roots

_SM3 = rows.ALGORITHMS.index("sm3")


def national(inputs: Sequence[Input], ask: Ask) -> Gathered:
    """The view."""
    return gathered(inputs, ask)


def share(view: Gathered, request: Request) -> Outcome:
    """The share that ``require`` names: of blocks (hash-and-seal), of nodes (certificate), of access points (tlcp)."""
    match request.parameter("require", "hash-and-seal"):
        case "hash-and-seal":
            part, remarks = _blocks(view)
        case "certificate":
            part, remarks = _certificates(view)
        case "tlcp":
            part, remarks = _tlcp(view)
        case other:
            return Outcome(None, lacks=(WORDS.lack("unknown-require", Side.BOTH, require=str(other)),))
    method = WORDS.text(f"method-sm-{request.parameter('require', 'hash-and-seal')}")
    outcome = every([part], request, "1", method, high_is_worse=False)
    return replace(outcome, remarks=(*outcome.remarks, *remarks), effort={"items": part.n})


def _whole(good: int, count: int, lacks: Sequence[Lack] = (), invalid: Sequence[Reason] = (), unknown: int = 0) -> Part:
    """A census: its bounds are the value; where something is missing, one side is open. ``unknown``: what may be good."""
    if not count:
        return Part("", None, None, None, 0, 0.0, tuple(lacks), invalid=tuple(invalid))
    value = Fraction(good, count)
    lower = None if lacks else value
    upper = Fraction(good + unknown, count)
    return Part("", value, lower, upper, count, float(count), tuple(lacks), invalid=tuple(invalid))


def _blocks(view: Gathered) -> tuple[Part, list[Reason]]:
    """A block is of 国密 where SM3 gives its hash and SM2 seals of a quorum verify; the genesis block bears no seals.

    A block that most nodes hold and that no hash recomputes is a wrong one, not one of another algorithm.
    """
    found = counting.blocks(view, everything=True)
    lacks = [*found.lacks, *covered.chain(view)]
    hashed = found.rows["algorithm"] == _SM3
    asked, genesis = found.flag(rows.SEALS_ASKED), found.flag(rows.GENESIS)
    sealed = found.flag(rows.SEALED) & found.flag(rows.SM2)
    bare = int((hashed & ~asked & ~genesis).sum())
    if bare:
        lacks.append(WORDS.lack("seals-missing", Side.PASS, count=bare))
    if len(found.rows) and genesis.all():
        lacks.append(WORDS.lack("genesis-alone", Side.PASS))
    good = hashed & (sealed | genesis)
    part = _whole(int(good.sum()), len(found.rows), lacks, found.reasons, bare)
    numbers = found.rows["number"]
    told = (
        [WORDS.reason("sm-not-hashed", count=int((~hashed).sum()), height=int(numbers[~hashed][0]))]
        if not hashed.all()
        else []
    )
    weak = hashed & asked & ~good
    told += [WORDS.reason("sm-not-sealed", count=int(weak.sum()), height=int(numbers[weak][0]))] if weak.any() else []
    return part, [*told, *_claims(view, np.asarray(hashed))]


def _claims(view: Gathered, hashed: counting.Mask) -> Iterator[Reason]:
    """What a configuration claims beside what the chain shows."""
    claims = [node.name for node in view.nodes if any(each.endswith(":yes") for each in node.all("sm"))]
    if claims and len(hashed) and not hashed.all():
        yield WORDS.reason("claims-sm", names=claims, share=f"{100 * float(hashed.mean()):.6g} %")


def _certificates(view: Gathered) -> tuple[Part, list[Reason]]:
    """Nodes whose certificate is of SM2, signed by an authority along its chain, and holds the key that the node answered with."""
    others, trusted = issuers(view), roots(view)
    good, remarks, unheld = 0, list[Reason](), list[str]()
    for node in view.nodes:
        own = [certificates.parse(bytes.fromhex(each)) for each in node.all("certificate")]
        reasons = [
            reason
            for each in own
            for reason in (
                *certificates.reasons(each, others, node.asked_at),
                *(["key-of-another"] if _held(node, each) is False else []),
                *([] if anchored(each, others, node.asked_at) & trusted else ["no-authority"]),
            )
        ]
        if own and not reasons and None in {_held(node, each) for each in own}:
            unheld.append(node.name)
        elif own and not reasons:
            good += 1
        elif own:
            remarks.append(
                WORDS.reason("certificate-bad", node=node.name, why=[WORDS.text(f"defect-{each}") for each in reasons])
            )
    absent = [node.name for node in view.nodes if not node.all("certificate")]
    lacks = [WORDS.lack("certificates-missing", Side.BOTH, names=absent)] if absent else []
    lacks += [WORDS.lack("certificates-unheld", Side.PASS, names=unheld)] if unheld else []
    return _whole(good, len(view.nodes), [*lacks, *covered.lacks(view)], unknown=len(unheld)), remarks


def _held(node: Node, own: Certificate) -> bool | None:
    """Whether the node answered with the key of this certificate; None where it told none, or nobody knows when it was asked.

    A paper alone proves nothing of a node. ChainMaker's nodes are known by the certificate of TLS that they showed, which may be another.
    """
    keys, shown = node.said.get("identity", frozenset()), node.said.get("tls-certificate", frozenset())
    if keys and own.key.hex() not in keys:
        return False
    told = bool(keys) or sha256(own.whole).hexdigest() in shown
    return True if told and node.asked_at is not None else None


def _tlcp(view: Gathered) -> tuple[Part, list[Reason]]:
    """Access points that answered a TLCP handshake with a suite of 国密 and SM2 certificates."""
    told = [(what, value) for _, what, value in sorted(view.ledger.said)]
    suites = _each(value for what, value in told if what == "tlcp")
    keys = [each.split("|") for what, each in told if what == "tlcp-key"]
    weak = {point for point, _, kind in keys if kind != "sm2"}
    signed = _each(value for what, value in told if what == "tlcp-signed")
    asked = {str(each) for one in view.settings for each in one.tlcp}
    good = [
        point
        for point, chosen in suites.items()
        if all(chosen) and point not in weak and any(each[0] == point for each in keys)
    ]
    unheld = sorted(point for point in good if signed.get(point) in ({"unknown"}, {"unknown", "yes"}))
    good = [point for point in good if signed.get(point) == {"yes"}]
    silent = sorted(asked - suites.keys())
    lacks = [WORDS.lack("no-access-points", Side.BOTH)] if not asked and not suites else []
    lacks += [WORDS.lack("access-points-silent", Side.BOTH, names=silent)] if silent else []
    lacks += [WORDS.lack("access-points-unheld", Side.PASS, names=unheld)] if unheld else []
    bad = sorted(set(suites) - {*good, *unheld})
    unsigned = [point for point in bad if "no" in signed.get(point, ()) and any(suites[point])]
    remarks = [WORDS.reason("no-tlcp", names=bad)] if bad else []
    remarks += [WORDS.reason("tlcp-unsigned", names=unsigned)] if unsigned else []
    return _whole(len(good), len(suites), [*lacks, *covered.lacks(view)], unknown=len(unheld)), remarks


def _each(told: Iterable[str]) -> dict[str, set[str]]:
    """Everything that was told of each access point: one that answers now with TLCP and now without has to be told of twice."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in told:
        point, _, value = each.partition("|")
        found[point].add(value)
    return found
