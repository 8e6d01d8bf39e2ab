# SPDX-License-Identifier: Apache-2.0
"""A generator of lists with the export that covers a stated share of them, and of an identifier node's exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import Field

from harness.kit.settings import Settings

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class ListSettings(Settings):
    """How long the list is, and how much of it is covered."""

    count: Annotated[int, Field(ge=1, le=100_000)] = Field(200, description="items of the list.")
    covered: Annotated[int, Field(ge=0, le=100_000)] = Field(190, description="how many of them the export shows.")
    companies: Annotated[int, Field(ge=1, le=10_000)] = Field(
        10, description="companies among which the items are spread."
    )
    day: Day = Field("2023-09-04", description="the day of the records.")
    prefix: str = Field("K", description="what the numbers of the items begin with.")


class NodeSettings(Settings):
    """An identifier node: prefixes, identifiers a prefix, days, resolutions a day."""

    prefixes: Annotated[int, Field(ge=1, le=10_000)] = Field(120, description="prefixes, one a company.")
    each: Annotated[int, Field(ge=1, le=10_000_000)] = Field(900_000, description="new identifiers of each, about.")
    days: Annotated[int, Field(ge=1, le=400)] = Field(60, description="days of resolutions.")
    daily: Annotated[int, Field(ge=1, le=100_000_000)] = Field(640_000, description="resolutions a day, about.")
    first_day: Day = Field("2023-09-01", description="the first day.")


@contextmanager
def population(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``register`` (the list) and ``export`` (what the system shows of it)."""
    settings = ListSettings.parse(config)
    items = [f"{settings.prefix}-{at:05d}" for at in range(settings.count)]
    rows = [f"{each},{each} 号,示例企业{at % settings.companies:02d},{1000 + 7 * at}" for at, each in enumerate(items)]
    shown = [f"{each},{settings.day},{1000 + 7 * at}" for at, each in enumerate(items[: settings.covered])]
    with TemporaryDirectory(prefix="yanshou-list-") as name:
        folder = Path(name)
        (folder / "list.csv").write_text("\n".join(["编号,名称,所属企业,字节数", *rows, ""]), "utf-8")
        (folder / "export.csv").write_text("\n".join(["编号,时间,字节数", *shown, ""]), "utf-8")
        yield {"register": str(folder / "list.csv"), "export": str(folder / "export.csv")}


@contextmanager
def node(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``registrations`` and ``resolutions``: a node's export by prefix, and by day with its own checks apart."""
    settings = NodeSettings.parse(config)
    prefixes = [
        f"88.{100 + at // 100}.{at % 100 + 1},{at * 13},{at * 13 + settings.each + at * 7919 % 1009}"
        for at in range(settings.prefixes)
    ]
    days = []
    for at in range(settings.days):
        day = date.fromisoformat(settings.first_day) + timedelta(at)
        days += [f"{day},{settings.daily + at * 7919 % 9001},企业", f"{day},{4000 + at * 104729 % 97},自检巡检"]
    with TemporaryDirectory(prefix="yanshou-node-") as name:
        folder = Path(name)
        (folder / "prefixes.csv").write_text("\n".join(["前缀,期初注册量,期末注册量", *prefixes, ""]), "utf-8")
        (folder / "days.csv").write_text("\n".join(["日期,解析量,来源", *days, ""]), "utf-8")
        yield {"registrations": str(folder / "prefixes.csv"), "resolutions": str(folder / "days.csv")}
