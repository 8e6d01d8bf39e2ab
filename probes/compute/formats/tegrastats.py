# SPDX-License-Identifier: Apache-2.0
"""tegrastats of Jetson boards: the total is VDD_IN (POM_5V_IN on older boards) alone, never a sum with its own parts.

A rail reads ``VDD_IN 4570mW/4480mW``: the value now, and the mean since the program began, which is not used.
"""

from __future__ import annotations

import re

from probes.compute.formats.power import PowerLog, Samples, unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

FORMAT = "tegrastats"
TOTALS = ("VDD_IN", "POM_5V_IN")
_STAMP = re.compile(r"^(\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}(?:\.\d+)?)\s")
_RAIL = re.compile(r"(?P<rail>[A-Z][A-Z0-9_]+) (?P<now>[^\s/]+)/(?P<mean>[^\s/]+)(?=\s|$)")
_VALUE = re.compile(r"(?P<number>\d+)(?P<unit>[A-Za-z]*)$", re.ASCII)
_RAM = re.compile(r"\bRAM \d+/\d+MB")


def is_tegrastats(head: str) -> bool:
    """Whether a text begins with lines of tegrastats."""
    return _RAM.search(head.split("\n", 1)[0]) is not None


def read(text: str, name: str = "", rails: tuple[str, ...] = (), interval_ms: int = 0) -> PowerLog:
    """The samples of ``rails``, by default of the board's total; UnreadableError where a line lacks one of them.

    ``interval_ms``: of tegrastats, for logs whose lines carry no time.
    """
    lines = [each for each in text.splitlines() if each.strip()]
    if lines and not text.endswith("\n") and len(lines) > 1:
        lines.pop()  # the last line may be cut anywhere, and a cut number is another number
    if not lines or not is_tegrastats(lines[0]):
        raise unreadable("not-tegrastats", "give the log as tegrastats wrote it.", name)
    rails = rails or _total(lines[0], name)
    stamped = _STAMP.match(lines[0]) is not None
    if not stamped and not interval_ms:
        raise unreadable("no-times", "record with stamps, or state the interval of tegrastats.", name)
    samples = Samples(FORMAT, "local" if stamped else "none")
    for number, line in enumerate(lines, start=1):
        samples.add(
            _moment(line, number, stamped, interval_ms, f"{name}:{number}"), _watts(line, rails, f"{name}:{number}")
        )
    samples.facts = {"rails": list(rails)}
    return _spread(samples, stamped).log()


def _spread(samples: Samples, stamped: bool) -> Samples:
    """Stamps of whole seconds with several samples in each: they share the second evenly, and that is told."""
    if not stamped or len(set(samples.at_ns)) == len(samples.at_ns):
        return samples
    seconds: dict[int, list[int]] = {}
    for place, at in enumerate(samples.at_ns):
        seconds.setdefault(at, []).append(place)
    for at, places in seconds.items():
        for order, place in enumerate(places):
            samples.at_ns[place] = at + order * 10**9 // len(places)
    samples.events.append(WORDS.reason("whole-seconds", most=max(map(len, seconds.values()))))
    return samples


def _total(line: str, name: str) -> tuple[str, ...]:
    known = [match["rail"] for match in _RAIL.finditer(line)]
    total = [each for each in TOTALS if each in known]
    if not total:
        cure = "name the rails that together are the plane you measure."
        raise unreadable("no-total-rail", cure, name, totals=list(TOTALS), rails=known)
    return (total[0],)


def _moment(line: str, number: int, stamped: bool, interval_ms: int, where: str) -> int:
    if not stamped:
        return (number - 1) * interval_ms * 10**6
    match = _STAMP.match(line)
    found = stamp_ns(match[1]) if match else None
    if found is None:
        raise unreadable("no-stamp", "every line carries its time, or none does.", where, stamp=line[:20])
    return found[0]


def _watts(line: str, rails: tuple[str, ...], where: str) -> float:
    told: dict[str, float] = {}
    for match in _RAIL.finditer(line):
        if match["rail"] not in rails:
            continue
        value = _VALUE.match(match["now"])
        if value is None or value["unit"] not in {"", "mW"}:
            raise unreadable("unknown-unit", "tegrastats writes milliwatts.", where, unit=match["now"][:20])
        if match["rail"] in told:
            raise unreadable("rail-twice", "record it again.", where, rail=match["rail"])
        told[match["rail"]] = int(value["number"]) / 1000
    missing = sorted(set(rails) - told.keys())
    if missing:
        raise unreadable("rail-missing", "name rails as the log does.", where, rails=missing)
    return sum(told.values())
