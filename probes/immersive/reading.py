# SPDX-License-Identifier: Apache-2.0
"""Any log of frames, known by its content and not by its name."""

from __future__ import annotations

from harness.kit.tables import decoded
from probes.immersive import gfxinfo, overlays, presentmon, webrtc
from probes.immersive.csvs import rows_of
from probes.immersive.streams import NOUN, FrameLog, refuse

MAX_BYTES = 1 << 30


def read(data: bytes, name: str) -> FrameLog:
    """What the log says; UnreadableError with the line where it is not one that is known."""
    if len(data) > MAX_BYTES:
        raise refuse("too-large", "split the recording.", name, gib=MAX_BYTES >> 30)
    if not data.strip():
        raise refuse("no-rows", "record the log again while the application runs.", name)
    if webrtc.is_json(data):
        return webrtc.read(data, name)
    if gfxinfo.is_dump(decoded(data, NOUN, name)):
        return gfxinfo.read(data, name)
    for is_head, reader in ((presentmon.is_head, presentmon.read), (overlays.is_head, overlays.read)):
        rows = rows_of(data, name, is_head)
        if rows is not None:
            return reader(rows)
    raise refuse("unknown", "give the CSV of PresentMon, OVR Metrics Tool or MangoHud, a dump of dumpsys gfxinfo framestats, or snapshots of getStats() in JSON.", name)  # fmt: skip
