# SPDX-License-Identifier: Apache-2.0
"""plant.networked and plant.devices: assets of the register whose own values are fresh and change, in every window of the record.

At the end of each window an asset is fresh when its last own value is no older than ``fresh_periods`` of its own period. The
window with the fewest fresh assets decides. What the platform says of itself is printed beside it and decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.figures import Bars, Series
from harness.kit.figures import Line as Curve
from harness.kit.listings import Column, Listing
from harness.kit.parts import every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.plant.digests.signals import Signal, Signals
from probes.plant.measurands import census
from probes.plant.measurands.moving import WINDOW_NS, joined_spans, moves
from probes.plant.measurands.presence import Freshness, States, states
from probes.plant.traces.assets import Asset, Register
from probes.plant.traces.screens import Screen
from probes.plant.traces.words import WORDS

_WINDOW, _PERIODS = "10 min", "3"
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class View:
    """Register, everything that was heard, and what the platform says of itself."""

    register: Register
    heard: Signals
    screen: Screen
    silent_sources: tuple[str, ...]

    @property
    def last_ns(self) -> int:
        """The last moment that was listened to."""
        return max((stop for _, stop in self.heard.spans), default=0)


def view(inputs: Sequence[Input], _: Ask) -> View:
    """Registers, signals and screens of all inputs; a source that heard nothing at all is told."""
    heard = [each for each in inputs if isinstance(each.summary, Signals)]
    signals = reduce(Signals.merge, (each.summary for each in heard), Signals())
    screens = (each.summary for each in inputs if isinstance(each.summary, Screen))
    deaf = tuple(each.source for each in heard if not each.summary.messages)
    return View(census.register_of(inputs), signals, reduce(Screen.merge, screens, Screen()), deaf)


def share(seen: View, request: Request) -> Outcome:
    """The share of the register that is networked in the worst window (``by: session``: whose session stands)."""
    if not seen.register.assets:
        return census.without_register()
    looked_at = census.drawn(seen.register, seen.register.assets)
    worst, when = worst_window(seen, looked_at.assets, request)
    part = replace(census.share(worst, looked_at, request, lacks(seen)), remarks=when)
    outcome = every([part], request, "1", WORDS.text(_method(request)), high_is_worse=False)
    return told(seen, outcome, request, looked_at.remark)


def distinct(seen: View, request: Request) -> Outcome:
    """How many assets of the register are networked in the worst window (``by: registration``: how many there are)."""
    if not seen.register.assets:
        return census.without_register()
    if request.parameter("by") == "registration":
        standing = sum(not each.withdrawn for each in seen.register.assets)
        part = estimates.census(standing, len(seen.register.assets))
    else:
        worst, when = worst_window(seen, seen.register.assets, request)
        part = estimates.census(len(worst), len(seen.register.assets))
        part = replace(part, lacks=lacks(seen), remarks=when)
    outcome = every([part], request, "台套", WORDS.text(_method(request)), high_is_worse=False)
    return told(seen, outcome, request, WORDS.reason("census", count=len(seen.register.assets)))


def _method(request: Request) -> str:
    return {"session": "method-session", "registration": "method-registered"}.get(
        str(request.parameter("by", "")), "method-fresh"
    )


def lacks(seen: View) -> tuple[Lack, ...]:
    """What was not listened to, or could not be read."""
    found = [] if seen.heard.spans else [WORDS.lack("nobody-listened", Side.BOTH)]
    found += [WORDS.lack("deaf", names=seen.silent_sources)] if seen.silent_sources and seen.heard.spans else []
    found += [WORDS.lack("damaged", count=seen.heard.damaged)] if seen.heard.damaged else []
    return tuple(found)


def told(seen: View, outcome: Outcome, request: Request, extent: Reason) -> Outcome:
    """With the time that was listened, what has to be told, and platform beside wire."""
    watched = sum(stop - start for start, stop in joined_spans(seen.heard.spans))
    window = (min(start for start, _ in seen.heard.spans), seen.last_ns) if seen.heard.spans else None
    found = states_of(seen, request)
    remarks = [extent, *census.told(seen.register), *remarks_of(found, seen.register)]
    if seen.heard.breaks:
        remarks.append(WORDS.reason("link-broke", count=seen.heard.breaks))
    flags = _flags(seen)
    if flags:
        wire = sum(each == "networked" for each in found.why.values())
        remarks.append(WORDS.reason("says", platform=sum(flags.values()), wire=wire))
    effort: dict[str, Effort] = {"duration": census.seconds(watched), "items": len(seen.register.assets)}
    return replace(outcome, remarks=(*remarks, *outcome.remarks), effort=effort, window=window)


def remarks_of(found: States, register: Register) -> list[Reason]:
    """Assets that are not networked, by why, and sources that are nobody's."""
    labels = {each.number: each.label for each in register.assets}
    told = []
    for why in sorted({*found.why.values()} - {"networked"}):
        names = [labels[number] for number, each in found.why.items() if each == why]
        told.append(WORDS.reason(f"state-{why}", count=len(names), names=names))
    strangers = [each.place for each in found.joined.strangers]
    lists = {"strangers": strangers, "contradicting": list(found.joined.contradicting)}
    return told + [WORDS.reason(key, count=len(each), names=each) for key, each in lists.items() if each]


