# SPDX-License-Identifier: Apache-2.0
"""Speed of captures: the decode pass and the whole answer against ``dd``, the whole answer against tshark, memory on gigabytes.

The capture is made once a run: 2 405 000 packets, as a STAMP session at 1 kHz with TCP beside it leaves them; a tenth is IPv6,
frames have 64 to 1400 bytes, five of 1005 requests stay unanswered. What was put in is checked on what comes out.
"""

from __future__ import annotations

import atexit
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from probes.network.analyse import analyse_network
from probes.network.capture.scan import NO_PAIRS
from probes.network.capture.stream import Wanted, read
from tests.bench.run import Bench

CYCLES, PART, ASKED, TCP, EVERY = 1000, 100, 1005, 400, 201
PREFIX = 120_000
T0, CYCLE_NS = 1_763_740_800, ASKED * 1_000_000
SIZES = (64, 128, 128, 256, 512, 1400)
SENT = {"10.0.0.1:5000 > 10.0.0.2:862": 904 * CYCLES, "[fd00::1]:5000 > [fd00::2]:862": 101 * CYCLES}


def ethernet(six: bool, protocol: int, back: bool, segment: bytes) -> bytes:
    """A frame between the two hosts."""
    one, other = (2, 1) if back else (1, 2)
    if six:
        ends = b"".join(b"\xfd" + bytes(14) + bytes([end]) for end in (one, other))
        return bytes(12) + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, len(segment), protocol, 64) + ends + segment
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, protocol, 0)
    return bytes(12) + b"\x08\x00" + head + bytes([10, 0, 0, one, 10, 0, 0, other]) + segment


def udp(back: bool, payload: bytes) -> bytes:
    """Between port 5000 and the reflector's."""
    ports = (862, 5000) if back else (5000, 862)
    return struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload


@cache
def cycle() -> tuple[bytes, list[tuple[int, int, int, int]], list[int]]:
    """One cycle of records; where each has its (record, time ns, sequence number or 0, number of its family); round trips."""
    r, data, rows, trips = Random(1), bytearray(), [], []
    count = [0, 0]
    for number in range(ASKED):
        six = number % 10 == 0
        size, at = r.choice(SIZES), number * 1_000_000
        frames: list[tuple[int, bytes, bool]] = []
        pad = bytes(max(0, size - (106 if six else 86)))
        time = struct.pack(">II", T0 + 2_208_988_800, number << 20)
        frames.append((at, ethernet(six, 17, False, udp(False, bytes(4) + time + b"\0\1" + bytes(30) + pad)), True))
        if number % EVERY != EVERY - 1:
            trip = 50_000 + int(r.lognormvariate(11, 0.8)) % 800_000
            trips.append(trip)
            payload = bytes(4) + time + b"\0\1\0\0" + time + bytes(4) + time + b"\0\1\0\0" + b"@\0\0\0" + pad
            frames.append((at + trip, ethernet(six, 17, True, udp(True, payload)), True))
        if number < TCP:
            segment = struct.pack(">HHIIBBHHH", 4000, 80, number, 1, 0x50, 0x10, 0, 0, 0) + bytes(size)
            frames.append((at + 900_000, ethernet(number % 10 == 1, 6, False, segment), False))
        for place, (due, frame, stamp) in enumerate(frames):
            payload_at = (62 if six else 42) + (24 if place else 0)
            rows.append((len(data), due, len(data) + 16 + payload_at if stamp else 0, count[six] << 1 | six))
            data += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
        count[six] += 1
    return bytes(data), rows, trips


