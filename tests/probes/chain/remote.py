# SPDX-License-Identifier: Apache-2.0
"""Peers of Fabric and nodes of ChainMaker as servers of gRPC on loopback: they sign, they judge signatures, and some of them cheat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from probes.chain.formats import fabric, msp, proposals
from probes.chain.wire.protobuf import fields, inside, message, part

CHANNEL = "trace"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
Answer = Callable[[bytes], bytes]
Member = tuple[bytes, "Holder"]
"""Serialised identity and key."""


@dataclass
class Holder:
    """A key with its certificate."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def secret(self) -> bytes:
        form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self.key.private_bytes(serialization.Encoding.PEM, form, none)

    def sign(self, told: bytes) -> bytes:
        return self.key.sign(told, ec.ECDSA(hashes.SHA256()))


def holder(name: str, issuer: Holder | None = None) -> Holder:
    """A key of its own; by itself an authority, else issued by one."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        named if issuer is None else issuer.certificate.subject, named, key.public_key(), x509.random_serial_number(),
        WHEN, WHEN + timedelta(days=3650),
    ).add_extension(x509.BasicConstraints(issuer is None, None), critical=True)  # fmt: skip
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    return Holder(made.sign((key if issuer is None else issuer.key), hashes.SHA256()), key)


@dataclass
class Organisation:
    """An MSP: an authority, and whom it issued."""

    name: str
    authority: Holder = field(init=False)

    def __post_init__(self) -> None:
        self.authority = holder(f"ca.{self.name}")

    def member(self, name: str) -> tuple[bytes, Holder]:
        """(serialised identity, key) of a new member."""
        own = holder(name, self.authority)
        return proposals.identity(self.name, own.pem), own


def worded(number: int) -> str:
    """A record that no other resembles, in letters alone: digits would be counters."""
    return hashlib.sha256(b"%d" % number).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))


def _entry(at: int, key: str, value: bytes) -> bytes:
    return inside(at, message((1, key), (2, value)))


def configuration(peers: Sequence[Organisation], orderer: Organisation, consenters: Sequence[Member] = ()) -> bytes:
    """The envelope that configures a channel; ``consenters``: orderers that agree by votes."""

    def group(own: Organisation) -> bytes:
        config = message((1, own.name), (2, own.authority.pem))
        return _entry(3, "MSP", message((2, message((2, config)))))

    application = b"".join(_entry(2, each.name, group(each)) for each in peers)
    ordering = _entry(2, orderer.name, group(orderer))
    if consenters:
        told = b"".join(inside(1, _consenter(at, *each)) for at, each in enumerate(consenters, 1))
        ordering += _entry(3, "Orderers", message((2, told)))
    channel = _entry(2, "Application", application) + _entry(2, "Orderer", ordering)
    head = message((1, message((1, 1), (4, CHANNEL))), (2, message((2, b"nonce"))))
    return message((1, message((1, head), (2, message((1, message((2, channel))))))))


def _consenter(at: int, identity: bytes, own: Holder) -> bytes:
    return message((1, at), (2, "orderer"), (3, 7050), (4, part(fields(identity), 1)), (5, own.pem))


def writing(text: str) -> bytes:
    """TxReadWriteSet of one written key."""
    write = message((1, "key"), (3, text.encode()))
    return message((2, message((1, "trace"), (2, message((3, write))))))


def transaction(at: int, client: Member, peer: Member, text: str, results: bytes | None = None) -> bytes:
    """An endorsed transaction of the chaincode trace; ``results``: its read and write sets, by default it writes one key."""
    told = proposals.proposal((CHANNEL, "trace"), ["put", text], client[0], b"%024d" % at, 10**18)
    question = fields(told)
    header, asked = fields(part(question, 1)), part(question, 2)
    digest = hashlib.sha256(part(header, 1) + part(header, 2) + asked).digest()
    written = writing(text) if results is None else results
    response = message((1, digest), (2, message((1, written), (3, message((1, 200))))))
    endorsement = message((1, peer[0]), (2, peer[1].sign(response + peer[0])))
    action = message((1, asked), (2, message((1, response), (2, endorsement))))
    whole = message((1, part(question, 1)), (2, inside(1, message((1, part(header, 2)), (2, action)))))
    return message((1, whole), (2, client[1].sign(whole)))


def block(
    number: int, previous: bytes, envelopes: Sequence[bytes], orderer: tuple[bytes, Holder]
) -> tuple[bytes, bytes]:
    """(common.Block, its hash), signed by an orderer, or by consenters that say their number."""
    data = hashlib.sha256(b"".join(envelopes)).digest()
    seals = b""
    for number_of, (identity, own) in orderer.items() if isinstance(orderer, dict) else [(0, orderer)]:
        head = message((1, number_of), (2, b"n")) if number_of else message((1, identity), (2, b"n"))
        seal = own.sign(b"v" + head + fabric.header(number, previous, data))
        seals += inside(2, message((3 if number_of else 1, head), (2, seal)))
    signatures = message((1, b"v")) + seals
    metadata = inside(1, signatures) + inside(1, b"") + inside(1, bytes(len(envelopes)))
    body = b"".join(inside(1, each) for each in envelopes)
    whole = message((1, message((1, number), (2, previous), (3, data))), (2, body)) + inside(3, metadata)
    return whole, fabric.header_hash(number, previous, data)


class Consortium:
    """A channel with a peer an organisation, ``records`` transactions in blocks of ten, and a client who may ask."""

    def __init__(self, count: int = 4, records: int = 40) -> None:
        self.organisations = [Organisation(f"Org{each}MSP") for each in range(1, count + 1)]
        self.orderer = Organisation("OrdererMSP")
        self.peers = [each.member(f"peer0.{each.name}") for each in self.organisations]
        self.client = self.organisations[0].member("reader")
        self.seal = seal = self.orderer.member("orderer0")
        self.config, digest = block(0, b"", [configuration(self.organisations, self.orderer)], seal)
        self.blocks = [self.config]
        for begin in range(0, records, 10):
            txs = [
                transaction(each, self.client, self.peers[each % count], worded(each))
                for each in range(begin, begin + 10)
            ]
            whole, digest = block(len(self.blocks), digest, txs, seal)
            self.blocks.append(whole)

    def forked(self, at: int) -> list[bytes]:
        """Other blocks from a height on, signed by the same orderer."""
        kept, digest = self.blocks[:at], fabric.blocks(self.blocks[at - 1])[0][0].hash
        for number in range(at, len(self.blocks)):
            txs = [transaction(1000 + number, self.client, self.peers[0], worded(1000 + number))]
            whole, digest = block(number, digest, txs, self.seal)
            kept.append(whole)
        return kept

    def answering(self, peer: tuple[bytes, Holder], blocks: Sequence[bytes] | None = None) -> Answer:
        """What one peer answers to a signed proposal; ``blocks``: those of a peer that has others."""
        held = self.blocks if blocks is None else blocks

        def answer(request: bytes) -> bytes:
            told, signature = part(fields(request), 1), part(fields(request), 2)
            header = fields(part(fields(told), 1))
            creator = part(fields(part(header, 2)), 1)
            known = {each.name.encode(): {each.authority.pem} for each in self.organisations}
            if not (msp.signed(creator, signature, told) and msp.vouched(creator, known)):
                return message(
                    (4, message((1, 500), (2, "access denied: creator's signature over the proposal is not valid")))
                )
            asked = part(fields(told), 2)
            spec = fields(part(fields(part(fields(asked), 1)), 1))
            name, *args = [each.decode() for each in fields(part(spec, 3))[1] if isinstance(each, bytes)]
            status, payload = _given(name, args, held)
            response = message((1, status), (2, "" if status == 200 else f"no such thing: {name}"), (3, payload))
            if name == "GetChannels" or status != 200:
                return message((1, 1), (4, response))
            digest = hashlib.sha256(part(header, 1) + part(header, 2) + asked).digest()
            signed = message((1, digest), (2, message((3, response))))
            endorsement = message((1, peer[0]), (2, peer[1].sign(signed + peer[0])))
            return message((1, 1), (4, response), (5, signed), (6, endorsement))

        return answer

    def settings(self, urls: Sequence[str], folder: Path) -> dict[str, Any]:
        """The settings by which ``urls`` are asked."""
        return {
            "chain": "fabric",
            "group": CHANNEL,
            "nodes": [{"name": f"peer{at}", "url": url} for at, url in enumerate(urls, 1)],
            "client": identified(self.client[1], "Org1MSP", folder),
            "timeout": "5 s",
        }


def identified(own: Holder, name: str, folder: Path) -> dict[str, str]:
    """A client's files in a folder, as the settings name them."""
    (folder / "client.pem").write_bytes(own.pem)
    (folder / "client.key").write_bytes(own.secret)
    (folder / "client.key").chmod(0o600)
    return {"organisation": name, "certificate": "client.pem", "key": "client.key"}


