# SPDX-License-Identifier: Apache-2.0
"""Key pairs that sign a bundle: Ed25519 (RFC 8032), and SM2 with SM3 (GB/T 32918) where 国密 is asked.

Private keys are PKCS#8 PEM readable by their owner only, public keys SPKI PEM: ``openssl pkey`` reads both.
A key is known by its ``keyid``: the SHA-256 of its SPKI DER, in hex.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from harness.errors import YanshouError
from harness.evidence import sm2
from harness.evidence.storage import open_descriptor, storing, write_fully

_ED25519_PUBLIC = bytes.fromhex("302a300506032b6570032100")
_ED25519_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
"""RFC 8410: SPKI before the 32 bytes of the point, PKCS#8 before the 32 bytes of the seed."""


class KeyFileError(YanshouError):
    """A key that cannot be read or is of the wrong kind."""

    code = "key"


class PublicKey(Protocol):
    """What checks signatures."""

    @property
    def algorithm(self) -> str:
        """``ed25519`` or ``sm2-sm3``."""

    @property
    def keyid(self) -> str:
        """SHA-256 of the SPKI DER, 64 hex digits."""

    @property
    def public_pem(self) -> bytes:
        """SPKI PEM."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """True when ``signature`` over ``message`` was made with the private half."""


class PrivateKey(PublicKey, Protocol):
    """What signs."""

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``: 64 bytes (Ed25519) or DER (SM2)."""


