# SPDX-License-Identifier: Apache-2.0
"""Feeds nearly right captures to the pass over captures, in guarded memory: ``python -m tests.fuzz.captures --seconds 60``.

A read or write out of bounds ends the process with SIGSEGV; a broken promise raises. Prints executions and memory growth.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from random import Random
from typing import Any
from unittest import mock

from harness.errors import DecodeError
from probes.network.capture import points, scan, stream
from probes.network.capture.report import exchange_tests, file_report, paired_test
from tests.fuzz.grammar import capture
from tests.fuzz.guarded import Arena, GuardedWindow, Memory

LARGEST = 1 << 18
WANTED = (
    stream.Wanted(),
    stream.Wanted(scan.RECORDS, ports=(862, 9000)),
    stream.Wanted(scan.POINTS, ports=()),
    stream.Wanted(scan.PAYLOADS, ports=(9000, 862), field=(0, 4)),
)
SMALL = {"MOST_SAMPLES": 64, "MOST_FLOWS": 8, "MOST_POOL": 1024, "_BURSTS": 16, "_SYNS": 8, "_POINTS": 16}


class Harness:
    """The pass in small guarded tables over guarded bytes."""

    def __init__(self) -> None:
        """Tables and bytes are made once."""
        self._memory = Memory(LARGEST)
        self._arena = Arena()

    def one(self, data: bytes, wanted: stream.Wanted, piece: int, *, at_end: bool) -> None:
        """Go over ``data`` in pieces of ``piece`` bytes and report what was found."""
        data = data[:LARGEST]
        pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        self._arena.again()
        with mock.patch.multiple(stream, np=self._arena, **SMALL):
            try:
                run = stream.go_over(GuardedWindow(pieces, self._memory, at_end), wanted)
            except DecodeError:
                return
        if wanted.pairs == scan.EXCHANGES:
            tests = exchange_tests(run, wanted.waiting_ns)
        else:
            tests = [paired_test("field", "", points.exchanges(run.rows, wanted.waiting_ns), "rtt_ns")]
        check(json.loads(json.dumps(file_report("x", run, tests))), len(data))


def check(found: dict[str, Any], size: int) -> None:
    """What holds for every capture."""
    counts = found["counts"]
    assert 0 <= counts["captured_bytes"] <= size
    assert counts["packets"] * 12 <= size
    assert counts["malformed"] <= counts["packets"]
    assert max(counts["by_protocol"].values(), default=0) <= counts["packets"]
    for test in found["tests"]:
        assert test["received"] + test["lost"] == test["sent"], test
        assert test["rtt_ns"]["n"] == test["received"] <= counts["packets"]
        assert sum(int(length) * many for length, many in test.get("burst_lengths", {}).items()) <= test["lost"]


def main() -> None:
    """Run for a time or for a number of captures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--runs", type=int, default=1 << 62)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    harness, r = Harness(), Random(options.seed)
    until = time.monotonic() + (options.seconds or 1e9)
    done = settled = 0
    while done < options.runs and time.monotonic() < until:
        data, wanted = capture(r), r.choice(WANTED)
        harness.one(data, wanted, r.choice((1 << 18, 1 << 18, 700, 61)), at_end=r.random() < 0.7)
        done += 1
        if done == min(2000, options.runs // 2):
            settled = _peak_kb()
    print(json.dumps({"executions": done, "growth_kb": _peak_kb() - (settled or _peak_kb())}))


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
