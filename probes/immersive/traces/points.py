# SPDX-License-Identifier: Apache-2.0
"""The register of experience points: a row a point, with the photograph and the operating log that are its proof.

What a row does not say is never filled in. A row is looked at on its own here; what only the whole register shows, one
photograph for two points, is found over the union of all registers (measurands/points.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from harness.kit import tables
from harness.kit.documents import Document, collect, names, safe
from harness.kit.tables import Columns, Row, Table, cells
from harness.kit.tallies import says_total
from harness.kit.unreadable import UnreadableError
from harness.model import Reason, Text
from probes.immersive.formats import photo
from probes.immersive.formats.photo import Photo
from probes.immersive.traces import operating
from probes.immersive.traces.operating import Log
from probes.immersive.traces.words import POINTS

FIELDS: Mapping[str, tuple[str, ...]] = {
    "name": ("点位名称", "体验点名称", "体验点位名称", "体验点位", "体验点", "点位", "展项名称", "展项", "点位编号", "名称", "point name", "experience point", "point", "name"),
    "address": ("地址", "详细地址", "点位地址", "地点", "部署地点", "位置", "安装位置", "部署位置", "所在位置", "所在地", "安装地址", "部署地址", "所在场所", "场所", "address", "place", "location", "site"),
    "latitude": ("纬度", "北纬", "WGS84纬度", "latitude", "lat", "lat."),
    "longitude": ("经度", "东经", "WGS84经度", "longitude", "lon", "lng", "long", "lon."),
    "date": ("投用日期", "投用时间", "启用日期", "启用时间", "上线日期", "上线时间", "开放日期", "部署日期", "部署时间", "投入使用日期", "建成日期", "运行日期", "日期", "in service since", "opened", "opening date", "deployed", "date"),
    "photo": ("照片", "现场照片", "点位照片", "照片文件", "照片文件名", "图片", "现场图片", "影像", "photo", "photos", "photograph", "picture", "image", "photo file"),
    "photo-sha256": ("照片SHA256", "图片SHA256", "照片哈希", "照片哈希值", "photo sha256", "photo hash"),
    "log": ("运行日志", "运行记录", "日志", "日志文件", "运行日志文件", "运行记录文件", "开放记录", "operating log", "operation log", "log", "log file"),
    "log-sha256": ("运行日志SHA256", "运行记录SHA256", "日志SHA256", "日志哈希", "运行日志哈希值", "log sha256", "log hash"),
    "document": ("证明文件", "证明材料", "附件", "文件", "documents", "document", "files"),
    "sha256": ("SHA256", "SHA-256", "哈希", "哈希值", "sha256", "hash"),
    "url": ("访问地址", "服务地址", "网址", "url", "link"),
}  # fmt: skip
"""Field -> the headings it goes by."""
DOCUMENTS = (("photo", "photo-sha256"), ("log", "log-sha256"), ("document", "sha256"))
NOUN = Text("体验点位登记表", "register of points")
_NUMBERING = {"序号", "no", "no.", "#"}
_FORMULA = ("=", "@")
Terms = tuple[date, date] | None


def columns(named: Mapping[str, str] | None = None) -> Columns:
    """What the columns of a register are called."""
    return Columns(FIELDS, [{"name"}], NOUN, named or {}, least=2)


@dataclass(frozen=True, slots=True)
class Point:
    """One row: where it stands, what it says, its documents, and what is wrong with it on its own."""

    register: str
    number: int
    line: int
    source: str
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    opened: date | None
    url: str
    documents: tuple[Document, ...]
    faults: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One register: its label, the fields it has columns for, headings that nobody reads."""

    label: str
    fields: tuple[str, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Points:
    """Registers with what their documents say, by source and name; ``invalid``: registers that cannot be read."""

    rows: tuple[Point, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    photos: Mapping[tuple[str, str], Photo] = field(default_factory=dict)
    logs: Mapping[tuple[str, str], Log] = field(default_factory=dict)
    odd: Mapping[tuple[str, str], Reason] = field(default_factory=dict)
    invalid: tuple[Reason, ...] = ()
    period: Terms = None

    def merge(self, other: Self) -> Self:
        """The union, in the order of registers and rows."""
        periods = [each for each in (self.period, other.period) if each is not None]
        invalid = {(each.code, each.text): each for each in (*self.invalid, *other.invalid)}
        return type(self)(
            tuple(sorted({(each.register, each.number): each for each in (*self.rows, *other.rows)}.values(), key=lambda each: (each.register, each.number))),
            tuple(sorted({*self.sheets, *other.sheets}, key=lambda each: (each.label, each.fields))),
            dict(sorted({**self.photos, **other.photos}.items())),
            dict(sorted({**self.logs, **other.logs}.items())),
            dict(sorted({**self.odd, **other.odd}.items())),
            tuple(invalid[key] for key in sorted(invalid, key=lambda each: (each[0], each[1].zh))),
            min(periods, default=None),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What a register is read in: its source, the project's period, SHA-256 of the documents beside it by name, own headings, worksheet."""

    source: str
    period: Terms = None
    kept: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""


def read(data: bytes, name: str, frame: Frame) -> Points:
    """The register in ``data``; UnreadableError for what is none."""
    table = tables.unedited(tables.read(data, columns(frame.named), name=name, sheet=frame.sheet))
    tables.titled(table)
    label = f"{frame.source}/{name}"
    head = tuple(each.strip() for each in table.head)
    rows = tuple(_point(row, label, frame) for row in table if not _no_point(row, table, head))
    unread = tuple(each for each in table.unread if each.lower() not in _NUMBERING)
    return Points(rows, (Sheet(label, tuple(sorted(table.index)), unread),), period=frame.period)


def document(data: bytes, name: str, source: str) -> Points:
    """What one document says: a photograph, an operating log, or something that is neither."""
    key = (source, name)
    if photo.is_picture(data):
        return Points(photos={key: photo.read(data)})
    try:
        return Points(logs={key: operating.read(data, name)})
    except UnreadableError as defect:
        return Points(odd={key: POINTS.reason("log-odd", document=name, problem=defect.text)})


def named(table: Table) -> list[str]:
    """The documents that the rows name."""
    return [each for row in table for field, _ in DOCUMENTS for each in names(row[field])]


def _no_point(row: Row, table: Table, head: tuple[str, ...]) -> bool:
    """Whether a row claims nothing: the head repeated on a new page, or a total without documents."""
    texts = table.cells[row.at]
    claims = any(row[field] for field, _ in DOCUMENTS)
    return tuple(each.strip() for each in texts) == head or (not claims and any(map(says_total, texts)))


def _point(row: Row, label: str, frame: Frame) -> Point:
    documents = tuple(each for field, digest in DOCUMENTS for each in collect(row[field], row[digest], frame.kept))
    opened = cells.day(row["date"], from_1904=row.table.from_1904) if row["date"] else None
    latitude, longitude = _degrees(row["latitude"], 90), _degrees(row["longitude"], 180)
    name = " ".join(row["name"].split())
    faults = [
        *_worded(row, name, opened, frame.period),
        *(POINTS.reason("coordinates-odd", text=row[each]) for each, found in (("latitude", latitude), ("longitude", longitude)) if each in row and found is None),
        *(fault for each in documents for fault in _documented(each, row)),
    ]  # fmt: skip
    return Point(label, row.number, row.line, frame.source, name, " ".join(row["address"].split()), latitude, longitude, opened,
                 row["url"], documents, tuple(faults))  # fmt: skip


def _worded(row: Row, name: str, opened: date | None, period: Terms) -> Iterator[Reason]:
    if not name:
        yield POINTS.reason("name-missing")
    if name.startswith(_FORMULA):
        yield POINTS.reason("name-formula", name=name)
    if not row["address"]:
        yield POINTS.reason("place-missing")
    if row["date"] and opened is None:
        yield POINTS.reason("date-odd", date=row["date"])
    elif opened is None:
        yield POINTS.reason("date-missing")
    elif period is not None and opened > period[1]:
        yield POINTS.reason("date-late", date=str(opened), end=str(period[1]))


def _documented(each: Document, row: Row) -> Iterator[Reason]:
    if not safe(each.name):
        yield POINTS.reason("document-unsafe", document=each.name)
    elif not each.found:
        yield POINTS.reason("document-absent", document=each.name)
    elif not each.registered and any(digest in row for _, digest in DOCUMENTS):
        yield POINTS.reason("hash-missing", document=each.name)
    elif not each.unchanged:
        yield POINTS.reason("document-changed", document=each.name)


def _degrees(text: str, most: int) -> float | None:
    found = cells.number(text.rstrip("°")) if text else None
    return float(found) if found is not None and 0 < abs(found) <= most and not text.endswith("%") else None
