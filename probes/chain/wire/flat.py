# SPDX-License-Identifier: Apache-2.0
"""Flat JSON objects of plain text, many at once, compiled: keys in their order, no blanks, small letters.

What is usual alone is read here: keys, texts of printable ASCII without escapes, whole numbers, true, false, null. Anything
else is left to the library that reads all of JSON.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit

_MOST, _DIGITS = 32, 18
_QUOTE, _ESCAPE, _BLANK, _COMMA, _COLON, _OPEN, _CLOSE, _MINUS, _ZERO, _NINE = b'"\\ ,:{}-09'
_WORDS = np.frombuffer(b"true,false,null,", np.uint8)
_YEAR, _FEW = 4, 4
"""Figures that may begin a date; characters a text of filler has at most."""
_SINCE, _WRITTEN = (10, 13, 16, 19), (14, 17)
"""Figures of a time stamp by what it counts, and of a date with its time."""
_DATED, _HOLDING, _NULL = tuple(b"-/."), tuple(b"{}[]<"), np.frombuffer(b"null", np.uint8)


Flat = tuple[bytes, int, bool]
"""An object as it is written here, how many figures it has, and whether it is plain.

That is: more than a few different characters, nothing like a date or a time stamp, nothing empty, no key of those named.
"""


def written(texts: Sequence[bytes], named: Sequence[bytes] = ()) -> list[Flat | None]:
    """Each object as it is written here; None for what is not such an object. ``named``: keys in small letters."""
    stops = np.cumsum([len(each) for each in texts], dtype=np.int64)
    if not len(stops) or not stops[-1]:
        return [None] * len(texts)
    quoted = [b'"%b"' % each for each in named]
    names = np.frombuffer(b"".join(quoted) or b",", np.uint8)
    ends_of = np.cumsum([len(each) for each in quoted], dtype=np.int64)
    out, ends, figures, plain = _written(np.frombuffer(b"".join(texts), np.uint8), stops, names, ends_of)
    whole, found, begin = out.tobytes(), list[Flat | None](), 0
    for end, count, is_plain in zip(ends.tolist(), figures.tolist(), plain.tolist(), strict=True):
        found.append((whole[begin:end], count, is_plain) if end > begin else None)
        begin = end
    return found


@njit(cache=True, nogil=True)
def _written(data, stops, names, ends_of):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    out, ends, to, begin = np.empty(len(data), np.uint8), np.zeros(len(stops), np.int64), 0, 0
    figures, plain = np.zeros(len(stops), np.int64), np.zeros(len(stops), np.bool_)
    parts, met = np.zeros((_MOST, 4), np.int64), np.zeros(128, np.bool_)
    for row in range(len(stops)):
        count = _members(data, begin, stops[row], parts)
        if count > 0:
            start, salted = to, False
            out[to] = _OPEN
            for part in range(count):
                key = to + 1
                to = _put(data, parts[part, 0], parts[part, 1], out, key)
                salted |= _is_named(out, key, to, names, ends_of)
                out[to] = _COLON
                to = _put(data, parts[part, 2], parts[part, 3], out, to + 1)
                out[to] = _COMMA
            out[to] = _CLOSE
            to += 1
            figures[row], plain[row] = _looked(out, start, to, met)
            plain[row] &= not salted
        ends[row] = to
        begin = stops[row]
    return out, ends, figures, plain


@njit(cache=True, nogil=True)
def _members(data, at, stop, parts):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Where keys and values begin and end, in the order of the keys; how many, 0 where this is no such object."""
    if stop - at < 2 or data[at] != _OPEN or data[stop - 1] != _CLOSE:
        return 0
    count, at = 0, at + 1
    while count < _MOST:
        at = _passed(data, at, stop)
        key = at
        at = _text(data, at, stop)
        if at == 0:
            return 0
        key_end, at = at, _passed(data, at, stop)
        if data[at] != _COLON:
            return 0
        at = _passed(data, at + 1, stop)
        value = at
        at = _text(data, at, stop) if data[at] == _QUOTE else _bare(data, at, stop)
        if at == 0:
            return 0
        place = count
        while place and _before(data, key, key_end, parts[place - 1, 0], parts[place - 1, 1]):
            parts[place] = parts[place - 1]
            place -= 1
        if place and not _before(data, parts[place - 1, 0], parts[place - 1, 1], key, key_end):
            return 0  # the same key twice
        parts[place, 0], parts[place, 1], parts[place, 2], parts[place, 3] = key, key_end, value, at
        count, at = count + 1, _passed(data, at, stop)
        if data[at] == _CLOSE:
            return count if at == stop - 1 else 0
        if data[at] != _COMMA:
            return 0
        at += 1
    return 0


