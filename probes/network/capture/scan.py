# SPDX-License-Identifier: Apache-2.0
"""The one pass over a capture, compiled: records framed, headers walked, requests and replies paired, in any pieces.

pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng. The pass stops where the caller has something to do
(a new section or interface, a table to enlarge, more bytes) and goes on from there. All arguments are addresses of int64
rows that the caller owns, except ``at`` and ``stop``: the bytes to read.
"""

from __future__ import annotations

from numba import njit

from probes.network.capture import headers, pairing
from probes.network.capture.headers import (
    ANSWERS,
    DPORT,
    DST_HI,
    END,
    FLAGS,
    MARK,
    NUMBER,
    PAYLOAD,
    PROOF,
    SPORT,
    SRC_HI,
)
from probes.network.capture.memory import (
    byte,
    digest,
    get,
    inner,
    little16,
    little32,
    mark,
    number_at,
    prefetch,
    put,
    shared,
    u16,
    u32,
    u64,
    word,
)
from probes.network.capture.payload import looks_like_sender, residence, stays

# how the file is framed: the row ``frame``; what one record is goes behind it
FORMAT, SWAPPED, FRACTION, LINK, INTERFACES, INTERFACES_AT, PAIRING, FIELD_AT, FIELD_BYTES = range(9)
CAPTURED_LENGTH, WIRE_LENGTH, TIME, RECORD_LINK, FOLLOWING = range(9, 14)
FRAME = 14
PCAP, PCAPNG = 0, 1

# what to pair: nothing; requests and replies, here or later; every packet by its payload or a field, by flow or all together
NO_PAIRS, EXCHANGES, RECORDS, PAYLOADS, POINTS = range(5)

# an interface: link type, snap length, and ticks -> ns: (ticks * multiply) >> shift // divide + offset
I_LINK, I_SNAP, I_MULTIPLY, I_DIVIDE, I_SHIFT, I_OFFSET, I_SEEN = range(7)
INTERFACE = 8

# totals
PACKETS, WIRE, CAPTURED, FIRST, LAST, SNAPPED, BACKWARDS, LYING, TIMELESS = range(9)
TOTALS = 9

# why the pass stopped
MORE, BLOCK, DAMAGED, DRAIN = range(4)

LARGEST = 16 << 20
"""No record is longer; a longer one is damage. BIG TCP packets reach 512 KiB."""

HANDSHAKE = 8
"""Numbers of a TCP handshake row: 1 SYN or 2 SYN+ACK, time + 1, four halves of the addresses, ports, the number to match."""
NO_TIME = -(1 << 63)
_SECOND = 1_000_000_000


@njit(cache=True, nogil=True)
def scan(at: int, stop: int, places: int) -> tuple[int, int]:
    """Go over the bytes from ``at`` to ``stop``; returns where and why it stopped.

    ``places``: addresses of the rows ``frame``, totals, patterns (frames counted by the set of protocols in them: 2^13
    numbers, one a value of SEEN), the packet's row ``p`` and the pairing's state ``w``.
    """
    frame, totals, patterns, p, w = get(places, 0), get(places, 1), get(places, 2), get(places, 3), get(places, 4)
    packets = wires = bytes_kept = 0
    first, last = get(totals, FIRST), get(totals, LAST)
    wanted = get(frame, PAIRING)
    while True:
        begin = record(at, stop, frame)
        if begin < 0:
            why = -1 - begin
            break
        following = get(frame, FOLLOWING)
        prefetch(following)  # the next packet's headers come while this one is looked at
        prefetch(following + 64)
        captured, wire, time = get(frame, CAPTURED_LENGTH), get(frame, WIRE_LENGTH), get(frame, TIME)
        protocol = headers.decode(begin, begin + captured, get(frame, RECORD_LINK), p)
        if wanted > EXCHANGES:
            put(p, headers.LOCAL, stays(begin, begin + captured, get(frame, RECORD_LINK)))
        if protocol and wanted and time >= 0 and _offered(protocol, time, p, w, frame):
            why = DRAIN
            break
        packets, wires, bytes_kept = packets + 1, wires + wire, bytes_kept + captured
        _add(patterns, get(p, headers.SEEN), 1)
        if captured != wire or time < last or time == NO_TIME:
            _unusual(captured, wire, time, last, totals)
        if time != NO_TIME:
            first, last = min(first, time), max(last, time)
        at = following
    _add(totals, PACKETS, packets)
    _add(totals, WIRE, wires)
    _add(totals, CAPTURED, bytes_kept)
    put(totals, FIRST, first)
    put(totals, LAST, last)
    return at, why


