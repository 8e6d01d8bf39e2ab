# SPDX-License-Identifier: Apache-2.0
"""Requests and replies of a flow paired by sequence number while the capture streams by, compiled; memory stays bounded.

Each flow owns a ring of send times, addressed by sequence number: 0 not captured, t > 0 asked at t, -t answered; so times
are ns since 1970 plus 1, and nothing before is paired. Requests are settled in order: one whose waiting time has passed
without a reply is lost, and neighbours make a burst. Sequence numbers wrap and sessions restart; a reply nobody asked for
is an orphan. Rows are int64, at addresses (see ``memory``): ``w`` the pairing's own state, ``row`` a flow, ``key`` what
identifies it.
"""

from __future__ import annotations

from numba import njit

from probes.network.capture.headers import END, LOCAL, MARK, PAYLOAD, PROOF, TTL
from probes.network.capture.memory import get, inner, put

# a flow's row
BASE, SIZE, NEXT, SETTLED, FIRST, REPLY, RUN = range(7)
SENT, RECEIVED, LOST, LATE, DUPLICATE, REORDERED, ORPHAN, REPEATED, RESTARTS, BURSTS, UNDECIDED = range(7, 18)
BITS, FLOW, LAST, TRIP = range(18, 22)
COLUMNS = 22

# the key: both addresses (two halves each), then ports and kind
KEY = 5
STAMP, ICMP_ECHO, FIELD, SYN = 1, 2, 3, 4

# the pairing's state: counters, then addresses and lengths of its tables
FLOW_COUNT, POOL_TOP, ROWS, WAITING, BURST_ROWS, HANDSHAKES, UNPAIRED, NEGATIVE = range(8)
KEYS_AT, KEYS, TABLE_AT, TABLE, FLOWS_AT, POOL_AT, POOL, ROWS_AT, ROWS_ROOM = range(8, 17)
BURSTS_AT, BURSTS_ROOM, KEY_AT, PORTS_AT, SYNS_AT, SYNS_ROOM, POINTS, POINTS_AT, POINTS_ROOM, DECLARED = range(17, 27)
KEPT, SHORT = 27, 28
STATE = 29

NOTHING = -(1 << 63)
ROW, BURST = 3, 2
"""int64 numbers of a round trip, a column each, and of a burst (flow, length).

A round trip is flow << FLOW_SHIFT | ns, the same less the ns inside the reflector (-1: unknown, or not to be believed), and
flow << FLOW_SHIFT | the size of the difference from the trip before it (-1: the first one).
"""
POINT = 7
"""int64 numbers of a packet to be paired outside: time, what identifies it, flow << 1 | direction (1: a reply), ns inside the
reflector (-1: unknown), 1 << 48 for a frame of a loopback interface | TTL << 32 | bytes of payload, and what tells the same packet seen twice (the sender's T1, or a digest of
its payload; 0: nothing), and of a reply what only one answer has (the reflector's T2 and T3; 0: nothing). SHORT in the state: packets too short for what their port carries. KEPT in the state: keep requests and replies so, and do not pair them."""
FLOW_SHIFT = 44  # 2^44 ns are 4.9 h: more than any waiting time
RING = 64
_GAP = 1 << 20
_PAUSE = 1_000_000_000
_MIX = (-7046029254386353131, 6364136223846793005, 1442695040888963407, 3202034522624059733, 2685821657736338717)


@inner
def find(w: int, key: int) -> int:
    """The number of the flow with ``key``, made on first sight; -1 when there is no room for one more."""
    mask = get(w, TABLE) - 1
    table, keys = get(w, TABLE_AT), get(w, KEYS_AT)
    place = _hash(key) & mask
    known = get(table, place) - 1
    while known >= 0:
        if _same(keys + known * KEY * 8, key):
            return known
        place = (place + 1) & mask
        known = get(table, place) - 1
    return _new(w, key, place)


@inner
def request(w: int, row: int, number: int, time: int) -> bool:
    """A request with sequence ``number`` was seen at ``time`` (ns); True when the bursts have to be drained first."""
    if 2 * get(w, BURST_ROWS) > get(w, BURSTS_ROOM):
        return True
    if get(row, NEXT) < 0:
        _begin(row, number)
    place = _unwrapped(row, number)
    if _restarted(w, row, place, time):
        close(w, row, time)
        _count(row, RESTARTS)
        _begin(row, number)
        place = number
    while place - get(row, SETTLED) >= get(row, SIZE):
        if not _grow(w, row):
            _give_up(w, row)
    put(row, LAST, time)
    if place < get(row, NEXT):
        _again(w, row, place, time)
        return False
    for missing in range(get(row, NEXT), place):
        put(_slot(w, row, missing), 0, 0)
    put(_slot(w, row, place), 0, time)
    put(row, NEXT, place + 1)
    _count(row, SENT)
    _settle(w, row, time - get(w, WAITING))
    return False


