# SPDX-License-Identifier: Apache-2.0
"""The mergeable digest of a receiver's log, and the log as a whole once all pieces are there.

Pieces are kept as they came; the whole is computed from their sorted sequence, so splits and orders cannot matter.
RMS bounds need the ordered series, therefore the digest keeps about 80 bytes an epoch and nothing else of the log.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.digests.sky import Sky
from probes.gnss.formats import ubx
from probes.gnss.formats.alarms import Alarm
from probes.gnss.formats.decode import COUNTED, Piece, first_events, lesser_tods
from probes.gnss.formats.denials.places import Last, across
from probes.gnss.formats.modes import DENIED, OF_ZDA, SURE, UNFIXED
from probes.gnss.formats.timeline import attached, between, dated, denied, joined, words

DAY_NS = 86_400 * 10**9
BEIDOU_TALKERS = tuple(int.from_bytes(each, "little") for each in (b"BD", b"GB"))
GPS_START_NS = 315_964_800 * 10**9
"""1980-01-06: what is earlier is no date but a second of the week."""
Ints = npt.NDArray[np.signedinteger[Any]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LogSummary:
    """Pieces of one receiver's log, in order of segment and offset, and what its GSV sentences said of the sky."""

    pieces: tuple[Piece, ...]
    sky: Sky = field(default_factory=Sky)

    def merge(self, other: LogSummary) -> LogSummary:
        """The digest of both; associative and commutative."""
        both = (*self.pieces, *other.pieces)
        pieces = sorted(both, key=lambda piece: (piece.segment, piece.start))
        return LogSummary(tuple(pieces), self.sky.merge(other.sky))

    def canonical_bytes(self) -> bytes:
        """The same bytes for the same log, however it was cut: a digest over every column of the whole."""
        log, digest = whole_log(self), hashlib.sha256()
        for name in sorted(log.counts):
            digest.update(f"{name}={log.counts[name]};".encode())
        for kind in sorted(log.rtcm3):
            digest.update(f"{kind}={log.rtcm3[kind]};".encode())
        for system in sorted(log.used):
            digest.update(f"{system}={log.used[system]};".encode())
        for name in sorted(log.by_id):
            digest.update(f"{name}={log.by_id[name]};".encode())
        digest.update(repr((sorted(log.unread.items()), sorted(log.alarms.items()), log.other_days)).encode())
        digest.update(repr((sorted(self.sky.strength.items()), sorted(self.sky.places.items()))).encode())
        binary, _ = ubx.epochs(ubx_messages(self))
        for column in (
            log.time_ns,
            log.epochs,
            log.beidou,
            log.others,
            log.unfixed,
            log.position,
            log.signals,
            log.events,
            binary,
        ):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.digest()

    def __eq__(self, other: object) -> bool:
        """Equal when the canonical bytes are."""
        return isinstance(other, LogSummary) and self.canonical_bytes() == other.canonical_bytes()

    def __hash__(self) -> int:
        """Agree with ``==``."""
        return hash(self.canonical_bytes())


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """A whole log. Columns of one length, one row an epoch, in order of time and then of position.

    ``time_ns`` UTC since 1970 (since midnight of the first day when ``dated`` is False); ``epochs`` the GGA fields
    (:data:`probes.gnss.formats.fields.EPOCH`); ``position`` byte offset over all segments; ``beidou`` BeiDou satellites used,
    -1 where neither GSA nor GNS says; ``others`` satellites of other systems used (GSA); ``unfixed`` whether another sentence of the same
    epoch (:mod:`probes.gnss.formats.modes`) says that the position is no fixed satellite solution. ``rtcm3`` corrections by type; ``signals`` GSV sentences by systemId and signal ID + 1 (column 0: no
    signal ID). ``untimed`` GGA sentences without a time, or with the time of a clock that was not set yet, are left out: how many
    in all, before the first epoch and after the last one. ``alarms`` of jamming and spoofing; ``other_days``: how often ZDA names
    another day than the RMC beside it.
    """

    time_ns: Ints
    epochs: npt.NDArray[Any]
    position: Ints
    beidou: Ints
    others: Ints
    unfixed: npt.NDArray[np.bool_]
    dated: bool
    untimed: tuple[int, int, int]
    used: Mapping[int, int]
    counts: Mapping[str, int]
    by_id: Mapping[str, int]
    rtcm3: Mapping[int, int]
    signals: Ints
    events: Ints
    segments: tuple[tuple[str, int], ...] = field(default=())
    unread: Mapping[str, int] = field(default_factory=dict)
    alarms: Mapping[Alarm, int] = field(default_factory=dict)
    other_days: int = 0

    def __len__(self) -> int:
        """Number of epochs."""
        return len(self.time_ns)

    def where(self, mask: npt.NDArray[np.bool_]) -> Log:
        """The epochs for which ``mask`` is true; counts and events stay those of the whole log."""
        if mask.all():
            return self
        columns = ("time_ns", "epochs", "position", "beidou", "others", "unfixed")
        return replace(self, **{name: getattr(self, name)[mask] for name in columns})


