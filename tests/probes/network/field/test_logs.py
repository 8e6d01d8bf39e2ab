# SPDX-License-Identifier: Apache-2.0
"""Logs from the field: what is not understood never helps, and a log's own totals are checked."""

import gzip
import json
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.model import Verdict
from harness.quantity import Quantity, units_of
from probes.network.instruments.log import PROBE
from probes.network.traces.logs import Form, decode
from tests.probes.network.field.judging import DELAY, DROPOUT, LOSS, judged
from tests.probes.network.made import codes

PLAIN = Form({}, {})
WAIT = 3 * 10**9


def counts(text: str | bytes, form: Form = PLAIN) -> tuple[int, int]:
    """Packets sent and answered."""
    session, _ = decode(text if isinstance(text, bytes) else text.encode(), "x.log", form, WAIT)
    return len(session.probes), int((session.probes["flags"] > 0).sum())


@pytest.mark.parametrize("name", ["F3a-latency-sec.csv", "F3c-settings-sec.csv"])
def test_a_unit_that_is_not_known_is_refused_wherever_it_is_said(shared_data: Callable[..., Path], name: str) -> None:
    form = Form({}, {"delay": "sec"} if "settings" in name else {})
    with pytest.raises(DecodeError, match="unit"):
        decode(shared_data("field", "network", name).read_bytes(), name, form, WAIT)


@pytest.mark.parametrize(
    ("name", "settings", "least_ms"),
    [
        ("F3b-miao.csv", {}, 7),
        ("F3d-rtt_s.csv", {"columns": {"delay": "rtt_s"}}, 7),
        ("F3e-greek-mu.csv", {}, 0.6),
        ("F3f-weimiao.csv", {}, 0.6),
        ("F6-shift.tsv", {}, 20),
    ],
)
def test_delays_have_the_unit_and_the_column_that_the_head_says(
    shared_data: Callable[..., Path], tmp_path: Path, name: str, settings: Any, least_ms: float
) -> None:
    data = shared_data("field", "network", name).read_bytes()
    found = judged(PROBE, data, name, DELAY, tmp_path, **settings)
    assert least_ms <= found.estimate.value <= least_ms * 2
    assert found.judgement.verdict is not Verdict.PASS or least_ms < 2


@pytest.mark.parametrize(
    ("name", "sent", "received"),
    [
        ("F4-control.txt", 400, 400),
        ("F4a-two-sessions.txt", 800, 600),
        ("F4b-macos.txt", 3, 3),
        ("F4c-busybox.txt", 400, 400),
        ("F4d-zh-iputils.txt", 400, 400),
        ("F4f-old-iputils.txt", 400, 400),
        ("F7-interval.txt", 400, 388),
        ("F7-control.txt", 400, 388),
        ("F5-mixed-markers.csv", 1200, 1079),
    ],
)
def test_every_log_has_the_packets_that_it_says(
    shared_data: Callable[..., Path], name: str, sent: int, received: int
) -> None:
    assert counts(shared_data("field", "network", name).read_bytes()) == (sent, received)


def test_a_log_with_its_summary_alone_is_refused_with_both_numbers(shared_data: Callable[..., Path]) -> None:
    with pytest.raises(DecodeError, match="400 sent and 400 received, but its packets are"):
        decode(shared_data("field", "network", "F4e-quiet.txt").read_bytes(), "q.txt", PLAIN, WAIT)


@pytest.mark.parametrize("name", ["F4a-two-sessions.txt", "F5-mixed-markers.csv"])
def test_losses_of_the_field_logs_never_pass(shared_data: Callable[..., Path], tmp_path: Path, name: str) -> None:
    found = judged(PROBE, shared_data("field", "network", name).read_bytes(), name, LOSS, tmp_path)
    assert found.judgement.verdict in {Verdict.FAIL, Verdict.INCONCLUSIVE}
    assert found.judgement.leaning == "fail" or found.judgement.verdict is Verdict.FAIL
    assert float(found.estimate.value) == {"F4a": 0.25, "F5-": 121 / 1200}[name[:3]]


def test_words_that_nobody_agreed_on_count_as_lost_and_are_told(
    shared_data: Callable[..., Path], tmp_path: Path
) -> None:
    data = shared_data("field", "network", "F5-mixed-markers.csv").read_bytes().replace(b"unreachable", b"kaputt")
    found = judged(PROBE, data, "m.csv", LOSS, tmp_path)
    (told,) = [each for each in found.remarks if each.code == "network.log-words"]
    assert "120 rows have no delay but say kaputt" in told.text.en


@pytest.mark.parametrize("name", ["F7-interval.txt", "F7-control.txt"])
def test_the_pace_of_a_ping_is_that_of_its_summary(shared_data: Callable[..., Path], tmp_path: Path, name: str) -> None:
    found = judged(PROBE, shared_data("field", "network", name).read_bytes(), name, DROPOUT, tmp_path)
    assert found.judgement.verdict is Verdict.INCONCLUSIVE
    assert found.estimate.diagnostics["drops"] == 0


def test_a_log_without_times_tells_no_drop_out(shared_data: Callable[..., Path], tmp_path: Path) -> None:
    data = shared_data("field", "network", "F4c-busybox.txt").read_bytes()
    assert codes(judged(PROBE, data, "b.txt", DROPOUT, tmp_path).invalid) == {"network.log-times-unknown"}
    assert judged(PROBE, data, "b.txt", LOSS, tmp_path).invalid == ()


def test_numbers_that_wrap_at_sixteen_bits_lose_nothing() -> None:
    lines = [
        f"64 bytes from 192.0.2.1: icmp_seq={at & 0xFFFF} ttl=63 time=0.5 ms" for at in range(1, 70_001) if at != 66_000
    ]
    tail = "70000 packets transmitted, 69999 received, 0.00142857% packet loss, time 700000ms"
    text = "\n".join(
        ["PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.", *lines, "", "--- 192.0.2.1 ping statistics ---", tail]
    )
    assert counts(text) == (70_000, 69_999)


