# SPDX-License-Identifier: Apache-2.0
"""What is recorded beside the receivers, against them: corrections, the place that the base tells (RTCM 1005, 1006), a second solution.

Every position inherits the error of the base's place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.model import Lack, Outcome, Reason, Side
from harness.plugins import Request
from probes.gnss.formats.rtcm import Station
from probes.gnss.measurands.second import raw_gates, second_gates, told
from probes.gnss.measurands.view import Compared
from probes.gnss.measurands.words import WORDS, in_unit, millimetres
from probes.gnss.truth.geodesy import ecef, rotation
from probes.gnss.truth.settings import Point

MOVED_M = 0.005
"""Between two messages of one base: farther than any rounding."""
LEAST_M = 0.001


def beside(outcome: Outcome, view: Compared, request: Request) -> Outcome:
    """The outcome, with what speaks against it beside the receivers: no BeiDou corrections, a base elsewhere, another solution."""
    found = [*base_gates(view), *second_gates(view, request), *raw_gates(view)]
    if view.corrections and not any("BeiDou" in each for each in view.corrections.values()):
        found.append(WORDS.reason("corrections-without-beidou"))
    invalid = tuple(each for each in found if isinstance(each, Reason))
    lacks = tuple(each for each in found if isinstance(each, Lack))
    return replace(
        outcome,
        invalid=(*outcome.invalid, *invalid),
        lacks=(*outcome.lacks, *lacks),
        remarks=(*outcome.remarks, *told(view)),
    )


def base_gates(view: Compared) -> Iterator[Reason | Lack]:
    """A base that moved, that stands elsewhere than its mark, whose frame is another, or that never told its place."""
    for stations in view.bases.values():
        yield from _moved(stations)
    declared = {str(each.settings.base): each.settings for each in view.antennas if each.settings.base is not None}
    for settings in declared.values():
        assert settings.base is not None  # noqa: S101 - chosen for it
        if settings.positions is not None and not settings.base.same(settings.positions):
            facts = {"base": _frame(settings.base), "positions": str(settings.positions)}
            yield WORDS.reason("base-frame", **facts)
        told = [each for stations in view.bases.values() for each in stations]
        if not told:
            yield WORDS.lack("base-not-told", side=Side.PASS)
        yield from _elsewhere(settings.base, told)


def _frame(point: Point) -> str:
    return f"{point.frame}@{point.epoch:g}"


def _moved(stations: Mapping[Station, int]) -> Iterator[Reason]:
    by_number: dict[int, list[Station]] = {}
    for each in stations:
        by_number.setdefault(each.number, []).append(each)
    for number, several in by_number.items():
        at = np.array([each.xyz_m for each in several])
        extent = float(np.linalg.norm(at[:, None] - at[None], axis=2).max())
        if extent > MOVED_M:
            yield WORDS.reason("base-moved", number=number, count=len(several), extent=in_unit(extent, "m"))


def _elsewhere(base: Point, told: Sequence[Station]) -> Iterator[Reason]:
    """The farthest of the places told, where it is beyond the uncertainty (k = 3) of the surveyed one."""
    if not told:
        return
    lat, lon, height = (np.array([each], dtype=np.float64) for each in (base.lat, base.lon, base.height))
    truth = ecef(lat, lon, height, base.ellipsoid)[0]
    away = np.array([rotation(base.origin) @ (np.array(each.xyz_m) - truth) for each in told])
    worst = away[int(np.argmax(np.linalg.norm(away, axis=1)))]
    flat, up = float(np.hypot(*worst[:2])), abs(float(worst[2]))
    if flat > 3 * base.u_horizontal + LEAST_M or up > 3 * base.u_vertical + LEAST_M:
        facts = {name: millimetres(float(each)) for name, each in zip(("east", "north", "up"), worst, strict=True)}
        yield WORDS.reason("base-elsewhere", **facts)
