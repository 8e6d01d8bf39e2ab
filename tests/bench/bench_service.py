# SPDX-License-Identifier: Apache-2.0
"""How far the probe's own time to the first token is off, against a server that knows the truth, at fifty requests a second."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from harness.kit.lines import session_of
from harness.testing import MemorySink
from probes.service.digests import rows as columns
from probes.service.digests.load import decode
from probes.service.formats.layout import FORMAT
from probes.service.live.source import LoadSource
from probes.service.plans.settings import LoadSettings
from tests.bench.run import Bench

RATE, SECONDS = 50, 6


def errors_ms() -> np.ndarray:
    """Of each request our time to the first token less the server's own, in ms."""
    command = [sys.executable, "-m", "tests.bench.known_truth"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        url = f"http://127.0.0.1:{port}/v1"
        settings = {"url": url, "model": "m", "rate": f"{RATE}/s", "duration": f"{SECONDS} s", "timeout": "5 s"}
        sink = MemorySink()
        LoadSource(LoadSettings.parse(settings), Path()).record(sink)
        server.communicate()
    data = b"".join(map(bytes, sink.segments))
    run = decode(session_of(iter(data.splitlines()), FORMAT))
    good = run.rows[columns.good(run.rows)]
    ours = dict(zip(good["number"].tolist(), columns.ttft_ns(good).tolist(), strict=True))
    truth: dict[int, int] = {}
    for line in data.splitlines()[1:]:
        row = json.loads(line)
        if "truth" in str(row.get("s", "")) and row["r"] not in truth:
            said = row["s"].partition('"truth": ')[2].partition("}")[0] + "}"
            told = json.loads(said)
            truth[row["r"]] = told["sent"] - told["came"]
    return np.array([(ours[number] - truth[number]) / 1e6 for number in ours])


def p99() -> float:
    """The 99th percentile of the error's size, in ms."""
    return float(np.percentile(np.abs(errors_ms()), 99))


def benches() -> list[Bench]:
    """TTFT against known truth."""
    bar = "TTFT error of the probe itself, p99 in ms at 50 requests/s, at most 1"
    return [Bench("service ttft error", p99, None, bar, unit="ms", figure="smaller", most=1.0)]
