# SPDX-License-Identifier: Apache-2.0
"""In every dialect: a place that is none, a hemisphere, a clock, a unit that is not understood is never a fixed solution."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.gnss.digests.log import ubx_messages
from probes.gnss.faces.recordings import read_log
from probes.gnss.formats import ubx
from probes.gnss.formats.nmea import sealed
from probes.gnss.formats.readers import read_epochs

FEW = trying(max_examples=40)
CSV = {"columns": {"time": "t", "lat": "la", "lon": "lo", "height": "h", "quality": "q"}}
POS = "%  UTC  latitude(deg) longitude(deg)  height(m)   Q  ns   sdn   sde   sdu  sdne  sdeu  sdun age(s)  ratio\n"


def summed(body: str) -> bytes:
    """An ASCII message of NovAtel's kind."""
    data = body.encode()
    return b"#" + data + b"*%08x\r\n" % (binascii.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF)


def ggk(lat: str, lon: str, height: str) -> bytes:
    return sealed(f"PTNL,GGK,020000.00,030524,{minutes(lat)},N,{minutes(lon)},E,3,18,1.1,EHT{height},M")


def minutes(degrees: str) -> str:
    """Degrees as dddmm.mmm; what is no number stays what it is."""
    try:
        whole, part = divmod(abs(float(degrees)), 1)
        return f"{int(whole)}{part * 60:011.8f}"
    except (ValueError, OverflowError):
        return degrees


def ksxt(lat: str, lon: str, height: str) -> bytes:
    return sealed(f"KSXT,20261121040000.00,{lon},{lat},{height},0,0,0,0,0,3,3,24,24,,,,,,,1.0")


def bestnav(lat: str, lon: str, height: str, *, scale: str = "GPS", clock: str = "FINE") -> bytes:
    head = f"BESTNAVA,97,{scale},{clock},2446,532818000,0,0,18,12"
    return summed(
        f'{head};SOL_COMPUTED,NARROW_INT,{lat},{lon},{height},0.0,WGS84,0.01,0.01,0.02,"1",1.0,0.0,40,30,30,30'
    )


def bestpos(lat: str, lon: str, height: str, *, clock: str = "FINE") -> bytes:
    head = f"BESTPOSA,COM1,0,60.5,{clock},2446,532818.000,0,b1f6,1"
    return summed(
        f'{head};SOL_COMPUTED,NARROW_INT,{lat},{lon},{height},0.0,WGS84,0.01,0.01,0.02,"1",1.0,0.0,42,34,34,28'
    )


def pvtsln(lat: str, lon: str, height: str) -> bytes:
    head = "PVTSLNA,97,GPS,FINE,2446,532818000,0,0,18,12"
    body = f"NARROW_INT,{height},{lat},{lon},0.1,0.1,0.1,1.0,NARROW_INT,{height},{lat},{lon},0.0,24,24,24"
    return summed(f"{head};{body}")


def csv(lat: str, lon: str, height: str) -> bytes:
    return f"t,la,lo,h,q\n2026-11-21T04:00:00Z,{lat},{lon},{height},4\n".encode()


def pos(lat: str, lon: str, height: str) -> bytes:
    return (POS + f"2026/11/21 04:00:00.000 {lat} {lon} {height} 1 9 0.1 0.1 1 0 0 0 0.0 99.9\n").encode()


DIALECTS: dict[str, Callable[..., bytes]] = {
    "ggk": ggk, "ksxt": ksxt, "bestnav": bestnav, "bestpos": bestpos, "pvtsln": pvtsln, "csv": csv, "pos": pos,
}  # fmt: skip
NUMBER = st.one_of(
    st.floats(90.001, 1e9).map(lambda each: f"{each:.4f}"), st.sampled_from(["nan", "inf", "1e30", "NaN", "Infinity"])
)
WORD = st.from_regex(r"[A-Z]{3,9}", fullmatch=True)


def fixed(kind: str, data: bytes) -> int:
    """Epochs that pass for fixed."""
    epochs, _ = read_epochs(data, kind, CSV if kind == "csv" else {})
    return int((epochs["quality"] == 4).sum())


@pytest.mark.parametrize("kind", DIALECTS)
def test_a_place_on_the_earth_is_read(kind: str) -> None:
    assert fixed(kind, DIALECTS[kind]("30.500000001", "114.300000001", "45.1234")) == 1


@pytest.mark.parametrize("kind", DIALECTS)
@FEW
@given(NUMBER)
def test_a_latitude_that_is_none_is_no_fix(kind: str, lat: str) -> None:
    assert fixed(kind, DIALECTS[kind](lat, "114.300000001", "45.1234")) == 0


@pytest.mark.parametrize("kind", DIALECTS)
@FEW
@given(st.floats(361, 1e9).map(lambda each: f"{each:.4f}") | st.sampled_from(["nan", "-inf"]))
def test_a_longitude_that_is_none_is_no_fix(kind: str, lon: str) -> None:
    assert fixed(kind, DIALECTS[kind]("30.500000001", lon, "45.1234")) == 0


@pytest.mark.parametrize("kind", DIALECTS)
@pytest.mark.parametrize("height", ["inf", "-inf", "1e30", "9999999.0"])
def test_a_height_beyond_the_sky_is_no_fix(kind: str, height: str) -> None:
    assert fixed(kind, DIALECTS[kind]("30.500000001", "114.300000001", height)) == 0


