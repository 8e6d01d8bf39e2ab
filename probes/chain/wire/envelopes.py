# SPDX-License-Identifier: Apache-2.0
"""Transactions of one kind, many at once, compiled: fields in hex to bytes, to RLP, to hashes (EIP-155, EIP-2718).

What is usual alone is read here: hex with 0x, no access list, numbers of chains and v below 2^64. A row that is not so is left
to whoever reads them one by one, and decides what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from probes.chain.wire.keccak import absorb

NUMBER, ANY = -2, -1
"""A field that is a number, or bytes of any length; else it is as many bytes as are said."""
Spans = NDArray[np.int64]
_LONGEST = 126
_COMMA, _ZERO, _X = b",0x"
_BAD = 255
_HALF = np.frombuffer(bytes.fromhex("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"), np.uint8)


def _nibbles() -> NDArray[np.uint8]:
    found = np.full(256, _BAD, np.uint8)
    for text in (b"0123456789abcdef", b"0123456789ABCDEF"):
        found[list(text)] = np.arange(16, dtype=np.uint8)
    return found


_NIBBLES = _nibbles()


class Envelopes(NamedTuple):
    """Columns of rows of one kind.

    ``fields``: a column for each that was wanted; ``raw``: the signed transactions; ``computed``: their hashes; ``told``: what
    was signed; ``signature``: r|s; ``recovery``: v, 0 or 1, -1 where nothing can be claimed; ``network``: the chain it is signed
    for, -1 where none is said; ``good``: the row was read.
    """

    fields: list[list[bytes]]
    raw: list[bytes]
    computed: list[bytes]
    told: list[bytes]
    signature: list[bytes]
    recovery: list[int]
    network: list[int]
    good: list[bool]


def joined(rows: Sequence[str], width: int) -> tuple[bytes, Spans] | None:
    """Rows of fields with commas between them as a text, and where each begins and ends; None where one has more commas."""
    text = ",".join(rows).encode("ascii", "replace")
    if text.count(b",") != len(rows) * width - 1:
        return None
    return text, _between(np.frombuffer(text, np.uint8), len(rows) * width).reshape(-1, width, 2)


def read(text: bytes, spans: Spans, sizes: Sequence[int], style: int, wanted: Sequence[int]) -> Envelopes:
    """Rows of fields in the order of the type, then v, r and s, then what is not part of it.

    ``spans``: where each begins and ends in the text, (rows, fields, 2); a negative or no place is not usual. ``sizes``: what each
    field is; ``style``: 0, 1 or 2; ``wanted``: the fields that are given back.
    """
    plain, begins, ends, good = _plain(np.frombuffer(text, np.uint8), spans, np.array(sizes, np.int64))
    fields = {0: 6, 1: 7, 2: 8}[style]
    raw, starts, computed, told, signature, recovery, network = _wrapped(plain, begins, ends, good, fields, style)
    whole = plain.tobytes()
    columns = [_cut(whole, begins[:, at].tolist(), ends[:, at].tolist()) for at in wanted]
    starts = starts.tolist()
    return Envelopes(
        columns, _cut(raw.tobytes(), starts, starts[1:]), _rows(computed), _rows(told), _rows(signature),
        recovery.tolist(), network.tolist(), good.tolist(),
    )  # fmt: skip


def _cut(data: bytes, begins: Iterable[int], ends: Iterable[int]) -> list[bytes]:
    return [data[begin:end] for begin, end in zip(begins, ends, strict=False)]


def _rows(array: NDArray[np.uint8]) -> list[bytes]:
    """Each row of an array as bytes."""
    size = array.shape[1]
    return _cut(array.tobytes(), range(0, array.size, size), range(size, array.size + 1, size))


@njit(cache=True, nogil=True)
def _between(text, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Where each of ``count`` fields with commas between them begins and ends."""
    spans, at, field = np.zeros((count, 2), np.int64), 0, 0
    for end in range(len(text) + 1):
        if end == len(text) or text[end] == _COMMA:
            spans[field, 0], spans[field, 1] = at, end
            at, field = end + 1, field + 1
    return spans


