# SPDX-License-Identifier: Apache-2.0
"""The probe ``gnss.timing``: the log of a clock, judged against its limit when its reference may judge it.

A host's own synchronisation log measures the clock against the very source under test, and a reference must be four
times better than the limit: otherwise INVALID, whatever the numbers say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import SpecError, StatisticsError
from harness.model import BudgetItem, Estimate, Figure, Outcome, Reason, Text
from harness.plugins import Chunk, Context, Estimator, Input, Problem, Request, Simulator, Source, Trace
from harness.quantity import Quantity
from probes.gnss.formats.timing_formats import Offsets, names, read_offsets

KEYS = ("file", "format", "reference", "u_reference", "cable_delay")
REFERENCES = ("independent", "under-test")
_POINTS = 600


@dataclass(frozen=True, slots=True)
class TimingSummary:
    """The log's bytes by segment and offset; offsets are computed from their sorted whole (logs are small)."""

    parts: tuple[tuple[str, int, bytes], ...]

    def merge(self, other: TimingSummary) -> TimingSummary:
        """The digest of both; associative and commutative."""
        return TimingSummary(tuple(sorted((*self.parts, *other.parts))))

    def offsets(self, kind: str = "") -> Offsets:
        """The offsets of the whole log, segments one after the other."""
        return read_offsets(b"".join(data for _, _, data in self.parts), kind)


class TimingProbe:
    """Offsets of a clock from its reference, from a recorded log."""

    name = "gnss.timing"
    version = "1"
    title = Text("时钟偏差日志（授时）", "Log of clock offsets (time service)")
    extension = "log"
    simulators: Mapping[str, Simulator] = {}

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """``gnss.timing``: quantile of the absolute offset, MTIE, TDEV."""
        return {"gnss.timing": offset}

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: the log, and what is known of the reference."""
        return list(_problems(config, folder))

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """A copy of the recorded log."""
        from probes.gnss.live.files import FileSource

        return FileSource(config, folder)

    def whole(self, path: Path) -> int:
        """All of it: an unfinished line matches no format."""
        return path.stat().st_size

    def chunks(self, trace: Trace) -> Iterable[Chunk]:
        """One piece a segment."""
        return [Chunk(path) for path in trace.segments]

    def summarise(self, chunk: Chunk, context: Context) -> Any:
        """The bytes themselves; the context changes nothing."""
        del context
        return TimingSummary(((chunk.path.name, chunk.start, chunk.path.read_bytes()),))


def offset(inputs: Sequence[Input], request: Request) -> Outcome:
    """One reading of the offset from the reference, in s; of several clocks the worst."""
    from probes.gnss.measurands.availability import worst

    return worst([_assess(each, request) for each in inputs], upper=True)


def _assess(source: Input, request: Request) -> Outcome:
    config = source.trace.config
    found = source.summary.offsets(str(config.get("format", "")))
    if len(found.offset_s) < 2:
        why = _reason("no-offsets", "日志中没有可识别的时间偏差。", "The log holds no offset in a known format.")
        return Outcome(None, missing=(why,))
    values = found.offset_s - _seconds(config, "cable_delay")
    invalid = tuple(_broken(found, config, request))
    try:
        outcome = {"mtie": _mtie, "tdev": _tdev}.get(request.reading.statistic, _quantile)(found, values, request)
    except StatisticsError as error:
        why = _reason("degenerate", f"时间偏差序列无法统计：{error}", f"The offsets allow no statistic: {error}")
        return Outcome(None, invalid=invalid, missing=(why,))
    expanded = 2 * _seconds(config, "u_reference")
    estimate = outcome.estimate
    if estimate is not None:
        from dataclasses import replace

        budget = (*estimate.budget, BudgetItem("reference, standard uncertainty", "B", expanded / 2, "s"))
        estimate = replace(estimate, allowance=expanded, budget=budget, diagnostics=_facts(found, values))
    return Outcome(
        estimate,
        invalid,
        outcome.missing,
        outcome.remarks,
        outcome.need,
        _figures(found, values),
        {"format": found.format},
    )


def _broken(found: Offsets, config: Mapping[str, Any], request: Request) -> Iterator[Reason]:
    """Why this log may not decide: the reference is what is being tested, or it is too coarse."""
    if config.get("reference") != "independent":
        yield _reason(
            "reference-under-test",
            "偏差是相对被测授时源自身测得的，不能证明该源的准确度；须用独立参考。",
            "The offset was measured against the source under test: it proves nothing about that source. Use an independent reference.",
        )
    expanded = 2 * _seconds(config, "u_reference")
    limit = None if request.limit is None else float(request.limit.quantity.to("s"))
    if limit is not None and expanded > limit / 4:
        yield _reason(
            "reference-too-coarse",
            f"参考的扩展不确定度 {expanded * 1e9:.3g} ns（k=2）超过限值 {limit * 1e9:.3g} ns 的四分之一（{found.format}）。",
            f"The reference's expanded uncertainty of {expanded * 1e9:.3g} ns (k = 2) exceeds a quarter of the limit of {limit * 1e9:.3g} ns ({found.format}).",
        )


def _quantile(found: Offsets, values: np.ndarray[Any, Any], request: Request) -> Outcome:
    from harness.stats import radial

    del found
    share = Quantity.parse(str(request.reading.parameters.get("q", "95 %"))).to("1")
    high, low = (radial.bounds(np.abs(values), share, risk) for risk in (request.alpha, request.beta))
    method = f"{float(share):.4g} quantile of the absolute offset, order statistics of the effective sample"
    return Outcome(
        Estimate(high.value, "s", high.n, high.n_eff, low.lower, high.upper, 1 - request.alpha, method),
        missing=() if high.missing is None else (high.missing,),
        remarks=high.remarks,
        need=high.need,
    )


def _mtie(found: Offsets, values: np.ndarray[Any, Any], request: Request) -> Outcome:
    from probes.gnss.measurands import stability

    parts, step, m = _windows(found, values, request)
    value = stability.mtie(parts, m) if m else None
    if value is None:
        return _too_short(request)
    count = sum(max(0, len(part) - m) for part in parts)
    method = "largest time interval error of this record"
    return Outcome(
        Estimate(value, "s", count, count / m, value, value, 1 - request.alpha, f"{method}, tau {m * step:g} s")
    )


def _tdev(found: Offsets, values: np.ndarray[Any, Any], request: Request) -> Outcome:
    from harness.stats import rms
    from probes.gnss.measurands import stability

    parts, step, m = _windows(found, values, request)
    value = stability.time_deviation(parts, step, m) if m else None
    if not value:
        return _too_short(request)
    # terms overlap: about one independent term every tau (SP 1065 section 5.4, the conservative side)
    freedom = max(1.0, sum(max(0, len(part) - 3 * m + 1) for part in parts) / m)
    high, low = (rms.from_freedom(value**2, freedom, risk) for risk in (request.alpha, request.beta))
    method = f"TDEV at tau {m * step:g} s, chi-square with one degree of freedom a tau"
    return Outcome(Estimate(value, "s", len(values), freedom, low.lower, high.upper, 1 - request.alpha, method))


def _windows(found: Offsets, values: np.ndarray[Any, Any], request: Request) -> tuple[list[Any], float, int]:
    """Even segments, their step, and the reading's interval in steps (0 without a step)."""
    from probes.gnss.measurands import stability

    parts, step = stability.segments(found.time_s, values)
    tau = float(Quantity.parse(str(request.reading.parameters.get("interval", "100 s"))).to("s"))
    return parts, step, max(1, round(tau / step)) if step else 0


