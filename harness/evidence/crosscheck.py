# SPDX-License-Identifier: Apache-2.0
"""What the journal says against what lies in the bundle; needs no manifest, no key and no plug-in.

:func:`contradictions` is for ``verify``: everything. :func:`refuse_other_bytes` is for whoever judges: what it is about to read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.evidence.bag import FileDigest, hash_files
from harness.evidence.bodies import TRACES
from harness.evidence.bundle import plain_size
from harness.evidence.defects import (
    ChangedSegmentError,
    CutJournalError,
    DefectError,
    EditedCampaignError,
    EditedFiguresError,
    EditedResultsError,
    MissingSegmentError,
    OpenSegmentError,
    SwappedProfileError,
    SwappedScenarioError,
    UnknownSegmentError,
)
from harness.evidence.journal import JournalEvent

_BEGAN_WITH = (
    ("scenario_sha256", "data/scenario.yaml", SwappedScenarioError),
    ("profile_sha256", "data/profile.yaml", SwappedProfileError),
    ("campaign_sha256", "data/campaign.json", EditedCampaignError),
)
_EVALUATED = (
    ("results_sha256", "data/results.json", EditedResultsError),
    ("figures_sha256", "data/figures.json", EditedFiguresError),
)
_RECORDED = frozenset(["segment_opened", "segment_closed", "segment_dropped", "torn_tail"])
_SETTLED = frozenset(["segment_closed", "segment_dropped"])


def contradictions(
    events: Sequence[JournalEvent], digests: Mapping[str, FileDigest], campaign: Mapping[str, Any]
) -> Iterator[DefectError]:
    """Every contradiction between the journal (and ``campaign``, campaign.json) and the files, by path."""
    yield from _segments(events, digests)
    for event in (each for each in events if each.kind == "campaign_started"):
        yield from _held(_BEGAN_WITH, event.body, digests)
    yield from _held(_BEGAN_WITH, campaign, digests)
    last = [event.body for event in events if event.kind == "evaluated"][-1:]
    for body in last:
        yield from _held(_EVALUATED, body, digests)


def _held(
    rules: Sequence[tuple[str, str, type[DefectError]]], body: Mapping[str, Any], digests: Mapping[str, FileDigest]
) -> Iterator[DefectError]:
    """Files whose digest ``body`` holds under a known name, and which differ or are gone."""
    for name, path, kind in rules:
        actual = digests.get(path)
        if name in body and (actual is None or actual.sha256 != body[name]):
            yield kind(differing(str(body[name]), "-" if actual is None else actual.sha256), where=path)


def differing(expected: str, actual: str) -> str:
    """Two digests, short enough to read."""
    return f"sha256 {expected[:16]}… ≠ {actual[:16]}…"


def _segments(events: Sequence[JournalEvent], digests: Mapping[str, FileDigest]) -> Iterator[DefectError]:
    closed = closings(events)
    yield from _uncovered(closed, closed, digests)
    yield from (OpenSegmentError(where=path) for path in open_segments(events))
    states = _states(events)
    known = {path for path, kind in states.items() if kind != "segment_dropped"} | closed.keys()
    yield from (UnknownSegmentError(where=path) for path in digests if path.startswith(TRACES) and path not in known)


def _uncovered(
    paths: Collection[str], closed: Mapping[str, Mapping[str, Any]], digests: Mapping[str, FileDigest]
) -> Iterator[DefectError]:
    """Those of ``paths`` whose bytes are not the ones that were journalled when they were closed."""
    for path in paths:
        actual, body = digests.get(path), closed.get(path)
        if actual is None:
            yield MissingSegmentError(where=path)
        elif body is None:
            yield OpenSegmentError(where=path)
        elif (actual.sha256, actual.bytes) != (body["sha256"], body["bytes"]):
            yield ChangedSegmentError(differing(body["sha256"], actual.sha256), where=path)


def closings(events: Sequence[JournalEvent]) -> dict[str, Mapping[str, Any]]:
    """Path -> what was journalled when the segment was closed or the document kept; the last word counts."""
    found = {event.body["path"]: event.body for event in events if event.kind in {"segment_closed", "attached"}}
    photos = (event.body.get("photo") for event in events if event.kind == "operator")
    return found | {photo["path"]: photo for photo in photos if photo}


def open_segments(events: Sequence[JournalEvent]) -> tuple[str, ...]:
    """Paths of the segments that were opened and neither closed nor dropped since."""
    return tuple(path for path, kind in _states(events).items() if kind not in _SETTLED)


def dropped_segments(events: Sequence[JournalEvent]) -> frozenset[str]:
    """Paths of the segments that were opened, but never written."""
    return frozenset(path for path, kind in _states(events).items() if kind == "segment_dropped")


def _states(events: Sequence[JournalEvent]) -> dict[str, str]:
    return {event.body["path"]: event.kind for event in events if event.kind in _RECORDED}


def refuse_other_bytes(
    root: Path, events: Sequence[JournalEvent], paths: Collection[str], known: Mapping[str, FileDigest] | None = None
) -> None:
    """Raise the first DefectError unless what is to be judged are plain files whose bytes hash to the journal's digests.

    That is scenario, profile, campaign.json and the recorded ``paths``, all below ``root``. ``known``: digests that were just taken; without them the files are read here.
    """
    began = next((event.body for event in events if event.kind == "campaign_started"), None)
    if began is None:
        raise CutJournalError("campaign_started", where="data/journal.jsonl")
    wanted = [*(path for _, path, _ in _BEGAN_WITH), *paths]
    digests = known if known is not None else hash_files(root, _sizes(root, wanted))
    for error in (*_held(_BEGAN_WITH, began, digests), *_uncovered(paths, closings(events), digests)):
        raise error


def _sizes(root: Path, paths: Collection[str]) -> dict[str, int]:
    """Size of each plain file; LinkError for a link or special file, nothing for what is absent."""
    sizes = ((path, plain_size(root, path)) for path in paths)
    return {path: size for path, size in sizes if size is not None}