@inner
def reply(w: int, row: int, number: int, time: int) -> int:
    """A reply to sequence ``number`` was seen at ``time``; returns the round trip in ns, or NOTHING when it answers none in time."""
    place = _unwrapped(row, number)
    if get(row, NEXT) < 0 or place >= get(row, NEXT) or place < max(get(row, FIRST), get(row, NEXT) - get(row, SIZE)):
        return _count(row, ORPHAN)
    slot = _slot(w, row, place)
    asked = get(slot, 0)
    if asked == 0:
        return _count(row, ORPHAN)
    if asked < 0:
        return _count(row, DUPLICATE)
    if place < get(row, SETTLED) or time - asked > get(w, WAITING):
        return _count(row, LATE)
    put(slot, 0, -asked)
    _count(row, RECEIVED)
    if place < get(row, REPLY):
        _count(row, REORDERED)
    else:
        put(row, REPLY, place)
    return time - asked


@inner
def keep(time: int, identity: int, place: int, inside: int, p: int, w: int) -> bool:  # noqa: PLR0917 - compiled code has no keywords
    """Keep a packet for pairing outside (see :data:`POINT`); True when the table is full."""
    number = get(w, POINTS)
    if number == get(w, POINTS_ROOM):
        return True
    row = get(w, POINTS_AT) + number * POINT * 8
    put(row, 0, time)
    put(row, 1, identity)
    put(row, 2, place)
    put(row, 3, inside)
    put(row, 4, get(p, LOCAL) << 48 | get(p, TTL) << 32 | max(0, get(p, END) - get(p, PAYLOAD)))
    put(row, 5, get(p, MARK))
    put(row, 6, get(p, PROOF))
    put(w, POINTS, number + 1)
    return False


@njit(cache=True, nogil=True)
def close(w: int, row: int, end_ns: int) -> int:
    """Settle what is left at the end of a session: lost, and undecided as well where the waiting time was not over at ``end_ns``."""
    while get(row, SETTLED) < get(row, NEXT):
        asked = get(_slot(w, row, get(row, SETTLED)), 0)
        if asked > 0:
            _count(row, LOST)
            _count(row, RUN)
            if end_ns - asked <= get(w, WAITING):
                _count(row, UNDECIDED)
        elif asked < 0:
            _burst(w, row)
        _count(row, SETTLED)
    _burst(w, row)
    return 0


@inner
def _new(w: int, key: int, place: int) -> int:
    """Make a flow for ``key`` at this place of the hash table."""
    number, top = get(w, FLOW_COUNT), get(w, POOL_TOP)
    if number == get(w, KEYS) or top + RING > get(w, POOL):
        return -1
    row = get(w, FLOWS_AT) + number * COLUMNS * 8
    for column in range(KEY):
        put(get(w, KEYS_AT) + number * KEY * 8, column, get(key, column))
    put(row, BASE, top)
    put(row, SIZE, RING)
    put(row, NEXT, -1)
    put(row, SETTLED, -1)
    put(row, FLOW, number)
    put(row, TRIP, -1)
    put(w, POOL_TOP, top + RING)
    put(w, FLOW_COUNT, number + 1)
    put(get(w, TABLE_AT), place, number + 1)
    return number


@inner
def _settle(w: int, row: int, before: int) -> int:
    """Decide the requests sent before ``before``, in order of their numbers."""
    while get(row, SETTLED) < get(row, NEXT):
        asked = get(_slot(w, row, get(row, SETTLED)), 0)
        if asked > before:
            break
        if asked > 0:
            _count(row, LOST)
            _count(row, RUN)
        elif asked < 0:
            _burst(w, row)
        _count(row, SETTLED)
    return 0


@inner
def _give_up(w: int, row: int) -> int:
    """No room for a longer ring: the oldest open request is decided before its waiting time is over, and counted so."""
    asked = get(_slot(w, row, get(row, SETTLED)), 0)
    if asked > 0:
        _count(row, UNDECIDED)
    before = get(row, SETTLED)
    _settle(w, row, max(asked, 0))
    if get(row, SETTLED) == before:
        _count(row, SETTLED)
    return 0


