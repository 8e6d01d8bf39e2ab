# SPDX-License-Identifier: Apache-2.0
"""Positions that are no GGA: u-blox binary, RTKLIB, Trimble, Unicore, CSV."""

from __future__ import annotations

import io
import math
import struct
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from pyubx2 import UBXMessage, UBXReader

from harness.errors import DecodeError
from harness.model import Verdict
from probes.gnss.digests.log import Log, LogSummary, whole_log
from probes.gnss.faces.analyse import FORMATS
from probes.gnss.formats.decode import Decoder, decode, decode_as
from probes.gnss.formats.segments import cuts
from probes.gnss.instruments.nmea import PROBE
from probes.gnss.simulators.receiver import device_of, nmea, sealed, simulate
from probes.gnss.truth.geodesy import CGCS2000, from_enu
from tests.probes.gnss.conftest import judged, names, placed, site, trace_of

SITE = site("0.5 mm")


def log_of(path: Path, kind: str, **config) -> Log:
    return whole_log(LogSummary((decode_as(kind, config, path),)), kind)


def ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1000) * 10**6


@pytest.mark.parametrize(
    "parts",
    [("gpsd", "ublox-zed-f9p-rtk.log"), ("gpsd", "ublox-zed-f9t-rtcm3.log"), ("semuconsulting", "pygpsdata-rtcm3.log")],
)
def test_ubx_positions_are_those_of_pyubx2(shared_data, parts) -> None:
    path = shared_data("gnss", *parts)
    theirs = [
        message
        for _, message in UBXReader(io.BytesIO(path.read_bytes()), protfilter=2, quitonerror=0)
        if message is not None and message.identity == "NAV-PVT"
    ]
    log = log_of(path, "ubx")
    assert len(log) == len(theirs) > 5
    for row, time_ns, message in zip(log.epochs, log.time_ns, theirs, strict=True):
        assert row["lat_deg"] == pytest.approx(message.lat, abs=1e-12)
        assert row["lon_deg"] == pytest.approx(message.lon, abs=1e-12)
        assert row["altitude_m"] + row["separation_m"] == pytest.approx(message.height / 1000, abs=1e-9)
        assert row["altitude_m"] == pytest.approx(message.hMSL / 1000, abs=1e-9)
        # fix type 5 is a timing receiver on a held position: no measurement of a place
        located = message.gnssFixOk and message.fixType != 5
        assert row["quality"] == ({0: 1 + message.diffSoln, 1: 5, 2: 4}[message.carrSoln] if located else 0)
        second = datetime(
            message.year, message.month, message.day, message.hour, message.min, message.second, tzinfo=UTC
        )
        assert abs(int(time_ns) - ns(second) - message.nano) < 10**6
        assert row["satellites"] == message.numSV


def test_satellites_used_are_those_of_pyubx2(shared_data) -> None:
    path = shared_data("gnss", "gpsd", "ublox-zed-f9p-rtk.log")
    used = []
    for _, message in UBXReader(io.BytesIO(path.read_bytes()), protfilter=2, quitonerror=0):
        if message is not None and message.identity == "NAV-SAT":
            each = [
                getattr(message, f"gnssId_{i:02d}")
                for i in range(1, message.numSvs + 1)
                if getattr(message, f"svUsed_{i:02d}")
            ]
            used.append((each.count(3), len(each) - each.count(3)))
    log = log_of(path, "ubx")
    assert list(zip(log.beidou.tolist(), log.others.tolist(), strict=True)) == used
    assert sum(beidou for beidou, _ in used) > 0