def _flags(seen: View) -> dict[str, bool]:
    """What the platform says of who is online: its own export, else the register's column."""
    told = dict(seen.screen.flags)
    return told or {each.number: each.online for each in seen.register.assets if each.online is not None}


def states_of(seen: View, request: Request) -> States:
    """Every asset at the last moment that was listened to."""
    return states(seen.register, seen.heard, seen.last_ns, _periods(request), _window_ns(request))


def _periods(request: Request) -> float:
    found = request.constant("fresh_periods", _PERIODS)
    return float(found.value) if found is not None else float(_PERIODS)


def ends(spans: Sequence[tuple[int, int]], window_ns: int) -> npt.NDArray[np.int64]:
    """The ends of the windows that fill each span, and the end of each span."""
    found = [np.append(np.arange(start + window_ns, stop, window_ns), stop) for start, stop in joined_spans(spans)]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def worst_window(seen: View, assets: Sequence[Asset], request: Request) -> tuple[set[str], tuple[Reason, ...]]:
    """The assets that are networked in the window in which the fewest are, and when that was, unless it was the last."""
    by_asset = flags(seen, assets, request)
    table = np.array(list(by_asset.values()))
    if not table.size:
        return set(), ()
    worst = int(table.sum(axis=0).argmin())
    count, last = int(table[:, worst].sum()), int(table[:, -1].sum())
    at = datetime.fromtimestamp(int(_ends(seen, request)[worst]) // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    told = (WORDS.reason("worst-window", at=at, count=count, last=last),) if count < last else ()
    return {number for number, each in by_asset.items() if each[worst]}, told


def _ends(seen: View, request: Request) -> npt.NDArray[np.int64]:
    return ends(seen.heard.spans, _window_ns(request))


def _window_ns(request: Request) -> int:
    window = request.constant("window", _WINDOW)
    return int(window.to("ns")) if window else WINDOW_NS


def flags(seen: View, assets: Sequence[Asset], request: Request) -> dict[str, Flags]:
    """Of each asset whether it was networked at the end of each window."""
    at = _ends(seen, request)
    found, session = states_of(seen, request), request.parameter("by") == "session"
    known = {}
    for asset in assets:
        signal = found.joined.signals[asset.number]
        if signal is None or asset.withdrawn:
            known[asset.number] = np.zeros(len(at), bool)
        elif session:
            known[asset.number] = np.array([signal.up(int(each)) for each in at], bool)
        elif found.why[asset.number] in {"networked", "stale", "dead", "stopped"}:
            known[asset.number] = _fresh(asset, signal, at, found.freshness, seen.heard.spans)
        else:
            known[asset.number] = np.zeros(len(at), bool)
    return known


def _fresh(
    asset: Asset, signal: Signal, at: npt.NDArray[np.int64], freshness: Freshness, spans: Sequence[tuple[int, int]]
) -> Flags:
    """Fresh at each moment; a slow asset is given the time of its own limit after listening began."""
    oldest = freshness.oldest_ns(asset, signal)
    places = np.searchsorted(signal.last, at, side="right") - 1
    last = np.where(places >= 0, signal.last[np.maximum(places, 0)], np.iinfo(np.int64).min // 2)
    found: Flags = at - last <= oldest
    for when, born in signal.states:
        if not born:
            found &= ~((at >= when) & (last < when))
    found &= moves(signal, at, oldest, freshness.listened)
    starts = np.array(sorted(start for start, _ in spans), np.int64)
    begun = starts[np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)]
    early = at - begun < oldest
    if early.any() and not early.all():
        found[early] = found[~early][0]
    return found


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """How many are networked over time, why others are not, and each asset as the platform and as the wire says."""
    if not seen.register.assets:
        return Shown()
    found = states_of(seen, request)
    counts = Counter(found.why.values())
    bars = Bars(
        WORDS.text("states"),
        "",
        [WORDS.text(f"name-{each}") for each in sorted(counts)],
        [counts[each] for each in sorted(counts)],
    )
    pictures: list[Bars | Series] = [bars]
    by_asset = flags(seen, seen.register.assets, request)
    at = _ends(seen, request)
    if len(at) > 1:
        hours = ((at - at[0]) / 3.6e12).tolist()
        totals = np.array(list(by_asset.values())).sum(axis=0).tolist()
        pictures.append(
            Series(WORDS.text("over-time"), "", hours, [Curve(WORDS.text("networked"), totals)], x_unit="h")
        )
    sample = census.drawn(seen.register, ())
    return Shown((*pictures, *sample.pictures), (_matrix(seen, found), *sample.listings))


def _matrix(seen: View, found: States) -> Listing:
    """Each asset that is not networked, or of which platform and wire differ."""
    flags_ = _flags(seen)
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in ("asset", "address", "platform", "wire")]
    rows = [
        (each.label, each.address or "—", _says(flags_.get(each.number)), WORDS.text(f"name-{found.why[each.number]}"))
        for each in seen.register.assets
        if found.why[each.number] != "networked" or flags_.get(each.number) is False
    ]
    return Listing("assets", WORDS.text("platform-and-wire"), columns, rows)


def _says(flag: bool | None) -> bool | str:
    return "—" if flag is None else flag
