# SPDX-License-Identifier: Apache-2.0
"""``chain.finality`` and ``chain.fault``: from submission until two thirds of the nodes show it; blocks while one node is down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from harness.kit import estimates
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Ask, Input, Request
from harness.quantity import Quantity
from harness.stats.quantile import Sample
from probes.chain.formats.words import WORDS
from probes.chain.measurands import covered
from probes.chain.measurands.gathered import Gathered, gathered
from probes.chain.measurands.nodes import identity, role

_WARM_UP = 3
"""Markers at the start that are told apart: connections and caches are filled by them."""
_NS = 10**9
_MOST, _FIGURES = 1_000_000, 9
"""Markers that are looked for by their numbers."""
_APART_NS = 60 * _NS
_UNDER_WAY = 1
"""Blocks by which a node that follows may be behind at the moment when it is asked."""


@dataclass(frozen=True, slots=True)
class Markers:
    """Delays in seconds of each marker after the warm-up, in the order of submission; None: never shown by enough nodes."""

    delays: tuple[float | None, ...]
    warm_up: int
    nodes: int
    lacks: tuple[Lack, ...] = ()
    """What of the recording is missing."""


def markers(inputs: Sequence[Input], ask: Ask) -> Markers:
    """The view."""
    chain = gathered(inputs, ask)
    sent: dict[str, int] = {}
    shown: dict[str, dict[str, int]] = defaultdict(dict)
    for node in chain.declared:
        for each in node.all("marker"):
            name, time, state = each.rsplit(":", 2)
            if state == "sent":
                sent[name] = min(int(time), sent.get(name, int(time)))
            elif state == "shown":
                shown[name][node.name] = min(int(time), shown[name].get(node.name, int(time)))
    identities = {node.name: identity(chain, node) or node.name for node in chain.nodes}
    wanted = -(-2 * len(chain.declared) // 3)
    delays = []
    for name in sorted(sent, key=lambda each: (sent[each], each)):
        seen = sorted(_by_node(shown[name], identities))
        seen = [each for each in seen if each >= sent[name]]  # a clock that was put back shows nothing
        delays.append((seen[wanted - 1] - sent[name]) / _NS if len(seen) >= wanted > 0 else None)
    skipped = min(_WARM_UP, max(0, len(delays) - 1))
    lost = [None] * (len(_numbered({*sent, *shown})) - len(sent))
    lacks = (*_unnamed(chain, set().union(*shown.values())), *covered.lacks(chain))
    return Markers((*delays[skipped:], *lost), skipped, len(chain.declared), lacks)


def _unnamed(chain: Gathered, names: Collection[str]) -> Iterator[Lack]:
    """Of these nodes those that told no key of their own: several names of one node cannot be told from several nodes."""
    found = [node.name for node in chain.declared if node.name in names and not identity(chain, node)]
    if found:
        yield WORDS.lack("nodes-unnamed", Side.PASS, names=found)


def _numbered(names: Collection[str]) -> Collection[str]:
    """All markers that there were: they are numbered from 0, so that one of which nothing is left is known by its number."""
    figures = [int(each) for each in names if len(each) <= _FIGURES and each.isascii() and each.isdigit()]
    known = {f"{each:06d}" for each in range(min(max(figures, default=-1) + 1, _MOST))}
    return {*names, *known}


def _by_node(shown: Mapping[str, int], identities: Mapping[str, str]) -> Iterable[int]:
    """When each node showed a marker first; names with one key are one node."""
    found: dict[str, int] = {}
    for name, time in shown.items():
        key = identities[name]
        found[key] = min(time, found.get(key, time))
    return found.values()


def delay(view: Markers, request: Request) -> Outcome:
    """The q-quantile of the delays; a marker that was never shown by two thirds of the nodes counts as endless."""
    if not view.delays:
        return Outcome(None, lacks=(WORDS.lack("no-markers", Side.BOTH), *view.lacks))
    good = [each for each in view.delays if each is not None]
    if not good:
        return Outcome(None, lacks=(WORDS.lack("markers-lost", Side.BOTH, count=len(view.delays)), *view.lacks))
    sample = Sample(good, len(view.delays) - len(good))
    part = estimates.quantile(sample, request.share("q", "95 %"), request)
    outcome = every([part], request, "s", WORDS.text("method-finality"))
    lost = len(view.delays) - len(good)
    remarks = [
        WORDS.reason("warm-up", count=view.warm_up),
        *([WORDS.reason("markers-lost", count=lost)] if lost else []),
    ]
    return replace(
        outcome,
        lacks=(*outcome.lacks, *view.lacks),
        remarks=(*outcome.remarks, *remarks),
        effort={"trials": len(view.delays)},
    )


def heights(inputs: Sequence[Input], ask: Ask) -> Gathered:
    """The view."""
    return gathered(inputs, ask)


def blocks_while_down(view: Gathered, request: Request) -> Outcome:
    """How far the others' lowest common height rose while exactly one node did not answer, in the longest such time."""
    spans = _down(view)
    if not spans:
        return Outcome(None, lacks=(WORDS.lack("nobody-down", Side.BOTH), *covered.lacks(view)))
    name, begin, end = max(spans, key=lambda each: each[2] - each[1])
    others = [node for node in view.declared if node.name != name]
    risen = [_between(node.heights, begin, end) for node in others]
    lacks: list[Lack] = [WORDS.lack("others-silent", Side.BOTH)] if not risen or None in risen else []
    count = min((each for each in risen if each is not None), default=0)
    bound = None if lacks else count
    part = Part("", count, bound, bound, len(others), float(len(others)), tuple(lacks))
    unit = request.limit.quantity.unit if request.limit else "个"
    outcome = every([part], request, unit, WORDS.text("method-fault"), high_is_worse=False)
    remarks = [WORDS.reason("was-down", node=name, seconds=round((end - begin) / _NS, 1))]
    missing, told = _returned(view, name, end)
    if not _seals(view, name):
        missing.append(WORDS.lack("down-no-sealer", Side.PASS, node=name))
    missing += [*_unnamed(view, {name}), *covered.lacks(view)]
    return replace(
        outcome,
        lacks=(*outcome.lacks, *missing),
        remarks=(*outcome.remarks, *remarks, *told),
        effort={"duration": Quantity(Fraction(end - begin, _NS), "s")},
    )