def _given(name: str, args: Sequence[str], held: Sequence[bytes]) -> tuple[int, bytes]:
    channel = args[0] if args else CHANNEL
    if name == "GetChannels":
        return 200, message((1, message((1, CHANNEL))))
    if channel != CHANNEL:
        return 404, b""
    if name == "GetChainInfo":
        return 200, message((1, len(held)))
    if name == "GetConfigBlock":
        return 200, held[0]
    return (200, held[int(args[1])]) if int(args[1]) < len(held) else (500, b"")


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, path: str, answer: Answer) -> None:
        self._path, self._answer = path, answer

    def service(self, details: Any) -> Any:
        if details.method != self._path:
            return None

        def answered(request: bytes, context: Any) -> bytes:
            try:
                return self._answer(request)
            except PermissionError as error:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, str(error))
            except BlockingIOError as error:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
            raise AssertionError

        return grpc.unary_unary_rpc_method_handler(answered)


@contextmanager
def serving(path: str, answers: Sequence[Answer], tls: Sequence[Holder] = ()) -> Iterator[list[str]]:
    """A server an answer; their addresses."""
    with ExitStack() as stack:
        urls = []
        for at, answer in enumerate(answers):
            server = grpc.server(ThreadPoolExecutor(2))
            server.add_generic_rpc_handlers([_Handler(path, answer)])
            if tls:
                given = grpc.ssl_server_credentials([(tls[at].secret, tls[at].pem)])
                port = server.add_secure_port("127.0.0.1:0", given)
            else:
                port = server.add_insecure_port("127.0.0.1:0")
            server.start()
            stack.callback(lambda one=server: one.stop(0).wait(60))
            urls.append(f"{'grpcs' if tls else 'grpc'}://127.0.0.1:{port}")
        yield urls
