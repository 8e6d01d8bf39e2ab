# SPDX-License-Identifier: Apache-2.0
"""Own geodesy against pyproj and forty-digit arithmetic."""

from __future__ import annotations

import mpmath
import numpy as np
import pyproj
import pytest

from probes.gnss.truth.geodesy import CGCS2000, WGS84, Ellipsoid, Origin, ecef, enu, from_enu, geodetic

PLACES = [Origin(30.5, 114.3, 45.0), Origin(-33.9, 18.4, 1200.0), Origin(0.0, -179.9999, 0.0), Origin(89.0, 10.0, 30.0)]
TOLERANCE_M = 1e-8


def offsets(origin: Origin) -> np.ndarray:
    """East, north, up from centimetres to 50 km around a place, shape (n, 3)."""
    random = np.random.default_rng(5)
    size = 10.0 ** random.uniform(-2, np.log10(50_000), 200)
    direction = random.uniform(0, 2 * np.pi, 200)
    return np.stack([size * np.cos(direction), size * np.sin(direction), random.uniform(-50, 50, 200)], axis=1)


def exact_enu(lat: float, lon: float, height: float, origin: Origin, shape: Ellipsoid) -> list[float]:
    """East, north, up in forty digits."""
    with mpmath.workdps(40):

        def cartesian(p: float, q: float, h: float) -> mpmath.matrix:
            a, f = mpmath.mpf(shape.a_m), mpmath.mpf(shape.flattening)
            e2, b, l = f * (2 - f), mpmath.radians(mpmath.mpf(p)), mpmath.radians(mpmath.mpf(q))  # noqa: E741
            n = a / mpmath.sqrt(1 - e2 * mpmath.sin(b) ** 2)
            r = (n + h) * mpmath.cos(b)
            return mpmath.matrix([r * mpmath.cos(l), r * mpmath.sin(l), (n * (1 - e2) + h) * mpmath.sin(b)])

        d = cartesian(lat, lon, height) - cartesian(origin.lat_deg, origin.lon_deg, origin.height_m)
        b, l = mpmath.radians(mpmath.mpf(origin.lat_deg)), mpmath.radians(mpmath.mpf(origin.lon_deg))  # noqa: E741
        sb, cb, sl, cl = mpmath.sin(b), mpmath.cos(b), mpmath.sin(l), mpmath.cos(l)
        east = -sl * d[0] + cl * d[1]
        north = -sb * cl * d[0] - sb * sl * d[1] + cb * d[2]
        return [float(east), float(north), float(cb * cl * d[0] + cb * sl * d[1] + sb * d[2])]


@pytest.mark.parametrize("origin", PLACES, ids=str)
def test_enu_agrees_with_pyproj_to_fifty_kilometres(origin: Origin) -> None:
    lat, lon, height = from_enu(offsets(origin), origin)
    pipeline = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        f"+step +proj=topocentric +ellps=WGS84 +lat_0={origin.lat_deg} +lon_0={origin.lon_deg} +h_0={origin.height_m}"
    )
    theirs = np.stack(pipeline.transform(lon, lat, height), axis=1)
    assert np.abs(enu(lat, lon, height, origin) - theirs).max() < TOLERANCE_M


@pytest.mark.parametrize("origin", PLACES, ids=str)
@pytest.mark.parametrize("shape", [WGS84, CGCS2000], ids=["wgs84", "cgcs2000"])
def test_enu_agrees_with_forty_digits(origin: Origin, shape: Ellipsoid) -> None:
    lat, lon, height = from_enu(offsets(origin)[:25], origin, shape)
    ours = enu(lat, lon, height, origin, shape)
    for row, one in enumerate(zip(lat.tolist(), lon.tolist(), height.tolist(), strict=True)):
        assert np.abs(ours[row] - exact_enu(*one, origin, shape)).max() < TOLERANCE_M


@pytest.mark.parametrize("origin", PLACES, ids=str)
def test_there_and_back_is_the_same_place(origin: Origin) -> None:
    there = offsets(origin)
    assert np.abs(enu(*from_enu(there, origin), origin) - there).max() < TOLERANCE_M
    lat, lon, height = from_enu(there, origin)
    again = geodetic(ecef(lat, lon, height))
    assert np.abs(again[2] - height).max() < TOLERANCE_M


def test_geonet_pillars_are_where_rtklib_says(shared_data) -> None:
    # header of the .pos file: the base, printed by rnx2rtkp from the RINEX position below
    text = shared_data("gnss", "geonet", "0759_kinematic_L1L2.pos").read_text()
    line = next(line for line in text.splitlines() if line.startswith("% ref pos"))
    lat, lon, height = (float(each) for each in line.split(":")[1].split())
    ours = geodetic(np.array([[-3978242.4348, 3382841.1715, 3649902.7667]]))
    assert abs(ours[0][0] - lat) < 6e-10
    assert abs(ours[1][0] - lon) < 6e-10
    assert abs(ours[2][0] - height) < 6e-5
