# SPDX-License-Identifier: Apache-2.0
"""Simulated assets: which of them misbehave and how, what each says at a time, and the tables that go with them. No clock, no socket."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from harness.kit import draw
from harness.kit.settings import Cure, In, Settings, wrong
from probes.plant.simulators import encoding

_MOST = 20_000
_Count = Annotated[int, Field(ge=0, le=_MOST), Cure(f"use 0 to {_MOST}.")]
FAULTS = ("silent", "stale", "frozen", "retained", "alive")
_KINDS = ("压力变送器", "温度传感器", "气体探测器", "PLC", "变频器")
_DRILL_NS = 1_700_000_000_000_000_000
_CONTROLS = 5
"""Quiet controls that every drill has: those that a verdict takes."""
_GROUP, _NODE = "SIM", "edge1"
_SIDES = ("applicant", "office")


class PlantSettings(Settings):
    """How many assets there are, and how many of them misbehave."""

    count: Annotated[int, Field(ge=1, le=_MOST), Cure(f"use 1 to {_MOST}.")] = Field(60, description="how many assets.")
    silent: _Count = Field(0, description="how many never say anything.")
    stale: _Count = Field(0, description="how many stop after their first values.")
    frozen: _Count = Field(0, description="how many repeat one value for ever.")
    retained: _Count = Field(0, description="how many are only known by messages that the broker kept.")
    alive: _Count = Field(0, description="how many only say that they are alive.")
    unalarmed: _Count = Field(0, description="how many critical assets bring no alarm, or a late one.")
    unseen: _Count = Field(0, description="how many the platform does not show.")
    period_s: Annotated[Fraction, In("s", "10 ms", "1 h"), Cure("write period: 1 s.")] = Field(
        Fraction(1), alias="period", description="how often each says its value, like 1 s."
    )
    sparkplug: bool = Field(True, description="whether a quarter of them speak Sparkplug B.")
    drawn: _Count = Field(
        0, description="how many rows of the register a simulated public draw takes; 0: there is no draw."
    )
    seed: int = Field(1, description="which of them misbehave.")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if sum(getattr(self, each) for each in FAULTS) > self.count:
            raise wrong("More assets misbehave than there are.", f"let them add up to at most {self.count}.", "silent")
        if self.drawn > self.count:
            raise wrong("More assets are drawn than there are.", f"draw at most {self.count}.", "drawn")
        return self


@dataclass(frozen=True, slots=True)
class Device:
    """One asset: its number, its topic, what is wrong with it (empty: nothing), whether it is critical and speaks Sparkplug."""

    index: int
    number: str
    topic: str
    fault: str
    key: bool
    sparkplug: bool

    def value(self, step: int) -> float:
        """What it measures at a step of its period."""
        at = 0 if self.fault == "frozen" else step
        return round(20 + self.index % 7 + 3 * math.sin(0.7 * at + self.index), 3)

    def speaks(self, step: int) -> bool:
        """Whether it says something live at a step."""
        return self.fault not in {"silent", "retained"} and (self.fault != "stale" or step < 2)

    def payload(self, step: int, time_ms: int) -> bytes:
        """What it says, plain."""
        said = {"status": "online"} if self.fault == "alive" else {"value": self.value(step)}
        return json.dumps({"ts": time_ms, **said}).encode()


def devices(settings: PlantSettings) -> list[Device]:
    """All assets, those that misbehave drawn by the seed."""
    draw = random.Random(settings.seed)
    faults = [each for each in FAULTS for _ in range(getattr(settings, each))]
    faults += [""] * (settings.count - len(faults))
    draw.shuffle(faults)
    found = []
    for index, fault in enumerate(faults):
        own = settings.sparkplug and index % 4 == 3 and fault not in {"retained", "alive"}
        number = f"SIM-{index + 1:05d}"
        topic = f"spBv1.0/{_GROUP}/DDATA/{_NODE}/{number}" if own else f"sim/line{index % 8 + 1}/{number}"
        found.append(Device(index, number, topic, fault, index % 3 == 0, own))
    return found


@dataclass(slots=True)
class Edge:
    """The edge node of the devices that speak Sparkplug: its sequence number."""

    sequence: int = 0

    def births(self, fleet: Sequence[Device], time_ms: int) -> Iterator[bytes]:
        """The births of the node and of its devices, as packets of MQTT."""
        self.sequence = 0
        metrics = [encoding.metric("bdSeq", 0), encoding.metric("node/uptime", 0)]
        yield encoding.publish(f"spBv1.0/{_GROUP}/NBIRTH/{_NODE}", encoding.payload(time_ms, metrics, self._next()))
        for each in fleet:
            if each.sparkplug and each.fault != "silent":
                topic = f"spBv1.0/{_GROUP}/DBIRTH/{_NODE}/{each.number}"
                born = [encoding.metric("value", each.value(0), alias=each.index)]
                yield encoding.publish(topic, encoding.payload(time_ms, born, self._next()))

    def data(self, device: Device, step: int, time_ms: int) -> bytes:
        """A device's value by its alias."""
        value = encoding.metric("", device.value(step), alias=device.index)
        return encoding.publish(device.topic, encoding.payload(time_ms, [value], self._next()))

    def _next(self) -> int:
        found, self.sequence = self.sequence, (self.sequence + 1) % 256
        return found


