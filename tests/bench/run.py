# SPDX-License-Identifier: Apache-2.0
"""Measures the speed bars: ``make bench``, or ``python -m tests.bench.run WORD…`` for those whose name has a WORD in it.

A module ``bench_*.py`` beside this one has ``benches() -> list[Bench]``. Ours and the peer's work are called in turn,
round by round, so that both meet the same machine; the best round of each counts. Prints one table, writes nothing.
Exit code 1 when a bar is missed, 2 when no name has any of the words.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

ROUNDS, SECONDS = 25, 10.0


class Bench(NamedTuple):
    """One bar: ``ours`` handles ``amount`` ``unit`` a call, ``peer`` does the same work another way.

    ``floor``: units a second that ours must reach; ``ratio``: how many times faster than the peer it must be.
    ``cpu``: both work in this thread alone, so its CPU time counts instead of the wall's: others may use the machine too.
    ``share``: the part of the amount that the peer does, when all of it would take too long.
    ``figure``: ``larger`` or ``smaller`` is better, and both return the figure themselves instead of being timed; ``most``:
    what ours may be at most, and ``ratio`` how many times better it must be.
    """

    name: str
    ours: Callable[[], Any]
    peer: Callable[[], Any] | None
    bar: str
    amount: float = 1.0
    unit: str = "calls"
    floor: float = 0.0
    ratio: float = 0.0
    cpu: bool = False
    share: float = 1.0
    figure: str = ""
    most: float = float("inf")


class Measured(NamedTuple):
    """Units a second of both, and whether the bar holds."""

    ours: float
    peer: float | None
    holds: bool


def measure(bench: Bench) -> Measured:
    """Best of at least three interleaved rounds, up to ``ROUNDS`` within about ``SECONDS``; a round gives both the same time."""
    if bench.figure:
        return compare(bench)
    bench.ours()  # compile, warm the caches
    ours = peer = float("inf")
    begun = time.perf_counter()
    for done in range(ROUNDS):
        spent = _timed(bench.peer, bench.cpu) if bench.peer is not None else 0.0
        peer = min(peer, spent or peer)
        while True:
            seconds = _timed(bench.ours, bench.cpu)
            ours, spent = min(ours, seconds), spent - seconds
            if spent < seconds:
                break
        if done >= 2 and time.perf_counter() - begun > SECONDS:
            break
    rate, theirs = bench.amount / ours, None if bench.peer is None else bench.share * bench.amount / peer
    return Measured(rate, theirs, rate >= bench.floor and (theirs is None or rate >= bench.ratio * theirs))


def compare(bench: Bench) -> Measured:
    """The best figure of each in at least three interleaved rounds, until the bar holds or about ``SECONDS`` are over."""
    best = min if bench.figure == "smaller" else max
    ours: list[float] = []
    theirs: list[float] = []
    begun = time.perf_counter()
    for done in range(ROUNDS):
        ours.append(float(bench.ours()))
        theirs += [float(bench.peer())] if bench.peer is not None else []
        mine, peer = best(ours), best(theirs) if theirs else None
        better = peer is None or (mine * bench.ratio <= peer if best is min else mine >= bench.ratio * peer)
        holds = better and bench.floor <= mine <= bench.most
        if done >= 2 and (holds or time.perf_counter() - begun > 3 * SECONDS):
            break
    return Measured(mine, peer, holds)


def found(words: Iterable[str]) -> list[Bench]:
    """The benches of every bench_*.py beside this module whose name contains one of ``words`` (all without words)."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    benches = [bench for name in modules for bench in import_module(f"tests.bench.{name}").benches()]
    wanted = list(words)
    return [bench for bench in benches if not wanted or any(word in bench.name for word in wanted)]


def main(words: list[str]) -> int:
    """Measure and print."""
    benches = found(words)
    if not benches:
        print(f"No bench has {' or '.join(map(repr, words))} in its name.", file=sys.stderr)
        return 2
    missed = 0
    print(f"{'what':<44}{'ours':>12}{'peer':>12}{'ratio':>8}  bar")
    for bench in benches:
        seen = measure(bench)
        missed += not seen.holds
        peer = "" if seen.peer is None else _short(seen.peer)
        ratio = "" if seen.peer is None else f"{_better(bench, seen.ours, seen.peer):.1f}"
        mark = "ok" if seen.holds else "MISSED"
        print(
            f"{bench.name:<44}{_short(seen.ours):>12}{peer:>12}{ratio:>8}  {mark}: {bench.bar} [{bench.unit}{'' if bench.figure else '/s'}]",
            flush=True,
        )
    return 1 if missed else 0


def _timed(work: Callable[[], Any], cpu: bool) -> float:
    clock = time.thread_time if cpu else time.perf_counter
    begun = clock()
    work()
    return clock() - begun


def _better(bench: Bench, ours: float, peer: float) -> float:
    return peer / ours if bench.figure == "smaller" else ours / peer


def _short(rate: float) -> str:
    unit, size = next(((name, size) for name, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)) if rate >= size), ("", 1.0))
    return f"{rate / size:.3g} {unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
