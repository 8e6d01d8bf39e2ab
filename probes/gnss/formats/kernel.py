# SPDX-License-Identifier: Apache-2.0
"""The frame kernel: from bytes to whole sentences, binary messages, and exact counts of everything else.

Grammar (NMEA 0183 5.3, widened to what receivers really send): a sentence is '$', a body of printable ASCII up to
:data:`LONGEST_SENTENCE` bytes (the standard's 82 are broken by every RTK receiver), '*' and two hexadecimal digits.
What stops the body earlier decides what it is: a line end -> without checksum, or truncated when fields are missing;
another '$', a control character or a byte above 0x7F -> truncated (junk when no address of letters and digits began
it). Whatever is neither sentence, binary message nor line end is junk. The kernel never looks behind: a buffer may end anywhere, the unfinished item is left for the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from probes.gnss.formats.binary import KINDS, MORE, RTCM3, binary_frame
from probes.gnss.formats.denials.makers import denies, is_makers, message_denies
from probes.gnss.formats.denials.messages import binary_alarms, binary_denies
from probes.gnss.formats.machine import byte, comma_bits, commas32, folded, load64, ones, stops32, trailing_zeros, xor32
from probes.gnss.formats.modes import alarming, denying, floating

PADDING = 64
"""Zero bytes that must follow the real bytes in every buffer: eight-byte loads may look past the end."""
LONGEST_SENTENCE = 1024

OTHER, GGA, RMC, ZDA, GSA, GNS, GST, GSV, MODE, NAV, ALARM = range(11)
"""Classes of sentences; MODE: GLL, VTG, DTM and what makers say of a solution, of which only what denies a fix matters; from NAV on what :mod:`probes.gnss.formats.fields`
does not read: NAV a UBX message with a position, for :mod:`probes.gnss.formats.ubx`; ALARM a sentence or message that nobody reads and that may speak of
jamming, spoofing or simulation."""
SENTENCES, BAD, UNSUMMED, TRUNCATED, JUNK, BINARY = range(6)
COUNTERS = BINARY + len(KINDS)
SYSTEMS, SIGNALS = 7, 17
MAKERS = SYSTEMS
"""Where the system of a sentence stands, for a maker's own."""
NAMES = 1024
"""Slots of the address table; it is drained when half full."""

_COMPLETE = np.array([1, 14, 11, 6, 17, 12, 8, 3, 1, 1, 1], dtype=np.int64)
_HEX = np.full(256, 255, dtype=np.uint8)
for _digit, _byte in enumerate(b"0123456789ABCDEF"):
    _HEX[_byte] = _digit
for _digit, _byte in enumerate(b"abcdef", 10):
    _HEX[_byte] = _digit


def _code(text: str) -> int:
    return int.from_bytes(text.encode(), "little")


_GGA, _RMC, _ZDA, _GSA = _code("GGA"), _code("RMC"), _code("ZDA"), _code("GSA")
_GNS, _GST, _GSV, _GLL, _VTG = _code("GNS"), _code("GST"), _code("GSV"), _code("GLL"), _code("VTG")
_DTM = _code("DTM")
_P = ord("P")


@njit(cache=True, nogil=True)
def formatter(name: Any) -> Any:
    """The class of a packed address: exactly two letters of talker and three of a known type.

    ``GNGGAH`` (a Unicore's second antenna) is therefore OTHER: two antennas never mix.
    """
    if name >> np.uint64(40) or not name >> np.uint64(32) or name & np.uint64(0xFF) == _P:
        return OTHER
    kind = np.int64(name >> np.uint64(16))
    if kind == _GSV:
        return GSV
    if kind == _GGA:
        return GGA
    if kind == _RMC:
        return RMC
    if kind == _GSA:
        return GSA
    if kind == _GNS:
        return GNS
    if kind == _GST:
        return GST
    if kind == _GLL:
        return MODE
    if kind == _VTG:
        return MODE
    if kind == _DTM:
        return MODE
    return ZDA if kind == _ZDA else OTHER


