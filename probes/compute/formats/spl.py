# SPDX-License-Identifier: Apache-2.0
"""PTDaemon's ``spl.txt`` of MLPerf Power: ``Time,<stamp>,Watts,w,Volts,v,Amps,a,PF,pf,Mark,<mark>`` and ``Ch1,Watts,…`` behind it.

The total is checked against its own channels, and against volts × amperes × power factor, which finds a wrong unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.errors import DecodeError
from probes.compute.formats.power import OVERLOADED, PowerLog, Samples, unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

FORMAT = "spl"
_KEYS = ("Watts", "Volts", "Amps", "PF")
_APART = 0.25
"""Share by which watts and V·A·PF may disagree on the median before the unit is doubted; real logs agree within 1 %."""
_ROUNDED_W = 0.15
"""Channels are written with one decimal, so their sum may miss the total by half a digit each."""
_OVER = OVERLOADED
_ABSENT = {"nan", "-nan", "----", "---", "-1", "-1.0", "-1.000000"}


def is_spl(head: str) -> bool:
    """Whether a text begins like a power log of PTDaemon."""
    return (head.startswith("Time,") and "Watts" in head.split("\n", 1)[0]) or (
        head.lower().startswith("time,") and ",mark," in head.lower()
    )


def read(text: str, name: str = "") -> PowerLog:
    """The samples; UnreadableError with the line that is none."""
    samples = Samples(FORMAT)
    ratios: list[float] = []
    marks: dict[str, int] = {}
    strange: set[str] = set()
    apart = 0
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            at, cells = _cells(line, f"{name}:{number}")
        except DecodeError:
            if number == len(lines) and not text.endswith("\n") and number > 1:
                samples.events.append(WORDS.reason("torn-line", line=number))
                break
            raise
        watts = _value(cells["Watts"], f"{name}:{number}")
        samples.add(at, None if watts is None else watts, overload=cells["Watts"].lower() in _OVER)
        strange |= {each for each in cells if each.rpartition(".")[2] not in {*_KEYS, "Mark"}}
        marks[cells["Mark"]] = marks.get(cells["Mark"], 0) + 1
        if watts:
            ratios += _ratio(watts, cells)
            apart += _apart(watts, cells)
    _unit(ratios, name)
    if apart:
        samples.events.append(WORDS.reason("channels-disagree", count=apart))
    if len(marks) > 1:
        samples.events.append(WORDS.reason("several-marks", marks=sorted(marks)))
    samples.facts |= {"marks": sorted(marks), "unread": sorted(strange)}
    return samples.log()


def _cells(line: str, where: str) -> tuple[int, dict[str, str]]:
    """The stamp of a line and its cells by key; those of a channel as ``Ch1.Watts``."""
    parts = [each.strip() for each in line.split(",")]
    if len(parts) < 4 or parts[0] != "Time":
        raise unreadable("no-line", "give the spl.txt as PTDaemon wrote it.", where, line=line[:60])
    found = stamp_ns(parts[1])
    if found is None:
        raise unreadable("no-stamp", "the stamp is MM-DD-YYYY HH:MM:SS.mmm.", where, stamp=parts[1][:40])
    cells: dict[str, str] = {}
    channel, at = "", 2
    while at < len(parts):
        key = parts[at]
        if key.startswith("Ch") and key[2:].isdecimal():
            channel, at = f"{key}.", at + 1
            continue
        if at + 1 >= len(parts) or channel + key in cells or not key.isidentifier():
            cure = "PTDaemon writes Watts, Volts, Amps, PF and Mark, each with its value; convert other units before."
            raise unreadable("unknown-key", cure, where, field=key[:40])
        cells[channel + key] = parts[at + 1]
        at += 2
    if "Watts" not in cells:
        other = next((each for each in cells if each not in {*_KEYS, "Mark"}), "–")
        raise unreadable("unknown-key", "PTDaemon writes Watts; convert other units before.", where, field=other[:40])
    if "Mark" not in cells:
        raise unreadable("no-line", "give the spl.txt as PTDaemon wrote it.", where, line=line[:60])
    return found[0], cells


def _value(text: str, where: str) -> float | None:
    """A number as PTDaemon writes it; None for its words for none; UnreadableError for anything else."""
    if text.lower() in _OVER or text.lower() in _ABSENT or not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise unreadable("no-number", "write watts as digits, without a unit.", where, text=text[:40]) from None


def _ratio(watts: float, cells: dict[str, str]) -> Sequence[float]:
    """Watts over V·A·PF, where all of them were measured."""
    try:
        volts, amps, factor = (float(cells.get(key, "nan")) for key in _KEYS[1:])
    except ValueError:
        return ()
    apparent = volts * amps * factor
    return (watts / apparent,) if min(volts, amps, factor) > 0 and apparent > 0 else ()


def _apart(watts: float, cells: dict[str, str]) -> bool:
    """Whether the channels of a line do not add up to its total."""
    own = [cells[key] for key in cells if key.startswith("Ch") and key.endswith(".Watts")]
    try:
        parts = [float(each) for each in own]
    except ValueError:
        return True
    return bool(parts) and abs(sum(parts) - watts) > _ROUNDED_W * (len(parts) + 1)


def _unit(ratios: Sequence[float], name: str) -> None:
    factor = float(np.median(ratios)) if ratios else 1.0
    if abs(factor - 1) > _APART:
        cure = "give the power in watts, as PTDaemon writes it."
        raise unreadable("unit-doubted", cure, name, factor=float(f"{factor:.4g}"))
