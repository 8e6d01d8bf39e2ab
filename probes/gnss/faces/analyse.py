# SPDX-License-Identifier: Apache-2.0
"""One log, no campaign: what it holds, how complete it is, how far from a truth, how far from its own mean.

The same columns and the same formulas as in a verdict, without gates and without a verdict. Lengths in m, times in s.
"""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from harness.errors import StatisticsError, UsageError
from harness.kit.files import bytes_of
from harness.stats import rms
from probes.gnss.digests.blocks import accuracy_block, by_quality
from probes.gnss.digests.deviation import Deviations, compared, prepared
from probes.gnss.digests.epochs import Gap, expected_epochs, gaps, interval_ns, silences
from probes.gnss.digests.log import Log
from probes.gnss.faces.observations import page_of
from probes.gnss.faces.recordings import Recording, read_recording, remarks
from probes.gnss.formats.decode import COUNTED
from probes.gnss.formats.kernel import BAD, TRUNCATED
from probes.gnss.formats.nmea import FIXED
from probes.gnss.formats.rtcm import systems
from probes.gnss.formats.timeline import BEIDOU
from probes.gnss.measurands.availability import times_to_fix
from probes.gnss.truth.geodesy import Origin, enu
from probes.gnss.truth.settings import Comparison, Point, ReceiverSettings

FORMATS = get_args(ReceiverSettings.model_fields["format"].annotation)
"""Where epochs can come from."""
Floats = npt.NDArray[np.float64]
_RISK = 0.05
_SYSTEMS = ("unknown", "GPS", "GLONASS", "Galileo", "BeiDou", "QZSS", "NavIC")


def arguments(parser: ArgumentParser) -> None:
    """The command line of ``yanshou analyse gnss``."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="接收机原始输出 / a receiver's raw output")
    parser.add_argument(
        "--truth",
        metavar="LAT,LON,H",
        help="接收机静止于此（度，大地高 m）；南纬写 --truth=-33.8,… / the receiver is at rest here (degrees, ellipsoidal m); write --truth=-33.8,… south of the equator",
    )
    parser.add_argument(
        "--trajectory",
        metavar="CSV",
        help="真实轨迹：time 与 e,n,u 或 lat,lon,height / where the receiver truly was: time and e,n,u or lat,lon,height",
    )
    parser.add_argument("--origin", metavar="LAT,LON,H", help="轨迹坐标的原点 / where the trajectory's axes stand")
    parser.add_argument("--latency", choices=("report", "correct"), default="report")
    parser.add_argument(
        "--rate",
        type=float,
        metavar="HZ",
        help="标称频率；缺省取最常见的间隔 / nominal rate; else the most frequent interval",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="指定格式；缺省取第一个能读出历元的 / instead of the first format that finds an epoch in the file",
    )
    parser.add_argument(
        "--columns",
        metavar="time=A,lat=B,…",
        help="CSV 的列名：time、lat、lon、height、quality / a CSV's columns: time, lat, lon, height, quality",
    )
    parser.add_argument(
        "--qualities", metavar="WORD=4,…", help="CSV 中表示 GGA 定位质量的词 / a CSV's words for GGA's qualities"
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    return analyse_gnss(options.files, vars(options))


def analyse_gnss(paths: Sequence[str | Path], options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Counts, availability, accuracy and precision of each log, as JSON values.

    ``options``: ``truth`` "LAT,LON,H" (degrees, ellipsoidal m) for a receiver at rest; or ``trajectory`` (CSV) and
    ``origin`` "LAT,LON,H" for a moving one, with ``latency`` "report" (default) or "correct"; ``rate`` in Hz;
    ``format`` (of :class:`probes.gnss.truth.settings.ReceiverSettings`), for a CSV with ``columns`` and ``qualities`` "NAME=VALUE,…".
    UsageError for options that do not fit together, InstrumentError for a file that cannot be read.
    """
    given = {key: value for key, value in (options or {}).items() if value is not None}
    settings = _settings(given)
    kind, config = given.get("format", "csv" if "columns" in given else ""), _mappings(given)
    if kind == "csv" and not {"time", "lat", "lon", "height", "quality"} <= set(config["columns"]):
        cure = "write --columns time=A,lat=B,lon=C,height=D,quality=E with the CSV's own names."
        raise UsageError("A CSV needs to be told its columns.", cure=cure)
    return {"kind": "gnss", "files": [_analyse(Path(path), settings, kind, config) for path in paths]}


