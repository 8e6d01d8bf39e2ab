# SPDX-License-Identifier: Apache-2.0
"""Records of visits made by construction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

HARDWARE = "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Direct3D11 vs_5_0 ps_5_0, D3D11)"
SOFTWARE = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)"
HAND = {"handled": 2, "errors": 0, "changed": 0.04}
EYE = {"mean": 110.0, "deviation": 30.0, "digest": "a"}


def session(xr: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What became of a session; ``more``: what is otherwise."""
    return {
        "button": True, "refused": [], "mode": "immersive-vr", "least": 2, "most": 2, "errors": [], "ended": False,
        "stamps_ms": [16.7 * at for at in range(60)], "eyes": [EYE, {**EYE, "digest": "b"}], "idle": [0, 0, 0],
        "hands": {"left": HAND, "right": HAND}, **(xr or {}), **more,
    }  # fmt: skip


def visit(point: str = "P1", number: int = 0, **more: Any) -> dict[str, Any]:
    """A visit in order; ``more``: what is otherwise."""
    url = f"http://site.example/{point}/"
    requests = [
        {"url": url, "type": "document", "start_ms": 1.0, "end_ms": 20.0, "status": 200, "sha256": f"page {point}"},
        {"url": f"{url}scene.json", "type": "fetch", "start_ms": 60.0, "end_ms": 90.0, "status": 200, "sha256": point},
    ]
    return {
        "t": 1_700_000_000_000_000_000 + number * 10**10, "point": point, "turn": 1, "url": url, "status": 200,
        "final": url, "paint_ms": 150.0, "ready_ms": 120.0, "loaded_ms": 140.0, "watched_ms": 6300.0,
        "long_tasks": [[160.0, 80.0]], "frames_ms": [10.0 * at for at in range(630)], "renderer": HARDWARE,
        "requests": requests, "unlisted": 0, "errors": [], "console": [],
        "picture": {"mean": 90.0, "deviation": 40.0, "digest": "d", "sha256": "e"}, **more,
    }  # fmt: skip


def trace(rows: Sequence[Mapping[str, Any]], kind: str = "xr", **facts: Any) -> bytes:
    """The trace of these visits; each point is of ``kind``."""
    points = {row["point"]: {"url": row["url"], "kind": kind} for row in rows}
    head = {
        "format": "yanshou.visits/1",
        "browser": "Chromium 140",
        "points": points,
        "hosts": [],
        "device": "screen",
        **facts,
    }
    made = [{**row, "xr": session()} if kind == "xr" and "xr" not in row else row for row in rows]
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in (head, *made)).encode()


def rounds(points: int = 5, times: int = 3, **more: Any) -> list[dict[str, Any]]:
    """So many visits to so many points, all in order."""
    return [visit(f"P{at}", turn * points + at, **more) for turn in range(times) for at in range(1, points + 1)]