@inner
def record(at: int, stop: int, frame: int) -> int:
    """Where the packet of the record at ``at`` begins, its facts put into ``frame``; -1 - reason when there is no whole record."""
    return _pcap(at, stop, frame) if get(frame, FORMAT) == PCAP else _block(at, stop, frame)


@inner
def _unusual(captured: int, wire: int, time: int, last: int, totals: int) -> int:
    """Count a record that was cut short, that lies about its length, that has no time, or that goes back in time."""
    if captured != wire:
        _add(totals, SNAPPED if captured < wire else LYING, 1)
    if time == NO_TIME:
        _add(totals, TIMELESS, 1)
    elif time < last:
        _add(totals, BACKWARDS, 1)
    return 0


@inner
def _add(row: int, column: int, amount: int) -> int:
    return put(row, column, get(row, column) + amount)


@inner
def _record(frame: int, captured: int, wire: int, time: int, link: int) -> int:
    put(frame, CAPTURED_LENGTH, captured)
    put(frame, WIRE_LENGTH, wire)
    put(frame, TIME, time)
    return put(frame, RECORD_LINK, link)


@inner
def _pcap(at: int, stop: int, frame: int) -> int:
    """Where the packet of the record at ``at`` begins, its facts put into ``frame``; -1 - reason when there is no whole record."""
    if at + 16 > stop:
        return -1 - MORE
    if get(frame, SWAPPED):
        seconds, fraction, captured, wire = u32(at), u32(at + 4), u32(at + 8), u32(at + 12)
    else:
        seconds, fraction, captured, wire = little32(at), little32(at + 4), little32(at + 8), little32(at + 12)
    if captured > LARGEST:
        return -1 - DAMAGED
    if at + 16 + captured > stop:
        return -1 - MORE
    _record(frame, captured, wire, seconds * _SECOND + fraction * get(frame, FRACTION), get(frame, LINK))
    put(frame, FOLLOWING, at + 16 + captured)
    return at + 16


@inner
def _block(at: int, stop: int, frame: int) -> int:
    """As :func:`_pcap` for pcapng; blocks that are no packets stop the pass with BLOCK."""
    if at + 12 > stop:
        return -1 - MORE
    swapped = get(frame, SWAPPED)
    kind, length = word(at, swapped), word(at + 4, swapped)
    if kind not in (2, 3, 6, 0xBAD, 0x40000BAD):
        return -1 - BLOCK
    if length < 16 or length > LARGEST:
        return -1 - DAMAGED
    if at + length > stop:
        return -1 - MORE
    if word(at + length - 4, swapped) != length:
        return -1 - DAMAGED
    put(frame, FOLLOWING, at + length)
    if kind == 6 or kind == 2:  # noqa: PLR1714 - numba makes a tuple search of the other form
        return _enhanced(at, length, kind, frame)
    if kind == 3:
        return _simple(at, length, frame)
    # a custom block counts as a record without time, as Wireshark 4.0 counts it
    _record(frame, length - 16, length - 16, NO_TIME, -1)
    return at + 16


@inner
def _simple(at: int, length: int, frame: int) -> int:
    """A Simple Packet Block belongs to interface 0 and has no time."""
    if get(frame, INTERFACES) == 0:
        return -1 - DAMAGED
    row = get(frame, INTERFACES_AT)
    wire = word(at + 8, get(frame, SWAPPED))
    captured = min(wire, length - 16)
    if get(row, I_SNAP):
        captured = min(captured, get(row, I_SNAP))
    put(row, I_SEEN, 1)
    _record(frame, captured, wire, NO_TIME, get(row, I_LINK))
    return at + 12


@inner
def _enhanced(at: int, length: int, kind: int, frame: int) -> int:
    """An Enhanced Packet Block, or the obsolete Packet Block (its interface number has 16 bits)."""
    swapped = get(frame, SWAPPED)
    number = word(at + 8, swapped)
    if kind == 2:
        number = u16(at + 8) if swapped else little16(at + 8)
    if length < 32 or number >= get(frame, INTERFACES):
        return -1 - DAMAGED
    captured, wire = word(at + 20, swapped), word(at + 24, swapped)
    if captured > length - 32:
        return -1 - DAMAGED
    ticks = word(at + 12, swapped) << 32 | word(at + 16, swapped)
    row = get(frame, INTERFACES_AT) + number * INTERFACE * 8
    put(row, I_SEEN, 1)
    _record(frame, captured, wire, _nanoseconds(ticks, row), get(row, I_LINK))
    return at + 28


