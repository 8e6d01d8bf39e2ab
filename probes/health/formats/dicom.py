# SPDX-License-Identifier: Apache-2.0
"""DICOM objects by pydicom (the extra ``dicom``): every element, pixels as they are decoded, waveforms as samples. Pure.

The file's own head (group 0002: who wrote the file, in which transfer syntax) is the receiver's; every other element of the
object has to be equal. Group lengths are counted by whoever writes. A receiver that compresses without loss may say so in the
Derivation Description, as dcmtk does, where its pixels were decoded here and are the same; the order of bytes is no difference.
"""

from __future__ import annotations

import io
import json
import warnings
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np

from harness.errors import UsageError
from probes.health.formats.forms import (
    ACCEPTED,
    AGAIN,
    PIXELS,
    REFUSED,
    UNDECODED,
    Answer,
    Entry,
    Page,
    Receipt,
    Record,
    by_http,
    refuse,
)

_CURE = "check that the peer stores DICOM objects as they are."
_WARNINGS = {0xB000, 0xB006, 0xB007}
_HEAD = b"DICM"
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_WORDS = {"OW": 2, "OL": 4, "OF": 4, "OD": 8, "OV": 8}
"""Bytes of a word in elements that are strings of words."""
_MOST_BYTES = 256 << 20
"""Of an object, inflated or as pixels."""


def dataset(body: bytes) -> Any:
    """The object; UnreadableError where it is none, UsageError where pydicom is not installed."""
    try:
        from pydicom import dcmread
        from pydicom.errors import InvalidDicomError
    except ImportError:
        msg = "DICOM needs pydicom and pynetdicom."
        raise UsageError(msg, cure="pip install 'yanshou[dicom]'.") from None
    if body[128:132] != _HEAD or _bomb(body):
        raise refuse("no-dicom", _CURE)
    try:
        found = dcmread(io.BytesIO(body))
        list(found.iterall())
    except (
        InvalidDicomError,
        LookupError,
        ArithmeticError,
        ValueError,
        TypeError,
        AttributeError,
        OSError,
        RuntimeError,
        EOFError,
        Warning,
    ):
        raise refuse("no-dicom", _CURE) from None
    if not found.get("SOPInstanceUID"):
        raise refuse("no-dicom", _CURE)
    return found


def _bomb(body: bytes) -> bool:
    """Whether a deflated object (PS3.5 A.5) is larger than any that is sent here; nothing is inflated further to find out."""
    end = 144 + int.from_bytes(body[140:144], "little")
    if _DEFLATED not in body[132:end]:
        return False
    inflating = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflating.decompress(body[end:], _MOST_BYTES)
    except zlib.error:
        return True
    return bool(inflating.unconsumed_tail)


def record(body: bytes) -> Record:
    """An object: its SOP Instance UID is the identifier, Patient ID and Other Patient IDs are the patients."""
    found = dataset(body)
    fields = dict(_fields(found, ""))
    if "PixelData" in found:
        pixels = _pixels(found)
        fields[PIXELS if pixels else UNDECODED] = pixels or sha256(found.PixelData).hexdigest()
        if pixels and _recoded(found):
            fields.pop("DerivationDescription", None)
    kind = str(found.get("Modality", ""))
    return Record(str(found.get("SOPInstanceUID", "")), tuple(_people(found)), fields, kind)


def patients(answer: bytes) -> tuple[str, ...]:
    """Everybody in an object, or in a list of DICOM JSON."""
    if not answer.strip():
        return ()
    if answer[128:132] == _HEAD:
        return tuple(_people(dataset(answer)))
    return tuple(each for row in _rows(answer) for tag in ("00100020", "00101000") for each in _values(row, tag))


def found(answer: bytes) -> tuple[str, ...]:
    """The instances of a list."""
    return tuple(each.handle.rpartition("/")[2] for each in page(answer).entries)