@inner
def _burst(w: int, row: int) -> int:
    """End the run of losses, if any; a table that is full keeps the number of bursts only."""
    if get(row, RUN) == 0:
        return 0
    _count(row, BURSTS)
    at = get(w, BURST_ROWS)
    if at < get(w, BURSTS_ROOM):
        put(get(w, BURSTS_AT), at * BURST, get(row, FLOW))
        put(get(w, BURSTS_AT), at * BURST + 1, get(row, RUN))
        put(w, BURST_ROWS, at + 1)
    put(row, RUN, 0)
    return 0


@inner
def _begin(row: int, number: int) -> int:
    put(row, NEXT, number)
    put(row, SETTLED, number)
    put(row, FIRST, number)
    put(row, REPLY, -1)
    return 0


@inner
def _unwrapped(row: int, number: int) -> int:
    """The place of a sequence number in this flow's count without wraps: the one nearest to the last request."""
    span = 1 << get(row, BITS)
    last = get(row, NEXT) - 1
    ahead = (number - last) & (span - 1)
    return last + (ahead if ahead < span >> 1 else ahead - span)


@inner
def _restarted(w: int, row: int, place: int, time: int) -> bool:
    """Whether a new session has begun: a far jump ahead, or a number gone by that comes after a pause or near 0."""
    if place >= get(row, NEXT):
        return place - get(row, NEXT) > _GAP
    paused = time - get(row, LAST) > _PAUSE
    if place < max(get(row, FIRST), get(row, NEXT) - get(row, SIZE)):
        return paused or place & ((1 << get(row, BITS)) - 1) < 2
    return paused and get(_slot(w, row, place), 0) != 0


@inner
def _again(w: int, row: int, place: int, time: int) -> int:
    """A request out of order: new if its place is still empty, else a repetition."""
    if place < max(get(row, FIRST), get(row, SETTLED)) or get(_slot(w, row, place), 0) != 0:
        _count(row, REPEATED)
    else:
        put(_slot(w, row, place), 0, time)
        _count(row, SENT)
    return 0


@inner
def _grow(w: int, row: int) -> bool:
    """Move the ring to one of twice the size at the top of the pool; False when the pool is full."""
    size, base, top = get(row, SIZE), get(row, BASE), get(w, POOL_TOP)
    if top + 2 * size > get(w, POOL):
        return False
    pool = get(w, POOL_AT)
    for place in range(max(get(row, FIRST), get(row, NEXT) - size), get(row, NEXT)):
        put(pool, top + (place & (2 * size - 1)), get(pool, base + (place & (size - 1))))
    put(row, BASE, top)
    put(row, SIZE, 2 * size)
    put(w, POOL_TOP, top + 2 * size)
    return True


@inner
def _slot(w: int, row: int, place: int) -> int:
    """Address of the send time of sequence number ``place``."""
    return get(w, POOL_AT) + (get(row, BASE) + (place & (get(row, SIZE) - 1))) * 8


@inner
def _count(row: int, column: int) -> int:
    put(row, column, get(row, column) + 1)
    return NOTHING


@inner
def _hash(key: int) -> int:
    mixed = get(key, 0) * _MIX[0] ^ get(key, 1) * _MIX[1] ^ get(key, 2) * _MIX[2] ^ get(key, 3) * _MIX[3]
    mixed = (mixed ^ get(key, 4)) * _MIX[4]
    return mixed ^ mixed >> 32


@inner
def _same(known: int, key: int) -> bool:
    differ = 0
    for column in range(KEY):
        differ |= get(known, column) ^ get(key, column)
    return differ == 0


@inner
def trip(took: int, flow: int, inside: int, row: int, w: int) -> int:
    """Put a round trip into the table; there is room."""
    at, before, room = get(w, ROWS), get(row, TRIP), get(w, ROWS_ROOM)
    rows, above = get(w, ROWS_AT), flow << FLOW_SHIFT
    put(rows, at, above | took)
    put(rows, room + at, above | (took - inside) if 0 <= inside <= took else -1)
    put(rows, 2 * room + at, -1 if before < 0 else above | abs(took - before))
    put(row, TRIP, took)
    return put(w, ROWS, at + 1)
