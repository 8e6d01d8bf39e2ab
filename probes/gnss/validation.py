# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of positioning: points of the ellipsoid, and logs written here with offsets, gaps and damage that are known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.kit.validation import Case

_A, _F = 6378137.0, 1 / 298.257223563
"""WGS 84: semi-major axis, flattening."""
_LAT, _LON, _H = 30.5, 114.25, 20.0
_EPOCHS, _MISSING, _FLOAT, _DAMAGED = 60, frozenset({20, 21, 22}), frozenset({40}), frozenset({50})
_MINUTES = 0.000011
"""How far north every position is, in minutes of arc."""


def cases() -> Iterator[Case]:
    """Corners of the ellipsoid, the way there and back, and one log of a minute."""
    b = _A * (1 - _F)
    corners: dict[tuple[int, int], tuple[float, float, float]] = {
        (0, 0): (_A, 0, 0),
        (0, 90): (0, _A, 0),
        (90, 0): (0, 0, b),
        (-90, 0): (0, 0, -b),
        (0, 180): (-_A, 0, 0),
    }
    for (lat_deg, lon_deg), place in corners.items():
        yield Case(
            f"ecef-{lat_deg}-{lon_deg}",
            "WGS 84 by definition",
            partial(_ecef, lat_deg, lon_deg, 0.0),
            list(place),
            absolute=1e-8,
        )
        higher = [each * (1 + 100 / math.hypot(*place)) for each in place]
        yield Case(
            f"ecef-{lat_deg}-{lon_deg}-100m",
            "WGS 84 by definition",
            partial(_ecef, lat_deg, lon_deg, 100.0),
            higher,
            absolute=1e-8,
        )
    for lat in (-80.0, -33.5, 0.25, 30.5, 45.0, 71.0):
        back = [lat, 114.25, 123.4]
        yield Case(f"geodetic-{lat:g}", "there and back", partial(_back, *back), back, absolute=1e-8)
        yield Case(f"enu-up-{lat:g}", "constructed", partial(_up, lat), [0.0, 0.0, 5.0], absolute=1e-8)
        yield Case(f"enu-north-{lat:g}", "meridian radius of curvature", partial(_north, lat), _meridian_m(lat) * math.radians(1e-5), absolute=1e-6)  # fmt: skip
    north = _meridian_m(_LAT) * math.radians(_MINUTES / 60)
    truth: dict[str, float] = {
        "availability.expected_epochs": _EPOCHS,
        "availability.received_epochs": _EPOCHS - len(_MISSING | _DAMAGED),
        "availability.fixed_epochs": _EPOCHS - len(_MISSING | _DAMAGED | _FLOAT),
        "counts.bad_checksum": len(_DAMAGED),
        "counts.gga_quality.5": len(_FLOAT),
        "accuracy.4.n": _EPOCHS - len(_MISSING | _DAMAGED | _FLOAT),
        "accuracy.4.horizontal_rms_m": north,
        "accuracy.4.horizontal_p95_m": north,
        "accuracy.4.vertical_rms_m": 0.25,
        "precision.4.horizontal_rms_m": 0.0,
    }
    for what, expected in truth.items():
        yield Case(f"log-{what}", "constructed", partial(_of, what), expected, absolute=0.0 if isinstance(expected, int) else 2e-5)  # fmt: skip


def _meridian_m(lat_deg: float) -> float:
    e2 = _F * (2 - _F)
    return _A * (1 - e2) / math.pow(1 - e2 * math.sin(math.radians(lat_deg)) ** 2, 1.5)


def _ecef(lat: float, lon: float, height: float) -> list[float]:
    from probes.gnss.truth.geodesy import ecef

    return _flat(ecef(*_place(lat, lon, height)))


def _back(lat: float, lon: float, height: float) -> list[float]:
    from probes.gnss.truth.geodesy import ecef, geodetic

    return [float(each[0]) for each in geodetic(ecef(*_place(lat, lon, height)))]


def _up(lat: float) -> list[float]:
    from probes.gnss.truth.geodesy import Origin, enu

    return _flat(enu(*_place(lat, 114.25, 25.0), Origin(lat, 114.25, 20.0)))


def _north(lat: float) -> float:
    from probes.gnss.truth.geodesy import Origin, enu

    return _flat(enu(*_place(lat + 1e-5, 114.25, 0.0), Origin(lat, 114.25, 0.0)))[1]


def _place(lat: float, lon: float, height: float) -> tuple[Any, Any, Any]:
    import numpy as np

    return np.array([lat], float), np.array([lon], float), np.array([height], float)


def _flat(found: Any) -> list[float]:
    import numpy as np

    return [float(each) for each in np.asarray(found).ravel()]


@cache
def _analysed() -> dict[str, Any]:
    from probes.gnss.faces.analyse import analyse_gnss

    with TemporaryDirectory() as folder:
        path = Path(folder) / "log.nmea"
        path.write_bytes(b"".join(_sentences()))
        found: dict[str, Any] = analyse_gnss([path], {"truth": f"{_LAT},{_LON},{_H}"})["files"][0]
        return found


def _of(what: str) -> Any:
    found: Any = _analysed()
    for key in what.split("."):
        found = found[key]
    return found


def _sentences() -> Iterator[bytes]:
    """A GGA a second, 25 cm too high and a little north; some missing, one float, one damaged (NMEA 0183)."""
    minutes = (_LAT - 30) * 60 + _MINUTES
    for second in range(_EPOCHS):
        if second in _MISSING:
            continue
        quality = 5 if second in _FLOAT else 4
        body = f"GPGGA,0800{second:02d}.00,30{minutes:09.6f},N,11415.000000,E,{quality},20,0.6,{_H + 0.25:.3f},M,0.0,M,1.0,0000"
        check = 0
        for letter in body.encode("ascii"):
            check ^= letter
        yield f"${body}*{check ^ (second in _DAMAGED):02X}\r\n".encode("ascii")
