# SPDX-License-Identifier: Apache-2.0
"""Whatever sentence of an epoch denies a fix is heard, in any order, with any letter that is no measurement; so are alarms and other days."""

from __future__ import annotations

from functools import reduce
from operator import xor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.model import Verdict
from probes.gnss.digests.log import Log, LogSummary, whole_log
from probes.gnss.faces.analyse import analyse_gnss
from probes.gnss.formats.decode import decode
from tests.probes.gnss.conftest import judged, trace_of

FEW = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
MEASURED, OTHER = "ADPR", "EFMNSXYZQadr?"


def sealed(body: str) -> bytes:
    return f"${body}*{reduce(xor, body.encode()):02X}\r\n".encode()


def rmc(clock: str, letter: str) -> bytes:
    return sealed(f"GNRMC,{clock},A,3030.0000000,N,11418.0000000,E,0.0,,211126,,,{letter},V")


def gll(clock: str, letter: str) -> bytes:
    return sealed(f"GNGLL,3030.0000000,N,11418.0000000,E,{clock},A,{letter}")


def vtg(_clock: str, letter: str) -> bytes:
    return sealed(f"GNVTG,,T,,M,0.01,N,0.02,K,{letter}")


def gga(clock: str, number: int, satellites: int = 24, unit: str = "M") -> bytes:
    place = f"3030.00000{number % 90:02d},N,11418.00000{number % 90:02d},E"
    return sealed(f"GNGGA,{clock},{place},4,{satellites:02d},0.6,57.5{number % 10}00,{unit},-12.5,M,1.0,0001")


GSA = sealed("GNGSA,A,3,01,02,03,04,05,06,07,,,,,,1.1,0.6,0.9,4")


def epochs(says, count: int = 60, step: float = 1.0, **gga_says) -> bytes:
    """A log in which each epoch is GGA, RMC and BeiDou's GSA, with what ``says`` gives put before or behind."""
    out = []
    for number in range(count):
        second = number * step
        clock = f"04{int(second // 60) % 60:02d}{second % 60:05.2f}"
        before, after = says(clock, number)
        out += [before, gga(clock, number, **gga_says), rmc(clock, "R"), GSA, after]
    return b"".join(out)


def log_of(data: bytes, folder: Path) -> Log:
    path = folder / "a.nmea"
    path.write_bytes(data)
    return whole_log(LogSummary((decode(path),)))


SAYS = {"RMC": rmc, "GLL": gll, "VTG": vtg}


@FEW
@given(st.sampled_from(sorted(SAYS)), st.sampled_from(OTHER), st.booleans())
def test_a_letter_that_is_no_measurement_denies_the_fix(tmp_path: Path, name: str, letter: str, behind: bool) -> None:
    def said(clock: str, _number: int) -> tuple[bytes, bytes]:
        denial = SAYS[name](clock, letter)
        return (b"", denial) if behind else (rmc(clock, "R"), denial)

    assert log_of(epochs(said), tmp_path).unfixed.mean() > 0.95


@FEW
@given(st.sampled_from(sorted(SAYS)), st.sampled_from(MEASURED))
def test_a_letter_of_a_measurement_does_not(tmp_path: Path, name: str, letter: str) -> None:
    found = log_of(epochs(lambda clock, _: (b"", SAYS[name](clock, letter))), tmp_path)
    assert not found.unfixed.any()
    assert (found.beidou == 7).all()


def test_old_sentences_without_a_mode_say_nothing(tmp_path: Path) -> None:
    def old(clock: str, _number: int) -> tuple[bytes, bytes]:
        bodies = ("GPVTG,,T,,M,0.01,N,0.02,K", f"GPGLL,3030.0,N,11418.0,E,{clock},A", "GNVTG,,T,,M,,N,,K,")
        return b"", b"".join(map(sealed, bodies))

    assert not log_of(epochs(old), tmp_path).unfixed.any()


def test_the_status_of_gll_denies_as_well(tmp_path: Path) -> None:
    void = lambda clock, _: (b"", sealed(f"GPGLL,3030.0,N,11418.0,E,{clock},V"))  # noqa: E731
    assert log_of(epochs(void), tmp_path).unfixed.mean() > 0.95


def gsa(dimensions: str, system: str = "4") -> bytes:
    return sealed(f"GNGSA,A,{dimensions},01,02,03,04,05,06,07,,,,,,1.1,0.6,0.9,{system}")


