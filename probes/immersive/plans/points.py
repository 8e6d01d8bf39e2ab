# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for the register of experience points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, FolderName, Settings

_Field = Literal[
    "name", "address", "latitude", "longitude", "date", "photo", "photo-sha256", "log", "log-sha256", "document", "sha256",
    "url",
]  # fmt: skip


class PointsSettings(Settings):
    """A register of points, and the folder of the photographs and logs it names."""

    register_name: Annotated[FileName, Cure("write register: points.csv.")] = Field(
        alias="register", title="体验点位登记表，CSV 或 XLSX。", description="the register of points, CSV or XLSX."
    )
    documents: FolderName | None = Field(
        None,
        title="照片和运行日志所在的文件夹；缺省与登记表同处。",
        description="the folder of photographs and operating logs; by default the register's own.",
    )
    sheet: Annotated[str, Criterial()] = Field(
        "",
        title="工作表名称；缺省取第一张有表头的。",
        description="the worksheet; by default the first that has a head.",
    )
    columns: Annotated[dict[_Field, str], Criterial()] = Field(
        default_factory=dict,
        title="自己的表头，按字段写，如 {name: 展项}。",
        description="headings of your own by field, like {name: 展项}.",
    )

    @property
    def named(self) -> Mapping[str, str]:
        """Headings of its own by field."""
        return {str(field): heading for field, heading in self.columns.items()}