@cache
def capture() -> Path:
    """The capture in a folder of the run."""
    folder = Path(tempfile.mkdtemp(prefix="yanshou-bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    data, rows, _ = cycle()
    per_cycle = {0: ASKED - (ASKED + 9) // 10, 1: (ASKED + 9) // 10}
    path = folder / "stamp.pcap"
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1))
        for first in range(0, CYCLES, PART):
            part = np.tile(np.frombuffer(data, np.uint8), (PART, 1))
            turn = np.arange(first, first + PART)
            for at, due, number_at, family in rows:
                time = turn * CYCLE_NS + due
                stamp = np.stack([T0 + time // 10**9, time % 10**9], axis=1).astype("<u4")
                part[:, at : at + 8] = stamp.view(np.uint8)
                if number_at:
                    numbers = (turn * per_cycle[family & 1] + (family >> 1)).astype(">u4")
                    part[:, number_at : number_at + 4] = numbers.view(np.uint8).reshape(-1, 4)
            file.write(part.tobytes())
    return path


def decoded() -> None:
    """The pass alone: framing, headers, counts."""
    run = read(str(capture()), Wanted(NO_PAIRS))
    assert run.frames()["udp"] == 2005 * CYCLES


def answered(source: str | None = None) -> dict[str, Any]:
    """The whole answer, and that it is the truth."""
    (found,) = analyse_network([source or str(capture())])["files"]
    trips = np.sort(cycle()[2])
    tests = {test["flow"]: test for test in found["tests"]}
    assert {flow: test["sent"] for flow, test in tests.items()} == SENT
    assert sum(test["lost"] for test in tests.values()) == 5 * CYCLES
    assert min(test["rtt_ns"]["min"] for test in tests.values()) == trips[0]
    assert max(test["rtt_ns"]["max"] for test in tests.values()) == trips[-1]
    return found


def dd() -> None:
    """The same bytes from the page cache to nowhere."""
    subprocess.run(["dd", f"if={capture()}", "of=/dev/null", "bs=1M"], check=True, capture_output=True)


@cache
def prefix() -> Path:
    """The first packets, as many as tshark reads in seconds."""
    path = capture().with_name("prefix.pcap")
    size = 24 + len(cycle()[0]) * (PREFIX // len(cycle()[1]))
    with capture().open("rb") as file:
        path.write_bytes(file.read(size))
    return path


def tshark() -> None:
    """Print what a script would need for the same answer."""
    fields = (
        "frame.time_epoch",
        "ip.src",
        "ip.dst",
        "ipv6.src",
        "ipv6.dst",
        "udp.srcport",
        "udp.dstport",
        "udp.payload",
    )
    command = ["tshark", "-n", "-r", str(prefix()), "-T", "fields"]
    subprocess.run([*command, *(word for name in fields for word in ("-e", name))], check=True, capture_output=True)


@contextmanager
def _processors(count: int) -> Iterator[None]:
    """On so many processors only, and so what is started meanwhile."""
    known = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(known)[:count]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, known)


def on(count: int, work: Callable[[], Any]) -> None:
    """Do ``work`` on so many processors."""
    with _processors(count):
        work()


def memory_mb(source: str, copies: int) -> int:
    """Largest resident size in MB of a process that answers for ``source``; "-": for so many copies through a pipe."""
    code = (
        "import sys; from pathlib import Path; from probes.network.analyse import analyse_network; "
        "found = analyse_network([sys.argv[1]])['files'][0]; status = Path('/proc/self/status').read_text(); "
        "print(found['counts']['packets'], int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    )
    command = [sys.executable, "-c", code, source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for copy in range(copies if source == "-" else 0):
            with capture().open("rb") as file:
                file.seek(24 if copy else 0)
                shutil.copyfileobj(file, process.stdin, 1 << 20)
        process.stdin.close()
        packets, megabytes = map(int, process.stdout.read().split())
    assert packets == copies * len(cycle()[1]) * CYCLES
    return megabytes


def within_memory() -> None:
    """The whole answer on the file of a gigabyte, and on four of them through a pipe, each in less than 400 MB."""
    found = memory_mb(str(capture()), 1), memory_mb("-", 4)
    if max(found) >= 400:
        msg = f"{found} MB"
        raise MemoryError(msg)


def benches() -> list[Bench]:
    """dd on one and on two processors, tshark, memory."""
    size, share = float(capture().stat().st_size), prefix().stat().st_size / capture().stat().st_size
    bytes_of = partial(Bench, amount=size, unit="B")
    return [
        bytes_of("capture decoded, one core, dd", lambda: on(1, decoded), lambda: on(1, dd), ">= 0.7 x dd", ratio=0.7),
        bytes_of(
            "capture to answer, two cores, dd", lambda: on(2, answered), lambda: on(2, dd), ">= 0.6 x dd", ratio=0.6
        ),
        Bench(
            "capture to answer, tshark -T fields",
            answered,
            tshark,
            ">= 300 x tshark",
            amount=float(len(cycle()[1]) * CYCLES),
            unit="packets",
            ratio=300,
            share=share,
        ),
        Bench("capture of gigabytes within 400 MB", within_memory, None, "< 400 MB", unit="captures"),
    ]
