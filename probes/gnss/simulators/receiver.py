# SPDX-License-Identifier: Apache-2.0
"""A receiver that exists only as numbers: bias, autocorrelated noise, float periods, wrong fixes, gaps, latency.

Everything it does is known, so it can tell whether the probe finds it. Columns are drawn from one seeded generator and
formatted column by column; an hour at 10 Hz takes about two seconds. Its logs are labelled as simulated evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import UsageError
from probes.gnss.formats.nmea import sealed
from probes.gnss.simulators.device import Receiver, RecordedReceiver
from probes.gnss.truth.geodesy import CGCS2000, from_enu

Floats = npt.NDArray[np.float64]
_GSV_CACHE_S = 60
"""Sky positions and signal strengths change once a minute."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What a simulated receiver did, one row an epoch that was sent: seconds from the start, truth and report in m, quality."""

    seconds: Floats
    truth_m: Floats
    reported_m: Floats
    quality: npt.NDArray[np.int64]
    age_s: Floats


def simulate(device: Receiver) -> Run:
    """Play the receiver: truth, errors, qualities, silence; the same seed gives the same run."""
    random = np.random.default_rng(device.seed)
    seconds = np.arange(round(device.duration * device.rate)) / device.rate
    count = len(seconds)
    quality = np.full(count, 4)
    quality[_during(seconds, device.float_every, device.float_for)] = 5
    wrong = _during(seconds, device.wrong_every, device.wrong_for)
    quality[seconds < device.cold_start] = 5
    quality[seconds < device.cold_start / 2] = 1
    quality[_during(seconds, device.blind_every, device.blind_for)] = 0
    factor = np.array([1.0, 500.0, 100.0, 1.0, 1.0, 60.0])[quality]
    noise = np.stack([ar1(random, count, device.noise_tau * device.rate) for _ in range(3)], axis=1)
    errors = noise * np.array([device.sd_h, device.sd_h, device.sd_v]) * factor[:, None]
    errors += np.array([device.bias_e, device.bias_n, device.bias_u])
    errors[wrong] += np.array([0.6, -0.5, 0.62]) * device.wrong_m
    sent = ~_during(seconds, device.gap_every, device.gap_for)
    reported = track(device, seconds - device.latency) + errors
    age = np.where(quality >= 4, 1.0 + np.floor(seconds) % 3, np.nan)
    return Run(seconds[sent], track(device, seconds)[sent], reported[sent], quality[sent], age[sent])


def ar1(random: np.random.Generator, count: int, tau: float) -> Floats:
    """Stationary first-order autoregression with unit variance and correlation time ``tau`` in samples, shape (count,)."""
    phi = math.exp(-1 / tau) if tau > 0 else 0.0
    drive = random.standard_normal(count)
    drive[1:] *= math.sqrt(1 - phi * phi)
    return np.fromiter(accumulate(drive.tolist(), lambda value, push: phi * value + push), np.float64, count)


def track(device: Receiver, seconds: Floats) -> Floats:
    """Where the antenna truly is: at rest in the origin, or on the circle around it; east, north, up in m."""
    if device.radius == 0:
        return np.zeros((len(seconds), 3))
    angle = seconds * device.speed / device.radius
    return np.stack([device.radius * np.sin(angle), device.radius * np.cos(angle), 0.02 * np.sin(angle)], axis=1)


def velocity(device: Receiver, seconds: Floats) -> Floats:
    """Derivative of :func:`track` in m/s, shape (n, 3)."""
    if device.radius == 0:
        return np.zeros((len(seconds), 3))
    turn = device.speed / device.radius
    angle = seconds * turn
    return np.stack([device.speed * np.cos(angle), -device.speed * np.sin(angle), 0.02 * turn * np.cos(angle)], axis=1)


def nmea(device: Receiver, run: Run) -> bytes:
    """The run as a log: GGA and RMC each epoch, and with ``full`` GSA and GST each epoch, GSV once a second."""
    return b"".join(bursts(device, run))


