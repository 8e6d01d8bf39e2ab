# SPDX-License-Identifier: Apache-2.0
"""The runs of one campaign, one after the other: idle, the steps up to the declared rate, and performance at that rate. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probes.network.traces.conditions import IDLE, LOAD, step

if TYPE_CHECKING:
    from probes.network.plans.active import PacketSettings

SETTLE_NS = 1_000_000_000
"""Between the last reply of one run and the start of the next."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A run over all targets: what its trace calls it, begin (ns after the campaign's), length in ns, packets (0: by length), load."""

    condition: str
    start_ns: int
    length_ns: int
    count: int = 0
    load_bit_s: int = 0

    @property
    def stop_ns(self) -> int:
        """When the last packet is due."""
        return self.start_ns + self.length_ns


def phases(settings: PacketSettings) -> tuple[Phase, ...]:
    """Without a load a single one. With it idle first, then the configuration run step by step, then the run under load."""
    return tuple(_placed(settings))


def rates(settings: PacketSettings) -> list[int]:
    """The background bit/s of the steps: equal ones, the last at the declared rate."""
    return [settings.load_bit_s * number // settings.load_steps for number in range(1, settings.load_steps + 1)]


def _placed(settings: PacketSettings) -> Iterator[Phase]:
    total, count, at = settings.total_ns, settings.count or 0, 0
    if not settings.load_bit_s:
        yield Phase("", at, total, count)
        return
    yield Phase(IDLE, at, total, count)
    pause = settings.waiting_ns + SETTLE_NS
    at += total + pause
    for number, rate in enumerate(rates(settings), start=1):
        yield Phase(step(number), at, settings.step_ns, 0, rate)
        at += settings.step_ns + pause
    yield Phase(LOAD, at, total, count, settings.load_bit_s)
