# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for exports of a node."""

from __future__ import annotations

from pydantic import Field

from harness.kit.settings import FileName, Settings


class ExportSettings(Settings):
    """An export of the node, and the sample of identifiers that were resolved before witnesses."""

    file: FileName = Field(title="节点的导出数据，CSV 或 XLSX。", description="the node's export, CSV or XLSX.")
    draw: FileName | None = Field(
        None,
        title="对新增标识清单公开抽样的记录。",
        description="the protocol of a public draw over the list of new identifiers.",
    )
    resolved: FileName | None = Field(
        None,
        title="抽中的标识能否解析，一行一个：序号或标识，是或否。",
        description="which of the drawn identifiers resolved, a row each: position or identifier, yes or no.",
    )
    identifiers: FileName | None = Field(
        None,
        title="新增标识清单本身，一行一个；可以交出时填写。",
        description="the list of new identifiers itself, a line each, where it can be handed over.",
    )
