# SPDX-License-Identifier: Apache-2.0
"""Asking a time-stamping authority (RFC 3161) for tokens: at the start of an attempt, at the seal, or later.

An authority that is down stops nothing: the journal says so, and the stamp may be added afterwards, which is told as such. An
answer that is not over the asked bytes, or does not repeat the asked number, is refused like no answer.
"""

from __future__ import annotations

import hashlib
import secrets
import urllib.error
import urllib.request
from pathlib import Path

from harness.errors import InstrumentError, YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.der import DerError, only
from harness.evidence.journal import Journal, JournalEvent
from harness.evidence.storage import make_folder, replace_file, storing
from harness.evidence.timestamp import LARGEST, TimeStamp, check_time_stamp
from harness.kit.words import Catalogue
from harness.printable import printable

WORDS = Catalogue("harness", "authority")
TIMEOUT_S = 10.0
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
"""AlgorithmIdentifier of SHA-256."""


def request(content: bytes, nonce: int) -> bytes:
    """A TimeStampReq (RFC 3161 2.4.1) over ``content`` that asks for the certificate to be sent along."""
    imprint = _tlv(0x30, _SHA256 + _tlv(0x04, hashlib.sha256(content).digest()))
    return _tlv(0x30, _integer(1) + imprint + _integer(nonce) + b"\x01\x01\xff")


def token(authority: str, content: bytes) -> tuple[bytes, TimeStamp]:
    """A genuine token of ``authority`` over ``content``; InstrumentError where there is none, TimeStampError for a false one."""
    if not authority.startswith(("http://", "https://")):
        msg = f"{authority!r} is no address of a time-stamping authority."
        raise InstrumentError(msg, cure="write http://… or https://… .")
    nonce = secrets.randbits(63) | 1 << 62
    asked = urllib.request.Request(  # noqa: S310 - the scheme was just checked
        authority, request(content, nonce), {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            given: bytes = answer.read(LARGEST + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        msg = f"The time-stamping authority does not answer: {printable(str(error))[:120]}."
        raise InstrumentError(msg, cure="check the address, or stamp later with yanshou stamp.") from None
    stamp = check_time_stamp(given[:LARGEST], content, authority)
    if not _repeats(given, nonce):
        msg = "The time-stamping authority answered another question than the one asked."
        raise InstrumentError(msg, cure="use another authority.")
    return given, stamp


def stamp_start(bundle: Bundle, journal: Journal, event: JournalEvent, authority: str) -> None:
    """Stamp the journal as it stands after ``event``; where that fails the journal says so."""
    attempt = event.body["attempt"]
    try:
        given, _ = token(authority, event.hash.encode("ascii"))
    except YanshouError as error:
        told = {"attempt": attempt, "moment": "start", "authority": authority, "problem": error.problem[:400]}
        journal.append("not_stamped", told)
        return
    path = f"data/stamps/{attempt:04d}.tsr"
    with storing(bundle.root / path):
        make_folder((bundle.root / path).parent)
    replace_file(bundle.root / path, given, scratch=bundle.root)
    said = {"attempt": attempt, "path": path, "sha256": hashlib.sha256(given).hexdigest(), "over": event.hash}
    journal.append("time_stamped", said, durable=True)


def stamp_seal(bundle: Bundle, authority: str) -> bool:
    """Stamp the attestation of a sealed bundle; False where the authority gave nothing (or nobody signed)."""
    if not bundle.attestation_path.is_file():
        return False
    try:
        add_stamp(bundle.root, authority)
    except YanshouError:
        return False
    return True


def add_stamp(root: Path, authority: str) -> TimeStamp:
    """Put ``attestation.tsr`` beside the attestation; raises as :func:`token`."""
    content = (root / "attestation.dsse.json").read_bytes()
    given, stamp = token(authority, content)
    replace_file(root / "attestation.tsr", given, scratch=root)
    return stamp


def _repeats(given: bytes, nonce: int) -> bool:
    """Whether the number that was asked with stands in the answer (inside the signed TSTInfo, whose bytes were checked)."""
    try:
        only(given)
    except DerError:
        return False
    return _integer(nonce) in given


def _integer(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
