# SPDX-License-Identifier: Apache-2.0
"""Packets in the files of irtt (JSON), sockperf (full log) and mtr (raw), each checked against its own totals. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.network.traces.log_rows import MOST_MISSING, Rows, check_totals
from probes.network.traces.twping import is_twping, read_twping

_SOCKPERF = "packet, txTime(sec), rxTime(sec)"
_VALID = re.compile(r"\[Valid Duration\].*SentMessages=(\d+); ReceivedMessages=(\d+)")
_EVERY = re.compile(r"--reply-every=(\d+)")
_MTR_LINE = re.compile(r"x \d+ \d+|p \d+ [1-9]\d* \d+|[hdt] \d+ \S+.*", re.ASCII)
_MTR_RAW = re.compile(r"^[xhpdt] \d+ \S+")
_MTR_REPORT = re.compile(r"Loss%\s+Snt|Mtr_Version|^HOST:.*Loss%", re.MULTILINE)
_MOST = re.compile(r"<MAX> observation\s*=\s*([\d.]+)")
_DROPPED = re.compile(r"# dropped messages\s*=\s*(\d+)")
_SHARE = 0.01
"""Per cent by which a printed share of losses may differ."""
_S = Decimal(10**9)
_LAST = Decimal(1 << 33)
"""Seconds that still fit a time in ns."""


def read_program(text: str, name: str) -> Rows | None:
    """The packets; None where none of these programs wrote it. UnreadableError where a file contradicts itself."""
    if text.lstrip().startswith("{"):
        return _irtt(text, name)
    lines = text.splitlines()
    if is_twping(lines):
        return read_twping(lines, name)
    if _SOCKPERF in text[:5000]:
        return _sockperf(lines, name)
    if lines and all(_MTR_RAW.match(line) for line in lines[:20] if line.strip()):
        return _mtr(lines, name)
    if _MTR_REPORT.search(text[:5000]):
        raise _summaries(name)
    return None


def _summaries(name: str) -> UnreadableError:
    told = Text("mtr 报告只有汇总，没有逐包时延。", "A report of mtr holds summaries, no delay of a packet.")
    return UnreadableError(told, cure="record it with `mtr --raw`, or use ping -D.", where=name)


def _irtt(text: str, name: str) -> Rows:
    """By the client's own times where they are there: irtt takes the server's own time off its round trips."""
    try:
        whole: Mapping[str, Any] = json.loads(text)
        trips, stats = whole["round_trips"], whole["stats"]
        rows = Rows(address=str(whole.get("config", {}).get("remote_address", "")))
        for at, each in enumerate(trips):
            rows.add(*_trip(each, at, name))
        stated = int(stats["packets_sent"]), int(stats["packets_received"]) - int(stats.get("duplicates", 0))
        trusted = _irtt_agrees(stats, [int(each["delay"]["rtt"]) for each in trips if each["lost"] == "false"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if "mtr" in str(text[:200]):
            raise _summaries(name) from None
        told = Text(
            "这不是 irtt 的 JSON 记录，而 JSON 只读取它。",
            "This is no JSON record of irtt, the only JSON that is read.",
        )
        raise UnreadableError(told, cure="record with `irtt client -o FILE.json`.", where=name) from None
    check_totals(name, stated, (len(rows.due), sum(rows.replies)), "")
    if not trusted:
        told = Text(
            "irtt 自己的汇总（往返的个数、最短、最长、均值或丢包率）与逐包记录不符。",
            "irtt's own summary (how many round trips, the shortest, longest, mean, or the loss) is not that of its records.",
        )
        raise UnreadableError(told, cure="keep the file as irtt wrote it.", where=name)
    return rows


def _irtt_agrees(stats: Mapping[str, Any], trips: Sequence[int]) -> bool:
    """Whether the summary's figures, as far as they are there, are those of the round trips."""
    told, sent = stats.get("rtt", {}), int(stats["packets_sent"])
    found = {"n": len(trips), "min": min(trips, default=0), "max": max(trips, default=0), "total": sum(trips)}
    same = all(int(told[key]) == value for key, value in found.items() if key in told)
    mean = sum(trips) / max(1, len(trips))
    plain = not stats.get("duplicates") and not stats.get("late_packets") and "packet_loss_percent" in stats
    share = 100 * (sent - len(trips)) / max(1, sent)
    return (
        same
        and abs(float(told.get("mean", mean)) - mean) <= 1
        and (not plain or abs(float(stats["packet_loss_percent"]) - share) < _SHARE)
    )


