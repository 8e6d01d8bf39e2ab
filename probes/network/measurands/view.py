# SPDX-License-Identifier: Apache-2.0
"""What the measurands of the network share: the targets of all inputs, preconditions, remarks, budget. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

from harness.kit.track import Track
from harness.model import BudgetItem, Lack, Reason, Side
from harness.plugins import Ask, Input, Request
from probes.network.digests.drive import Drive
from probes.network.digests.node import Node, joined
from probes.network.digests.paths import PathSummary, Told, nanoseconds
from probes.network.digests.way import Way
from probes.network.measurands.identities import one_each, shared_addresses
from probes.network.measurands.load import phases
from probes.network.measurands.plausibility import coarse, doubts, unfit
from probes.network.measurands.words import WORDS

MODES = {
    "log": "supplied-log",
    "log-arrivals": "supplied-log-arrivals",
    "mqtt": "mqtt-observer",
    "icmp": "icmp-echo",
    "tcp": "tcp-connect",
    "simulated": "simulated-record",
}
"""What is to be said about each way of measuring."""
LOGS = frozenset({"log", "log-arrivals"})
_SPOILING = {"log-rows-unread", "capture-cut", "capture-no-record", "capture-numbers-missing"}
"""What a reader found that makes numbers from the file INVALID, not only remarkable."""
_NEVER = 1 << 63
_FEW = 20
_CHANCE = 20
"""By one part in so many a random schedule may seem slower than it is."""
RADIO = "radio"
"""What ``link`` of a reading says where a 5G link is judged, and a cable is no such thing."""
_TIMELESS = ("log-times-unknown", "log-times-coarse")
_OTHER_LINK = "log-other-link"


@dataclass(frozen=True)
class Evidence:
    """All targets of an indicator's inputs; a target measured from two sources is two paths.

    ``track``: where it was measured. ``empty``: sources that were to hold packets, and hold none.
    ``clocks_ns``: by how much two clocks may be wrong together, where delays go one way. ``damaged``: sources that could not be read whole.
    ``steps``: the same targets at the steps of a configuration run, which are in no statistic. What all nodes share is found once: there may be
    thousands, and each asks for it.
    """

    nodes: tuple[Node, ...]
    summaries: tuple[PathSummary, ...]
    track: Track = field(default_factory=Track.none)
    empty: tuple[str, ...] = ()
    clocks_ns: int = 0
    damaged: tuple[str, ...] = ()
    steps: tuple[Node, ...] = ()

    @cached_property
    def answering(self) -> list[Node]:
        """Targets that answered at least once."""
        return [node for node in self.nodes if node.counts["answered"]]

    @property
    def mute(self) -> list[str]:
        """Labels of the targets that never answered, or were never asked."""
        return [node.label for node in self.nodes if not node.counts["answered"]]

    @property
    def members(self) -> list[Node]:
        """Every declared target, whether it was asked, whether it answered, or not."""
        return list(self.nodes)

    @cached_property
    def joined(self) -> list[Node]:
        """Each terminal once, under whatever conditions it was asked."""
        return joined([*self.nodes, *self.steps])

    @cached_property
    def terminals(self) -> int:
        """Distinct members: one asked under two conditions, at several ports of its address or at several addresses is one."""
        return len(one_each((node.label, node.address) for node in self.nodes))

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """Per condition: first and last moment at which any member was asked, UTC ns."""
        found: dict[str, tuple[int, int]] = {}
        for node in self.nodes:
            if len(node.probed):
                start, stop = found.get(node.condition, (_NEVER, 0))
                found[node.condition] = min(start, int(node.probed.start[0])), max(stop, int(node.probed.stop[-1]))
        return found

    @cached_property
    def floor_ns(self) -> int:
        """The largest p99.9 among the calibrations: what the instrument itself may add; 0 when there was none."""
        return max((p999 for each in self.summaries for p999, _n in each.floors), default=0)

    @cached_property
    def ways(self) -> frozenset[Way]:
        """How the targets were reached."""
        return frozenset[Way]().union(*(each.paths for each in self.summaries))

    @property
    def dropped(self) -> int:
        """Replies lost in this host's socket buffers."""
        return sum(each.dropped for each in self.summaries)

    @property
    def one_way(self) -> bool:
        """Whether some packets were captured at two points, so that there is no round trip."""
        return any(node.condition == "two-point" for node in self.nodes)

    @cached_property
    def interval_ns(self) -> int:
        """The longest mean time between two probes, as a trace claims and as its packets left."""
        claimed = max((each for summary in self.summaries for each in summary.intervals), default=0)
        left = (int(each.probed.lengths.sum()) // _gaps(each) for each in self.nodes)
        return max(claimed, *(each - each // _CHANCE for each in left), 0)

    @property
    def modes(self) -> frozenset[str]:
        """How packets were sent, or whose record it is."""
        return frozenset[str]().union(*(each.modes for each in self.summaries))

    def counted(self, fact: str) -> int:
        """How often something befell the senders."""
        return sum(each.facts[fact] for each in self.summaries)

    @property
    def capture_drops(self) -> int:
        """Packets that a capture itself lost, as it says."""
        return sum(each.dropped for each in self.summaries if "capture" in each.modes)

    @property
    def arrivals_only(self) -> bool:
        """Whether some log holds only packets that arrived, so that losses are unknown."""
        return any("log-arrivals" in each.modes for each in self.summaries)

    def found(self, *, spoiling: bool) -> tuple[Reason, ...]:
        """What readers found in files of others: what spoils them, or what is only to be said; each kind once."""
        told: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        for key, count, words in sorted(frozenset[Told]().union(*(each.told for each in self.summaries))):
            if (key in _SPOILING) == spoiling and key not in _TIMELESS:
                told.setdefault(key, []).append((count, words))
        return tuple(
            WORDS.reason(
                key, count=sum(count for count, _ in each), names=sorted({w for _, words in each for w in words})
            )
            for key, each in told.items()
        )

    @property
    def other_links(self) -> tuple[Reason, ...]:
        """That some log names a link that is no 5G."""
        return tuple(each for each in self.found(spoiling=False) if each.code == f"network.{_OTHER_LINK}")

    @property
    def timeless(self) -> tuple[Reason, ...]:
        """That some log has no times, so that nobody knows how long a silence lasted."""
        told = sorted({(key, count) for each in self.summaries for key, count, _ in each.told if key in _TIMELESS})
        return tuple(WORDS.reason(key, **({"seconds": count} if key == _TIMELESS[1] else {})) for key, count in told)

    def budget(self, unit: str, per_ns: float) -> tuple[BudgetItem, ...]:
        """The instrument's floor as a hard bound, in ``unit``; the clock's reading step is far below it."""
        floor = BudgetItem(WORDS.text("component-floor"), "bound", self.floor_ns * per_ns, unit)
        return (floor,) if self.floor_ns else ()


def _gaps(node: Node) -> int:
    """How many times one probe followed another, pauses left out; 1 where too few did to say how often."""
    gaps = int(node.probed.count.sum()) - len(node.probed)
    return gaps if gaps >= _FEW else 1 << 62


def gather(inputs: Sequence[Input], ask: Ask) -> Evidence:  # noqa: ARG001 - the interface of every view
    """What was sent and what came back, and where."""
    found = [each.summary for each in inputs]
    paths = tuple(each for each in found if isinstance(each, PathSummary))
    tracks = [each.track for each in paths if isinstance(each, Drive)]
    tracks += [each for each in found if isinstance(each, Track)]
    nodes, steps = phases.of_run([summary.nodes[key] for summary in paths for key in sorted(summary.nodes)])
    empty = tuple(each.source for each in inputs if isinstance(each.summary, PathSummary) and not each.summary.nodes)
    packets = [each for each in inputs if isinstance(each.summary, PathSummary)]
    damaged = tuple(each.source for each in packets if each.summary.damaged and not each.summary.modes & LOGS)
    return Evidence(nodes, paths, reduce(Track.merge, tracks, Track.none()), empty, damaged=damaged, steps=steps)


def preconditions(
    evidence: Evidence,
    request: Request,
    *,
    losses: bool = False,
    times: bool = False,
    round_trips: bool = False,
    pairs: bool = True,
) -> tuple[Reason, ...]:
    """What makes any delay or loss from this evidence INVALID.

    The statistic needs ``losses`` (not only what arrived), ``times`` of day, ``round_trips``, or ``pairs`` that belong together.
    """
    found = [*path(evidence, request), *_two_points(evidence, round_trips=round_trips, pairs=pairs)]
    found += evidence.found(spoiling=True)
    found += evidence.timeless if times else ()
    found += _waited(evidence, request)
    if not evidence.answering and not evidence.found(spoiling=True):
        found.append(no_answer(evidence))
    limit = request.limit
    if limit is not None and limit.quantity.dimension == "time":
        steps = coarse(evidence.answering, round(limit.quantity.to("ns")))
        found += [WORDS.reason("resolution-too-coarse", names=steps)] if steps else []
    if losses and evidence.arrivals_only:
        found.append(WORDS.reason("losses-unknown"))
    return (*found, *phases.unreached(evidence.summaries))


def _waited(evidence: Evidence, request: Request) -> list[Reason]:
    """Packets were waited for as long as declared; no longer than the scenario says where nothing is."""
    declared = request.constant("waiting_time")
    used = {each for summary in evidence.summaries for each in summary.waiting}
    if declared is None:
        return []
    stated = nanoseconds(declared)
    if used <= {stated} or ("waiting_time" not in request.declared and max(used) <= stated):
        return []
    return [WORDS.reason("waiting-time-differs", declared=stated / 1e9, used=[each / 1e9 for each in sorted(used)])]


def path(evidence: Evidence, request: Request) -> tuple[Reason, ...]:
    """What makes the path unfit for acceptance; nothing in a rehearsal, where it is only to be said."""
    if request.practice or evidence.modes <= {"mqtt"}:  # a broker may stand anywhere: its messages come from elsewhere
        return ()
    radio = request.parameter("link") == RADIO
    return (*unfit(evidence.answering, evidence.ways, radio=radio), *(evidence.other_links if radio else ()))


def no_answer(evidence: Evidence) -> Reason:
    """Why nothing answered: nothing was asked, all kept silent, or what came back was no answer."""
    short, alien = evidence.counted("short_replies"), sum(node.counts["alien"] for node in evidence.nodes)
    if short:
        size = round(evidence.counted("short_reply_bytes") / short)
        return WORDS.reason("replies-are-short", count=short, names=evidence.mute, size=size)
    if alien:
        return WORDS.reason("replies-are-alien", count=alien, names=evidence.mute)
    return WORDS.reason("no-answer") if evidence.nodes else WORDS.reason("no-packets")


def sparse(evidence: Evidence, silence_ns: int) -> tuple[Lack, ...]:
    """Probing slower than half a silence: one lost packet looks like one, so neither side is proven."""
    slow = evidence.interval_ns
    if slow * 2 <= silence_ns:
        return ()
    return (WORDS.lack("probing-too-sparse", Side.BOTH, interval=slow / 1e9, silence=silence_ns / 1e9),)


def _two_points(evidence: Evidence, *, round_trips: bool, pairs: bool) -> list[Reason]:
    """What a capture at two points cannot be asked, or says about itself that spoils it."""
    found = [WORDS.reason("one-way-only")] if evidence.one_way and round_trips else []
    if evidence.counted("swapped"):
        found.append(WORDS.reason("files-swapped"))
    if evidence.counted("ambiguous") and pairs:
        found.append(WORDS.reason("ambiguous-payloads", count=evidence.counted("ambiguous")))
    return found


def remarks(evidence: Evidence, request: Request) -> tuple[Reason, ...]:
    """What a reader of the verdict should know about this evidence, but for what makes it void."""
    mute = evidence.mute
    found = [WORDS.reason("silent-nodes", count=len(mute), names=mute)] if mute else []
    sharing = shared_addresses((node.label, node.address) for node in evidence.nodes)
    found += [WORDS.reason("one-address-one-terminal", count=len(sharing), names=sharing)] if sharing else []
    void = {each.code for each in path(evidence, request)}
    found += [each for each in doubts(evidence.answering, evidence.ways) if each.code not in void]
    found += [WORDS.reason("third-party-capture")] if "capture" in evidence.modes else []
    found += [WORDS.reason(MODES[each]) for each in sorted(evidence.modes & MODES.keys())]
    found += [each for each in evidence.found(spoiling=False) if each.code not in void]
    broken = sum(node.counts["broken"] for node in evidence.nodes)
    logs = [each for each in evidence.summaries if each.modes & LOGS]
    unread = sum(each.damaged for each in logs)
    damaged = sum(each.damaged for each in evidence.summaries) - unread + evidence.track.damaged
    counted = {
        "capture-drops": evidence.capture_drops,
        "clock-step": evidence.counted("clock_steps"),
        "negative-round-trip": broken,
        "wrong-hmac": evidence.counted("wrong_hmac"),
        "trace-damaged": damaged,
        "log-lines-unread": unread,
    }
    found += [WORDS.reason(key, count=count) for key, count in counted.items() if count]
    return (*found, *_extensions(evidence))


def _extensions(evidence: Evidence) -> list[Reason]:
    """What replies' TLVs told about class of service and clocks."""
    told = {
        "dscp-changed-there": "remarked_there",
        "dscp-changed-back": "remarked_back",
        "extension-unsupported": "unsupported",
        "reflector-clock-free": "free_running",
    }
    by_key = {key: [node.label for node in evidence.nodes if node.counts[count]] for key, count in told.items()}
    return [WORDS.reason(key, names=labels) for key, labels in by_key.items() if labels]
