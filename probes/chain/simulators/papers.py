# SPDX-License-Identifier: Apache-2.0
"""The papers of a simulated alliance: SM2 certificates of an authority, agencies and nodes, the register, off-chain originals."""

from __future__ import annotations

import base64
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.spec import uscc
from probes.chain.formats.certificate import EC_KEY, SM2_CURVE, SM2_WITH_SM3
from probes.chain.simulators.chain import Network, original
from probes.chain.simulators.forge import Key
from probes.chain.wire import der, sm2

_NAMES = {"C": "2.5.4.6", "O": "2.5.4.10", "CN": "2.5.4.3"}
_BEGINS, _ENDS = b"230601000000Z", b"430601000000Z"


def papers(network: Network, urls: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a profile may refer to: ``nodes`` with owner, key and certificate, ``authorities``, ``originals`` and ``documents``."""
    settings = network.settings
    nodes: list[dict[str, Any]] = []
    authority = network.style.key("authority")
    rng = random.Random(5)
    root = certificate(("C", "CN"), ("O", "示例联盟"), ("CN", "Simulated alliance CA"), key=authority, rng=rng)
    if network.style.national:
        (folder / "authority.crt").write_bytes(pem(root))
    for number, (key, url) in enumerate(zip(network.keys, urls, strict=True), 1):
        name = f"示例企业{number:02d}"
        node = {"name": f"node{number}", "url": url, "organisation": name, "uscc": code(number), "key": key.hex}
        if network.style.national:
            own = certificate(
                ("C", "CN"), ("O", name), ("CN", f"node{number}"), key=key, issuer=(root, authority), rng=rng
            )
            path = folder / f"node{number}.crt"
            path.write_bytes(pem(own) + pem(root))
            node["certificate"] = str(path)
        nodes.append(node)
    made: dict[str, Any] = {"nodes": nodes}
    if network.style.national:
        made["authorities"] = [str(folder / "authority.crt")]
    if settings.originals:
        made |= _originals(network, folder)
    return made


def _originals(network: Network, folder: Path) -> dict[str, str]:
    documents, table = folder / "originals", folder / "originals.csv"
    documents.mkdir()
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["交易哈希", "原件"])
        for at in range(network.settings.records):
            digest = network.main.txs[at // network.settings.bundle]
            name = f"{at:06d}.txt"
            altered = " (改)".encode() if at < network.settings.altered else b""
            (documents / name).write_bytes(original(at) + altered)
            writer.writerow([digest, name])
    return {"originals": str(table), "documents": str(documents)}


def code(number: int) -> str:
    """A unified social credit code of the test range with its check digit."""
    inside = f"MA{number:06d}"
    body = f"91420100{inside}{uscc.organisation_check_character(inside)}"
    return body + uscc.check_character(body)


def certificate(
    *subject: tuple[str, str], key: Key, rng: random.Random, issuer: tuple[bytes, Key] | None = None
) -> bytes:
    """An X.509 certificate of SM2 in DER; without an issuer an authority that signs itself."""
    signer = key if issuer is None else issuer[1]
    name = der.sequence(*(_attribute(*each) for each in subject))
    issued_by = name if issuer is None else _subject(issuer[0])
    algorithm = der.sequence(_oid(SM2_WITH_SM3))
    info = der.sequence(der.sequence(_oid(EC_KEY), _oid(SM2_CURVE)), _bits(b"\x04" + key.public))
    constraints = der.sequence(der.sequence(b"\xff", tag=0x01)) if issuer is None else der.sequence()
    extension = der.sequence(
        _oid("2.5.29.19"), der.sequence(b"\xff", tag=0x01), der.sequence(constraints, tag=der.OCTETS)
    )
    body = der.sequence(
        der.sequence(der.integer(2), tag=0xA0),
        der.integer(rng.randrange(1, 1 << 60)),
        algorithm,
        issued_by,
        der.sequence(der.sequence(_BEGINS, tag=0x17), der.sequence(_ENDS, tag=0x17)),
        name,
        info,
        der.sequence(der.sequence(extension), tag=0xA3),
    )
    told = sm2.digest(body, signer.public)
    signature = sm2.signatures(signer.secret, [(told, rng.randrange(1, 1 << 250))])[0]
    pair = der.sequence(*(der.integer(int.from_bytes(part, "big")) for part in (signature[:32], signature[32:])))
    return der.sequence(body, algorithm, _bits(pair))


def pem(data: bytes) -> bytes:
    """A certificate as text."""
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""])


def _subject(whole: bytes) -> bytes:
    return der.only(whole).children()[0].children()[5].whole


def _attribute(name: str, value: str) -> bytes:
    text = der.sequence(value.encode(), tag=0x13 if name == "C" else 0x0C)
    return der.sequence(der.sequence(_oid(_NAMES[name]), text), tag=der.SET)


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for each in (40 * first + second, *rest):
        part, left = bytes([each & 0x7F]), each >> 7
        while left:
            part, left = bytes([left & 0x7F | 0x80]) + part, left >> 7
        out += part
    return der.sequence(out, tag=der.OID)


def _bits(data: bytes) -> bytes:
    return der.sequence(b"\0" + data, tag=der.BITS)
