# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a register of organisations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, FolderName, Settings
from harness.kit.tables import Columns, Table, read
from probes.register.traces.columns import columns

_Field = Literal[
    "application", "organisation", "name", "uscc", "address", "date", "document", "sha256", "category",
    "address-document", "address-sha256", "vin", "serial", "level", "component", "right", "content", "interface",
]  # fmt: skip


class OrganisationsSettings(Settings):
    """A register of organisations or applications, and the folder of the documents it names."""

    register_name: Annotated[FileName, Cure("write register: adopters.csv.")] = Field(
        alias="register", title="登记表，CSV 或 XLSX。", description="the register, CSV or XLSX."
    )
    documents: FolderName | None = Field(
        None,
        title="各行所列文件所在的文件夹；缺省与登记表同处。",
        description="the folder of the documents that rows name; by default the register's own.",
    )
    sheet: Annotated[str, Criterial()] = Field(
        "",
        title="工作表名称，加引号；缺省取第一张有表头的。",
        description="the worksheet's name in quotation marks; by default the first with a head.",
    )
    columns: Annotated[dict[_Field, str], Criterial()] = Field(
        default_factory=dict,
        title="自己的表头，按字段写，如 {uscc: 证照号}。",
        description="headings of your own by field, like {uscc: 证照号}.",
    )
    rows: Annotated[Literal["organisations", "applications"] | None, Criterial()] = Field(
        None,
        title="organisations 或 applications：两者都有时，一行代表哪一种。",
        description="organisations or applications: what a row stands for, where the register has both.",
    )
    worksheet: FileName | None = Field(
        None,
        title="核查人填写的底稿：文件读不出时，由人认定的结果。",
        description="the auditor's worksheet, filled in: what a person found where a document cannot be read.",
    )

    @property
    def form(self) -> Columns:
        """What its columns are called."""
        return columns({str(field): heading for field, heading in self.columns.items()})

    def table(self, data: bytes) -> Table:
        """The register in ``data``."""
        return read(data, self.form, name=Path(self.register_name).name, sheet=self.sheet)
