# SPDX-License-Identifier: Apache-2.0
"""Raw observations (RINEX, RTCM MSM, RXM-RAWX, OBSVM), no campaign: what should be there and is, slips, multipath, C/N0, BeiDou-3."""

from __future__ import annotations

import mmap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from harness.errors import DecodeError, UsageError
from harness.kit.files import bytes_of
from harness.kit.words import Catalogue
from probes.gnss.digests.observed import FIRST_BDS3, GAPS, Band, Quality, quality
from probes.gnss.formats.gps_time import utc_ns
from probes.gnss.formats.observed.columns import SYSTEMS, Observations
from probes.gnss.formats.observed.reading import is_rinex, kind_of, read_observations

WORDS = Catalogue("probes.gnss")
_MARKS = (b"\xb5\x62\x02\x15", b"\xaa\x44\xb5", b"#OBSVMA,")


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse observations``."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="RINEX observations (Hatanaka, gzip too), RTCM 3, UBX, OBSVM"
    )
    parser.add_argument(
        "--date",
        metavar="YYYY-MM-DD",
        help="RTCM 数据流的日期，因其不含周数 / day of an RTCM stream, which tells no week",
    )
    parser.add_argument(
        "--interval",
        type=float,
        metavar="S",
        help="计划的采样间隔；缺省取最常见的 / planned interval; else the most frequent one",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    return analyse_observations(options.files, options.date, options.interval)


def analyse_observations(
    paths: Sequence[str | Path], date: str | None = None, interval_s: float | None = None
) -> dict[str, Any]:
    """The page of each file as JSON values; lengths in m, times in s, C/N0 in dB-Hz.

    InstrumentError for a file that cannot be read, DecodeError for one without a single observation.
    """
    if interval_s is not None and not 0 < interval_s <= 3600:
        msg = f"An interval of {interval_s:g} s."
        raise UsageError(msg, cure="give --interval in seconds, above zero.")
    day = _day(date)
    return {"kind": "observations", "files": [_analyse(Path(path), day, interval_s) for path in paths]}


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        msg = f"--date is {text!r}."
        raise UsageError(msg, cure="write it like 2026-11-21.") from None


def _analyse(path: Path, day: date | None, interval_s: float | None) -> dict[str, Any]:
    data = bytes_of(path)
    found = read_observations(data, day)
    if not len(found.rows):
        unread = f"; not understood: {', '.join(found.unread)}" if found.unread else ""
        msg = f"{path.name} holds no raw observation{unread}."
        cure = "give RINEX observations, RTCM 3 MSM4 to MSM7, UBX-RXM-RAWX or OBSVM."
        raise DecodeError(msg, cure=cure)
    return {"path": str(path), "format": kind_of(data), **page(found, interval_s)}


def page_of(path: Path) -> dict[str, Any] | None:
    """The page of a receiver's log that holds raw observations as well, of a RINEX file; None for any other."""
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            if not is_rinex(view[:200]) and not any(view.find(mark) >= 0 for mark in _MARKS) and not _holds_msm(view):
                return None
    try:
        found = read_observations(path.read_bytes())
    except DecodeError:
        return None
    return page(found) if len(found.rows) else None


def _holds_msm(view: mmap.mmap) -> bool:
    """Whether something begins like an MSM of RTCM 3: looked for among the first few thousand candidates."""
    at = view.find(b"\xd3")
    for _ in range(4096):
        if at < 0:
            return False
        number = int.from_bytes(view[at + 3 : at + 5], "big") >> 4
        if view[at + 1 : at + 2] < b"\x04" and 1071 <= number <= 1137 and 4 <= number % 10 <= 7:
            return True
        at = view.find(b"\xd3", at + 1)
    return False


def page(found: Observations, interval_s: float | None = None) -> dict[str, Any]:
    """What observations are worth."""
    made = quality(found, interval_s)
    existing, expected = (sum(getattr(each, name) for each in made.bands) for name in ("existing", "expected"))
    return {
        "header": {key: list(value) if isinstance(value, tuple) else value for key, value in found.header.items()},
        "start": _moment(int(made.epochs[0]), made),
        "stop": _moment(int(made.epochs[-1]), made),
        "dated": made.dated,
        "interval_s": made.interval_ns / 1e9 or None,
        "epochs": len(made.epochs),
        "expected_epochs": made.expected,
        "observations": existing,
        "expected_observations": expected,
        "existing_share": existing / expected if expected else None,
        "gaps": [
            {"start": _moment(start, made), "missing_epochs": count, "seconds": (count + 1) * made.interval_ns / 1e9}
            for start, count in made.gaps[:GAPS]
        ],
        "gap_count": len(made.gaps),
        "cycle_slips": made.slips,
        "slips_per_1000": 1000 * made.slips / existing if existing else None,
        "satellites": dict(made.satellites),
        "signals": [_band(each) for each in made.bands],
        "beidou": made.beidou,
        "damaged": found.damaged,
        "repeated": found.repeated,
        "contradicting": found.contradicting,
        "unread": dict(found.unread),
        "remarks": list(_remarks(found, made)),
    }


def _band(each: Band) -> dict[str, Any]:
    strength = each.cn0_dbhz
    return {
        "system": SYSTEMS[each.system],
        "signal": each.signal,
        "satellites": each.satellites,
        "observations": each.existing,
        "expected_observations": each.expected,
        "existing_share": each.existing / each.expected if each.expected else None,
        "cycle_slips": each.slips,
        "multipath_rms_m": each.multipath_m,
        "multipath_with": each.partner,
        "cn0_mean_dbhz": None if strength is None else strength[0],
        "cn0_p5_dbhz": None if strength is None else strength[1],
    }


def _moment(time_ns: int, made: Quality) -> str | float:
    """UTC, or seconds of the week of GPS time where no date is known."""
    if not made.dated:
        return time_ns / 1e9
    return datetime.fromtimestamp(utc_ns(time_ns) / 1e9, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _remarks(found: Observations, made: Quality) -> Iterator[Mapping[str, str]]:
    """What a reader must know, a code and a sentence in both languages each."""
    told: list[tuple[str, dict[str, Any]]] = []
    if found.damaged:
        told.append(("raw-checksums", {"count": found.damaged}))
    if found.unread:
        told.append(("raw-unread", {"rows": [f"{name} ({count})" for name, count in found.unread.items()]}))
    if found.repeated:
        told.append(("raw-repeated", {"count": found.repeated}))
    if found.contradicting:
        told.append(("raw-twofold", {"count": found.contradicting}))
    if not made.dated:
        told.append(("raw-undated", {}))
    if not any(each.system == "C" for each in made.bands):
        told.append(("raw-no-beidou", {}))
    elif not made.beidou["bds3_satellites"]:
        told.append(("raw-no-bds3", {"first": f"C{FIRST_BDS3}"}))
    for code, facts in told:
        text = WORDS.text(f"remark-{code}", **facts)
        yield {"code": code, "zh": text.zh, "en": text.en}
