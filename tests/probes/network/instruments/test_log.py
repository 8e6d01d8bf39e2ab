# SPDX-License-Identifier: Apache-2.0
"""Logs of other programs: the numbers that numpy gives, losses only where the log tells them, places joined by time."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import reduce
from itertools import pairwise
from operator import xor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import installed
from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit.track import Track
from harness.plugins import Asked, Input, Trace
from harness.testing import Question, check_probe, inputs_of
from probes.network.instruments.log import PROBE
from probes.network.measurands.words import head
from probes.network.traces.logs import Form, decode
from tests.probes.network.made import ONE, P99, Answer, asked, codes
from tests.probes.network.recording import source_of, wrong_in

OVER = {"interruption_over": "150 ms"}
START_MS = 1_763_740_800_000
PLAIN = Form({}, {})
TRACK = installed.probe("network.track")


def judged(
    measurand: str, statistic: str, parameters: dict[str, Any], limit: str, *sources: tuple[Any, Path]
) -> Answer:
    question = Question(measurand, statistic, limit, parameters, ONE)
    inputs: list[Input] = []
    for probe, path in sources:
        given = {"file": path.name, "waiting_time": "60 s"} if probe is PROBE else {"file": path.name}
        folder = path.parent / f"{probe.name} of {path.stem}"
        inputs += inputs_of(probe, path.read_bytes(), question, folder, given)
    return asked(inputs, question)


def reference(shared_data: Callable[..., Path], kind: str) -> dict[str, Any]:
    files = json.loads(shared_data("network", "reference_csv.json").read_text(encoding="utf-8"))["files"]
    return {name: each for name, each in files.items() if name.startswith(kind)}


def test_every_drive_log_of_cicv5g_has_the_numbers_that_numpy_gave(shared_data: Callable[..., Path]) -> None:
    files = reference(shared_data, "cicv5g/")
    assert len(files) >= 20
    for name, known in files.items():
        session, track = decode(shared_data("network", name).read_bytes(), name, PLAIN, 60 * 10**9)
        probes = session.probes
        delay = (probes["t4"] - probes["t1"]) / 1e6
        assert (len(probes), delay.min(), delay.max()) == (known["rows"], known["min"], known["max"]), name
        assert delay.mean() == pytest.approx(known["mean"], abs=1e-6)
        assert (delay <= 20).mean() == pytest.approx(known["share_le_20ms"], abs=1e-6)
        shares = np.percentile(delay, [50, 95, 99, 99.9])
        assert shares == pytest.approx([known[key] for key in ("p50", "p95", "p99", "p999")])
        gaps = np.diff(probes["scheduled"]) / 1e6
        assert (np.median(gaps), gaps.max()) == (known["pub_gap_ms"]["p50"], known["pub_gap_ms"]["max"])
        assert len(track) == known["rows"]


def test_whole_milliseconds_never_decide_two_milliseconds_and_losses_stay_unknown(
    shared_data: Callable[..., Path],
) -> None:
    path = shared_data("network", "cicv5g/Arterial_road/n78/50/arterial_n78_v50_run01.txt")
    assert codes(judged("network.rtt", "quantile", P99, "<= 2 ms", (PROBE, path)).invalid) == {
        "network.resolution-too-coarse"
    }
    slow = judged("network.rtt", "quantile", P99, "<= 400 ms", (PROBE, path))
    assert slow.invalid == ()
    assert "network.losses-unknown" in codes(slow.missing), "who knows no losses proves no 99th percentile"
    assert "network.supplied-log-arrivals" in codes(slow.remarks)
    for measurand, statistic, parameters in (
        ("network.loss", "ratio", {}),
        ("network.mobility", "longest-interruption", OVER),
        ("network.availability", "availability", {"survival_time": "1 s"}),
        ("network.dropout", "session-ratio", {}),
    ):
        found = judged(measurand, statistic, parameters, "", (PROBE, path))
        assert codes(found.invalid) == {"network.losses-unknown"}, "a pause of the sender looks like an interruption"


def test_every_ping_log_has_the_replies_and_losses_that_it_says_itself(shared_data: Callable[..., Path]) -> None:
    files = {name: each for name, each in reference(shared_data, "deterministic6g/").items() if each["kind"] == "ping"}
    assert len(files) == 6
    for name, known in files.items():
        session, _ = decode(shared_data("network", name).read_bytes(), name, PLAIN, 60 * 10**9)
        probes = session.probes
        replies = int((probes["flags"] > 0).sum())
        delay = (probes["t4"] - probes["t1"])[probes["flags"] > 0] / 1e6
        assert (replies, delay.min(), delay.max()) == (known["replies"], known["min"], known["max"]), name
        if known["summary"]:
            assert [str(len(probes)), str(replies)] == known["summary"]


def test_ping_prints_tenths_of_a_millisecond_which_are_too_coarse_for_half_a_millisecond(
    shared_data: Callable[..., Path],
) -> None:
    folder = ("network", "deterministic6g", "ProcessingDelayDistribution1", "raw", "ORAN_MEC")
    path = shared_data(*folder, "ping-cloud-ORAN.txt")
    assert codes(judged("network.rtt", "quantile", P99, "<= 500 us", (PROBE, path)).invalid) == {
        "network.resolution-too-coarse"
    }
    assert judged("network.rtt", "quantile", P99, "<= 2 ms", (PROBE, path)).invalid == ()


def test_ping_with_printed_times_loses_by_number_and_marks_copies() -> None:
    text = (
        "PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.\n"
        "[1763740800.010000] 64 bytes from 10.0.0.1: icmp_seq=1 ttl=63 time=10.0 ms\n"
        "[1763740802.020000] 64 bytes from 10.0.0.1: icmp_seq=3 ttl=63 time=20.0 ms\n"
        "[1763740802.021000] 64 bytes from 10.0.0.1: icmp_seq=3 ttl=63 time=21.0 ms (DUP!)\n"
        "64 bytes from 10.0.0.1: icm"
    )
    session, _ = decode(text.encode(), "p.txt", PLAIN, 10**9)
    probes = session.probes
    assert (probes["scheduled"] // 10**6).tolist() == [START_MS, START_MS + 1000, START_MS + 2000]
    assert probes["replies"].tolist() == [1, 0, 2]
    assert [each.code for each in probes.events] == ["stamp.malformed"]


def test_phone_logs_of_ucc_are_tracks_with_the_radio_cells(shared_data: Callable[..., Path]) -> None:
    for name, known in reference(shared_data, "ucc5g/").items():
        session, track = decode(shared_data("network", name).read_bytes(), name, PLAIN, 10**9)
        assert (len(session.probes), len(track)) == (0, known["rows"]), name
        assert not np.isnan(track.rows["east"]).any()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("time(ms),seq,delay(ms)\n1000,7,3\n1010,8,4\n1040,11,3\n", 2),
        ("time(ms),delay(ms)\n1000,3\n1010,timeout\n1020,-\n1030,4\n", 2),
        ("time(s) delay(us)\n1 3000\n2 4000\n", 0),
    ],
)
def test_losses_are_those_that_the_log_tells(text: str, lost: int) -> None:
    session, _ = decode(text.encode(), "x.csv", PLAIN, 10**9)
    assert int((session.probes["flags"] == 0).sum()) == lost
    assert session.header["mode"] == ("log" if lost else "log-arrivals")
    assert (session.probes["t4"] - session.probes["t1"])[session.probes["flags"] > 0].min() == 3 * 10**6


def test_a_fine_time_beside_a_coarse_delay_makes_the_delay_no_finer(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    rows = [f"{START_MS + at * 10}.{at % 7}3,{1 + at % 2}" for at in range(400)]
    path.write_text("time(ms),delay(ms)\n" + "\n".join(rows), encoding="utf-8")
    assert "network.resolution-too-coarse" in codes(
        judged("network.rtt", "quantile", P99, "<= 2 ms", (PROBE, path)).invalid
    )


def rmc(second: int, north: str, knots: str = "19.44", status: str = "A") -> str:
    body = f"GNRMC,1600{second:02d}.00,{status},{north},N,11418.0000,E,{knots},90.0,211125,,,A"
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def test_interruptions_carry_place_speed_and_handover_and_the_map_is_drawn(tmp_path: Path) -> None:
    start = 1_763_740_800_000  # 2025-11-21 16:00:00 UTC
    rows = []
    for number in range(1200):  # a packet every 10 ms; a handover costs 300 ms at 5 s
        cell = "A1" if number < 515 else "B2"
        rows += [] if 500 <= number < 529 else [f"{start + number * 10},{number},{5 + (number > 700)},{cell}"]
    log, track = tmp_path / "drive.csv", tmp_path / "track.nmea"
    log.write_text("time(ms),seq,delay(ms),cell\n" + "\n".join(rows), encoding="utf-8")
    track.write_text("".join(rmc(second, f"30{30 + second / 100:07.4f}") for second in range(12)), encoding="ascii")
    found = judged("network.mobility", "longest-interruption", OVER, "", (PROBE, log))
    (gap,) = found.listing["interruptions"]
    assert (gap["length_ms"], gap["cell"], gap["cell_after"], gap["handover"]) == (300.0, "A1", "B2", True)
    assert [each["cell"] for each in found.listing["by_cell"]] == ["B2", "A1"]
    both = judged("network.mobility", "longest-interruption", OVER, "", (PROBE, log), (TRACK, track))
    (gap,) = both.listing["interruptions"]
    assert gap["latitude"] == pytest.approx(30 + 30.05 / 60)
    assert (gap["longitude"], gap["cell"], gap["handover"]) == (114.3, "A1", True)
    assert gap["speed_kmh"] == pytest.approx(36, abs=0.01)
    assert both.listing["track"][head("length_m").en] == pytest.approx(11 * 18.53, rel=0.01), (
        "a hundredth of a minute a second"
    )
    (map_of,) = [each for each in both.figures if each.kind == "track"]
    (at,) = [at for at, group in enumerate(map_of.data["group"]) if group.en == "interruption"]
    assert map_of.data["y"][at] == pytest.approx(5 * 18.53, rel=0.01), "five seconds into the drive"
    place = judged("network.rtt", "quantile", P99, "", (PROBE, log), (TRACK, track))
    assert [each["from_kmh"] for each in place.listing["by_speed"]] == [30]
    assert {"track", "table"} <= {each.kind for each in place.figures}
    (change,) = place.listing["cell_changes"]
    assert (change["cell"], change["cell_after"]) == ("A1", "B2")


def test_real_drives_are_drawn_with_every_change_of_cell(shared_data: Callable[..., Path]) -> None:
    drives = sorted(name for name in reference(shared_data, "cicv5g/") if "/n78/" in name)
    changes = {}
    for name in drives:
        rows = [line.split() for line in shared_data("network", name).read_text(encoding="utf-8").splitlines()[1:]]
        changes[name] = [(one[7], other[7]) for one, other in pairwise(rows) if one[7] != other[7]]
    for name in sorted(changes, key=lambda each: len(changes[each]))[-2:]:
        assert changes[name]
        found = judged("network.rtt", "quantile", P99, "<= 400 ms", (PROBE, shared_data("network", name)))
        listed = found.listing["cell_changes"]
        assert [(each["cell"], each["cell_after"]) for each in listed] == changes[name][:200]
        assert all(each["x_m"] is not None for each in listed)
        assert found.listing["track"][head("handovers").en] == len(changes[name])
        (map_of,) = [each for each in found.figures if each.kind == "track"]
        marked = [group.en for group in map_of.data["group"]].count("change of cell")
        assert marked == len(changes[name])


def test_a_measurement_off_the_track_is_said_to_be(tmp_path: Path) -> None:
    log, track = tmp_path / "drive.csv", tmp_path / "track.nmea"
    rows = [f"{1_763_740_800_000 + at * 100},{at},5" for at in range(100)]
    log.write_text("time(ms),seq,delay(ms)\n" + "\n".join(rows), encoding="utf-8")
    track.write_text(rmc(0, "3030.0000") + rmc(1, "3030.0100"), encoding="ascii")
    found = judged("network.rtt", "quantile", P99, "", (PROBE, log), (TRACK, track))
    (remark,) = [each for each in found.remarks if each.code == "network.off-track"]
    assert "10" in remark.text.en
    assert "秒" in remark.text.zh


def test_a_parked_car_is_no_drive(tmp_path: Path) -> None:
    log, track = tmp_path / "drive.csv", tmp_path / "track.nmea"
    rows = [f"{1_763_740_800_000 + at * 10},{at},5" for at in range(5000)]
    log.write_text("time(ms),seq,delay(ms)\n" + "\n".join(rows), encoding="utf-8")
    far = [rmc(second, f"30{30 + second / 50:07.4f}") for second in range(50)]
    jitter = [rmc(second, f"3030.{second * 7 % 100:04d}") for second in range(50)]
    for measurand, statistic, more in (
        ("network.mobility", "longest-interruption", OVER),
        ("network.rtt", "quantile", P99),
        ("network.loss", "ratio", {}),
    ):
        asks = measurand, statistic, {**more, "driven": "1 km"}, ""
        assert codes(each.reason for each in judged(*asks, (PROBE, log)).lacks) >= {"network.drive-without-track"}
        for name, sentences in (("drive-too-short", jitter), ("drive-off-track", far[:30])):
            track.write_text("".join(sentences), encoding="ascii")
            assert f"network.{name}" in codes(each.reason for each in judged(*asks, (PROBE, log), (TRACK, track)).lacks)
        track.write_text("".join(far), encoding="ascii")
        told = codes(each.reason for each in judged(*asks, (PROBE, log), (TRACK, track)).lacks)
        assert not {each for each in told if "drive" in each}


@given(st.permutations([(at, float(at), 1.0, 0.0, "c", True) for at in range(5)]), st.integers(0, 5))
def test_tracks_merge_in_any_order(rows: list[Any], cut: int) -> None:
    whole = Track.of(rows)
    assert Track.of(rows[:cut]).merge(Track.of(rows[cut:])) == whole
    assert whole.merge(Track.none()) == whole


def test_the_probe_keeps_the_house_rules_and_names_wrong_settings(tmp_path: Path, sink: Any) -> None:
    log = tmp_path / "x.log"
    log.write_text("time,delay\n1,2\n2,3\n", encoding="utf-8")
    (tmp_path / "torn").mkdir()
    settings = PROBE.settings.parse({"file": "x.log"})
    trace = Trace("s02.x", "x", PROBE.name, 1, (log,), settings)
    check_probe(PROBE, trace, Asked((), settings), tmp_path / "torn")
    assert not wrong_in(PROBE, {"file": "x.log"}, tmp_path)
    source = source_of(PROBE, {"file": "x.log"}, tmp_path)
    source.preflight()
    source.record(sink)
    assert bytes(sink.data) == log.read_bytes()
    wrong = wrong_in(PROBE, {"file": "y.log", "columns": {"when": "t"}, "speed": 1})
    assert {each.keys[0] for each in wrong} == {"speed", "columns"}
    assert [each.keys for each in wrong_in(PROBE, {"file": "y.log"}, tmp_path)] == [("file",)]


def test_a_log_that_vanished_is_called_a_log(tmp_path: Path) -> None:
    with pytest.raises(InstrumentError, match=r"^The log drive\.csv cannot be read"):
        source_of(PROBE, {"file": "drive.csv"}, tmp_path).preflight()
    (tmp_path / "drive.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="is no log") as caught:
        source_of(PROBE, {"file": "drive.csv"}, tmp_path).preflight()
    assert caught.value.cure


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xff\x00", b"PING"])
def test_what_is_no_log_is_one_sentence_with_the_cure(data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(data, "x.log", PLAIN, 10**9)
    assert caught.value.cure


@given(
    st.binary(max_size=300) | st.text(alphabet="PING 0123456789.()=:msbytefromicqtl,\n-", max_size=300).map(str.encode)
)
def test_no_bytes_crash_the_reader(noise: bytes) -> None:
    for start in (b"", b"time,delay\n", b"PING x (1.1.1.1)\n"):
        with suppress(DecodeError):
            decode(start + noise, "x.log", PLAIN, 10**9)