def _trip(each: Mapping[str, Any], at: int, name: str) -> tuple[int, int, int]:
    """(sent, delay, replies) of a round trip; UnreadableError for one out of order, and for times that are none."""
    client, fate = each["timestamps"]["client"], each["lost"]
    sent = client["send"]["wall"]
    if each["seqno"] != at or fate not in {"false", "true", "true_up", "true_down"} or not _is_ns(sent):
        raise _no_trip(at, name)
    if fate != "false":
        return sent, -1, 0
    delays = [each["delay"]["rtt"]]
    clocks = [each for each in ("wall", "monotonic") if each in client.get("receive", {}) and each in client["send"]]
    delays += [client["receive"][clock] - client["send"][clock] for clock in clocks]
    if not all(map(_is_ns, delays)):
        raise _no_trip(at, name)
    return sent, max(delays[:1] + delays[-1:]), 1


def _is_ns(value: object) -> bool:
    return type(value) is int and 0 < value < 1 << 62


def _no_trip(at: int, name: str) -> UnreadableError:
    told = Text(
        f"第 {at} 次往返的序号、时刻或状态不是 irtt 写的那样。",
        f"Round trip {at} has no number, time or fate as irtt writes it.",
    )
    return UnreadableError(told, cure="keep the file as irtt wrote it.", where=name)


def _sockperf(lines: Sequence[str], name: str) -> Rows:
    """By rxTime less txTime: its own latency column is half of that unless --full-rtt was given."""
    rows, stated, every, begun, last = Rows(), None, 1, False, -1
    for at, line in enumerate(lines, start=1):
        total, reply_every = _VALID.search(line), _EVERY.search(line)
        stated = (int(total[1]), int(total[2])) if total else stated
        every = max(every, int(reply_every[1])) if reply_every else every
        if begun and line.strip("- \r"):
            last = _row(line, rows, last, f"{name}:{at}")
        begun = begun or line.startswith(_SOCKPERF)
    if stated is None:
        told = Text("sockperf 的记录没有开头的汇总。", "The log of sockperf lacks its summary.")
        raise UnreadableError(told, cure="let the run end, and keep the whole file of --full-log.", where=name)
    if every > 1:
        rows.mode = "log-arrivals"
        rows.tell("log-sampled", every)
    missing = 0 if every > 1 else max(0, stated[0] - len(rows.due))
    if missing > MOST_MISSING:
        raise _skipped(missing, name)
    step = (rows.due[-1] - rows.due[0]) // max(1, len(rows.due) - 1) if rows.due else 10**9
    for _ in range(missing):  # sent after the last that came
        rows.add((rows.due[-1] if rows.due else 0) + step, -1, 0)
    sent = len(rows.due) if every == 1 else stated[0]
    check_totals(name, stated, (sent, sum(rows.replies)), "")
    _sockperf_agrees(lines, rows, name)
    return rows


def _sockperf_agrees(lines: Sequence[str], rows: Rows, name: str) -> None:
    """UnreadableError where the summary names a longer delay than any record, half a round trip or a whole one, or more lost ones."""
    whole = "\n".join(line for line in lines[:200] if line.startswith("sockperf:"))
    most, dropped = _MOST.search(whole), _DROPPED.search(whole)
    longest = max(rows.delay, default=0) / 1000
    if (most is not None and float(most[1]) > longest * 1.01 + 1) or (
        dropped is not None and rows.mode == "log" and int(dropped[1]) > rows.delay.count(-1)
    ):
        told = Text(
            "sockperf 自己的汇总（最大值或丢失数）与逐包记录不符。",
            "sockperf's own summary (the longest, or how many were dropped) is not that of its records.",
        )
        raise UnreadableError(told, cure="keep the file of --full-log as it was written.", where=name)


