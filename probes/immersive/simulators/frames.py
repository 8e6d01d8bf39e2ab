# SPDX-License-Identifier: Apache-2.0
"""Logs of frames as PresentMon writes them, from intervals that are stated: the rate of a display, and a stutter now and then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import Field

from harness.kit.settings import Settings

_HEAD = "Application,ProcessID,SwapChainAddress,Runtime,SyncInterval,PresentFlags,Dropped,TimeInSeconds,msInPresentAPI,msBetweenPresents"


class FramesSettings(Settings):
    """Three recordings of one application, and four minutes of its headset's runtime."""

    rate: Annotated[int, Field(ge=1, le=1000)] = Field(72, description="frames a second of the display.")
    frames: Annotated[int, Field(ge=1, le=1_000_000)] = Field(4_000, description="frames of each recording.")
    every: Annotated[int, Field(ge=0)] = Field(500, description="one frame of so many takes three periods; 0: none.")


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``one``, ``two`` and ``three``, the file of each recording, and ``runtime``, the log of a headset's own runtime."""
    settings = FramesSettings.parse(config)
    with TemporaryDirectory(prefix="yanshou-frames-") as name:
        found = {}
        for number, key in enumerate(("one", "two", "three")):
            path = Path(name) / f"headset-{number + 1}.csv"
            path.write_text(log(settings, number), encoding="utf-8")
            found[key] = str(path)
        path = Path(name) / "runtime.csv"
        path.write_text(runtime(settings), encoding="utf-8")
        yield {**found, "runtime": str(path)}


def log(settings: FramesSettings, number: int) -> str:
    """One recording; another ``number``, other jitter."""
    period, at, rows = 1000 / settings.rate, 0.0, [_HEAD]
    for frame in range(1, settings.frames + 1):
        jitter = ((frame * 7919 + number * 104_729) % 101 - 50) / 50 * 0.01 * period - 0.02 * period
        late = settings.every and (frame + number * 37) % settings.every == 0
        interval = round(3 * period if late else period + jitter, 4)
        at += interval
        rows.append(f"viewer.exe,{7 + number},0x0A,DXGI,1,0,0,{at / 1e3:.7f},0.1,{interval:.4f}")
    return "\n".join(rows) + "\n"


def runtime(settings: FramesSettings) -> str:
    """A row a second as OVR Metrics Tool writes it, with the delay to the photon that the runtime predicted."""
    rows = ["Time Stamp,average_frame_rate,stale_frame_count,average_prediction_milliseconds"]
    rows += [
        f"{second * 1000},{settings.rate - second % 2},{second % 3},{14 + second * 7919 % 37 / 10:.1f}"
        for second in range(240)
    ]
    return "\n".join(rows) + "\n"