@njit(cache=True, nogil=True)
def _address(buffer: Any, start: Any, stop: Any) -> Any:
    """Up to eight bytes of the address field, packed; ``start`` is the byte after '$', ``stop`` the end of the body."""
    word = load64(buffer, start)
    length = min(stop - start, trailing_zeros(comma_bits(word)) >> 3)
    if length >= 8:
        return word
    return word & ((np.uint64(1) << np.uint64(8 * length)) - np.uint64(1))


@njit(cache=True, nogil=True)
def _commas(buffer: Any, start: Any, stop: Any) -> Any:
    count = 0
    for i in range(start, stop):
        count += byte(buffer, i) == 0x2C
    return count


@njit(cache=True, nogil=True)
def _unsummed(buffer: Any, start: Any, stop: Any) -> Any:
    """A line without '*': complete but without checksum, or truncated because fields are missing."""
    commas = _commas(buffer, start, stop)
    kind = formatter(_address(buffer, start, stop))
    wanted = _COMPLETE[kind] + (4 * _cells(buffer, start, stop) if kind == GSV else 0)
    return TRUNCATED if commas < wanted else UNSUMMED


@njit(cache=True, nogil=True)
def _cells(buffer: Any, start: Any, stop: Any) -> Any:
    """How many satellites a GSV must list on its page, from its fields pages, page and satellites in view.

    Four where the fields contradict each other: more pages than the satellites fill, so the last digit is gone.
    """
    fields = np.zeros(4, dtype=np.int64)
    field = 0
    for i in range(start, stop):
        if byte(buffer, i) == 0x2C:
            field += 1
        elif 1 <= field < 4 and 0x30 <= byte(buffer, i) <= 0x39:
            fields[field] = fields[field] * 10 + byte(buffer, i) - 0x30
    if fields[1] > 1 and fields[3] <= 4 * (fields[1] - 1):
        return 4
    return min(4, max(0, fields[3] - 4 * (fields[2] - 1)))


@njit(cache=True, nogil=True)
def _cut(buffer: Any, start: Any, stop: Any) -> Any:
    """A body that ends without '*': the rest of a sentence when an address (letters, digits) began it, else junk."""
    word = _address(buffer, start, stop)
    while word:
        letter = word & np.uint64(0xFF)
        if not (0x30 <= letter <= 0x39 or 0x41 <= letter <= 0x5A or 0x61 <= letter <= 0x7A):
            return JUNK
        word >>= np.uint64(8)
    if byte(buffer, stop) == 0x0D or byte(buffer, stop) == 0x0A:
        return _unsummed(buffer, start, stop)
    return TRUNCATED


@njit(cache=True, nogil=True)
def _body(buffer: Any, start: Any) -> Any:
    """(end, XOR) of the sentence body that begins at ``start``; the end is the first byte that cannot belong to it."""
    at, check = start, np.uint64(0)
    while at - start <= LONGEST_SENTENCE:
        stops = stops32(buffer, at)
        if stops:
            inside = trailing_zeros(stops)
            return at + inside, folded(check ^ xor32(buffer, at, inside))
        check ^= xor32(buffer, at, 32)
        at += 32
    return at, np.int64(0)


@njit(cache=True, nogil=True, forceinline=True)
def sentence(buffer: Any, at: Any, n: Any) -> Any:
    """(what, next position, end of body) of the candidate whose '$' is at ``at``; what is MORE when bytes must follow."""
    stop, check = _body(buffer, at + 1)
    if stop - at > LONGEST_SENTENCE:
        return TRUNCATED, at + LONGEST_SENTENCE, stop
    if stop >= n or (byte(buffer, stop) == 0x2A and stop + 2 >= n):
        return MORE, n, stop
    if stop == at + 1:
        return JUNK, stop, stop
    if byte(buffer, stop) == 0x2A:
        high, low = _HEX[byte(buffer, stop + 1)], _HEX[byte(buffer, stop + 2)]
        if (high | low) > 15:
            return TRUNCATED, stop + 1, stop
        return SENTENCES if high * 16 + low == check else BAD, stop + 3, stop
    return _cut(buffer, at + 1, stop), stop, stop