@njit(cache=True, nogil=True)
def _passed(data, at, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Behind blanks, on the last byte at the latest."""
    while at < stop - 1 and (data[at] == _BLANK or data[at] in (9, 10, 13)):
        at += 1
    return min(at, stop - 1)


@njit(cache=True, nogil=True)
def _text(data, at, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Behind the text that begins here; 0 where none does."""
    if data[at] != _QUOTE:
        return 0
    at += 1
    while at < stop - 1:
        each = data[at]
        if each == _QUOTE:
            return at + 1
        if each < _BLANK or each > 126 or each == _ESCAPE:
            return 0
        at += 1
    return 0


@njit(cache=True, nogil=True)
def _bare(data, at, stop):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Behind the whole number or the word that begins here; 0 where none does, or -0, or one of many digits."""
    begin = 0
    for i in range(len(_WORDS)):
        if _WORDS[i] == _COMMA:
            size = i - begin
            if stop - at > size and np.all(data[at : at + size] == _WORDS[begin:i]):
                return at + size
            begin = i + 1
    minus = data[at] == _MINUS
    at += minus
    first = at
    while at < stop - 1 and _ZERO <= data[at] <= _NINE:
        at += 1
    usual = 0 < at - first <= _DIGITS and (data[first] != _ZERO or (at - first == 1 and not minus))
    return at if usual else 0


@njit(cache=True, nogil=True)
def _before(data, begin, end, other, other_end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Whether the first key, without its quotes, comes before the other."""
    begin, end, other, other_end = begin + 1, end - 1, other + 1, other_end - 1
    for i in range(min(end - begin, other_end - other)):
        if data[begin + i] != data[other + i]:
            return data[begin + i] < data[other + i]
    return end - begin < other_end - other


@njit(cache=True, nogil=True)
def _put(data, begin, end, out, to):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Write a key or a value without blanks, in small letters; where the next goes. It never takes more room than it had."""
    for i in range(begin, end):
        each = data[i]
        if each != _BLANK:
            out[to] = each + 32 if 65 <= each <= 90 else each
            to += 1
    return to


@njit(cache=True, nogil=True)
def _is_named(out, begin, end, names, ends_of):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Whether a key, in its quotes, is one of the names."""
    start = 0
    for stop in ends_of:
        if (
            stop - start == end - begin
            and out[begin + 1] == names[start + 1]
            and np.all(out[begin:end] == names[start:stop])
        ):
            return True
        start = stop
    return False


@njit(cache=True, nogil=True)
def _is_moment(out, begin, size):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Whether so many figures may be seconds since 1970 or thousandths of them (14…, to 19…), or a date with its time (20…)."""
    first, second = out[begin] - _ZERO, out[begin + 1] - _ZERO
    return (first == 1 and second >= 4 and size in _SINCE) or (first == 2 and second == 0 and size in _WRITTEN)


@njit(cache=True, nogil=True)
def _looked(out, begin, end, met):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """How many figures there are, and whether the text is plain (:class:`Flat`)."""
    met[:] = False
    figures = run = kinds = 0
    plain = True
    for i in range(begin, end):
        each = out[i]
        if not met[each]:
            met[each] = True
            kinds += 1
        if _ZERO <= each <= _NINE:
            figures, run = figures + 1, run + 1
            continue
        if run >= _YEAR:
            plain &= not (run == _YEAR and each in _DATED) and not _is_moment(out, i - run, run)
        run = 0
        inside = begin < i < end - 1
        plain &= not (inside and each in _HOLDING)
        plain &= not (each == _QUOTE and out[i - 1] == _QUOTE)
        plain &= not (each == _NULL[3] and i - begin > 3 and np.all(out[i - 3 : i + 1] == _NULL))
    return figures, plain and kinds > _FEW
