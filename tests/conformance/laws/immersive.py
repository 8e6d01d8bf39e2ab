# SPDX-License-Identifier: Apache-2.0
"""Of frames, points and visits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.conformance.examples import immersive as examples
from tests.conformance.laws.law import P99, Law, Part, recorded
from tests.probes.immersive import visited
from tests.probes.immersive.made import presentmon


def frames() -> Iterator[Law]:
    def part(log: str) -> Part:
        return recorded("immersive.frames", log.encode(), examples.FRAMES)

    good = [part(presentmon([13.0] * 200))]
    bad = {
        "a point that is slow": part(presentmon([40.0] * 200)),
        "frames without their time": part(presentmon([13.0] * 200).replace(",13.0000\n", ",NA\n")),
        "rows that were taken out": part("".join(presentmon([13.0] * 200).splitlines(keepends=True)[:50:3])),
    }
    yield Law("immersive.frame-time", "quantile", "<= 20 ms", good, bad, P99)
    yield Law("immersive.frame-time", "share-within", ">= 90 %", good, bad, {"rate": "72 Hz"})
    yield Law("immersive.stutter", "ratio", "<= 1 %", good, bad, {"periods": 2})
    head, row = "Time Stamp,average_frame_rate,average_prediction_milliseconds\n", "{0}000,72,{1}\n"
    quick, slow = (head + "".join(row.format(at, ms) for at in range(200)) for ms in (12, 45))
    bad = {"a point that is slow": part(slow), "a log without the delay": part(presentmon([13.0] * 200))}
    yield Law("immersive.motion-to-photon", "quantile", "<= 20 ms", [part(quick)], bad, {"q": "95 %"})


def points() -> Iterator[Law]:
    def part(**given: Any) -> Part:
        return lambda folder: examples.registered_points(folder, **given)

    bad = {
        "one photograph for two": part(count=4, defects=["same-photo"]),
        "one log for two": part(count=4, defects=["same-log"]),
        "a photograph without its moment": part(count=4, defects=["undated"]),
        "a photograph without its place": part(count=4, defects=["unplaced"]),
        "a point that never ran": part(count=4, defects=["idle"]),
        "sessions of another point": part(count=4, defects=["copied"]),
    }
    yield Law("immersive.points", "count", ">= 5 个", [part(count=5)], bad, {"operated": "40 h"}, instead=True)


def visits() -> Iterator[Law]:
    def part(rows: Sequence[Mapping[str, Any]], kind: str = "xr") -> Part:
        return recorded("immersive.visits", visited.trace(rows, kind), examples.VISITED)

    five, four = visited.rounds(), visited.rounds(points=4)
    black = {**visited.EYE, "mean": 0.0, "deviation": 0.0}
    dead = {"left": visited.HAND, "right": {"handled": 0, "errors": 0, "changed": 0.0}}
    copied = visited.visit("P5", 9)
    copied["requests"] = [
        {**each, "sha256": own["sha256"]}
        for each, own in zip(copied["requests"], visited.visit("P1")["requests"], strict=True)
    ]
    bad = {
        "a fifth that is black": part([*four, visited.visit("P5", 9, xr=visited.session(eyes=[black, black]))]),
        "a fifth with a dead hand": part([*four, visited.visit("P5", 9, xr=visited.session(hands=dead))]),
        "a fifth that answers 503": part([*four, visited.visit("P5", 9, status=503)]),
        "a fifth that failed once": part([*five, visited.visit("P5", 99, refused="net::ERR_CONNECTION_RESET")]),
        "the first under another address": part([*four, copied]),
        "a fifth whose line is damaged": part([*four, visited.visit("P5", 9, paint_ms="soon")]),
    }
    yield Law("immersive.live", "count", ">= 5 个", [part(five)], bad, instead=True)
    bad = {
        "a point that is slow": part(visited.rounds(1, 20, long_tasks=[[160.0, 900.0]]), "web"),
        "a point that never rests": part(visited.rounds(1, 20, watched_ms=900.0), "web"),
        "a point that could not be opened": part(visited.rounds(1, 20, refused="net::ERR_FAILED"), "web"),
    }
    once = {"q": "95 %", "quiet": "5 s"}
    yield Law(
        "immersive.interactive", "quantile", "<= 500 ms", [part(visited.rounds(1, 20), "web")], bad, once, instead=True
    )
