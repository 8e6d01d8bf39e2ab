# SPDX-License-Identifier: Apache-2.0
"""What nodes of Fabric and of ChainMaker are asked over gRPC, under the interface of :mod:`probes.chain.live.adapters`.

Every question is signed by the client of the profile, with a nonce of its own, so that no answer to an older one fits.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, UsageError
from harness.evidence import sm2
from probes.chain.formats import chainmaker, fabric, proposals
from probes.chain.formats.block import Block
from probes.chain.formats.certificate import plain
from probes.chain.live.adapters import Asker
from probes.chain.live.caller import Call
from probes.chain.live.remote import Pair
from probes.chain.plans.clients import ClientSettings
from probes.chain.wire import requests

_P256_HALF = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 >> 1
Sign = Callable[[bytes], bytes]


class Peers:
    """Hyperledger Fabric: the system chaincodes qscc and cscc of a peer. A ``Speaker`` and an ``Adapter`` at once."""

    def __init__(self, channel: str, creator: bytes, sign: Sign) -> None:
        """``channel``: its name; ``creator``: the client as member of its MSP."""
        self._channel, self._creator, self._sign = channel, creator, sign

    def question(self, method: str, params: Sequence[Any]) -> tuple[str, bytes]:
        """See :class:`probes.chain.live.remote.Speaker`."""
        chaincode = "cscc" if method in {"GetConfigBlock", "GetChannels"} else "qscc"
        channel = "" if method == "GetChannels" else self._channel
        told = proposals.proposal(
            (channel, chaincode), [method, *map(str, params)], self._creator, secrets.token_bytes(24), time.time_ns()
        )
        return proposals.PATH, proposals.signed(told, self._sign(told))

    def answer(self, method: str, params: Sequence[Any], data: bytes) -> tuple[Any, str]:  # noqa: ARG002 - the interface
        """See :class:`probes.chain.live.remote.Speaker`."""
        told = proposals.told(data)
        if told.status != proposals.SUCCESS:
            return None, told.words
        if method == "GetChainInfo":
            return fabric.height(told.payload), ""
        return _summary(fabric.blocks(told.payload)[0][0]) if method in _BLOCKS else True, ""

    def greet(self, caller: Asker) -> None:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        caller.each([("GetConfigBlock", [self._channel]), ("GetChannels", [])])

    def height(self) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return "GetChainInfo", [self._channel]

    def total(self) -> Call | None:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return None

    def header(self, number: int) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`; there is no header without its body."""
        return self.block(number)

    def block(self, number: int) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return "GetBlockByNumber", [self._channel, number]

    def receipts(self, number: int, hashes: Sequence[str], *, each: bool) -> list[Call]:  # noqa: ARG002 - the interface
        """See :class:`probes.chain.live.adapters.Adapter`; the block itself marks what is invalid."""
        return []

    def proof(self, digest: str) -> Call | None:  # noqa: ARG002 - the interface
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return None

    def code(self, address: str) -> Call | None:  # noqa: ARG002 - the interface
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return None

    def submit(self, signed: str) -> Call:
        """Nothing: the settings refuse markers here."""
        raise NotImplementedError(signed)

    def seen(self, digest: str) -> Call:
        """Nothing: the settings refuse markers here."""
        raise NotImplementedError(digest)


class Members(Peers):
    """ChainMaker (长安链): the system contracts CHAIN_QUERY and CHAIN_CONFIG of a node."""

    def question(self, method: str, params: Sequence[Any]) -> tuple[str, bytes]:
        """See :class:`probes.chain.live.remote.Speaker`."""
        given = [("blockHeight", str(params[0]))] if params else []
        given += [("withRWSet", "false")] if method == "GET_BLOCK_BY_HEIGHT" else []
        told = requests.payload(self._channel, method, given, secrets.token_hex(32), time.time_ns() // 10**9)
        return requests.PATH, requests.request(told, self._creator, self._sign(told))

    def answer(self, method: str, params: Sequence[Any], data: bytes) -> tuple[Any, str]:  # noqa: ARG002 - the interface
        """See :class:`probes.chain.live.remote.Speaker`."""
        code, words, result = chainmaker.of_answer(method, data)
        if code:
            return None, words
        if method == "GET_CHAIN_INFO":
            return requests.chain_info(result)[0], ""
        return _summary(chainmaker.of_bytes(result)) if method in _BLOCKS else True, ""

    def greet(self, caller: Asker) -> None:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        caller.each([("GET_CHAIN_CONFIG", []), ("GET_NODE_CHAIN_LIST", [])])

    def height(self) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return "GET_CHAIN_INFO", []

    def header(self, number: int) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return "GET_BLOCK_HEADER_BY_HEIGHT", [number]

    def block(self, number: int) -> Call:
        """See :class:`probes.chain.live.adapters.Adapter`."""
        return "GET_BLOCK_BY_HEIGHT", [number]


_BLOCKS = {"GetBlockByNumber", "GetConfigBlock", "GET_BLOCK_BY_HEIGHT", "GET_BLOCK_HEADER_BY_HEIGHT"}


def _summary(block: Block) -> dict[str, Any]:
    return {"number": block.number, "hash": f"0x{block.hash.hex()}", "parentHash": f"0x{block.parent.hex()}"}


def speaker(chain: str, channel: str, client: ClientSettings, folder: Path) -> Peers:
    """Who speaks to the nodes of a chain. UsageError where certificate or key cannot be read."""
    certificate = _read(client.certificate, folder)
    sign = signer(client.key.read("the client's key", folder), low=chain == "fabric")
    if chain == "fabric":
        return Peers(channel, proposals.identity(client.organisation, certificate), sign)
    return Members(channel, requests.member(client.organisation, certificate), sign)


def pair(client: ClientSettings, folder: Path) -> Pair | None:
    """The client's own TLS certificate and key; None where it has none."""
    if client.tls_certificate is None or client.tls_key is None:
        return None
    return Pair(_read(client.tls_certificate, folder), client.tls_key.read("the client's TLS key", folder))


def signer(pem: bytes, *, low: bool) -> Sign:
    """What signs with a private key: ECDSA with SHA-256, or SM2 where the key is one. ``low``: Fabric takes the lower s alone."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        der = plain(pem)
        if sm2.is_private(der):
            secret, point = sm2.secret_of(der)
            return lambda told: sm2.sign(secret, point, told)
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm, DecodeError):
        raise UsageError(
            "The client's key cannot be read.", cure="write it as PKCS#8 in PEM, without password."
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError("The client's key is none on a curve.", cure="use the key that belongs to the certificate.")
    return lambda told: _ecdsa(key, told, low=low)


def _ecdsa(key: Any, told: bytes, *, low: bool) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    r, s = utils.decode_dss_signature(key.sign(told, ec.ECDSA(SHA256())))
    if low and key.curve.name == "secp256r1" and s > _P256_HALF:
        s = 2 * _P256_HALF + 1 - s
    return utils.encode_dss_signature(r, s)


def _read(name: str, folder: Path) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        msg = f"The client's certificate {name} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="check the path and its rights.", where=name) from None
