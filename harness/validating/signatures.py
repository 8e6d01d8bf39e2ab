# SPDX-License-Identifier: Apache-2.0
"""Digests, signatures, canonical JSON and the draw against published test vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from harness.evidence.canonical import canonical_bytes
from harness.evidence.keys import Ed25519Public
from harness.kit.draw import sample
from harness.kit.validation import Case

_SM3 = {
    "abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}
"""GB/T 32905 annex A."""
_SHA256 = {
    "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
}
"""FIPS 180-4, NIST's examples."""
_ED25519 = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
)
"""RFC 8032 7.1, tests 1 and 2."""
_NUMBERS = {
    333333333.33333329: "333333333.3333333",
    1e30: "1e+30",
    4.50: "4.5",
    2e-3: "0.002",
    0.000000000000000000000000001: "1e-27",
    -0.0: "0",
}
"""RFC 8785 3.2.2 and appendix B."""


def cases() -> Iterator[Case]:
    """Every vector."""
    for number, (text, digest) in enumerate(_SM3.items(), 1):
        yield Case(f"sm3-{number}", "GB/T 32905 annex A", partial(_digest, "sm3", text), digest)
    for number, (text, digest) in enumerate(_SHA256.items(), 1):
        yield Case(f"sha256-{number}", "FIPS 180-4", partial(_digest, "sha256", text), digest)
    for number, (point, message, signature) in enumerate(_ED25519, 1):
        yield Case(f"ed25519-{number}", "RFC 8032 7.1", partial(_verified, point, message, signature), expected=True)
        other = f"{signature[:-2]}0f"
        yield Case(f"ed25519-{number}-forged", "RFC 8032 7.1, changed", partial(_verified, point, message, other), expected=False)  # fmt: skip
    for number, (value, text) in enumerate(_NUMBERS.items(), 1):
        yield Case(f"json-number-{number}", "RFC 8785", partial(_written, value), text)
    yield Case(
        "json-order", "RFC 8785 3.2.3", partial(_written, {"b": 1, "a": [], "€": "\u20ac"}), '{"a":[],"b":1,"€":"€"}'
    )
    yield Case("draw", "SHA-256 by sha256sum", partial(_drawn, 1000, 5), [39, 94, 563, 627, 979])


def _digest(name: str, text: str) -> str:
    return hashlib.new(name, text.encode("ascii")).hexdigest()


def _verified(point: str, message: str, signature: str) -> bool:
    return Ed25519Public(bytes.fromhex(point)).verify(bytes.fromhex(message), bytes.fromhex(signature))


def _written(value: object) -> str:
    return canonical_bytes(value).decode("utf-8")


def _drawn(population: int, size: int) -> list[int]:
    return list(sample("0" * 64, "1" * 64, population, size))
