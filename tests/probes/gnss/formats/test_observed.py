# SPDX-License-Identifier: Apache-2.0
"""Raw observations of every format are what was written, read once, dated where the source tells it, and told where not understood."""

from __future__ import annotations

import gzip
import subprocess
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from pyrtcm import RTCMReader

from harness.errors import DecodeError
from probes.gnss.formats.observed.columns import Observations, satellite_name, signal_name
from probes.gnss.formats.observed.reading import read_observations
from probes.gnss.formats.observed.rinex import read_rinex
from probes.gnss.formats.observed.streams import read_stream
from tests.probes.gnss.raw import Epoch, Seen, framed, msm7, obsvm, rawx, rinex3

WEEK_NS = 604_800 * 10**9
MONDAY_NS = 2341 * WEEK_NS + 100_000 * 10**9
DAY = date(2024, 11, 18)


def as_written(found: Observations) -> dict[tuple[int, str, str], tuple[float, float, float, int]]:
    """Rows by time, satellite and signal."""
    return {
        (int(row["time_ns"]), satellite_name(int(row["satellite"])), signal_name(int(row["signal"]))): (
            float(row["code_m"]),
            float(row["phase_m"]),
            float(row["cn0_dbhz"]),
            int(row["slip"]),
        )
        for row in found.rows
    }


def check(found: Observations, epochs: list[Epoch], code_m: float, phase_m: float, cn0: float) -> None:
    """The same rows, within these distances."""
    rows = as_written(found)
    assert rows.keys() == {(time, each.sat, each.signal) for time, seen in epochs for each in seen}
    for time, seen in epochs:
        for each in seen:
            code, phase, strength, _ = rows[time, each.sat, each.signal]
            assert abs(code - each.code_m) <= code_m
            assert abs(phase - each.phase_m) <= phase_m
            assert abs(strength - each.cn0) <= cn0


def epochs(
    systems: dict[str, tuple[str, ...]], *, tick_ms: int = 1000, most: int = 4
) -> st.SearchStrategy[list[Epoch]]:
    """Some epochs of some satellites and signals of these systems."""

    def seen(system: str, signals: tuple[str, ...]) -> st.SearchStrategy[list[Seen]]:
        one = st.builds(
            lambda number, signal, code, bias, cn0: Seen(f"{system}{number:02d}", signal, code, code + bias, cn0),
            st.integers(1, 32),
            st.sampled_from(signals),
            st.floats(19e6, 42e6),
            st.floats(-30, 30),
            st.integers(20, 55).map(float),
        )
        return st.lists(one, min_size=1, max_size=8, unique_by=lambda each: (each.sat, each.signal)).map(_near)

    every = st.tuples(*(seen(system, signals) for system, signals in systems.items())).map(
        lambda parts: [e for p in parts for e in p]
    )
    return st.lists(every, min_size=1, max_size=most).map(
        lambda parts: [(MONDAY_NS + number * tick_ms * 10**6, each) for number, each in enumerate(parts)]
    )


def _near(seen: list[Seen]) -> list[Seen]:
    """The signals of one satellite have about one range."""
    first = {each.sat: each.code_m for each in reversed(seen)}
    return [
        Seen(each.sat, each.signal, first[each.sat] + i, first[each.sat] + i + each.phase_m - each.code_m, each.cn0)
        for i, each in enumerate(seen)
    ]


GPS = ("1C", "2W", "5Q")
BDS = ("2I", "1P", "5P")


@given(epochs({"G": GPS, "C": BDS}))
@trying(max_examples=40)
def test_msm_7_gives_ranges_and_phases_of_gps_and_beidou(written: list[Epoch]) -> None:
    data = b"".join(
        msm7(time, [each for each in seen if each.sat[0] == system]) for time, seen in written for system in "GC"
    )
    check(read_stream(data, DAY), written, 1e-3, 1e-3, 0.04)


@given(epochs({"G": ("1C", "2L", "5Q"), "C": BDS, "E": ("1C", "5Q")}))
@trying(max_examples=40)
def test_rxm_rawx_gives_ranges_and_phases_with_their_date(written: list[Epoch]) -> None:
    found = read_stream(b"".join(rawx(*each) for each in written))
    assert found.dated
    check(found, written, 0, 1e-6, 0)