@FEW
@given(st.sampled_from(["1", "2", "0", "4", "A"]))
def test_a_fix_that_gsa_calls_none_or_flat_is_denied(tmp_path: Path, dimensions: str) -> None:
    data = epochs(lambda _clock, _number: (b"", b"")).replace(GSA, gsa(dimensions))
    assert log_of(data, tmp_path).unfixed.mean() > 0.95


def test_a_system_that_takes_no_part_denies_nothing(tmp_path: Path) -> None:
    """Some receivers write a GSA for every system they know, and call it no fix where it has no satellites."""
    idle = sealed("GNGSA,A,1,,,,,,,,,,,,,,,,5")
    found = log_of(epochs(lambda _clock, _number: (b"", idle)), tmp_path)
    assert not found.unfixed.any()
    assert (found.beidou == 7).all()
    blank = log_of(epochs(lambda _clock, _number: (b"", b"")).replace(GSA, gsa("")), tmp_path)
    assert not blank.unfixed.any()


@pytest.mark.parametrize(("told", "beidou"), [(gsa("3", "1"), 0), (gsa("3", "1") + GSA, 7), (b"", 1)])
def test_a_letter_of_gns_adds_no_satellites_to_those_that_gsa_names(tmp_path: Path, told: bytes, beidou: int) -> None:
    def gns(clock: str, _number: int) -> tuple[bytes, bytes]:
        return b"", sealed(f"GNGNS,{clock},3030.0000000,N,11418.0000000,E,RNNR,20,0.6,57.5,-12.5,1.0,1,V") + told

    data = epochs(gns).replace(GSA + b"$GNGNS", b"$GNGNS")
    assert (log_of(data, tmp_path).beidou == beidou).all()


@FEW
@given(
    st.one_of(
        st.sampled_from(["P90", "999", "W72", "w84", "W8", "W845"]), st.from_regex(r"[A-V][0-9A-Z]{2}", fullmatch=True)
    )
)
def test_positions_in_another_datum_are_denied(tmp_path: Path, datum: str) -> None:
    def said(datum: str, offsets: str = "0.08,N,0.07,E,-47.7"):
        return lambda _clock, _number: (b"", sealed(f"GNDTM,{datum},,{offsets},W84"))

    assert log_of(epochs(said(datum)), tmp_path).unfixed.mean() > 0.95
    for shifted in ("0.08,N,0.0,E,0.0", "0.0,N,0.07,W,0.0", "0.0000,N,0.0000,E,-47.7"):
        assert log_of(epochs(said("W84", shifted)), tmp_path).unfixed.mean() > 0.95
    for fine in ("W84", ""):
        found = log_of(epochs(said(fine, "0.0000,N,0.0000,E,0.0")), tmp_path)
        assert not found.unfixed.any()
        assert (found.beidou == 7).all()


@pytest.mark.parametrize("name", sorted(SAYS))
def test_only_the_epochs_that_are_denied_are(tmp_path: Path, name: str) -> None:
    some = lambda clock, number: (b"", SAYS[name](clock, "E" if number in {7, 8, 30} else "R"))  # noqa: E731
    assert set(np.flatnonzero(log_of(epochs(some), tmp_path).unfixed)) >= {7, 8, 30}
    assert log_of(epochs(some), tmp_path).unfixed.sum() <= 5


def test_a_log_cut_anywhere_is_denied_the_same_epochs(tmp_path: Path) -> None:
    def said(clock: str, number: int) -> tuple[bytes, bytes]:
        return gst(clock, "0.7" if number % 5 == 0 else "0.1"), vtg(clock, "S" if number % 3 == 0 else "R") + (
            zda(clock, "21,11,2026" if number % 7 else "20,11,2026") + framed(FRAMES[3], "spoofed")
        )

    data = epochs(said)
    whole, path = log_of(data, tmp_path), tmp_path / "a.nmea"
    ends = [at + 2 for at in range(len(data)) if data[at : at + 2] == b"\r\n"]
    assert (whole.other_days, sum(whole.alarms.values())) == (9, 60)
    for cut in ends[5:60:9]:
        pieces = LogSummary((decode(path, 0, cut), decode(path, cut)))
        found = whole_log(pieces)
        assert (found.unfixed == whole.unfixed).all()
        assert (found.other_days, found.alarms) == (whole.other_days, whole.alarms)
        assert (found.beidou == whole.beidou).all()