def _seals(view: Gathered, name: str) -> bool:
    """Whether a node is a sealer; where nobody tells who seals, nothing speaks against it."""
    node = next(each for each in view.nodes if each.name == name)
    return not view.sealers or role(view, node, identity(view, node)) == "sealer"


def _returned(view: Gathered, name: str, end: int) -> tuple[list[Lack], list[Reason]]:
    """Whether the node came back and caught up with the others, and after how long; the drill ends with that, not before."""
    own = next(node for node in view.nodes if node.name == name).heights
    after = [(time, height) for time, height in own if time > end]
    if not after:
        return [WORDS.lack("stayed-away", Side.PASS, node=name)], []
    others = [node.heights for node in view.declared if node.name != name]
    for time, height in after:
        there = [top for each in others if (top := _at(each, time)) is not None and each[-1][0] >= time]
        if there and height >= min(there) - _UNDER_WAY:
            seconds = round((time - after[0][0]) / _NS, 1)
            return [], [WORDS.reason("caught-up", node=name, seconds=seconds, height=height)]
    return [WORDS.lack("not-caught-up", Side.PASS, node=name, height=after[-1][1])], []


def _at(heights: Sequence[tuple[int, int]], time: int) -> int | None:
    """The height that was last told by a moment."""
    before = [height for moment, height in heights if moment <= time]
    return before[-1] if before else None


def _down(view: Gathered) -> list[tuple[str, int, int]]:
    """(node, from, until) of each run of silence between two answers of a node, or until the end.

    Silences that are a minute apart are no run: what was in between nobody looked at, or it was cut off.
    """
    found = []
    keys = Counter(identity(view, node) or node.name for node in view.nodes)
    for node in view.declared:
        if keys[identity(view, node) or node.name] > 1:
            continue  # it answers under another name
        silent = sorted(int(each) for each in node.said.get("silent", ()))
        answers = [time for time, _ in node.heights]
        run: list[int] = []
        for time in silent:
            if run and (time - run[-1] > _APART_NS or any(run[-1] < answer < time for answer in answers)):
                if len(run) > 1:
                    found.append((node.name, run[0], run[-1]))
                run = []
            run.append(time)
        if len(run) > 1:
            found.append((node.name, run[0], run[-1]))
    return found


def _between(heights: Sequence[tuple[int, int]], begin: int, end: int) -> int | None:
    """How far a node rose above what it had told before; None where it told less than two heights meanwhile."""
    inside = [height for time, height in heights if begin <= time <= end]
    before = max((height for time, height in heights if time <= begin), default=0)
    return max(0, inside[-1] - max(before, inside[0])) if len(inside) > 1 else None
