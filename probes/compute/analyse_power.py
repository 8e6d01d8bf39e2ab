# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse power FILE… [--events LOG] [--model-ops N]``: energy, mean power and TOPS/W of the windows of power logs.

A folder of an MLPerf run is one item. ``mean_w_samples`` and ``tops_per_w`` follow the rule of MLPerf's checker (the mean of
the samples strictly inside), ``energy_j`` and ``mean_w`` the exact integral with interpolated edges.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from harness.kit.files import bytes_of
from harness.kit.tables import cells
from harness.model import Reason
from probes.compute.digests.energy import Window, prefix, window
from probes.compute.digests.power import digest
from probes.compute.digests.zones import placed
from probes.compute.formats import detect, run_folder, tiny
from probes.compute.formats.events import Events
from probes.compute.formats.power import PowerLog, told
from probes.compute.formats.run_folder import Parts
from probes.compute.formats.stamps import stamp_ns, written
from probes.compute.formats.words import WORDS

_WARN_GAPS = 3.0
"""A gap longer than this many usual intervals is told."""
_LEAST_HZ = 0.95
_PUBLISHED = 1e-3
"""Share by which a published figure may differ from its record; real ones agree within 0.03 %."""


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="功率记录，或 MLPerf 运行的文件夹 / power logs, or folders of MLPerf runs",
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="LOG",
        help="负载的运行时段：LoadGen 的 detail 日志、表格或 JSON / when the workload ran: LoadGen's detail log, a table, JSON",
    )
    parser.add_argument(
        "--model-ops",
        type=_ops,
        metavar="N",
        help="一次推理的运算数，一次乘加计为两次 / operations of one inference, a multiply-add counted as two",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEADING",
        help="自己的列名：time、power、energy / headings of your own: time, power, energy",
    )
    parser.add_argument(
        "--rail",
        action="append",
        default=[],
        metavar="NAME",
        help="tegrastats 中属于测点的供电轨 / rails of tegrastats that are the plane measured",
    )
    parser.add_argument(
        "--interval-ms",
        type=int,
        default=0,
        metavar="MS",
        help="没有时刻的 tegrastats 记录的采样间隔 / of a tegrastats log without times",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    seen: dict[str, str] = {}
    return {"kind": "power", "files": [_entry(path, options, seen) for path in options.files]}


def _ops(text: str) -> float:
    number = cells.number(text)
    if number is None or number <= 0:
        msg = f"{text!r} is no number of operations above zero"
        raise ArgumentTypeError(msg)
    return float(number)


def _entry(path: Path, options: Namespace, seen: dict[str, str]) -> dict[str, Any]:
    """One file or folder; ``seen``: digest -> path of the records before it, so that a reused one is told."""
    folder = path.is_dir()
    names = [str(each.relative_to(path)) for each in path.rglob("*") if each.is_file()] if folder else []
    root = path if folder else path.parent
    parts = run_folder.parts(names, str(path)) if folder else _around(path)
    columns = dict(each.partition("=")[::2] for each in options.column)
    log = detect.power(bytes_of(root / parts.power), parts.power, columns, tuple(options.rail), options.interval_ms)
    source = options.events or (root / parts.events if parts.events else None)
    events = detect.workload(bytes_of(source), source.name) if source else None
    published = _published(root, parts)
    entry: dict[str, Any] = {
        "path": str(path),
        "format": log.format,
        "samples": len(log.at_ns),
        "first": _moment(log, 0),
        "last": _moment(log, -1),
        "rate_hz": log.rate_hz,
        "max_gap_s": log.max_gap_s,
    }
    windows, found = _windows(log, events, options.model_ops, published)
    found += [*_odd(log), *_disagreements(windows, published)]
    first = seen.setdefault(digest(log), str(path))
    if first != str(path):
        found.append(WORDS.reason("same-record", path=first))
    if folder and events is None:
        found.append(WORDS.reason("no-event-log"))
    if parts.meter_log:
        found += _doubts(root / parts.meter_log, log)
    clocks = run_folder.offsets_s(bytes_of(root / parts.client).decode("utf-8", "replace")) if parts.client else []
    if clocks and max(map(abs, clocks)) > run_folder.MOST_OFFSET_S:
        found.append(WORDS.reason("clocks-off", most_s=max(map(abs, clocks)), allowed_s=run_folder.MOST_OFFSET_S))
    if log.facts.get("unread"):
        found.append(WORDS.reason("columns-unread", columns=log.facts["unread"]))
    events_told = told((*log.events, *(events.events if events else ()), *found))
    return {**entry, "windows": windows, "published": published, "events": events_told}


def _around(path: Path) -> Parts:
    """A file alone: the stamps or LoadGen's log beside it belong to it, as its program writes them."""
    if path.name != run_folder.SPL and not path.name.endswith(run_folder.TINY):
        return Parts(path.name, None, None, None, None)
    beside = [each.name for each in path.parent.iterdir() if each.is_file()] if path.parent.is_dir() else []
    others = [
        each for each in beside if each == path.name or not (each == run_folder.SPL or each.endswith(run_folder.TINY))
    ]
    return run_folder.parts({*others, path.name}, str(path))


def _moment(log: PowerLog, at: int) -> str | float:
    return float(log.at_ns[at]) / 1e9 if log.clock == "none" else written(int(log.at_ns[at]), log.clock)


def _published(root: Path, parts: Parts) -> list[dict[str, Any]]:
    if parts.published is None:
        return []
    text = bytes_of(root / parts.published).decode("utf-8", "replace")
    if parts.power.endswith(run_folder.TINY):
        return tiny.published(text)
    said = run_folder.summary(text)
    return [said] if said else []


def _windows(
    log: PowerLog, events: Events | None, ops: float | None, published: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[Reason]]:
    """Every window that can be taken where it is; of the others it is told why not."""
    energy = prefix(log)
    whole = (int(energy.at_ns[0]), int(energy.at_ns[-1]))
    spans = events.windows if events else [whole]
    found: list[dict[str, Any]] = []
    odd: list[Reason] = []
    if events is not None and not spans:
        odd.append(WORDS.reason("no-power-window"))
    if events is not None and "none" in {log.clock, events.clock} and log.clock != events.clock:
        return [], [*odd, WORDS.reason("clocks-differ", power=log.clock, load=events.clock)]
    for begin, end in spans:
        where = placed(log, energy, begin, end)
        odd += where.events
        if where.taken and end > begin:
            one = window(log, energy, begin, end)
            found.append(_told(one, whole[0], _rate(events, one, published), ops))
    return found, odd


def _rate(events: Events | None, one: Window, published: list[dict[str, Any]]) -> float | None:
    """Inferences a second: as the event log says; EnergyRunner says them in its results, window by window."""
    if events is None or events.samples_per_second is not None:
        return events.samples_per_second if events else None
    for each in published:
        if "inferences" in each and abs(each["start_s"] - one.begin_ns / 1e9) < 0.01:
            return float(each["inferences"]) / one.duration_s
    return None


def _told(one: Window, origin_ns: int, rate: float | None, ops: float | None) -> dict[str, Any]:
    tops = rate * ops / 1e12 if rate and ops else None
    return {
        "start_s": (one.begin_ns - origin_ns) / 1e9,
        "duration_s": one.duration_s,
        "n_inside": one.n_inside,
        "mean_w_samples": one.mean_w_samples,
        "energy_j": one.energy_j,
        "mean_w": one.mean_w,
        "min_w": one.min_w,
        "max_w": one.max_w,
        "sd_w": one.sd_w,
        "samples_per_second": rate,
        "tops": tops,
        "tops_per_w": tops / one.mean_w_samples if tops and one.mean_w_samples else None,
    }


def _disagreements(windows: list[dict[str, Any]], published: list[dict[str, Any]]) -> list[Reason]:
    """What was published and is not what the record says: rates, energies, validity."""
    found: list[Reason] = []
    for said in published:
        if said.get("result_is", "VALID") != "VALID":
            found.append(WORDS.reason("run-invalid", said=str(said["result_is"])))
        own = [each for each in windows if "start_s" not in said or abs(each["start_s"] - said["start_s"]) < 0.01]
        found += [
            WORDS.reason("published-otherwise", what=key, published=said[key], found=each[key])
            for key in ("samples_per_second", "energy_j")
            for each in own[:1]
            if key in said and each[key] is not None and abs(each[key] - said[key]) > _PUBLISHED * abs(said[key])
        ]
    return found


def _odd(log: PowerLog) -> list[Reason]:
    """Gaps, and a rate below one sample a second."""
    found: list[Reason] = []
    if log.disorder or len(log.at_ns) < 3:
        return found
    steps = log.at_ns[1:] - log.at_ns[:-1]
    long = steps > _WARN_GAPS * log.period_ns
    if long.any():
        found.append(WORDS.reason("gaps", count=int(long.sum()), most_s=float(steps.max()) / 1e9))
    if log.rate_hz is not None and log.rate_hz < _LEAST_HZ and log.joules is None:
        found.append(WORDS.reason("too-seldom", rate=float(f"{log.rate_hz:.4g}")))
    return found


def _doubts(path: Path, log: PowerLog) -> list[Reason]:
    """The meter program's own warnings while this log was written."""
    kinds: dict[str, int] = {}
    for stamp, words in run_folder.doubts(bytes_of(path).decode("utf-8", "replace")):
        at = stamp_ns(stamp)
        if at is not None and log.at_ns[0] <= at[0] <= log.at_ns[-1]:
            kinds[words] = kinds.get(words, 0) + 1
    return [WORDS.reason("meter-doubts", words=words, count=count) for words, count in sorted(kinds.items())]