TRUTH = {
    "lat": 30.5,
    "lon": 114.3,
    "height": 45.0,
    "frame": "CGCS2000",
    "epoch": 2000.0,
    "u_horizontal": "0.5 mm",
    "u_vertical": "1 mm",
}


def verdict_of(data: bytes, folder: Path, measurand: str = "gnss.horizontal"):
    path = folder / "a.nmea"
    path.write_bytes(data)
    config = {"file": str(path), "mode": "static", "truth": TRUTH, "positions": {"frame": "CGCS2000", "epoch": 2000.0}}
    outcome, judgement = judged(trace_of(config), measurand, "rms", "<= 1 m")
    return judgement.verdict, {each.code for each in outcome.invalid}


def nothing(_clock: str, _number: int) -> tuple[bytes, bytes]:
    return b"", b""


def test_a_clean_log_passes(tmp_path: Path) -> None:
    assert verdict_of(epochs(nothing), tmp_path) == (Verdict.PASS, set())


@pytest.mark.parametrize("satellites", [0, 1, 3])
def test_a_fix_from_too_few_satellites_is_a_contradiction(tmp_path: Path, satellites: int) -> None:
    assert verdict_of(epochs(nothing, satellites=satellites), tmp_path) == (Verdict.INVALID, {"gnss.few-satellites"})


@pytest.mark.parametrize(
    ("stated", "said"),
    [((b",1.0,0001", b",121,0001"), True), ((b",1.0,0001", b",600.5,0001"), True), ((b",1.0,0001", b",-5,0001"), True), ((b",0.6,57", b",99.99,57"), True),
     ((b",1.0,0001", b",60,0001"), False), ((b",1.0,0001", b",,0001"), False), ((b",0.6,57", b",3.5,57"), False)],
)  # fmt: skip
def test_a_fix_by_old_corrections_or_without_a_sky_is_a_contradiction(
    tmp_path: Path, stated: tuple[bytes, bytes], said: bool
) -> None:
    lines = [line for line in epochs(nothing).split(b"\r\n") if line]
    data = b"".join(sealed(line[1:].partition(b"*")[0].replace(*stated).decode()) for line in lines)
    assert ("gnss.fix-not-credible" in verdict_of(data, tmp_path)[1]) is said


@pytest.mark.parametrize("unit", ["F", "f", "ft", "K"])
def test_a_height_in_another_unit_is_no_height(tmp_path: Path, unit: str) -> None:
    verdict, codes = verdict_of(epochs(nothing, unit=unit), tmp_path, "gnss.vertical")
    assert verdict is Verdict.INVALID
    assert "gnss.no-separation" in codes


@pytest.mark.parametrize("name", ["GLL", "VTG"])
def test_the_verdict_hears_the_denial(tmp_path: Path, name: str) -> None:
    said = lambda clock, _: (b"", SAYS[name](clock, "S"))  # noqa: E731
    assert verdict_of(epochs(said), tmp_path) == (Verdict.INVALID, {"gnss.modes-contradict"})


def test_old_corrections_fail_the_reading_of_their_age(tmp_path: Path) -> None:
    """There the ages are what is judged, and not a contradiction."""
    lines = [line for line in epochs(nothing).split(b"\r\n") if line]
    old = (sealed(line[1:].partition(b"*")[0].replace(b",1.0,0001", b",600,0001").decode()) for line in lines)
    (path := tmp_path / "a.nmea").write_bytes(b"".join(old))
    config = {"file": str(path), "mode": "static", "truth": TRUTH, "positions": {"frame": "CGCS2000", "epoch": 2000.0}}
    outcome, _ = judged(trace_of(config), "gnss.age", "quantile", "<= 5 s", q="95 %")
    assert "gnss.fix-not-credible" not in {each.code for each in outcome.invalid}


def gst(clock: str, metres: str, which: int = 0) -> bytes:
    cells = ["0.010", "0.010", "0.030"]
    cells[which] = metres
    return sealed(f"GNGST,{clock},1.2,0.012,0.009,45.0,{','.join(cells)}")


WIDE = st.decimals("0.5", "9999", places=4, allow_nan=False).map(str)
NARROW = st.one_of(st.decimals("0", "0.4999", places=4, allow_nan=False).map(str), st.sampled_from(["", ".4", "0"]))


@FEW
@given(WIDE, st.integers(0, 1), st.booleans())
def test_a_fix_whose_own_deviation_is_that_of_none_is_denied(
    tmp_path: Path, metres: str, which: int, first: bool
) -> None:
    def said(clock: str, _number: int) -> tuple[bytes, bytes]:
        told = gst(clock, metres, which)
        return (told, b"") if first else (b"", told)

    assert log_of(epochs(said), tmp_path).unfixed.mean() > 0.95