@pytest.mark.parametrize("kind", DIALECTS)
@FEW
@given(WORD)
@example("NAN")
@example("INF")
@example("INFINITY")
def test_a_word_for_a_number_is_told_and_no_fix(kind: str, word: str) -> None:
    for at in range(3):
        cells = ["30.500000001", "114.300000001", "45.1234"]
        cells[at] = word
        epochs, unread = read_epochs(DIALECTS[kind](*cells), kind, CSV if kind == "csv" else {})
        assert not (epochs["quality"] == 4).any()
        assert unread, word


@FEW
@given(st.characters(categories=["Lu", "Ll"], max_codepoint=126).filter(lambda each: each not in "NSEW"))
def test_a_hemisphere_that_is_none_is_no_place(side: str) -> None:
    for place in (
        f"3030.00000000,{side},11418.00000000,E",
        f"3030.00000000,N,11418.00000000,{side}",
        "3030.0,,11418.0,E",
        "3075.0,N,11418.0,E",
    ):
        for kind, body in (
            ("ggk", f"PTNL,GGK,020000.00,030524,{place},3,18,1.1,EHT45.122,M"),
            ("gns", f"GNGNS,040000.00,{place},RRRR,24,0.6,57.5,-12.5,1.0,0001"),
        ):
            assert fixed(kind, sealed(body)) == 0, (kind, place)


@pytest.mark.parametrize("unit", ["F", "f", "K", "ft"])
def test_a_height_of_ggk_in_another_unit_is_no_fix(unit: str) -> None:
    body = f"PTNL,GGK,020000.00,030524,3030.00000001,N,11418.00000001,E,3,18,1.1,EHT45.122,{unit}"
    assert fixed("ggk", sealed(body)) == 0


@pytest.mark.parametrize("clock", ["UNKNOWN", "APPROXIMATE", ""])
def test_the_times_of_a_clock_that_is_not_set_are_none(clock: str) -> None:
    cells = ("30.500000001", "114.300000001", "45.1234")
    assert fixed("bestnav", bestnav(*cells, clock=clock)) == 0
    assert fixed("bestpos", bestpos(*cells, clock=clock)) == 0


@FEW
@given(WORD.filter(lambda each: each not in {"GPS", "GPST"}))
def test_times_in_a_scale_that_is_not_understood_are_none(scale: str) -> None:
    cells = ("30.500000001", "114.300000001", "45.1234")
    assert fixed("bestnav", bestnav(*cells, scale=scale)) == 0
    if scale not in {"UTC", "JST"}:
        with pytest.raises(DecodeError, match=scale):
            read_epochs(pos(*cells).replace(b"UTC", scale.encode()), "pos", {})


@pytest.mark.parametrize(("unit", "metres"), [("mm", 1e-3), ("cm", 1e-2), ("km", 1e3), ("m", 1.0)])
def test_the_heights_of_a_table_are_in_the_unit_of_their_heading(unit: str, metres: float) -> None:
    config = {"columns": CSV["columns"] | {"height": f"h({unit})"}}
    data = csv("30.5000001", "114.3000001", "12.5").replace(b",h,", f",h({unit}),".encode())
    epochs, _ = read_epochs(data, "csv", config)
    assert epochs["altitude_m"].tolist() == pytest.approx([12.5 * metres])


@FEW
@given(st.from_regex(r"[f-hj-z]{3,7}", fullmatch=True), st.sampled_from(["la", "lo", "h"]))
def test_a_heading_in_a_unit_that_nobody_knows_is_refused(unit: str, name: str) -> None:
    key = {"la": "lat", "lo": "lon", "h": "height"}[name]
    config = {"columns": CSV["columns"] | {key: f"{name}({unit})"}}
    data = csv("30.5000001", "114.3000001", "12.5").replace(f",{name},".encode(), f",{name}({unit}),".encode(), 1)
    with pytest.raises(DecodeError):
        read_epochs(data, "csv", config)


def pvt(lat: int = 305_000_000, lon: int = 1_143_000_000, flags: int = 0x83, more: int = 0) -> bytes:
    """A UBX-NAV-PVT (u-blox F9 interface description)."""
    body = struct.pack(
        "<IHBBBBBBIiBBBBiiii", 532_800_000, 2026, 11, 21, 4, 0, 0, 7, 10, 0, 3, flags, 0, 24, lon, lat, 45_001, 57_500
    )
    inner = b"\x01\x07" + struct.pack("<H", 92) + body.ljust(78, b"\0") + struct.pack("<H", more) + bytes(12)
    a = b = 0
    for each in inner:
        a = (a + each) & 255
        b = (b + a) & 255
    return b"\xb5\x62" + inner + bytes((a, b))


@pytest.mark.parametrize(
    ("says", "quality"),
    [
        ({}, 4),
        ({"flags": 0x43}, 5),
        ({"flags": 0x82}, 0),  # no fix within the receiver's own limits
        ({"more": 1}, 0),  # longitude, latitude and height are invalid
        ({"lat": 950_000_000}, 0),
        ({"lon": 2_000_000_000}, 0),
    ],
)
def test_a_binary_position_is_a_fix_only_where_it_is_a_place(
    tmp_path: Path, says: dict[str, int], quality: int
) -> None:
    path = tmp_path / "a.ubx"
    path.write_bytes(pvt(**says) * 3)
    found, _ = ubx.epochs(ubx_messages(read_log(path)))
    assert set(found["quality"].tolist()) == {quality}
