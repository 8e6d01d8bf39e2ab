# SPDX-License-Identifier: Apache-2.0
"""One value, one sequence of bytes: the JSON Canonicalization Scheme, RFC 8785.

Everything that is hashed, signed or compared byte for byte goes through :func:`canonical_bytes`;
everything that is read from a stranger goes through :func:`parse`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

from harness.evidence.defects import NotJsonError

_OTHERWISE = re.compile(r"(?:^|[:\[,])-?\d+(?:\.0(?=[,}\]]|$)|(?:\.\d+)?[eE])|[\U00010000-\U0010ffff]")
"""Where RFC 8785 may write otherwise than Python: 5.0, exponents, and characters of two UTF-16 units in keys."""
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
LARGEST = 2**53 - 1
"""The largest integer every JSON reader holds exactly (RFC 7493 2.2)."""
DEPTH = 64
"""Deepest nesting accepted: far more than any document of ours, far less than a parser's stack."""


def canonical_bytes(value: Any) -> bytes:
    """UTF-8 bytes of ``value`` as RFC 8785 writes them: sorted keys, no blanks, ECMAScript numbers.

    Accepts mappings with string keys, lists, tuples, strings, booleans, None, integers within
    ±(2^53 - 1) and finite floats. Raises NotJsonError naming the place of anything else: NaN, infinities,
    fractions, dates, numpy integers, lone surrogates.
    """
    return written(_plain(value, "$", 0))


def written(value: Any) -> bytes:
    """As :func:`canonical_bytes` for what :func:`parse` gave, which needs no second check.

    Python's own writer gives the same text five times as fast, but for some numbers and for keys beyond the BMP.
    """
    text = _WRITER.encode(value)
    if _OTHERWISE.search(text) is None:
        return text.encode("utf-8")
    exact: bytes = rfc8785.dumps(value)
    return exact


def _plain(value: Any, place: str, depth: int) -> Any:
    """``value`` made of dict, list and scalars only; NotJsonError with the place otherwise."""
    if depth > DEPTH:
        msg = f"{place}: nested deeper than {DEPTH}"
        raise NotJsonError(msg)
    if isinstance(value, Mapping):
        return {_key(key, place): _plain(each, f"{place}.{key}", depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(value)]
    _refuse_scalar(value, place)
    return value


def _key(key: Any, place: str) -> str:
    if not (isinstance(key, str) and _is_unicode(key)):
        msg = f"{place}: key {key!r} is not a string of Unicode"
        raise NotJsonError(msg)
    return key


def _refuse_scalar(value: Any, place: str) -> None:
    if value is None or isinstance(value, bool) or (isinstance(value, str) and _is_unicode(value)):
        return
    if isinstance(value, int) and abs(value) <= LARGEST:
        return
    if isinstance(value, float) and math.isfinite(value):
        return
    raise NotJsonError(f"{place}: {type(value).__name__} {value!r}"[:200])


def _is_unicode(text: str) -> bool:
    """False for a lone surrogate, which UTF-8 cannot carry (RFC 8785 3.2.2.2)."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def parse(data: bytes, *, where: str = "") -> Any:
    """The value of JSON ``data`` from anybody; its canonical bytes are those of what was written.

    Raises NotJsonError for anything but UTF-8 JSON, for repeated keys, NaN and infinities, lone surrogates,
    and nesting deeper than 64.
    """
    try:
        value = json.loads(
            data.decode("utf-8"),
            parse_int=_number,
            parse_float=_finite,
            parse_constant=_no_constant,
            object_pairs_hook=_distinct,
        )
        shallow = data.count(b"[") + data.count(b"{") <= DEPTH and b"\\" not in data
        return value if shallow else _plain(value, "$", 0)
    except NotJsonError as error:
        raise NotJsonError(error.detail, where=where) from None
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)[:200], where=where) from None


def _number(digits: str) -> int | float:
    """An integer, or the double that stands for it beyond 2^53: RFC 8785 writes 1e20 with all its zeros."""
    exact = int(digits) if len(digits) < 20 else 2**63
    return exact if abs(exact) <= LARGEST else _finite(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _no_constant(digits[:40])


def _no_constant(name: str) -> float:
    msg = f"{name} is not a number in JSON"
    raise NotJsonError(msg)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("a key stands twice in one object")
    return found
