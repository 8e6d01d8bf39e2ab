# SPDX-License-Identifier: Apache-2.0
"""What a profile declares of a record, compared with the record: rate, one receiver, dates, time scale, kind of height, a drive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from harness.model import Lack, Reason
from harness.plugins import Request
from harness.quantity import Quantity
from probes.gnss.digests.deviation import Deviations, rollover_weeks
from probes.gnss.digests.epochs import off_grid, own_interval_ns, rate_differs
from probes.gnss.digests.handmade import handmade
from probes.gnss.digests.log import Log
from probes.gnss.formats.nmea import FIXED
from probes.gnss.measurands.words import WORDS, in_unit, millimetres, percent
from probes.gnss.truth.settings import Comparison

Failed = Reason | Lack
"""A gate that did not hold."""
TOLERATED = 0.01
"""Share of epochs that may contradict each other before the record is worth nothing."""
MOST_MADE = 0.05
"""Share of epochs that may look repeated or interpolated: of smooth noise in few digits some do."""
AGE = "gnss.age"
OLDEST_S, FLATTEST = 120, 20
"""Age of corrections in s and HDOP beyond which nobody resolves ambiguities; a receiver that still says fixed contradicts itself."""
FEWEST = 4
"""Satellites below which no position can be computed."""
MIN_COMPARED, MAX_DAMAGED = "98 %", "1 %"
MIN_MOVING, MIN_TURN, MIN_SPEED = "50 %", "90", "0.5 m/s"
"""What makes a drive: the share of fixes in motion, degrees turned in all, the median speed."""
MOST_NAMES = 12
_READ = re.compile(r"[A-OQ-Z][A-Z](?:GGA|RMC|ZDA|GSA|GNS|GST|GSV|GLL|VTG|DTM|TXT)|KSXT|PUBX|PTNL|G[A-Z]GGK|")
"""Sentences that are read, or of which whatever matters is heard."""
SAME_M, MOST_SAME = 0.0005, 0.5
"""How near a trajectory may run to most of the fixes in all three directions: nearer than any receiver's noise, it is made of them."""
OFFSET_M = 0.2
"""Mean error above which a small scatter points at frames, heights and base coordinates."""


def contradicted(log: Log, settings: Comparison, ask: Request) -> Iterator[Reason]:
    """What the record itself says against its settings, the reading or the project."""
    if rate_differs(log, settings):
        yield rate_reason(log, settings)
    unread, allowed = sum(log.unread.values()), ask.share("max_damaged", MAX_DAMAGED)
    if unread > allowed * (len(log) + unread):
        rows = [f"{name} ({count})" for name, count in log.unread.items()]
        yield WORDS.reason("rows-unread", count=unread, rows=rows, read=len(log))
    strangers = off_grid(log)
    if strangers > TOLERATED * len(log):
        yield WORDS.reason("two-grids", count=strangers, epochs=len(log), step=in_unit(own_interval_ns(log) / 1e9, "s"))
    fixed = log.epochs["quality"] == FIXED
    denied = int(np.count_nonzero(log.unfixed[fixed]))
    if denied > TOLERATED * max(1, int(np.count_nonzero(fixed))):
        yield WORDS.reason("modes-contradict", count=denied, fixed=int(np.count_nonzero(fixed)))
    seen = log.epochs["satellites"][fixed]
    few = int(np.count_nonzero((seen >= 0) & (seen < FEWEST)))
    if few > TOLERATED * max(1, int(np.count_nonzero(fixed))):
        yield WORDS.reason("few-satellites", count=few, fixed=int(np.count_nonzero(fixed)), fewest=FEWEST)
    # where ages are what is judged, old ones contradict nothing
    age_s = log.epochs["age_s"][fixed]
    stale = ((age_s > OLDEST_S) | (age_s < 0)) & (ask.reading.measurand != AGE)
    weak = int(np.count_nonzero(stale | (log.epochs["hdop"][fixed] > FLATTEST)))
    if weak > TOLERATED * max(1, int(np.count_nonzero(fixed))):
        told = {"count": weak, "fixed": int(np.count_nonzero(fixed)), "oldest": OLDEST_S, "flattest": FLATTEST}
        yield WORDS.reason("fix-not-credible", **told)
    # one place of a set may stand for it in the field test
    made = handmade(log) if settings.mode == "static" and ask.reading.statistic != "iso17123" else 0
    if made > MOST_MADE * max(1, int(np.count_nonzero(fixed))):
        yield WORDS.reason("handmade", count=made, fixed=int(np.count_nonzero(fixed)))
    spoofed = {each.words: count for each, count in log.alarms.items() if each.spoofed}
    if spoofed:
        yield WORDS.reason("spoofed", count=sum(spoofed.values()), words=next(iter(spoofed)))
    yield from _dates(log, ask)


def heard(log: Log) -> Iterator[Reason]:
    """What the receiver said that decides nothing: of jamming, and in sentences that nobody reads."""
    jammed = {each.words: count for each, count in log.alarms.items() if not each.spoofed}
    if jammed:
        yield WORDS.reason("jammed", count=sum(jammed.values()), words=next(iter(jammed)))
    others = [f"{name} ({count})" for name, count in log.by_id.items() if _READ.fullmatch(name) is None]
    if others:
        yield WORDS.reason("sentences-unread", names=[*others[:MOST_NAMES], *["…"] * (len(others) > MOST_NAMES)])


