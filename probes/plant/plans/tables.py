# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for tables of a plant."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, Settings


class TableSettings(Settings):
    """One table."""

    file: Annotated[FileName, Cure("write file: assets.csv.")] = Field(
        title="表格文件，CSV 或 XLSX。", description="the table, CSV or XLSX."
    )
    sheet: Annotated[str, Criterial()] = Field(
        "", title="工作表名；默认取第一张有表头的。", description="the worksheet; by default the first that has a head."
    )
    columns: Annotated[dict[str, str], Criterial()] = Field(
        default_factory=dict,
        title="按字段写出自己的表头，如 {asset: 设备代号}。",
        description="headings of your own by field, like {asset: 设备代号}.",
    )


class AssetSettings(TableSettings):
    """A register, all of whose assets are looked at, or those that were drawn in public."""

    draw: Annotated[FileName, Cure("write draw: sample.draw.jsonl.")] | None = Field(
        None,
        title="在本登记表的行上公开抽样的记录；不写则全数普查。",
        description="the protocol of a public draw over the rows of this register; without it all assets are looked at.",
    )
