# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for the two sides of a comparison."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.kit.baseline import SidesSettings
from harness.kit.settings import Criterial, Several
from probes.change.rows import Sheet, read

_Field = Literal["unit", "period", "product", "group", "number", "cost", "each", "output", "input", "orders", "size"]


class TableSettings(SidesSettings):
    """Tables of cost, output, hours or change orders, before and after."""

    columns: Annotated[dict[_Field, str], Criterial()] = Field(
        default_factory=dict,
        title="自己的表头，按字段写，如 {output: 合格件数}。",
        description="headings of your own by field, like {output: 合格件数}.",
    )
    sheet: Annotated[str, Criterial()] = Field(
        "",
        title="工作簿中的工作表；缺省为第一张有此类表格的工作表。",
        description="the worksheet of a workbook; by default the first that has such a table.",
    )
    left_out: Annotated[Several[str], Criterial()] = Field(
        (),
        title="双方约定不计入的产线或项目，如 [L7]。",
        description="lines or projects that both sides agree to leave out, like [L7].",
    )

    def table(self, data: bytes, name: str, side: str) -> Sheet:
        """The table in ``data``, read as agreed."""
        return read(data, name, {str(each): own for each, own in self.columns.items()}, self.sheet, self.period(side))
