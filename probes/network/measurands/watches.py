# SPDX-License-Identifier: Apache-2.0
"""What each terminal did, as its probing saw it or as an MQTT broker told it: sessions, drops, time watched and in session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from probes.network.digests.node import Node
from probes.network.traces.presence import BIRTH, WILL, Presence
from probes.network.traces.spans import Spans

_KEEPALIVE_NS = 90 * 10**9


@dataclass(frozen=True, slots=True)
class Watch:
    """What one node did: sessions begun, when it dropped and for how long (ns), time watched and time in session (ns).

    ``first``, ``last``: first and last moment it was watched. ``pauses`` of watching may each hide a drop. ``unsure``: by
    how much the length of one drop may be overstated, ns. ``asked``: probes sent, 0 where nobody probed.
    """

    label: str
    address: str
    sessions: int
    drops: npt.NDArray[np.int64]
    offline: npt.NDArray[np.int64]
    watched: int
    online: int
    first: int = 0
    last: int = 0
    pauses: int = 0
    unsure: int = 0
    asked: int = 0

    @property
    def known(self) -> bool:
        """Whether it was ever on line."""
        return self.online > 0


def watch(node: Node, silence_ns: int) -> Watch:
    """Sessions, drops and offline time of one node; a node that never answered had no session to lose."""
    sent, answered = node.sent[silence_ns], node.answered[silence_ns]
    starts, stops = answered.gaps_within(sent)
    dropped = stops - starts > silence_ns
    return Watch(
        node.label,
        node.address,
        _sessions(sent, answered, starts[dropped], silence_ns),
        starts[dropped],
        (stops - starts)[dropped],
        int(sent.lengths.sum()),
        int(answered.lengths.sum()),
        int(sent.start[0]) if len(sent) else 0,
        int(sent.stop[-1]) if len(sent) else 0,
        max(0, len(sent) - 1),
        2 * (int(sent.lengths.sum()) // max(1, int(sent.count.sum()) - len(sent))),
        node.n,
    )


def _sessions(sent: Spans, answered: Spans, drops: npt.NDArray[np.int64], silence_ns: int) -> int:
    """How many sessions began: the first answer begins one, and the first after each drop; one seen for less than T is none."""
    if not len(answered):
        return 0
    after = np.searchsorted(answered.start, drops, side="right")
    begun = np.unique(np.append(answered.start[after[after < len(answered)]], answered.start[0]))
    until = np.append(begun[1:], max(int(sent.stop[-1]), int(answered.stop[-1])))
    watched = [sent.within(int(start), int(stop)) for start, stop in zip(begun, until, strict=True)]
    return sum(each >= silence_ns for each in watched)


def by_broker(found: Sequence[Presence]) -> dict[str, Watch]:
    """What births and wills on MQTT brokers tell, by terminal."""
    whole = reduce(Presence.merge, found) if found else None
    if whole is None or not len(whole.watched):
        return {}
    names_told = np.unique(whole.rows["who"])
    return {str(who): _heard(str(who), whole.rows[whole.rows["who"] == who], whole.watched) for who in names_told}


def unnoticed(told: Mapping[str, Watch], watches: Sequence[Watch], silence_ns: int) -> list[str]:
    """Terminals with a will that their probing saw no drop near (within T and one and a half minutes of keep-alive)."""
    near = silence_ns + _KEEPALIVE_NS
    probed = {each.label: each for each in watches}
    return sorted(
        label
        for label, each in told.items()
        if probed.get(label, each) is not each
        and any(not (np.abs(probed[label].drops - at) <= near).any() for at in each.drops)
    )


def _heard(who: str, rows: npt.NDArray[Any], watched: Spans) -> Watch:
    """Sessions from birth to will or farewell, offline from a will to the next birth, both as long as the subscription stood.

    A will heard before any birth, as brokers keep them, ends no session; one kept from a time when the subscription was
    down does, at the moment when it was heard.
    """
    begun, gone, sessions, online = 0, 0, 0, 0
    drops, offline = list[int](), list[int]()
    for time_ns, _who, state, _retained in rows.tolist():
        if state == BIRTH:
            offline += [watched.within(gone, time_ns)] if gone else []
            sessions += not begun
            begun, gone = begun or time_ns, 0
        elif begun:
            online += watched.within(begun, time_ns)
            begun, gone = 0, time_ns if state == WILL else 0
            drops += [time_ns] if gone else []
    end = int(watched.stop[-1])
    online += watched.within(begun, end) if begun else 0
    offline += [watched.within(gone, end)] if gone else []
    lengths = np.maximum(np.array(offline, np.int64), 1)
    return Watch(
        who,
        "",
        sessions,
        np.array(drops, np.int64),
        lengths,
        online + int(lengths.sum()),
        online,
        int(watched.start[0]),
        end,
        len(watched) - 1,
    )
