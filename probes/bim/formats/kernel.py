# SPDX-License-Identifier: Apache-2.0
"""The compiled loops under the STEP census: where instances, arguments and references stand in the bytes (ISO 10303-21).

Strings, comments and statements over several lines are walked as the standard writes them; nothing is decoded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

WHOLE, CUT, WRONG, TOO_MANY = 0, 1, 2, 3
SOUND, FLAWED = 2, 3
"""What becomes of an instance whose content was digested."""
"""How a scan ended: at ENDSEC, at the end of the bytes, at something that is no instance, at more classes than there are."""
_TABLE = 8192  # slots for classes: IFC has fewer than a thousand
_MASK = np.uint64(_TABLE - 1)
_FNV, _PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
_SEED = np.uint64(0x9E3779B97F4A7C15)
_TURN = 0.6180339887498949  # of the golden section: weights that do not repeat


@njit(cache=True, nogil=True)
def _past_string(data: Any, at: int, end: int) -> int:
    """Behind the string that begins at ``at``; a doubled apostrophe is one of its characters."""
    at += 1
    while at < end:
        if data[at] == 39:
            if at + 1 < end and data[at + 1] == 39:
                at += 2
                continue
            return at + 1
        at += 1
    return end + 1


@njit(cache=True, nogil=True)
def _past_blanks(data: Any, at: int, end: int) -> int:
    while at < end:
        if data[at] <= 32:
            at += 1
        elif data[at] == 47 and at + 1 < end and data[at + 1] == 42:
            at += 2
            while at + 1 < end and not (data[at] == 42 and data[at + 1] == 47):
                at += 1
            at += 2
        else:
            return at
    return at


@njit(cache=True, nogil=True)
def _past_arguments(data: Any, at: int, end: int) -> int:
    """Behind the bracket that closes the one at ``at``; beyond the end where there is none."""
    depth = 0
    while at < end:
        byte = data[at]
        if byte == 39:
            at = _past_string(data, at, end)
            continue
        if byte == 47 and at + 1 < end and data[at + 1] == 42:
            at = _past_blanks(data, at, end)
            continue
        if byte == 40:
            depth += 1
        elif byte == 41:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return end + 1


@njit(cache=True, nogil=True)
def scan(data: Any, at: int, ids: Any, first: Any, last: Any, kinds: Any, names: Any) -> tuple[int, int, int, int]:
    """Every instance from ``at`` to ENDSEC: (how it ended, where, instances, classes).

    Into ``ids`` the numbers, ``first``/``last`` the bytes between the outer brackets, ``kinds`` a number for each class,
    ``names`` (classes x 2) where the class is written.
    """
    end = len(data)
    keys, values = np.zeros(_TABLE, np.uint64), np.full(_TABLE, -1, np.int32)
    count, classes = 0, 0
    while True:
        at = _past_blanks(data, at, end)
        if at >= end:
            return CUT, end, count, classes
        if data[at] == 69 or data[at] == 101:
            return WHOLE, at, count, classes
        if data[at] != 35 or count >= len(ids):
            return WRONG, at, count, classes
        began, number, at = at, 0, at + 1
        while at < end and 48 <= data[at] <= 57 and number < 1 << 58:
            number = number * 10 + data[at] - 48
            at += 1
        at = _past_blanks(data, at, end)
        if at >= end:
            return CUT, began, count, classes
        if data[at] != 61 or number == 0:
            return WRONG, began, count, classes
        at = _past_blanks(data, at + 1, end)
        name, key = at, _FNV
        while at < end and data[at] > 32 and data[at] != 40:
            letter = data[at]
            if 97 <= letter <= 122:
                letter -= 32
            key = (key ^ np.uint64(letter)) * _PRIME
            at += 1
        stop = at
        at = _past_blanks(data, at, end)
        if at >= end:
            return CUT, began, count, classes
        if data[at] != 40:
            return WRONG, began, count, classes
        first[count] = at + 1
        at = _past_arguments(data, at, end)
        last[count] = at - 1
        at = _past_blanks(data, at, end)
        if at >= end:
            return CUT, began, count, classes
        if data[at] != 59:
            return WRONG, began, count, classes
        at += 1
        slot = np.int64(key & _MASK)
        while values[slot] >= 0 and keys[slot] != key:
            slot = (slot + 1) & (_TABLE - 1)
        if values[slot] < 0:
            if classes >= len(names):
                return TOO_MANY, began, count, classes
            keys[slot], values[slot] = key, classes
            names[classes, 0], names[classes, 1] = name, stop
            classes += 1
        ids[count], kinds[count] = number, values[slot]
        count += 1


@njit(cache=True, nogil=True)
def argument(data: Any, first: Any, last: Any, which: int, starts: Any, stops: Any) -> None:
    """Where the argument ``which`` (from 0) of each instance stands; an empty span where it has none."""
    for row in range(len(first)):
        at, end, left = first[row], last[row], which
        while at < end and left > 0:
            byte = data[at]
            if byte == 39:
                at = _past_string(data, at, end)
            elif byte == 40:
                at = _past_arguments(data, at, end)
            else:
                left -= byte == 44
                at += 1
        starts[row] = at = _past_blanks(data, at, end)
        while at < end and data[at] != 44:
            if data[at] == 39:
                at = _past_string(data, at, end)
            elif data[at] == 40:
                at = _past_arguments(data, at, end)
            else:
                at += 1
        stops[row] = max(starts[row], min(at, end))


@njit(cache=True, nogil=True)
def references(data: Any, starts: Any, stops: Any, rows: Any, found: Any) -> int:
    """The instance numbers in each span, flattened: ``rows`` says of which; how many there are, stored as far as there is room."""
    count = 0
    for row in range(len(starts)):
        at, end = starts[row], stops[row]
        while at < end:
            if data[at] == 39:
                at = _past_string(data, at, end)
                continue
            if data[at] != 35:
                at += 1
                continue
            number, at = 0, at + 1
            while at < end and 48 <= data[at] <= 57 and number < 1 << 58:
                number = number * 10 + data[at] - 48
                at += 1
            if count < len(found):
                rows[count], found[count] = row, number
            count += 1
    return count


@njit(cache=True, nogil=True)
def _find(ids: Any, order: Any, number: int) -> int:
    """The place of an instance by its number (``ids`` sorted, ``order`` their places); -1 where it is absent."""
    at = np.searchsorted(ids, number)
    return order[at] if at < len(ids) and ids[at] == number else -1


@njit(cache=True, nogil=True)
def _number(data: Any, at: int, end: int) -> tuple[float, int]:
    """The number that begins at ``at`` and where it ends."""
    sign, mantissa, scale = 1.0, 0.0, 0
    if data[at] == 45 or data[at] == 43:
        sign = -1.0 if data[at] == 45 else 1.0
        at += 1
    while at < end and 48 <= data[at] <= 57:
        mantissa = mantissa * 10.0 + (data[at] - 48)
        at += 1
    if at < end and data[at] == 46:
        at += 1
        while at < end and 48 <= data[at] <= 57:
            mantissa = mantissa * 10.0 + (data[at] - 48)
            scale -= 1
            at += 1
    if at < end and (data[at] == 69 or data[at] == 101):
        at += 1
        minus = at < end and data[at] == 45
        if at < end and (data[at] == 45 or data[at] == 43):
            at += 1
        power = 0
        while at < end and 48 <= data[at] <= 57:
            power = min(power * 10 + data[at] - 48, 400)
            at += 1
        scale += -power if minus else power
    return sign * mantissa * 10.0 ** max(-300, min(300, scale)), at


@njit(cache=True, nogil=True)
def _mixed(key: Any, value: Any) -> Any:
    key = (key ^ value) * _PRIME
    return key ^ (key >> np.uint64(29))


@njit(cache=True, nogil=True)
def _content(
    data: Any,
    at: int,
    end: int,
    ids: Any,
    order: Any,
    done: Any,
    kind: Any,
    rooted: bool,
    labelled: bool,
    state: Any,
    rough: Any,
    sizes: Any,
    here: int,
) -> Any:
    """The digest of one instance whose references are digested; an identity (GlobalId, owner) is no content.

    ``labelled``: its texts are no part of its form.

    Into ``state[here]`` goes :data:`SOUND`, or :data:`FLAWED` where it refers to an instance that the file does not have, to one
    that does, or back to itself.

    Into ``rough[here]`` the digest without its numbers, into ``sizes[here]`` two weighted sums of the numbers and that of
    their amounts: what was jittered or rounded has the same form, and nearly the same sums.
    """
    key = form = _mixed(_SEED, kind)
    depth, place, weight, flawed = 0, 0, 0.5, False
    while at < end:
        byte = data[at]
        if byte == 44 and depth == 0:
            place += 1
        if rooted and place < 2:
            at = _past_string(data, at, end) if byte == 39 else at + 1
            continue
        if byte == 39:
            stop = _past_string(data, at, end)
            while at < stop and at < end:
                key = _mixed(key, np.uint64(data[at]))
                form = form if labelled else _mixed(form, np.uint64(data[at]))
                at += 1
        elif byte == 35:
            number, at = 0, at + 1
            while at < end and 48 <= data[at] <= 57 and number < 1 << 58:
                number = number * 10 + data[at] - 48
                at += 1
            where = _find(ids, order, number)
            key = _mixed(key, np.uint64(1) if where < 0 else done[where])
            form = _mixed(form, np.uint64(1) if where < 0 else rough[where])
            flawed = flawed or where < 0 or state[where] != SOUND
            weight = (weight + _TURN) % 1.0
            if where >= 0:
                sizes[here, 0] += sizes[where, 0]
                sizes[here, 1] += sizes[where, 1] * (0.5 + weight)
                sizes[here, 2] += sizes[where, 2]
        elif 48 <= byte <= 57 or byte in {43, 45}:
            value, at = _number(data, at, end)
            value = max(-9e12, min(9e12, value))
            key = _mixed(key, np.uint64(np.int64(np.rint(value * 1e6))))
            form = _mixed(form, np.uint64(48))
            weight = (weight + _TURN) % 1.0
            sizes[here, 0] += value
            sizes[here, 1] += value * (0.5 + weight)
            sizes[here, 2] += abs(value)
        else:
            depth += (byte == 40) - (byte == 41)
            if byte > 32:
                key = _mixed(key, np.uint64(byte))
                form = _mixed(form, np.uint64(byte))
            at += 1
    rough[here] = form
    state[here] = FLAWED if flawed else SOUND
    return key


@njit(cache=True, nogil=True)
def digests(
    data: Any,
    first: Any,
    last: Any,
    kinds: Any,
    sides: Any,
    ids: Any,
    order: Any,
    roots: Any,
    done: Any,
    state: Any,
    rough: Any,
    sizes: Any,
) -> None:
    """The content of each of ``roots`` and of all below it, into ``done``: alike bodies have alike digests in every file.

    ``rough`` and ``sizes`` (instances x 3): the same without its numbers, and sums of these (see ``_content``).
    ``state`` ends as :data:`SOUND` or :data:`FLAWED`. ``sides`` by kind: 0 an instance, 1 with an identity in front, 3 with texts that only name it, 2 nothing of it but its class counts (contexts, owners).
    """
    stack = np.empty(len(first) + 1, np.int64)
    for root in roots:
        if state[root] >= SOUND:
            continue
        top = 0
        stack[0] = root
        while top >= 0:
            here = stack[top]
            side = sides[kinds[here]]
            if state[here] == 0:
                state[here] = 1
                at, end = first[here], last[here]
                depth, place = 0, 0
                while side != 2 and at < end:
                    byte = data[at]
                    if byte == 39:
                        at = _past_string(data, at, end)
                        continue
                    depth += (byte == 40) - (byte == 41)
                    place += byte == 44 and depth == 0
                    at += 1
                    if byte != 35 or (side == 1 and place < 2):
                        continue
                    number = 0
                    while at < end and 48 <= data[at] <= 57 and number < 1 << 58:
                        number = number * 10 + data[at] - 48
                        at += 1
                    where = _find(ids, order, number)
                    if where >= 0 and state[where] == 0 and top + 1 < len(stack):
                        top += 1
                        stack[top] = where
            elif state[here] == 1:
                kind = done[here]  # the class, put there beforehand
                if side == 2:
                    done[here] = rough[here] = _mixed(_SEED, kind)
                    state[here] = SOUND
                else:
                    at, end = first[here], last[here]
                    done[here] = _content(
                        data, at, end, ids, order, done, kind, side == 1, side == 3, state, rough, sizes, here
                    )
                top -= 1
            else:
                top -= 1
