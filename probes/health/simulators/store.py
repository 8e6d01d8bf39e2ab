# SPDX-License-Identifier: Apache-2.0
"""What a simulated hospital does with the records it is sent: keeps them, and with a stated number of them something else."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.kit.settings import DurationS, Settings, wrong

_MOST = 100_000
_Count = Annotated[int, Field(ge=0, le=_MOST)]


class HospitalSettings(Settings):
    """How many records of each carrier meet with which fault, and when the hospital is out of reach."""

    count: Annotated[int, Field(ge=1, le=_MOST)] = Field(
        300, title="每种传输方式预计的记录数。", description="how many records a carrier brings."
    )
    lost: _Count = Field(0, title="确认后丢弃的条数。", description="how many are acknowledged and thrown away.")
    doubled: _Count = Field(0, title="存了两遍的条数。", description="how many are kept twice.")
    altered: _Count = Field(0, title="改动一个字符的条数。", description="how many are kept with a character changed.")
    late: _Count = Field(0, title="迟迟才可检索的条数。", description="how many are found only later.")
    late_by: DurationS = Field(Fraction(3), title="迟多久。", description="how much later.")
    outage_after: _Count = Field(
        0, title="收到多少条后中断。", description="after how many records it is out of reach."
    )
    outage: DurationS = Field(Fraction(0), title="中断多久。", description="for how long it is out of reach.")
    patients: Annotated[int, Field(ge=1, le=99)] = Field(
        5, title="测试患者人数。", description="how many test patients."
    )
    page: Annotated[int, Field(ge=1, le=1000)] = Field(
        50, title="清单每页条数。", description="entries of a page of its list."
    )
    seed: int = Field(1, title="随机种子。", description="seed of the draw of records.")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.lost + self.doubled + self.altered + self.late > self.count:
            raise wrong("More records meet with a fault than there are.", "raise count:.", "count")
        return self


@dataclass(slots=True)
class Kept:
    """A record as it is kept: under which handle, and from when on it is found."""

    handle: str
    body: bytes
    from_s: float = 0.0

    @property
    def there(self) -> bool:
        """Whether it is found by now."""
        return time.monotonic() >= self.from_s


@dataclass(slots=True)
class Store:
    """The records of one carrier; the number of a record is that of its first arrival."""

    settings: HospitalSettings
    kept: list[Kept] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    out_until_s: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw which records meet with a fault."""
        given = self.settings
        names = [name for name in ("lost", "doubled", "altered", "late") for _ in range(getattr(given, name))]
        drawn = random.Random(given.seed).sample(range(given.count), len(names))
        self.faults = dict(zip(drawn, names, strict=True))

    @property
    def out(self) -> bool:
        """Whether the hospital is out of reach now."""
        return time.monotonic() < self.out_until_s

    def take(self, name: str, body: bytes) -> bool:
        """Keep a record under its name; False when it was there. The outage begins after the stated number."""
        with self.lock:
            if name in self.known:
                return False
            number = len(self.known)
            self.known.add(name)
            self._keep(name, body, self.faults.get(number, ""))
            if self.settings.outage and number + 1 == self.settings.outage_after:
                self.out_until_s = time.monotonic() + float(self.settings.outage)
            return True

    def found(self) -> list[Kept]:
        """What is found now."""
        with self.lock:
            return [each for each in self.kept if each.there]

    def _keep(self, name: str, body: bytes, fault: str) -> None:
        if fault == "lost":
            return
        if fault == "altered":
            body = body.replace(b"TEST RECORD", b"TEST RECORE")
        later = time.monotonic() + float(self.settings.late_by) if fault == "late" else 0.0
        self.kept.append(Kept(name, body, later))
        if fault == "doubled":
            self.kept.append(Kept(f"{name}-copy", body))
