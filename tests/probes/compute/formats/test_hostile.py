# SPDX-License-Identifier: Apache-2.0
"""Damaged and hostile files: every reader refuses in one sentence, tells, or reads; none breaks down."""

import json
import random
import struct
from collections.abc import Callable
from contextlib import suppress

import pytest

from harness.errors import YanshouError
from harness.kit.unreadable import UnreadableError
from probes.compute.analyse_meter import streams
from probes.compute.digests.energy import prefix, window
from probes.compute.digests.zones import placed
from probes.compute.formats import detect, events, run_folder, tiny
from probes.compute.wire import dlt645

SEEDS = [
    b"".join(
        b"Time,03-17-2021 20:00:%02d.000,Watts,4%d.5,Volts,-1,Amps,-1,PF,-1,Mark,m\n" % (at, at % 10)
        for at in range(40)
    ),
    (
        b':::MLLOG {"key": "power_begin", "value": "03-17-2021 20:00:05.500"}\n:::MLLOG {"key": "power_end", "value": "03-17-2021 20:00:30.0"}\n'
        b':::MLLOG {"key": "result_validity", "value": "VALID"}\n:::MLLOG {"key": "result_samples_per_second", "value": 1e2}\n'
    ),
    b"timestamp, index, power.draw [W]\n2026/11/21 08:00:01.100, 0, 60.50 W\n2026/11/21 08:00:02.100, 0, 61.50 W\n",
    b"11-21-2026 08:00:00 RAM 1/2MB VDD_IN 5000mW/4000mW\n11-21-2026 08:00:01 RAM 1/2MB VDD_IN 5100mW/4000mW\n",
    "时间,功率(kW),状态\n2026-11-21 08:00:00,40,正常\n2026-11-21 08:00:01,41,OL\n".encode(),
    b"time,energy(kWh)\n2026-11-21 08:00:00,40\n2026-11-21 08:00:01,41\n",
    b"start_ns,end_ns,count\n1,2,3\n3,5,1\n",
    b'{"start_ns":1,"end_ns":2}\n',
    b"[0.1,0.2,0.9,1.5]",
    b"\xf1" + struct.pack("<f", 1000.0) + struct.pack("<80f", *[150.0] * 80),
    bytes.fromhex("fefefefe686101000000006891073333363585353388 16".replace(" ", "")) * 3,
]
WORDS = [
    b"nan",
    b"1e999",
    b"-1",
    b"9.91E+37",
    b"\xff\xfe",
    b",",
    b"\n",
    b"\0",
    b"1" * 60,
    b"{",
    b'"',
    b"9" * 21,
    b"-OL-",
    b"kW",
    b"%",
]


def mutated(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(3)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = chance.randrange(256)
        elif kind == 1:
            data[at:at] = chance.choice(WORDS)
        else:
            del data[at : at + chance.randint(1, 30)]
    return bytes(data)


def windowed(data: bytes) -> None:
    log = detect.power(data, "x")
    energy = prefix(log)
    for begin, end in ((int(energy.at_ns[0]), int(energy.at_ns[-1])), (0, 10**9), (10**18, 10**18 + 5)):
        if placed(log, energy, begin, end).taken:
            window(log, energy, begin, end)


def framed(data: bytes) -> None:
    for stream in streams(data, "x"):
        for frame in dlt645.frames(stream):
            if isinstance(frame, dlt645.Frame):
                dlt645.values(frame)


READERS: list[Callable[[bytes], object]] = [
    windowed,
    framed,
    lambda data: detect.workload(data, "x"),
    lambda data: tiny.published(data.decode("utf-8", "replace")),
    lambda data: run_folder.summary(data.decode("utf-8", "replace")),
    lambda data: run_folder.offsets_s(data.decode("utf-8", "replace")),
]


@pytest.mark.parametrize("seed", range(4))
def test_no_reader_breaks_down_on_damaged_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(150):
        data = mutated(chance)
        for reader in READERS:
            with suppress(YanshouError):
                reader(data)


BESIDE = [
    *(
        (heading, word)
        for heading in ("status", "result", "Outcome", "状态")
        for word in ("failed", "timeout", "错误", "")
    ),
    *((heading, word) for heading in ("ok", "success", "是否成功") for word in ("no", "false", "0", "否")),
    *(
        (heading, word)
        for heading in ("error", "Exception", "is_discarded", "warm-up", "异常")
        for word in ("1", "true", "OOM")
    ),
    ("phase", "warmup"),
    ("remark", "out of memory"),
]


@pytest.mark.parametrize(("heading", "word"), BESIDE)
def test_a_call_that_was_not_done_is_none(heading: str, word: str) -> None:
    good = {"status": "ok", "result": "success", "Outcome": "passed", "状态": "正常"}.get(
        heading, "yes" if word in {"no", "false", "0", "否"} else ""
    )
    rows = [(at * 10**9, (at + 1) * 10**9, 50, word if at == 3 else good) for at in range(9)]
    head = ("start_ns", "end_ns", "count", heading)
    if word or good:
        table = "\n".join(",".join(map(str, row)) for row in (head, *rows)).encode()
        with pytest.raises(UnreadableError, match="known"):
            events.read_table(table, "e.csv")
    lines = "".join(json.dumps(dict(zip(head, row, strict=True))) + "\n" for row in rows)
    with pytest.raises(UnreadableError, match="known"):
        events.read_lines(lines, "e.jsonl")


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("status", "OK"),
        ("error", ""),
        ("error", "0"),
        ("failed", "false"),
        ("latency_ms", "3.1"),
        ("model", "net"),
        ("ok", "true"),
    ],
)
def test_a_harmless_word_beside_a_call_is_let_pass(heading: str, word: str) -> None:
    rows = [(at * 10**9, (at + 1) * 10**9, 50, word) for at in range(9)]
    head = ("start_ns", "end_ns", "count", heading)
    table = "\n".join(",".join(map(str, row)) for row in (head, *rows)).encode()
    lines = "".join(json.dumps(dict(zip(head, row, strict=True))) + "\n" for row in rows)
    assert events.read_table(table, "e.csv").count.sum() == events.read_lines(lines, "e.jsonl").count.sum() == 450
