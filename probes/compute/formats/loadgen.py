# SPDX-License-Identifier: Apache-2.0
"""MLPerf LoadGen's logs: ``mlperf_log_detail.txt`` (``:::MLLOG`` and JSON) says when, how fast and whether it was valid.

Numbers are JSON: ``2.11595e+06`` is two million. ``test_datetime`` ends in Z and is local time all the same; it is not used.
"""

from __future__ import annotations

import json
from typing import Any

from probes.compute.formats.events import Events
from probes.compute.formats.power import unreadable
from probes.compute.formats.stamps import stamp_ns
from probes.compute.formats.words import WORDS

FORMAT = "loadgen"
PREFIX = ":::MLLOG"
_RATES = (
    "result_samples_per_second",
    "result_completed_samples_per_sec",
    "result_qps_with_loadgen_overhead",
    "result_completed_queries_per_second",
)
"""In the order in which they are taken: what was completed over the whole window, not what was scheduled."""
_KEPT = ("loadgen_version", "effective_scenario", "effective_test_mode", "effective_samples_per_query", "result_validity",
         "result_scheduled_samples_per_sec", "result_mean_latency_ns", "result_min_duration_met")  # fmt: skip


def is_loadgen(head: str) -> bool:
    """Whether a text holds lines of LoadGen's detail log."""
    return any(each.startswith(PREFIX) for each in head.splitlines()[:50])


def read(text: str, name: str = "") -> Events:
    """Window, rate and validity; UnreadableError where the log holds two runs or none."""
    found: dict[str, list[Any]] = {}
    errors, broken = 0, 0
    for line in text.splitlines():
        if not line.startswith(PREFIX):
            continue
        try:
            entry = json.loads(line[len(PREFIX) :])
            key, value = entry["key"], entry["value"]
            found.setdefault(key, []).append(value)
            errors += bool(entry.get("metadata", {}).get("is_error"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            broken += 1
    window = _window(found, name)
    said = {key: found[key][-1] for key in (*_KEPT, *_RATES) if key in found}
    events = []
    if broken:
        events.append(WORDS.reason("broken-lines", count=broken))
    if errors:
        events.append(WORDS.reason("loadgen-errors", count=errors))
    if said.get("result_validity") != "VALID":
        events.append(WORDS.reason("run-invalid", said=str(said.get("result_validity", "–"))))
    if said.get("effective_test_mode", "PerformanceOnly") != "PerformanceOnly":
        events.append(WORDS.reason("not-performance", mode=str(said["effective_test_mode"])))
    rate = next((_number(said[key]) for key in _RATES if key in said), None)
    return Events(FORMAT, [window] if window else [], "local", rate, events=events, facts=said)


def _window(found: dict[str, list[Any]], name: str) -> tuple[int, int] | None:
    """power_begin and power_end, by the clock of the host; None where the run was made without power."""
    begins, ends = found.get("power_begin", []), found.get("power_end", [])
    if len(begins) > 1 or len(ends) > 1:
        raise unreadable("two-runs", "give the log of one run.", name)
    if not begins or not ends:
        return None
    stamps = [stamp_ns(str(each[0])) for each in (begins, ends)]
    if stamps[0] is None or stamps[1] is None or stamps[1][0] <= stamps[0][0]:
        raise unreadable("no-window", "give the log as LoadGen wrote it.", name)
    return stamps[0][0], stamps[1][0]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None
