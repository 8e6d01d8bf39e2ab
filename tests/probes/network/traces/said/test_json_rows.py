# SPDX-License-Identifier: Apache-2.0
"""Logs in JSON are read as the tables that they are, and held to the same."""

import json
from typing import Any

import pytest

from harness.errors import DecodeError
from probes.network.traces.logs import Form, decode

ROWS: list[dict[str, Any]] = [{"time": 1_763_700_000 + at, "seq": at, "rtt_ms": 1 + at % 9 / 10} for at in range(40)]


def found(text: str) -> tuple[int, int]:
    session, _ = decode(text.encode(), "x.json", Form({}, {}), 3 * 10**9)
    return len(session.probes), int((session.probes["flags"] > 0).sum())


def test_a_list_an_object_a_line_and_a_list_with_facts_are_one_log() -> None:
    for text in (
        json.dumps(ROWS),
        "\n".join(map(json.dumps, ROWS)),
        json.dumps({"tool": "irtt", "site": {"plant": 1}, "rows": ROWS}),
    ):
        assert found(text) == (40, 40)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), "timeout", "-", -1])
def test_what_is_no_number_is_a_lost_packet(value: object) -> None:
    rows = [{**row, "rtt_ms": value if row["seq"] % 10 == 0 else row["rtt_ms"]} for row in ROWS]
    assert found(json.dumps(rows)) == (40, 36)
    assert found(json.dumps([{**row, "lost": row["seq"] % 10 == 0} for row in ROWS])) == (40, 36)


def test_a_row_without_its_delay_is_a_lost_packet() -> None:
    rows = [{key: value for key, value in row.items() if key != "rtt_ms" or row["seq"] < 20} for row in ROWS]
    assert found(json.dumps(rows)) == (40, 20)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"tool": "ns-3", "rows": ROWS}), json.dumps({"summary": {"sent": 60, "lost": 20}, "rows": ROWS}), json.dumps({"a": ROWS, "b": ROWS}),
        json.dumps([{**row, "server": {"ms": 1}} for row in ROWS]), json.dumps([{**row, "received": row["seq"] % 10 != 0} for row in ROWS]), json.dumps([{**row, "来源": "脚本生成"} for row in ROWS]),
        "[" + ",".join(f'{{"time": {at}, "seq": {at}, "rtt_ms": 35.0, "rtt_ms": 1.{at}}}' for at in range(30)) + "]",
        '{"RunType": "HTTP", "DurationHistogram": {"Count": 1000, "Percentiles": [{"Percentile": 99, "Value": 0.0019}]}}', '{"end": {"sum": {"lost_packets": 0}}}', "[]", "{}", "[1, 2]",
    ],
)  # fmt: skip
def test_json_that_says_more_or_is_no_log_is_refused(text: str) -> None:
    with pytest.raises(DecodeError):
        found(text)
