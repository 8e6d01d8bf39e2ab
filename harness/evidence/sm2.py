# SPDX-License-Identifier: Apache-2.0
"""SM2 key files and signatures as OpenSSL 3 reads them (GB/T 32918, GB/T 35276, RFC 5208, RFC 5480).

The arithmetic is gmalg's; here is only the fixed DER around it. Signatures are over SM3 with the
distinguishing identifier of GM/T 0009: ``1234567812345678``.
"""

from __future__ import annotations

DISTINGUISHING_ID = b"1234567812345678"
_PRIME = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _PRIME - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""GB/T 32918.5: the recommended curve; the order of its base point."""

# id-ecPublicKey 1.2.840.10045.2.1 with the curve 1.2.156.10197.1.301
_ALGORITHM = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
_PUBLIC_HEAD = bytes.fromhex("3059") + _ALGORITHM + bytes.fromhex("034200")
_PRIVATE_HEAD = bytes.fromhex("308187020100") + _ALGORITHM + bytes.fromhex("046d306b0201010420")
_PRIVATE_MIDDLE = bytes.fromhex("a144034200")


def is_public(der: bytes) -> bool:
    """True for an SM2 SubjectPublicKeyInfo with an uncompressed point."""
    return der.startswith(_PUBLIC_HEAD) and len(der) == len(_PUBLIC_HEAD) + 65


def is_private(der: bytes) -> bool:
    """True for an SM2 PKCS#8 key that carries its public half, as OpenSSL writes it."""
    middle = len(_PRIVATE_HEAD) + 32
    whole = der.startswith(_PRIVATE_HEAD) and len(der) == middle + len(_PRIVATE_MIDDLE) + 65
    return whole and der[middle : middle + len(_PRIVATE_MIDDLE)] == _PRIVATE_MIDDLE


def public_der(point: bytes) -> bytes:
    """SubjectPublicKeyInfo of an uncompressed point (65 bytes: 04, x, y)."""
    return _PUBLIC_HEAD + point


def private_der(secret: bytes, point: bytes) -> bytes:
    """PKCS#8 of a secret (32 bytes) and its point (65 bytes)."""
    return _PRIVATE_HEAD + secret + _PRIVATE_MIDDLE + point


def point_of(der: bytes) -> bytes:
    """The point of an SPKI, checked to lie on the curve; ValueError when it does not."""
    point = der[len(_PUBLIC_HEAD) :]
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    on_curve = max(x, y) < _PRIME and (y * y - (x * x * x + _A * x + _B)) % _PRIME == 0
    if point[0] != 4 or not on_curve:
        raise ValueError("the point is not on the SM2 curve")
    return point


def secret_of(der: bytes) -> tuple[bytes, bytes]:
    """(secret, point) of a PKCS#8 key; ValueError when the two do not belong together."""
    from gmalg import SM2

    secret, point = der[len(_PRIVATE_HEAD) : len(_PRIVATE_HEAD) + 32], der[-65:]
    if not 1 <= int.from_bytes(secret) <= _ORDER - 2 or SM2(secret).generate_pk(secret) != point:
        raise ValueError("the secret does not belong to the public key beside it")
    return secret, point


def generate() -> tuple[bytes, bytes]:
    """A new (secret, point), from the system's random source."""
    from gmalg import SM2

    secret, point = SM2().generate_keypair()
    return secret.rjust(32, b"\0"), point


def sign(secret: bytes, point: bytes, message: bytes) -> bytes:
    """DER signature (SEQUENCE of r, s) over ``message``."""
    from gmalg import SM2

    r, s = SM2(secret, DISTINGUISHING_ID, point).sign(message)
    body = _integer(int.from_bytes(r)) + _integer(int.from_bytes(s))
    return bytes([0x30, len(body)]) + body


def verify(point: bytes, message: bytes, signature: bytes) -> bool:
    """True when ``signature`` (DER) over ``message`` was made with the secret of ``point``."""
    from gmalg import SM2

    numbers = _two_integers(signature)
    if numbers is None:
        return False
    r, s = (number.to_bytes(32) for number in numbers)
    return bool(SM2(None, DISTINGUISHING_ID, point).verify(message, r, s))


def _integer(value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1)
    return bytes([0x02, len(content)]) + content


def _two_integers(der: bytes) -> tuple[int, int] | None:
    """The two numbers of a strictly DER-encoded signature below the order; None for anything else."""
    if len(der) < 8 or der[0] != 0x30 or der[3] > len(der) - 6:
        return None
    second = 4 + der[3]
    first, last = int.from_bytes(der[4:second]), int.from_bytes(der[second + 2 :])
    body = _integer(first) + _integer(last)
    if der != bytes([0x30, len(body)]) + body or max(first, last) >= _ORDER:
        return None
    return first, last
