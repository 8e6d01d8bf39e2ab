# SPDX-License-Identifier: Apache-2.0
"""The solution file that RTKLIB's rnx2rtkp writes for us: degrees, ellipsoidal heights, GPS week and second, standard deviations."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from probes.gnss.formats.gps_time import utc_ns
from probes.gnss.formats.observed.msm import WEEK_NS

Rows = npt.NDArray[Any]
SOLUTION = np.dtype(
    [
        ("time_ns", "<i8"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("height_m", "<f8"),
        ("quality", "<i8"),
        ("sd_n_m", "<f8"),
        ("sd_e_m", "<f8"),
        ("sd_u_m", "<f8"),
    ]
)
"""``time_ns`` UTC since 1970; ``quality`` RTKLIB's: 1 fixed, 2 float, 5 single."""
FIXED = 1
FAILED = b"% no solution: "
"""Begins the line that says why there is none."""
_CELLS = 13  # week, second, three of the place, quality, satellites, six standard deviations; age and ratio behind them


def read_solution(data: bytes) -> tuple[Rows, tuple[str, ...], int]:
    """(rows, why there is no solution, lines that were not understood)."""
    found, failed, strange = [], [], 0
    for line in data.splitlines():
        if line.startswith(FAILED):
            failed.append(line[len(FAILED) :].decode("utf-8", "replace"))
        if line.startswith(b"%") or not line.strip():
            continue
        cells = line.split()
        try:
            week, second, lat, lon, height = int(cells[0]), *(float(each) for each in cells[1:5])
            row = (
                utc_ns(week * WEEK_NS + round(second * 1e3) * 10**6),
                lat,
                lon,
                height,
                int(cells[5]),
                *(float(each) for each in cells[7:10]),
            )
        except (ValueError, IndexError):
            strange += 1
            continue
        strange += len(cells) < _CELLS
        found.append(row)
    return np.unique(np.array(found, dtype=SOLUTION)), tuple(failed), strange