def whole_log(summary: LogSummary, kind: str = "nmea") -> Log:
    """The log behind ``summary``: dates resolved, BeiDou attached, epochs in order of time.

    ``kind``: where the epochs come from: GGA ("nmea"), u-blox binary messages ("ubx"), or rows that
    :mod:`probes.gnss.formats.readers` read with their full time (any other).
    """
    pieces = summary.pieces
    bases = _bases(pieces)
    if kind == "ubx":
        epochs, sats = ubx.epochs(ubx_messages(summary))
        position, time_ns, has_date, beidou, others = epochs["offset"], epochs["tod_ns"], True, sats[:, 0], sats[:, 1]
        unset, other_days = np.zeros(len(epochs), dtype=np.bool_), 0
        unfixed = _otherwise(pieces, bases, time_ns, position, [lesser_tods(piece.epochs) for piece in pieces])
    else:
        epochs, position = _rows([piece.epochs for piece in pieces], bases)
        beidou, others, flags = _satellites(pieces, bases)
        if kind in {"nmea", "gns"}:
            tod = np.ascontiguousarray(epochs["tod_ns"])
            marks, places = _rows([piece.dates for piece in pieces], bases)
            marks, other_days = _agreed(marks)
            time_ns, has_date = _dated(tod, position, marks, places)
            unset = _unset(epochs, position, marks, places)
            unfixed = DENIED[flags] | _denied(tod, position, marks, places) | _apart(pieces, bases, position)
            beidou, others = _alone(epochs, beidou, others)
        else:
            time_ns, unset, other_days = epochs["tod_ns"], np.zeros(len(epochs), dtype=np.bool_), 0
            has_date = not len(time_ns) or int(time_ns.max()) > GPS_START_NS
            unfixed = DENIED[flags] | _otherwise(pieces, bases, time_ns, position, [piece.lesser for piece in pieces])
    timed = (epochs["tod_ns"] >= 0) & ~unset
    order: Any = slice(None)
    if not timed.all() or (time_ns[1:] < time_ns[:-1]).any():
        order = np.flatnonzero(timed)
        order = order[np.argsort(time_ns[order], kind="stable")]
    time_ns, (beidou, others) = time_ns[order], between(time_ns[order], beidou[order], others[order])
    counts: Ints = np.asarray(sum(piece.counts for piece in pieces))
    used: Ints = np.asarray(sum(piece.used for piece in pieces))
    by_id: Counter[str] = Counter()
    rtcm3: Counter[int] = Counter()
    unread: Counter[str] = Counter()
    alarms: Counter[Alarm] = Counter()
    for piece in pieces:
        alarms.update(piece.alarms)
        unread.update(piece.unread)
        by_id.update(piece.names)
        rtcm3.update(piece.rtcm3)
    return Log(
        time_ns=time_ns,
        epochs=epochs[order],
        position=position[order],
        beidou=beidou,
        others=others,
        unfixed=unfixed[order],
        dated=has_date,
        untimed=_untimed(timed),
        used={system: int(count) for system, count in enumerate(used) if count},
        counts={"bytes": sum(piece.stop - piece.start for piece in pieces)}
        | {name: int(count) for name, count in zip(COUNTED, counts, strict=True)},
        by_id=dict(sorted(by_id.items())),
        rtcm3=dict(sorted(rtcm3.items())),
        signals=np.asarray(sum(piece.signals for piece in pieces)),
        events=_events(pieces, bases),
        unread=dict(sorted(unread.items())),
        alarms=dict(sorted(alarms.items())),
        other_days=other_days,
        segments=tuple(dict(zip((piece.segment for piece in pieces), bases, strict=True)).items()),
    )


def ubx_messages(summary: LogSummary) -> ubx.Columns:
    """The u-blox binary messages of the whole log, offsets over all segments."""
    pieces = summary.pieces
    return ubx.together([ubx.shifted(piece.ubx, base) for piece, base in zip(pieces, _bases(pieces), strict=True)])