def bursts(device: Receiver, run: Run) -> Iterator[bytes]:
    """What the receiver sends at each epoch of the run, in order."""
    lat, lon, height = from_enu(run.reported_m, device.origin, CGCS2000)
    clock, dates = _clock(device, run.seconds)
    lats, lons = _angle(lat, device.decimals, 2, "NS"), _angle(lon, device.decimals, 3, "EW")
    heights = [f"{each:.{device.height_decimals}f}" for each in height - device.separation]
    ages = ["" if math.isnan(each) else f"{each:.1f}" for each in run.age_s]
    sats, used = _used(device)
    shown = -1
    for i, quality in enumerate(run.quality.tolist()):
        if quality == 0:
            yield _blind(device, clock[i], dates[i])
            continue
        fix = f"{quality},{sats},0.6,{heights[i]},M,{device.separation:.4f},M,{ages[i]},{'0001' if quality in {4, 5} else ''}"
        place, mode, tid = f"{lats[i]},{lons[i]}", _MODES.get(quality, "A"), device.talker
        sent = sealed(f"{tid}GGA,{clock[i]},{place},{fix}")
        sent += sealed(f"{tid}RMC,{clock[i]},A,{place},0.0,,{dates[i]},,,{mode},V")
        if device.full:
            sigma = device.sd_h * {4: 1.0, 5: 60.0}.get(quality, 500.0)
            sent += used + sealed(f"{tid}GST,{clock[i]},1.0,,,,{sigma:.4f},{sigma:.4f},{2 * sigma:.4f}")
            if int(run.seconds[i] / device.sky_every) != shown:
                shown = int(run.seconds[i] / device.sky_every)
                sent += _sky(device, int(run.seconds[i]) // _GSV_CACHE_S)
        yield sent


_MODES = {4: "R", 5: "F"}


def _blind(device: Receiver, clock: str, date: str) -> bytes:
    """What a receiver says that hears no satellite."""
    tid = device.talker
    sent = sealed(f"{tid}GGA,{clock},,,,,0,00,99.99,,,,,,") + sealed(f"{tid}RMC,{clock},V,,,,,,,{date},,,N,V")
    return sent + sealed(f"{tid}GSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99,4") if device.full else sent


def trajectory_csv(device: Receiver) -> bytes:
    """The truth as a reference trajectory: Unix time, east, north, up, and velocity, a second beyond both ends."""
    rate = device.truth_rate
    seconds = np.arange(-rate, (device.duration + 1) * rate) / rate
    start = _start(device).timestamp()
    table = np.column_stack([track(device, seconds), velocity(device, seconds)])
    rows = [
        f"{start + second:.3f}," + ",".join(f"{value:.6f}" for value in row)
        for second, row in zip(seconds.tolist(), table.tolist(), strict=True)
    ]
    return ("time,e,n,u,ve,vn,vu\n" + "\n".join(rows) + "\n").encode()


@contextmanager
def receiver(config: Mapping[str, Any], folder: Path) -> Iterator[Mapping[str, Any]]:
    """Simulate a receiver into files: ``file``, ``truth``, ``positions``; moving also ``trajectory``, ``origin``.

    They lie in a temporary folder, or in the one that ``folder`` names, where they stay. SpecError for a setting that
    :class:`RecordedReceiver` does not have.
    """
    from tempfile import TemporaryDirectory

    device = RecordedReceiver.parse(config)
    with TemporaryDirectory(prefix="yanshou-gnss-") as name:
        place = Path(name) if device.folder is None else folder / device.folder
        try:
            place.mkdir(parents=True, exist_ok=True)
            log = place / "receiver.nmea"
            log.write_bytes(b"".join(nmea(each, simulate(each)) for each in visits(device)))
        except OSError as error:
            msg = f"{place} cannot be written to: {error.strerror}."
            raise UsageError(msg, cure="name a folder you may write to.") from None
        yield {"file": str(log), **surroundings(device, place)}


def visits(device: Receiver) -> list[Receiver]:
    """The receiver of each session, each with its start, its noise and its own error."""
    random, first = np.random.default_rng([device.seed, device.sessions]), _start(device)
    if device.sessions == 1 and not device.session_sd:
        return [device]
    own = random.normal(0.0, device.session_sd, (device.sessions, 3))
    return [
        device.but(
            seed=device.seed + 1000 * number,
            start=(first + timedelta(seconds=number * device.apart)).isoformat(),
            bias_e=device.bias_e + float(own[number, 0]),
            bias_n=device.bias_n + float(own[number, 1]),
            bias_u=device.bias_u + float(own[number, 2]),
            sessions=1,
            session_sd=0.0,
        )
        for number in range(device.sessions)
    ]


def surroundings(device: Receiver, folder: Path) -> dict[str, Any]:
    """What a profile says about a simulated receiver: ``truth``, ``positions``; moving also ``trajectory``, ``origin``."""
    place = {
        "lat": device.lat,
        "lon": device.lon,
        "height": device.height,
        "frame": "CGCS2000",
        "epoch": 2000.0,
        "u_horizontal": "0.5 mm",
        "u_vertical": "1 mm",
    }
    known: dict[str, Any] = {"truth": place, "positions": {"frame": "CGCS2000", "epoch": 2000.0}}
    if device.radius:
        path = folder / "trajectory.csv"
        head, *tables = (trajectory_csv(each).split(b"\n", 1) for each in visits(device))
        path.write_bytes(b"\n".join(head) + b"".join(rows for _, rows in tables))
        known |= {"trajectory": str(path), "origin": place}
    if device.sessions > 1:
        known["power_on"] = [_start(each).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for each in visits(device)]
    return known


def device_of(config: Mapping[str, Any]) -> Receiver:
    """The receiver that a profile describes; SpecError names what is wrong."""
    return Receiver.parse(config)


def _during(seconds: Floats, every: float, length: float) -> npt.NDArray[np.bool_]:
    """When something that begins every ``every`` s, first after half of that, lasts ``length`` s."""
    if every <= 0:
        return np.zeros(len(seconds), dtype=np.bool_)
    return np.asarray((seconds - every / 2) % every < length) & (seconds >= every / 2)


def _start(device: Receiver) -> datetime:
    moment = datetime.fromisoformat(device.start)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _clock(device: Receiver, seconds: Floats) -> tuple[list[str], list[str]]:
    """Time of day hhmmss.ss and date ddmmyy of each epoch."""
    start = _start(device)
    moments = [start + timedelta(milliseconds=round(each * 1000)) for each in seconds.tolist()]
    times = [f"{each:%H%M%S}.{each.microsecond // 10000:02d}" for each in moments]
    return times, [f"{each:%d%m%y}" for each in moments]


def _angle(degrees: Floats, decimals: int, width: int, sides: str) -> list[str]:
    """dddmm.mmm with its hemisphere, rounded once to ``decimals`` of a minute."""
    scale = 10**decimals
    units = np.rint(np.abs(degrees) * 60 * scale).astype(np.int64)
    whole, rest = np.divmod(units, 60 * scale)
    minutes, fraction = np.divmod(rest, scale)
    letters = np.where(degrees < 0, sides[1], sides[0])
    return [
        f"{d:0{width}d}{m:02d}.{f:0{decimals}d},{letter}"
        for d, m, f, letter in zip(whole.tolist(), minutes.tolist(), fraction.tolist(), letters.tolist(), strict=True)
    ]


_SYSTEMS: Sequence[tuple[int, str, int, str]] = (
    (1, "GP", 9, "16"),
    (2, "GL", 6, "13"),
    (3, "GA", 6, "72"),
    (4, "GB", 11, "18"),
)
"""NMEA system ID, talker, satellites, signal IDs (NMEA 0183 4.11: GPS L1 C/A and L2C, GLONASS L1 and L2, Galileo E1 and E5b, BeiDou B1I and B3I)."""


def _used(device: Receiver) -> tuple[str, bytes]:
    """Number of satellites used, and the GSA sentences that say which."""
    systems = [each for each in _SYSTEMS if str(each[0]) in device.systems]
    lines = []
    for system, _, used, _ in systems:
        names = [f"{prn:02d}" for prn in range(1, used + 1)] + [""] * (12 - used)
        lines.append(sealed(f"{device.talker}GSA,A,3,{','.join(names)},1.1,0.6,0.9,{system}"))
    return f"{sum(used for _, _, used, _ in systems):02d}", b"".join(lines)


def _sky(device: Receiver, minute: int) -> bytes:
    """GSV of every system and signal at a minute of the run; each system stands elsewhere in the sky."""
    lines = []
    for system, talker, used, signals in _SYSTEMS:
        if str(system) not in device.systems:
            continue
        pages = -(-used // 4)
        for band, signal in enumerate(signals):
            for page in range(pages):
                cells = [_cell(system, prn, minute, band) for prn in range(page * 4 + 1, min(used, page * 4 + 4) + 1)]
                lines.append(sealed(f"{talker}GSV,{pages},{page + 1},{used:02d},{','.join(cells)},{signal}"))
    return b"".join(lines)


def _cell(system: int, prn: int, minute: int, band: int) -> str:
    """Satellite, elevation, azimuth, C/N0: higher ones are stronger, the second signal a little weaker."""
    elevation = 12 + (prn * 23 + system * 17) % 66
    azimuth = (prn * 137 + system * 53 + minute) % 360
    return f"{prn:02d},{elevation:02d},{azimuth:03d},{33 + elevation // 6 + (prn + minute) % 3 - 3 * band:02d}"
