# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse frames FILE…``: what logs of frames say, without a campaign and without a verdict."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from harness.kit.files import bytes_of
from probes.immersive.reading import read


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="帧记录：PresentMon、OVR Metrics、MangoHud、dumpsys gfxinfo、getStats() 快照 / a log of frames: PresentMon, OVR Metrics, MangoHud, dumpsys gfxinfo framestats, getStats() snapshots",
    )  # fmt: skip


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints; InstrumentError or UnreadableError where a file cannot be read."""
    return {"kind": "frames", "files": [_entry(path) for path in options.files]}


def _entry(path: Path) -> dict[str, Any]:
    found = read(bytes_of(path), path.name)
    events = [{"code": each.code, "text": each.text.en} for each in (*found.invalid, *found.told)]
    webrtc = {} if found.webrtc is None else {"webrtc": dict(found.webrtc)}
    streams = [each.figures() for each in found.streams]
    return {"path": str(path), "format": found.format, "streams": streams, **webrtc, "events": events}