def said(fleet: Sequence[Device], edge: Edge, step: int, time_ms: int) -> Iterator[bytes]:
    """Everything that is published at a step."""
    for each in fleet:
        if each.speaks(step):
            yield (
                edge.data(each, step, time_ms)
                if each.sparkplug
                else encoding.publish(each.topic, each.payload(step, time_ms))
            )


def kept(fleet: Sequence[Device], time_ms: int) -> Iterator[bytes]:
    """What the broker has kept from before."""
    for each in fleet:
        if each.fault == "retained":
            yield encoding.publish(each.topic, each.payload(0, time_ms), retain=True)


def tables(settings: PlantSettings, fleet: Sequence[Device]) -> dict[str, str]:
    """register, events, alarms, markers and screen as CSV; the platform calls every asset online."""
    dice = random.Random(settings.seed + 1)
    period = f"{float(settings.period_s):g}"
    register = [(d.number, _KINDS[d.index % 5], "是" if d.key else "否", d.topic, period) for d in fleet]
    key = [each for each in fleet if each.key]
    missed = {each.number for each in dice.sample(key, min(len(key), settings.unalarmed))}
    events, alarms = [], []
    moment = _DRILL_NS // 10**6
    for place, each in enumerate(dice.sample(key, len(key))):
        moment += dice.randint(6_000, 60_000)
        quiet = dice.random() < 0.2 or place < _CONTROLS
        if quiet:
            events.append((each.number, moment, "静默对照"))
            moment += dice.randint(6_000, 60_000)
        events.append((each.number, moment, "注入"))
        late = each.number in missed and dice.random() < 0.5
        if each.number not in missed or late:
            alarms.append((each.number, moment + dice.randint(80, 1_900) + 20_000 * late, "高"))
    hidden = {each.number for each in dice.sample(list(fleet), min(len(fleet), settings.unseen))}
    markers, screen = [], []
    for each in fleet:
        at, value = _DRILL_NS // 10**6 + dice.randint(0, 600_000), dice.randint(1_000, 9_999) / 10
        markers.append((each.number, at, value))
        screen.append((each.number, at - 5_000, each.value(0), "在线"))
        if each.number not in hidden:
            screen.append((each.number, at + dice.randint(200, 3_000), value, "在线"))
    return {
        "register": _csv(("资产编号", "设备类型", "关键设备", "MQTT主题", "上报周期(s)"), register),
        "events": _csv(("资产编号", "注入时刻(ms)", "类型"), events),
        "alarms": _csv(("资产编号", "告警时刻(ms)", "级别"), alarms),
        "markers": _csv(("资产编号", "设置时刻(ms)", "标记值"), markers),
        "screen": _csv(("资产编号", "显示时刻(ms)", "显示值", "在线状态"), screen),
    }


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue()


def protocol(settings: PlantSettings, register: str) -> bytes:
    """The protocol of a public draw over the rows of ``register``: nobody met, so that both sides' values say SIMULATED."""
    digest = hashlib.sha256(register.encode()).hexdigest()
    values = {
        party: f"SIMULATED-{hashlib.sha256(f'{party} {settings.seed}'.encode()).hexdigest()[:32]}" for party in _SIDES
    }
    sealed = {"schema": draw.SCHEMA, "list": "SIMULATED register", "list_sha256": digest, "population": settings.count}
    steps = [("sealed", {**sealed, "sizes": [settings.drawn], "parties": list(_SIDES)})]
    for party, value in values.items():
        promised = draw.commitment(digest, 1, party, value)
        steps.append(("committed", {"party": party, "round": 1, "commitment": promised}))
    steps += [("revealed", {"party": party, "round": 1, "value": value}) for party, value in values.items()]
    written = b""
    for minute, (kind, body) in enumerate(steps):
        before = draw.read_steps(written) if written else ()
        written += draw.next_line(before, _DRILL_NS - 86_400 * 10**9 + 60 * 10**9 * minute, kind, body)
    return written