@dataclass(frozen=True, slots=True)
class Ed25519Public:
    """The public half of an Ed25519 pair: 32 bytes."""

    point: bytes
    algorithm: ClassVar[str] = "ed25519"

    @property
    def keyid(self) -> str:
        """SHA-256 of the SPKI DER, 64 hex digits."""
        return hashlib.sha256(_ED25519_PUBLIC + self.point).hexdigest()

    @property
    def public_pem(self) -> bytes:
        """SPKI PEM."""
        return _pem("PUBLIC KEY", _ED25519_PUBLIC + self.point)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """True when the 64-byte ``signature`` over ``message`` is genuine."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.point).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ed25519Private(Ed25519Public):
    """An Ed25519 pair."""

    seed: bytes

    def __repr__(self) -> str:
        """Which key it is, never the secret."""
        return f"Ed25519Private({self.keyid})"

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over ``message``; the same for the same message (RFC 8032)."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class Sm2Public:
    """The public half of an SM2 pair: 65 bytes, uncompressed."""

    point: bytes
    algorithm: ClassVar[str] = "sm2-sm3"

    @property
    def keyid(self) -> str:
        """SHA-256 of the SPKI DER, 64 hex digits."""
        return hashlib.sha256(sm2.public_der(self.point)).hexdigest()

    @property
    def public_pem(self) -> bytes:
        """SPKI PEM."""
        return _pem("PUBLIC KEY", sm2.public_der(self.point))

    def verify(self, message: bytes, signature: bytes) -> bool:
        """True when the DER ``signature`` over ``message`` is genuine."""
        return sm2.verify(self.point, message, signature)


@dataclass(frozen=True, slots=True)
class Sm2Private(Sm2Public):
    """An SM2 pair."""

    secret: bytes

    def __repr__(self) -> str:
        """Which key it is, never the secret."""
        return f"Sm2Private({self.keyid})"

    def sign(self, message: bytes) -> bytes:
        """A DER signature over ``message``; another one each time."""
        return sm2.sign(self.secret, self.point, message)


def generate(prefix: Path, *, ed25519: bool = True, sm2: bool = False) -> tuple[Path, ...]:
    """New pairs as ``PREFIX.ed25519.pem``, ``PREFIX.ed25519.pub.pem`` (and ``.sm2.…``); the paths written.

    ``prefix`` may be an existing folder: the files are then called ``yanshou.…`` there. Private files have mode
    0600. Never overwrites: StorageError when one is there.
    """
    if prefix.is_dir():
        prefix = prefix / "yanshou"
    pairs = [*([_new_ed25519()] if ed25519 else []), *([_new_sm2()] if sm2 else [])]
    made: list[Path] = []
    for name, private, public in pairs:
        for suffix, content, mode in ((f".{name}.pem", private, 0o600), (f".{name}.pub.pem", public, 0o644)):
            made.append(prefix.with_name(prefix.name + suffix))
            _create(made[-1], content, mode)
    return tuple(made)


def _new_ed25519() -> tuple[str, bytes, bytes]:
    pair = _ed25519(os.urandom(32))
    return "ed25519", _pem("PRIVATE KEY", _ED25519_PRIVATE + pair.seed), pair.public_pem


def _new_sm2() -> tuple[str, bytes, bytes]:
    secret, point = sm2.generate()
    return "sm2", _pem("PRIVATE KEY", sm2.private_der(secret, point)), Sm2Public(point).public_pem


def _ed25519(seed: bytes) -> Ed25519Private:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519Private(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(), seed)


def _create(path: Path, content: bytes, mode: int) -> None:
    with storing(path):
        descriptor = open_descriptor(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            for _ in write_fully(descriptor, content):
                pass
        finally:
            os.close(descriptor)


def load_private(reference: str | Path, *, folder: Path | None = None) -> PrivateKey:
    """The private key in a file, or in ``env:NAME`` (a variable with PEM text or a path).

    Relative paths are below ``folder`` (default: the working folder). Raises KeyFileError with the cure:
    missing, unreadable, readable by others, encrypted, a public key, another algorithm.
    """
    text = str(reference)
    if text.startswith("env:"):
        text = _variable(text.removeprefix("env:"))
        if "-----BEGIN" in text:
            return _private(text.encode(), str(reference))
    path = (folder or Path()) / text
    content = _read(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        msg = "The private key can be read by other users."
        raise KeyFileError(msg, cure=f"chmod 600 {path}, and consider the key exposed.", where=str(path))
    return _private(content, str(path))


def load_public(path: Path) -> PublicKey:
    """The public key in a PEM file; KeyFileError with the cure (missing, private key, another algorithm)."""
    return public_key(_read(path), where=str(path))


def public_key(pem: bytes, *, where: str = "") -> PublicKey:
    """The public key in PEM text; KeyFileError with the cure."""
    der = _der(pem, "PUBLIC KEY", where)
    if der.startswith(_ED25519_PUBLIC) and len(der) == len(_ED25519_PUBLIC) + 32:
        return Ed25519Public(der[len(_ED25519_PUBLIC) :])
    if sm2.is_public(der):
        try:
            return Sm2Public(sm2.point_of(der))
        except ValueError as error:
            raise _wrong(str(error), where) from None
    raise _wrong("neither Ed25519 nor SM2", where)


def _private(pem: bytes, where: str) -> PrivateKey:
    der = _der(pem, "PRIVATE KEY", where)
    if der.startswith(_ED25519_PRIVATE) and len(der) == len(_ED25519_PRIVATE) + 32:
        return _ed25519(der[len(_ED25519_PRIVATE) :])
    if sm2.is_private(der):
        try:
            secret, point = sm2.secret_of(der)
        except ValueError as error:
            raise _wrong(str(error), where) from None
        return Sm2Private(point, secret)
    raise _wrong("neither Ed25519 nor SM2 in PKCS#8", where)


def _variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value.strip():
        msg = f"The environment variable {name} is not set."
        raise KeyFileError(msg, cure="set it to the path of a private key, or to its PEM text.", where=f"env:{name}")
    return value.strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        cure = {
            FileNotFoundError: "make one with yanshou keygen, or correct the path.",
            PermissionError: "run as the key's owner, or chown the file.",
            IsADirectoryError: "name the PEM file inside that folder.",
        }.get(type(error), "check the path.")
        msg = f"The key cannot be read: {error.strerror}."
        raise KeyFileError(msg, cure=cure, where=str(path)) from None


def _wrong(what: str, where: str) -> KeyFileError:
    return KeyFileError(
        f"This key cannot be used: {what}.",
        cure="make a pair with yanshou keygen, or with openssl genpkey -algorithm ED25519.",
        where=where,
    )


def _pem(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _der(pem: bytes, label: str, where: str) -> bytes:
    """The bytes between the lines of a PEM text (RFC 7468); KeyFileError naming what it is instead."""
    lines = [line.strip() for line in pem.decode("latin-1").splitlines() if line.strip()]
    heads = [line for line in lines if line.startswith("-----BEGIN ")]
    if f"-----BEGIN {label}-----" not in heads:
        found = heads[0].strip("-").removeprefix("BEGIN ").lower() if heads else "no PEM"
        msg = f"a {label.lower()} is needed, this is {found}"
        raise _wrong(msg, where)
    start = lines.index(f"-----BEGIN {label}-----") + 1
    try:
        return base64.b64decode("".join(lines[start : lines.index(f"-----END {label}-----", start)]), validate=True)
    except (ValueError, binascii.Error):
        raise _wrong("its PEM text is damaged", where) from None
