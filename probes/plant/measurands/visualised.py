# SPDX-License-Identifier: Apache-2.0
"""plant.visualised: assets whose marker, set on site, was seen on the platform in time, or whose camera really shows the place.

A marker proves nothing where the platform showed that value already. A camera proves itself when its picture on the platform is
alive, neither frozen nor black, and shows the nonce that was held before it after it was held there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from harness.effort import Effort
from harness.kit.figures import Bars
from harness.kit.listings import Column, Listing
from harness.kit.parts import every
from harness.model import Lack, Outcome, Side
from harness.plugins import Ask, Input, Request, Shown
from probes.plant.digests.sights import Sights
from probes.plant.measurands import census, coverage
from probes.plant.traces.assets import Register
from probes.plant.traces.screens import Screen
from probes.plant.traces.screens import Shown as Value
from probes.plant.traces.words import WORDS

_WITHIN = "1 min"


@dataclass(frozen=True, slots=True)
class View:
    """Register, markers and what the platform showed, pictures of cameras."""

    register: Register
    screen: Screen
    sights: Sights


def view(inputs: Sequence[Input], _: Ask) -> View:
    """Registers, screens and pictures of all inputs."""
    screens = (each.summary for each in inputs if isinstance(each.summary, Screen))
    sights = (each.summary for each in inputs if isinstance(each.summary, Sights))
    return View(
        census.register_of(inputs), reduce(Screen.merge, screens, Screen()), reduce(Sights.merge, sights, Sights())
    )


def share(seen: View, request: Request) -> Outcome:
    """The share of the register that is shown live (``live: false``: that the platform lists at all)."""
    if not seen.register.assets:
        return census.without_register()
    looked_at = census.drawn(seen.register, seen.register.assets)
    live = request.parameter("live", default=True) is not False
    why = standings(seen, request)
    listed = {each.asset for each in seen.screen.shown} | {*seen.sights.rows}
    shown = {number for number, each in why.items() if each in {"shown", "seen"}} if live else listed
    part = census.share(shown, looked_at, request, _lacks(seen, live=live))
    outcome = every([part], request, "1", WORDS.text("method-shown" if live else "method-listed"), high_is_worse=False)
    told = [looked_at.remark, *census.told(seen.register), *seen.screen.remarks]
    labels = {each.number: each.label for each in seen.register.assets}
    if live:
        for each in sorted({*why.values()} - {"shown", "seen"}):
            names = [labels[number] for number, one in why.items() if one == each]
            told.append(WORDS.reason(f"screen-{each}", count=len(names), names=names))
    strangers = sorted(listed - labels.keys())
    if strangers:
        told.append(WORDS.reason("strangers", count=len(strangers), names=strangers))
    tried = sum(not live or why[each.number] != "unmarked" for each in looked_at.assets)
    shares: dict[str, Effort] = {"examined": Fraction(tried, len(looked_at.assets))} if looked_at.assets else {}
    effort: dict[str, Effort] = {"items": len(looked_at.assets), **shares}
    return replace(outcome, remarks=(*told, *outcome.remarks), effort=effort)


def _lacks(seen: View, *, live: bool) -> list[Lack]:
    nothing = not seen.screen.shown and not seen.sights.cameras
    unmarked = live and not seen.screen.markers and not seen.sights.cameras
    found = [WORDS.lack("nothing-shown", Side.BOTH)] if nothing or unmarked else []
    blank = sorted(seen.sights.cameras.keys() - {*seen.sights.rows} - {each.number for each in seen.register.assets})
    if blank:
        found.append(WORDS.lack("camera-of-nobody", count=len(blank), names=blank))
    if seen.sights.cameras and not seen.sights.rows:
        found.append(WORDS.lack("cameras-without-picture", names=sorted(seen.sights.cameras)))
    if seen.sights.damaged:
        found.append(WORDS.lack("damaged", count=seen.sights.damaged))
    if (
        live
        and not any(_delays(seen))
        and coverage.copied(_delays(seen))
        and not coverage.rounded(each.at_ns for each in seen.screen.rows)
    ):
        found.append(WORDS.lack("delays-alike"))
    if live and len(seen.screen.zones) > 1:
        found.append(WORDS.lack("mixed-zones", Side.BOTH))
    return found


def _delays(seen: View) -> list[int]:
    """How long after each marker its value was shown first, ns."""
    found = []
    for marker in seen.screen.markers:
        same = (each for each in seen.screen.shown if (each.asset, each.value) == (marker.asset, marker.value))
        after = min((each.at_ns - marker.at_ns for each in same if each.at_ns >= marker.at_ns), default=None)
        found += [] if after is None else [after]
    return found


def standings(seen: View, request: Request) -> dict[str, str]:
    """What each asset amounts to: ``shown``, ``seen`` (by its camera), or why not."""
    within = request.constant("fresh_within", _WITHIN)
    within_ns = int(within.to("ns")) if within is not None else 0
    shown: dict[str, list[Value]] = defaultdict(list)
    for value in seen.screen.shown:
        shown[value.asset].append(value)
    marked: dict[str, list[Value]] = defaultdict(list)
    for marker in seen.screen.markers:
        marked[marker.asset].append(marker)
    found = {}
    for each in seen.register.assets:
        camera = seen.sights.cameras.get(each.number)
        if camera is not None:
            found[each.number] = camera.standing(within_ns)
        else:
            found[each.number] = _marked(marked[each.number], shown[each.number], within_ns)
    return found


def _marked(markers: Sequence[Value], shown: Sequence[Value], within_ns: int) -> str:
    if not markers:
        return "unmarked" if shown else "absent"
    found = [_followed(each, shown, within_ns) for each in markers]
    return next((each for each in found if each != "shown"), "shown")


def _followed(marker: Value, shown: Sequence[Value], within_ns: int) -> str:
    """Whether the platform's value followed the marker, and why not."""
    timed = [each for each in shown if each.at_ns]
    before = [each.value for each in timed if each.at_ns < marker.at_ns]
    after = [each for each in timed if each.at_ns >= marker.at_ns and each.value == marker.value]
    if not timed:
        return "absent" if not shown else "untimed"
    if marker.value in before:
        return "not-new"
    if not after:
        return "unmoved"
    return "shown" if after[0].at_ns - marker.at_ns <= within_ns else "slow"


def show(seen: View, _outcome: Outcome, request: Request) -> Shown:
    """Why assets are shown or not, and each that is not by name."""
    if not seen.register.assets:
        return Shown()
    why = standings(seen, request)
    counts: Mapping[str, int] = Counter(why.values())
    names = sorted(counts)
    bars = Bars(
        WORDS.text("screen"), "", [WORDS.text(f"name-{each}") for each in names], [counts[each] for each in names]
    )
    columns = [Column(each, WORDS.text(f"column-{each}")) for each in ("asset", "why")]
    rows = [
        (each.label, WORDS.text(f"name-{why[each.number]}"))
        for each in seen.register.assets
        if why[each.number] not in {"shown", "seen"}
    ]
    sample = census.drawn(seen.register, ())
    return Shown((bars, *sample.pictures), (Listing("unseen", WORDS.text("unseen"), columns, rows), *sample.listings))
