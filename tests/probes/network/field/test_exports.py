# SPDX-License-Identifier: Apache-2.0
"""Exports of a core network from the field: who is off-line by any word in any column is not counted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.traces.radio import read_export as radio_export
from probes.network.traces.sightings import read_export

IMEI = "490154203237518"


@pytest.mark.parametrize("name", ["F8-control", "F8a-word", "F8b-dereg", "F8c-column"])
def test_terminals_that_the_core_calls_off_line_were_not_seen(shared_data: Callable[..., Path], name: str) -> None:
    data = shared_data("field", "network", f"{name}.csv").read_bytes()
    assert read_export(data, "core.csv", "5GC").rows == frozenset()


@given(
    st.sampled_from(["状态", "在线状态", "终端状态(当前)", "Status", "RM state", "是否在线", "online"]),
    st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=9),
)
def test_a_state_in_any_other_word_is_refused_with_its_line(heading: str, word: str) -> None:
    try:
        found = read_export(f"imei,{heading}\n{IMEI},{word}\n".encode(), "core.csv", "5GC")
    except DecodeError as refused:
        assert refused.where == "core.csv:2"  # noqa: PT017 - known words may be drawn as well
        return
    assert len(found.rows) <= 1


@given(
    st.sampled_from(["{}状态", "{} state", "5G {} status", "{}_online", "注册{}"]),
    st.sampled_from(["网络", "sim", "x", "终端 A"]),
)
def test_a_column_that_may_say_who_is_on_line_is_not_passed_over(form: str, middle: str) -> None:
    heading = form.format(middle)
    with pytest.raises(DecodeError, match="not understood"):
        read_export(f"imei,{heading}\n{IMEI},离线了\n".encode(), "core.csv", "5GC")


def test_a_row_entered_twice_is_one_sighting() -> None:
    assert len(read_export(f"imei,online\n{IMEI},1\n{IMEI},1\n".encode(), "core.csv", "5GC").rows) == 1


RADIO = "时间,制式,IMEI,{}\n2024-01-01T00:00:00Z,NR-SA,001010000000016,{}\n"


@pytest.mark.parametrize(
    ("heading", "word"),
    [("网络制式", "NR-SA"), ("RAT", "LTE"), ("采集时间", "2024-01-01T00:00:01Z"), ("IMEI(2)", "001010000000024")],
)
def test_two_columns_that_say_the_same_thing_are_refused(heading: str, word: str) -> None:
    with pytest.raises(DecodeError, match="column"):
        radio_export(RADIO.format(heading, word).encode(), "r.csv")


@given(
    st.sampled_from(["实际驻留", "备注", "remark", "c7"]),
    st.sampled_from(["LTE", "4G", "离线", "Wi-Fi", "NSA", "无服务", "No Service", "Ethernet"]),
)
def test_a_column_nobody_reads_that_says_less_than_5g_is_not_passed_over(heading: str, word: str) -> None:
    with pytest.raises(DecodeError, match="may not be on 5G"):
        radio_export(RADIO.format(heading, word).encode(), "r.csv")


@given(st.sampled_from(["备注", "remark"]), st.sampled_from(["", "-", "AGV 7", "none", "3", "NR-SA"]))
def test_a_column_that_says_nothing_of_the_kind_changes_nothing(heading: str, word: str) -> None:
    assert [each.rat for each in radio_export(RADIO.format(heading, word).encode(), "r.csv")] == ["NR-SA"]


@given(
    st.sampled_from(
        ["非{}", "未驻留{}", "not {}", "no {}", "{}?", "疑似{}", "{}→LTE", "{}（历史）", "{}/NSA", "{} fallback"]
    ),
    st.sampled_from(["SA", "NR-SA", "5G SA", "独立组网", "standalone"]),
)
def test_a_word_about_stand_alone_is_not_the_word(form: str, word: str) -> None:
    text = f"时间,制式,IMEI\n2024-01-01T00:00:00Z,{form.format(word)},001010000000016\n"
    assert "NR-SA" not in {each.rat for each in radio_export(text.encode(), "r.csv")}


POLLS = "time,imei,rat,{}\n" + "\n".join(f"2026-01-01T00:00:{at:02d}Z,490154203237518,NR-SA,{{}}" for at in range(6))


@given(
    st.sampled_from(
        [("备注", "脱网"), ("remark", "Out of service"), ("state", "searching"), ("注册", "否"), ("registered", "0"), ("Online", "no"), ("附着", "×"), ("x", "Not Registered")]
    ),
    st.integers(0, 5),
)  # fmt: skip
def test_a_column_nobody_reads_that_says_the_terminal_is_off_is_refused(told: tuple[str, str], row: int) -> None:
    words = [told[1] if at == row else "1" for at in range(6)]
    with pytest.raises(DecodeError, match="may not be on 5G"):
        radio_export(POLLS.format(told[0], *words).encode(), "r.csv")


@given(st.lists(st.integers(-12_000, -5_000), min_size=6, max_size=6))
def test_levels_may_have_decimal_commas(hundredths: list[int]) -> None:
    written = [f"{each / 100:.2f}" for each in hundredths]
    points = radio_export(POLLS.format("rsrp", *written).replace(",", ";").encode(), "r.csv")
    commas = radio_export(POLLS.format("rsrp", *written).replace(",", ";").replace(".", ",").encode(), "r.csv")
    assert [each.rsrp for each in points] == [each.rsrp for each in commas]


@pytest.mark.parametrize("word", ["离线", "Offline", "未注册", "停机", "disconnected"])
@pytest.mark.parametrize("heading", ["备注", "remark", "X"])
def test_a_word_beside_a_terminal_that_says_it_is_off_line_is_heard(heading: str, word: str) -> None:
    text = f"imei,状态,{heading}\n490154203237518,在线,\n490154203237526,{{}},{word}\n"
    with pytest.raises(DecodeError, match="contradicts"):
        read_export(text.format("在线").encode(), "x.csv", "core")
    assert len(read_export(text.format("离线").encode(), "x.csv", "core").rows) == 1


@given(
    st.sampled_from(["B3", "b8", "LTE B40", "2.4GHz", "5 GHz", "5.8G", "Wi-Fi 6", "wlan0", "LTE"]),
    st.sampled_from(["NR-SA", "NSA"]),
)
def test_a_band_that_is_none_of_nr_contradicts_5g(band: str, rat: str) -> None:
    text = RADIO.replace("NR-SA", rat)
    with pytest.raises(DecodeError, match="none of NR"):
        radio_export(text.format("band", band).encode(), "r.csv")
    for fine in ("n78", "78", "N41", "n79 (4.9GHz)", "", "NR5G BAND 78"):
        assert len(radio_export(text.format("band", fine).encode(), "r.csv")) == 1


@given(
    st.sampled_from(["SSID", "BSSID", "Wi-Fi name", "无线局域网名称", "interface", "x"]),
    st.sampled_from(["eth0", "wlan1", "enp3s0", "wlp2s0"]),
)
def test_a_link_that_is_no_mobile_one_is_heard_wherever_it_is_named(heading: str, word: str) -> None:
    with pytest.raises(DecodeError, match="may not be on 5G"):
        radio_export(RADIO.format(heading, word).encode(), "r.csv")
    assert len(radio_export(RADIO.format(heading, "-").encode(), "r.csv")) == 1


@given(st.sampled_from(["制式", "RAT", "remark"]), st.sampled_from(["LTE", "4G", "Wi-Fi", "3G", "eth0"]))
def test_a_terminal_that_the_core_serves_by_other_means_is_not_on_line_with_5g(heading: str, word: str) -> None:
    text = f"imei,online,{heading}\n{IMEI},{{}},{word}\n"
    with pytest.raises(DecodeError, match="contradicts"):
        read_export(text.format(1).encode(), "core.csv", "5GC")
    assert not read_export(text.format(0).encode(), "core.csv", "5GC").rows


@given(st.sampled_from(["合计", "总计（台）", "Total", "小计"]), st.integers(0, 1))
def test_a_total_is_no_terminal(word: str, place: int) -> None:
    cells = [word, "1"] if place == 0 else ["", "1"]
    with pytest.raises(DecodeError, match="no terminal"):
        read_export(f"imei,online,备注\n{IMEI},1,\n{cells[0]},{cells[1]},{word}\n".encode(), "core.csv", "5GC")


@given(st.permutations(["1", "0"]), st.sampled_from(["imei", "iccid"]))
def test_a_history_of_states_is_no_state(states: list[str], kind: str) -> None:
    rows = "".join(f"{IMEI},{state}\n" for state in states)
    with pytest.raises(DecodeError, match="history"):
        read_export(f"{kind},online\n{rows}".encode(), "core.csv", "5GC")
