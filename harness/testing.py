# SPDX-License-Identifier: Apache-2.0
"""Conformance kit for authors of probes: call :func:`check_probe` from a test with a small recorded trace.

It asserts what the engine relies on: purity, merging in any order, chunks that stand alone, a torn tail
that is cut to whole records, and both languages wherever a person reads.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import islice, permutations
from pathlib import Path
from typing import Any

from harness.model import Text
from harness.plugins import Context, Probe, Trace

ORDERS = 24
"""How many orders of the chunks are tried: all of them for up to four chunks."""


def check_probe(probe: Probe, trace: Trace, context: Context, scratch: Path) -> None:
    """Assert the house rules for ``probe`` on ``trace``; AssertionError names the rule that is broken.

    ``scratch`` is an empty folder for torn copies of the trace's first segment.
    """
    check_words(probe)
    check_merging(probe, trace, context)
    check_torn_tail(probe, trace.segments[0], scratch)


def check_words(probe: Probe) -> None:
    """Name, version, title and measurands are filled in and look alike across probes."""
    domain, _, kind = probe.name.partition(".")
    assert domain, f"{probe.name!r} is not domain.kind"
    assert kind, f"{probe.name!r} is not domain.kind"
    assert probe.version, "a probe has a version: it is part of the evidence"
    assert_both(probe.title, "title")
    for measurand in probe.measurands:
        assert "." in measurand, f"{measurand!r} is not domain.noun"
    assert not probe.extension.startswith("."), "the extension has no dot"


def assert_both(text: Text, what: str) -> None:
    """Both languages are there, and the Chinese one is Chinese."""
    assert text.en.strip(), f"{what} lacks English"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh), f"{what} lacks Chinese"


def check_merging(probe: Probe, trace: Trace, context: Context) -> None:
    """Same bytes, same summary; any order of merging, equal summaries; summaries travel to workers and back."""
    chunks = list(probe.chunks(trace))
    assert chunks, "a trace with segments has chunks"
    assert pickle.dumps(chunks), "chunks travel to workers"
    summaries = [probe.summarise(chunk, context) for chunk in chunks]
    again = [probe.summarise(chunk, context) for chunk in reversed(chunks)][::-1]
    assert _same(summaries, again), "summarise is not pure: a second call differs"
    travelled = [pickle.loads(pickle.dumps(each)) for each in summaries]  # noqa: S301 - our own bytes
    whole = _merged(summaries)
    for order in islice(permutations(range(len(chunks))), ORDERS):
        assert _same([whole], [_merged([travelled[index] for index in order])]), f"merging in order {order} differs"


def check_torn_tail(probe: Probe, segment: Path, scratch: Path) -> None:
    """``whole`` keeps a whole segment, never grows one, and is settled after one cut."""
    data = segment.read_bytes()
    assert probe.whole(segment) == len(data), "a whole segment loses bytes"
    for cut in _cuts(len(data)):
        torn = scratch / f"{cut}.{probe.extension}"
        torn.write_bytes(data[:cut])
        kept = probe.whole(torn)
        assert 0 <= kept <= cut, f"cut at {cut}: {kept} bytes kept"
        torn.write_bytes(data[:kept])
        assert probe.whole(torn) == kept, f"cut at {cut}: a second look cuts again"


def _cuts(length: int) -> Iterator[int]:
    """About forty places over the whole length, and the last bytes one by one."""
    yield from sorted({length * step // 37 for step in range(37)} | set(range(max(0, length - 8), length)))


def _merged(summaries: Sequence[Any]) -> Any:
    return reduce(lambda left, right: left.merge(right), summaries)


def _same(left: Sequence[Any], right: Sequence[Any]) -> bool:
    """Equal by ``canonical_bytes()`` where a summary offers it, else by ``==``."""
    return all(
        one.canonical_bytes() == other.canonical_bytes() if hasattr(one, "canonical_bytes") else one == other
        for one, other in zip(left, right, strict=True)
    )