@njit(cache=True, nogil=True)
def _plain(text, spans, sizes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Fields in hex as bytes, one behind the other; numbers without leading zeros."""
    rows, width = spans.shape[0], spans.shape[1]
    out, good = np.empty(np.sum(spans[:, :, 1] - spans[:, :, 0]), np.uint8), np.ones(rows, np.bool_)
    begins, ends = np.zeros((rows, width), np.int64), np.zeros((rows, width), np.int64)
    to = 0
    for row in range(rows):
        for field in range(width):
            at, end, size = spans[row, field, 0], spans[row, field, 1], sizes[field]
            fits = at >= 0 and end - at >= 2 and text[at] == _ZERO and text[at + 1] == _X
            at += 2
            digits = end - at
            if size == NUMBER:
                fits = fits and 0 < digits <= _LONGEST
                while fits and at < end and text[at] == _ZERO:
                    at += 1
            else:
                fits = fits and digits & 1 == 0 and (size < 0 or digits == 2 * size)
            begins[row, field] = to
            if fits and (end - at) & 1:
                out[to] = _NIBBLES[text[at]]
                fits = out[to] != _BAD
                to, at = to + 1, at + 1
            wrong = np.uint8(0)
            while fits and at < end:
                high, low = _NIBBLES[text[at]], _NIBBLES[text[at + 1]]
                wrong |= high | low
                out[to] = (high << np.uint8(4)) | low
                to, at = to + 1, at + 2
            good[row] &= fits and wrong < 16
            ends[row, field] = to
    return out[:to], begins, ends, good


@njit(cache=True, nogil=True)
def head(out, at, size, base):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - compiled
    """Write the prefix of an item of ``size`` bytes (Yellow Paper, appendix B); where its content goes."""
    if size < 56:
        out[at] = base + size
        return at + 1
    width, left = 0, size
    while left:
        width, left = width + 1, left >> 8
    out[at] = base + 55 + width
    for i in range(width):
        out[at + width - i] = (size >> (8 * i)) & 255
    return at + 1 + width


@njit(cache=True, nogil=True)
def item(out, at, plain, begin, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - compiled
    """Write bytes as RLP; where the next item goes."""
    if end - begin != 1 or plain[begin] >= 128:
        at = head(out, at, end - begin, 128)
    for i in range(begin, end):
        out[at] = plain[i]
        at += 1
    return at


@njit(cache=True, nogil=True)
def _value(plain, begin, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """A number below 2^63; -1 for a larger one."""
    if end - begin > 8 or (end - begin == 8 and plain[begin] > 127):
        return np.int64(-1)
    found = np.int64(0)
    for i in range(begin, end):
        found = (found << 8) | np.int64(plain[i])
    return found


@njit(cache=True, nogil=True)
def _small(plain, begin, end):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Whether s is a number from 1 to half the order of the curve (EIP-2)."""
    size = end - begin
    if not 0 < size <= 32:
        return False
    for i in range(32):
        each = plain[begin + i - (32 - size)] if i >= 32 - size else np.uint8(0)
        if each != _HALF[i]:
            return each < _HALF[i]
    return True


@njit(cache=True, nogil=True)
def _list(out, body, size, style):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Write type and list of the first ``size`` bytes of ``body``; how many bytes that are."""
    at = 0
    if style:
        out[0], at = style, 1
    at = head(out, at, size, 192)
    out[at : at + size] = body[:size]
    return at + size


@njit(cache=True, nogil=True)
def _wrapped(plain, begins, ends, good, fields, style):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Signed transactions, their hashes, what was signed, and what the signature says; ``good`` becomes false where one is unusual."""
    rows = len(begins)
    raw, starts = np.empty(len(plain) + 9 * begins.size + 24 * rows, np.uint8), np.zeros(rows + 1, np.int64)
    computed, told = np.zeros((rows, 32), np.uint8), np.zeros((rows, 32), np.uint8)
    signature, number = np.zeros((rows, 64), np.uint8), np.empty(8, np.uint8)
    recovery, network = np.full(rows, -1), np.full(rows, -1)
    for row in range(rows):
        starts[row + 1] = starts[row]
        begin, end = begins[row], ends[row]
        v = _value(plain, begin[fields], end[fields])
        chain = _value(plain, begin[0], end[0]) if style else (v - 35) // 2
        good[row] &= v >= 0 and (chain >= 0 or style == 0)
        if not good[row]:
            continue
        body = np.empty(end[-1] - begin[0] + 9 * (fields + 6), np.uint8)
        at = 0
        for field in range(fields):
            at = item(body, at, plain, begin[field], end[field])
        if style:
            body[at] = 192  # no access list
            at += 1
        unsigned = at
        for field in range(fields, fields + 3):
            at = item(body, at, plain, begin[field], end[field])
        starts[row + 1] += _list(raw[starts[row] :], body, at, style)
        absorb(raw, starts[row], starts[row + 1], computed[row])
        if style or v >= 35:
            network[row] = chain
        if style:
            way = v
        elif v in (27, 28):
            way = v - 27
        elif v >= 35:
            way = (v - 35) & 1
            width, left = 0, chain
            while left:
                width, left = width + 1, left >> 8
            for i in range(width):
                number[width - 1 - i] = (chain >> (8 * i)) & 255
            unsigned = item(body, unsigned, number, 0, width)
            body[unsigned], body[unsigned + 1] = 128, 128
            unsigned += 2
        else:
            continue
        r, s = fields + 1, fields + 2
        if way > 1 or not 0 < end[r] - begin[r] <= 32 or not _small(plain, begin[s], end[s]):
            continue
        recovery[row] = way
        signature[row, 32 - (end[r] - begin[r]) : 32] = plain[begin[r] : end[r]]
        signature[row, 64 - (end[s] - begin[s]) :] = plain[begin[s] : end[s]]
        room = np.empty(unsigned + 12, np.uint8)
        absorb(room, 0, _list(room, body, unsigned, style), told[row])
    return raw[: starts[-1]], starts, computed, told, signature, recovery, network
