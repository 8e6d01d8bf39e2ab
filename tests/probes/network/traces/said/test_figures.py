# SPDX-License-Identifier: Apache-2.0
"""The shortest, mean and longest round trip of a program's own summary are those of its packets, or the log is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import DecodeError
from probes.network.traces.logs import Form, decode


def sent(text: str) -> int:
    session, _ = decode(text.encode(), "x.log", Form({}, {}), 3 * 10**9)
    return len(session.probes)


def figures(delays: list[float], form: str) -> str:
    return form.format(least=min(delays), mean=sum(delays) / len(delays), most=max(delays))


def iputils(delays: list[float], last: str) -> str:
    shown = [f"{each:.3f}" if each < 1 else f"{each:.2f}" if each < 10 else f"{each:.1f}" for each in delays]
    rows = "".join(f"64 bytes from 10.0.0.1: icmp_seq={at} ttl=63 time={each} ms\n" for at, each in enumerate(shown, 1))
    total = f"{len(delays)} packets transmitted, {len(delays)} received, 0% packet loss, time {len(delays)}000ms"
    return f"PING x (10.0.0.1) 56(84) bytes of data.\n{rows}\n--- x ping statistics ---\n{total}\n{last}\n"


def bsd(delays: list[float], last: str) -> str:
    rows = "".join(
        f"64 bytes from 10.0.0.1: icmp_seq={at} ttl=63 time={each:.3f} ms\n" for at, each in enumerate(delays)
    )
    total = f"{len(delays)} packets transmitted, {len(delays)} packets received, 0.0% packet loss"
    return f"PING x (10.0.0.1): 56 data bytes\n{rows}\n--- x ping statistics ---\n{total}\n{last}\n"


def windows(delays: list[float], last: str) -> str:
    rows = "".join(f"Reply from 10.0.0.1: bytes=32 time={round(each)}ms TTL=63\r\n" for each in delays)
    total = f"    Packets: Sent = {len(delays)}, Received = {len(delays)}, Lost = 0 (0% loss),"
    return f"\r\nPinging 10.0.0.1 with 32 bytes of data:\r\n{rows}\r\nPing statistics for 10.0.0.1:\r\n{total}\r\nApproximate round trip times in milli-seconds:\r\n{last}\r\n"


def fping(delays: list[float], last: str) -> str:
    rows = "".join(f"10.0.0.1 : [{at}], 64 bytes, {each:.2f} ms (1 avg, 0% loss)\n" for at, each in enumerate(delays))
    return f"{rows}\n10.0.0.1 : xmt/rcv/%loss = {len(delays)}/{len(delays)}/0%, {last}\n"


PROGRAMS: list[tuple[Callable[[list[float], str], str], str]] = [
    (iputils, "rtt min/avg/max/mdev = {least:.3f}/{mean:.3f}/{most:.3f}/0.100 ms"),
    (iputils, "rtt min/avg/max/mdev = {least:.3f}/{mean:.3f}/{most:.3f}/0.100 ms, pipe 2, ipg/ewma 9.1/1.2 ms"),
    (bsd, "round-trip min/avg/max/stddev = {least:.3f}/{mean:.3f}/{most:.3f}/0.100 ms"),
    (bsd, "round-trip min/avg/max = {least:.3f}/{mean:.3f}/{most:.3f} ms"),
    (windows, "    Minimum = {least:.0f}ms, Maximum = {most:.0f}ms, Average = {mean:.0f}ms"),
    (windows, "    最短 = {least:.0f}ms，最长 = {most:.0f}ms，平均 = {mean:.0f}ms"),
    (fping, "min/avg/max = {least:.2f}/{mean:.2f}/{most:.2f}"),
]


@settings(max_examples=60)
@given(st.sampled_from(PROGRAMS), st.lists(st.integers(150, 9000), min_size=2, max_size=40), st.integers(0, 39))
def test_no_delay_is_altered_behind_the_back_of_the_summary(program: Any, hundredths: list[int], row: int) -> None:
    write, form = program
    delays = [each / 100 for each in hundredths]
    last = figures(delays, form)
    assert sent(write(delays, last)) == len(delays)
    slow = list(delays)
    slow[row % len(delays)] += 200
    with pytest.raises(DecodeError, match="own summary"):
        sent(write(delays, figures(slow, form)))


def irtt(edit: Callable[[dict[str, Any]], object]) -> str:
    delays = [900_000 + at * 1000 for at in range(40)]
    trips = [
        {
            "seqno": at,
            "lost": "false",
            "timestamps": {"client": {"send": {"wall": 10**18 + at * 10**7}}},
            "delay": {"rtt": each},
        }
        for at, each in enumerate(delays)
    ]
    told = {"n": 40, "min": min(delays), "max": max(delays), "mean": sum(delays) // 40, "total": sum(delays)}
    stats = {"packets_sent": 40, "packets_received": 40, "duplicates": 0, "packet_loss_percent": 0, "rtt": told}
    whole: dict[str, Any] = {"stats": stats, "round_trips": trips}
    edit(whole)
    return json.dumps(whole)


@pytest.mark.parametrize(
    "edit",
    [
        lambda whole: whole["stats"]["rtt"].update(max=35_000_000),
        lambda whole: whole["stats"]["rtt"].update(mean=9_000_000),
        lambda whole: whole["stats"]["rtt"].update(n=60),
        lambda whole: whole["stats"].update(packet_loss_percent=12.5),
        lambda whole: whole["round_trips"][3]["delay"].update(rtt=90_000),
    ],
)
def test_irtt_is_held_to_its_own_figures(edit: Callable[[dict[str, Any]], object]) -> None:
    assert sent(irtt(lambda whole: whole)) == 40
    with pytest.raises(DecodeError, match="irtt's own summary"):
        sent(irtt(edit))


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("sockperf: ---> <MAX> observation =  550.000", True), ("sockperf: ---> <MAX> observation = 15000.100", False),
        ("sockperf: # dropped messages = 1; # duplicated messages = 0", True), ("sockperf: # dropped messages = 3; # duplicated messages = 0", False),
    ],
)  # fmt: skip
def test_sockperf_is_held_to_its_longest_delay_and_its_losses(line: str, fits: bool) -> None:
    rows = "".join(f"{at}, {2 + at / 10:.4f}, {2.0011 + at / 10:.6f}, 550\n" for at in range(40) if at != 4)
    text = f"--mps=50 --reply-every=1\nsockperf: [Valid Duration] RunTime=4 sec; SentMessages=40; ReceivedMessages=39\n{line}\n---\npacket, txTime(sec), rxTime(sec), latency(usec)\n{rows}---\n"
    if fits:
        assert sent(text) == 40
        return
    with pytest.raises(DecodeError, match="sockperf's own summary"):
        sent(text)


def test_the_list_and_the_running_loss_of_fping_are_totals_too() -> None:
    rows = "".join(f"10.0.0.1 : [{at}], 64 bytes, 0.5{at} ms (0.5 avg, 0% loss)\n" for at in range(3))
    assert sent(f"{rows}\n10.0.0.1 : 0.50 0.51 0.52\n") == 3
    for wrong in (f"{rows}\n10.0.0.1 : 0.50 0.51 0.52 -\n", rows.replace("0% loss", "25% loss")):
        with pytest.raises(DecodeError, match="own summary"):
            sent(wrong)


def test_hping_by_icmp_and_psping_by_icmp_are_read_and_held_to_their_totals() -> None:
    rows = "".join(f"len=46 ip=10.0.0.1 ttl=63 id={at} icmp_seq={at} rtt=1.{at} ms\n" for at in range(5))
    hping = f"HPING 10.0.0.1 (eth0 10.0.0.1): icmp mode set, 28 headers + 0 data bytes\n{rows}\n--- 10.0.0.1 hping statistic ---\n5 packets transmitted, 5 packets received, 0% packet loss\nround-trip min/avg/max = 1.0/1.2/1.4 ms\n"
    replies = "".join(f"Reply from 10.0.0.1: 1.{at}0ms\r\n" for at in range(2, 6))
    psping = f"Pinging 10.0.0.1 with 32 bytes of data:\r\n5 iterations (warmup 1) ping test:\r\nReply from 10.0.0.1: 9.23ms\r\n{replies}\r\nPing statistics for 10.0.0.1:\r\n  Sent = 4, Received = 4, Lost = 0 (0% loss),\r\n  Minimum = 1.20ms, Maximum = 1.50ms, Average = 1.35ms\r\n"
    assert (sent(hping), sent(psping)) == (5, 4)
    for wrong in (
        hping.replace("5 packets received", "4 packets received"),
        hping.replace("/1.4 ms", "/31.4 ms"),
        psping.replace("Received = 4, Lost = 0", "Received = 3, Lost = 1"),
        psping.replace("Maximum = 1.50", "Maximum = 41.50"),
        psping.replace("iterations (warmup 1)", "iterations (warmup 3)"),
    ):
        with pytest.raises(DecodeError):
            sent(wrong)
