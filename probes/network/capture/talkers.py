# SPDX-License-Identifier: Apache-2.0
"""Who talks in a capture: one pass, compiled, that keeps every source address with the MAC it came from, first and last time.

Kept apart: packets that configure a host (router advertisements, DHCP, DHCPv6), a few bytes of each, for a reader that is
not compiled. Echo requests and replies and the ports of our own reflectors talk for nobody: they would make one source of
evidence out of two. Memory does not grow with the capture.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from numba import njit

from harness.errors import DecodeError
from probes.network.capture import framing, headers, scan
from probes.network.capture.memory import byte, get, inner, mark, put, u16, u32
from probes.network.capture.window import Window, window

MAC, HIGH, LOW, SINCE, UNTIL, NUMBER = range(6)
TALKER = 8
FRAMES, V4_FRAMES, V6_FRAMES, V4_BYTES, V6_BYTES, BEYOND, TALKERS, NOTES, FIRST, LAST = range(10)
TOTALS = 10
_FRAME, _TOTALS, _TALKERS, _TABLE, _NOTES_AT, _PACKET, _PORTS = range(7)
ROUTER_ADVERTISEMENT, DHCP, DHCP6 = 1, 2, 3
KIND, NOTE_MAC, LENGTH = range(3)
NOTE_HEAD, NOTE_BYTES = 24, 1000
NOTE = NOTE_HEAD + NOTE_BYTES
MOST_TALKERS = 1 << 16
_NOTES = 1 << 10
_SLOTS = 4 * MOST_TALKERS
_MAPPED = 0xFFFF << 32

Rows = npt.NDArray[np.int64]


@dataclass(slots=True)
class Talk:
    """``totals``: as the constants above say; ``talkers`` int64[:, TALKER]; ``notes``: (kind, MAC, bytes) in order."""

    totals: Rows
    talkers: Rows
    notes: list[tuple[int, int, bytes]] = field(default_factory=list)
    damaged: bool = False


class _Tables:
    """The tables of the pass and a row with their addresses: whoever calls the pass keeps this alive."""

    def __init__(self, ports: tuple[int, ...]) -> None:
        self.totals = np.zeros(TOTALS, np.int64)
        self.totals[FIRST] = np.iinfo(np.int64).max
        self.talkers = np.zeros((MOST_TALKERS, TALKER), np.int64)
        self.notes = np.zeros((_NOTES, NOTE // 8), np.int64)
        self.packet = np.zeros(headers.FIELDS, np.int64)
        self._table = np.zeros(_SLOTS, np.int64)
        self._ports = np.zeros(65_536, np.uint8)
        self._ports[list(ports)] = 1

    def places(self, frame: framing.Frame) -> Rows:
        """The addresses, in the order of the pass."""
        rows = (frame.head, self.totals, self.talkers, self._table, self.notes, self.packet, self._ports)
        return np.array([each.ctypes.data for each in rows], np.int64)


def talk(path: str, ports: tuple[int, ...] = (862,), most_notes: int = 100_000) -> Talk:
    """Go over the capture at ``path``; DecodeError when it is none. ``ports``: of our own reflectors."""
    with window(path) as view:
        frame, begin = framing.opened(view.peek(framing.PCAP_HEADER))
        tables = _Tables(ports)
        found = Talk(tables.totals, tables.talkers)
        view.skip(begin)
        try:
            _go(view, frame, tables, found, most_notes)
        except DecodeError:
            found.damaged = True
        found.damaged |= bool(view.broken)
    found.talkers = tables.talkers[: tables.totals[TALKERS]].copy()
    return found


def _go(view: Window, frame: framing.Frame, tables: _Tables, found: Talk, most_notes: int) -> None:
    places = tables.places(frame)
    while True:
        base = view.data.ctypes.data
        at, why = _scan(base + view.at, base + view.stop, places.ctypes.data)
        view.at = at - base
        _take_notes(tables, found, most_notes)
        if why == scan.MORE and not view.more():
            found.damaged |= view.stop > view.at
            return
        if why == scan.BLOCK and not framing.framed(frame, view):
            found.damaged = True
            return
        if why == scan.DAMAGED:
            raise DecodeError("the lengths of a record contradict each other.", cure="record again.")


def _take_notes(tables: _Tables, found: Talk, most: int) -> None:
    for row in tables.notes[: tables.totals[NOTES]]:
        if len(found.notes) < most:
            kept = row[NOTE_HEAD // 8 :].tobytes()[: row[LENGTH]]
            found.notes.append((int(row[KIND]), int(row[NOTE_MAC]), kept))
    tables.totals[NOTES] = 0


@njit(cache=True, nogil=True)
def _scan(at: int, stop: int, places: int) -> tuple[int, int]:
    """As :func:`probes.network.capture.scan.scan`: where and why it stopped. DRAIN: the notes are full."""
    frame, totals = get(places, _FRAME), get(places, _TOTALS)
    while True:
        if get(totals, NOTES) == _NOTES:
            return at, scan.DRAIN
        begin = scan.record(at, stop, frame)
        if begin < 0:
            return at, -1 - begin
        _packet(begin, begin + get(frame, scan.CAPTURED_LENGTH), places)
        at = get(frame, scan.FOLLOWING)


@inner
def _packet(at: int, end: int, places: int) -> int:
    """Count one frame; keep its talker, and its bytes when it configures a host."""
    frame, totals, p = get(places, _FRAME), get(places, _TOTALS), get(places, _PACKET)
    link, time, wire = get(frame, scan.RECORD_LINK), get(frame, scan.TIME), get(frame, scan.WIRE_LENGTH)
    protocol = headers.decode(at, end, link, p)
    seen = get(p, headers.SEEN)
    v4, v6 = seen >> headers.V4 & 1, seen >> headers.V6 & 1
    _add(totals, FRAMES, 1)
    _add(totals, V4_FRAMES, v4)
    _add(totals, V6_FRAMES, v6)
    _add(totals, V4_BYTES, v4 * wire)
    _add(totals, V6_BYTES, v6 * wire)
    mac = 0 if (seen >> headers.GTP | seen >> headers.VXLAN) & 1 else _mac(at, end, link)
    if seen >> headers.ARP & 1:
        return _arp(at, end, time, places) if link == headers.ETHERNET else 0
    if seen >> headers.MALFORMED & 1 or not (v4 or v6) or _own(protocol, mac, places):
        return 0
    return _talker(mac, get(p, headers.SRC_HI), get(p, headers.SRC_LO), time, places)


@inner
def _own(protocol: int, mac: int, places: int) -> bool:
    """Whether a packet is of our own tests; packets that configure hosts are noted."""
    p, ports = get(places, _PACKET), get(places, _PORTS)
    kind, source, target = get(p, headers.FLAGS), get(p, headers.SPORT), get(p, headers.DPORT)
    if protocol == 1:
        return kind == 0 or kind == 8  # noqa: PLR1714 - numba makes a tuple search of the other form
    if protocol == 58:
        if kind == 134:
            _note(ROUTER_ADVERTISEMENT, mac, places)
        return kind == 128 or kind == 129  # noqa: PLR1714 - as above
    if protocol != 17:
        return False
    if 67 <= source <= 68 and 67 <= target <= 68:
        _note(DHCP, mac, places)
    elif 546 <= source <= 547 and 546 <= target <= 547:
        _note(DHCP6, mac, places)
    return byte(ports + source) != 0 or byte(ports + target) != 0


@inner
def _mac(at: int, end: int, link: int) -> int:
    """The sender's MAC address as a number; 0 where the link layer has none."""
    if link == headers.ETHERNET and at + 14 <= end:
        return u16(at + 6) << 32 | u32(at + 8)
    if link == headers.SLL and at + 16 <= end and u16(at + 4) == 6:
        return u16(at + 6) << 32 | u32(at + 8)
    if link == headers.SLL2 and at + 20 <= end and byte(at + 11) == 6:
        return u16(at + 12) << 32 | u32(at + 14)
    return 0


