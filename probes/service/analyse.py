# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse service LOG…``: what traces of a service say, by the same code as the report. No campaign, no verdict."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import SpecError, UsageError
from harness.kit import tables as table
from harness.kit.files import bytes_of, reading
from harness.kit.forms import Lines
from harness.kit.lines import read
from harness.kit.unreadable import UnreadableError, UnusableError
from harness.model import Text
from harness.quantity import Quantity
from probes.service.digests import answers, steps
from probes.service.digests.load import Load, Run, decode
from probes.service.formats import catalogue
from probes.service.formats.layout import FORMAT
from probes.service.formats.words import WORDS
from probes.service.measurands.capacity import loads
from probes.service.measurands.entries import COLUMNS, listed, of_catalogue
from probes.service.measurands.figures import figures
from probes.service.measurands.outages import of_window
from probes.service.measurands.shares import SLO_SHARE, SLO_TPOT, SLO_TTFT
from probes.service.measurands.view import Service, Session, as_drawn

_FACTS = ("kind", "url", "model", "api", "rate", "arrivals", "session", "place", "planned", "max_tokens", "connections")
_RISK = "5/6 %"
"""What a report of s05 gives one of its six mandatory indicators."""


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="LOG",
        help="service.load、service.search 或 service.calls 的记录 / traces of service.load, service.search or service.calls",
    )
    for name, usual, what in (
        ("ttft", SLO_TTFT, "目标：首个词元时间不高于 / objective: time to the first token at most"),
        ("tpot", SLO_TPOT, "目标：其后每个词元的时间不高于 / objective: time per token after it at most"),
        ("share", SLO_SHARE, "目标：达标请求的占比不低于 / objective: share of requests that meet both"),
        ("risk", _RISK, "负载搜索出错的概率不高于 / the risk that a search among loads errs, at most"),
    ):
        parser.add_argument(
            f"--{name}", default=usual, metavar=name.upper(), help=f"{what} ({usual.replace('%', '%%')})"
        )
    parser.add_argument(
        "--catalogue",
        type=Path,
        metavar="FILE",
        help="被调用的目录 / the catalogue whose entries were called (CSV, XLSX)",
    )


