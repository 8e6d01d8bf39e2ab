# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a list of a population."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, FolderName, Settings, Several
from harness.kit.tables import Table, read
from probes.register.traces import populations

_Field = Literal["id", "name", "group", "status", "size", "document", "sha256", "date"]


class PopulationSettings(Settings):
    """A list that is the denominator, exports in which its items are found, or a sample that was drawn and checked."""

    register_name: Annotated[FileName, Cure("write register: members.csv.")] = Field(
        alias="register",
        title="应当覆盖的全部对象清单，CSV 或 XLSX。",
        description="the list of everything that should be covered, CSV or XLSX.",
    )
    exports: Several[FileName] = Field(
        (),
        title="系统导出数据：按编号能找到各项自己的记录。",
        description="exports of the system in which each item's own records are found by its number.",
    )
    documents: FolderName | None = Field(
        None, title="各行所列文件所在的文件夹。", description="the folder of the documents that rows name."
    )
    sheet: Annotated[str, Criterial()] = Field(
        "",
        title="工作表名称；缺省取第一张有表头的。",
        description="the worksheet's name; by default the first with a head.",
    )
    columns: Annotated[dict[_Field, str], Criterial()] = Field(
        default_factory=dict,
        title="自己的表头，如 {status: 数控情况}。",
        description="headings of your own, like {status: 数控情况}.",
    )
    draw: FileName | None = Field(
        None,
        title="对此清单公开抽样的记录；只核查样本时填写。",
        description="the protocol of a public draw over this list, where only a sample is checked.",
    )
    checked: FileName | None = Field(
        None,
        title="核查人对每个抽中项的认定，CSV 或 XLSX。",
        description="what the auditor found of each drawn item, CSV or XLSX.",
    )

    def table(self, data: bytes, name: str, *, export: bool = False) -> Table:
        """A list or an export in ``data``."""
        named = {} if export else {str(field): heading for field, heading in self.columns.items()}
        return read(
            data, populations.columns(named, export=export), name=Path(name).name, sheet="" if export else self.sheet
        )
