# SPDX-License-Identifier: Apache-2.0
"""One value, one sequence of bytes: the JSON Canonicalization Scheme, RFC 8785.

Everything that is hashed, signed or compared byte for byte goes through :func:`canonical_bytes`;
everything that is read from a stranger goes through :func:`parse`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import rfc8785

from harness.evidence.defects import NotJsonError

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
    written: bytes = rfc8785.dumps(_plain(value, "$", 0))
    return written


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
            data.decode("utf-8"), parse_int=_number, parse_constant=_no_constant, object_pairs_hook=_distinct
        )
        return _plain(value, "$", 0)
    except NotJsonError as error:
        raise NotJsonError(error.detail, where=where) from None
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)[:200], where=where) from None


def _number(digits: str) -> int | float:
    """An integer, or the double that stands for it beyond 2^53: RFC 8785 writes 1e20 with all its zeros."""
    exact = int(digits) if len(digits) < 20 else 2**63
    return exact if abs(exact) <= LARGEST else float(digits)


def _no_constant(name: str) -> float:
    msg = f"{name} is not a number in JSON"
    raise NotJsonError(msg)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("a key stands twice in one object")
    return found