@inner
def _nanoseconds(ticks: int, row: int) -> int:
    """Ticks of an interface as ns since 1970; binary resolutions are split so that nothing overflows."""
    shift = get(row, I_SHIFT)
    if shift:
        whole, part = ticks >> shift, ticks & ((1 << shift) - 1)
        if shift > 32:
            part, shift = part >> (shift - 32), 32
        return whole * _SECOND + (part * _SECOND >> shift) + get(row, I_OFFSET)
    if get(row, I_DIVIDE) > 1:
        return ticks // get(row, I_DIVIDE) + get(row, I_OFFSET)
    return ticks * get(row, I_MULTIPLY) + get(row, I_OFFSET)


@inner
def _offered(protocol: int, time: int, p: int, w: int, frame: int) -> bool:
    """Pair a packet as wanted; True when a table is full and has to be drained first."""
    if get(frame, PAIRING) <= RECORDS:
        return _pair(protocol, time, p, w)
    return _point(protocol, time, p, w, frame)


@inner
def _pair(protocol: int, time: int, p: int, w: int) -> bool:
    """Offer a packet to its flow; True when a table is full and has to be drained first."""
    if protocol == 17:
        return _stamp(time, p, w)
    if protocol == 6:
        return _handshake(time, p, w)
    kind = get(p, FLAGS)
    if get(w, pairing.KEPT):
        put(p, MARK, digest(get(p, PAYLOAD), get(p, END), 1) if get(p, END) - get(p, PAYLOAD) >= 16 else 0)
    if kind == 8 or kind == 128:  # noqa: PLR1714 - as above
        return _asked(time, p, w, pairing.ICMP_ECHO)
    if kind == 0 or kind == 129:  # noqa: PLR1714 - as above
        put(p, ANSWERS, -1)
        return _answered(time, p, w, pairing.ICMP_ECHO)
    return False


@inner
def _stamp(time: int, p: int, w: int) -> bool:
    """STAMP and TWAMP test packets are known by the reflector's port, or by their looks the first time.

    For pairing, NUMBER becomes the sender's sequence number and, in a reply, ANSWERS the reflector's T3 - T2.
    """
    at, ports = get(p, PAYLOAD), get(w, pairing.PORTS_AT)
    length = get(p, END) - at
    to, back = byte(ports + get(p, DPORT)), byte(ports + get(p, SPORT))
    if not to and not back:
        if length < 44 or not looks_like_sender(at, time):
            return False
        mark(ports + get(p, DPORT), 2)
        to = 2
    if to and back:
        to = 1 if length >= 44 and u64(at + 16) == 0 else 0
    if to:
        if length < 14:
            _add(w, pairing.SHORT, 1)
            return False
        put(p, NUMBER, u32(at))
        put(p, MARK, u64(at + 4))
        put(p, PROOF, 0)
        return _asked(time, p, w, pairing.STAMP)
    if length < 41:
        _add(w, pairing.SHORT, 1)
        return False
    put(p, NUMBER, u32(at + 24))
    put(p, MARK, u64(at + 28))
    put(p, PROOF, u64(at + 16) * 3 ^ u64(at + 4))
    put(p, ANSWERS, residence(u64(at + 16), u64(at + 4), u16(at + 12)))
    return _answered(time, p, w, pairing.STAMP)


@inner
def _flow(p: int, w: int, kind: int, back: int) -> int:
    """The flow of a request, or of a reply (``back`` 1); -1, and counted, when there is no room for one more."""
    key = get(w, pairing.KEY_AT)
    source, target = (DST_HI, SRC_HI) if back else (SRC_HI, DST_HI)
    for half in range(2):
        put(key, half, get(p, source + half))
        put(key, 2 + half, get(p, target + half))
    asking, asked = (get(p, DPORT), get(p, SPORT)) if back else (get(p, SPORT), get(p, DPORT))
    put(key, 4, asking << 16 | asked | kind << 32)
    flow = pairing.find(w, key)
    if flow < 0:
        _add(w, pairing.UNPAIRED, 1)
    return flow


