# SPDX-License-Identifier: Apache-2.0
"""A generator of registers with their documents: rows in order, and rows with planted defects, each of a kind that is named.

Names, codes and contracts are invented; codes are valid by GB 32100 and GB 11714 and stand in no register. The same settings
give the same files, byte for byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.kit.settings import Settings, Several
from probes.register.traces.uscc import check_character, organisation_check_character

Kind = Literal["organisations", "applications", "components", "terminals"]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Defect = Literal["check", "organisation", "absent", "changed", "date", "duplicate", "other-contract", "scan", "mangled"]
_OUTSIDE = ("430104", "310115", "320205", "440305", "110108")
_TOPICS = (
    "质量检测",
    "能耗优化",
    "排产调度",
    "设备预警",
    "仓储物流",
    "远程运维",
    "安全巡检",
    "工艺优化",
    "供应协同",
    "订单追溯",
)


class RegisterSettings(Settings):
    """How many rows in order, how many of them of Wuhan, and the defects planted behind them."""

    kind: Kind = Field("organisations", description="organisations, applications, components or terminals.")
    count: Annotated[int, Field(ge=0, le=9_000)] = Field(8, description="rows in order.")
    wuhan: Annotated[int, Field(ge=0, le=9_000)] = Field(3, description="how many of them are of Wuhan.")
    defects: Several[Defect] = Field((), description="a row each with this defect, like [check, absent, date].")
    owner: str = Field("", description="the code of the owner that components name.")
    conditions: Several[str] = Field((), description="conditions that applications cover in turn, like [隧道].")
    first_day: Day = Field("2023-06-01", description="the first contract is signed on this day.")
    seed: Annotated[int, Field(ge=1, le=99)] = Field(1, description="another seed, other names and codes.")


@dataclass(frozen=True, slots=True)
class Made:
    """One row and the document it names (None: it is not written)."""

    cells: tuple[str, ...]
    name: str
    text: str | None


def code(number: int, division: str) -> str:
    """A valid social credit code of a division that stands in no register."""
    body = f"91{division}MA{number:06d}"
    body += organisation_check_character(body[8:])
    return body + check_character(body)


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``register`` and ``documents``: a CSV file, and the folder of the documents that it names."""
    settings = RegisterSettings.parse(config)
    with TemporaryDirectory(prefix="yanshou-register-") as name:
        folder = Path(name)
        write(settings, folder)
        yield {"register": str(folder / f"{settings.kind}.csv"), "documents": name}


def write(settings: RegisterSettings, folder: Path) -> None:
    """The register and every document into ``folder``."""
    rows = list(_rows(settings))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADS[settings.kind])
    writer.writerows(each.cells for each in rows)
    (folder / f"{settings.kind}.csv").write_text("\ufeff" + out.getvalue(), "utf-8")
    for name, text in {each.name: each.text for each in rows}.items():
        if text is not None:
            (folder / name).write_bytes(text.encode())


_HEADS = {
    "organisations": ("序号", "企业名称", "统一社会信用代码", "注册地址", "合同签订日期", "合同文件", "合同SHA256"),
    "applications": (
        "序号",
        "示范应用名称",
        "实施单位",
        "统一社会信用代码",
        "上线日期",
        "覆盖条件",
        "证明文件",
        "SHA256",
    ),
    "terminals": ("序号", "终端序列号", "自动驾驶等级", "芯片型号", "证明文件", "SHA256"),
    "components": ("序号", "构件类型", "权利人统一社会信用代码", "软著登记号", "证明文件", "SHA256"),
}


def _rows(settings: RegisterSettings) -> Iterator[Made]:
    if settings.kind == "components":
        yield from _components(settings)
        return
    if settings.kind == "terminals":
        yield from _terminals(settings)
        return
    dice = random.Random(settings.seed)
    for number in range(1, settings.count + 1):
        division = "420111" if number <= settings.wuhan else dice.choice(_OUTSIDE)
        yield _row(settings, number, settings.seed * 10_000 + number, division, "")
    for at, defect in enumerate(settings.defects, start=settings.count + 1):
        yield _row(settings, at, settings.seed * 10_000 + at, "420111", defect)


def _row(settings: RegisterSettings, number: int, serial: int, division: str, defect: str) -> Made:
    like = serial - number + 1 if defect == "duplicate" else serial
    place = "洪山区" if division == "420111" else "外地"
    name, own = f"示例企业{number:03d}（{place}）有限公司", code(like, division)
    day = date.fromisoformat(settings.first_day) + timedelta(days=number % 200)
    day = date(2020, 1, 1) if defect == "date" else day
    paper = f"SIM-{serial:08d}.{'pdf' if defect == 'scan' else 'txt'}"
    title = (
        f"{_TOPICS[number % len(_TOPICS)]}（{_NUMERALS[number // len(_TOPICS) % 10]}车间）"
        if settings.kind == "applications"
        else ""
    )
    speaks_of = "另一家单位，与本行无关" if defect == "other-contract" else f"{name}\n统一社会信用代码：{own}"
    text = f"合同编号：SIM-{serial:08d}\n{title}\n甲方：{speaks_of}\n签订日期：{day}\n（合成数据，仅供演示）\n"
    text = _SCAN if defect == "scan" else text
    digest = hashlib.sha256(text.encode()).hexdigest()
    shown = {"check": own[:-1] + ("0" if own[-1] != "0" else "1"), "mangled": "9.14201E+17"}.get(defect, own)
    if defect == "organisation":
        shown = own[:16] + ("0" if own[16] != "0" else "1")
        shown += check_character(shown)
    cells: tuple[str, ...] = (
        str(number),
        name,
        shown,
        "湖北省武汉市洪山区示例路 1 号" if place == "洪山区" else "（外地）",
        str(day),
    )
    if settings.kind == "applications":
        condition = settings.conditions[number % len(settings.conditions)] if settings.conditions else ""
        cells = (str(number), title, name, shown, str(day), condition)
    written = None if defect == "absent" else text + "（后改）" if defect == "changed" else text
    return Made((*cells, paper, digest), paper, written)


def _components(settings: RegisterSettings) -> Iterator[Made]:
    """Types of one library under one right, whose certificate lists them all."""
    paper, right = f"RZ-{settings.seed:03d}.txt", f"2023SR{settings.seed:07d}"
    names = [f"族{each:05d}" for each in range(1, settings.count + 1)]
    head = f"计算机软件著作权登记证书（合成数据，仅供演示）\n登记号：{right}\n著作权人：{settings.owner}\n构件目录：\n"
    text = head + "\n".join(names) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    for number, name in enumerate(names, start=1):
        yield Made((str(number), name, settings.owner, right, paper, digest), paper, text)


def _terminals(settings: RegisterSettings) -> Iterator[Made]:
    """Terminals of level 3 on one chip, whose paper lists them all."""
    paper, chip = f"ZD-{settings.seed:03d}.txt", f"SIM-SOC-{settings.seed:04d}"
    numbers = [f"SIM-{each:05d}" for each in range(1, settings.count + 1)]
    head = f"终端与芯片证明（合成数据，仅供演示）\n芯片型号：{chip}，国产，车规级\n自动驾驶等级：L3\n终端：\n"
    text = head + "\n".join(numbers) + "\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    for number, each in enumerate(numbers, start=1):
        yield Made((str(number), each, "L3", chip, paper, digest), paper, text)


_NUMERALS = "冲压焊装涂装总成铸造"
_SCAN = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
"""A paper without any text, as a scan is."""