@given(epochs({"G": GPS, "C": (*BDS, "6I")}), st.booleans())
@trying(max_examples=40)
def test_obsvm_gives_ranges_and_phases_in_both_of_its_forms(written: list[Epoch], text: bool) -> None:
    check(read_stream(b"".join(obsvm(*each, text=text) for each in written)), written, 1e-4, 1e-4, 0.01)


@given(
    epochs({"G": GPS, "C": BDS}),
    st.sampled_from(["3.02", "3.04", "3.05", "4.00", "4.02"]),
    st.sampled_from(["\n", "\r\n"]),
)
@trying(max_examples=40)
def test_rinex_3_and_4_give_ranges_and_phases(written: list[Epoch], version: str, end: str) -> None:
    data = rinex3(written, version).replace(b"\n", end.encode())
    check(read_rinex(data), written, 6e-4, 3e-4, 6e-4)


@given(epochs({"C": BDS}))
@trying(max_examples=10)
def test_rinex_in_beidou_time_is_fourteen_seconds_ahead(written: list[Epoch]) -> None:
    later = [(time + 14 * 10**9, seen) for time, seen in written]
    check(read_rinex(rinex3(written, time="BDT")), later, 6e-4, 3e-4, 6e-4)


def test_hatanakas_form_and_compressed_files_are_the_same_observations(tmp_path) -> None:
    hatanaka = pytest.importorskip("hatanaka")
    plain = rinex3(
        [
            (MONDAY_NS + i * 10**9, [Seen("C19", "2I", 2.2e7 + i, 2.2e7 + i), Seen("G05", "1C", 2.3e7, 2.3e7)])
            for i in range(30)
        ]
    )
    wanted = read_observations(plain).canonical_bytes()
    compact = hatanaka.rnx2crx(plain)
    assert b"CRINEX" in compact[:100]
    for data in (compact, gzip.compress(plain), gzip.compress(compact)):
        assert read_observations(data).canonical_bytes() == wanted


def test_a_broken_file_in_hatanakas_form_is_refused_with_a_cure() -> None:
    pytest.importorskip("hatanaka")
    with pytest.raises(DecodeError, match=r"compact form is broken.*crx2rnx"):
        read_observations(
            b"3.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE\nrubbish\n"
        )