@njit(cache=True, nogil=True)
def system_of(first: Any, second: Any) -> Any:
    """NMEA systemId of a talker: GP 1, GL 2, GA 3, GB and BD 4, GQ and QZ 5, GI 6, else 0 (GN names no system)."""
    if first == 0x47:
        for system, letter in enumerate((0x50, 0x4C, 0x41, 0x42, 0x51, 0x49)):
            if second == letter:
                return system + 1
    if first == 0x42 and second == 0x44:
        return 4
    return 5 if first == 0x51 and second == 0x5A else 0


@njit(cache=True, nogil=True)
def gsv_signal(buffer: Any, start: Any, stop: Any) -> Any:
    """The signal ID (0..15) that ends a GSV sentence of NMEA 4.10 and later, or -1 where the field is not there.

    With it the sentence has a multiple of four commas (three before the satellites, four each, one before the signal).
    """
    last = _HEX[byte(buffer, stop - 1)]
    if byte(buffer, stop - 2) != 0x2C or last > 15:
        return np.int64(-1)
    commas, at = 0, start
    while at + 32 <= stop:
        commas += ones(commas32(buffer, at))
        at += 32
    commas += ones(commas32(buffer, at) & ((np.uint64(1) << np.uint64(stop - at)) - np.uint64(1)))
    return np.int64(-1) if commas & 3 else np.int64(last)


@njit(cache=True, nogil=True)
def _navigation(identifier: Any) -> Any:
    """UBX-NAV messages that are read: PVT, HPPOSLLH, SAT, RELPOSNED."""
    return identifier == 0x07 or identifier == 0x14 or identifier == 0x35 or identifier == 0x3C  # noqa: PLR1714 - compiled


