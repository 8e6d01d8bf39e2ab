# SPDX-License-Identifier: Apache-2.0
"""Verdicts on the agreed window from a sample of its moments, and on the system from separated sessions. Pure.

Probes at Poisson times are independent draws from the window's own distribution over time, given their number (design-based
inference: W. G. Cochran, Sampling Techniques, ch. 1-2; R. W. Wolff, Poisson Arrivals See Time Averages, 1982). Exact
binomial bounds and order statistics then hold for the window however its delays depend on each other. Whatever of the window
was not watched counts against either verdict: as violation towards PASS, as conforming towards FAIL.

What the system will do is another question: its slow changes are seen only between sessions, so a session is the unit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.effort import Effort
from harness.kit import estimates
from harness.kit.parts import Part, absent
from harness.model import About, Lack, Need, Side
from harness.plugins import Request
from harness.quantity import Quantity
from harness.stats import binomial, bounded, bursts
from probes.network.digests.delays import SECOND_NS
from probes.network.digests.node import PAUSE_NS, Node
from probes.network.measurands.load import phases
from probes.network.measurands.view import Evidence
from probes.network.measurands.words import WORDS
from probes.network.traces.spans import Spans

RANDOM = frozenset({"poisson"})
"""Schedules whose moments no rhythm of the network can fall into step with."""
APART_NS = 1800 * 10**9
"""Sessions begin at least this long after the one before ended, unless the reading asks for more."""
STRETCHES = 6
"""Separated stretches of watching without which nothing is said about drop-outs of the system."""
_ENDS = 20
"""Intervals between the ends of the watched time and its first and last probe, at most: e^-20 of Poisson ones are longer."""
_S_NS = 10**9
_MS = 10**6


def design(view: Evidence, request: Request) -> tuple[Lack, ...]:
    """Why a sample of moments cannot PASS for the whole window: they were not chosen at random."""
    kinds = frozenset[str]().union(*(each.schedules for each in view.summaries))
    if request.limit is None or request.about is About.PROCESS:
        return claims(view)
    if not kinds <= RANDOM:
        return (WORDS.lack("not-random"), *claims(view))
    beaten = [node.label for node in view.nodes if node.n and not node.rhythm.drawn(node.probed, _missing(node))]
    return (*([WORDS.lack("not-as-drawn", names=beaten)] if beaten else []), *claims(view))


def claims(view: Evidence) -> tuple[Lack, ...]:
    """Why nothing passes where packets did not leave at the rate or in the sizes that their trace claims."""
    asked = [node for node in view.nodes if node.n]
    wrong = {
        "rate-not-as-claimed": [each.label for each in asked if not each.rhythm.paced(each.probed, _missing(each))],
        "size-not-as-claimed": [each.label for each in asked if not each.rhythm.fits],
    }
    return tuple(WORDS.lack(key, names=labels) for key, labels in wrong.items() if labels)


def _missing(node: Node) -> int:
    """Slots that were not sent, or sent late, so that the moments are not those that were drawn."""
    return node.counts["unsent"] + node.counts["stalled"]


def load(view: Evidence, request: Request) -> tuple[Lack, ...]:
    """Why nothing passes where the reading asks for a run under load, of every terminal and after the steps up to its rate."""
    return phases.unproven(view.nodes, view.summaries, request)


def silent(view: Evidence) -> list[Part]:
    """Declared members that never answered, and sources without a packet: parts about which nothing is proven."""
    mute = [absent(node.label, WORDS.lack("silent-member")) for node in view.nodes if not node.counts["answered"]]
    return [*mute, *unread(view)]


def unread(view: Evidence) -> list[Part]:
    """Sources that were to hold packets and hold none, or that are damaged: what was there, nobody knows."""
    none = [absent(source, WORDS.lack("source-without-packets")) for source in view.empty]
    return [*none, *(absent(source, WORDS.lack("source-damaged")) for source in view.damaged)]


def span_of(view: Evidence, node: Node) -> tuple[int, int]:
    """First and last moment at which any member was asked under this node's condition: the window it is judged for."""
    return view.spans.get(node.condition, (0, 0))