def test_rinex_2_is_what_convbin_makes_of_it_in_rinex_3(shared_data, peer, tmp_path) -> None:
    path = shared_data("gnss", "geonet", "07590920.05o")
    subprocess.run(
        [peer("convbin"), "-r", "rinex", "-v", "3.04", "-o", "a.obs", str(path)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    one, other = (as_written(read_rinex(each.read_bytes())) for each in (path, tmp_path / "a.obs"))
    assert len(one) == len(other) == 1872
    near = {(round(time / 1e9), *key): value[:2] for (time, *key), value in other.items()}
    assert all(
        near[(round(time / 1e9), *key)] == pytest.approx(value[:2], abs=1e-6, nan_ok=True)
        for (time, *key), value in one.items()
    )


def test_a_real_stream_is_what_pyrtcm_reads(shared_data) -> None:
    path = shared_data("gnss", "rtcm", "GMSD7_20121014.rtcm3")
    found = read_stream(path.read_bytes())
    ranges = sorted(round(float(each), 3) for each in found.rows["code_m"][found.rows["satellite"] >> 8 == ord("C")])
    wanted = []
    with path.open("rb") as file:
        for _, message in RTCMReader(file):
            if message.identity == "1127":
                wanted += list(_ranges(message))
    assert len(wanted) == 6198
    assert np.allclose(ranges, sorted(wanted), atol=2e-3)
    assert found.unread == {"J signal 6 of MSM": 257}


def _ranges(message: Any) -> Any:
    rough = {}
    for i in range(1, message.NSat + 1):
        rough[getattr(message, f"PRN_{i:02d}")] = getattr(message, f"DF397_{i:02d}") + getattr(
            message, f"DF398_{i:02d}"
        )
    for i in range(1, message.NCell + 1):
        fine = getattr(message, f"DF405_{i:02d}")
        if fine > -(2.0**-10):
            yield (rough[getattr(message, f"CELLPRN_{i:02d}")] + fine) * 299_792.458


@given(epochs({"C": BDS}, most=3), st.integers(0, 10**6), st.integers(1, 255))
@trying(max_examples=40)
def test_a_message_with_a_wrong_checksum_is_told_and_gives_nothing(written: list[Epoch], place: int, flip: int) -> None:
    good = [msm7(*each) for each in written]
    bad = bytearray(good[0])
    bad[8 + place % (len(bad) - 11)] ^= flip  # inside: length and number stay
    found = read_stream(bytes(bad) + b"".join(good[1:]), DAY)
    assert found.damaged == 1
    assert {int(each) for each in found.rows["time_ns"]} == {time for time, _ in written[1:]}


@given(st.binary(max_size=400))
def test_rubbish_is_no_observation_and_no_crash(data: bytes) -> None:
    assert not len(read_stream(data).rows)


@given(st.integers(0, 2000), st.binary(max_size=6))
@trying(max_examples=150)
def test_a_rinex_that_is_cut_or_scribbled_upon_is_read_as_far_as_it_goes_or_refused(cut: int, junk: bytes) -> None:
    data = rinex3(
        [(MONDAY_NS + i * 10**9, [Seen("C19", "2I", 2.2e7, 2.2e7), Seen("G05", "1C", 2.3e7, 2.3e7)]) for i in range(9)]
    )
    at, header = cut % len(data), data.index(b"END OF HEADER") + len(b"END OF HEADER")
    torn = data[:at] + junk
    whole = as_written(read_rinex(data))
    assume(not header <= at <= data.index(b"\n", header))  # what is scribbled behind the label belongs to it
    if at < header:
        with pytest.raises(DecodeError):
            read_rinex(torn)
        return
    strange = as_written(read_rinex(torn)).keys() - whole.keys()
    assert not strange or junk


def test_times_of_a_stream_run_on_over_the_end_of_the_week() -> None:
    start = 2342 * WEEK_NS - 2 * 10**9
    written = [(start + i * 10**9, [Seen("G05", "1C", 2.2e7, 2.2e7)]) for i in range(5)]
    found = read_stream(b"".join(msm7(*each) for each in written), date(2024, 11, 24))
    assert [int(each) for each in found.rows["time_ns"]] == [time for time, _ in written]


def test_a_stream_without_a_date_says_so_and_ephemerides_of_beidou_date_it() -> None:
    data = msm7(MONDAY_NS, [Seen("C19", "2I", 2.2e7, 2.2e7)])
    assert not read_stream(data).dated
    bits = f"{1042:012b}{19:06b}{2341 - 1356:013b}" + "0" * (511 - 31)
    ephemeris = framed(int(bits.ljust(512, "0"), 2).to_bytes(64, "big"))
    found = read_stream(ephemeris + data)
    assert found.dated
    assert int(found.rows["time_ns"][0]) == MONDAY_NS


def test_what_is_there_twice_counts_once_and_a_contradiction_is_told() -> None:
    one = rawx(MONDAY_NS, [Seen("C19", "2I", 2.2e7, 2.2e7)])
    other = rawx(MONDAY_NS, [Seen("C19", "2I", 2.2e7 + 1, 2.2e7)])
    found = read_stream(one + one + other)
    assert (len(found.rows), found.repeated, found.contradicting) == (1, 1, 1)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"     2.11           NAVIGATION DATA     G", "no raw observation|version 2.11 and type NAVIGATION"),
        (b"     5.00           OBSERVATION DATA    G", "of version 5.00"),
        (b"     x              OBSERVATION DATA    G", "of version x"),
    ],
)
def test_a_rinex_of_another_kind_is_refused_by_name(head: bytes, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        read_rinex(head.ljust(60) + b"RINEX VERSION / TYPE\n")


def test_a_signal_and_a_system_that_are_not_known_are_told_by_name() -> None:
    data = rinex3([(MONDAY_NS, [Seen("C19", "2I", 2.2e7, 2.2e7), Seen("G05", "1C", 2.3e7, 2.3e7)])])
    data = data.replace(b"C19 ", b"X19 ").replace(b" C1C L1C S1C", b" C0C L1C S1C")
    found = read_rinex(data)
    assert found.unread == {"system X": 1, "type C0C": 1}