def _too_short(request: Request) -> Outcome:
    tau = request.reading.parameters.get("interval", "100 s")
    why = _reason(
        "too-short",
        f"没有一段连续记录长到可以计算 {tau} 的统计量。",
        f"No continuous part of the record is long enough for an interval of {tau}.",
    )
    return Outcome(None, missing=(why,))


def _facts(found: Offsets, values: np.ndarray[Any, Any]) -> dict[str, Any]:
    size = np.abs(values)
    return {
        "mean_s": float(values.mean()),
        "sd_s": float(values.std(ddof=1)),
        "max_abs_s": float(size.max()),
        "p95_abs_s": float(np.quantile(size, 0.95)),
        "p99_abs_s": float(np.quantile(size, 0.99)),
        "self_reported": found.self_reported,
    }


def _figures(found: Offsets, values: np.ndarray[Any, Any]) -> tuple[Figure, ...]:
    drawn = np.unique(np.linspace(0, len(values) - 1, min(len(values), _POINTS)).round().astype(np.int64))
    line = {"name": Text("偏差", "offset"), "y": [round(float(each) * 1e9, 3) for each in values[drawn]]}
    seconds = found.time_s[drawn] - found.time_s[0]
    data = {
        "x": [round(float(each), 3) for each in seconds],
        "x_title": Text("时间 / s", "time / s"),
        "lines": [line],
        "limits": [],
    }
    return (Figure("series", Text("相对参考的时间偏差", "Offset from the reference"), "ns", data),)


def _seconds(config: Mapping[str, Any], name: str) -> float:
    return float(Quantity.parse(str(config.get(name, "0 s"))).to("s"))


def _problems(config: Mapping[str, Any], folder: Path) -> Iterator[Problem]:
    for key in config:
        if key not in {*KEYS, "probe", "name"}:
            yield Problem((key,), f"{key!r} is not a setting of a clock's log.", f"use one of: {', '.join(KEYS)}.")
    file = config.get("file")
    if not isinstance(file, str):
        yield Problem(("file",), "file is missing.", "add file: with the recorded log.")
    elif not file.startswith("@") and not (folder / file).is_file():
        yield Problem(("file",), f"{file} does not exist.", "give the path relative to the profile's folder.")
    if config.get("reference") not in REFERENCES:
        cure = "write independent (a second source, a calibrated counter) or under-test."
        yield Problem(("reference",), f"reference is {config.get('reference')!r}.", cure)
    if config.get("format", names()[0]) not in names():
        yield Problem(("format",), f"format is {config['format']!r}.", f"use one of: {', '.join(names())}.")
    if "u_reference" not in config:
        yield Problem(("u_reference",), "u_reference is missing.", 'add its standard uncertainty, like "50 ns".')
    for name in ("u_reference", "cable_delay"):
        try:
            Quantity.parse(str(config.get(name, "0 s"))).to("s")
        except SpecError as error:
            yield Problem((name,), f"{name}: {error.problem}", error.cure)


def _reason(code: str, zh: str, en: str) -> Reason:
    return Reason(f"timing.{code}", Text(zh, en))


PROBE = TimingProbe()