def unwatched(view: Evidence, node: Node) -> Fraction:
    """Share of the window in which the node was not asked: pauses, and what is missing at either end."""
    start, stop = span_of(view, node)
    if stop <= start:
        return Fraction(0)
    ends = (int(node.probed.start[0]) - start, stop - int(node.probed.stop[-1])) if len(node.probed) else ()
    watched = node.probed.within(start, stop) + sum(each for each in ends if each <= PAUSE_NS)  # shorter is no pause
    return 1 - Fraction(min(watched, stop - start), stop - start)


def effort(view: Evidence, node: Node, request: Request) -> dict[str, Effort]:
    """What the evidence of one node amounts to."""
    held = sessions(node, apart(request))
    found: dict[str, Effort] = {
        "duration": time(watched(_span(node), node.n)),
        "coverage": 1 - unwatched(view, node),
        "terminals": view.terminals,
        "trials": node.n,
    }
    if request.about is About.PROCESS and held:
        starts = [each.start for each in held]
        found |= {"sessions": len(held), "session": time(min(each.stop - each.start for each in held))}
        if len(held) > 1:
            found["apart"] = time(int(np.diff(starts).min()))
    return found


def length(first: int, last: int, whole: tuple[int, int]) -> int:
    """A terminal's own window in ns: that of all, less the moments by which terminals begin one after another."""
    start = first if first - whole[0] <= PAUSE_NS else whole[0]
    stop = last if whole[1] - last <= PAUSE_NS else whole[1]
    return max(0, stop - start)


def stretches(view: Evidence, request: Request) -> tuple[Lack, ...]:
    """One stretch of watching says nothing about slow changes of the system: several are needed, apart from each other."""
    wanted, have, last = int(request.parameter("sessions", STRETCHES)), 0, None
    probed = reduce(Spans.merge, (node.probed for node in view.nodes), Spans.of(np.empty(0, np.int64), PAUSE_NS))
    for start, stop in zip(probed.start.tolist(), probed.stop.tolist(), strict=True):
        have += last is None or start - last >= apart(request)
        last = stop
    minutes = round(apart(request) / 60e9)
    return () if have >= wanted else (WORDS.lack("too-few-sessions", wanted=wanted, have=have, minutes=minutes),)


def _span(node: Node) -> int:
    return int(node.probed.stop[-1] - node.probed.start[0]) if len(node.probed) else 0


