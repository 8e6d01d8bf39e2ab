# SPDX-License-Identifier: Apache-2.0
"""How the clock of the load stood beside the meter's: compared before and after, a straight line between, checked by the step of power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.model import Lack, Reason, Side
from probes.compute.formats.words import WORDS
from probes.compute.measurands.view import Meter, lack
from probes.compute.measurands.windows import Steady

MOST_OFFSET_S, MOST_DRIFT_PPM = 5.0, 200.0
"""Clocks that are further apart, or part faster, are not what a host keeps time by."""
_S_NS = 10**9


@dataclass(frozen=True, slots=True)
class Compared:
    """The load's clock is ahead of the meter's by ``ahead_ns`` at the window; ``residual_s``: what is not known of that."""

    ahead_ns: int
    residual_s: float
    drift_ppm: float
    remark: Reason


def compared(meter: Meter, run: Steady) -> tuple[Compared | None, list[Reason], list[Lack]]:
    """The comparison, or why there is none; None without reasons where no clock was asked."""
    told: Sequence[tuple[str, int, int, int]] = meter.log.facts.get("clocks", ())
    if not told:
        return None, [], []
    known = {phase: (at, ahead, rtt) for phase, at, ahead, rtt in told if rtt >= 0}
    if known.keys() != {"before", "after"}:
        missing = sorted({"before", "after"} - known.keys())
        return None, [], [lack("clock-once", Side.BOTH, missing=[WORDS.text(f"clock-{each}") for each in missing])]
    (first, one, way), (last, other, back) = known["before"], known["after"]
    span = max(1, last - first)
    middle = (run.begin_ns + run.end_ns) // 2
    drift = (other - one) / span
    ahead = one + round(drift * (middle - one - first))
    residual = max(way, back) / 2 / _S_NS + abs(drift) * run.duration_s / 2
    found = Compared(
        ahead, residual, drift * 1e6,
        WORDS.reason("clocks-compared", ahead=float(f"{ahead / _S_NS:.6g}"), drift=float(f"{drift * 1e6:.4g}"), residual=float(f"{residual:.3g}")),
    )  # fmt: skip
    wrong = []
    if max(abs(one), abs(other)) > MOST_OFFSET_S * _S_NS:
        wrong.append(WORDS.reason("clocks-off", most_s=max(abs(one), abs(other)) / _S_NS, allowed_s=MOST_OFFSET_S))
    elif abs(drift) * 1e6 > MOST_DRIFT_PPM and abs(other - one) > max(way, back):
        wrong.append(WORDS.reason("clocks-part", drift=float(f"{drift * 1e6:.4g}"), allowed=MOST_DRIFT_PPM))
    return found, wrong, []


def shifted(run: Steady, found: Compared | None) -> Steady:
    """The window in the meter's time."""
    if found is None:
        return run
    return replace(run, begin_ns=run.begin_ns - found.ahead_ns, end_ns=run.end_ns - found.ahead_ns)


def stepped(found: Compared, steps: Sequence[float | None], period_s: float) -> list[Reason]:
    """A step of power at the run's beginning or end, in s from where the clocks say it is: it must be there within a sample."""
    near = [abs(each) for each in steps if each is not None]
    allowed = found.residual_s + 2 * period_s + _RAMP_S
    if near and min(near) > allowed:
        return [WORDS.reason("step-elsewhere", seconds=float(f"{min(near):.3g}"), allowed=float(f"{allowed:.3g}"))]
    return []


_RAMP_S = 0.5
"""A load does not begin in one instant."""