def wrong_scale(found: Deviations) -> Iterator[Reason]:
    """The clocks of log and truth differ by what separates two time scales."""
    if found.wrong_scale_s:
        yield WORDS.reason(
            "time-scale", shift=in_unit(found.wrong_scale_s, "s", 6), scale=scale_of(found.wrong_scale_s)
        )


def rate_reason(log: Log, settings: Comparison) -> Reason:
    """That the log's own interval is another than the declared one."""
    own, declared = own_interval_ns(log) / 1e9, float(1 / settings.rate) if settings.rate else 0.0
    return WORDS.reason("rate-differs", own=in_unit(own, "s"), declared=in_unit(declared, "s"))


def scale_of(shift_s: float) -> object:
    """What a whole number of seconds between two clocks looks like."""
    known = {18: "scale-gps", 4: "scale-bdt", 14: "scale-gps-bdt"}
    return WORDS.text(known.get(abs(round(shift_s)), "scale-zone"))


def span(log: Log) -> tuple[str, str] | None:
    """First and last moment of a dated log, UTC."""
    if not log.dated or not len(log):
        return None
    first, last = (datetime.fromtimestamp(int(each) // 10**9, UTC) for each in (log.time_ns[0], log.time_ns[-1]))
    return (f"{first:%Y-%m-%dT%H:%M:%SZ}", f"{last:%Y-%m-%dT%H:%M:%SZ}")


def _dates(log: Log, ask: Request) -> Iterator[Reason]:
    """A record from before the project began shows nothing of it; dates 1,024 weeks apart are a receiver's mistake."""
    if not log.dated or not len(log):
        return
    if log.other_days > TOLERATED * len(log):
        yield WORDS.reason("other-days", count=log.other_days)
    weeks = rollover_weeks(log)
    if weeks:
        yield WORDS.reason("week-rollover", weeks=weeks)
    first = datetime.fromtimestamp(int(log.time_ns[0]) // 10**9, UTC).date()
    if ask.project is not None and first < ask.project.start:
        yield WORDS.reason("before-the-project", first=str(first), start=str(ask.project.start))


def uncovered(found: Deviations, ask: Request) -> Iterator[Failed]:
    """Too many fixed epochs were not compared with the truth: what was left out could be what is bad."""
    there = int(np.count_nonzero(found.whole.epochs["quality"] == FIXED))
    compared = int(np.count_nonzero(found.fixed))
    needed = ask.share("min_compared", MIN_COMPARED)
    if compared < needed * there:
        facts = {"compared": compared, "fixed": there, "needed": percent(needed)}
        yield WORDS.reason("not-covered", share=percent(compared / there), **facts)


def undriven(found: Deviations, ask: Request) -> Iterator[Failed]:
    """A dynamic record must move, and must turn: on one heading and speed a delay cannot be told from an offset. Nor is it its own truth."""
    drive = found.drive
    if found.settings.mode != "dynamic" or drive is None:
        return
    same = int(np.count_nonzero(np.abs(found.enu_m[found.fixed]).max(axis=1, initial=0) < SAME_M))
    if same > MOST_SAME * int(np.count_nonzero(found.fixed)):
        yield WORDS.reason(
            "its-own-truth", count=same, fixed=int(np.count_nonzero(found.fixed)), near=millimetres(SAME_M)
        )
    needed = ask.share("min_moving", MIN_MOVING)
    if drive.moving < needed:
        facts = {"path": in_unit(drive.path_m, "m"), "speed": in_unit(drive.speed_m_s, "m/s")}
        yield WORDS.reason("not-driven", moving=percent(drive.moving), needed=percent(needed), **facts)
        return
    slowest = Quantity.parse(str(ask.parameter("min_speed", MIN_SPEED)))
    if drive.speed_m_s < float(slowest.to("m/s")):
        facts = {"path": in_unit(drive.path_m, "m"), "speed": in_unit(drive.speed_m_s, "m/s")}
        yield WORDS.reason("too-slow", needed=slowest, **facts)
    if drive.turn_deg < float(str(ask.parameter("min_turn", MIN_TURN))):
        yield WORDS.lack("no-turns", turn=f"{drive.turn_deg:.0f}°", speed=in_unit(drive.speed_m_s, "m/s"))


def height_kind(found: Deviations) -> Reason | None:
    """A constant error of the height: an antenna height or, where it is the geoid separation, heights of two kinds; None without."""
    up = found.enu_m[found.fixed, 2]
    up = up[np.isfinite(up)]
    if len(up) < 2:
        return None
    offset, scatter = float(up.mean()), float(up.std())
    separation = float(np.nan_to_num(np.nanmean(found.log.epochs["separation_m"][found.fixed])))
    if abs(offset) < OFFSET_M or scatter > abs(offset) / 5:
        return None
    facts = {"offset": in_unit(offset, "m", 5), "scatter": millimetres(scatter)}
    if abs(separation) > OFFSET_M and abs(abs(offset) - abs(separation)) < max(0.05, 3 * scatter):
        return WORDS.reason("height-kind", separation=in_unit(separation, "m", 5), **facts)
    return WORDS.reason("constant-height", **facts)
