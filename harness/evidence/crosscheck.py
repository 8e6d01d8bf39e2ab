# SPDX-License-Identifier: Apache-2.0
"""What the journal says against what lies in the bundle; needs no manifest, no key and no plug-in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.evidence.bag import FileDigest
from harness.evidence.defects import (
    ChangedSegmentError,
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

TRACES = "data/traces/"
_BEGAN_WITH = (
    ("scenario_sha256", "data/scenario.yaml", SwappedScenarioError),
    ("profile_sha256", "data/profile.yaml", SwappedProfileError),
    ("campaign_sha256", "data/campaign.json", EditedCampaignError),
)
_EVALUATED = (
    ("results_sha256", "data/results.json", EditedResultsError),
    ("figures_sha256", "data/figures.json", EditedFiguresError),
)
_RECORDED = frozenset(["segment_opened", "segment_closed", "torn_tail"])


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
    closed = {
        str(event.body.get("path")): event.body for event in events if event.kind in {"segment_closed", "attached"}
    }
    for path, body in closed.items():
        actual = digests.get(path)
        if actual is None:
            yield MissingSegmentError(where=path)
        elif (actual.sha256, actual.bytes) != (body.get("sha256"), body.get("bytes")):
            yield ChangedSegmentError(differing(str(body.get("sha256")), actual.sha256), where=path)
    left_open = open_segments(events)
    yield from (OpenSegmentError(where=path) for path in left_open if path in digests)
    known = {str(event.body.get("path")) for event in events if event.kind in _RECORDED}
    yield from (UnknownSegmentError(where=path) for path in digests if path.startswith(TRACES) and path not in known)


def open_segments(events: Sequence[JournalEvent]) -> tuple[str, ...]:
    """Paths of the segments that were opened and not closed since."""
    states = {str(event.body.get("path")): event.kind for event in events if event.kind in _RECORDED}
    return tuple(path for path, kind in states.items() if kind != "segment_closed")