def _mappings(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """``columns`` and ``qualities`` from NAME=VALUE,…."""
    found = {}
    for name in ("columns", "qualities"):
        pairs = [each.partition("=") for each in str(given.get(name, "")).split(",") if each]
        if not all(key and value for key, _, value in pairs):
            msg = f"--{name} is {given[name]!r}."
            raise UsageError(msg, cure="write NAME=VALUE,NAME=VALUE.")
        found[name] = {key.strip(): value.strip() for key, _, value in pairs}
    if not all(len(value) == 1 and value.isdecimal() for value in found["qualities"].values()):
        raise UsageError("--qualities must name GGA's qualities, 0 to 9.", cure="write FIXED=4,FLOAT=5,SINGLE=1.")
    return found


def _settings(given: Mapping[str, Any]) -> Comparison:
    if "truth" in given and "trajectory" in given:
        raise UsageError("A receiver is at rest or moves, not both.", cure="give --truth or --trajectory.")
    if ("trajectory" in given) != ("origin" in given):
        raise UsageError("--trajectory and --origin belong together.", cure="give both, origin as LAT,LON,HEIGHT.")
    if "trajectory" in given:
        bytes_of(Path(given["trajectory"]), 0)
    if not 0 < float(given.get("rate", 1)) < math.inf:
        msg = f"A rate of {given['rate']} Hz."
        raise UsageError(msg, cure="give --rate as epochs a second, above zero.")
    place = given.get("truth", given.get("origin"))
    point = None if place is None else _place(place)
    return Comparison.model_validate(
        {
            "mode": "dynamic" if "trajectory" in given else "static",
            "origin" if "trajectory" in given else "truth": point,
            "trajectory": str(given["trajectory"]) if "trajectory" in given else None,
            "rate": f"{float(given['rate'])!r} Hz" if "rate" in given else None,
            "latency": given.get("latency", "report"),
        }
    )


def _place(text: Any) -> Point:
    """A place without a frame of its own and without an uncertainty."""
    cells = text.split(",") if isinstance(text, str) else list(text)
    try:
        lat, lon, height = (float(cell) for cell in cells)
    except (TypeError, ValueError):
        msg = f"{text!r} is not a place."
        raise UsageError(
            msg, cure="write LAT,LON,HEIGHT in degrees and ellipsoidal metres, like 30.5,114.3,45.0."
        ) from None
    if not (-90 <= lat <= 90 and -180 <= lon <= 360):
        msg = f"{text!r} is not on the Earth."
        raise UsageError(msg, cure="write latitude first, then longitude, in degrees.")
    own = {"frame": "WGS84", "epoch": 2000.0, "u_horizontal": "1 nm", "u_vertical": "1 nm"}
    return Point.model_validate({"lat": lat, "lon": lon - 360 * (lon > 180), "height": height, **own})


def _analyse(path: Path, settings: Comparison, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    recording = read_recording(path, kind, config)
    kind, counts = recording.format, _counts(recording)
    log, left_out = prepared(recording.log, settings)
    del recording  # its columns are no longer needed where the log is long
    found = None
    if settings.reference is not None:
        found = compared(log, settings, Path(settings.trajectory) if settings.trajectory else None)
        left_out |= {key: count for key, count in found.left_out.items() if key not in left_out}
    return {
        "path": str(path),
        "format": kind,
        "counts": {**log.counts, "by_id": dict(log.by_id), "unread": dict(log.unread), **counts},
        "beidou": _beidou(log),
        "availability": _availability(log, settings),
        "accuracy": {} if found is None else _by_quality(found.log, found.enu_m),
        "precision": _precision(log),
        "latency_s": _latency(found),
        "observations": page_of(path),
        "left_out": left_out,
        "events": [
            {"event": COUNTED[which], "offset": offset, "bytes": length}
            for which, offset, length in log.events.tolist()
        ],
        "remarks": list(remarks(path, log, found, settings)),
    }


def _counts(recording: Recording) -> dict[str, Any]:
    """Epochs by quality and by decimals of a minute, those without a time as well."""
    return {
        "gga_quality": _histogram(recording.quality[recording.quality >= 0]),
        "minute_decimals": _histogram(recording.decimals[recording.decimals >= 0]),
    }


def _histogram(values: npt.NDArray[Any]) -> dict[str, int]:
    found, counts = np.unique(values, return_counts=True)
    return {str(value): int(count) for value, count in zip(found, counts, strict=True)}


def _beidou(log: Log) -> dict[str, Any]:
    """BeiDou in view by signal (GSV) and in the solution (GSA, GNS); shares are of epochs with a position."""
    solved = log.beidou[log.epochs["quality"] > 0]
    used = int(np.count_nonzero(solved > 0))
    return {
        "gsv_by_signal": _signals(log, BEIDOU),
        "gsv_by_system": {
            name: _signals(log, system) for system, name in enumerate(_SYSTEMS) if log.signals[system].any()
        },
        "used_epochs": used,
        "used_share": used / len(solved) if len(solved) else None,
        "rtcm3_by_type": {str(kind): count for kind, count in log.rtcm3.items()},
        "rtcm3_by_system": systems(log.rtcm3),
        "unknown_epochs": int(np.count_nonzero(solved < 0)),
        "satellites_used_by_system": {_SYSTEMS[system]: count for system, count in log.used.items() if system < 7},
    }


def _signals(log: Log, system: int) -> dict[str, int]:
    names = ["none", *"0123456789ABCDEF"]
    return {name: int(count) for name, count in zip(names, log.signals[system], strict=True) if count}


def _availability(log: Log, settings: Comparison) -> dict[str, Any]:
    expected, fixes = expected_epochs(log, settings), np.unique(log.time_ns[log.epochs["quality"] == FIXED])
    lost = gaps(log, settings)
    told = [*silences(log, settings), *(gap for gap in lost if not gap.silent)]
    return {
        "expected_epochs": expected,
        "received_epochs": len(log),
        "fixed_epochs": len(fixes),
        "fix_rate_of_expected": len(fixes) / expected if expected else None,
        "fix_rate_of_received": len(fixes) / len(np.unique(log.time_ns)) if len(log) else None,
        "gaps": [_gap(gap, log) for gap in sorted(told, key=lambda gap: (gap.start_ns, gap.stop_ns))],
        "untimed_before": log.untimed[1],
        "ttff_fixed_s": first[0] if (first := times_to_fix(log, (), interval_ns(log, settings))[0]) else None,
        "dated": log.dated,
    }


def _gap(gap: Gap, log: Log) -> dict[str, Any]:
    cause = "no fix"
    if gap.silent:
        cause = "damaged sentence" if _damaged(gap, log) else "silence"
    start = datetime.fromtimestamp(gap.start_ns // 10**9, UTC).isoformat()[:19]
    start = f"{start}.{gap.start_ns % 10**9 // 10**6:03d}"
    return {
        "start": f"{start}Z" if log.dated else start[11:],
        "seconds": gap.seconds,
        "missing_epochs": gap.missing,
        "cause": cause,
    }


def _damaged(gap: Gap, log: Log) -> bool:
    """Whether a damaged sentence stands between the last epoch before the gap and the first one after it."""
    first, last = np.searchsorted(log.time_ns, [gap.start_ns, gap.stop_ns]).clip(0, len(log) - 1)
    low, high = sorted((log.position[first], log.position[last]))
    inside = (log.events[:, 1] > low) & (log.events[:, 1] < high)
    return bool(np.isin(log.events[inside, 0], (BAD, TRUNCATED)).any())


def _by_quality(log: Log, enu_m: Floats) -> dict[str, Any]:
    return {value: _block(errors) for value, errors in by_quality(log.epochs["quality"], enu_m).items()}


def _precision(log: Log) -> dict[str, Any]:
    """The same figures about the own mean of each quality: scatter, never accuracy."""
    blocks, quality, lat_deg = {}, log.epochs["quality"], log.epochs["lat_deg"]
    for value in np.unique(quality[quality > 0]):
        mine = (quality == value) & np.isfinite(lat_deg)
        if not mine.any():
            continue
        lat, lon = lat_deg[mine], log.epochs["lon_deg"][mine]
        separation = log.epochs["separation_m"][mine]
        height = log.epochs["altitude_m"][mine]  # two kinds of height are never averaged
        height = height if np.isnan(separation).all() else height + separation
        has_height = np.isfinite(height).any()
        middle = Origin(float(lat.mean()), mean_longitude(lon), float(np.nanmean(height)) if has_height else 0.0)
        enu_m = enu(lat, lon, np.nan_to_num(height, nan=middle.height_m), middle)
        enu_m[np.isnan(height), 2] = np.nan
        enu_m -= np.nan_to_num([*enu_m[:, :2].mean(axis=0), np.nanmean(enu_m[:, 2]) if has_height else 0.0])
        place = {"mean_lat_deg": middle.lat_deg, "mean_lon_deg": middle.lon_deg}
        blocks[str(value)] = {**_figures(enu_m), **place, "mean_height_m": middle.height_m if has_height else None}
    return blocks


def mean_longitude(lon_deg: Floats) -> float:
    """The mean of longitudes, also on both sides of the antimeridian."""
    first = float(lon_deg[0])
    mean = first + float(((lon_deg - first + 180) % 360 - 180).mean())
    return (mean + 180) % 360 - 180


def _figures(enu_m: Floats) -> dict[str, Any]:
    """Every customary figure of errors east, north, up, with mean and RMS of each axis."""
    up = enu_m[np.isfinite(enu_m[:, 2]), 2]
    return accuracy_block(enu_m) | {
        "mean_enu_m": [*(float(each) for each in enu_m[:, :2].mean(axis=0)), float(up.mean()) if len(up) else None],
        "rms_enu_m": [
            *(float(each) for each in np.sqrt((enu_m[:, :2] ** 2).mean(axis=0))),
            float(np.sqrt((up**2).mean())) if len(up) else None,
        ],
    }


def _block(enu_m: Floats) -> dict[str, Any]:
    """The figures with one-sided 95 % bounds of the RMS where the record is long enough."""
    block, up = _figures(enu_m), enu_m[np.isfinite(enu_m[:, 2]), 2]
    for name, errors in (("horizontal", enu_m[:, :2]), ("vertical", up[:, None])):
        bounds = _bounds(errors)
        block[f"{name}_rms_bounds_m"] = None if bounds is None else [bounds.lower, bounds.upper]
        block["n_eff" if name == "horizontal" else "n_eff_vertical"] = None if bounds is None else _effective(bounds)
    return block


def _effective(bounds: rms.RmsBounds) -> float:
    """Independent epochs behind an RMS; where the record is too short for bounds, epochs over autocorrelation time."""
    return bounds.n_eff if bounds.lower is not None else bounds.n / bounds.tau


def _bounds(errors: Floats) -> rms.RmsBounds | None:
    try:
        return rms.bounds((errors**2).sum(axis=1), errors.shape[1], _RISK)
    except StatisticsError:
        return None


def _latency(found: Deviations | None) -> dict[str, Any] | None:
    if found is None or found.latency_s is None:
        return None
    value, uncertainty = found.latency_s
    return {"value": value, "uncertainty": uncertainty, "corrected": found.settings.latency == "correct"}