@FEW
@given(NARROW, st.integers(0, 1))
def test_a_narrow_deviation_or_a_wide_one_of_the_height_denies_nothing(tmp_path: Path, metres: str, which: int) -> None:
    found = log_of(epochs(lambda clock, _: (gst(clock, "1.7", 2), gst(clock, metres, which))), tmp_path)
    assert not found.unfixed.any()
    assert (found.beidou == 7).all()


def ksxt(clock: str, quality: str) -> bytes:
    return sealed(f"KSXT,20261121{clock},114.3,30.5,57.5,,,,0.0,,{quality},0,24,,,,,,,,1.0")


def ggk(clock: str, quality: str) -> bytes:
    return sealed(f"PTNL,GGK,{clock},112126,3030.0,N,11418.0,E,{quality},24,1.1,EHT45.0,M")


def pubx(clock: str, state: str, accuracy: str = "0.01") -> bytes:
    return sealed(f"PUBX,00,{clock},3030.0,N,11418.0,E,57.5,{state},{accuracy},0.02,0.0,0.0,0.0,,0.6,1.0,1.0,24,0,0")


@FEW
@given(
    st.one_of(
        st.tuples(st.just(ksxt), st.sampled_from("012456789")),
        st.tuples(st.just(ggk), st.sampled_from(["0", "1", "2", "4", "5", "8", "10", "11", "33"])),
        st.tuples(st.just(pubx), st.sampled_from(["NF", "DR", "G2", "G3", "D2", "RK", "TT", "F3", "D"])),
        st.tuples(st.just(lambda clock, metres: pubx(clock, "D3", metres)), WIDE),
    )
)
def test_a_maker_s_sentence_denies_the_fix_as_well(tmp_path: Path, told) -> None:
    say, word = told
    assert log_of(epochs(lambda clock, _: (b"", say(clock, word))), tmp_path).unfixed.mean() > 0.95


def test_a_maker_s_sentence_that_agrees_or_is_silent_denies_nothing(tmp_path: Path) -> None:
    others = sealed("PUBX,04,040000.00,211126,1,2,18,0,0,0") + sealed("PUBX,00") + sealed("KSXT,1")
    for told in (
        ksxt("040000.00", "3"),
        ksxt("040000.00", ""),
        ggk("1", "3"),
        ggk("1", "7"),
        ggk("1", ""),
        pubx("1", "D3"),
        pubx("1", ""),
        others,
    ):
        found = log_of(epochs(lambda _clock, _number, told=told: (b"", told)), tmp_path)
        assert not found.unfixed.any()
        assert (found.beidou == 7).all()


def zda(clock: str, day: str) -> bytes:
    return sealed(f"GNZDA,{clock},{day},00,00")


@FEW
@given(
    st.integers(1, 30).filter(lambda day: day != 21), st.sampled_from(["11,2026", "11,2025", "05,2007"]), st.booleans()
)
def test_a_zda_of_another_day_than_the_rmc_makes_the_record_invalid(
    tmp_path: Path, day: int, rest: str, first: bool
) -> None:
    def said(clock: str, _number: int) -> tuple[bytes, bytes]:
        told = zda(clock, f"{day:02d},{rest}")
        return (told, b"") if first else (b"", told)

    assert "gnss.other-days" in verdict_of(epochs(said), tmp_path)[1]
    assert verdict_of(epochs(lambda clock, _: (b"", zda(clock, "21,11,2026"))), tmp_path) == (Verdict.PASS, set())


def test_a_zda_beside_a_void_rmc_is_no_date(tmp_path: Path) -> None:
    """Receivers write the day their clock woke with until they have one."""
    cold = b"".join(
        sealed(f"GNGGA,0000{at:02d}.00,,,,,0,00,99.9,,,,,,")
        + sealed(f"GNRMC,0000{at:02d}.00,V,,,,,,,060180,,,N,V")
        + zda(f"0000{at:02d}.00", "06,01,1980")
        for at in range(30)
    )
    found = log_of(cold + epochs(lambda clock, _: (b"", zda(clock, "21,11,2026"))), tmp_path)
    assert found.untimed[1] == 30
    assert (np.diff(found.time_ns) == 10**9).all()


