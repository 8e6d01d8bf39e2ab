# SPDX-License-Identifier: Apache-2.0
"""The compact record of simulated terminals: a session a terminal and condition, its moments and its delays as packed numbers. Pure.

It holds no packet of anybody, so it can prove nothing: only the probe ``network.simulated`` reads it, whose traces are simulated
data by definition. A first line has target, condition, schedule, sizes and start; then come rows of moments (``gaps`` packed, in
units of 256 µs, or ``even: [first, step, count]`` in µs), each with ``delays_us`` packed and repeated as often as it takes, and
``lost``: [first, last] places that brought no answer. A delay of 65535 is a lost packet.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import DecodeError
from harness.kit import lines
from harness.series import Event
from probes.network.traces.session import KERNEL_RX, KERNEL_TX, Session, exchanges, named, no_strays

FORMAT = "yanshou.fleet/1"
LOST = 65_535
GAP_US = 256
_US = 1000
_MOST = 4_000_000
"""Packets of one row."""

Column = npt.NDArray[np.int64]


def packed(numbers: npt.NDArray[Any], kind: str) -> str:
    """Numbers of a numpy type as text."""
    return base64.b64encode(zlib.compress(numbers.astype(kind).tobytes(), 9)).decode()


def decode(record: lines.Session) -> Session:
    """The packets of one session; DecodeError for what this form does not have."""
    try:
        facts = record.facts
        header = {
            "mode": "simulated",
            "waiting_time_ns": int(facts["waiting_time_ns"]),
            "schedule": {"kind": str(facts["schedule"]), "interval_ns": int(facts["interval_ns"])},
            "duration_ns": int(facts["duration_ns"]),
            "sizes": [int(each) for each in facts["sizes"]],
            "load_bit_s": int(facts.get("load_bit_s", 0)),
            "load_steps_bit_s": [int(each) for each in facts.get("load_steps_bit_s", ())],
            "targets": [{**facts["target"], "condition": str(facts.get("condition", ""))}],
        }
        found = [_row(row) for row in record]
        start = int(facts["start_ns"])
    except (KeyError, TypeError, ValueError, AttributeError, zlib.error, binascii.Error, OverflowError):
        raise _broken() from None
    if record.damaged or not named(header["targets"]) or not header["sizes"] or start <= 0:
        raise _broken()
    due = start + np.concatenate([moments for moments, _ in found] or [np.empty(0, np.int64)]) * _US
    delay = np.concatenate([delays for _, delays in found] or [np.empty(0, np.int64)])
    answered = (delay != LOST) & (delay * _US <= header["waiting_time_ns"])
    clocks = np.full(len(due), KERNEL_TX | KERNEL_RX, np.int64)
    probes = exchanges(
        answered,
        (Event("stamp.note", 0, _note(facts)),),
        scheduled=due,
        t1=due,
        t4=np.where(answered, due + delay * _US, 0),
        size=np.resize(np.array(header["sizes"], np.int64), len(due)),
        flags=clocks,
    )
    return Session(header, probes, no_strays())


def _note(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a sender would have noted: its floor, and the traffic beside."""
    return {
        "dropped": 0,
        "calibration": {"p99_9_ns": int(facts.get("floor_ns", 0)), "n": 1},
        "counts": {str(key): int(number) for key, number in facts.get("counts", {}).items()},
    }


def _row(row: Mapping[str, Any]) -> tuple[Column, Column]:
    """Moments in µs from the start, and delays in µs."""
    if "even" in row:
        first, step, count = (int(each) for each in row["even"])
        if not (first >= 0 and step > 0 and 0 < count <= _MOST):
            raise ValueError(row["even"])
        moments = first + np.arange(count, dtype=np.int64) * step
    else:
        moments = np.cumsum(_unpacked(row["gaps"], "<u2")) * GAP_US
    delays = np.resize(_unpacked(row["delays_us"], "<u2"), len(moments))
    for first, last in _stretches(row.get("lost", ()), len(moments)):
        delays[first : last + 1] = LOST
    return moments, delays


def _stretches(given: Sequence[Any], count: int) -> list[tuple[int, int]]:
    found = [(int(first), int(last)) for first, last in given]
    if any(not 0 <= first <= last < count for first, last in found):
        raise ValueError(given)
    return found


def _unpacked(text: str, kind: str) -> Column:
    inside = zlib.decompressobj()
    data = inside.decompress(base64.b64decode(text, validate=True), 4 * _MOST)
    if inside.unconsumed_tail or not data:
        raise ValueError(text[:20])
    return np.frombuffer(data, kind).astype(np.int64)


def _broken() -> DecodeError:
    return DecodeError("This is no compact record of simulated terminals.", cure="let the simulator write it again.")
