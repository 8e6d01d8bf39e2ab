# SPDX-License-Identifier: Apache-2.0
"""A simulated data centre: twelve months of energy, racks over time, five operating points. Labelled as simulated."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.errors import UsageError
from harness.kit.settings import Settings


class CentreSettings(Settings):
    """How large it is, how much it needs beside IT, how many racks work."""

    seed: int = Field(1, description="of the scatter.")
    it_kw: Annotated[float, Field(gt=0, lt=1e6)] = Field(2000.0, description="mean IT power, kW.")
    overhead: Annotated[float, Field(gt=0, lt=3)] = Field(
        0.25, description="energy beside IT, as a share of it, mean of the year."
    )
    season: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.3, description="by how much the overhead swings over the year."
    )
    racks: Annotated[int, Field(ge=1, le=2000)] = Field(40, description="available racks.")
    loaded: Annotated[int, Field(ge=0, le=2000)] = Field(34, description="racks under load.")
    year: Annotated[int, Field(ge=2000, le=2100)] = Field(2025, description="of the months.")
    days: Annotated[int, Field(ge=1, le=366)] = Field(30, description="days of racks' power, from June on.")


@contextmanager
def files(config: Mapping[str, Any], folder: Path) -> Iterator[Mapping[str, Any]]:
    """Tables of the centre; yields ``energy``, ``racks`` and ``conditions``."""
    centre = CentreSettings.parse({key: value for key, value in config.items() if key != "folder"})
    with TemporaryDirectory(prefix="yanshou-compute-") as name:
        place = folder / str(config["folder"]) if "folder" in config else Path(name)
        made = {"energy": _energy(centre), "racks": _racks(centre), "conditions": _conditions(centre)}
        try:
            place.mkdir(parents=True, exist_ok=True)
            for each, text in made.items():
                (place / f"{each}.csv").write_text(text, encoding="utf-8")
        except OSError as error:
            msg = f"{place} cannot be written to: {error.strerror}."
            raise UsageError(msg, cure="name a folder you may write to.") from None
        yield {each: str(place / f"{each}.csv") for each in made}


def _overhead(centre: CentreSettings, month: int) -> float:
    return centre.overhead * (1 - centre.season * math.cos((month - 1) / 6 * math.pi))


def _energy(centre: CentreSettings) -> str:
    random, rows = np.random.default_rng(centre.seed), ["月份,总电量(kWh),IT设备电量(kWh)"]
    for month in range(1, 13):
        first = date(centre.year, month, 1)
        hours = ((first + timedelta(days=32)).replace(day=1) - first).days * 24
        it = centre.it_kw * hours * (1 + 0.01 * random.standard_normal())
        rows.append(f"{first:%Y-%m},{it * (1 + _overhead(centre, month)):.1f},{it:.1f}")
    return "\n".join(rows) + "\n"


def _conditions(centre: CentreSettings) -> str:
    rows = ["工况,时间占比,总功率(kW),IT功率(kW)"]
    for number, (share, month) in enumerate(((0.1, 7), (0.2, 6), (0.3, 4), (0.25, 3), (0.15, 1)), start=1):
        rows.append(f"工况{number},{share},{centre.it_kw * (1 + _overhead(centre, month)):.2f},{centre.it_kw:.2f}")
    return "\n".join(rows) + "\n"


def _racks(centre: CentreSettings) -> str:
    random, rows = np.random.default_rng(centre.seed), ["时间,机架,功率(W)"]
    hours = centre.days * 24
    power = 4000 + 200 * random.standard_normal((centre.racks, hours))
    power[centre.loaded :] = 60
    for hour in range(hours):
        when = date(centre.year, 6, 1) + timedelta(days=hour // 24)
        rows += [
            f"{when} {hour % 24:02d}:00:00,R{rack + 1:03d},{power[rack, hour]:.0f}" for rack in range(centre.racks)
        ]
    return "\n".join(rows) + "\n"