def receipt(answer: Answer, identifier: str) -> Receipt:  # noqa: ARG001 - the interface of every form
    """The status of C-STORE, PS3.4 B.2.3; where the web took it, that of HTTP."""
    status = answer.status
    if status == 0 or status in _WARNINGS:
        return Receipt(ACCEPTED, f"{status:#06x}")
    if 100 <= status < 600 and answer.place == "http":
        return by_http(status)
    return Receipt(AGAIN if 0xA700 <= status <= 0xA7FF else REFUSED, f"{status:#06x}")


def page(answer: bytes) -> Page:
    """Instances as DICOM JSON has them (PS3.18 F): from QIDO-RS, or what C-FIND answered."""
    entries = []
    for row in _rows(answer):
        uids = [(_values(row, tag) or [""])[0] for tag in ("0020000D", "0020000E", "00080018")]
        if not uids[2]:
            raise refuse("no-such-list", _CURE)
        entries.append(Entry("/".join(uids), None))
    return Page(tuple(entries))


def _rows(answer: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        raise refuse("no-such-list", _CURE) from None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise refuse("no-such-list", _CURE)
    return found


def _values(row: dict[str, Any], tag: str) -> list[str]:
    held = row.get(tag)
    values = held.get("Value", []) if isinstance(held, dict) else []
    return [str(each) for each in values if each not in (None, "")]


def _people(found: Any) -> Iterator[str]:
    for each in found.iterall():
        if each.keyword in {"PatientID", "OtherPatientIDs"}:
            values = each.value if each.VM > 1 else [each.value]
            yield from (str(value) for value in values if value not in (None, ""))


def _fields(found: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every element that says something; the object's own pixels are left to be decoded, those of an icon are bytes like others."""
    for each in found:
        if each.tag.element == 0 or (each.keyword == "PixelData" and not path):
            continue
        name = f"{path}{each.keyword or each.tag}"
        if each.VR == "SQ":
            yield f"{name}.#", str(len(each.value))
            for at, item in enumerate(each.value):
                yield from _fields(item, f"{name}[{at}].")
        elif isinstance(each.value, bytes):
            yield name, sha256(_little(found, each)).hexdigest()
        elif each.value not in (None, ""):
            yield name, str(each.value)


def _little(found: Any, element: Any) -> bytes:
    """Bytes of an element with its words the lowest byte first, whatever order the object was written in."""
    width = _WORDS.get(element.VR, 1)
    value = bytes(element.value)
    if width == 1 or found.original_encoding[1] is not False or len(value) % width:
        return value
    return np.frombuffer(value, f">u{width}").astype(f"<u{width}").tobytes()


def _recoded(found: Any) -> bool:
    """Whether the pixels were compressed, and nothing says that anything was lost by it."""
    return (
        bool(found.file_meta.TransferSyntaxUID.is_compressed) and str(found.get("LossyImageCompression", "00")) == "00"
    )


def _pixels(found: Any) -> str:
    """The pixels as they are seen; empty where nothing here can decode them, or they are too many."""
    from pydicom.pixels.utils import pixel_array

    syntax = found.file_meta.TransferSyntaxUID
    try:
        with warnings.catch_warnings(action="ignore"):  # sizes that do not fit are fields that differ
            seen = pixel_array(found) if _size(found) <= _MOST_BYTES else None
    except (ValueError, TypeError, AttributeError, RuntimeError, NotImplementedError, KeyError):
        seen = None
    if seen is not None:
        return sha256(seen.astype(seen.dtype.newbyteorder("<")).tobytes()).hexdigest()
    return "" if syntax.is_compressed else sha256(found.PixelData).hexdigest()


def _size(found: Any) -> int:
    """Bytes of the pixels as the object states them."""
    frames = int(found.get("NumberOfFrames") or 1)
    return int(found.Rows) * int(found.Columns) * int(found.SamplesPerPixel) * frames * (int(found.BitsAllocated) // 8)
