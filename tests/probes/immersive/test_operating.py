# SPDX-License-Identifier: Apache-2.0
"""Operating logs: what stands beside the times, ends that were forgotten, signs of life too far apart, another point's log."""

from pathlib import Path

import pytest

from harness.model import Verdict
from probes.immersive.traces import operating
from tests.probes.immersive.test_points import codes, judged, rewritten

DAYS = range(1, 21)


def sessions(heading: str = "", said: str = "", title: str = "") -> bytes:
    """A session a day; ``said`` beside each."""
    rows = [
        f"2023-09-{day:02d} 09:0{day % 7}:{day:02d},2023-09-{day:02d} 17:0{day % 5}:{day + 3:02d}"
        + (f",{said}" if heading else "")
        for day in DAYS
    ]
    return "\n".join(
        [*([title] if title else []), "开始时间,结束时间" + (f",{heading}" if heading else ""), *rows, ""]
    ).encode()


def judgement(folder: Path, log: bytes) -> tuple[Verdict, str]:
    outcome, found = judged(rewritten(folder, "03.csv", log))
    return found.verdict, codes(outcome)


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("备注", "预计"), ("備考", "予定"), ("Bemerkung", "geplant"), ("数据来源", "补录"), ("运行模式", "演示"), ("模式", "维护"), ("状态", "停机"), ("是否开放", "否"), ("闭馆", "是"),
        ("停机时长(h)", "7"), ("故障时长", "7"), ("关闭时间", "2023-09-01 09:30"), ("deleted", "1"), ("点位", "图书馆一层体验点"),
    ],
)  # fmt: skip
def test_a_log_that_takes_its_own_times_back_proves_no_point(heading: str, said: str, tmp_path: Path) -> None:
    assert judgement(tmp_path, sessions(heading, said))[0] is not Verdict.PASS


@pytest.mark.parametrize(("heading", "said"), [("备注", "正常"), ("值班员", "张三"), ("状态", "运行"), ("停机时长(h)", "0"), ("点位", "非遗工坊"), ("天气", "晴")])  # fmt: skip
def test_ordinary_columns_beside_the_times_are_let_pass(heading: str, said: str, tmp_path: Path) -> None:
    assert judgement(tmp_path, sessions(heading, said))[0] is Verdict.PASS


def test_a_timetable_is_no_log(tmp_path: Path) -> None:
    assert judgement(tmp_path / "a", sessions(title="开放计划表,"))[0] is not Verdict.PASS
    assert judgement(tmp_path / "b", sessions(title="三号点位运行日志,"))[0] is Verdict.PASS


def test_a_session_whose_end_was_forgotten_for_weeks_counts_for_nothing(tmp_path: Path) -> None:
    found = operating.read("开始时间,结束时间\n2023-09-01 09:00:00,2023-09-20 09:00:00\n".encode(), "a.csv")
    assert not found.sessions
    assert "longer than 24 hours" in found.told[-1].text.en


@pytest.mark.parametrize(
    "rows",
    [
        [("2023-09-01 09:00", "运行"), ("2023-09-20 09:00", "运行")],
        [("2023-09-01 09:00", "启动"), ("2023-09-20 09:00", "停止")],
        [(f"2023-09-{day:02d} 09:00", "运行") for day in DAYS],
    ],
)
def test_signs_of_life_days_apart_say_nothing_of_the_time_between_them(rows: list[tuple[str, str]]) -> None:
    text = "时间,状态\n" + "".join(f"{at},{state}\n" for at, state in rows)
    assert not operating.read(text.encode(), "a.csv").sessions


def test_signs_of_life_every_hour_are_a_day_of_running() -> None:
    text = "时间,状态\n" + "".join(f"2023-09-01 {hour:02d}:00,运行\n" for hour in range(9, 18))
    assert operating.hours(operating.read(text.encode(), "a.csv").within(None)) == 8
