# SPDX-License-Identifier: Apache-2.0
"""The truth in motion: interpolated where it is known, refused where it is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.kit import tables
from probes.gnss.truth.geodesy import WGS84, Origin
from probes.gnss.truth.trajectory import Trajectory, _parsed, lever_arm_enu, read_trajectory

ORIGIN = Origin(30.5, 114.3, 45.0)


def circle(rate: float, *, with_velocity: bool, radius: float = 10.0, turn: float = 0.2) -> Trajectory:
    seconds = np.arange(0, 60, 1 / rate)
    at = np.stack([radius * np.sin(turn * seconds), radius * np.cos(turn * seconds), 0 * seconds], axis=1)
    velocity = turn * np.stack([at[:, 1], -at[:, 0], 0 * seconds], axis=1)
    return Trajectory((seconds * 1e9).round().astype(np.int64), at, velocity if with_velocity else None)


@pytest.mark.parametrize("with_velocity", [True, False])
def test_interpolation_stays_within_its_own_bound(with_velocity: bool) -> None:
    path = circle(2.0, with_velocity=with_velocity)
    times = np.arange(10**9, 58 * 10**9, 37_000_000)
    seconds = times / 1e9
    true = np.stack([10 * np.sin(0.2 * seconds), 10 * np.cos(0.2 * seconds)], axis=1)
    miss = np.hypot(*(path.at(times)[:, :2] - true).T).max()
    horizontal, vertical = path.interpolation_error_m()
    assert miss <= horizontal < 1e-3
    assert vertical < 1e-12


def test_truth_is_unknown_outside_and_in_wide_gaps() -> None:
    path = circle(10.0, with_velocity=True)
    keep = (path.time_ns < 20 * 10**9) | (path.time_ns > 23 * 10**9)
    holed = Trajectory(path.time_ns[keep], path.enu_m[keep], path.velocity_m_s[keep])
    asked = np.array([-1, 0, 10 * 10**9, 21 * 10**9, 30 * 10**9, int(path.time_ns[-1]), int(path.time_ns[-1]) + 1])
    assert holed.known(asked).tolist() == [False, True, True, False, True, True, False]


def test_both_kinds_of_columns_name_the_same_places(tmp_path: Path) -> None:
    first, second = tmp_path / "enu.csv", tmp_path / "geo.csv"
    first.write_text("time,e,n,u\n1767225600.25,0,0,0\n1767225601.25,0,0,0.5\n")
    second.write_text(
        "time, lat, lon, height\n2026-01-01T00:00:00.250Z,30.5,114.3,45\n2026-01-01T00:00:01.250,30.5,114.3,45.5\n"
    )
    ours, theirs = read_trajectory(first, ORIGIN), read_trajectory(second, ORIGIN)
    assert ours.time_ns.tolist() == theirs.time_ns.tolist() == [1767225600250000000, 1767225601250000000]
    assert np.abs(ours.enu_m - theirs.enu_m).max() < 1e-8


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no reference trajectory"),
        ("time,x,y\n", "no reference trajectory"),
        ("time,e,n\n0,0,0\n", "columns time, e, n"),
        ("time,e,n,u\n1,0,0,0\n", "1 samples"),
        ("time,e,n,u\n2,0,0,0\n1,0,0,0\n", "do not all increase"),
        ("time,e,n,u\nnoon,0,0,0\n", "'noon' in the column 'time' is no time"),
        ("time,e,n,u\n1,0,0,0\n2,0,,0\n", "not all numbers"),
    ],
)
def test_a_broken_trajectory_is_named_with_a_cure(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(DecodeError, match=said) as caught:
        read_trajectory(path, ORIGIN)
    assert caught.value.cure
    assert "t.csv" in caught.value.where


def test_a_vertical_arm_needs_no_attitude_and_any_other_does() -> None:
    assert lever_arm_enu((0, 0, -1.5), None, 2).tolist() == [[0, 0, 1.5], [0, 0, 1.5]]
    assert lever_arm_enu((0.1, 0, -1.5), None, 2) is None


@pytest.mark.parametrize(
    ("attitude", "expected"),
    [
        ((0, 0, 0), (2.0, 1.0, -3.0)),
        ((90, 0, 0), (1.0, -2.0, -3.0)),
        ((0, 90, 0), (2.0, 3.0, 1.0)),
        ((0, 0, 90), (-3.0, 1.0, -2.0)),
    ],
)
def test_the_arm_turns_with_heading_pitch_and_roll(attitude, expected) -> None:
    # front 1, right 2, down 3; heading east, nose up, right wing down
    arm = lever_arm_enu((1, 2, 3), np.array([attitude], dtype=float), 1)
    assert np.allclose(arm, [expected])


def test_a_trajectory_in_another_encoding_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_bytes(b"time,e,n,u\n0,0,0,0\n1,\xff\xff,0,0\n")
    with pytest.raises(DecodeError, match=r"neither text in UTF-8 .* save it as CSV \(UTF-8\)"):
        read_trajectory(path, ORIGIN)


KNOWN = {"time", "e", "n", "u", "lat", "lon", "height", "ve", "vn", "vu", "heading", "pitch", "roll"}


@given(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8).filter(lambda name: name not in KNOWN))
def test_a_column_that_is_not_known_is_refused_by_name(tmp_path_factory, name: str) -> None:
    path = tmp_path_factory.mktemp("truth") / "t.csv"
    path.write_text(f"time,e,n,u,{name}\n0,0,0,0,1\n1,0,0,0,1\n")
    with pytest.raises(DecodeError, match=f"not understood: {name}|stands more than once"):  # time_s is a time as well
        read_trajectory(path, ORIGIN)


@pytest.mark.parametrize(
    ("head", "coding"),
    [
        ("时间,东,北,天", "gb18030"),
        ("时刻,东向(m),北向(m),天向(m)", "utf-8-sig"),
        ("UTC,East,North,Up", "utf-16"),
        ("time_s,e/m,n/m,u/m", "ascii"),
    ],
)
def test_a_trajectory_has_its_headings_in_chinese_as_well(tmp_path: Path, head: str, coding: str) -> None:
    (path := tmp_path / "t.csv").write_bytes(f"{head}\n0,1,2,3\n1,4,5,6\n".encode(coding))
    assert read_trajectory(path, ORIGIN).enu_m.tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("title", ["仿真轨迹数据", "模拟轨迹", "simulated trajectory", "插补的轨迹"])
def test_a_trajectory_that_nobody_measured_is_refused(tmp_path: Path, title: str) -> None:
    (path := tmp_path / "t.csv").write_text(f"{title},,,\ntime,e,n,u\n0,1,2,3\n1,4,5,6\n")
    with pytest.raises(DecodeError, match="no record of what happened"):
        read_trajectory(path, ORIGIN)


@pytest.mark.parametrize("half", ["ve", "ve,vn", "heading", "pitch,roll", "lat", "lat,lon,height"])
def test_half_a_velocity_and_a_second_place_are_refused(tmp_path: Path, half: str) -> None:
    path, more = tmp_path / "t.csv", ",1" * len(half.split(","))
    path.write_text(f"time,e,n,u,{half}\n0,0,0,0{more}\n1,0,0,0{more}\n")
    with pytest.raises(DecodeError, match="not understood"):
        read_trajectory(path, ORIGIN)


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1e-3), ("cm", 1e-2), ("m", 1.0), ("km", 1e3)])
def test_a_length_is_in_the_unit_of_its_heading(tmp_path: Path, unit: str, factor: float) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"time (s);e ({unit});n;u\n0;7;0;0\n1;9;0;0\n")
    assert read_trajectory(path, ORIGIN).enu_m[:, 0].tolist() == pytest.approx([7 * factor, 9 * factor])
    path.write_text("time;e (furlong);n;u\n0;7;0;0\n1;9;0;0\n")
    with pytest.raises(DecodeError, match="unit"):
        read_trajectory(path, ORIGIN)


def test_a_row_that_is_wider_than_the_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,e,n,u\n0,0,0,0\n1,0,0,0,9\n")
    with pytest.raises(DecodeError, match="5 cells"):
        read_trajectory(path, ORIGIN)


def test_a_long_drive_is_read_once_for_all_who_compare_with_it(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "drive.csv"
    path.write_text("time,e,n,u\n" + "".join(f"{1767225600 + i / 10:.1f},{i},{i},0\n" for i in range(2000)))
    read, calls = tables.read, []
    monkeypatch.setattr(tables, "read", lambda *given, **named: calls.append(1) or read(*given, **named))
    first, again = (read_trajectory(path, ORIGIN) for _ in range(2))
    assert again is first
    assert len(calls) == 1
    path.write_text(path.read_text().replace("1999,1999", "1999,1998"))
    assert read_trajectory(path, ORIGIN).enu_m[-1, 1] == 1998
    assert len(calls) == 2


@given(
    st.sampled_from([";", "\t"]), st.lists(st.floats(-900, 900).map(lambda each: f"{each:.2f}"), min_size=3, max_size=9)
)
def test_decimal_commas_are_read_where_they_are_certain(mark: str, values: list[str]) -> None:
    rows = [mark.join([str(1_700_000_000 + at), value, value, value]) for at, value in enumerate(values)]
    points = read_bytes("\n".join([mark.join(["time", "e", "n", "u"]), *rows]))
    commas = read_bytes("\n".join([mark.join(["time", "e", "n", "u"]), *(each.replace(".", ",") for each in rows)]))
    assert (points.enu_m == commas.enu_m).all()


@pytest.mark.parametrize("cell", ["1,500", "1,250", "12,125"])
def test_a_comma_that_may_be_either_is_refused(cell: str) -> None:
    rows = "\n".join(f"{1_700_000_000 + at};{cell};{cell};{cell}" for at in range(4))
    with pytest.raises(DecodeError, match="may be"):
        read_bytes(f"time;e;n;u\n{rows}")


@given(
    st.sampled_from(["lat", "lon", "heading", "pitch", "roll"]),
    st.sampled_from(["rad", "grad", "gon", "min", "mil", "°'", "NMEA"]),
)
def test_an_angle_in_another_unit_is_refused_by_name(name: str, unit: str) -> None:
    place, turned = ("lat", "lon", "height"), ("heading", "pitch", "roll")
    head = ",".join(f"{each}({unit})" if each == name else each for each in ("time", *place, *turned))
    rows = "\n".join(f"{1_700_000_000 + at},30,114,20,1,0,0" for at in range(4))
    with pytest.raises(DecodeError, match="not in degrees"):
        read_bytes(f"{head}\n{rows}")


@given(st.floats(90.001, 400), st.booleans())
def test_a_place_that_is_none_is_refused_with_its_line(wrong: float, below: bool) -> None:
    value = -wrong if below else wrong
    rows = [f"{1_700_000_000 + at},{value if at == 2 else 30},114,20" for at in range(4)]
    with pytest.raises(DecodeError, match="has the place") as refused:
        read_bytes("\n".join(["time,lat,lon,height", *rows]))
    assert refused.value.where == "t.csv:4"


def read_bytes(text: str) -> Trajectory:
    return _parsed(text.encode(), "t.csv", Origin(30.0, 114.0, 20.0), WGS84)