TEXTS = (
    "{} detected", "{}!", "warning: {}ing", "{} state 2", "{}: yes", "possibly {}ed", "no fix: {}ing", "not sure of {}ing",
)  # fmt: skip
QUIET = (
    "no {}ing", "no {}ing detected", "{}ing: none", "{}ing not detected", "{}ing status ok", "{}ing = 0", "without {}ing",
)  # fmt: skip
FRAMES = (
    "$GNTXT,01,01,02,{}", "$GPTXT,01,01,02,{}", "$PSAT,WRN,{}", '#RXSTATUSEVENTA,COM1,0,60,FINE,2390,0,0,0,0;STATUS,15,SET,"{}"',
)  # fmt: skip


def framed(frame: str, text: str) -> bytes:
    body = frame.format(text)
    return sealed(body[1:]) if body[0] == "$" else f"{body}*0123abcd\r\n".encode()


@FEW
@given(
    st.sampled_from(TEXTS),
    st.sampled_from(QUIET),
    st.sampled_from(FRAMES),
    st.sampled_from(["spoof", "Simulat", "REPLAY", "JAM"]),
)
def test_a_receiver_that_speaks_of_spoofing_or_jamming_is_heard(
    tmp_path: Path, text: str, quiet: str, frame: str, word: str
) -> None:
    """Wherever it stands, and however often; but for the words that are known to say that there is none."""
    said, fine = framed(frame, text.format(word)), framed(frame, quiet.format(word))
    found = log_of(epochs(lambda _, number: (b"", said if number == 7 else fine)), tmp_path)
    assert [(each.spoofed, count) for each, count in found.alarms.items()] == [(word != "JAM", 1)]


@pytest.mark.parametrize(
    ("remark", "heard"),
    [
        ("# simulated data", 1), ("; simulierte Daten", 1), ("# outliers removed", 1), ("% post-processed", 1), ("# 后处理结果", 1), ("以上数据为模拟数据", 1), ("// données simulées", 1),
        ("# シミュレーション", 1), ("# operator Wang, antenna 1.8 m", 0), ("# 实测记录", 0), ("Jan  1 00:00:00 host gps:", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_remark_between_sentences_is_heard_in_every_language(
    tmp_path: Path, remark: str, heard: int, encoding: str
) -> None:
    said = f"{remark}\r\n".encode(encoding)
    for place in (0, 30):
        found = log_of(epochs(lambda _, number, at=place: (said if number == at else b"", b"")), tmp_path)
        assert [(each.spoofed, count) for each, count in found.alarms.items()] == [(True, 1)] * heard


@pytest.mark.parametrize(
    ("body", "heard"),
    [("PAIRSPF,1", 0), ("PAIRSPF,2", 1), ("PAIRSPF5,3", 1), ("PQTMJAMMINGSTATUS,1,1", 0), ("PQTMJAMMINGSTATUS,1,3", 1)],
)
def test_the_states_of_detectors_are_known(tmp_path: Path, body: str, heard: int) -> None:
    data = epochs(lambda _, number: (b"", sealed(body) if number == 7 else b""))
    assert sum(log_of(data, tmp_path).alarms.values()) == heard


def test_spoofing_makes_a_record_invalid_and_jamming_and_unread_sentences_are_told(tmp_path: Path) -> None:
    def said(_clock: str, number: int) -> tuple[bytes, bytes]:
        return b"", framed(FRAMES[0], "jamming level 3") + sealed("PQTMEPE,2,0.1") if number < 3 else b""

    config = {"mode": "static", "truth": TRUTH, "positions": {"frame": "CGCS2000", "epoch": 2000.0}}
    for measurand, statistic in (("gnss.horizontal", "rms"), ("gnss.fix-rate", "ratio")):
        (path := tmp_path / "a.nmea").write_bytes(epochs(said))
        outcome, _ = judged(trace_of({**config, "file": str(path)}), measurand, statistic, None)
        told = {each.code: each.text.en for each in outcome.remarks}
        assert '3 times ("GNTXT,#,#,#,jamming level #")' in told["gnss.jammed"]
        assert "PQTMEPE (3)" in told["gnss.sentences-unread"]
        assert not outcome.invalid
        path.write_bytes(epochs(said) + framed(FRAMES[3], "spoofing"))
        assert "alarms" in {each["code"] for each in analyse_gnss([path])["files"][0]["remarks"]}
        outcome, _ = judged(trace_of({**config, "file": str(path)}), measurand, statistic, None)
        assert {each.code for each in outcome.invalid} == {"gnss.spoofed"}
