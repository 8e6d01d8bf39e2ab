# SPDX-License-Identifier: Apache-2.0
"""The fast ways of reading numbers and satellites against the slow ones, and both against Python."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from probes.gnss.formats import fields
from probes.gnss.formats import machine as words
from probes.gnss.formats.decode import Decoder
from probes.gnss.simulators.receiver import sealed

PADDING = bytes(128)
SHORT_FIELD = st.sampled_from(["", "1", "4", "12", "0.6", "0.61", "-12.5", "-12.5000", "1234.5678", "00", "9"])


def address(text: bytes) -> np.ndarray:
    """The text in a buffer with room behind it; keep the array while its address is in use."""
    return np.frombuffer(text + PADDING, dtype=np.uint8).copy()


@given(
    sats=st.lists(st.sampled_from([b"", b"1", b"02", b"27", b"101"]), min_size=12, max_size=12),
    dops=st.lists(st.sampled_from([b"", b"0.9", b"12.25"]), min_size=3, max_size=3),
    system=st.sampled_from([None, b"", b"1", b"4", b"9", b"1.5"]),
    talker=st.sampled_from([b"GN", b"GB", b"BD", b"QZ"]),
)
def test_satellites_are_counted_alike_fast_and_slowly_and_by_python(sats, dops, system, talker) -> None:
    body = b",".join([b"$" + talker + b"GSA", b"A", b"3", *sats, *dops, *([] if system is None else [system])])
    buffer = address(body)
    fast = fields._satellites(buffer.ctypes.data, len(body))
    assert fast == fields._slow_satellites(buffer.ctypes.data, len(body))
    assert fast[1] == sum(bool(each) for each in sats)
    named = {b"1": 1, b"4": 4}.get(system or b"", {b"GN": 0, b"GB": 4, b"BD": 4, b"QZ": 5}[talker])
    assert fast[0] == named


@given(st.from_regex(rb"[-+]?[0-9]{0,10}(\.[0-9]{0,10})?", fullmatch=True) | st.binary(max_size=12))
def test_decimals_are_read_alike_fast_and_slowly(text: bytes) -> None:
    text = text.replace(b",", b"")
    buffer = address(text)
    fast = fields.decimal(buffer.ctypes.data, 0, len(text))
    assert fast == fields._slow_decimal(buffer.ctypes.data, 0, len(text))


@given(st.from_regex(r"-?[0-9]{1,7}(\.[0-9]{0,8})?", fullmatch=True))
def test_a_decimal_of_fifteen_digits_is_the_float_that_python_reads(text: str) -> None:
    buffer = address(text.encode())
    assert fields.number(*fields.decimal(buffer.ctypes.data, 0, len(text))) == float(text)


def test_a_field_that_is_not_there_is_none_whatever_follows_the_sentence() -> None:
    buffer = address(b"12345678")
    assert fields.decimal(buffer.ctypes.data, 0, -1)[1] == fields.decimal(buffer.ctypes.data, 0, 0)[1] == -1


@given(st.lists(st.lists(SHORT_FIELD, min_size=5, max_size=5), min_size=1, max_size=6))
def test_remembered_fields_are_those_of_each_sentence(lines) -> None:
    decoder = Decoder("x")
    for quality, sats, hdop, separation, age in lines:
        decoder.feed(sealed(f"GNGGA,,3030.0,N,11418.0,E,{quality},{sats},{hdop},1.0,M,{separation},M,{age},"))
    rows = decoder.finish().epochs
    assert len(rows) == len(lines)
    for row, cells in zip(rows, lines, strict=True):
        for name, text in zip(("quality", "satellites", "hdop", "separation_m", "age_s"), cells, strict=True):
            whole = name in {"quality", "satellites"}
            wanted = (int(text) if text.isdecimal() else -1) if whole else float(text or "nan")
            assert row[name] == wanted or (math.isnan(wanted) and math.isnan(row[name])), (name, text)


@given(st.integers(0, 180), st.integers(0, 59_999_999_999), st.integers(1, 9))
def test_degrees_are_those_of_the_text(degree: int, fraction: int, places: int) -> None:
    minutes = f"{fraction // 10**9:02d}.{fraction % 10**9:09d}"[: 3 + places]
    text = f"{degree:03d}{minutes},W"
    buffer = address(text.encode())
    value, read = fields.degrees(buffer.ctypes.data, 0, len(text) - 2, len(text) - 1, ord("W"))
    assert read == places
    assert value == -(degree + float(minutes) / 60)


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 60), st.text("0123456789", max_size=8))
def test_times_are_exact_to_ten_nanoseconds(hour: int, minute: int, second: int, fraction: str) -> None:
    text = f"{hour:02d}{minute:02d}{second:02d}" + (f".{fraction}" if fraction else "")
    buffer = address(text.encode())
    exact = ((hour * 60 + minute) * 60 + second) * 10**9 + int(fraction.ljust(9, "0") if fraction else 0)
    assert fields.time_of_day(buffer.ctypes.data, 0, len(text)) == exact


@given(st.sampled_from([b"", b"12", b"12345", b"240000", b"126000", b"1234567", b"12:30:00", b"-12000", b"123456,7"]))
def test_what_is_no_time_is_none(text: bytes) -> None:
    buffer = address(text)
    assert fields.time_of_day(buffer.ctypes.data, 0, len(text)) == -1


def test_what_is_no_coordinate_is_nan() -> None:
    for text in ("", "-0214.41467156", "9960.0", "|2037.|72792", "18112.0"):
        buffer = address(f"{text},W".encode())
        value, places = fields.degrees(buffer.ctypes.data, 0, len(text), len(text) + 1, ord("W"))
        assert math.isnan(value)
        assert places == -1


@given(st.integers(0, 99_999_999), st.integers(0, 8))
def test_eight_digits_are_one_number(number: int, count: int) -> None:
    text = f"{number:08d}"[:count]
    buffer = address(text.encode() + b",9")
    word = np.uint64(int.from_bytes(buffer[:8].tobytes(), "little"))
    assert words.digits(word, count) == int(text or 0)