def _rows(parts: list[npt.NDArray[Any]], bases: list[int]) -> tuple[npt.NDArray[Any], Ints]:
    """The rows of all pieces and their positions in the log."""
    rows = parts[0]
    if len(parts) > 1:  # as words: numpy copies records field by field
        rows = np.concatenate([words(part) for part in parts]).view(rows.dtype).reshape(-1)
    return rows, np.concatenate([part["offset"] + base for part, base in zip(parts, bases, strict=True)])


def _bases(pieces: tuple[Piece, ...]) -> list[int]:
    """Position of each piece's segment in the log: the bytes of the segments before it."""
    sizes: dict[str, int] = {}
    for piece in pieces:
        sizes[piece.segment] = max(sizes.get(piece.segment, 0), piece.stop)
    starts, total = {}, 0
    for name, size in sizes.items():
        starts[name], total = total, total + size
    return [starts[piece.segment] for piece in pieces]


def _untimed(timed: npt.NDArray[np.bool_]) -> tuple[int, int, int]:
    """How many epochs of a log, in its order, have no time: in all, before the first that has one, after the last."""
    known = np.flatnonzero(timed)
    if not len(known):
        return len(timed), len(timed), 0
    return len(timed) - len(known), int(known[0]), len(timed) - 1 - int(known[-1])


def _unset(epochs: npt.NDArray[Any], position: Ints, marks: npt.NDArray[Any], places: Ints) -> npt.NDArray[np.bool_]:
    """Epochs without a position whose clock was not set: the void date beside them is days from the nearest sure one."""
    out = np.zeros(len(epochs), dtype=np.bool_)
    sure = np.flatnonzero(marks["sure"] & SURE)
    if len(sure) == 0 or len(sure) == len(marks):
        return out
    nearest = np.searchsorted(sure, np.arange(len(marks))).clip(0, len(sure) - 1)
    wrong = np.abs(marks["day"] - marks["day"][sure[nearest]]) > 1
    wrong &= marks["sure"] & SURE == 0
    rows = np.flatnonzero(epochs["quality"] <= 0)
    found = np.searchsorted(places, position[rows])
    after, before = ((found + step).clip(0, len(places) - 1) for step in (0, -1))
    exact = [wrong[each] & (marks["tod_ns"][each] == epochs["tod_ns"][rows]) for each in (after, before)]
    out[rows] = (wrong[after] & wrong[before]) | exact[0] | exact[1]
    return out


def _denied(tod: Ints, position: Ints, marks: npt.NDArray[Any], places: Ints) -> npt.NDArray[np.bool_]:
    """Epochs whose RMC of the same time, or else the ones on either side, say that the position is not fixed."""
    says = marks["sure"] & UNFIXED != 0
    if not says.any():
        return np.zeros(len(tod), dtype=np.bool_)
    times = np.ascontiguousarray(marks["tod_ns"])
    return np.asarray(denied(tod, position, places, times, says))


def _agreed(marks: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], int]:
    """The dates, a ZDA no surer than the void RMC of the same moment and day; and how often a sure one names another day than ZDA."""
    zda, out, differ = marks["sure"] & OF_ZDA != 0, marks, 0
    beside = (marks["tod_ns"][1:] == marks["tod_ns"][:-1]) & (zda[1:] != zda[:-1])
    if beside.any():
        same, sure = marks["day"][1:] == marks["day"][:-1], marks["sure"] & SURE != 0
        differ = int(np.count_nonzero(beside & ~same & sure[1:] & sure[:-1]))
        void = beside & same & (sure[1:] != sure[:-1])
        out = marks.copy()
        out["sure"][:-1][void] &= ~SURE
        out["sure"][1:][void] &= ~SURE
    return out, differ


def _apart(pieces: tuple[Piece, ...], bases: list[int], position: Ints) -> npt.NDArray[np.bool_]:
    """Epochs whose place another sentence of their moment contradicts, also across the cuts between pieces."""
    found = [piece.apart + base for piece, base in zip(pieces, bases, strict=True)]
    before: dict[int, Last] = {}
    for piece, base in zip(pieces, bases, strict=True):
        first, last = (
            {slot: Last(each.offset + base, each.text) for slot, each in side.items()} for side in piece.places
        )
        found.append(np.array(across(before, first), dtype=np.int64))
        before |= last
    wrong = np.concatenate(found)
    return np.isin(position, wrong) if len(wrong) else np.zeros(len(position), dtype=np.bool_)


