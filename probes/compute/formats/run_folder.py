# SPDX-License-Identifier: Apache-2.0
"""The folder of an MLPerf run as one item: power log, event log, what was published, and the clocks of both hosts.

Of ``power/client.json`` and ``server.json`` the exchanges "time" are taken: the server's answer against the middle of the
client's question and reply, before and after the run, as MLPerf's own checker does it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from probes.compute.formats.power import unreadable

_DOUBT = re.compile(r"^(\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2}\.\d+): WARNING: (Uncertainty .*)$", re.MULTILINE)
SPL, TINY = "spl.txt", "-energy.bin"
MOST_OFFSET_S = 0.8
"""MLPerf's checker lets client and server differ by 800 ms."""


class Parts(NamedTuple):
    """The files of a run by what they are; None where there is none."""

    power: str
    events: str | None
    published: str | None
    client: str | None
    meter_log: str | None


def parts(names: Iterable[str], folder: str) -> Parts:
    """Which file is what; UnreadableError where a folder holds no power log, or more than one."""
    found = sorted(names)
    power = [each for each in found if PurePath(each).name == SPL or each.endswith(TINY)]
    if len(power) > 1:  # a ranging run beside the testing one
        power = [each for each in power if "ranging" not in each.lower()] or power
    if len(power) != 1:
        raise unreadable("no-run-folder", "name one run, or the power log itself.", folder, count=len(power))
    beside = _beside(power[0], found)
    client = [each for each in found if PurePath(each).name == "client.json"]
    meter = [each for each in found if PurePath(each).name == "ptd_logs.txt"]
    return Parts(power[0], *beside, client[0] if len(client) == 1 else None, meter[0] if len(meter) == 1 else None)


def _beside(power: str, found: Sequence[str]) -> tuple[str | None, str | None]:
    """The event log and what was published, in the folder of the power log."""
    here = PurePath(power).parent
    own = [each for each in found if PurePath(each).parent == here]
    if power.endswith(TINY):
        stamps = [each for each in own if each.endswith("-timestamps.json")]
        results = [each for each in own if PurePath(each).name == "results.txt"]
        return (stamps[0] if len(stamps) == 1 else None), (results[0] if results else None)
    detail = [each for each in own if PurePath(each).name.startswith("mlperf_log_detail")]
    detail = [each for each in detail if PurePath(each).name == "mlperf_log_detail.txt"] or detail
    summary = [each for each in own if PurePath(each).name == "mlperf_log_summary.txt"]
    return (detail[0] if len(detail) == 1 else None), (summary[0] if summary else None)


def offsets_s(client: str) -> list[float]:
    """By how much the server's clock was ahead of the client's, at each exchange "time", in s."""
    try:
        messages = json.loads(client).get("messages", [])
        times = [each for each in messages if each.get("cmd") == "time"]
        return [float(each["reply"]) - (each["cmd_time"] + each["reply_time"]) / 2 for each in times]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def doubts(meter_log: str) -> list[tuple[str, str]]:
    """Stamps and words of PTDaemon's warnings about the uncertainty of a sample."""
    return [(match[1], match[2]) for match in _DOUBT.finditer(meter_log)]


def summary(text: str) -> dict[str, Any]:
    """The numbers of mlperf_log_summary.txt: rate (in any notation), scenario and validity."""
    said: dict[str, Any] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        name, value = key.strip().lower(), value.strip()
        if name in {
            "samples per second",
            "scheduled samples per second",
            "completed samples per second",
            "mean latency (ns)",
        }:
            try:
                said[re.sub(r"[^a-z]+", "_", name).strip("_")] = float(value)
            except ValueError:
                continue
        elif name in {"scenario", "result is"}:
            said[name.replace(" ", "_")] = value
    return said
