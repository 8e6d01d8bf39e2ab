# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse frames``: recordings of others recomputed, and what nobody should be fooled by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.cli import main
from tests.probes.immersive.made import HEAD, presentmon

KEYS = {
    "application", "pid", "swapchain", "frames", "interval_column", "n", "mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms",
    "fps", "over_twice_median", "dropped",
}  # fmt: skip
SAME = {
    "rows": "frames",
    "column": "interval_column",
    "avg_fps_harmonic": "fps",
    "frames_over_2x_median": "over_twice_median",
}
Analysed = Callable[..., dict[str, Any]]


@pytest.fixture
def analysed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Analysed:
    """What the command says of a file's content."""

    def say(content: str | bytes, name: str = "log.csv", code: int = 0) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert main(["analyse", "frames", str(path), "--json"]) == code
        told = capsys.readouterr()
        return json.loads(told.out)["files"][0] if code == 0 else {"error": told.err}

    return say


def codes(entry: dict[str, Any]) -> list[str]:
    return [each["code"].removeprefix("immersive.") for each in entry["events"]]


@pytest.mark.parametrize("case", [f"test_case_{at}{schema}" for at in (0, 2, 4, 5) for schema in ("", "_v1", "_v2")])
def test_presentmons_gold_traces_are_recomputed(
    shared_data: Callable[..., Path], analysed: Analysed, case: str
) -> None:
    folder = shared_data("compute", "presentmon")
    wanted = json.loads((folder / "recomputed.json").read_text())[case]
    entry = analysed((folder / f"{case}.csv").read_bytes())
    assert len(entry["streams"]) == len(wanted)
    for found, each in zip(entry["streams"], wanted, strict=True):
        assert set(found) == KEYS
        for key, value in each.items():
            if key != "mean_of_inst_fps":
                assert found[SAME.get(key, key)] == (
                    pytest.approx(value, rel=1e-9) if isinstance(value, float) else value
                )
    assert entry["events"] == []


def test_getstats_of_chromium_is_recomputed(shared_data: Callable[..., Path], analysed: Analysed) -> None:
    folder = shared_data("compute", "webrtc")
    name = "chromium156_getstats_15x1s.json"
    wanted = json.loads((folder / "recomputed.json").read_text())[name]
    found = analysed((folder / name).read_bytes(), name)["webrtc"]
    assert found["snapshots"] == wanted["snapshots"]
    pairs = {
        "interval_s": "interval_s", "frames_decoded": "frames_decoded", "fps": "fps_from_counters",
        "mean_inter_frame_ms": "mean_inter_frame_delay_ms", "sd_inter_frame_ms": "sd_inter_frame_delay_ms",
        "jitter_buffer_mean_ms": "jitter_buffer_mean_ms", "packets_lost": "packets_lost", "bitrate_kbps": "bitrate_kbps",
        "freezes": "freeze_count",
    }  # fmt: skip
    for ours, theirs in pairs.items():
        assert found[ours] == pytest.approx(wanted[theirs], rel=1e-9)


def test_the_rate_is_frames_over_time_and_no_mean_of_rates(analysed: Analysed) -> None:
    stream = analysed(presentmon([10] * 90 + [100] * 10))["streams"][0]
    assert stream["fps"] == pytest.approx(100 / 1.9)
    assert stream["over_twice_median"] == 10


def test_two_applications_are_two_streams(analysed: Analysed) -> None:
    both = presentmon([10] * 20) + presentmon([20] * 30, "other.exe", 8).partition("\n")[2]
    assert [(each["application"], each["frames"]) for each in analysed(both)["streams"]] == [
        ("viewer.exe", 20),
        ("other.exe", 30),
    ]


def test_a_second_head_and_repeated_rows_count_once(analysed: Analysed) -> None:
    log = presentmon([10] * 20)
    entry = analysed(log + log)
    assert entry["streams"][0]["frames"] == 20
    assert {"head-again", "rows-repeated"} <= set(codes(entry))


def test_rows_that_were_taken_out_show_in_the_stamps(analysed: Analysed) -> None:
    rows = presentmon([10] * 50 + [200] + [10] * 50).splitlines()
    entry = analysed("\n".join(rows[:51] + rows[52:]) + "\n")
    assert "time-contradicts" in codes(entry)


def test_decimal_commas_are_read_where_semicolons_part_the_cells(analysed: Analysed) -> None:
    entry = analysed(presentmon([12.5] * 20).replace(",", ";").replace(".", ",").replace("viewer,exe", "viewer.exe"))
    assert entry["streams"][0]["mean_ms"] == 12.5
    assert codes(entry) == ["decimal-comma"]


def test_decimal_commas_between_commas_are_refused(analysed: Analysed) -> None:
    said = analysed(presentmon([12.5] * 20).replace("12.5", "12,5"), code=4)["error"]
    assert "cells" in said or "单元格" in said


