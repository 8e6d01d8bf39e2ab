# SPDX-License-Identifier: Apache-2.0
"""What stands beside energies, powers, racks and calls: other feeds, a PUE of the table's own, second channels, spellings, another precision."""

from pathlib import Path

import pytest

from harness.errors import DecodeError
from harness.model import Verdict
from probes.compute.formats import detect, table
from tests.conformance.examples import compute as examples
from tests.probes.compute import made
from tests.probes.compute.measurands.test_centres import ANNUAL, USE, YEAR, judged, months
from tests.probes.compute.measurands.test_estimates import EFFICIENCY, reasons

CALLS = "start_ns,end_ns,count"


def with_column(text: str, heading: str, said: str) -> str:
    """A table with one more column that says the same in each row."""
    head, *rows = text.splitlines()
    return "\n".join([f"{head},{heading}", *(f"{row},{said}" for row in rows), ""])


@pytest.mark.parametrize(
    ("heading", "said", "words"),
    [
        ("柴发电量(kWh)", "90", "feeds the data centre"),
        ("市电二路电量(kWh)", "60000", "feeds the data centre"),
        ("光伏自发电量(kWh)", "60", "feeds the data centre"),
        ("制冷电量(kWh)", "35000", "more than total and IT leave"),
        ("制冷电量(MWh)", "35", "more than total and IT leave"),
        ("制冷电量（万kWh）", "3.5", "more than total and IT leave"),
        ("制冷电量（千瓦时）", "35000", "more than total and IT leave"),
        ("制冷电量（万度）", "3.5", "more than total and IT leave"),
        ("cooling (KWH)", "35000", "more than total and IT leave"),
        ("PUE", "1.6", "its own PUE is 1.6"),
        ("IT用电量(kWh)", "50000", "mean the same and differ"),
        ("备注", "预计", "no plain record"),
    ],
)
def test_energies_that_contradict_the_total_are_refused(heading: str, said: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=words):
        judged(ANNUAL, "energy", with_column(months(120_000), heading, said), tmp_path)


@pytest.mark.parametrize(("heading", "said"), [("制冷电量(kWh)", "15000"), ("PUE", "1.2"), ("光伏自发电量(kWh)", "0"), ("抄表方式", "人工抄表"), ("天数", "30")])  # fmt: skip
def test_parts_of_the_total_and_a_pue_that_agrees_are_let_pass(heading: str, said: str, tmp_path: Path) -> None:
    text = with_column(months(120_000), heading, said)
    assert judged(ANNUAL, "energy", text, tmp_path)[1].verdict is Verdict.PASS


def test_operating_points_by_design_are_none(tmp_path: Path) -> None:
    for text in (with_column(examples.POINTS, "备注", "设计值"), f"设计工况,,,\n{examples.POINTS}"):
        with pytest.raises(DecodeError):
            judged(YEAR, "conditions", text, tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (examples.racks("ABCD").replace(",D,", ",Ａ,"), "one name in two ways"),
        (examples.racks(["A1", "A-1", "A 01", "B"]), "one name in two ways"),
        (examples.racks(["A", "B", "C", "合计"]), "is a total or a figure"),
        (examples.racks(["A", "B", "C", "平均"]), "is a total or a figure"),
    ],
)  # fmt: skip
def test_a_rack_in_two_writings_or_a_total_among_racks_is_refused(rows: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=words):
        judged(USE, "racks", rows, tmp_path, examples.HALL)


def test_racks_whose_numbers_only_look_alike_are_several(tmp_path: Path) -> None:
    text = examples.racks(["1-11", "11-1", "1-1", "2-1"])
    assert judged(USE, "racks", text, tmp_path, examples.HALL)[1].verdict is Verdict.PASS


@pytest.mark.parametrize("word", ["65535", "32767", "99999", "4294967295"])
def test_what_a_register_holds_without_a_reading_is_no_load(word: str, tmp_path: Path) -> None:
    text = examples.racks("ABCD").replace(",3000", f",{word}")
    assert judged(USE, "racks", text, tmp_path, examples.HALL)[1].verdict is not Verdict.PASS


@pytest.mark.parametrize(
    ("more", "whole"),
    [
        ("功率2(W)", False), ("Ch2 power (W)", False), ("rail2_power_w", False), ("频率(Hz)", True), ("S(VA)", True), ("最大功率(W)", True), ("最小功率(W)", False),
    ],
)  # fmt: skip
def test_a_second_power_that_nobody_reads_is_refused(more: str, whole: bool) -> None:
    data = "".join(f"{1_795_248_000 + at},30,31\n" for at in range(9))
    text = f"time(s),功率(W),{more}\n{data}".encode()
    if whole:
        assert len(table.read(text).watts) == 9
    else:
        with pytest.raises(DecodeError, match="are powers too"):
            table.read(text)


def test_channels_that_add_up_to_the_power_are_its_parts() -> None:
    rows = "".join(f"{1_795_248_000 + at},30,10,20\n" for at in range(9))
    assert len(table.read(f"time(s),总功率(W),P1(W),P2(W)\n{rows}".encode()).watts) == 9


@pytest.mark.parametrize("heading", ["precision", "精度", "dtype"])
def test_a_precision_beside_the_calls_is_that_of_the_run(heading: str, tmp_path: Path) -> None:
    bench = made.bench()
    for said, verdict in (("INT8", Verdict.PASS), ("fp16", Verdict.INVALID)):
        logs = [with_column(made.calls_table(each).decode(), heading, said).encode() for each in bench.calls]
        names = [f"run{at}.csv" for at in range(len(logs))]
        work = made.traced("compute.run-log", tmp_path / said / "w", logs, {"file": names, **made.WORK})
        assert reasons(EFFICIENCY, work, made.power(tmp_path / said / "p", bench))[0] is verdict


@pytest.mark.parametrize(("heading", "said"), [("retries", "1"), ("cached", "true"), ("mode", "dry-run"), ("备注", "理论值"), ("样本数量", "9")])  # fmt: skip
def test_calls_that_were_cached_repeated_or_mocked_are_none(heading: str, said: str) -> None:
    with pytest.raises(DecodeError):
        detect.workload(f"{CALLS},{heading}\n1000,2000,1,{said}\n3000,4000,1,{said}\n".encode())
    if heading != "样本数量":
        line = f'{{"start_ns":1000,"end_ns":2000,"count":1,"{heading}":"{said}"}}\n'
        with pytest.raises(DecodeError):
            detect.workload(line.encode())


def test_no_meter_is_without_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no meter is without error"):
        judged(ANNUAL, "energy", months(120_000), tmp_path, total_class="0 %")
