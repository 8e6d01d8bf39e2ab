# SPDX-License-Identifier: Apache-2.0
"""Interruptions and delays joined with the cell and the signal that the terminal's modem said at the time.

On a drive there is one modem: with several, nobody could say whose cell it was, and nothing is joined. On a site each terminal is
joined with the one modem that says the very address which answered. A cell is known from a poll to the next one that says the
same; between two that differ it is known at the polls alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.figures import Line, Series
from harness.kit.listings import Listing
from harness.kit.track import Track
from harness.model import Outcome
from harness.plugins import Ask, Input, Request, Shown
from probes.network.digests.delays import SECOND_NS, summed
from probes.network.digests.node import Node
from probes.network.digests.radio import Radio
from probes.network.measurands import latency, service_time
from probes.network.measurands.plausibility import bare
from probes.network.measurands.view import Evidence, gather
from probes.network.measurands.words import WORDS, listing
from probes.network.traces.radio import SILENT, Poll

_NEAR_NS = 30 * 10**9
_BANDS_DBM = (-110, -100, -90, -80)
_MOST = 1000
"""Rows of a list."""


@dataclass(frozen=True, slots=True)
class Driven(Evidence):
    """The evidence with the modem's polls in order of time; none where several modems were asked. ``modems``: those of each address."""

    polls: tuple[Poll, ...] = ()
    modems: Mapping[str, tuple[Poll, ...]] = field(default_factory=dict)


def gathered(inputs: Sequence[Input], ask: Ask) -> Driven:
    """All targets, the track, and the cells of the one modem as rows of it."""
    found = gather(inputs, ask)
    told = reduce(Radio.merge, [each.summary for each in inputs if isinstance(each.summary, Radio)], Radio(frozenset()))
    by_imei = told.by_imei
    polls = next(iter(by_imei.values())) if len(by_imei) == 1 else ()
    known = {each.name: getattr(found, each.name) for each in fields(found)}
    return replace(
        Driven(**known, polls=polls, modems=_by_address(by_imei)), track=found.track.merge(Track.of(list(_rows(polls))))
    )


def _by_address(by_imei: Mapping[str, tuple[Poll, ...]]) -> dict[str, tuple[Poll, ...]]:
    """The polls of the modem that says an address; none for an address that several modems say."""
    owners: dict[str, set[str]] = {}
    for imei, polls in by_imei.items():
        for address in {each for poll in polls for each in poll.addresses or ()}:
            owners.setdefault(address, set()).add(imei)
    return {address: by_imei[next(iter(found))] for address, found in owners.items() if len(found) == 1}


def show_delay(view: Driven, outcome: Outcome, request: Request) -> Shown:
    """What delays show; of terminals whose modems said their addresses, delay by cell beside the signal there."""
    shown = latency.show(view, outcome, request)
    rows = [row for node in view.answering for row in _cells_of(node, view.modems.get(bare(node.address), ()))]
    if outcome.invalid or not rows:
        return shown
    columns = (
        *(("node", ""), ("cell", ""), ("seconds", ""), ("packets", "")),
        *(("mean_ms", "ms"), ("worst_second_ms", "ms"), ("rsrp_dbm", "dBm")),
    )
    return Shown(shown.figures, (*shown.listings, listing("by_terminal_and_cell", columns, rows[:_MOST])))