def test_frames_that_were_generated_do_not_count(analysed: Analysed) -> None:
    rows = presentmon([10] * 20).splitlines()
    made = [
        f"{HEAD},FrameType",
        *(f"{row},{'Application' if at % 2 else 'AMD_AFMF'}" for at, row in enumerate(rows[1:])),
    ]
    entry = analysed("\n".join(made) + "\n")
    assert entry["streams"][0]["frames"] == 10
    assert "generated" in codes(entry)


@pytest.mark.parametrize("word", ["fast", "-3", "1e999", "inf", "1_0", "５", "10 ms"])
def test_a_word_where_an_interval_should_be_is_refused(analysed: Analysed, word: str) -> None:
    analysed(presentmon([10] * 5).replace(",10.0000", f",{word}", 1), code=4)


def test_an_unknown_mark_of_a_dropped_frame_is_refused(analysed: Analysed) -> None:
    analysed(presentmon([10] * 5).replace(",1,0,0,", ",1,0,no,", 1), code=4)


def test_a_last_line_that_was_cut_is_told(analysed: Analysed) -> None:
    entry = analysed(presentmon([10] * 5).rstrip("\n") + "\nviewer.exe,7,0x0")
    assert (entry["streams"][0]["frames"], codes(entry)) == (5, ["cut-short"])


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2\n", "[]", "{", '{"snapshots": []}', '[{"receiver": []}]', "\0\0", HEAD + "\n"]
)
def test_what_is_no_log_of_frames_is_refused_with_a_sentence(analysed: Analysed, content: str) -> None:
    assert "\n" in analysed(content, code=4)["error"]


def test_mangohuds_unit_is_found_by_the_rates_beside(analysed: Analysed) -> None:
    head = "os,cpu\nArch,X\nfps,frametime,cpu_load,elapsed\n"
    for scale, told in ((1, []), (1000, ["unit-found"])):
        rows = "".join(f"{1000 / 12.5:.3f},{12.5 * scale},5,{at * 12_500_000}\n" for at in range(1, 40))
        entry = analysed(head + rows)
        assert entry["format"] == "mangohud"
        assert entry["streams"][0]["mean_ms"] == pytest.approx(12.5)
        assert codes(entry) == told
    assert "unit-unproven" in codes(analysed(head + "".join(f"80,{at},5,0\n" for at in range(90, 100))))


def test_a_headsets_rows_are_weighted_by_their_time(analysed: Analysed) -> None:
    rows = "Time Stamp,average_frame_rate,stale_frame_count\n0,72,0\n1000,72,1\n3000,36,9\n"
    entry = analysed(rows)
    assert entry["format"] == "ovr-metrics"
    assert entry["streams"][0]["fps"] == pytest.approx((72 + 2 * 36) / 3)
    assert (entry["streams"][0]["dropped"], entry["streams"][0]["n"]) == (10, 0)


def gfxinfo(durations_ms: list[float], flagged: int = 0, package: str = "cn.example.tour") -> str:
    rows = [(at * 16_666_667, at * 16_666_667 + int(each * 1e6)) for at, each in enumerate(durations_ms)]
    lines = "".join(f"{1 if at < flagged else 0},{start},{start},{end},\n" for at, (start, end) in enumerate(rows))
    return (
        f"Applications Graphics Acceleration Info:\n\n** Graphics info for pid 42 [{package}] **\n\nTotal frames rendered: {len(rows)}\n"
        f"---PROFILEDATA---\nFlags,IntendedVsync,Vsync,FrameCompleted,\n{lines}---PROFILEDATA---\n"
    )


def test_androids_frames_are_read_and_flagged_ones_left_out(analysed: Analysed) -> None:
    entry = analysed(gfxinfo([9.0] * 60, flagged=2), "dump.txt")
    stream = entry["streams"][0]
    assert (entry["format"], stream["application"], stream["pid"], stream["n"]) == (
        "gfxinfo",
        "cn.example.tour",
        42,
        58,
    )
    assert stream["mean_ms"] == pytest.approx(9.0)
    assert stream["fps"] == pytest.approx(60, rel=0.02)
    assert codes(entry) == ["flagged"]


def test_a_histogram_that_does_not_sum_up_is_told(analysed: Analysed) -> None:
    text = "** Graphics info for pid 42 [a.b] **\nTotal frames rendered: 10\nHISTOGRAM: 5ms=4 6ms=5 7ms=0\n"
    entry = analysed(text, "dump.txt")
    assert {"total-differs", "histogram-only"} == set(codes(entry))
    assert entry["streams"][0]["n"] == 9


def snapshots(*values: float, ssrc: int = 1) -> list[dict[str, Any]]:
    keys = ("totalInterFrameDelay", "totalSquaredInterFrameDelay", "jitterBufferDelay", "jitterBufferEmittedCount", "packetsLost", "freezeCount")  # fmt: skip
    return [
        {"at": at, "receiver": [{"type": "inbound-rtp", "kind": "video", "ssrc": ssrc, "timestamp": at * 1000.0, "framesDecoded": each,
                                 "bytesReceived": each * 100, **dict.fromkeys(keys, each / 30)}]}
        for at, each in enumerate(values)
    ]  # fmt: skip


