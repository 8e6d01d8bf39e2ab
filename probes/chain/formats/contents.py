# SPDX-License-Identifier: Apache-2.0
"""What a payload says, whatever its writing: width, case, blanks, the order of a JSON text's keys, hex or base64 around it.

Two records that say the same are one. A call by the ABI is read by its texts; what follows them, and no decoder reads, says nothing.
Arguments of a chaincode (Fabric) and parameters of a contract (ChainMaker) are read one by one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from unicodedata import normalize

from harness.errors import DecodeError
from harness.kit.copies import UNSEEN
from probes.chain.wire.protobuf import fields, messages, part

ITEM = "item"
_WORD, _SELECTOR, _MOST = 32, 4, 64
_CODE = (b"\x60\x80\x60\x40", b"\x60\x60\x60\x40")
"""How the code of a new contract begins (solc), bare or behind the salt of a factory."""
_LEADS = b"\xc2\xcd\xd8\xe1\xe2\xef\xf3"
"""How characters that nobody sees begin in UTF-8; few texts have any, and looking for the bytes is quick."""
_HEX = re.compile(r"(?:0x)?((?:[0-9a-f]{2}){8,})", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")


class Said(NamedTuple):
    """One part of a payload in the one form that all of its writings have; ``text``: whether it is a text."""

    data: bytes
    text: bool


def said(payload: bytes, form: str = "") -> list[Said]:
    """The parts of a payload; ``form``: the kind of chain, or :data:`ITEM` for a record that was taken out of a transaction."""
    parts = _READERS.get(form, _parts)(payload)
    return [each if isinstance(each, Said) else _plain(each) for each in parts]


def whole(form: str) -> bool:
    """Whether a payload of this kind of chain that is a text is one part."""
    return _READERS.get(form, _parts) is _parts or form == ITEM


def content(parts: Iterable[Said]) -> bytes:
    """All parts, so that other parts give other bytes."""
    return b"".join([framed(each.data) for each in parts])


def framed(data: bytes) -> bytes:
    """One part behind its length."""
    return len(data).to_bytes(4, "big") + data


def deploys(payload: bytes) -> bool:
    """Whether it is the code of a contract, whoever it is sent to."""
    return payload[:4] in _CODE or payload[_WORD : _WORD + 4] in _CODE


def _parts(payload: bytes) -> Iterator[bytes | Said]:
    """The arguments of a call, texts without their lengths and padding; else the payload itself, as a text that is as long as a call."""
    body = payload[_SELECTOR:]
    if len(payload) % _WORD != _SELECTOR or not body or _read(payload) is not None:
        yield payload
        return
    yield Said(payload[:_SELECTOR], text=False)
    heads, at, end = len(body), 0, 0
    while at < min(heads, _MOST * _WORD):
        begin = int.from_bytes(body[at : at + _WORD], "big")
        leads = begin % _WORD == 0 and at < begin <= len(body) - _WORD
        text = _text(body, begin) if leads and end >= 0 else None
        if text is None:
            yield body[at : at + _WORD]
            end = -1 if leads else end  # it may lead to an array: all that follows counts
        else:
            yield text
            heads, end = min(heads, begin), max(end, begin)
        at += _WORD
    if end <= 0:
        yield body[at:]


def _text(body: bytes, begin: int) -> bytes | None:
    """The text whose length stands at ``begin``; None where there is none, or where it may be an array: what pads it is not zero."""
    size, begin = int.from_bytes(body[begin : begin + _WORD], "big"), begin + _WORD
    if not 0 < size <= len(body) - begin:
        return None
    found, padding = body[begin : begin + size], body[begin + size : begin + -(-size // _WORD) * _WORD]
    array = any(padding) and size * _WORD <= len(body) - begin
    return None if array or _read(found) is None else found


def _arguments(payload: bytes) -> Iterator[bytes]:
    """The arguments of a chaincode, each behind its length."""
    at = 0
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4], "big")
        yield payload[at + 4 : at + 4 + size]
        at += 4 + size


def _parameters(payload: bytes) -> Iterator[bytes]:
    """The method of a contract of ChainMaker and its parameters by name."""
    try:
        told = fields(payload)
        pairs = sorted((part(each, 1), part(each, 2)) for each in messages(told, 8))
    except DecodeError:
        yield payload
        return
    yield part(told, 7)
    for pair in pairs:
        yield from pair


_READERS: Mapping[str, Callable[[bytes], Iterable[bytes | Said]]] = {
    "fabric": _arguments,
    "chainmaker": _parameters,
    ITEM: lambda payload: [payload],
}


def _read(data: bytes) -> str | None:
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _plain(data: bytes) -> Said:
    text = _read(data)
    if text is None:
        return Said(data, text=False)
    text = text.strip()
    text = _composed(text if text[:1] in _OPEN else _unwrapped(text))
    if text[:1] in _OPEN:
        with suppress(ValueError, RecursionError):
            found, end = _NUMBERS.raw_decode(text)
            text = _composed(_SORTED.encode(found)) if end == len(text) else text
    plain = "".join(text.casefold().split())
    data = plain.encode("utf-8", "surrogatepass")
    if len(data) != len(data.translate(None, _LEADS)):
        data = UNSEEN.sub("", plain).encode("utf-8", "surrogatepass")
    return Said(data, text=True)


def _unwrapped(text: str) -> str:
    """A JSON text that is written in hex or base64 as itself."""
    try:
        if (found := _HEX.fullmatch(text)) is not None:
            data = bytes.fromhex(found[1])
        elif _BASE64.fullmatch(text) is not None:
            data = base64.b64decode(
                text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4),
                altchars=b"-_" if set(text) & {"-", "_"} else None,
            )
        else:
            return text
    except ValueError:
        return text
    inside = (_read(data) or "").strip()
    return inside if inside[:1] in _OPEN else text


def _composed(text: str) -> str:
    return text if text.isascii() else normalize("NFKC", text)


def _number(text: str) -> Any:
    value = float(text)
    return int(value) if value.is_integer() else value


_OPEN = {"{", "["}
_NUMBERS, _SORTED = json.JSONDecoder(parse_float=_number), json.JSONEncoder(ensure_ascii=False, sort_keys=True)