def precise_log(run, origin, *, fine: bool = True) -> bytes:
    """NAV-PVT, NAV-HPPOSLLH and NAV-SAT of a simulated run, made by pyubx2."""
    from probes.gnss.truth.geodesy import CGCS2000, from_enu

    lat, lon, height = from_enu(run.reported_m, origin, CGCS2000)
    out = []
    for i, second in enumerate(run.seconds.tolist()):
        carrier = {4: 2, 5: 1}.get(int(run.quality[i]), 0)
        common = {"iTOW": 100_000 + round(second * 1000), "lon": lon[i], "lat": lat[i]}
        out.append(
            UBXMessage(
                "NAV", "NAV-PVT", 0, **common, year=2026, month=11, day=21, hour=4 + int(second) // 3600, min=int(second) // 60 % 60,
                second=int(second) % 60, validDate=1, validTime=1, fixType=3, gnssFixOk=1, carrSoln=carrier, numSV=30,
                height=round(height[i] * 1000), hMSL=round(height[i] * 1000) + 12_500,
            ).serialize()
        )  # fmt: skip
        if fine:
            units = {name: round(value * 1e9) for name, value in (("lat", lat[i]), ("lon", lon[i]))}
            tenths = {"height": round(height[i] * 1e4), "hMSL": round(height[i] * 1e4) + 125_000}
            parts = {name: (value // 100, value % 100) for name, value in units.items()}
            payload = struct.pack(
                "<BxxBIiiiibbbbII", 0, 0, common["iTOW"], parts["lon"][0], parts["lat"][0], tenths["height"] // 10,
                tenths["hMSL"] // 10, parts["lon"][1], parts["lat"][1], tenths["height"] % 10, tenths["hMSL"] % 10, 100, 100,
            )  # fmt: skip
            out.append(UBXMessage("NAV", "NAV-HPPOSLLH", 0, payload=payload).serialize())
        satellites = b"".join(
            struct.pack("<BBBbhhI", system, 1 + n, 45, 60, 100, 0, 0x1F) for n in range(6) for system in (0, 3)
        )
        sat = struct.pack("<IBBxx", common["iTOW"], 1, 12) + satellites
        out.append(UBXMessage("NAV", "NAV-SAT", 0, payload=sat).serialize())
    return b"".join(out)


@pytest.mark.parametrize(("fine", "verdict"), [(True, Verdict.PASS), (False, Verdict.INVALID)])
def test_precise_positions_decide_where_the_coarse_ones_cannot(tmp_path: Path, fine: bool, verdict: Verdict) -> None:
    device = device_of({"duration": 600, "rate": 1, "noise_tau": 2})
    path = tmp_path / "0001.nmea"
    path.write_bytes(precise_log(simulate(device), device.origin, fine=fine))
    outcome, judgement = judged(
        trace_of({**SITE, "file": str(path), "format": "ubx"}), "gnss.horizontal", "rms", "<= 0.5 cm"
    )
    assert judgement.verdict is verdict
    if fine:
        assert outcome.estimate.value == pytest.approx(np.sqrt(2) * 0.002, rel=0.15)
    else:
        assert {reason.code for reason in judgement.reasons} & {"gnss.resolution", "gnss.frozen"}


def test_ubx_in_any_chunks_and_portions_is_the_same_log(tmp_path: Path) -> None:
    device = device_of({"duration": 60, "rate": 1})
    data = precise_log(simulate(device), device.origin) + nmea(device, simulate(device))
    path = tmp_path / "0001.nmea"
    path.write_bytes(data)
    whole = LogSummary((decode(path),))
    parts = reduce(LogSummary.merge, [LogSummary((decode(path, *cut, block=512),)) for cut in cuts(path, 3000)])
    assert len(whole_log(whole, "ubx")) == 60
    assert parts == whole
    decoder = Decoder("0001.nmea", block=300)
    for at in range(0, len(data), 37):
        decoder.feed(data[at : at + 37])
    assert LogSummary((decoder.finish(),)) == whole


def test_a_moving_base_tells_its_length_in_relposned(tmp_path: Path) -> None:
    random, out = np.random.default_rng(2), []
    for second in range(600):
        east, north, up = np.array([1.2, 1.6, 0.5]) + random.normal(0, 0.03, 3)
        values = [round(value * 1e4) for value in (north, east, -up)]
        payload = struct.pack("<BxHI", 1, 0, second * 1000) + b"".join(
            struct.pack("<i", value // 100) for value in values
        )
        payload += bytes(12) + b"".join(struct.pack("<b", value % 100) for value in values) + bytes(1 + 24)
        payload += struct.pack("<I", 0b0001_0101) + b""
        out.append(UBXMessage("NAV", "NAV-RELPOSNED", 0, payload=payload.ljust(64, b"\0")).serialize())
    path = tmp_path / "0001.nmea"
    path.write_bytes(b"".join(out))
    config = {
        "file": str(path),
        "format": "ubx",
        "mode": "baseline",
        "baseline": {"length": "2 m", "height": 0.5, "uncertainty": "1 mm"},
    }
    assert placed(PROBE, config, tmp_path) == []
    outcome, judgement = judged(trace_of(config), "gnss.horizontal", "rms", "<= 2 cm")
    assert outcome.estimate.value == pytest.approx(0.03, rel=0.1)
    assert judgement.verdict is Verdict.FAIL


def test_rtklib_solutions_are_the_same_epochs_as_its_nmea(shared_data) -> None:
    pos = log_of(shared_data("gnss", "geonet", "0759_kinematic_L1L2.pos"), "pos")
    sentences = log_of(shared_data("gnss", "geonet", "0759_kinematic_L1L2.nmea"), "nmea")
    assert len(pos) == len(sentences) == 115
    # GPS time is UTC and 13 leap seconds in 2005; NMEA prints hundredths of a second
    assert np.abs(pos.time_ns - sentences.time_ns).max() <= 10**6
    assert np.abs(pos.epochs["lat_deg"] - sentences.epochs["lat_deg"]).max() < 2e-9
    assert np.abs(pos.epochs["lon_deg"] - sentences.epochs["lon_deg"]).max() < 2e-9
    height = sentences.epochs["altitude_m"] + sentences.epochs["separation_m"]
    assert np.abs(pos.epochs["altitude_m"] - height).max() < 2e-3
    assert pos.epochs["quality"].tolist() == sentences.epochs["quality"].tolist()


def test_a_solution_without_date_is_read_as_it_stands(shared_data) -> None:
    path = shared_data("gnss", "wuhan", "OB_GINS_GNSS_RTK.pos")
    table = np.loadtxt(path)
    log = log_of(path, "pos")
    assert len(log) == len(table) > 1600
    assert not log.dated
    assert log.time_ns.tolist() == [round(each * 1000) * 10**6 for each in table[:, 0].tolist()]
    for name, column in (("lat_deg", 1), ("lon_deg", 2), ("altitude_m", 3)):
        assert log.epochs[name].tolist() == table[:, column].tolist()
    # nothing in it says that the solutions are fixed
    assert set(log.epochs["quality"].tolist()) == {1}
    assert set(log.epochs["decimals"].tolist()) == {8}


def test_weeks_and_seconds_are_the_same_times_as_dates(shared_data, tmp_path: Path) -> None:
    source = shared_data("gnss", "geonet", "0759_kinematic_L1L2.pos")
    lines = []
    for line in source.read_text().splitlines():
        if not line.startswith("%"):
            gps = datetime.strptime(line[:23], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
            week, rest = divmod((gps - datetime(1980, 1, 6, tzinfo=UTC)).total_seconds(), 604800)
            lines.append(f"{week:.0f} {rest:.3f} {line[23:]}\n")
    path = tmp_path / "week.pos"
    path.write_text("".join(lines))
    assert log_of(path, "pos").time_ns.tolist() == log_of(source, "pos").time_ns.tolist()


@pytest.mark.parametrize(
    "head", ["%  GPST   x-ecef(m)  y-ecef(m)", "%  GPST  e-baseline(m)", "%  GPST  latitude(d'\")  longitude(d'\")"]
)
def test_a_solution_that_is_not_in_degrees_is_refused(tmp_path: Path, head: str) -> None:
    path = tmp_path / "other.pos"
    path.write_text(f"{head}\n2026/11/21 04:00:00.000 35 9 57.1 1.2 1 8\n")
    with pytest.raises(DecodeError, match="not in degrees"):
        log_of(path, "pos")


def test_trimble_ggk_has_the_ellipsoidal_height_of_gga(shared_data) -> None:
    path = shared_data("gnss", "trimble_r2", "TrimbleR2SampleData.txt")
    ggk, gga = log_of(path, "ggk"), log_of(path, "nmea")
    assert len(ggk) == 34
    by_time = {int(time): row for time, row in zip(gga.time_ns, gga.epochs, strict=True)}
    for time, row in zip(ggk.time_ns, ggk.epochs, strict=True):
        other = by_time[int(time)]
        assert (row["lat_deg"], row["lon_deg"]) == (other["lat_deg"], other["lon_deg"])
        assert row["altitude_m"] == pytest.approx(other["altitude_m"] + other["separation_m"], abs=0.0011)
        assert row["decimals"] == 8
    assert ggk.counts == gga.counts


def bestnav(week: int, ms: int, kind: str, lat: float, lon: float, sea: float) -> bytes:
    """A Unicore BESTNAVA line; the checksum is computed bit by bit."""
    body = (
        f"BESTNAVA,97,GPS,FINE,{week},{ms},0,0,18,38;SOL_COMPUTED,{kind},{lat:.11f},{lon:.11f},{sea:.4f},-12.5000,WGS84,"
        '0.0101,0.0102,0.0203,"0",1.000,0.000,38,36,36,36,0,06,33,73,SOL_COMPUTED,DOPPLER_VELOCITY,0.0,0.0,0.01,0.0,0.0,0.0,0.0'
    ).encode()
    crc = 0
    for byte in body:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xEDB88320 if crc & 1 else 0)
    return b"#" + body + b"*%08x\r\n" % crc


def test_unicore_bestnav_is_read_and_its_checksum_believed(tmp_path: Path) -> None:
    good = bestnav(2446, 532_818_000, "NARROW_INT", 30.5, 114.3, 57.5)
    path = tmp_path / "0001.nmea"
    path.write_bytes(
        good + good.replace(b"57.5", b"58.5") + bestnav(2446, 532_819_000, "NARROW_FLOAT", 30.5, 114.3, 57.5)
    )
    log = log_of(path, "bestnav")
    assert log.epochs["quality"].tolist() == [4, 5]
    assert log.time_ns[0] == ns(datetime(2026, 11, 28, 4, 0, 0, tzinfo=UTC))
    assert log.epochs["altitude_m"][0] + log.epochs["separation_m"][0] == 45.0
    assert log.epochs["decimals"][0] == 9


def test_a_csv_is_read_with_the_names_it_has(tmp_path: Path) -> None:
    path = tmp_path / "positions.csv"
    path.write_text(
        "stamp,la,lo,h,state,n\n"
        "2026-11-21T04:00:00.5Z,30.500000001,114.300000002,45.0012,FIX,31\n"
        "1795233601.0,30.500000003,114.300000004,45.0013,FLOAT,30\n"
        "later,30.5,114.3,45,FIX,3\n"
        "1795233602,30.5,114.3,45,LOST,3\n"
    )
    columns = {"time": "stamp", "lat": "la", "lon": "lo", "height": "h", "quality": "state", "satellites": "n"}
    log = log_of(path, "csv", columns=columns, qualities={"FIX": 4, "FLOAT": 5})
    # LOST is no word of the mapping: that epoch is kept, without a solution
    assert log.epochs["quality"].tolist() == [4, 5, 0]
    assert log.unread == {"quality LOST": 1, "times": 1}
    assert log.time_ns.tolist() == [1795233600500000000, 1795233601000000000, 1795233602000000000]
    assert log.epochs["decimals"].tolist() == [7, 7, 0]
    assert log.epochs["height_decimals"].tolist() == [4, 4, 0]
    assert log.epochs["lat_deg"][1] == 30.500000003


@pytest.mark.parametrize(
    ("extra", "keys"),
    [
        ({"format": "sp3"}, ("format",)),
        ({"format": "csv"}, ("columns",)),
        ({"format": "csv", "columns": {"time": "t"}}, ("columns",)),
    ],
)
def test_wrong_formats_are_placed(tmp_path: Path, extra, keys) -> None:
    (tmp_path / "a.nmea").write_bytes(b"")
    assert names(placed(PROBE, {**SITE, "file": "a.nmea", **extra}, tmp_path), keys)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_reader_passes_over_what_is_not_its_own(shared_data, kind: str) -> None:
    columns = {name: name for name in ("time", "lat", "lon", "height", "quality")}
    for name in ("quectel-l76k-dual.log", "tcp-torture.log", "nmea-rtk.log"):
        if kind == "csv":
            with pytest.raises(DecodeError, match="table of positions"):
                log_of(shared_data("gnss", "gpsd", name), kind, columns=columns)
            continue
        log = log_of(shared_data("gnss", "gpsd", name), kind, columns=columns)
        if kind not in {"nmea", "gns"}:
            assert len(log) == 0
        assert not any(math.isnan(value) for value in log.time_ns.tolist())


def written(kind: str, run, device) -> bytes:
    """A simulated run in another format; those that stand in an NMEA stream come with the GSA that names the systems."""
    lat, lon, height = from_enu(run.reported_m, device.origin, CGCS2000)
    start, out = datetime.fromisoformat(device.start), []
    rows = zip(run.seconds.tolist(), lat.tolist(), lon.tolist(), height.tolist(), run.quality.tolist(), strict=True)
    for second, phi, lam, h, quality in rows:
        moment = start + timedelta(seconds=second)
        gps = moment + timedelta(seconds=18)
        week, rest = divmod((gps - datetime(1980, 1, 6, tzinfo=UTC)) // timedelta(milliseconds=1), 604_800_000)
        used = "".join(f",{prn:02d}" for prn in range(1, 13))
        gsa = sealed(f"GNRMC,{moment:%H%M%S}.00,A,,,,,,,{moment:%d%m%y},,,A,V") + sealed(
            f"GNGSA,A,3{used},1.1,0.6,0.9,4"
        )
        if kind == "pos":
            q = {4: 1, 5: 2, 1: 5}[quality]
            out.append(
                f"{gps:%Y/%m/%d %H:%M:%S}.000 {phi:.11f} {lam:.11f} {h:.4f} {q} 20 0 0 0 0 0 0 1.0 9.9\n".encode()
            )
        elif kind == "csv":
            out.append(f"{moment.isoformat()},{phi:.11f},{lam:.11f},{h:.4f},{quality}\n".encode())
        elif kind == "bestnav":
            name = {4: "NARROW_INT", 5: "NARROW_FLOAT", 1: "SINGLE"}[quality]
            out.append(gsa + bestnav(week, rest, name, phi, lam, h + 12.5))
        else:
            q = {4: 3, 5: 2, 1: 1}[quality]
            place = f"{int(phi):02d}{phi % 1 * 60:011.8f},N,{int(lam):03d}{lam % 1 * 60:011.8f},E"
            out.append(gsa + sealed(f"PTNL,GGK,{moment:%H%M%S.00},{moment:%m%d%y},{place},{q},20,1.1,EHT{h:.4f},M"))
    return (b"t,a,o,h,q\n" if kind == "csv" else b"") + b"".join(out)


@pytest.mark.parametrize("kind", ["pos", "csv", "bestnav", "ggk"])
@pytest.mark.parametrize(("sd", "verdict"), [(0.001, Verdict.PASS), (0.008, Verdict.FAIL)])
def test_every_format_is_judged_as_nmea_is(tmp_path: Path, kind: str, sd: float, verdict: Verdict) -> None:
    device = device_of({"duration": 900, "sd_h": sd, "noise_tau": 2, "cold_start": 10})
    run = simulate(device)
    other, plain = tmp_path / f"0001.{kind}", tmp_path / "0001.nmea"
    other.write_bytes(written(kind, run, device))
    plain.write_bytes(nmea(device, run))
    columns = {"time": "t", "lat": "a", "lon": "o", "height": "h", "quality": "q"}
    config = {**SITE, "file": str(other), "format": kind, **({"columns": columns} if kind == "csv" else {})}
    unasked = {"min_beidou_share": "0 %"} if kind in {"pos", "csv"} else {}
    if unasked:
        # these formats cannot say which systems were used: by default that is INVALID
        outcome, judgement = judged(trace_of(config), "gnss.horizontal", "rms", "<= 0.5 cm")
        assert judgement.verdict is Verdict.INVALID
        assert [each.code for each in outcome.invalid] == ["gnss.beidou-not-in-format"]
    assert placed(PROBE, config, tmp_path) == []
    outcome, judgement = judged(trace_of(config), "gnss.horizontal", "rms", "<= 0.5 cm", **unasked)
    expected, _ = judged(trace_of({**SITE, "file": str(plain)}), "gnss.horizontal", "rms", "<= 0.5 cm")
    assert judgement.verdict is verdict
    assert outcome.estimate.n == expected.estimate.n
    assert outcome.estimate.value == pytest.approx(expected.estimate.value, abs=5e-5)