@shared
def _asked(time: int, p: int, w: int, kind: int) -> bool:
    flow = _flow(p, w, kind, 0)
    if flow < 0:
        return False
    if get(w, pairing.KEPT):
        return pairing.keep(time, get(p, NUMBER), flow << 1, -1, p, w)
    row = get(w, pairing.FLOWS_AT) + flow * pairing.COLUMNS * 8
    put(row, pairing.BITS, 32 if kind == pairing.STAMP else 16)
    return pairing.request(w, row, get(p, NUMBER), time + 1)


@shared
def _answered(time: int, p: int, w: int, kind: int) -> bool:
    at = get(w, pairing.ROWS)
    if at == get(w, pairing.ROWS_ROOM):
        return True
    flow = _flow(p, w, kind, 1)
    if flow < 0:
        return False
    if get(w, pairing.KEPT):
        return pairing.keep(time, get(p, NUMBER), flow << 1 | 1, get(p, ANSWERS), p, w)
    row = get(w, pairing.FLOWS_AT) + flow * pairing.COLUMNS * 8
    took = pairing.reply(w, row, get(p, NUMBER), time + 1)
    if took != pairing.NOTHING:
        pairing.trip(max(took, 0), flow, get(p, ANSWERS), row, w)
        if took < 0:  # the capture's clock went back
            _add(w, pairing.NEGATIVE, 1)
    return False


@inner
def _handshake(time: int, p: int, w: int) -> bool:
    """Keep SYN and SYN+ACK for pairing outside: they are few."""
    kind = get(p, FLAGS) & 0x17  # FIN, SYN, RST, ACK
    if kind & 0x02 == 0 or kind & 0x05:
        return False
    if get(w, pairing.KEPT):
        return _syn(time, kind, p, w)
    at = get(w, pairing.HANDSHAKES)
    if at == get(w, pairing.SYNS_ROOM):
        return True
    row = get(w, pairing.SYNS_AT) + at * HANDSHAKE * 8
    put(row, 0, 1 if kind == 0x02 else 2)
    put(row, 1, time + 1)
    for half in range(4):
        put(row, 2 + half, get(p, SRC_HI + half))
    put(row, 6, get(p, SPORT) << 16 | get(p, DPORT))
    put(row, 7, get(p, NUMBER) + 1 & 0xFFFF_FFFF if kind == 0x02 else get(p, ANSWERS))
    put(w, pairing.HANDSHAKES, at + 1)
    return False


@inner
def _syn(time: int, kind: int, p: int, w: int) -> bool:
    """A SYN as a request and its SYN+ACK as the reply, known by the client's port and number; a flow is client and service."""
    put(p, MARK, 0)
    if kind == 0x02:
        put(p, NUMBER, get(p, SPORT) << 32 | (get(p, NUMBER) + 1 & 0xFFFF_FFFF))
        put(p, SPORT, 0)
        return _asked(time, p, w, pairing.SYN)
    put(p, NUMBER, get(p, DPORT) << 32 | get(p, ANSWERS))
    put(p, DPORT, 0)
    put(p, ANSWERS, -1)
    return _answered(time, p, w, pairing.SYN)


@inner
def _point(protocol: int, time: int, p: int, w: int, frame: int) -> bool:
    """Keep a packet with a payload, of declared ports if any, in one flow unless PAYLOADS are wanted; True: the table is full."""
    at, end, ports = get(p, PAYLOAD), get(p, END), get(w, pairing.PORTS_AT)
    to, back = byte(ports + get(p, DPORT)), byte(ports + get(p, SPORT))
    first, length = at + get(frame, FIELD_AT), get(frame, FIELD_BYTES)
    if get(w, pairing.DECLARED) and not to and not back:
        return False
    if at >= end or first + length > end:
        _add(w, pairing.SHORT, 1)
        return False
    flow = 0
    if get(frame, PAIRING) == PAYLOADS:
        flow = _flow(p, w, pairing.FIELD, 0 if to else 1)
        if flow < 0:
            return False
    identity = number_at(first, length) if length else digest(at, end, protocol)
    put(p, MARK, 0)
    return pairing.keep(time, identity, flow << 1 | (0 if to or not back else 1), -1, p, w)
