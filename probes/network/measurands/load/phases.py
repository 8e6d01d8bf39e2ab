# SPDX-License-Identifier: Apache-2.0
"""The two phases of a run under load: steps up to the declared rate, then performance at it. Pure.

What stands under load counts only after a configuration run that reached the declared rate, for every terminal: the traffic
was really sent at each step, and the terminals kept answering. Packets of the steps are shown and are in no statistic of the
run under load; as a time in which a terminal was watched for drop-outs they count like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from harness.kit.listings import Listing
from harness.model import Lack, Reason
from harness.plugins import Request
from harness.stats import binomial
from harness.stats.histogram import Histogram
from probes.network.digests.node import Node, plain
from probes.network.digests.paths import PathSummary
from probes.network.measurands.words import WORDS, listing
from probes.network.traces.conditions import LOAD, step, step_of

_REACHED = Fraction(9, 10)
"""Of the stated traffic, and of the time that it is stated for."""
_MOST_LOST = Fraction(1, 100)
"""Of a terminal's packets at one step; where clearly more are lost, the path does not carry that rate."""
_SURE = Fraction(1, 1000)
"""The risk of saying so of a path that does: a minute of probing holds few packets, and a lost one is no share."""
_BITS_PER_MBIT = 10**6
_MS = 1e6


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a configuration run: stated bit/s, bytes sent in so many ns, and its terminals."""

    number: int
    bit_s: int
    sent_bytes: int
    lasted_ns: int
    nodes: tuple[Node, ...]

    @property
    def sent_bit_s(self) -> float:
        """The traffic that there really was while it ran."""
        return self.sent_bytes * 8e9 / self.lasted_ns if self.lasted_ns else 0.0

    @property
    def reached(self) -> bool:
        """Whether the stated traffic was sent for as long as terminals were asked."""
        return _sent(self.sent_bytes, self.lasted_ns, self.bit_s, self.nodes)

    @property
    def lossy(self) -> list[Node]:
        """Terminals that lost clearly more than one packet in a hundred, or answered none."""
        return [node for node in self.nodes if not node.counts["answered"] or _loses(node)]


def steps(summary: PathSummary) -> list[Step]:
    """The configuration run of one source, in order."""
    facts = summary.facts
    return [
        Step(
            number,
            rate,
            facts[f"{step(number)}_bytes"],
            facts[f"{step(number)}_ns"],
            tuple(node for node in summary.nodes.values() if node.condition == step(number)),
        )
        for number, rate in sorted(summary.steps)
    ]


def unreached(summaries: Sequence[PathSummary]) -> tuple[Reason, ...]:
    """What makes a run under load INVALID: traffic that was not sent, at the declared rate or at a step on the way to it."""
    weak = any(map(_weak, summaries))
    short = [_named(each) for summary in summaries for each in steps(summary) if not each.reached]
    return (
        *([WORDS.reason("load-not-reached")] if weak else []),
        *([WORDS.reason("steps-not-reached", names=short)] if short else []),
    )


def unproven(nodes: Sequence[Node], summaries: Sequence[PathSummary], request: Request) -> tuple[Lack, ...]:
    """Why nothing passes where the reading asks for runs under load: none, not of every terminal, or not after the steps."""
    if request.parameter("load") != "required":
        return ()
    loaded = {(node.address, node.port) for node in nodes if node.condition == LOAD}
    if not loaded:
        return (WORDS.lack("no-load"),)
    spared = sorted({plain(node.label) for node in nodes if (node.address, node.port) not in loaded})
    lossy = [
        f"{plain(node.label)} ({_named(each)})"
        for summary in summaries
        for each in steps(summary)
        for node in each.lossy
    ]
    skipped = any(_loaded(each) and not _configured(each) for each in summaries)
    return (
        *([WORDS.lack("terminals-not-loaded", names=spared)] if spared else []),
        *([WORDS.lack("no-configuration")] if skipped else []),
        *([WORDS.lack("steps-lossy", names=lossy)] if lossy else []),
    )


def table(summaries: Sequence[PathSummary]) -> tuple[Listing, ...]:
    """Each step with the traffic stated and sent, packets lost, and round trips of all terminals together."""
    rows = [_row(each) for summary in summaries for each in steps(summary)]
    columns = (
        *(("step", ""), ("rate_mbit_s", "Mbit/s"), ("sent_mbit_s", "Mbit/s"), ("reached", ""), ("sent", "")),
        *(("lost", ""), ("share", "%"), ("median_ms", "ms"), ("p99_ms", "ms")),
    )
    return (listing("steps", columns, rows),) if rows else ()


def _row(each: Step) -> dict[str, str | int | float | object | None]:
    sent, lost = (sum(node.counts[key] for node in each.nodes) for key in ("sent", "lost"))
    trips = reduce(Histogram.merge, (node.rtt for node in each.nodes)) if each.nodes else Histogram()
    return {
        "step": each.number,
        "rate_mbit_s": each.bit_s / _BITS_PER_MBIT,
        "sent_mbit_s": float(f"{each.sent_bit_s / _BITS_PER_MBIT:.4g}"),
        "reached": WORDS.text("yes" if each.reached else "no"),
        "sent": sent,
        "lost": lost,
        "share": 100 * lost / sent if sent else None,
        "median_ms": _at(trips, 0.5),
        "p99_ms": _at(trips, 0.99),
    }


def _at(trips: Histogram, share: float) -> float | None:
    return trips.bracket(max(1, min(trips.n, round(share * trips.n))), ())[1] / _MS if trips.n else None


def _named(each: Step) -> str:
    return f"{each.number}: {each.bit_s / _BITS_PER_MBIT:g} Mbit/s, {each.sent_bit_s / _BITS_PER_MBIT:.3g} Mbit/s"


def _weak(summary: PathSummary) -> bool:
    """Whether less than nine tenths of the declared traffic was really sent in the run under load, or for nine tenths of it."""
    loaded, facts = _loaded(summary), summary.facts
    sent, wanted = facts["load_bytes"], facts["load_wanted_bytes"]
    declared = max(summary.loads, default=0)
    enough = 0 < wanted * _REACHED <= sent and _sent(sent, facts["load_ns"], declared, loaded)
    return bool(loaded) and not (declared and enough)


def _loses(node: Node) -> bool:
    return binomial.lower(node.counts["lost"], node.n, _SURE) > _MOST_LOST


def _loaded(summary: PathSummary) -> list[Node]:
    return [node for node in summary.nodes.values() if node.condition == LOAD]


def _sent(sent_bytes: int, lasted_ns: int, bit_s: int, nodes: Sequence[Node]) -> bool:
    """Whether traffic of ``bit_s`` ran nearly all the time in which these terminals were asked."""
    asked_ns = max((int(node.probed.lengths.sum()) for node in nodes), default=0)
    return lasted_ns > 0 and lasted_ns >= asked_ns * _REACHED and sent_bytes * 8 * 10**9 >= lasted_ns * bit_s * _REACHED


def _configured(summary: PathSummary) -> bool:
    """Whether the run under load came after steps the last of which was at its own rate."""
    found = steps(summary)
    before = [moment for each in found for node in each.nodes for moment in _ends(node)]
    after = [moment for node in _loaded(summary) for moment in _ends(node)]
    declared = max(summary.loads, default=found[-1].bit_s + 1 if found else 0)
    return bool(before and after) and found[-1].bit_s >= declared and max(before) <= min(after)


def _ends(node: Node) -> Iterator[int]:
    """First and last moment at which it was asked; none where it never was."""
    if len(node.probed):
        yield from (int(node.probed.start[0]), int(node.probed.stop[-1]))


def of_run(nodes: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The nodes of runs that are judged, and those of the steps on the way to one."""
    return (
        tuple(each for each in nodes if not step_of(each.condition)),
        tuple(each for each in nodes if step_of(each.condition)),
    )