@njit(cache=True, nogil=True)
def _slot(names: Any, name: Any) -> Any:
    slot = np.int64((name * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(54))
    while names[slot] != name and names[slot] != 0:
        slot = (slot + 1) & (NAMES - 1)
    return slot


@njit(cache=True, nogil=True)
def scan(  # noqa: PLR0917 - the caller's arrays, all of them outputs
    buffer: Any,
    begin: Any,
    n: Any,
    final: Any,
    counts: Any,
    names: Any,
    tally: Any,
    kinds: Any,
    signals: Any,
    types: Any,
    rows: Any,
    events: Any,
) -> Any:
    """Walk bytes [begin, n) of the buffer at address ``buffer``; returns (next position, rows written, events written).

    ``counts`` int64[COUNTERS]; ``names`` uint64[NAMES], ``tally`` int64[NAMES], ``kinds`` uint8[NAMES] (class + 16 * system): sentences by
    address; ``signals`` int64[SYSTEMS, SIGNALS]: GSV sentences by system and signal ID + 1 (0: none);
    ``types`` int64[4096]: RTCM 3 messages by type; ``rows`` int64[:, 3]: class, position of '$', position of '*' of each sentence whose fields are wanted;
    ``events`` int64[:, 3]: counter index, position, length. Returns before the end when an output is full or the last
    item is unfinished and not ``final``.
    """
    at, row, event, used, junk = begin, 0, 0, 0, -1
    while at < n and row + 1 < len(rows) and event + 2 < len(events) and used < NAMES // 2:
        head = byte(buffer, at)
        what, step, stop = JUNK, at + 1, at
        if head == 0x0A or head == 0x0D:  # noqa: PLR1714 - compiled, a set would be built for every byte
            what = COUNTERS
        elif head == 0x24 and not (at + 1 < n and byte(buffer, at + 1) == 0x40):
            what, step, stop = sentence(buffer, at, n)
        elif head == 0x24 or head == 0xB5 or head == 0xD3 or head == 0xAA:  # noqa: PLR1714 - compiled
            kind, length = binary_frame(buffer, at, n)
            if length > 0:
                what, step = BINARY + kind, at + length
            elif length == MORE:
                what = MORE
        elif head == 0x23:
            # a message in ASCII of NovAtel's or Unicore's: nobody reads it beside sentences, but it may warn or deny the fix
            stop = _body(buffer, at + 1)[0]
            if stop >= n and not final:
                what = MORE
            elif stop - at <= LONGEST_SENTENCE:
                step = min(stop, n)
                if message_denies(buffer, at, step):
                    rows[row, 0], rows[row, 1], rows[row, 2] = MODE, at, step
                    row += 1
                if alarming(buffer, at, step):
                    rows[row, 0], rows[row, 1], rows[row, 2] = ALARM, at, step
                    row += 1
        if what == MORE:
            if not final:
                break
            what, step = (TRUNCATED, n) if step == n and at + 1 < n else (JUNK, at + 1)
        if what == JUNK:
            junk = at if junk < 0 else junk
            counts[JUNK] += step - at
            at = step
            continue
        if junk >= 0:
            events[event, 0], events[event, 1], events[event, 2] = JUNK, junk, at - junk
            event, junk = event + 1, -1
        if what < COUNTERS:
            counts[what] += 1
        if what == BINARY + RTCM3:
            types[((byte(buffer, at + 3) << 4) | (byte(buffer, at + 4) >> 4)) & 0xFFF] += 1
        if what == SENTENCES:
            name = max(_address(buffer, at + 1, stop), np.uint64(1))
            slot = _slot(names, name)
            if names[slot] == 0:
                system = system_of(byte(buffer, at + 1), byte(buffer, at + 2))
                class_of = MODE + 16 * MAKERS if is_makers(name) else formatter(name) + 16 * system
                names[slot], kinds[slot], used = name, class_of, used + 1
            tally[slot] += 1
            kind = np.int64(kinds[slot])
            if kind & 15 == GSV:
                signals[kind >> 4, gsv_signal(buffer, at, stop) + 1] += 1
            elif kind & 15 == MODE:
                denied = denies(buffer, at, stop) if kind >> 4 == MAKERS else denying(buffer, at, stop)
                if denied:  # rare: what agrees costs nothing more
                    rows[row, 0], rows[row, 1], rows[row, 2] = MODE, at, stop
                    row += 1
            elif kind & 15 != OTHER:
                rows[row, 0], rows[row, 1], rows[row, 2] = kind & 15, at, stop
                row += 1
            elif alarming(buffer, at, stop):
                rows[row, 0], rows[row, 1], rows[row, 2] = ALARM, at, stop
                row += 1
            elif floating(buffer, at, stop):
                rows[row, 0], rows[row, 1], rows[row, 2] = MODE, at, stop
                row += 1
        elif what >= BINARY and what < COUNTERS:
            if what == BINARY and byte(buffer, at + 2) == 0x01 and _navigation(byte(buffer, at + 3)):
                rows[row, 0], rows[row, 1], rows[row, 2] = NAV, at, step
                row += 1
            if binary_denies(buffer, at, what - BINARY):
                rows[row, 0], rows[row, 1], rows[row, 2] = MODE, at, step
                row += 1
            elif what == BINARY and binary_alarms(buffer, at):
                rows[row, 0], rows[row, 1], rows[row, 2] = ALARM, at, step
                row += 1
        elif what < JUNK:
            events[event, 0], events[event, 1], events[event, 2] = what, at, step - at
            event += 1
        at = step
        if at + 1 < n and byte(buffer, at) == 0x0D and byte(buffer, at + 1) == 0x0A:
            at += 2
    if junk >= 0:
        events[event, 0], events[event, 1], events[event, 2] = JUNK, junk, at - junk
        event += 1
    return at, row, event
