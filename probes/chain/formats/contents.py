# SPDX-License-Identifier: Apache-2.0
"""What a payload says, whatever its writing: width, case, blanks, the order of a JSON text's keys, hex or base64 around it.

Two records that say the same are one. A call by the ABI is read by its texts; what follows them, and no decoder reads, says nothing.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from unicodedata import normalize

from probes.chain.wire import flat

_WORD, _SELECTOR, _MOST = 32, 4, 64
_CODE = (b"\x60\x80\x60\x40", b"\x60\x60\x60\x40")
"""How the code of a new contract begins (solc), bare or behind the salt of a factory."""
_HEX = re.compile(r"(?:0x)?((?:[0-9a-f]{2}){8,})", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")


def content(payload: bytes) -> bytes:
    """The payload in the one form that all of its writings have."""
    return b"".join([len(each).to_bytes(4, "big") + each for each in map(_plain, _parts(payload))])


def contents(payloads: Sequence[bytes]) -> list[bytes]:
    """:func:`content` of each; flat JSON, as most records are, together."""
    usual = flat.written([each if len(each) % _WORD != _SELECTOR else b"" for each in payloads])
    return [
        content(payload) if text is None else len(text).to_bytes(4, "big") + text
        for payload, text in zip(payloads, usual, strict=True)
    ]


def deploys(payload: bytes) -> bool:
    """Whether it is the code of a contract, whoever it is sent to."""
    return payload[:4] in _CODE or payload[_WORD : _WORD + 4] in _CODE


def _parts(payload: bytes) -> Iterator[bytes]:
    """The arguments of a call, texts without their lengths and padding; else the payload itself."""
    body = payload[_SELECTOR:]
    if len(payload) % _WORD != _SELECTOR or not body:
        yield payload
        return
    yield payload[:_SELECTOR]
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
    """The text whose length stands at ``begin``; None where there is none, or what pads it is not zero."""
    size, begin = int.from_bytes(body[begin : begin + _WORD], "big"), begin + _WORD
    if not 0 < size <= len(body) - begin:
        return None
    found, padding = body[begin : begin + size], body[begin + size : begin + -(-size // _WORD) * _WORD]
    return None if any(padding) or _read(found) is None else found


def _read(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _plain(data: bytes) -> bytes:
    text = _read(data)
    if text is None:
        return data
    text = text.strip()
    text = _composed(text if text[:1] in _OPEN else _unwrapped(text))
    if text[:1] in _OPEN:
        try:
            found, end = _NUMBERS.raw_decode(text)
            text = _composed(_SORTED.encode(found)) if end == len(text) else text
        except (ValueError, RecursionError):
            pass
    return "".join(text.casefold().split()).encode("utf-8", "surrogatepass")


def _composed(text: str) -> str:
    return text if text.isascii() else normalize("NFKC", text)


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


def _number(text: str) -> Any:
    value = float(text)
    return int(value) if value.is_integer() else value


_OPEN = {"{", "["}
_NUMBERS, _SORTED = json.JSONDecoder(parse_float=_number), json.JSONEncoder(ensure_ascii=False, sort_keys=True)
