# SPDX-License-Identifier: Apache-2.0
"""What a Fabric peer is asked over gRPC, and what it signs (fabric-protos ``peer/proposal.proto``, ``peer/proposal_response.proto``).

A proposal goes to the peer's own Endorser service and not to its Gateway: the endorsement signs the very answer to the very
question, so that a peer proves who it is; what a Gateway passes on is signed by nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from harness.errors import DecodeError
from probes.chain.formats import msp
from probes.chain.wire.protobuf import Fields, count, fields, inside, message, part

PATH = "/protos.Endorser/ProcessProposal"
SUCCESS = 200
_ENDORSER, _GOLANG = 3, 1


class Told(NamedTuple):
    """An answer: its status (as of HTTP), the peer's words, what the system chaincode gives."""

    status: int
    words: str
    payload: bytes


def identity(name: str, certificate: bytes) -> bytes:
    """A member of an MSP by its certificate in PEM (``msp/identities.proto``)."""
    return message((1, name), (2, certificate))


def proposal(place: tuple[str, str], args: Sequence[str], creator: bytes, nonce: bytes, time_ns: int) -> bytes:
    """The question to a chaincode of a channel (``place``: channel, chaincode), which its creator has to sign."""
    channel, chaincode = place
    named = message((2, chaincode))
    stamp = message((1, time_ns // 10**9), (2, time_ns % 10**9))
    tx = hashlib.sha256(nonce + creator).hexdigest()
    head = message((1, _ENDORSER), (3, stamp), (4, channel), (5, tx), (7, message((2, named))))
    given = b"".join(inside(1, each.encode()) for each in args)
    spec = message((1, _GOLANG), (2, named), (3, given))
    header = message((1, head), (2, message((1, creator), (2, nonce))))
    return message((1, header), (2, message((1, message((1, spec))))))


def signed(told: bytes, signature: bytes) -> bytes:
    """The proposal with its creator's signature, as it is sent."""
    return message((1, told), (2, signature))


def told(answer: bytes) -> Told:
    """What a ProposalResponse says; DecodeError where it is none."""
    found = fields(part(fields(answer), 4))
    if not found:
        raise DecodeError("This is no answer of a peer.", cure="check that a Fabric peer listens at this address.")
    return Told(count(found, 1), part(found, 2).decode("utf-8", "replace"), part(found, 3))


def endorser(asked: bytes, answer: bytes) -> bytes:
    """The identity that signed this answer to this question; empty where nobody did. DecodeError for what is no message."""
    whole, question = fields(answer), fields(part(fields(asked), 1))
    header, payload, endorsement = fields(part(question, 1)), part(whole, 5), fields(part(whole, 6))
    given = fields(payload)
    input_ = message((1, part(fields(part(question, 2)), 1)))
    digest = hashlib.sha256(part(header, 1) + part(header, 2) + input_).digest()
    if part(given, 1) != digest or _said(fields(part(given, 2)), 3) != _said(whole, 4):
        return b""
    who = part(endorsement, 1)
    return who if msp.signed(who, part(endorsement, 2), payload + who) else b""


def _said(given: Fields, at: int) -> tuple[int, bytes]:
    found = fields(part(given, at))
    return count(found, 1), part(found, 3)