@inner
def _arp(at: int, end: int, time: int, places: int) -> int:
    """The sender of an ARP packet on untagged Ethernet (RFC 826), where hardware and frame address agree."""
    body = at + 14
    if body + 28 > end or u32(body) != 0x0001_0800 or u16(body + 4) != 0x0604:
        return 0
    mac = u16(body + 8) << 32 | u32(body + 10)
    return _talker(mac, 0, _MAPPED | u32(body + 14), time, places) if mac == _mac(at, end, headers.ETHERNET) else 0


@inner
def _talker(mac: int, high: int, low: int, time: int, places: int) -> int:
    """Find or make the row of a source, and count its packet."""
    totals, talkers, table = get(places, _TOTALS), get(places, _TALKERS), get(places, _TABLE)
    if _nobody(high, low):
        return 0
    slot = (mac * -7046029254386353131 ^ high * 6364136223846793005 ^ low * 1442695040888963407) >> 20 & (_SLOTS - 1)
    while get(table, slot):
        here = talkers + (get(table, slot) - 1) * TALKER * 8
        if get(here, MAC) == mac and get(here, HIGH) == high and get(here, LOW) == low:
            return _seen(here, time, totals)
        slot = slot + 1 & (_SLOTS - 1)
    count = get(totals, TALKERS)
    if count == MOST_TALKERS:
        return _add(totals, BEYOND, 1)
    put(totals, TALKERS, count + 1)
    put(table, slot, count + 1)
    here = talkers + count * TALKER * 8
    put(here, MAC, mac)
    put(here, HIGH, high)
    put(here, LOW, low)
    return _seen(here, time, totals)


@inner
def _nobody(high: int, low: int) -> bool:
    """Whether an address is no host's: unspecified, loopback, multicast or broadcast."""
    if high:
        return high >> 56 & 0xFF == 0xFF
    first = low >> 24 & 0xFF
    return low >> 32 != 0xFFFF or low & 0xFFFF_FFFF == 0 or first == 127 or first >= 224


@inner
def _seen(here: int, time: int, totals: int) -> int:
    """Count a packet of a talker; without a time it is only counted."""
    put(here, NUMBER, get(here, NUMBER) + 1)
    if time == scan.NO_TIME:
        return 0
    since = get(here, SINCE)
    put(here, SINCE, min(since, time) if since else time)
    put(here, UNTIL, max(get(here, UNTIL), time))
    put(totals, FIRST, min(get(totals, FIRST), time))
    return put(totals, LAST, max(get(totals, LAST), time))


@inner
def _note(kind: int, mac: int, places: int) -> int:
    """Keep the payload of the packet at hand, as much as a note holds; the caller has made sure that there is room."""
    totals, p = get(places, _TOTALS), get(places, _PACKET)
    count, at = get(totals, NOTES), get(p, headers.PAYLOAD)
    here, length = get(places, _NOTES_AT) + count * NOTE, max(0, min(get(p, headers.END) - at, NOTE_BYTES))
    put(here, KIND, kind)
    put(here, NOTE_MAC, mac)
    put(here, LENGTH, length)
    for offset in range(length):
        mark(here + NOTE_HEAD + offset, byte(at + offset))
    return put(totals, NOTES, count + 1)


@inner
def _add(row: int, column: int, amount: int) -> int:
    return put(row, column, get(row, column) + amount)
