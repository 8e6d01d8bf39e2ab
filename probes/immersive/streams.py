# SPDX-License-Identifier: Apache-2.0
"""What every log of frames becomes: streams of intervals, and everything a reader has to be told about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.kit.unreadable import UnreadableError
from harness.model import Reason
from probes.immersive import WORDS

Floats = npt.NDArray[np.float64]
NOUN = WORDS.text("noun")
LATE = 2.0
"""A frame longer than this many medians (of refresh periods, in a verdict) is a stutter."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The frames of one picture: one process and swap chain, one view, one window.

    ``intervals``: ms between frames, in the order of the log; ``frames``: rows, with those whose interval is not stated.
    ``seconds`` and ``counted``: where a log says frames a second instead, the time each row stands for and its frames.
    ``dropped``: frames that a column of that name tells, None where there is none; ``unseen``: frames whose time on the display
    the log leaves blank, where it has that time of others. ``delays``: from motion to photon, above zero; ``untimed``: rows that should
    state one and do not. ``stamped``: rows have moments of their own, so that a row that is
    there twice would show. ``step``: the last decimal's worth, ms.
    """

    application: str | None
    pid: int | None
    swapchain: str | None
    column: str
    intervals: Floats
    frames: int
    dropped: int | None = None
    seconds: Floats | None = None
    counted: Floats | None = None
    delays: Floats | None = None
    untimed: int = 0
    step: float = 0.0
    unseen: int = 0
    stamped: bool = True

    @property
    def span_s(self) -> float:
        """The time that the frames took."""
        return float(self.intervals.sum()) / 1e3 if self.seconds is None else float(self.seconds.sum())

    @property
    def fps(self) -> float | None:
        """Frames over the time that they took: never a mean of rates."""
        shown = float(self.intervals.size) if self.counted is None else float(self.counted.sum())
        return shown / self.span_s if self.span_s > 0 else None

    def figures(self) -> dict[str, Any]:
        """As ``yanshou analyse frames`` prints them; quantiles by linear interpolation."""
        known = self.intervals
        some = known.size > 0
        p50, p95, p99 = (float(each) for each in np.percentile(known, (50, 95, 99))) if some else (None, None, None)
        return {
            "application": self.application,
            "pid": self.pid,
            "swapchain": self.swapchain,
            "frames": self.frames,
            "interval_column": self.column,
            "n": int(known.size),
            "mean_ms": float(known.mean()) if some else None,
            "p50_ms": p50,
            "p95_ms": p95,
            "p99_ms": p99,
            "max_ms": float(known.max()) if some else None,
            "fps": self.fps,
            "over_twice_median": int((known > LATE * p50).sum()) if p50 is not None else None,
            "dropped": self.dropped,
        }


@dataclass(frozen=True, slots=True)
class FrameLog:
    """One log: its format, its streams in order of appearance, WebRTC figures, what has to be told, what makes it useless."""

    format: str
    streams: Sequence[Stream] = ()
    webrtc: Mapping[str, Any] | None = None
    told: Sequence[Reason] = ()
    invalid: Sequence[Reason] = field(default=())


def refuse(key: str, cure: str, where: str = "", /, **facts: Any) -> UnreadableError:
    """The error under ``key`` of words.toml."""
    return UnreadableError(WORDS.text(key, **facts), cure=cure, where=where)
