# SPDX-License-Identifier: Apache-2.0
"""Times of a log in the ways people write them, and those that may be two things."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from harness.errors import DecodeError
from harness.kit.tables.workbook import workbook
from probes.network.instruments.log import PROBE
from probes.network.traces.logs import Form, decode
from probes.network.traces.said.moments import undated
from tests.probes.network.field.judging import DROPOUT, LOSS, judged
from tests.probes.network.made import codes

BEGIN = datetime(2025, 11, 21, 8, 0, 0, tzinfo=UTC)
NS = 10**9


def times(write: Callable[[int], str], head: str = "time,seq,rtt(ms)", many: int = 100) -> list[int]:
    rows = "".join(f"{write(at)},{at},1.{at % 90 + 10}\n" for at in range(many))
    session, _ = decode(f"{head}\n{rows}".encode(), "x.csv", Form({}, {}), 3 * NS)
    assert len(session.probes) == many
    return list(session.probes["scheduled"].tolist())


def at(seconds: int) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "write",
    [
        lambda n: at(n).strftime("%Y-%m-%dT%H:%M:%SZ"), lambda n: (at(n) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08"), lambda n: at(n).strftime("%Y%m%d%H%M%S"),
        lambda n: at(n).strftime("%Y%m%dT%H%M%SZ"), lambda n: at(n).strftime("%d/%m/%Y %H:%M:%S"), lambda n: at(n).strftime("%d.%m.%Y %H:%M:%S"), lambda n: at(n).strftime("%Y-%m-%d %I:%M:%S %p"),
        lambda n: at(n).strftime("%Y/%m/%d 上午%I:%M:%S"), lambda n: at(n).strftime('"%a, %d %b %Y %H:%M:%S +0000"'), lambda n: at(n).strftime("%a %b %d %H:%M:%S %Y"),
        lambda n: (at(n) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S GMT+8"), lambda n: f"2025/11/21 8:{n // 60}:{n % 60}", lambda n: str(int(at(n).timestamp())),
        lambda n: str(int(at(n).timestamp()) * 1000), lambda n: str(int(at(n).timestamp()) * 10**6), lambda n: str(int(at(n).timestamp()) * NS),
    ],
)  # fmt: skip
def test_a_moment_is_read_in_the_ways_that_programs_and_spreadsheets_write_it(write: Callable[[int], str]) -> None:
    assert times(write) == [int(at(n).timestamp()) * NS for n in range(100)]


def test_a_clock_stands_beside_its_date_or_runs_on_from_the_first_midnight() -> None:
    both = times(lambda n: at(n).strftime("%Y-%m-%d,%H:%M:%S.250"), "日期,时间,序号,时延(ms)")
    assert both == [int(at(n).timestamp()) * NS + 250_000_000 for n in range(100)]
    night = times(lambda n: (at(n) + timedelta(hours=15, minutes=59)).strftime("%H:%M:%S"))
    assert [later - sooner for sooner, later in pairwise(night)] == [NS] * 99


def test_days_of_a_spreadsheet_are_no_seconds() -> None:
    def serial(n: int) -> float:
        return 45_982 + (8 * 3600 + n) / 86_400

    with pytest.raises(DecodeError, match="spreadsheet's days"):
        times(lambda n: f"{serial(n):.9f}")
    assert times(lambda n: f"{28_800 + n}.5")[1] - times(lambda n: f"{28_800 + n}.5")[0] == NS, "seconds of a day"
    rows = [["时间", "序号", "时延(ms)"], *([f"{serial(n):.10f}", str(n), "1.25"] for n in range(50))]
    session, _ = decode(workbook("log", rows), "x.xlsx", Form({}, {}), 3 * NS)
    found = session.probes["scheduled"].tolist()
    assert all(abs(each - int(at(n).timestamp()) * NS) < 20_000 for n, each in enumerate(found))


def test_times_of_which_only_some_name_a_zone_are_refused() -> None:
    with pytest.raises(DecodeError, match="this one does not"):
        times(lambda n: at(n).strftime("%Y-%m-%dT%H:%M:%S") + ("+08:00" if n < 50 else ""))
    mixed = times(
        lambda n: (
            at(n).strftime("%Y-%m-%dT%H:%M:%SZ")
            if n < 50
            else (at(n) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
        )
    )
    assert mixed[-1] - mixed[0] == 99 * NS


@pytest.mark.parametrize(
    ("before", "timed"),
    [("%Y-%m-%dT%H:%M:%S.5Z ", True), ("[%Y-%m-%d %H:%M:%S] ", True), ("%a %b %d %H:%M:%S CST %Y: ", False), ("%H:%M:%S ", False), ("%b %d %H:%M:%S ", False)],
)  # fmt: skip
def test_what_stands_before_every_line_of_ping_is_taken_off_and_a_full_time_is_kept(before: str, timed: bool) -> None:
    lines = ["PING x (10.0.0.1) 56(84) bytes of data."]
    lines += [f"64 bytes from 10.0.0.1: icmp_seq={n} ttl=63 time=0.5 ms" for n in range(1, 41)]
    lines += ["", "--- x ping statistics ---", "40 packets transmitted, 40 received, 0% packet loss, time 39000ms"]
    text = "".join(f"{at(n).strftime(before)}{line}\n" for n, line in enumerate(lines))
    session, _ = decode(text.encode(), "p.txt", Form({}, {}), 3 * NS)
    assert len(session.probes) == 40
    assert bool(session.probes["scheduled"][0] > 10**18) is timed
    assert undated("\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize(("step", "coarse"), [(1, False), (10, True), (60, True)])
def test_a_silence_is_not_seen_in_times_that_are_coarser_than_it(tmp_path: Path, step: int, coarse: bool) -> None:
    silent = range(605, 655)
    rows = "".join(
        f"{1_763_700_000 + n // step * step},{n},{'timeout' if n in silent else f'1.{n % 90 + 10}'}\n"
        for n in range(1200)
    )
    data = f"time,seq,rtt(ms)\n{rows}".encode()
    found = judged(PROBE, data, "x.csv", DROPOUT, tmp_path)
    assert ("network.log-times-coarse" in codes(found.invalid)) is coarse
    if not coarse:
        assert found.estimate.diagnostics["drops"] == 1
    assert float(judged(PROBE, data, "x.csv", LOSS, tmp_path / "loss").estimate.value) == 50 / 1200
