# SPDX-License-Identifier: Apache-2.0
"""Settings of a data centre's tables: where IT energy is read, how good the meters are, how many racks there are."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.periods import PeriodText
from harness.kit.settings import Criterial, DurationNs, FileName, Settings, Several, Share, wrong
from harness.spec.written import Line

_FIVE = 5
Category = Literal["PUE1", "PUE2", "PUE3"]


class MetersSettings(Settings):
    """Base: the meters of total input and IT equipment."""

    file: FileName = Field(title="电量或工况表，CSV 或 XLSX。", description="the table, CSV or XLSX.")
    category: Annotated[Category, Criterial()] = Field(
        title="测量类别（ISO/IEC 30134-2）：PUE1（UPS 输出）、PUE2（PDU 输出）、PUE3（IT 输入）。",
        description="category of ISO/IEC 30134-2: PUE1 (IT read at the UPS output), PUE2 (PDU output), PUE3 (IT input).",
    )
    total_class: Annotated[Share | None, Criterial()] = Field(
        None, title="总表准确度等级，如 0.5 %。", description="accuracy class of the total's meter, like 0.5 %."
    )
    it_class: Annotated[Share | None, Criterial()] = Field(
        None, title="IT 表准确度等级，如 1 %。", description="accuracy class of the IT meter, like 1 %."
    )
    certificates: Annotated[Several[Line], Criterial()] = Field(
        (), title="电能表检定或校准证书编号。", description="numbers of the meters' certificates."
    )
    racks: Annotated[Annotated[int, Field(ge=1, le=10_000_000)] | None, Criterial()] = Field(
        None, title="标准机架数。", description="number of standard racks."
    )

    @model_validator(mode="after")
    def _fallible(self) -> Self:
        for name in ("total_class", "it_class"):
            if getattr(self, name) == 0:
                raise wrong("no meter is without error.", "write its class, like 0.5 %.", name)
        return self


class EnergySettings(MetersSettings):
    """Energy month by month."""

    columns: Annotated[dict[Literal["month", "total", "it"], str], Criterial()] = Field(
        default_factory=dict,
        title="自定表头。",
        description="headings of your own by field, like {it: UPS输出电量(kWh)}.",
    )
    period: Annotated[PeriodText | None, Criterial()] = Field(
        None, title="统计时段，如 2025-01/2025-12。", description="the agreed period, like 2025-01/2025-12."
    )


class ConditionsSettings(MetersSettings):
    """Five operating points (GB 40879-2021, 6.3.2)."""

    columns: Annotated[dict[Literal["point", "share", "total", "it"], str], Criterial()] = Field(
        default_factory=dict, title="自定表头。", description="headings of your own by field."
    )
    shares: Annotated[Several[Share], Criterial()] = Field(
        (),
        title="五个工况的时间占比，按表中次序。",
        description="share of the year of each of the five points, in the order of the table.",
    )

    @model_validator(mode="after")
    def _five(self) -> Self:
        total = sum(self.shares, Fraction(0))
        if self.shares and (len(self.shares) != _FIVE or abs(total - 1) > Fraction(1, 1000)):
            msg = f"{len(self.shares)} shares that add up to {float(total):g}."
            raise wrong(msg, "write five shares that add up to 100 %.", "shares")
        return self


class RacksSettings(Settings):
    """Racks or hosts over time."""

    file: FileName = Field(
        title="机架功率或主机利用率时序表。", description="the table of racks' power or hosts' occupation over time."
    )
    columns: Annotated[dict[Literal["time", "unit", "power", "busy"], str], Criterial()] = Field(
        default_factory=dict, title="自定表头。", description="headings of your own by field."
    )
    available: Annotated[int, Field(ge=1, le=10_000_000), Criterial()] = Field(
        title="可用机架（主机）总数，未上报的按未使用计。",
        description="how many racks or hosts are available; one that never reports counts as unused.",
    )
    interval_ns: Annotated[DurationNs, Criterial()] = Field(
        alias="interval", title="采集间隔，如 15 min。", description="how often each is recorded, like 15 min."
    )
    period: Annotated[PeriodText, Criterial()] = Field(
        title="统计时段，如 2025-06/2025-06。", description="the agreed period, like 2025-06/2025-06."
    )
