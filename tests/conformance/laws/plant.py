# SPDX-License-Identifier: Apache-2.0
"""Of assets of a plant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.examples.network import BROKER
from tests.conformance.laws.law import Law, Part, recorded
from tests.probes.plant import plants


def assets() -> Iterator[Law]:
    """Of assets: those of a register are its parts, so further registers and sources stand beside the good ones."""

    def part(kind: str, data: bytes, **more: Any) -> Part:
        return recorded(f"plant.{kind}", data, {"file": f"{kind}.csv", **more})

    def broker(data: bytes) -> Part:
        return recorded("plant.mqtt", data, BROKER)

    register, silent = part("assets", plants.register(8)), part("assets", plants.register(8, first=9))
    unread = {"bytes that are no register": part("assets", b"no register at all\n"), "assets that do nothing": silent}
    heard = unread | {
        "a session that heard nothing": broker(plants.messages(0)),
        "bytes that are no session": broker(b"no session at all\n"),
    }
    good = [register, broker(plants.messages(8))]
    yield Law("plant.networked", "share", ">= 85 %", good, heard)
    more = heard | {"messages that the broker kept": broker(plants.messages(1, first=9, retained=True))}
    yield Law("plant.devices", "distinct", ">= 8 台套", good, more, raised=">= 9 台套")
    yield Law("plant.terminals", "count", ">= 8 个", good, more, raised=">= 9 个")
    shown = [register, part("markers", plants.markers(8)), part("screen", plants.screen(8))]
    cameras = {
        what: recorded("plant.camera", data, plants.CAMERAS)
        for what, data in {
            "a black camera": plants.pictures("A1", mean=2.0),
            "a camera without a picture": plants.pictures("A1", count=0),
            "a camera of nobody, without a picture": plants.pictures("X1", count=0),
        }.items()
    }
    yield Law("plant.visualised", "share", ">= 95 %", shown, unread | cameras)
    drill = [register, part("events", plants.events(8)), part("alarms", plants.alarms(8))]
    missed = {"an event that nobody noticed": part("events", plants.events(1, first=3, at_s=9_000))}
    yield Law("plant.alarm", "share", ">= 90 %", drill, unread | missed)
