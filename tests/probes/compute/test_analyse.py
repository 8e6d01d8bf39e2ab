# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse power`` and ``analyse meter``: the contract, references recomputed, and bad input told by name."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.probes.compute.made import KEYS, WINDOW

Shared = Callable[..., Path]
RESNET_OPS = "8178000000"


def analysed(capsys: pytest.CaptureFixture[str], kind: str, *arguments: object) -> tuple[int, dict[str, Any], str]:
    code = main(["analyse", kind, *map(str, arguments), "--json"])
    told = capsys.readouterr()
    return code, json.loads(told.out) if told.out else {}, told.err


def power(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    code, told, error = analysed(capsys, "power", *arguments)
    assert code == 0, error
    assert told["kind"] == "power"
    (entry,) = told["files"]
    return dict(entry)


def codes(entry: dict[str, Any]) -> list[str]:
    return [each["event"] for each in entry["events"]]


def spl(begin: int, watts: list[str], *, hour: int = 20, mark: str = "m_testing") -> str:
    """Lines of PTDaemon, one a second from a second of the hour on."""
    rows = (
        f"Time,03-17-2021 {hour + (begin + at) // 3600:02d}:{(begin + at) // 60 % 60:02d}:{(begin + at) % 60:02d}.000,Watts,{each},"
        f"Volts,-1.000000,Amps,-1.000000,PF,-1.000000,Mark,{mark}\n"
        for at, each in enumerate(watts)
    )
    return "".join(rows)


def loadgen(begin: str, end: str, rate: float = 100.0, **more: Any) -> str:
    entries = {
        "power_begin": begin,
        "power_end": end,
        "result_validity": "VALID",
        "result_samples_per_second": rate,
        **more,
    }
    return "".join(f":::MLLOG {json.dumps({'key': key, 'value': value})}\n" for key, value in entries.items())


STEADY = ["10.000000"] * 60 + ["40.000000"] * 600 + ["10.000000"] * 60
RUN = ("03-17-2021 20:01:00.500", "03-17-2021 20:10:58.500")


def run(folder: Path, watts: list[str] = STEADY, *, hour: int = 20, **more: Any) -> list[Path]:
    (folder / "spl.txt").write_text(spl(0, watts, hour=hour))
    (folder / "detail.txt").write_text(loadgen(*RUN, **more))
    return [folder / "spl.txt", Path("--events"), folder / "detail.txt"]


def test_the_value_has_exactly_the_keys_of_the_contract(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = power(capsys, *run(tmp_path), "--model-ops", "1e9")
    assert list(entry) == KEYS
    assert list(entry["windows"][0]) == WINDOW
    assert entry["events"] == []


def test_mlperf_runs_are_recomputed(shared_data: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    reference = json.loads(shared_data("compute", "mlperf_v1.0", "recomputed.json").read_text())
    names = {
        "duration_s": "duration_s",
        "n_inside": "n_samples_strictly_inside",
        "mean_w_samples": "avg_power_W_mlperf_rule",
        "energy_j": "energy_J_trapezoid_edge_interpolated",
        "mean_w": "avg_power_W_trapezoid",
        "min_w": "min_power_W",
        "max_w": "max_power_W",
        "sd_w": "sd_power_W",
    }
    for name, wanted in reference.items():
        entry = power(capsys, shared_data("compute", *name.split("/")), "--model-ops", RESNET_OPS)
        (window,) = entry["windows"]
        for ours, theirs in names.items():
            assert window[ours] == pytest.approx(wanted[theirs], rel=1e-6), (name, ours)
        assert entry["max_gap_s"] == pytest.approx(wanted["max_gap_s"], rel=1e-6)
        if "samples_per_second" in wanted:
            assert window["samples_per_second"] == wanted["samples_per_second"]
        if "effective_TOPS" in wanted:
            assert window["tops"] == pytest.approx(wanted["effective_TOPS"], rel=1e-6)
            assert window["tops_per_w"] == pytest.approx(wanted["effective_TOPS_per_W_wall"], rel=1e-6)
        assert entry["events"] == [], name


def test_mlperf_tiny_agrees_with_what_was_published(shared_data: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("H7A3ZI_ic", "U575_kws"):
        folder = shared_data("compute", "mlperf_tiny_v1.1", name)
        for way in (
            [folder],
            [folder / "trace1-energy.bin"],
            [folder / "trace1-energy.bin", "--events", folder / "trace1-timestamps.json"],
        ):
            entry = power(capsys, *way)
            wanted = power(capsys, folder)["published"]
            assert len(wanted) == 5
            for window, said in zip(entry["windows"], wanted, strict=True):
                assert window["start_s"] == pytest.approx(said["start_s"], abs=0.01)
                assert window["energy_j"] == pytest.approx(said["energy_j"], rel=3e-4)


def test_a_zone_shift_is_found_and_not_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for hour, shift in ((21, 3600), (19, -3600), (4, -57600)):
        entry = power(capsys, *run(tmp_path, hour=hour))
        assert entry["windows"] == []
        (event,) = entry["events"]
        assert (event["event"], event["shift_s"]) == ("compute.zone-shift", shift)


def test_a_zone_shift_is_found_even_where_the_log_covers_both_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night = ["10.000000"] * 3600
    entry = power(capsys, *run(tmp_path, night + STEADY, hour=20))
    assert codes(entry) == ["compute.zone-shift"]
    assert entry["windows"] == []


def test_a_real_run_shifted_by_summer_time_is_not_taken(
    shared_data: Shared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shared_data("compute", "mlperf_v1.0", "NVIDIA__AGX_Xavier__resnet50__Offline", "run_1")
    text = (folder / "spl.txt").read_text().replace(" 21:", " 22:").replace(" 20:", " 21:")
    (tmp_path / "spl.txt").write_text(text)
    entry = power(capsys, tmp_path / "spl.txt", "--events", folder / "mlperf_log_detail.txt")
    assert entry["windows"] == []
    assert entry["events"][0]["shift_s"] == 3600


def test_what_the_log_does_not_cover_is_not_extrapolated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = power(capsys, *run(tmp_path, STEADY[:300]))
    assert (entry["windows"], codes(entry)) == ([], ["compute.window-cut"])


def test_gaps_in_the_powerful_phase_are_told_and_bridged_not_averaged_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = spl(0, STEADY).splitlines(keepends=True)
    (tmp_path / "spl.txt").write_text("".join(lines[:100] + lines[300:]))
    (tmp_path / "detail.txt").write_text(loadgen("03-17-2021 20:00:30.000", "03-17-2021 20:11:30.000"))
    entry = power(capsys, tmp_path / "spl.txt", "--events", tmp_path / "detail.txt")
    (window,) = entry["windows"]
    assert codes(entry) == ["compute.gaps", "compute.too-seldom"]
    assert entry["max_gap_s"] == 201
    assert window["mean_w_samples"] < window["mean_w"], (
        "the mean of the samples left over flatters, the integral does not"
    )


def test_overload_flags_and_values_that_are_none_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word, code in (
        ("9.91E+37", "overload"),
        ("-OL-", "overload"),
        ("nan", "no-value"),
        ("0.0", "not-positive"),
        ("-3.5", "not-positive"),
    ):
        entry = power(capsys, *run(tmp_path, [*STEADY[:300], word, *STEADY[301:]]))
        assert codes(entry) == [f"compute.{code}"]
        assert entry["windows"][0]["n_inside"] == 597
        assert entry["windows"][0]["mean_w"] == pytest.approx(40, rel=1e-9)


def test_time_that_runs_back_leaves_no_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = spl(0, STEADY).splitlines(keepends=True)
    (tmp_path / "detail.txt").write_text(loadgen(*RUN))
    later = "".join(lines[:300] + lines[200:250]).replace("40.0", "44.0") + "".join(lines[250:])
    for text, code in (
        (later, "time-back"),
        ("".join(lines[:300]) + lines[299].replace("40.0", "44.0") + "".join(lines[300:]), "stamp-twice"),
    ):
        (tmp_path / "spl.txt").write_text(text)
        entry = power(capsys, tmp_path / "spl.txt", "--events", tmp_path / "detail.txt")
        assert {f"compute.{code}", "compute.no-order"} <= set(codes(entry))
        assert entry["windows"] == []


def test_a_sample_recorded_twice_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = spl(0, STEADY).splitlines(keepends=True)
    paths = run(tmp_path)
    plain = power(capsys, *paths)["windows"]
    paths[0].write_text("".join(each * 2 for each in lines))
    assert power(capsys, *paths)["windows"] == plain


def test_a_run_that_is_not_valid_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(power(capsys, *run(tmp_path, result_validity="INVALID"))) == ["compute.run-invalid"]
    assert codes(power(capsys, *run(tmp_path, effective_test_mode="AccuracyOnly"))) == ["compute.not-performance"]


def test_rates_in_scientific_notation_are_read_whole(shared_data: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    entry = power(capsys, shared_data("compute", "mlperf_v1.0", "NVIDIA__DGX-A100_A100-SXM-80GBx8__dlrm-99__Offline"))
    assert entry["windows"][0]["samples_per_second"] == entry["published"][0]["samples_per_second"] == 2_115_950


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (spl(0, STEADY).replace("Watts", "kW"), "key kW"),
        (spl(0, STEADY).replace("Volts,-1.000000,Amps,-1.000000,PF,-1.000000", "Volts,220.0,Amps,0.2,PF,0.9").replace("40.000000", "0.04"), "unit is another"),
        ("time,power\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n", "states no unit"),
        ("time,power(A)\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n", "unit A"),
        ("time,power_mw\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n", "no power log"),
        ("time,power(mw)\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n", "unit mw"),
        ("time,power(dBm)\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n", "unit dBm"),
        ("time,power(W)\nyesterday,40\n", "is no time"),
        ("time,power(W)\n2026-11-21 08:00:00,about 40\n", "no quantity in W"),
        ("time,power(W),status\n2026-11-21 08:00:00,40,虚拟\n2026-11-21 08:00:01,40,ok\n", "not understood"),
        ("timestamp, power.draw [A]\n2026/11/21 08:00:00.000, 40\n", "unit of power A"),
        ("timestamp, power.draw\n2026/11/21 08:00:00.000, 40\n", "states no unit"),
        ("11-21-2026 08:00:00 RAM 1/2MB VDD_CPU 300mW/200mW\n", "no total rail"),
        ("11-21-2026 08:00:00 RAM 1/2MB VDD_IN 3W/2W\n", "unit of power 3W"),
        ("", "empty"),
        ("hello\n", "no power log"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(
    content: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").write_text(content, encoding="utf-8")
    code, _, error = analysed(capsys, "power", tmp_path / "log")
    assert code == 4, error
    assert words in error, error
    assert "Cure" in error


def test_units_that_are_understood_are_converted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = {
        "功率(kW)": "0.04",
        "P_mW": "40000",
        "有功功率[W]": "40",
        "power/kW": "0.04",
        "watts": "40",
        "功率（瓦）": "40",
        "power_w": "40",
        "Power (w)": "40",
        "power_kw": "0.04",
        "有功功率（千瓦）": "0.04",
        "Power [mW]": "40 W",
    }
    for heading, value in logs.items():
        rows = "".join(f"2026-11-21 08:00:{at:02d},{value}\n" for at in range(20))
        (tmp_path / "log.csv").write_text(f"时间,{heading}\n{rows}", encoding="utf-8")
        (window,) = power(capsys, tmp_path / "log.csv")["windows"]
        assert window["energy_j"] == pytest.approx(40 * 19), heading


def test_an_energy_counter_is_read_as_its_own_integral(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"2026-11-21 08:00:{at:02d},{100 + at * 0.01:.2f}\n" for at in range(20))
    (tmp_path / "log.csv").write_text(f"time,energy(kWh)\n{rows}")
    (window,) = power(capsys, tmp_path / "log.csv")["windows"]
    assert window["energy_j"] == pytest.approx(19 * 36_000)


def test_several_gpus_are_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(
        f"2026/11/21 08:00:{at:02d}.100, {gpu}, {power}\n"
        for at in range(10)
        for gpu, power in ((0, "60.50 W"), (1, "39.50 W"))
    )
    (tmp_path / "smi.csv").write_text("timestamp, index, power.draw [W]\n" + rows)
    entry = power(capsys, tmp_path / "smi.csv")
    assert (entry["format"], entry["samples"], entry["windows"][0]["mean_w"]) == ("nvidia-smi", 10, 100)
    (tmp_path / "smi.csv").write_text("timestamp, index, power.draw [W]\n" + rows.replace("39.50 W", "[Not Supported]"))
    assert analysed(capsys, "power", tmp_path / "smi.csv")[0] == 4, "half of the machine is no estimate of it"


def test_vdd_in_alone_is_the_total_of_a_jetson(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(
        f"11-21-2026 08:00:{at:02d} RAM 1/2MB (lfb 1x4MB) cpu@45C VDD_IN 5000mW/4000mW VDD_CPU_GPU_CV 3000mW/2000mW VDD_SOC 1000mW/900mW\n"
        for at in range(10)
    )
    (tmp_path / "t.log").write_text(rows)
    entry = power(capsys, tmp_path / "t.log")
    assert (entry["format"], entry["windows"][0]["mean_w"]) == ("tegrastats", 5)


def test_a_table_of_calls_gives_window_and_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"2026-11-21T08:00:{at:02d}Z,40\n" for at in range(40))
    (tmp_path / "p.csv").write_text("time,power(W)\n" + rows)
    begin = 1_795_248_000 * 10**9
    calls = "".join(f"{begin + at * 10**9},{begin + (at + 1) * 10**9},5\n" for at in range(5, 25))
    for name, text in (
        ("e.csv", "start_ns,end_ns,count\n" + calls),
        (
            "e.jsonl",
            "".join(
                json.dumps(dict(zip(("start_ns", "end_ns", "count"), map(int, line.split(",")), strict=True))) + "\n"
                for line in calls.split()
            ),
        ),
    ):
        (tmp_path / name).write_text(text)
        (window,) = power(capsys, tmp_path / "p.csv", "--events", tmp_path / name, "--model-ops", "2e12")["windows"]
        assert (window["start_s"], window["duration_s"], window["samples_per_second"]) == (5, 20, 5)
        assert window["tops_per_w"] == pytest.approx(10 / 40)
    (tmp_path / "e.csv").write_text("start,end,count\n" + calls)
    assert "states no unit" in analysed(capsys, "power", tmp_path / "p.csv", "--events", tmp_path / "e.csv")[2]


def test_a_torn_tiny_trace_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = b"\xf1" + struct.pack("<f", 1000.0) + struct.pack("<100f", *[150.0] * 100)
    (tmp_path / "x-energy.bin").write_bytes(whole)
    assert power(capsys, tmp_path / "x-energy.bin")["windows"][0]["energy_j"] == pytest.approx(0.015)
    (tmp_path / "x-energy.bin").write_bytes(whole[:-1])
    code, _, error = analysed(capsys, "power", tmp_path / "x-energy.bin")
    assert (code, "no whole sample" in error) == (4, True)


def test_recorded_frames_of_a_meter_give_their_values(shared_data: Shared, capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_data("compute", "dlt645", "frames.json")
    code, told, _ = analysed(capsys, "meter", path, "--protocol", "dlt645")
    frames = json.loads(path.read_text())
    wanted = [each for each in (*frames["real_meter_transcript"], *frames["constructed"]) if "value" in each]
    assert (code, told["kind"]) == (0, "meter")
    (entry,) = told["files"]
    assert list(entry) == ["path", "readings", "events"]
    found = [(each["di"], each["value"], each["unit"]) for each in entry["readings"]]
    assert found[: len(wanted)] == [(each["di"], each["value"], each["unit"]) for each in wanted]
    assert found[len(wanted) :] == [("02030000", 0.0252, "kW"), ("02030000", 0.0253, "kW")], "glued after noise"
    assert codes(entry) == ["compute.meter-refused", "compute.frame-damaged", "compute.meter-address"]


def test_frames_are_read_as_bytes_and_as_lines_of_hex_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = "fe fe fe fe 68 61 01 00 00 00 00 68 91 07 33 33 36 35 85 35 33 88 16"
    for name, content in (
        ("raw.bin", bytes.fromhex(frame)),
        ("a.txt", frame.encode()),
        ("b.log", f"2026-11-21 08:00:00.123 RX: {frame.upper()}\n".encode()),
        ("c.txt", frame.replace(" ", "").encode()),
        ("d.json", json.dumps([frame]).encode()),
        ("e.jsonl", b'{"tx": "68"}\n' + json.dumps({"rx": frame}).encode() + b"\n"),
        ("f.json", json.dumps({"bytes": [*bytes.fromhex(frame)]}).encode()),
    ):
        (tmp_path / name).write_bytes(content)
        _, told, error = analysed(capsys, "meter", tmp_path / name)
        assert told["files"][0]["readings"] == [{"di": "02030000", "value": 0.0252, "unit": "kW"}], (name, error)
    (tmp_path / "no.txt").write_text("nothing here")
    assert analysed(capsys, "meter", tmp_path / "no.txt")[0] == 4


def test_a_record_used_twice_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    for path in (first, second):
        path.write_text(spl(0, STEADY))
    _, told, _ = analysed(capsys, "power", first, second)
    assert [codes(each) for each in told["files"]] == [[], ["compute.same-record"]]


def test_a_folder_says_where_its_own_results_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path)
    (tmp_path / "detail.txt").rename(tmp_path / "mlperf_log_detail.txt")
    summary = "Scenario : Offline\nSamples per second: {}\nResult is : {}\n"
    for rate, validity, wanted in (
        ("100", "VALID", []),
        ("1.2e+02", "VALID", ["compute.published-otherwise"]),
        ("100", "INVALID", ["compute.run-invalid"]),
    ):
        (tmp_path / "mlperf_log_summary.txt").write_text(summary.format(rate, validity))
        assert codes(power(capsys, tmp_path)) == wanted
    (tmp_path / "mlperf_log_detail.txt").unlink()
    (tmp_path / "mlperf_log_summary.txt").unlink()
    assert codes(power(capsys, tmp_path)) == ["compute.no-event-log"]


def test_a_key_of_another_program_is_told_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spl.txt").write_text(spl(0, STEADY).replace(",Mark,", ",Hz,50.0,Mark,"))
    (event,) = power(capsys, tmp_path / "spl.txt")["events"]
    assert (event["event"], event["columns"]) == ("compute.columns-unread", ["Hz"])