class Asked(NamedTuple):
    """The objective and the risk, as the profile declares them, and the catalogue."""

    ttft_ns: int
    tpot_ns: int
    share: Fraction
    risk: Fraction
    catalogue: Path | None


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; InstrumentError where a file cannot be read, DecodeError where it is no such trace."""
    if not options.files:
        raise UsageError("No trace is named.", cure="name traces of service.load, service.search or service.calls.")
    ttft, tpot = (int(_given(options, name, "ns")) for name in ("ttft", "tpot"))
    share, risk = (_given(options, name, "1") for name in ("share", "risk"))
    asked = Asked(ttft, tpot, share, risk, options.catalogue)
    return {"kind": "service", "files": [_entry(path, asked) for path in options.files]}


def _given(options: Namespace, name: str, unit: str) -> Fraction:
    """An option as a number of ``unit``; UsageError where it is another thing."""
    text = str(getattr(options, name))
    try:
        found = Quantity.parse(text).to(unit)
    except SpecError:
        found = Fraction(0)
    if not 0 < found <= (1 if unit == "1" else found):
        msg = f"--{name} is {text}."
        raise UsageError(msg, cure="write it like 2 s, 200 ms or 95 %.")
    return found


def _entry(path: Path, asked: Asked) -> dict[str, Any]:
    with reading(path):
        chunks = list(Lines(FORMAT).chunks(path, 0))
        kinds = [read(chunk, FORMAT).facts.get("kind") for chunk in chunks]
        runs = [decode(read(chunk, FORMAT)) for chunk, kind in zip(chunks, kinds, strict=True) if kind != "calls"]
        calls = [
            answers.decode(read(chunk, FORMAT)) for chunk, kind in zip(chunks, kinds, strict=True) if kind == "calls"
        ]
    entry: dict[str, Any] = {"path": str(path), "format": FORMAT}
    if runs:
        entry |= _loads(Load().merge(Load(tuple(runs))).runs, asked)
    if calls:
        entry["calls"] = _calls(calls, asked.catalogue)
    return entry


def _loads(runs: Sequence[Run], asked: Asked) -> dict[str, Any]:
    by_seed: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_seed.setdefault((str(run.about.get("seed")), str(run.about.get("place"))), []).append(run)
    sessions = [Session(tuple(each)) for each in by_seed.values()]
    told = [
        {
            **{key: each.about[key] for key in _FACTS if key in each.about},
            "as_drawn": all(map(as_drawn, each.runs)),
            "interruptions": len(each.runs) - 1,
            **_figures([each], asked),
        }
        for each in sessions
    ]
    searched = [each for each in sessions if each.about.get("kind") == "search"]
    found = loads(searched, (asked.ttft_ns, asked.tpot_ns), asked.share, asked.risk)
    tried = {"loads": [each.told for each in found]} if searched else {}
    return {"sessions": told, "together": _figures(sessions, asked), **tried, **_odd(runs)}


def _figures(sessions: Sequence[Session], asked: Asked) -> dict[str, Any]:
    """The figures of the report: distributions and sums, the share within the objective, the share of the time."""
    service = Service("", tuple(sessions), None)
    met = steps.meets(service.rows, asked.ttft_ns, asked.tpot_ns)
    goodput = float(met.mean()) if len(met) else None
    return {**figures(sessions), "goodput": goodput, "availability": of_window(service)}


def _odd(runs: Sequence[Run]) -> dict[str, Any]:
    """What was odd in the answers, and what the service says of its failures."""
    notes = Counter[str]()
    for run in runs:
        notes.update(dict(run.notes))
    said = [{"fault": fault, "text": text} for run in runs for fault, text in run.said]
    events = [{"event": key, "count": notes[key], "text": _sentence(key, notes[key]).en} for key in sorted(notes)]
    damaged = sum(run.damaged for run in runs)
    return {"said": said, "events": events, "damaged_lines": damaged}


def _sentence(key: str, count: int) -> Text:
    """What a note says."""
    name, _, field = key.partition(":")
    return WORDS.text("unknown-fields", names=[field]) if field else WORDS.text(name, count=count)


def _calls(found: Sequence[answers.Catalogue], path: Path | None) -> dict[str, Any]:
    whole = answers.Catalogue()
    for each in found:
        whole = whole.merge(each)
    whole = whole.merge(_listed(whole, path))
    faults = Counter(each.fault for each in whole.replies)
    view = of_catalogue(whole)
    good = len(view.answering)
    return {
        "questions": whole.questions,
        "entries": len({each.place for each in whole.replies}),
        "replies": len(whole.replies),
        "whole": faults.pop("", 0),
        "errors": dict(sorted(faults.items())),
        "tokens": sum(max(0, each.completion) for each in whole.replies),
        "answering": good,
        "clusters": good - view.copied,
        "each": [dict(zip(COLUMNS, _plain(row), strict=True)) for row in listed(view)],
        "damaged_lines": whole.damaged,
    }


def _listed(whole: answers.Catalogue, path: Path | None) -> answers.Catalogue:
    """The catalogue; without one the entries by their place in it, of which nothing is known but what they answered."""
    if path is not None:
        try:
            data = bytes_of(path)
            return answers.listed(table.read(data, catalogue.columns(), name=path.name), data)
        except UnreadableError as defect:
            raise UnusableError(defect.text, cure=defect.cure, where=path.name) from None
    asked: dict[int, int] = {}
    for each in whole.replies:
        asked[each.place] = max(asked.get(each.place, 0), each.question)
    return answers.Catalogue(
        tuple(
            catalogue.Entry(place, place + 1, "", "", "", "http://unknown", "unknown", "" if most else "{}")
            for place, most in sorted(asked.items())
        )
    )


def _plain(row: Sequence[Any]) -> list[Any]:
    """A row of the report's list as JSON has it."""
    *cells, reasons = row
    return [*cells, [each.en for each in reasons]]