def test_counters_that_begin_anew_are_added_and_told(analysed: Analysed) -> None:
    entry = analysed(json.dumps(snapshots(0, 30, 60, 10, 40)), "s.json")
    assert entry["webrtc"]["frames_decoded"] == 100
    assert entry["webrtc"]["fps"] == 25
    assert "counters-again" in codes(entry)


def test_of_several_videos_the_slowest_is_shown(analysed: Analysed) -> None:
    both = [
        {**one, "receiver": one["receiver"] + two["receiver"]}
        for one, two in zip(snapshots(0, 30, 60), snapshots(0, 10, 20, ssrc=2), strict=True)
    ]
    entry = analysed(json.dumps(both), "s.json")
    assert entry["webrtc"]["fps"] == 10
    assert "several-videos" in codes(entry)


def test_a_missing_counter_is_no_zero(analysed: Analysed) -> None:
    made = snapshots(0, 30, 60)
    del made[1]["receiver"][0]["freezeCount"]
    entry = analysed(json.dumps(made), "s.json")
    assert entry["webrtc"]["freezes"] is None
    assert "counter-missing" in codes(entry)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(snapshots(0, 30, 10**30)),
        json.dumps(snapshots(0, 30, 60)).replace("60", "9" * 400),
        "Total frames rendered: " + "9" * 5000 + "\n  HISTOGRAM: 5ms=1\n",
        "Total frames rendered: 1\n  HISTOGRAM: 5ms=" + "9" * 5000 + "\n",
        "Total frames rendered: 1\n  HISTOGRAM: 5ms=999999999999\n",
        "---PROFILEDATA---\nFlags,IntendedVsync,FrameCompleted,\n0,99999999999999999999,99999999999999999999,\n---PROFILEDATA---\n",
    ],
)
def test_a_number_that_no_device_can_count_to_is_one_sentence(analysed: Analysed, content: str) -> None:
    said = analysed(content, "log.txt", code=4)["error"]
    assert said.count("Cure") + said.count("处理") == 1


def test_a_dump_without_its_head_is_one_process(analysed: Analysed) -> None:
    entry = analysed("Total frames rendered: 3\n  HISTOGRAM: 5ms=2 40ms=1\n", "log.txt")
    assert [(each["pid"], each["frames"]) for each in entry["streams"]] == [(None, 3)]


def test_quantiles_are_by_linear_interpolation(analysed: Analysed) -> None:
    values = np.random.default_rng(3).gamma(4, 4, 500).round(4)
    stream = analysed(presentmon(list(values)))["streams"][0]
    assert stream["p99_ms"] == pytest.approx(np.quantile(values, 0.99))


def test_two_columns_of_intervals_are_refused(analysed: Analysed) -> None:
    head, *rows = presentmon([10] * 5).splitlines()
    said = analysed("\n".join([f"{head},MsBetweenPresents", *(f"{row},8" for row in rows)]) + "\n", code=4)["error"]
    assert "MsBetweenPresents" in said


def test_a_second_recording_in_one_file_shows_in_the_stamps(analysed: Analysed) -> None:
    entry = analysed(presentmon([10] * 20) + presentmon([12] * 20))
    assert codes(entry) == ["time-contradicts", "head-again"]
    assert entry["streams"][0]["frames"] == 40


def _received(second: int) -> dict[str, Any]:
    counters = {"framesDecoded": 30 * second, "packetsLost": 1, "bytesReceived": 1000 * second}
    return {"id": "IT1", "type": "inbound-rtp", "kind": "video", "ssrc": 7, "timestamp": 1e3 * second, **counters}


@pytest.mark.parametrize(
    "snapshot",
    [
        lambda report: [report],
        lambda report: {"IT1": report},
        lambda report: [["IT1", report]],
        lambda report: {"time": 1, "stats": [report]},
        lambda report: {"receiver": {"IT1": report}},
        lambda report: report,
    ],
)
def test_snapshots_are_read_wherever_a_page_put_their_reports(analysed: Analysed, snapshot: Any) -> None:
    shots = [snapshot(_received(second)) for second in range(1, 6)]
    for text in (json.dumps(shots), "\n".join(map(json.dumps, shots))):
        found = analysed(text.encode(), "stats.json")["webrtc"]
        assert (found["fps"], found["snapshots"], found["freezes"]) == (30.0, 5, None)


def test_rows_without_moments_are_no_repetitions_of_each_other(analysed: Analysed) -> None:
    log = "os,cpu\nArch,AMD\nfps,frametime,cpu_load\n" + "100,10,20\n" * 40 + "50,20,20\n" * 10
    found = analysed(log.encode(), "log.csv")
    assert (found["streams"][0]["frames"], found["streams"][0]["fps"]) == (50, pytest.approx(50 / 0.6))
    assert [each["code"] for each in found["events"]] == ["immersive.no-stamps"]
