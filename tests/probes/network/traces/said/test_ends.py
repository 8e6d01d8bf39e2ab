# SPDX-License-Identifier: Apache-2.0
"""Rows that are no packets: units under the head, the head again, sums at the end. They agree with the packets, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.traces.logs import Form, decode

DELAYS = [600 + at * 7 % 400 for at in range(40)]
ROWS = "".join(f"{1_763_700_000 + at},{at},{each / 1000:.3f}\n" for at, each in enumerate(DELAYS))
HEAD = "time,seq,rtt(ms)\n"
MEAN = sum(DELAYS) / 40_000


def found(text: str) -> tuple[int, int, int, bool]:
    """Packets, answered, longest ns, and whether rows were not understood."""
    session, _ = decode(text.encode(), "x.csv", Form({}, {}), 3 * 10**9)
    trips = (session.probes["t4"] - session.probes["t1"])[session.probes["flags"] > 0]
    unread = any(each.detail.get("key") == "log-rows-unread" for each in session.probes.events)
    return len(session.probes), len(trips), int(trips.max()), unread


@pytest.mark.parametrize(
    "foot",
    [
        f"平均值,,{MEAN:.3f}", f"Average,,{MEAN:.2f}", f"Max,,{max(DELAYS) / 1000}\nMin,,{min(DELAYS) / 1000}\nAvg,,{MEAN:.4f}", "合计,40,", "总数,40,\n丢包,0,", "丢包率,,0%", "共 40 条,,",
        "记录结束,,", "-- end --,,", "# end of log", "EOF", "测试人：张三,,",
    ],
)  # fmt: skip
def test_a_sum_that_the_packets_have_is_no_packet(foot: str) -> None:
    assert found(f"{HEAD}{ROWS}{foot}\n") == (40, 40, max(DELAYS) * 1000, False)


@pytest.mark.parametrize("foot", ["平均值,,5.123", "Average,,8.1", "最大值,,30.2", "合计,60,", "总数,50,\n丢包,10,", "丢包率,,20%"])  # fmt: skip
def test_a_sum_that_the_packets_have_not_is_refused(foot: str) -> None:
    with pytest.raises(DecodeError, match="and the packets say"):
        found(f"{HEAD}{ROWS}{foot}\n")


@pytest.mark.parametrize("foot", ["发送 500 接收 400 丢失 100,,", "剔除 12 条,,", "timeouts: 13 more,,", "以下为补测,,", "p99,,1.0"])  # fmt: skip
def test_a_row_at_the_end_that_is_not_understood_is_not_left_out(foot: str) -> None:
    try:
        assert found(f"{HEAD}{ROWS}{foot}\n")[3]
    except DecodeError:
        return


@given(st.sampled_from(["(s),,(ms)", "s,-,ms", "[s],[1],[ms]", "秒,,毫秒"]), st.booleans())
def test_units_in_a_row_of_their_own_are_the_units(row: str, stated: bool) -> None:
    assert found(f"time,seq,rtt{'(ms)' if stated else ''}\n{row}\n{ROWS}")[2] == max(DELAYS) * 1000
    other = row.replace("毫秒", "微秒").replace("ms", "us")
    if stated:
        with pytest.raises(DecodeError, match="unit"):
            found(f"{HEAD}{other}\n{ROWS}")
        return
    assert found(f"time,seq,rtt\n{other}\n{ROWS}")[2] == max(DELAYS)


def test_the_head_again_is_no_packet_and_another_head_is_not_passed_over() -> None:
    half = len(ROWS) // 2 + ROWS[len(ROWS) // 2 :].index("\n") + 1
    assert found(f"{HEAD}{ROWS[:half]}{HEAD}{ROWS[half:]}")[:2] == (40, 40)
    for other in ("time,seq,rtt(us)\n", "seq,time,rtt(ms)\n"):
        assert found(f"{HEAD}{ROWS[:half]}{other}{ROWS[half:]}")[3]