def _row(line: str, rows: Rows, last: int, where: str) -> int:
    """A packet, with those before it that are missing as lost; its number."""
    cells = [each.strip() for each in line.split(",")]
    try:
        number, sent, came = int(cells[0]), Decimal(cells[1]), Decimal(cells[2])
        ordered = number > last and 0 <= sent <= came < _LAST
    except (ValueError, IndexError, InvalidOperation):
        told = Text("该行不是 sockperf 的记录。", "This line is no record of sockperf.")
        raise UnreadableError(told, cure="keep the file of --full-log as it was written.", where=where) from None
    if not ordered:
        told = Text("序号或时间倒退。", "A number or a time goes back.")
        raise UnreadableError(told, cure="write one file a session.", where=where)
    if number - last + len(rows.due) > MOST_MISSING + sum(rows.replies):
        raise _skipped(number - last, where)
    before = rows.due[-1] if rows.due else int(sent * _S)
    for missing in range(1, number - last):
        rows.add(before + (int(sent * _S) - before) * missing // (number - last), -1, 0)
    rows.add(int(sent * _S), int((came - sent) * _S), 1)
    return number


def _skipped(many: int, where: str) -> UnreadableError:
    text = Text(f"序号跳过了 {many} 个。", f"{many} numbers are skipped.")
    return UnreadableError(text, cure="write one file a session.", where=where)


def _mtr(lines: Sequence[str], name: str) -> Rows:
    """`mtr --raw`: x = sent, p = answered after so many µs; the last hop that answered is the target. Times are not in it."""
    sent: dict[int, dict[int, None]] = {}
    came: dict[tuple[int, int], int] = {}
    hosts: dict[int, set[str]] = {}
    for at, line in enumerate(lines, start=1):
        if line.strip() and not _MTR_LINE.fullmatch(line.strip()):
            told = Text("该行不是 mtr --raw 的输出。", "This line is no output of mtr --raw.")
            raise UnreadableError(told, cure="record it with `mtr --raw`.", where=f"{name}:{at}")
        kind, hop, *cells = line.split() or (" ", "0")
        if kind == "x":
            sent.setdefault(int(hop), {})[int(cells[0])] = None
        elif kind == "p":
            key = int(hop), int(cells[1])
            came[key] = max(came.get(key, 0), int(cells[0]) * 1000)
        elif kind == "h":
            hosts.setdefault(int(hop), set()).add(cells[0])
    last = max((hop for hop, _ in came), default=0)
    rounds = len(sent.get(last, {}))
    if any(hop > last and len(each) * 10 > rounds + 20 for hop, each in sent.items()):
        told = Text(
            "最后一跳没有应答，应答的只是途中的路由器。", "The last hop never answered; only routers on the way did."
        )
        raise UnreadableError(told, cure="trace a target that answers.", where=name)
    if len(hosts.get(last, ())) > 1 or any(hop not in sent or at not in sent[hop] for hop, at in came):
        told = Text(
            "最后一跳有多个地址，或有应答没有对应的探测。",
            "The last hop has several addresses, or an answer has no probe.",
        )
        raise UnreadableError(told, cure="write one file a target, and keep the output of mtr --raw whole.", where=name)
    rows = Rows(address=next(iter(hosts.get(last, ())), ""))
    for number, sequence in enumerate(sent.get(last, {})):
        delay = came.get((last, sequence), -1)
        rows.add(number * 10**9, delay, int(delay >= 0))
    rows.tell("log-times-unknown", 1)
    if not rows.due:
        told = Text("mtr 的输出中没有发出的探测（x 行）。", "The output of mtr holds no probes (lines x).")
        raise UnreadableError(told, cure="use mtr 0.94 or newer with --raw, or ping -D.", where=name)
    return rows
