# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse service LOG…``: what traces of a service say, by the same code as the report. No campaign, no verdict."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.kit.forms import Lines
from harness.kit.lines import read
from harness.model import Text
from probes.service.digests import answers
from probes.service.digests.load import Load, Run, decode
from probes.service.formats.layout import FORMAT
from probes.service.formats.words import WORDS
from probes.service.measurands.figures import figures
from probes.service.measurands.view import Session, as_drawn

_FACTS = ("kind", "url", "model", "api", "rate", "arrivals", "session", "place", "planned", "max_tokens", "connections")


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="LOG",
        help="service.load、service.search 或 service.calls 的记录 / traces of service.load, service.search or service.calls",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; InstrumentError where a file cannot be read, DecodeError where it is no such trace."""
    if not options.files:
        raise UsageError("No trace is named.", cure="name traces of service.load, service.search or service.calls.")
    return {"kind": "service", "files": [_entry(path) for path in options.files]}


def _entry(path: Path) -> dict[str, Any]:
    try:
        chunks = list(Lines(FORMAT).chunks(path, 0))
        kinds = [read(chunk, FORMAT).facts.get("kind") for chunk in chunks]
        runs = [decode(read(chunk, FORMAT)) for chunk, kind in zip(chunks, kinds, strict=True) if kind != "calls"]
        calls = [
            answers.decode(read(chunk, FORMAT)) for chunk, kind in zip(chunks, kinds, strict=True) if kind == "calls"
        ]
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InstrumentError(msg, cure="check the path and its rights.") from None
    entry: dict[str, Any] = {"path": str(path), "format": FORMAT}
    if runs:
        entry |= _loads(Load().merge(Load(tuple(runs))).runs)
    if calls:
        entry["calls"] = _calls(calls)
    return entry


def _loads(runs: Sequence[Run]) -> dict[str, Any]:
    by_seed: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        by_seed.setdefault((str(run.about.get("seed")), str(run.about.get("place"))), []).append(run)
    sessions = [Session(tuple(each)) for each in by_seed.values()]
    told = [
        {
            **{key: each.about[key] for key in _FACTS if key in each.about},
            "as_drawn": all(map(as_drawn, each.runs)),
            "interruptions": len(each.runs) - 1,
            **figures([each]),
        }
        for each in sessions
    ]
    notes = Counter[str]()
    for run in runs:
        notes.update(dict(run.notes))
    said = [{"fault": fault, "text": text} for run in runs for fault, text in run.said]
    events = [{"event": key, "count": notes[key], "text": _sentence(key, notes[key]).en} for key in sorted(notes)]
    damaged = sum(run.damaged for run in runs)
    return {"sessions": told, "together": figures(sessions), "said": said, "events": events, "damaged_lines": damaged}


def _sentence(key: str, count: int) -> Text:
    """What a note says."""
    name, _, field = key.partition(":")
    return WORDS.text("unknown-fields", names=[field]) if field else WORDS.text(name, count=count)


def _calls(found: Sequence[answers.Catalogue]) -> dict[str, Any]:
    whole = answers.Catalogue()
    for each in found:
        whole = whole.merge(each)
    faults = Counter(each.fault for each in whole.replies)
    return {
        "questions": whole.questions,
        "entries": len({each.place for each in whole.replies}),
        "replies": len(whole.replies),
        "whole": faults.pop("", 0),
        "errors": dict(sorted(faults.items())),
        "tokens": sum(max(0, each.completion) for each in whole.replies),
        "damaged_lines": whole.damaged,
    }
