# SPDX-License-Identifier: Apache-2.0
"""A register of points with a photograph and an operating log each, and points with planted defects behind them.

Names and places are invented. The same settings give the same files, byte for byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.kit.settings import Settings, Several
from probes.immersive.simulators.pictures import picture

Defect = Literal["same-photo", "same-log", "undated", "unplaced", "elsewhere", "no-log", "idle", "copied", "changed"]
HEAD = ("序号", "点位名称", "地址", "纬度", "经度", "投用日期", "照片", "照片SHA256", "运行日志", "运行日志SHA256")
_PLACES = (
    "博物馆序厅",
    "步行街中庭",
    "非遗工坊",
    "江滩游客中心",
    "图书馆一层",
    "科技馆穹幕",
    "老里分巷口",
    "美术馆东厅",
)


class PointsSettings(Settings):
    """How many points in order, and the defects planted behind them."""

    count: Annotated[int, Field(ge=0, le=200)] = Field(6, description="points in order.")
    days: Annotated[int, Field(ge=1, le=400)] = Field(30, description="days that each log covers.")
    defects: Several[Defect] = Field((), description="a point each with this defect, like [same-photo, idle].")
    first_day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = Field(
        "2023-09-01", description="the first day of operation."
    )


@dataclass(frozen=True, slots=True)
class Made:
    """One point: its number, its cells, its photograph and its log."""

    number: int
    name: str
    address: str
    place: tuple[float, float]
    opened: str
    photo: bytes
    log: bytes


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``register`` and ``documents``: a CSV file, and the folder of the documents that it names."""
    settings = PointsSettings.parse(config)
    with TemporaryDirectory(prefix="yanshou-points-") as name:
        write(settings, Path(name))
        yield {"register": str(Path(name) / "points.csv"), "documents": name}


def write(settings: PointsSettings, folder: Path) -> None:
    """The register and its documents into ``folder``."""
    good = [point(number, settings) for number in range(1, settings.count + 1)]
    spoilt = [
        _spoilt(point(settings.count + at, settings), defect, good) for at, defect in enumerate(settings.defects, 1)
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for each, defect in (*((made, "") for made in good), *zip(spoilt, settings.defects, strict=True)):
        photo, log = f"{each.number:02d}.png", f"{each.number:02d}.csv"
        (folder / photo).write_bytes(each.photo)
        if each.log:
            (folder / log).write_bytes(each.log)
        digests = [hashlib.sha256(data).hexdigest() for data in (each.photo, each.log)]
        if defect == "changed":
            (folder / photo).write_bytes(each.photo + b"\0")
        place = (f"{each.place[0]:.5f}", f"{each.place[1]:.5f}")
        writer.writerow([each.number, each.name, each.address, *place, each.opened, photo, digests[0], log, digests[1]])
    (folder / "points.csv").write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())


def name_of(number: int) -> str:
    """What the point of a number is called."""
    return f"{_PLACES[(number - 1) % len(_PLACES)]}体验点{'' if number <= len(_PLACES) else number}"


def point(number: int, settings: PointsSettings) -> Made:
    """A point in order: a photograph of its own place, and sessions that no other point has."""
    first = datetime.fromisoformat(settings.first_day)
    place = (30.5 + number * 0.011, 114.3 + number * 0.007)
    name = name_of(number)
    taken = first + timedelta(days=2, hours=10, minutes=number * 7)
    return Made(number, name, f"武汉市示例区示例路 {number} 号{name}", place, settings.first_day,
                picture(number, taken, place), _log(number, first, settings.days))  # fmt: skip


def _log(number: int, first: datetime, days: int) -> bytes:
    """A session a day, switched on and off by hand: no two days alike."""
    rows = ["开始时间,结束时间"]
    for day in range(days):
        on = first + timedelta(
            days=day, hours=9, minutes=(day * 7 + number * 13) % 29, seconds=(day * 11 + number) % 60
        )
        off = first + timedelta(
            days=day, hours=17, minutes=(day * 5 + number * 3) % 41, seconds=(day * 3 + number) % 60
        )
        rows.append(f"{on},{off}")
    return ("\n".join(rows) + "\n").encode()


def _spoilt(made: Made, defect: str, good: list[Made]) -> Made:
    taken = datetime.fromisoformat(made.opened) + timedelta(days=3, hours=11)
    if defect == "same-photo":
        return replace(made, photo=good[0].photo, place=good[0].place)
    if defect == "same-log":
        return replace(made, log=good[0].log)
    if defect == "undated":
        return replace(made, photo=picture(made.number, None, made.place))
    if defect == "unplaced":
        return replace(made, photo=picture(made.number, taken))
    if defect == "elsewhere":
        return replace(made, photo=picture(made.number, taken, (made.place[0] + 0.2, made.place[1])))
    if defect == "no-log":
        return replace(made, log=b"")
    if defect == "idle":
        return replace(made, log="开始时间,结束时间\n2019-01-01 09:00:00,2019-01-01 17:00:00\n".encode())
    if defect == "copied":  # the first point's own sessions, its lines in another order
        head, *lines = good[0].log.decode().splitlines()
        return replace(made, log=("\n".join([head, *reversed(lines)]) + "\n").encode())
    return made