def _cells_of(node: Node, polls: Sequence[Poll]) -> list[dict[str, Any]]:
    """One terminal's delays by the cell that served it, the slowest first; seconds without a poll near them stand under no cell."""
    seconds = node.seconds
    if not polls or not len(seconds):
        return []
    near = _nearest(polls, seconds[:, 0] * SECOND_NS + SECOND_NS // 2)
    names = np.array(["" if each is None else each.cell for each in near])
    levels = np.array([np.nan if each is None or each.rsrp is None else each.rsrp for each in near])
    found = []
    for name in np.unique(names):
        rows, level = seconds[names == name], levels[(names == name) & ~np.isnan(levels)]
        means, packets = rows[:, 2] / rows[:, 1] / 1e6, int(rows[:, 1].sum())
        found.append(
            {
                "node": node.label,
                "cell": str(name) or "–",
                "seconds": len(rows),
                "packets": packets,
                "mean_ms": int(rows[:, 2].sum()) / packets / 1e6,
                "worst_second_ms": float(means.max()),
                "rsrp_dbm": float(np.median(level)) if len(level) else None,
            }
        )
    return sorted(found, key=lambda each: (-each["mean_ms"], each["cell"]))


def show_mobility(view: Driven, outcome: Outcome, request: Request) -> Shown:
    """What interruptions show; where the modem was asked, delay against time with its cells, and delay by signal."""
    shown = service_time.show_mobility(view, outcome, request)
    if not view.polls or outcome.invalid or not view.answering:
        return shown
    seconds = summed(np.concatenate([np.empty((0, 3), np.int64), *(node.seconds for node in view.answering)]))
    polls = _nearest(view.polls, seconds[:, 0] * SECOND_NS + SECOND_NS // 2)
    rows = [(int(at), int(n), int(total), poll) for (at, n, total), poll in zip(seconds, polls, strict=True)]
    return Shown((*shown.figures, *_chart(rows)), (*shown.listings, _by_signal(rows)))


Column = npt.NDArray[np.int64]
Second = tuple[int, int, int, Poll | None]


def _rows(polls: Sequence[Poll]) -> list[tuple[Any, ...]]:
    """The cell at each poll, and each second between two that agree."""
    told = [each for each in polls if each.cell and each.rat != SILENT]
    nothing = (float("nan"),) * 3
    found = [(each.time_ns, *nothing, each.cell, False) for each in told]
    for one, other in pairwise(told):
        if one.cell == other.cell and other.time_ns - one.time_ns <= _NEAR_NS:
            between = range(one.time_ns + SECOND_NS, other.time_ns, SECOND_NS)
            found += [(at, *nothing, one.cell, False) for at in between]
    return found


def _nearest(polls: Sequence[Poll], at_ns: Column) -> list[Poll | None]:
    """The poll nearest to each moment, within the bound."""
    times = np.array([each.time_ns for each in polls], np.int64)
    after = np.clip(np.searchsorted(times, at_ns), 0, len(times) - 1)
    before = np.maximum(after - 1, 0)
    found = np.where(np.abs(times[after] - at_ns) < np.abs(times[before] - at_ns), after, before)
    near = np.abs(times[found] - at_ns) <= _NEAR_NS
    return [polls[place] if there else None for place, there in zip(found.tolist(), near.tolist(), strict=True)]


def _chart(rows: Sequence[Second]) -> tuple[Series, ...]:
    """Mean delay of each second, named by cell."""
    if not rows:
        return ()
    first = rows[0][0]
    cells = [each.cell if each is not None and each.cell else "–" for *_, each in rows]
    line = Line(WORDS.text("line-mean-delay"), [total / n / 1e6 for _, n, total, _ in rows])
    return (
        Series(
            WORDS.text("figure-delay-by-cell"), "ms", [at - first for at, *_ in rows], (line,), limits=(), group=cells
        ),
    )


def _by_signal(rows: Sequence[Second]) -> Listing:
    """Mean delay by bands of RSRP."""
    columns = (("from_dbm", "dBm"), ("to_dbm", "dBm"), ("seconds", ""), ("packets", ""), ("mean_ms", "ms"))
    found = []
    for low, high in pairwise((None, *_BANDS_DBM, None)):
        inside = [
            (n, total)
            for _, n, total, each in rows
            if each is not None
            and each.rsrp is not None
            and (low is None or each.rsrp >= low)
            and (high is None or each.rsrp < high)
        ]
        if inside:
            packets = sum(n for n, _ in inside)
            mean = sum(total for _, total in inside) / packets / 1e6
            found.append({"from_dbm": low, "to_dbm": high, "seconds": len(inside), "packets": packets, "mean_ms": mean})
    return listing("by_signal", columns, found)
