# SPDX-License-Identifier: Apache-2.0
"""What a platform's pictures of cameras show: whether they live, are black or stand still, and when a nonce was seen in them. Mergeable."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from harness.kit.lines import Session
from probes.plant.traces.terms import fold
from probes.plant.wire import nonces

LEAST_FRAMES = 10
MOST_BLACK = 0.2
"""Share of the pictures that may be black."""
STILL_NS = 5 * 10**9
"""A picture that is bit for bit the same for longer stands still: the noise of a sensor, or the clock in a corner, changes every second."""
LEAST_CODES = 2
"""Different codes that a living picture shows: a snapshot, renewed now and then or encoded anew, shows one."""
_BACK_NS = 5 * 10**9
"""By how much a picture may go back in the time of its codes; one that goes back further is played again."""
_DARK, _FLAT = 20.0, 5.0
"""Mean and standard deviation of the luminance, of 255, below which a picture is black."""


class Frame(NamedTuple):
    """One picture: ns since 1970 UTC, mean and standard deviation of its luminance, digest of its luminance, texts of codes in it."""

    time_ns: int
    mean: float
    deviation: float
    digest: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Camera:
    """Of one camera: pictures, how many were black, how long they stood still at the longest (ns), how often it was refused.

    ``seen``: (ns, delay in ns after it was shown) of each code of its own; ``foreign``: codes of another camera in its picture;
    ``ahead``: codes of its own of a time that had not come.
    """

    frames: int = 0
    black: int = 0
    still_ns: int = 0
    refused: int = 0
    seen: tuple[tuple[int, int], ...] = ()
    foreign: int = 0
    ahead: int = 0

    def merge(self, other: Self) -> Self:
        """Both stretches."""
        return type(self)(
            self.frames + other.frames,
            self.black + other.black,
            max(self.still_ns, other.still_ns),
            self.refused + other.refused,
            tuple(sorted({*self.seen, *other.seen})),
            self.foreign + other.foreign,
            self.ahead + other.ahead,
        )

    def standing(self, within_ns: int) -> str:
        """``seen`` where the picture lives and shows a code within ``within_ns`` after it was held there; else why not."""
        if self.frames < LEAST_FRAMES:
            return "refused" if self.refused and not self.frames else "no-picture"
        if self.black > MOST_BLACK * self.frames:
            return "black"
        if self.still_ns > STILL_NS:
            return "still"
        if self.foreign:
            return "foreign"
        if self.ahead:
            return "ahead"
        if not self.seen:
            return "unproven"
        if self._goes_back():
            return "looped"
        prompt = {at - delay for at, delay in self.seen if delay <= within_ns}
        if not prompt:
            return "slow"
        return "seen" if len(prompt) >= LEAST_CODES else "once"

    def _goes_back(self) -> bool:
        """Whether a code was seen after a much later one: what a picture showed is shown again."""
        shown = [at - delay for at, delay in self.seen]
        latest = itertools.accumulate(shown, max)
        return any(each < newest - _BACK_NS for each, newest in zip(shown, latest, strict=True))


@dataclass(frozen=True, slots=True)
class Sights:
    """Every camera that was to be watched, by the folded number of its asset; ``damaged``: lines that could not be read."""

    cameras: Mapping[str, Camera] = field(default_factory=dict)
    damaged: int = 0

    @property
    def rows(self) -> tuple[str, ...]:
        """The cameras of which a picture was seen."""
        return tuple(name for name, each in self.cameras.items() if each.frames)

    def merge(self, other: Self) -> Self:
        """Both."""
        names = sorted({*self.cameras, *other.cameras})
        joined = {name: self.cameras.get(name, Camera()).merge(other.cameras.get(name, Camera())) for name in names}
        return type(self)(joined, self.damaged + other.damaged)


def sights(session: Session) -> Sights:
    """What a session of pictures shows; a row that is none counts as damaged."""
    try:
        key = bytes.fromhex(str(session.facts.get("key", "")))
    except ValueError:
        return Sights(damaged=1)
    frames: dict[str, list[Frame]] = {}
    refused: dict[str, int] = {}
    damaged = 0
    for row in session:
        try:
            name = fold(str(row["camera"]))
            if "refused" in row:
                refused[name] = refused.get(name, 0) + 1
            else:
                frames.setdefault(name, []).append(_frame(row))
        except (KeyError, TypeError, ValueError):
            damaged += 1
    declared = session.facts.get("cameras", ())
    names = {*frames, *refused, *(fold(str(each)) for each in declared if isinstance(declared, (list, tuple)))}
    found = {name: _camera(name, frames.get(name, ()), refused.get(name, 0), key) for name in sorted(names)}
    return Sights(found, damaged + session.damaged)


def _frame(row: Mapping[str, Any]) -> Frame:
    mean, deviation = float(row["mean"]), float(row["deviation"])
    if not (0 <= mean <= 255 and 0 <= deviation <= 255):
        msg = "no luminance"
        raise ValueError(msg)
    return Frame(int(row["t"]), mean, deviation, str(row["digest"]), tuple(map(str, row["codes"])))


def _camera(name: str, frames: Iterable[Frame], refused: int, key: bytes) -> Camera:
    ordered = sorted(frames)
    black = sum(each.mean < _DARK and each.deviation < _FLAT for each in ordered)
    still, since = 0, ordered[0].time_ns if ordered else 0
    for before, after in itertools.pairwise(ordered):
        since = since if before.digest == after.digest else after.time_ns
        still = max(still, after.time_ns - since)
    seen, foreign, ahead = [], 0, 0
    for each in ordered:
        for text in each.codes:
            told = nonces.shown(key, text) if key else None
            if told is None:
                continue
            if fold(told[0]) != name:
                foreign += 1
            elif told[1] > each.time_ns:
                ahead += 1
            else:
                seen.append((each.time_ns, each.time_ns - told[1]))
    return Camera(len(ordered), black, still, refused, tuple(seen), foreign, ahead)
