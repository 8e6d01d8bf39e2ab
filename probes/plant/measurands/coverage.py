# SPDX-License-Identifier: Apache-2.0
"""Which events were answered: the first alarm for the same asset, about the same thing, not before the event and within the deadline.

An alarm answers one event, and none is answered while the asset sounds already: within the deadline before an event nothing
that could pass for its alarm may be raised but answers to earlier events. An asset is covered when each of its events was answered and none of its quiet controls disturbed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from harness.model import Reason
from probes.plant.traces.assets import Asset
from probes.plant.traces.drills import Alarm, Drill, Event
from probes.plant.traces.words import WORDS

_GENERAL = re.compile(
    r"报警|告警|预警|越限|超限|超标|异常|过高|过低|偏高|偏低|上限|下限|故障|事件|ALARM|WARNING|ALERT|EVENT|HIGH|LOW|LIMIT|OVER|FAULT|"
    r"EXCEEDED|ABNORMAL|THE|OF"
)

_S = 10**9
_ALIKE = 5
"""Equal delays from which they are no coincidence."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of a drill: of each asset with events its delays in ns (None: no right alarm in time), and what was wrong.

    ``disturbed``: assets that raised an alarm during a quiet control; ``late``, ``early``, ``wrong``: assets with such alarms;
    ``false``: alarms of assets to which nothing was done; ``controls``: how many quiet controls there were.
    """

    delays: dict[str, list[int | None]] = field(default_factory=dict)
    disturbed: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()
    controls: int = 0

    def covered(self, asset: str) -> bool:
        """Whether every event of an asset was answered and no control of it disturbed."""
        found = self.delays.get(asset)
        return bool(found) and None not in (found or [None]) and asset not in self.disturbed

    @property
    def alike(self) -> bool:
        """Whether all delays are one and the same to a fraction of a second, which no platform and no network brings about."""
        return copied([each for delays in self.delays.values() for each in delays if each is not None])

    def of(self, assets: Iterable[str]) -> list[int]:
        """Ascending delays of the events of those assets that are covered, ns."""
        return sorted(
            each for asset in assets if self.covered(asset) for each in self.delays[asset] if each is not None
        )


def copied(delays_ns: Sequence[int]) -> bool:
    """Whether moments follow others at one and the same distance, which is then written and not measured."""
    one = delays_ns[0] if delays_ns else 0
    return len(delays_ns) >= _ALIKE and all(each == one for each in delays_ns)


def rounded(moments_ns: Iterable[int]) -> bool:
    """Whether all moments are whole seconds: then equal distances say nothing."""
    return not any(each % _S for each in moments_ns)


def answers(drill: Drill, deadline_ns: int) -> Answers:
    """What the alarms of a drill answer."""
    events: dict[str, list[Event]] = defaultdict(list)
    alarms: dict[str, list[Alarm]] = defaultdict(list)
    for event in drill.events:
        events[event.asset].append(event)
    for alarm in drill.alarms:
        alarms[alarm.asset].append(alarm)
    found: dict[str, set[str]] = {name: set() for name in ("disturbed", "late", "early", "wrong", "false")}
    delays: dict[str, list[int | None]] = {}
    for asset, own in sorted(events.items()):
        raised = alarms.get(asset, [])
        injected, quiet = [each for each in own if not each.quiet], [each for each in own if each.quiet]
        if injected:
            delays[asset] = _delays(asset, injected, raised, deadline_ns, found)
        if any(each.at_ns <= one.at_ns <= each.at_ns + deadline_ns for each in quiet for one in _sounding(raised)):
            found["disturbed"].add(asset)
    found["false"] = {asset for asset, raised in alarms.items() if asset not in delays and any(_sounding(raised))}
    controls = sum(each.quiet for each in drill.events)
    return Answers(delays, **{name: frozenset(each) for name, each in found.items()}, controls=controls)


def _sounding(alarms: Iterable[Alarm]) -> Iterable[Alarm]:
    """Everything that is an alarm, or may be one: what is not understood does not make a platform quiet."""
    return (each for each in alarms if each.counts or each.unclear)


def _delays(
    asset: str, events: Sequence[Event], alarms: Sequence[Alarm], deadline_ns: int, found: dict[str, set[str]]
) -> list[int | None]:
    used: set[int] = set()
    delays: list[int | None] = []
    for event in events:
        delay = None
        sounding = _sounds_already(event, events, alarms, deadline_ns)
        if sounding:
            found["early"].add(asset)
        for at, alarm in enumerate(alarms):
            after = alarm.at_ns - event.at_ns
            if sounding or event.unclear or at in used or not alarm.counts or not 0 <= after <= deadline_ns:
                continue
            if not _same(event.number, alarm.number) or not _about(event.content, alarm.content):
                found["wrong"].add(asset)
                continue
            used.add(at)
            delay = after
            break
        if delay is None and any(each.counts and each.at_ns > event.at_ns + deadline_ns for each in alarms):
            found["late"].add(asset)
        if any(each.at_ns < events[0].at_ns for each in alarms if each.counts):
            found["early"].add(asset)
        delays.append(delay)
    return delays


def _sounds_already(event: Event, events: Sequence[Event], alarms: Sequence[Alarm], deadline_ns: int) -> bool:
    """Whether an alarm that could pass for the event's came within the deadline before it, and after no other event."""
    return any(
        event.at_ns - deadline_ns <= each.at_ns < event.at_ns
        and _same(event.number, each.number)
        and _about(event.content, each.content)
        and not any(0 <= each.at_ns - other.at_ns <= deadline_ns for other in events)
        for each in _sounding(alarms)
    )


def _same(one: str, other: str) -> bool:
    return not one or not other or one == other


def _about(event: str, alarm: str) -> bool:
    """Whether what an alarm says is about what was done: a word of two letters or more in common, general ones left out."""
    if not event or not alarm or event == alarm:
        return True
    one, other = _GENERAL.sub(" ", event), _GENERAL.sub(" ", alarm)
    if not one.strip() or not other.strip():
        return True
    return bool(_pieces(one) & _pieces(other))


def _pieces(text: str) -> set[str]:
    words = set(re.findall(r"[A-Z0-9]{2,}", text))
    chinese = re.findall(r"[\u4e00-\u9fff]+", text)
    return words | {each[at : at + 2] for each in chinese for at in range(max(1, len(each) - 1))}


def quantile(ascending: Sequence[int], q: float) -> int:
    """The value that at least the share ``q`` does not exceed, and no fewer than one more: the upper empirical quantile."""
    return ascending[min(len(ascending) - 1, int(len(ascending) * q))]


def remarks(found: Answers, assets: Sequence[Asset]) -> list[Reason]:
    """What a reader has to be told of a drill, by name."""
    labels = {each.number: each.label for each in assets}
    key = {each.number for each in assets if each.key}
    missed = [each for each in sorted(key) if not found.covered(each) and each in found.delays]
    lists = {
        "alarm-late": sorted(found.late - {each for each in found.late if found.covered(each)}),
        "alarm-early": sorted(found.early),
        "alarm-wrong": sorted(found.wrong),
        "alarm-in-quiet": sorted(found.disturbed),
        "alarm-without-event": sorted(found.false),
        "key-without-event": sorted(key - found.delays.keys()),
        "missed": missed,
        "event-not-key": sorted(each for each in found.delays if each in labels and each not in key),
        "event-of-nobody": sorted(found.delays.keys() - labels.keys()),
    }
    return [
        WORDS.reason(code, count=len(each), names=[labels.get(one, one) for one in each])
        for code, each in lists.items()
        if each
    ]