def _otherwise(
    pieces: tuple[Piece, ...], bases: list[int], time_ns: Ints, position: Ints, lesser: Sequence[Ints]
) -> npt.NDArray[np.bool_]:
    """Epochs of another format than NMEA that RMC denies, or at whose time of day GGA tells a ``lesser`` solution."""
    marks, places = _rows([piece.dates for piece in pieces], bases)
    tod = np.ascontiguousarray(time_ns % DAY_NS)
    return _denied(tod, position, _agreed(marks)[0], places) | np.isin(tod, np.concatenate(lesser))


def _alone(epochs: npt.NDArray[Any], beidou: Ints, others: Ints) -> tuple[Ints, Ints]:
    """A GGA of talker BD or GB is BeiDou's alone: where no other sentence tells the satellites, it does."""
    if not (beidou < 0).any():
        return beidou, others
    mine = (beidou < 0) & np.isin(epochs["talker"], BEIDOU_TALKERS) & (epochs["satellites"] > 0)
    return np.where(mine, epochs["satellites"], beidou), np.where(mine, 0, others)


def _dated(tod: Ints, position: Ints, marks: npt.NDArray[Any], places: Ints) -> tuple[Ints, bool]:
    """Times of day become times: the nearest dated sentence names the day, within twelve hours of its own time."""
    sure = marks["sure"] & SURE != 0
    if sure.any() and not sure.all():
        places, marks = places[sure], marks[sure]
    if len(marks) == 0:
        back = np.concatenate([[0], np.cumsum(np.diff(tod) < -DAY_NS // 2)])[: len(tod)]
        return tod + back * DAY_NS, False
    days, times = np.ascontiguousarray(marks["day"]).astype(np.int64), np.ascontiguousarray(marks["tod_ns"])
    return np.asarray(dated(tod, position, places, times, days)), True


def _satellites(pieces: tuple[Piece, ...], bases: list[int]) -> tuple[Ints, Ints, Ints]:
    """BeiDou and other satellites used at each epoch of the pieces in turn, -1 unknown, and the flags of GNS.

    Each piece knows its own epochs but those at its edges: there the neighbours' rows matter, one on either side.
    """
    rows, start = _uses(pieces), 0
    both = np.concatenate([piece.sats for piece in pieces])
    for index, (piece, base) in enumerate(zip(pieces, bases, strict=True)):
        first = next((part[-1:] for part in reversed(rows[:index]) if len(part)), rows[index][:0])
        last = next((part[:1] for part in rows[index + 1 :] if len(part)), rows[index][:0])
        use = np.concatenate([words(part) for part in (first, rows[index], last)])  # as words, as _rows does
        use[:, 0] += base
        use[: len(first), 0], use[len(use) - len(last) :, 0] = -1, np.iinfo(np.int64).max
        count, (head, tail) = len(piece.epochs), piece.edges
        for part in (slice(0, head), slice(count - tail, count)):
            attached(words(piece.epochs[part]), base, use, both[start + part.start : start + part.stop])
        start += count
    return both[:, 0], both[:, 1], both[:, 2]


def _uses(pieces: tuple[Piece, ...]) -> list[npt.NDArray[Any]]:
    """Rows of satellite use of each piece, times carried over; a row that cuts divided is whole again, in its first piece."""
    parts: list[npt.NDArray[Any]] = []
    tod, tail = -1, -1
    for piece in pieces:
        rows = joined(piece.use, tod)
        tod = piece.last_tod_ns if piece.last_tod_ns >= 0 else tod
        if len(rows) and tail >= 0 and parts[tail]["tod_ns"][-1] == rows["tod_ns"][0]:
            parts[tail] = parts[tail].copy()
            _add(parts[tail], rows[:1])
            rows = rows[1:]
        if len(rows):
            tail = len(parts)
        parts.append(rows)
    return parts


def _add(rows: npt.NDArray[Any], more: npt.NDArray[Any]) -> None:
    """Add one row's satellites to the last of ``rows``."""
    rows["sats"][-1] = np.minimum(rows["sats"][-1].astype(np.int64) + more["sats"][0], 255)
    rows["gns"][-1] |= more["gns"][0]


def _events(pieces: tuple[Piece, ...], bases: list[int]) -> Ints:
    shifted = [piece.events + np.array([0, base, 0]) for piece, base in zip(pieces, bases, strict=True)]
    return first_events(shifted)