def watched(length_ns: int, events: int) -> int:
    """How long a test lasted, by the time from the first to the last of ``events``: its ends lie a few intervals further.

    Pauses are not taken off here: they are in the coverage.
    """
    return length_ns + (min(PAUSE_NS, _ENDS * (length_ns // (events - 1))) if events > 1 else 0)


def time(length_ns: int) -> Quantity:
    """A length of time in s."""
    return Quantity(Fraction(length_ns, _S_NS), "s")


def whole(view: Evidence) -> tuple[int, int] | None:
    """First and last moment at which anything was asked, UTC ns."""
    found = view.spans.values()
    return (min(start for start, _ in found), max(stop for _, stop in found)) if found else None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the window with one-sided bounds."""

    value: float
    lower: float
    upper: float


def share(bad: tuple[int, int], node: Node, missed: Fraction, request: Request, *, good: bool = False) -> Share:
    """Share of the window in violation, from (fewest, most) bad ones among the packets sent; slots never sent count against.

    ``good``: the limit is on the share that conforms, so that the risks change places.
    """
    above, below = (request.risk_below, request.risk_above) if good else (request.risk_above, request.risk_below)
    fewest, most = bad
    unsent = node.counts["unsent"]
    drawn = node.n + unsent
    lower = binomial.lower(fewest, drawn, below) * float(1 - missed)
    upper = binomial.upper(min(drawn, most + unsent), drawn, above) * float(1 - missed) + float(missed)
    return Share(most / node.n, lower, min(1.0, upper))


def levels(q: Fraction, missed: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Of the q-quantile of the whole window: which quantiles of the watched part bound it from below and from above."""
    seen = 1 - missed
    if seen <= 0:  # moments apart, each of no length
        return None, None
    low, high = 1 - (1 - q) / seen, q / seen
    return (low if 0 < low < 1 else None), (high if 0 < high < 1 else None)


@dataclass(frozen=True, slots=True)
class Session:
    """A stretch of probing, apart from others: first and last moment, ns, and packets sent."""

    start: int
    stop: int
    packets: int


def apart(request: Request) -> int:
    """The pause in ns that makes two sessions of one."""
    given = request.parameter("apart")
    return APART_NS if given is None else round(Quantity.parse(str(given)).to("ns"))


def sessions(node: Node, apart_ns: int) -> list[Session]:
    """The node's sessions: stretches of probing with at least ``apart_ns`` between the end of one and the next."""
    found: list[Session] = []
    rows = zip(node.probed.start.tolist(), node.probed.stop.tolist(), node.probed.count.tolist(), strict=True)
    for start, stop, packets in rows:
        if found and start - found[-1].stop < max(apart_ns, PAUSE_NS):
            before = found.pop()
            start, packets = before.start, packets + before.packets  # noqa: PLW2901 - one session goes on
        found.append(Session(start, stop, packets))
    return found


def of_process(node: Node, bad: Spans, request: Request, extra: int = 0, *, good: bool = False) -> Part:
    """Share of packets in violation, of the system: each session is one cluster, and an unseen one may be lost whole.

    ``extra``: packets that may be bad besides, because of the instrument. Fay and Feuer's bounds with the longest session as
    the worst cluster: whatever happens within a session, it happened once.
    """
    held = sessions(node, apart(request))
    starts = np.array([each.start for each in held], np.int64)
    lost = _by_session(starts, bad)
    sizes = Counter(int(each) for each in lost if each)
    sizes[1] += extra
    above, below = (request.risk_below, request.risk_above) if good else (request.risk_above, request.risk_below)
    longest = max(each.packets for each in held)
    high, low = (bursts.bounds(+sizes, node.n, risk, longest) for risk in (above, below))
    return Part(node.label, high.value, low.lower, high.upper, node.n, float(len(held)), *_few(held, request))


def _by_session(starts: npt.NDArray[np.int64], bad: Spans) -> npt.NDArray[np.int64]:
    found = np.zeros(len(starts), np.int64)
    np.add.at(found, np.maximum(np.searchsorted(starts, bad.start, side="right") - 1, 0), bad.count)
    return found


def _few(held: Sequence[Session], request: Request) -> tuple[tuple[Lack, ...], Need | None]:
    """How many sessions it takes where none goes wrong, with their length and spacing; a single one speaks of itself only."""
    limit = request.limit
    allowed = _allowed(request)
    if limit is None or allowed is None:
        return (), None
    wanted = math.ceil(-math.log(float(request.alpha)) / float(allowed))
    if len(held) >= wanted:
        return (), None
    length = max(each.stop - each.start for each in held)
    each_s = (length + apart(request)) / _S_NS
    told: dict[str, Any] = {"wanted": wanted, "have": len(held), "minutes": round(apart(request) / 60e9)}
    need = Need(WORDS.text("need-sessions", **told), "pass", "sessions", wanted, wanted, seconds=wanted * each_s)
    return (WORDS.lack("too-few-sessions", **told),), need


def _allowed(request: Request) -> Fraction | None:
    """The share of violations that the limit allows."""
    limit = request.limit
    if limit is None:
        return None
    if limit.quantity.dimension == "ratio":
        found = limit.quantity.base if limit.upper else 1 - limit.quantity.base
    else:
        found = 1 - request.share("q", "99 %")
    return found if 0 < found < 1 else None


def rate_of(units: float, unit: str, request: Request) -> tuple[tuple[Lack, ...], Need | None]:
    """What is missing where the denominator of a rate (in ``units``) is so small that one event would exceed the limit."""
    limit = request.limit
    if limit is None or not limit.upper or limit.quantity.to(unit) <= 0:
        return (), None
    wanted = math.ceil(1 / limit.quantity.to(unit))
    if units >= wanted:
        return (), None
    told: dict[str, Any] = {"wanted": wanted, "have": float(f"{units:.4g}")}
    return (WORDS.lack("rate-shows-nothing", **told),), Need(WORDS.text("need-denominator", **told), "pass", n=wanted)


def mean(node: Node, view: Evidence, request: Request) -> Part:
    """The mean of the answered packets, ms: of randomly drawn moments by their design, of the system by its sessions.

    No delay is longer than the waiting time, so that the bounds need no shape (:mod:`harness.stats.bounded`). What was not
    watched or not sent may have taken that long towards PASS, and no time towards FAIL.
    """
    if request.about is About.PROCESS:
        return _mean_of_sessions(node, request)
    drawn, unsent, hist = node.rtt.n + node.counts["unsent"], node.counts["unsent"], node.rtt
    if hist.n < 2:
        return Part(node.label, mean_ms(node), None, None, node.n, float(hist.n), (WORDS.lack("no-mean"),))
    least, most = min(0, hist.low), max(hist.high, *(each for one in view.summaries for each in one.waiting))
    missed = float(unwatched(view, node))
    far = (hist.total + unsent * most) / drawn
    variance = hist.most_variance + unsent * (most - least) ** 2 / (drawn - 1)  # each may lie at the other end
    high = bounded.margin(drawn, variance, most - least, request.risk_above)
    low = bounded.margin(drawn, variance, most - least, request.risk_below)
    near = (hist.total + unsent * least) / drawn
    upper = missed * most + (1 - missed) * min(most, far + high)
    lower = missed * least + (1 - missed) * max(least, near - low)
    need = _draws(drawn, upper - high * (1 - missed), variance, most - least, request)
    return Part(node.label, mean_ms(node), lower / _MS, upper / _MS, node.n, float(drawn), need=need)


def _draws(n: int, value_ns: float, variance: float, span: float, request: Request) -> Need | None:
    """How many packets make the bound of such a mean conform; None where ``n`` do, or no number ever will."""
    limit = request.limit
    if limit is None or not limit.upper or limit.quantity.dimension != "time":
        return None
    room = float(limit.quantity.to("ns")) - value_ns
    least = bounded.draws(room, variance, span, request.risk_above)
    enough = least is None or least <= n
    return None if enough else Need(WORDS.text("need-packets", least=least), "pass", "packets", least)


def mean_ms(node: Node) -> float:
    """The mean of all answered packets."""
    return node.rtt.total / max(1, node.rtt.n) / _MS


def _mean_of_sessions(node: Node, request: Request) -> Part:
    """The mean of each session is one observation, however long it lasted; one without an answer is none."""
    held, rows = sessions(node, apart(request)), node.seconds
    starts = np.array([each.start // SECOND_NS for each in held], np.int64)
    own = np.maximum(np.searchsorted(starts, rows[:, 0], side="right") - 1, 0)
    count, total = (np.bincount(own, rows[:, at], len(held)) for at in (1, 2))
    heard = count > 0
    told = {"wanted": estimates.BATCHES, "have": int(heard.sum()), "minutes": round(apart(request) / 60e9)}
    if told["have"] < told["wanted"]:
        need = Need(WORDS.text("need-sessions", **told), "pass", "sessions", told["wanted"])
        lack = WORDS.lack("too-few-sessions", Side.BOTH, **told)
        return Part(node.label, mean_ms(node), None, None, node.n, float(told["have"]), (lack,), need)
    means = total[heard] / count[heard] / _MS
    return replace(estimates.mean(means, np.ones(len(means)), request, node.label), n=node.n)