WINDOWS = {
    "en": (
        "Pinging 192.0.2.10 with 32 bytes of data:",
        "Reply from 192.0.2.10: bytes=32 time={}ms TTL=63",
        "Request timed out.",
        (
            "Ping statistics for 192.0.2.10:\r\n    Packets: Sent = {}, Received = {}, Lost = {} ({}% loss),\r\n"
            "Approximate round trip times in milli-seconds:\r\n    Minimum = {}ms, Maximum = {}ms, Average = {}ms"
        ),
    ),
    "zh": (
        "正在 Ping 192.0.2.10 具有 32 字节的数据:",
        "来自 192.0.2.10 的回复: 字节=32 时间={}ms TTL=63",
        "请求超时。",
        (
            "192.0.2.10 的 Ping 统计信息:\r\n    数据包: 已发送 = {}，已接收 = {}，丢失 = {} ({}% 丢失)，\r\n"
            "往返行程的估计时间(以毫秒为单位):\r\n    最短 = {}ms，最长 = {}ms，平均 = {}ms"
        ),
    ),
}


@given(
    st.sampled_from(sorted(WINDOWS)),
    st.sampled_from(["gbk", "utf-16", "utf-8", "utf-8-sig"]),
    st.lists(st.one_of(st.none(), st.integers(1, 900)), min_size=1, max_size=30).filter(any),
    st.sampled_from(["", "C:\\Users\\a>ping 192.0.2.10\r\n\r\n", "PS C:\\> ping 192.0.2.10\r\n"]),
)
def test_windows_ping_is_read_in_both_languages_and_every_encoding(
    language: str, encoding: str, delays: list[int | None], before: str
) -> None:
    head, reply, silent, tail = WINDOWS[language]
    lost = delays.count(None)
    lines = [silent if each is None else reply.format(each) for each in delays]
    known = [each for each in delays if each is not None]
    figures = min(known), max(known), sum(known) // len(known)
    total = tail.format(len(delays), len(delays) - lost, lost, 100 * lost // len(delays), *figures)
    text = before + "\r\n".join(["", head, *lines, "", total, ""])
    assert counts(text.encode(encoding)) == (len(delays), len(delays) - lost)
    wrong = text.replace(f"= {len(delays)}", f"= {len(delays) + 1}", 1)
    with pytest.raises(DecodeError, match="own summary"):
        counts(wrong.encode(encoding))


@given(
    st.sampled_from(["{n} packets transmitted, {g} received, 0% packet loss, time {t}ms", "{n} paquets transmis, {g} reçus, 0% packet loss, time {t}ms",
                     "{n} Pakete gesendet, {g} empfangen, 0% packet loss, time {t}ms", "已发送 {n} 个包， 已接收 {g} 个包, 0% packet loss, time {t}ms"]),
    st.sampled_from(["64 bytes from 192.0.2.1: icmp_seq={} ttl=63 time={} ms", "64 octets de 192.0.2.1 : icmp_seq={} ttl=63 temps={} ms",
                     "64 字节，来自 192.0.2.1: icmp_seq={} ttl=63 时间={} 毫秒", "64 Bytes von 192.0.2.1: icmp_seq={} ttl=63 Zeit={} ms"]),
    st.integers(2, 40), st.integers(0, 1), st.data(),
)  # fmt: skip
def test_ping_of_any_language_is_read_by_its_form(tail: str, reply: str, many: int, first: int, data: Any) -> None:
    lost = data.draw(st.sets(st.integers(1, many - 1), max_size=many - 1)) - {many - 1}
    lines = [reply.format(first + at, 0.5 + at / 100) for at in range(many) if at not in lost]
    text = "\n".join(
        [
            "WARNING: time of day goes back (-1us), taking countermeasures.",
            "PING x (192.0.2.1) 56(84) ...",
            *lines,
            "",
            "--- x ---",
            tail.format(n=many, g=many - len(lost), t=many * 1000),
        ]
    )
    assert counts(text) == (many, many - len(lost))


def test_a_session_pasted_twice_counts_once_where_its_times_prove_it_and_is_refused_where_they_do_not(
    shared_data: Callable[..., Path],
) -> None:
    stamped = shared_data("field", "network", "F7-control.txt").read_bytes()
    assert counts(stamped + stamped) == (400, 388)
    plain = shared_data("field", "network", "F4-control.txt").read_bytes()
    with pytest.raises(DecodeError, match="alike to the last digit"):
        counts(plain + plain)


ROWS = [f"{1_700_000_000 + at * 0.2:.3f},{at},{0.5 + at % 97 / 100}" for at in range(300)]


@given(st.sets(st.integers(0, 299), max_size=80), st.integers(0, 2))
def test_rows_entered_twice_count_once(again: set[int], way: int) -> None:
    rows = ROWS + [ROWS[at] for at in sorted(again)] if way else sorted(ROWS + [ROWS[at] for at in again])
    assert counts("time,seq,delay\n" + "\n".join(rows)) == (300, 300)


@given(st.integers(3, 200), st.integers(0, 199), st.booleans())
def test_two_sessions_of_a_table_lose_their_own_numbers(many: int, gone: int, reset: bool) -> None:
    gone %= many
    first = [f"{at},{at},1.5" for at in range(many)]
    second = [
        f"{10_000 + at},{at if reset else at + 65_536 - many},2.5"
        for at in range(many)
        if at not in {gone, 0, many - 1}
    ]
    found = counts("time,seq,delay\n" + "\n".join(first + second))
    assert found[1] == many + max(0, many - len({gone, 0, many - 1}))
    if reset and 0 < gone < many - 1:
        assert found[0] - found[1] == (1 if 1 < gone < many - 2 else 0)


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=8), st.integers(1, 30))
def test_any_word_for_a_lost_packet_counts_as_lost(word: str, many: int) -> None:
    rows = [f"{at},{word if at <= many else 0.731 + at / 100}" for at in range(1, 60)]
    try:
        found = counts("time,delay\n" + "\n".join(rows))
    except DecodeError:
        return
    assert found == (59, 59 - many)


