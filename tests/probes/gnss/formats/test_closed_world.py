# SPDX-License-Identifier: Apache-2.0
"""What a reader of positions does not understand never helps: it is refused or counts against, and is told by name."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.gnss.faces.recordings import read_recording
from probes.gnss.formats.gps_time import utc
from probes.gnss.formats.nmea import sealed
from probes.gnss.formats.readers import instant, read_epochs
from probes.gnss.formats.vendor import _DATUMS, _SET, GGK, SOLUTIONS

COLUMNS = {"time": "t", "lat": "la", "lon": "lo", "height": "h", "quality": "q"}
EMLID = {"time": "Averaging start", "lat": "Latitude", "lon": "Longitude", "height": "Ellipsoidal height"}
HEAD = "%  GPST  latitude(deg) longitude(deg)  height(m)   Q  ns   sdn   sde   sdu  sdne  sdeu  sdun age(s)  ratio"
WORDS = st.text(st.characters(categories=("Lu", "Ll")), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("name", "form", "qualities"),
    [
        ("L01_ggk_quality7_vrs.txt", "ggk", {4}),
        ("L01_ggk_trimble_doc_examples.txt", "ggk", {9, 4, 1}),
        ("L02_pos_seconds_without_decimals.pos", "pos", {4}),
        ("L03_pos_comma_separator.pos", "pos", {4}),
        ("L05_bestposa.txt", "bestpos", {4}),
        ("L05_gns_only.nmea", "gns", {4}),
        ("L05_ksxt.txt", "ksxt", {4}),
        ("L05_pvtslna.txt", "pvtsln", {4}),
    ],
)
def test_a_log_of_the_field_is_read_in_its_format(shared_data: Callable[[str], Path], name, form, qualities) -> None:
    found = read_recording(shared_data("field/gnss") / "analyse" / name)
    assert (found.format, set(found.log.epochs["quality"].tolist())) == (form, qualities)
    assert not found.log.unread
    if "trimble" not in name:
        assert found.log.time_ns[0] == 1_709_604_000 * 10**9  # all of them began at the same moment
        assert found.log.epochs["lat_deg"] == pytest.approx(30.5, abs=1e-6)


@pytest.mark.parametrize("name", ["W04_pos_enu_without_header.pos", "W05_pos_dms_without_header.pos"])
def test_numbers_that_may_be_no_degrees_are_no_positions(shared_data: Callable[[str], Path], name: str) -> None:
    data = (shared_data("field/gnss") / "analyse" / name).read_bytes()
    epochs, unread = read_epochs(data, "pos", {})
    assert len(epochs) == 0
    assert unread == {"lines of a solution": len(data.splitlines())}


def test_a_table_of_the_field_is_read_with_its_zone_and_its_words(shared_data: Callable[[str], Path]) -> None:
    data = (shared_data("field/gnss") / "analyse" / "L04_emlid_flow.csv").read_bytes()
    config = {"columns": EMLID | {"quality": "Solution status"}}
    epochs, unread = read_epochs(data, "csv", config | {"qualities": {"FIX": 4, "FLOAT": 5}})
    assert set(epochs["quality"].tolist()) == {4}
    assert not unread
    assert epochs["tod_ns"][0] == datetime(2024, 3, 4, 18, tzinfo=UTC).timestamp() * 10**9
    assert read_epochs(data, "csv", config | {"qualities": {"fixed": 4}})[1] == {"quality FIX": len(epochs)}
    with pytest.raises(DecodeError):
        read_epochs(data, "csv", {"columns": EMLID | {"quality": "Q"}})
    assert len(read_epochs(data.decode().replace("Local", "本地").encode("gb18030"), "csv", config)[0]) == len(epochs)


@given(WORDS.filter(lambda word: word not in SOLUTIONS), st.integers(0, 604_000))
def test_a_type_of_position_that_is_not_known_is_no_solution(word: str, second: int) -> None:
    body = (
        f"BESTPOSA,COM1,0,60.5,FINE,2304,{second}.000,0,b1f6,1;SOL_COMPUTED,{word},30.5,114.3,57.4,-12.3,WGS84,1,1,1,"
    )
    body += '"131",1.0,0.0,42,34,34,28,00,0b,1f,37'
    data = body.encode("ascii", "replace")
    crc = binascii.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    epochs, unread = read_epochs(b"#" + data + b"*%08x\r\n" % crc, "bestpos", {})
    assert epochs["quality"].tolist() == [0]
    assert list(unread.values()) == [1]
    assert read_epochs(b"#" + data + b"*%08x\r\n" % (crc ^ 1), "bestpos", {})[1] == {
        "BESTPOSA with a wrong checksum": 1
    }


@given(st.integers(16, 99))
def test_a_quality_of_ggk_that_is_not_listed_is_no_solution(quality: int) -> None:
    place = "3029.99999915,N,11418.00000035,E"
    for number, expected in [(quality, 0), *GGK.items()]:
        data = sealed(f"PTNL,GGK,020000.00,030524,{place},{number},18,1.1,EHT45.122,M")
        epochs, unread = read_epochs(data, "ggk", {})
        assert epochs["quality"].tolist() == [expected]
        assert bool(unread) is (number == quality)


@given(WORDS, st.sampled_from(["FIX", "fixed", "固定", "RTK_FIXED"]))
def test_a_word_of_a_table_that_the_settings_do_not_name_counts_against(other: str, word: str) -> None:
    rows = [f"2026-11-21T04:00:0{at}Z,30.5,114.3,45.0,{each}" for at, each in enumerate([word, other + "!"])]
    data = "\n".join(["t,la,lo,h,q", *rows]).encode()
    epochs, unread = read_epochs(data, "csv", {"columns": COLUMNS, "qualities": {word: 4}})
    assert epochs["quality"].tolist() == [4, 0]
    assert unread == {f"quality {other}!": 1}


@given(st.integers(0, 4))
def test_a_blank_of_a_table_is_no_zero(column: int) -> None:
    cells = ["2026-11-21T04:00:00Z", "30.5", "114.3", "45.0", "4"]
    cells[column] = ""
    epochs, unread = read_epochs(f"t,la,lo,h,q\n{','.join(cells)}\n".encode(), "csv", {"columns": COLUMNS})
    assert epochs["quality"].tolist() in ([], [0])
    assert sum(unread.values()) == 1


def test_a_row_that_is_wider_than_its_head_is_refused() -> None:
    data = b"t,la,lo,h,q\n2026-11-21T04:00:00Z,30.5,114.3,45.0,4,9\n"
    with pytest.raises(DecodeError, match="6 cells"):
        read_epochs(data, "csv", {"columns": COLUMNS})


@given(st.integers(-1, 3).filter(bool), st.booleans())
def test_a_line_of_a_solution_whose_cells_do_not_fit_the_head_is_told(more: int, commas: bool) -> None:
    cells = [
        "2024/03/05",
        "02:00:18.000",
        "30.499999986",
        "114.300000006",
        "45.1222",
        "1",
        "14",
        "0.1",
        "0.1",
        "1",
        "0",
        "0",
        "0",
        "1.0",
        "99.9",
    ]
    odd = cells[:more] if more < 0 else [*cells, *["7"] * more]
    lines = [HEAD, " ".join(cells), " ".join(odd)]
    text = "\n".join(lines).replace(" ", ",") if commas else "\n".join(lines)
    epochs, unread = read_epochs(text.encode(), "pos", {})
    assert epochs["quality"].tolist() == [4]
    assert unread == {"lines of a solution": 1}


@given(
    st.datetimes(datetime(2018, 1, 1), datetime(2035, 1, 1)).map(lambda each: each.replace(microsecond=0)),  # noqa: DTZ001
    st.integers(-14 * 4, 14 * 4),
    st.sampled_from(["{} UTC{}", "{}{}", "{} GMT{}", "{}UTC{}"]),
)
def test_a_zone_behind_a_time_holds(moment: datetime, quarters: int, style: str) -> None:
    sign, (hours, minutes) = "-" if quarters < 0 else "+", divmod(abs(quarters) * 15, 60)
    text = style.format(f"{moment:%Y-%m-%d %H:%M:%S}", f"{sign}{hours:02d}:{minutes:02d}")
    expected = moment.replace(tzinfo=UTC) - timedelta(minutes=15 * quarters)
    assert instant(text) == int(expected.timestamp()) * 10**9


def test_gps_time_is_eighteen_seconds_ahead_since_2017() -> None:
    assert utc(datetime(2026, 1, 1, 0, 0, 18, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)


def _bestpos(clock: str = "FINESTEERING", week: int = 2300, datum: str = "WGS84") -> bytes:
    body = (
        f"BESTPOSA,COM1,0,60.0,{clock},{week},345600.000,00000000,0000,1114;SOL_COMPUTED,NARROW_INT,30.50000000000,114.30000000000,"
        f'45.0000,-13.0000,{datum},0.01,0.01,0.02,"0",1.000,0.000,20,18,18,18,00,03,00,33'
    )
    return f"#{body}*{binascii.crc32(body.encode(), 0xFFFFFFFF) ^ 0xFFFFFFFF:08x}\r\n".encode()


@given(st.text(st.characters(categories=("Lu",), max_codepoint=90), min_size=2, max_size=12), st.integers(1, 3))
def test_a_datum_or_a_state_of_the_clock_that_is_not_known_is_no_solution(word: str, way: int) -> None:
    epochs, unread = read_epochs(_bestpos(), "bestpos", {})
    assert (epochs["quality"].tolist(), unread) == ([4], {})
    if word in _SET | _DATUMS:
        return
    data = {1: _bestpos(clock=word), 2: _bestpos(datum=word), 3: _bestpos(week=0)}[way]
    epochs, unread = read_epochs(data, "bestpos", {})
    assert not (epochs["quality"] == 4).any()
    assert unread


@given(
    st.sampled_from(["fix type", "备注", "Lösung"]),
    st.sampled_from(["float", "RTK Float", "single", "单点解", "浮点", "Autonomous", "no fix"]),
    st.integers(0, 8),
)
def test_a_column_nobody_reads_that_speaks_against_a_fix_is_refused(heading: str, word: str, at: int) -> None:
    rows = [f"{1_709_600_000 + row},30.5,114.3,45.0,4,{word if row == at else 'x'}" for row in range(9)]
    with pytest.raises(DecodeError, match="no fixed one"):
        read_epochs("\n".join([f"t,la,lo,h,q,{heading}", *rows]).encode(), "csv", {"columns": COLUMNS})


CSV = {"columns": {"time": "t", "lat": "la", "lon": "lo", "height": "h", "quality": "q"}}


def table_of(heading: str, word: str, rows: int = 20, head: str = "t,la,lo,h,q") -> bytes:
    places = (f"2026-11-21T04:00:{at:02d}Z,30.5{at:08d},114.3{at:08d},45.0{at:02d},4,{word}" for at in range(rows))
    return "\n".join([f"{head},{heading}", *places, ""]).encode()


@given(
    st.one_of(
        st.tuples(
            st.sampled_from(["valid", "Fix", "excluded", "解状态", "是否采用", "flag", "mode", "RTK", "有效"]),
            st.sampled_from(["0", "1", "no", "x", "5"]),
        ),
        st.tuples(st.sampled_from(["remark", "Lösung", "c7", "备注"]), WORDS.map(lambda word: f"{word}ß")),
    )
)
def test_a_column_that_may_deny_a_fix_is_not_passed_over(told: tuple[str, str]) -> None:
    with pytest.raises(DecodeError, match=r"may be no fixed one|whether this row holds"):
        read_epochs(table_of(*told), "csv", CSV)
    for heading, word in (("点名", told[1]), ("Device name", "rover 7"), ("HDOP", "0.6"), ("temperature", "21.5")):
        assert set(read_epochs(table_of(heading, word), "csv", CSV)[0]["quality"].tolist()) == {4}


@given(
    st.sampled_from(["rms(m)", "H accuracy", "sigma_lat", "平面精度(m)", "sdn", "std"]),
    st.decimals("0", "50", places=3, allow_nan=False),
)
def test_a_fix_that_a_table_calls_wide_is_none(heading: str, metres) -> None:
    wide = metres >= Decimal("0.5")
    for named, value in ((heading, metres), (f"{heading.partition('(')[0]}(mm)", metres * 1000)):
        epochs, unread = read_epochs(table_of(named, str(value)), "csv", CSV)
        assert set(epochs["quality"].tolist()) == ({0} if wide else {4})
        assert sum(unread.values()) == (20 if wide else 0)
    assert set(read_epochs(table_of("高程精度", str(metres)), "csv", CSV)[0]["quality"].tolist()) == {4}
    line = f"2026/11/21 04:00:00.000 30.500000000 114.300000000 45.0000 1 12 {metres} 0.01 0.02 0.0 0.0 0.0 1.00 3.0\n"
    epochs, unread = read_epochs(f"{HEAD.replace('GPST', 'UTC')}\n{line}".encode(), "pos", {})
    assert (epochs["quality"].tolist(), sum(unread.values())) == ([0 if wide else 4], int(wide))


@given(st.integers(1, 30))
def test_a_row_without_coordinates_is_an_epoch_without_a_solution(many: int) -> None:
    """Else a receiver that had nothing to say at first would look as if it had been switched on later."""
    blanks = "".join(f"2026-11-21T03:59:{at:02d}Z,,,,0,\n" for at in range(60 - many, 60))
    head, rows = table_of("HDOP", "0.6").decode().split("\n", 1)
    epochs, unread = read_epochs(f"{head}\n{blanks}{rows}".encode(), "csv", CSV)
    assert epochs["quality"].tolist() == [0] * many + [4] * 20
    assert not unread