@pytest.mark.parametrize(
    "marker", ["-1", "N/A", "null", "*", "Timed out", "请求超时", "inf", "unreachable", "DROPPED", "0", "-", "9999999"]
)
def test_markers_of_the_wild_count_as_lost(marker: str) -> None:
    rows = [f"{at},{marker if at % 10 == 0 else 0.731 + at / 100}" for at in range(1, 101)]
    assert counts("time,delay\n" + "\n".join(rows)) == (100, 90)


@pytest.mark.parametrize(
    ("heading", "good", "bad"), [("loss", "0", "1"), ("status", "ok", "timeout"), ("结果", "成功", "失败")]
)
def test_a_column_that_says_who_was_lost_is_believed_against_the_delay(heading: str, good: str, bad: str) -> None:
    rows = [f"{at},1.{at % 7}3,{bad if at % 4 == 0 else good}" for at in range(1, 41)]
    assert counts(f"time,delay,{heading}\n" + "\n".join(rows)) == (40, 30)
    with pytest.raises(DecodeError, match="'vielleicht' in the column"):
        counts(f"time,delay,{heading}\n1,2,vielleicht\n")


def test_rows_without_a_time_make_everything_invalid(tmp_path: Path) -> None:
    rows = "\n".join(f"{'?' if at == 7 else at},{at},1.{at % 10}" for at in range(1, 100))
    for question in (DELAY, LOSS, DROPOUT):
        found = judged(PROBE, f"time,seq,delay\n{rows}".encode(), "x.csv", question, tmp_path)
        assert codes(found.invalid) == {"network.log-rows-unread"}
        assert "x.csv:8" in found.invalid[0].text.en


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, zstandard.ZstdCompressor().compress])
def test_a_compressed_log_is_opened_and_a_cut_one_is_refused(shared_data: Callable[..., Path], pack: Any) -> None:
    packed = pack(shared_data("field", "network", "F4-control.txt").read_bytes())
    assert counts(packed) == (400, 400)
    with pytest.raises(DecodeError, match="compression of the log is broken"):
        counts(packed[: len(packed) // 2])


def test_irtt_sockperf_fping_and_mtr_are_read_and_checked() -> None:
    trips = [
        {
            "seqno": at,
            "lost": "true_up" if at == 3 else "false",
            "timestamps": {"client": {"send": {"wall": 10**18 + at * 10**7}}},
            "delay": {"rtt": 900_000},
        }
        for at in range(9)
    ]
    stats = {"packets_sent": 9, "packets_received": 8, "duplicates": 0}
    assert counts(json.dumps({"stats": stats, "round_trips": trips})) == (9, 8)
    with pytest.raises(DecodeError, match="own summary"):
        counts(json.dumps({"stats": stats | {"packets_received": 9}, "round_trips": trips}))
    sockperf = (
        "------------------------------\ntest was performed using the following parameters: --mps=50 --burst=1 --reply-every=1\n"
        "sockperf: [Valid Duration] RunTime=0.5 sec; SentMessages=6; ReceivedMessages=4\n------------------------------\n"
        "packet, txTime(sec), rxTime(sec), latency(usec)\n0, 2.1, 2.101, 500\n1, 2.2, 2.201, 500\n3, 2.4, 2.401, 500\n4, 2.5, 2.501, 500\n"
        "------------------------------\n"
    )
    assert counts(sockperf) == (6, 4)
    session, _ = decode(sockperf.encode(), "s.csv", PLAIN, WAIT)
    assert (session.probes["t4"] - session.probes["t1"]).max() == 10**6, "a round trip, not its half"
    fping = "".join(
        f"192.0.2.9 : [{at}], {'timed out' if at == 2 else '64 bytes, 1.23 ms'} (1.2 avg, 0% loss)\n" for at in range(5)
    )
    assert counts(fping + "\n192.0.2.9 : xmt/rcv/%loss = 5/4/20%, min/avg/max = 1.23/1.23/1.23\n") == (5, 4)
    mtr = "".join(
        f"x 0 {at}\nx 1 {at}\nh 0 10.0.0.1\nh 1 192.0.2.9\np 0 200 {at}\n" + (f"p 1 900 {at}\n" if at != 4 else "")
        for at in range(9)
    )
    assert counts(mtr) == (9, 8)
    with pytest.raises(DecodeError, match="holds summaries"):
        counts(
            "Start: 2026-11-28T10:00:00+0800\nHOST: a   Loss%   Snt   Last   Avg  Best  Wrst StDev\n  1.|-- x  0.0%  10  1 1 1 1 0\n"
        )


@given(st.sampled_from(units_of("time")), st.integers(1, 9))
def test_a_table_is_read_in_every_unit_of_time_that_the_specifications_know(unit: str, number: int) -> None:
    wanted = Quantity.parse(f"{number} {unit}").to("ns")
    if wanted > WAIT or wanted < 1 or re.search(r"\d", unit):
        return
    session, _ = decode(f"time(s),delay({unit})\n5,{number}\n6,{number}\n".encode(), "x.csv", PLAIN, WAIT)
    assert (session.probes["t4"] - session.probes["t1"])[0] == wanted


def test_lines_that_were_left_out_are_told_with_their_number(tmp_path: Path) -> None:
    rows = "\n".join(f"64 bytes from 192.0.2.1: icmp_seq={at} ttl=63 time=0.{at + 500} ms" for at in range(1, 300))
    junk = "\n".join(["64 bytes from 192.0.2.1: icmp_seq=5 ttl=63 time=0.9 ms (BAD CHECKSUM!)"] * 3)
    found = judged(
        PROBE, f"PING x (192.0.2.1) 56(84) bytes of data.\n{rows}\n{junk}\n".encode(), "p.txt", LOSS, tmp_path
    )
    (told,) = [each for each in found.remarks if each.code == "network.log-lines-unread"]
    assert "3 lines of the log could not be read" in told.text.en
    assert "network.trace-damaged" not in codes(found.remarks)


TABLE = "time,seq,rtt(ms){}\n" + "\n".join(f"{1_700_000_000 + at},{at},1.2{at % 10}{{}}" for at in range(40))


@pytest.mark.parametrize("heading", ["delay(ms)", "时延", "Latency", "rtt_us"])
def test_a_second_column_of_delays_is_refused_unless_the_profile_names_one(heading: str) -> None:
    text = TABLE.format(f",{heading}", *[",21"] * 40)
    with pytest.raises(DecodeError, match="columns"):
        counts(text)
    assert counts(text, Form({"delay": "rtt(ms)"}, {})) == (40, 40)


@given(
    st.sampled_from(["丢包率(%)", "Packet Loss", "超时次数", "drop", "失败", "lost pkts", "TimeOut"]), st.integers(0, 9)
)
def test_a_heading_that_may_speak_of_losses_is_never_passed_over(heading: str, value: int) -> None:
    with pytest.raises(DecodeError, match="lost"):
        counts(TABLE.format(f",{heading}", *[f",{value}"] * 40))


@given(
    st.sampled_from(["备注", "remark", "c4"]),
    st.sampled_from(["丢包", "Timeout", "请求超时", "FAILED", "no reply.", "不可达"]),
    st.integers(0, 39),
)
def test_a_word_that_says_lost_is_not_passed_over_wherever_it_stands(heading: str, word: str, at: int) -> None:
    cells = ["," if each != at else f",{word}" for each in range(40)]
    with pytest.raises(DecodeError, match="lost"):
        counts(TABLE.format(f",{heading}", *cells))
    assert counts(TABLE.format(f",{heading}", *[",-85"] * 40)) == (40, 40)


@pytest.mark.parametrize(
    ("cell", "ns"), [("21 ms", 21_000_000), ("0.021s", 21_000_000), ("900µs", 900_000), ("21 毫秒", 21_000_000)]
)
def test_a_unit_beside_the_number_is_the_unit(cell: str, ns: int) -> None:
    text = "time,seq,rtt\n" + "\n".join(f"{1_700_000_000 + at},{at},{cell}" for at in range(30))
    session, _ = decode(text.encode(), "x.csv", PLAIN, WAIT)
    assert set((session.probes["t4"] - session.probes["t1"]).tolist()) == {ns}
    assert counts(text.replace(cell, "21 ticks"))[1] == 0


def test_cells_behind_the_head_of_a_csv_are_no_decimals_of_it() -> None:
    text = "time,rtt(ms)\n" + "\n".join(f"{1_700_000_000 + at},1,950" for at in range(30))
    with pytest.raises(DecodeError, match="cells"):
        counts(text)


@pytest.mark.parametrize(
    "heading",
    [
        "count",
        "samples",
        "max(ms)",
        "P99(ms)",
        "mean",
        "n_packets",
        "平均值",
        "最大值(ms)",
        "样本数",
        "采样点数",
        "95th",
    ],
)
def test_rows_that_sum_up_many_packets_are_no_packets(heading: str) -> None:
    """A mean hides what the limit is about; only a row a packet is a log."""
    rows = "\n".join(f"{1_700_000_000 + at},{at},1.{at % 10},{20 + at}" for at in range(30))
    with pytest.raises(DecodeError, match=r"sum up|delay too|lost"):
        counts(f"time,seq,rtt(ms),{heading}\n{rows}")
    form = Form({"sequence": heading}, {})
    assert counts(f"time,x2,rtt(ms),{heading}\n{rows}", form) == (30, 30)


TONGUES = {
    "de": ("Ping wird ausgeführt für {ip} mit 32 Bytes Daten:", "Antwort von {ip}: Bytes=32 Zeit={ms}ms TTL=64", "Zeitüberschreitung der Anforderung.", "Ping-Statistik für {ip}:", "    Pakete: Gesendet = {sent}, Empfangen = {got}, Verloren = {lost}"),
    "fr": ("Envoi d’une requête 'Ping'  {ip} avec 32 octets de données :", "Réponse de {ip} : octets=32 temps={ms} ms TTL=64", "Délai d’attente de la demande dépassé.", "Statistiques Ping pour {ip}:", "    Paquets : envoyés = {sent}, reçus = {got}, perdus = {lost} (perte 3%),"),
    "ja": ("{ip} に ping を送信しています 32 バイトのデータ:", "{ip} からの応答: バイト数 =32 時間 ={ms}ms TTL=64", "要求がタイムアウトしました。", "{ip} の ping 統計:", "    パケット数: 送信 = {sent}、受信 = {got}、損失 = {lost} (3% の損失)、"),
    "ru": ("Обмен пакетами с {ip} по с 32 байтами данных:", "Ответ от {ip}: число байт=32 время={ms}мс TTL=64", "Превышен интервал ожидания для запроса.", "Статистика Ping для {ip}:", "    Пакетов: отправлено = {sent}, получено = {got}, потеряно = {lost}"),
    "tr": ("{ip} yoklanıyor, 32 bayt veri ile:", "{ip} cevabı: bayt=32 süre={ms}ms TTL=64", "İstek zaman aşımına uğradı.", "{ip} için Ping istatistiği:", "    Paket: Giden = {sent}, Gelen = {got}, Kaybolan = {lost} (%3 kayıp),"),
    "tw": ("Ping {ip} (使用 32 位元組的資料):", "回覆自 {ip}: 位元組=32 時間={ms}ms TTL=64", "要求等候逾時。", "{ip} 的 Ping 統計資料:", "    封包: 已傳送 = {sent}，已收到 = {got}, 已遺失 = {lost} (3% 遺失)，"),
}  # fmt: skip
WORD = st.text("abcdeghiknoruwzäéßçñøабвгдежзиклмноαβγδεהוזあいうえおกขคง", min_size=2, max_size=9)


@st.composite
def windows(draw: Any) -> tuple[str, int, set[int]]:
    """Windows' ping in a language that is known or that nobody speaks, what was sent and what was lost."""
    many = draw(st.integers(1, 30))
    gone = draw(st.sets(st.integers(0, many - 1)))
    words = [draw(WORD) for _ in range(12)]
    unknown = (
        "{0} {{ip}} {1} 32 {2}:", "{3} {4} {{ip}}: {5}=32 {6}={{ms}}ms TTL=64", "{7} {8}.", "{0} {1} {{ip}}:",
        "    {2}: {9} = {{sent}}, {10} = {{got}}, {11} = {{lost}}",
    )  # fmt: skip
    form = draw(st.sampled_from([*TONGUES.values(), tuple(each.format(*words) for each in unknown)]))
    head, reply, lost, foot, total = (each.replace("{ip}", "10.30.0.7") for each in form)
    rows = [lost if at in gone else reply.format(ms=5 + at % 7) for at in range(many)]
    summed = total.format(sent=many, got=many - len(gone), lost=len(gone))
    return "\r\n".join(["", head, *rows, "", foot, summed, ""]), many, gone


@pytest.mark.parametrize("tongue", TONGUES)
def test_a_log_of_windows_in_which_all_was_lost_is_read_in_each_known_language(tongue: str) -> None:
    head, _, lost, foot, total = (each.replace("{ip}", "10.30.0.7") for each in TONGUES[tongue])
    text = "\r\n".join(["", head, lost, "", foot, total.format(sent=1, got=0, lost=1), ""])
    assert counts(text) == (1, 0)
    for wrong in (text.replace("= 1", "= 2", 1), text.replace(lost, f"{lost}\r\n{lost}")):
        with pytest.raises(DecodeError):
            counts(wrong)


@given(windows())
def test_windows_is_read_in_any_language_and_held_to_its_own_totals(found: tuple[str, int, set[int]]) -> None:
    text, many, gone = found
    assert counts(text) == (many, many - len(gone))
    for wrong in (
        text.replace(f"= {many}", f"= {many + 1}", 1),
        text.rpartition("    ")[0],
        "\n".join(line for line in text.splitlines() if "TTL" not in line or line.endswith("=0"))
        if len(gone) < many
        else "",
    ):
        with pytest.raises(DecodeError):
            counts(wrong)


def test_totals_that_stand_one_above_the_other_are_compared() -> None:
    """Routers of VRP."""
    text = (
        "  PING 10.0.0.1: 56  data bytes, press CTRL_C to break\n"
        "    Reply from 10.0.0.1: bytes=56 Sequence=1 ttl=255 time=5 ms\n    Request time out\n"
        "    Reply from 10.0.0.1: bytes=56 Sequence=3 ttl=255 time=7 ms\n\n  --- 10.0.0.1 ping statistics ---\n"
        "    3 packet(s) transmitted\n    2 packet(s) received\n    33.33% packet loss\n"
    )
    assert counts(text) == (3, 2)
    with pytest.raises(DecodeError, match="summary"):
        counts(text.replace("2 packet(s)", "3 packet(s)"))


@settings(max_examples=40)
@given(
    heading=st.text("abcdefgqzABC_甲乙丙丁标记备注", min_size=1, max_size=8),
    codes=st.sampled_from(
        [("0", "1"), ("1", "2"), ("√", "×"), ("", "▲"), ("A", "B", "C"), ("0", "1", "2", "3"), ("通", "阻")]
    ),
    data=st.data(),
)
def test_a_column_of_codes_that_nobody_understands_may_say_who_was_lost(
    heading: str, codes: tuple[str, ...], data: Any
) -> None:
    """However its heading is called; what is understood to be of another kind is only told."""
    many = 5 * len(codes)
    cells = [*codes, *data.draw(st.lists(st.sampled_from(codes), min_size=many, max_size=many))]

    def written(heading: str) -> str:
        rows = "\n".join(f"{1_700_000_000 + at},1.{at % 10},{cell}" for at, cell in enumerate(cells))
        return f"time,rtt(ms),{heading}\n{rows}"

    with pytest.raises(DecodeError):
        counts(written(heading))
    for known in ("频段", "RSRP", "包长(B)", "direction"):
        assert counts(written(known)) == (len(cells), len(cells))


TWPING = """Approximately 13.2 seconds until results available

--- twping statistics from [192.0.2.1]:9706 to [192.0.2.2]:18760 ---
SID:	c0a80102e5e36a42b8a73f74cec8780e
{lines}
first:	2024-03-05T23:18:58.819
last:	2024-03-05T23:19:10.456
{sent} sent, {lost} lost ({share:.3f}%), 0 send duplicates, 0 reflect duplicates
round-trip time min/median/max = {least}/1.2/{most} {unit}, (err=3.8 ms)
send time min/median/max = 936/936/936 ms, (err=1.9 ms)
reflect time min/median/max = -936/-936/-935 ms, (err=1.9 ms)
reflector processing time min/max = 0.00191/0.5 ms
two-way jitter = 0.1 ms (P95-P50)
send hops = 0 (consistently)
"""
RECORDS = {
    "now": "fwd_delay=936 ms bck_delay=-935 ms delay={delay} {unit} proc_delay=0.25 ms\t(err=3.8 ms)",
    "unix": "fwd_delay=9.36e+02 ms bck_delay=-9.35e+02 ms delay={delay}e+00 {unit} proc_delay=2.5e-01 ms (err=3.8 ms)"
    " sent=1709650738.819304 recv=1709650739.755563 reflected=1709650739.755813 recv=1709650738.821",
    "old": "delay={delay} {unit}\t(sync, err=0.1 ms)",
    "unsynchronised": "delay={delay} {unit}\t(unsync)",
}
"""Records of twping as the program's versions print them; the older ones do not say how long the reflector took."""


def _twping(many: int, gone: set[int], unit: str = "ms", form: str = "now") -> str:
    delays = {at: f"1.{at % 10}" for at in range(many) if at not in gone}
    record = RECORDS[form]
    lines = "\n".join(
        f"seq_no={at:<10} " + (record.format(delay=delays[at], unit=unit) if at in delays else "*LOST*")
        for at in range(many)
    )
    least, most = min(delays.values(), default="nan"), max(delays.values(), default="nan")
    share = 100 * len(gone) / many
    return TWPING.format(lines=lines, sent=many, lost=len(gone), share=share, least=least, most=most, unit=unit)


@given(st.integers(2, 60), st.sampled_from(sorted(RECORDS)), st.data())
def test_twping_has_the_packets_that_it_says_and_no_others(many: int, form: str, data: Any) -> None:
    gone = data.draw(st.sets(st.integers(0, many - 1), max_size=many - 1))
    text = _twping(many, gone, form=form)
    assert counts(text) == (many, many - len(gone))
    most = max(f"1.{at % 10}" for at in range(many) if at not in gone)
    wrongs = (
        text.replace("twping statistics", "owping statistics"),
        text.replace(f"{many} sent", f"{many + 3} sent"),
        text.replace(f"{many} sent,", f"{many} gone,"),
        text.replace("delay=", "delais="),
        text.replace(f"/{most} ms", "/9.87 ms"),
        text + text,
        text + text.partition("available")[2],
        _twping(many, gone, "ticks", form),
    )
    for wrong in wrongs:
        with pytest.raises(DecodeError):
            counts(wrong)


@pytest.mark.parametrize(("form", "reflector_ns"), [("now", 250_000), ("unix", 250_000), ("old", 500_000)])
def test_the_time_that_twpings_reflector_took_is_put_back(form: str, reflector_ns: int) -> None:
    """Each packet's own where it is told, else the longest of all; where nobody tells it the file is refused."""
    text = _twping(10, set(), form=form)
    session, _ = decode(text.encode(), "x.log", PLAIN, WAIT)
    trips = (session.probes["t4"] - session.probes["t1"]).tolist()
    assert trips == [1_000_000 + at * 100_000 + reflector_ns for at in range(10)]
    if form == "old":
        with pytest.raises(DecodeError, match="reflector"):
            counts(text.replace("reflector processing", "other processing"))


def _log(form: Any, many: int, gone: set[int]) -> str:
    """A log of one of the programs, whose packets ``gone`` brought no answer."""
    program, first, unit = form
    if program == "irtt":
        trips = [
            {
                "seqno": at,
                "lost": "true_down" if at in gone else "false",
                "timestamps": {"client": {"send": {"wall": 10**18 + at * 10**7}}},
                "delay": {"rtt": 900_000 + at},
            }
            for at in range(many)
        ]
        stats = {"packets_sent": many, "packets_received": many - len(gone), "duplicates": 0}
        return json.dumps({"stats": stats, "round_trips": trips})
    if program == "sockperf":
        rows = "".join(f"{at}, {2 + at / 10:.3f}, {2.001 + at / 10:.4f}, 500\n" for at in range(many) if at not in gone)
        head = f"sockperf: [Valid Duration] RunTime=1 sec; SentMessages={many}; ReceivedMessages={many - len(gone)}\n"
        return f"--reply-every=1\n{head}----\npacket, txTime(sec), rxTime(sec), latency(usec)\n{rows}----\n"
    if program == "mtr":
        rows = "".join(
            f"x 0 {at}\nx 1 {at}\np 0 200 {at}\n" + ("" if at in gone else f"p 1 {800 + at} {at}\n")
            for at in range(many)
        )
        return f"h 0 10.0.0.1\nh 1 192.0.2.9\n{rows}"
    if program == "fping":
        said = [("timed out" if at in gone else f"64 bytes, {1 + at / 100:.2f} ms") for at in range(many)]
        rows = "".join(f"192.0.2.9 : [{at}], {word} (1 avg, 0% loss)\n" for at, word in enumerate(said))
        return f"{rows}\n192.0.2.9 : xmt/rcv/%loss = {many}/{many - len(gone)}/1%, min/avg/max = 1/1/1\n"
    rows = "".join(
        f"64 x 192.0.2.1: icmp_seq={first + at} ttl=63 {unit}={1 + at / 100:.2f} ms\n"
        for at in range(many)
        if at not in gone
    )
    return f"PING x (192.0.2.1) 56(84) y\n{rows}\n--- x ---\n{many} a, {many - len(gone)} b, 0% c, time {many}00ms\n"


FORMS = st.sampled_from(
    [("irtt", 0, ""), ("sockperf", 0, ""), ("mtr", 0, ""), ("fping", 0, ""), ("ping", 0, "time"), ("ping", 1, "heure")]
)


@given(FORMS, st.integers(4, 40), st.data())
def test_every_program_has_the_packets_that_it_says_and_no_edit_helps(form: Any, many: int, data: Any) -> None:
    """Any line or trip that is taken out, doubled or given another sign is refused, or leaves no fewer losses and no smaller delay."""
    gone = data.draw(st.sets(st.integers(1, many - 2), max_size=many // 2))
    text = _log(form, many, gone)
    assert counts(text) == (many, many - len(gone))
    worst = _worst(text)
    lines = text.splitlines(keepends=True)
    at, way = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, 4))
    if form[0] == "irtt":
        edited = text.replace(
            *data.draw(
                st.sampled_from(
                    [
                        ('"rtt": 9', '"rtt": -9'),
                        ('"seqno": 2', '"seqno": 3'),
                        ('"false"', "false"),
                        ('"wall": 1', '"wall": -1'),
                        ('"rtt": 900000', '"rtt": 9.5'),
                    ]
                )
            )
        )
    else:
        word = data.draw(st.text(alphabet="abcxyzäß超 ", min_size=1, max_size=6))
        edits = [lines[at] * 2, "", lines[at].replace("1", "-1", 1), f"{word}\n", f"{word} {lines[at]}"]
        edited = "".join([*lines[:at], edits[way], *lines[at + 1 :]])
    try:
        sent, answered = counts(edited)
    except DecodeError:
        return
    session, _ = decode(edited.encode(), "x.log", PLAIN, WAIT)
    damaged = any(
        each.code == "stamp.malformed" or each.detail.get("key") == "log-words" for each in session.probes.events
    )
    assert damaged or sent - answered >= len(gone) or sent == 0 or form[0] == "mtr"
    assert damaged or _worst(edited) >= worst or sent - answered > len(gone) or form[0] in {"mtr", "ping"}


def _worst(text: str) -> int:
    session, _ = decode(text.encode(), "x.log", PLAIN, WAIT)
    return int((session.probes["t4"] - session.probes["t1"])[session.probes["flags"] > 0].max(initial=0))


@pytest.mark.parametrize("edit", ["3, nan, nan, 500", "3, 2.3, inf, 500", "999999999, 9.3, 9.4, 500", "3, -1, 2, 5"])
def test_a_row_of_sockperf_that_cannot_be_ends_with_a_sentence(edit: str) -> None:
    lines = _log(("sockperf", 0, ""), 6, set()).splitlines()
    lines[-3] = edit
    with pytest.raises(DecodeError):
        counts("\n".join(lines))


def test_the_time_of_an_irtt_server_is_no_part_that_is_taken_off() -> None:
    trip = {"seqno": 0, "lost": "false", "delay": {"rtt": 900_000}}
    clocks = {
        "send": {"wall": 10**18, "monotonic": 5},
        "receive": {"wall": 10**18 + 20_900_000, "monotonic": 20_900_005},
    }
    stats = {"packets_sent": 1, "packets_received": 1, "duplicates": 0}
    assert (
        _worst(json.dumps({"stats": stats, "round_trips": [trip | {"timestamps": {"client": clocks}}]})) == 20_900_000
    )


WORDS_BESIDE = st.sampled_from(
    [
        "ok",
        "valid",
        "received",
        "reply",
        "ack",
        "state",
        "err",
        "error code",
        "应答",
        "是否收到",
        "有效",
        "通断",
        "连通性",
        "异常",
    ]
)


@given(WORDS_BESIDE, st.sampled_from(["", "_flag", " (y/n)", "1"]), st.integers(0, 1))
def test_a_column_that_may_tell_who_was_answered_is_never_passed_over(word: str, more: str, value: int) -> None:
    with pytest.raises(DecodeError, match=r"may say who was lost|whether this row holds"):
        counts(TABLE.format(f",{word}{more if word != 'err' else ''}", *[f",{value}"] * 40))


@given(
    st.sampled_from(["terminal", "Device ID", "目标地址", "终端编号", "host", "dst_ip", "IMEI", "设备"]),
    st.integers(1, 39),
)
def test_several_terminals_in_one_table_are_never_a_pool(heading: str, at: int) -> None:
    cells = [",A" if each < at else ",B" for each in range(40)]
    with pytest.raises(DecodeError, match="2 different ones"):
        counts(TABLE.format(f",{heading}", *cells))
    assert counts(TABLE.format(f",{heading}", *[",A"] * 40)) == (40, 40)


@pytest.mark.parametrize("heading", ["时延(单程)(ms)", "delay(one way)[ms]", "rtt（半程）（ms）"])
def test_a_remark_beside_the_unit_is_understood_or_refused(heading: str) -> None:
    with pytest.raises(DecodeError, match="unit"):
        counts(f"time,seq,{heading}\n" + "\n".join(f"{1_700_000_000 + at},{at},1.2" for at in range(9)))


CONSOLES = {"de": "cp850", "fr": "cp850", "ja": "cp932", "ru": "cp866", "tr": "cp857", "tw": "cp950"}


@pytest.mark.parametrize("tongue", CONSOLES)
@settings(max_examples=20)
@given(st.integers(1, 30), st.data())
def test_windows_is_read_in_the_code_page_of_its_console(tongue: str, many: int, data: Any) -> None:
    """Whatever the letters become: by its form, held to its own totals."""
    gone = data.draw(st.sets(st.integers(0, many - 1), max_size=many - 1))
    head, reply, lost, foot, total = (each.replace("{ip}", "10.30.0.7") for each in TONGUES[tongue])
    rows = [lost if at in gone else reply.format(ms=5 + at % 7) for at in range(many)]
    summed = total.format(sent=many, got=many - len(gone), lost=len(gone))
    text = "\r\n".join(["", head, *rows, "", foot, summed, ""])
    printed = text.encode(CONSOLES[tongue], "replace")
    assert counts(printed) == (many, many - len(gone))
    for wrong in (text.replace(f"= {many}", f"= {many + 1}", 1), text.replace(summed, "")):
        with pytest.raises(DecodeError):
            counts(wrong.encode(CONSOLES[tongue], "replace"))


STRANGERS = {
    "iperf3": "Connecting to host 10.0.0.1, port 5201\n[  5] local 10.0.0.2 port 40000 connected to 10.0.0.1 port 5201\n"
    "[ ID] Interval           Transfer     Bitrate         Jitter    Lost/Total Datagrams\n"
    "[  5]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec  0.012 ms  0/90 (0%)\n",
    "iperf3 -J": '{"start":\t{"connected":[], "version":\t"iperf 3.12", "system_info": "Linux"}, "intervals": [], "end": {"sum": {"jitter_ms": 0.01, "lost_percent": 0}}}',
    "iperf": "------\nClient connecting to 10.0.0.1, UDP port 5001\n------\n[  3]  0.0-10.0 sec  1.25 MBytes  1.05 Mbits/sec\n",
    "tcping": "\r\nProbing 10.0.0.1:80/tcp - Port is open - time=1.234ms \r\nProbing 10.0.0.1:80/tcp - Port is open - time=1.5ms \r\n",
    "tcping of Go": "TCPinging example.cn on port 443\nReply from example.cn (10.0.0.1) on port 443 TCP_conn=1 time=1.2 ms\n",
    "tcptraceroute's tcping": "seq 0: tcp response from 10.0.0.1 [open]  1.201 ms\nseq 1: tcp response from 10.0.0.1 [open]  1.301 ms\n",
    "paping": "Connected to 10.0.0.1: time=1.20ms protocol=TCP port=80\nConnected to 10.0.0.1: time=1.40ms protocol=TCP port=80\n",
    "hping3": "HPING 10.0.0.1 (eth0 10.0.0.1): S set, 40 headers + 0 data bytes\nlen=46 ip=10.0.0.1 ttl=64 DF id=0 sport=80 flags=SA seq=0 win=64240 rtt=1.2 ms\n",
    "nping": "Starting Nping 0.7.80 ( https://nmap.org/nping )\nSENT (0.03s) TCP 10.0.0.2:1 > 10.0.0.1:80 S ttl=64\n",
    "httping": "PING example.cn:80 (/):\nconnected to 10.0.0.1:80 (300 bytes), seq=0 time=  1.24 ms \n",
    "traceroute": "traceroute to 10.0.0.1 (10.0.0.1), 30 hops max, 60 byte packets\n 1  10.0.0.254  0.3 ms  0.2 ms  0.2 ms\n",
}  # fmt: skip


@pytest.mark.parametrize("program", STRANGERS)
def test_a_program_that_proves_no_delay_of_a_packet_is_called_by_its_name(program: str) -> None:
    """With what it shows, what it does not, and what to run instead."""
    for text in (STRANGERS[program], f"$ {program.split(maxsplit=1)[0]} 10.0.0.1\n" + STRANGERS[program]):
        with pytest.raises(DecodeError, match=f"output of {program.split(maxsplit=1)[0]}|output of tcping") as refused:
            counts(text)
        assert "it shows" in str(refused.value)
        assert ", and not" in str(refused.value)
        assert "network.stamp" in refused.value.cure or "network.tcp" in refused.value.cure


@given(
    st.sampled_from(["packet_no", "包序号", "id", "报文编号", "#", "Seq", "Probe Num", "第几次"]),
    st.sets(st.integers(1, 38), min_size=1, max_size=30),
)
def test_a_column_that_numbers_packets_and_skips_some_is_not_passed_over(heading: str, gone: set[int]) -> None:
    def written(heading: str, numbers: list[int]) -> str:
        return f"time,{heading},rtt\n" + "\n".join(f"{1_700_000_000 + at},{at},1.{at % 9}" for at in numbers)

    kept = [at for at in range(40) if at not in gone]
    if heading == "Seq":
        assert counts(written(heading, kept)) == (40, len(kept))
        return
    with pytest.raises(DecodeError, match="seems to number the packets"):
        counts(written(heading, kept))
    assert counts(written(heading, list(range(40)))) == (40, 40)
    assert counts(written("备注 mileage", kept)) == (len(kept), len(kept))


@given(
    st.sampled_from(["# sent 70, {} {}", "{}：{}", "{} = {} %", "统计 {}({} 个)", "run 3; {} {} of 900"]),
    st.sampled_from(["lost", "received", "丢包", "超时", "dropped", "timeouts"]),
    st.integers(1, 99),
)
def test_losses_that_are_told_above_the_head_are_compared_with_nothing_and_refused(
    form: str, word: str, number: int
) -> None:
    rows = "\n".join(f"{1_700_000_000 + at},{at},1.{at % 9}" for at in range(40))
    with pytest.raises(DecodeError, match="tells losses"):
        counts(f"{form.format(word, number)}\ntime,seq,rtt\n{rows}")
    assert counts(f"5G 专网时延与丢包测试记录,,\ntime,seq,rtt\n{rows}") == (40, 40)


@pytest.mark.parametrize(
    "line",
    [
        "Verlust 3 %", "12 Pakete verloren", "gesendet 412, empfangen 400", "Paquets perdus : 12", "reçus : 400", "pérdidas: 12", "recibidos 400", "pacchetti persi, ricevuti 400",
        "パケット損失率 3%", "受信 400", "丟包 12", "손실 12", "потеряно 12",
    ],
)  # fmt: skip
def test_losses_that_are_told_above_the_head_are_heard_in_other_languages(line: str) -> None:
    rows = "\n".join(f"{1_700_000_000 + at},{at},1.{at % 9}" for at in range(40))
    with pytest.raises(DecodeError, match="tells losses"):
        counts(f'"{line}"\ntime,seq,rtt\n{rows}')


def test_a_packet_written_twice_in_other_digits_counts_once() -> None:
    rows = [f"{1_700_000_000 + at}.5,{at},1.{at % 9 + 1}" for at in range(40)]
    again = [f"{row.replace('.5,', '.500,')}0" for row in rows]
    assert counts("time,seq,rtt\n" + "\n".join(rows + again)) == (40, 40)


@pytest.mark.parametrize("heading", ["rtt(ms) 平均", "rtt(ms) avg", "rtt [ms] Mittelwert"])
def test_a_mean_behind_the_unit_is_no_delay_of_a_packet(heading: str) -> None:
    rows = "\n".join(f"{1_700_000_000 + at},{at},1.{at % 9}" for at in range(40))
    with pytest.raises(DecodeError, match="not the value itself"):
        counts(f"time,seq,{heading}\n{rows}")


@given(st.integers(2, 40), st.sampled_from(["10.0.0.9", "192.0.2.10"]), st.data())
def test_an_answer_of_another_host_is_none(many: int, other: str, data: Any) -> None:
    gone = data.draw(st.sets(st.integers(0, many - 1), min_size=1))
    lines = [
        f"64 bytes from {other if at in gone else '192.0.2.1'}: icmp_seq={at} ttl=64 time=1.2 ms" for at in range(many)
    ]
    total = f"{many} packets transmitted, {many} received, 0% packet loss, time {many}00ms"
    text = "\n".join(["PING 192.0.2.1 (192.0.2.1): 56 data bytes", *lines, "", "--- 192.0.2.1 ---", total])
    with pytest.raises(DecodeError, match="own summary"):
        counts(text)
    assert counts(text.replace(f"from {other}", "from 192.0.2.1")) == (many, many)


@pytest.mark.parametrize(
    ("heading", "address", "own"),
    [
        ("target", "127.0.0.1", True),
        ("目标IP", "::1", True),
        ("Host", "localhost", True),
        ("dst", "127.8.1.2", True),
        ("dst", "10.0.0.7", False),
        ("设备名称", "AGV 7", False),
    ],
)
def test_a_table_that_names_the_machine_itself_as_its_target_is_no_measurement(
    tmp_path: Path, heading: str, address: str, own: bool
) -> None:
    rows = "\n".join(f"{1_763_700_000 + at},{at},1.{at % 9},{address}" for at in range(400))
    found = judged(PROBE, f"time,seq,rtt,{heading}\n{rows}".encode(), "x.csv", DELAY, tmp_path)
    assert ("network.path-is-loopback" in codes(found.invalid)) is own
