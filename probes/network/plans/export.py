# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a table that a network exported."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, Settings
from harness.spec.written import Line


class ExportSettings(Settings):
    """A table, and whose it is."""

    file: Annotated[FileName, Cure("write file: core.csv.")] = Field(
        title="导出表。", description="the exported table."
    )
    system: Annotated[Line, Criterial()] = Field(
        "core", title="由哪个系统导出，如 5GC。", description="what gave it, like 5GC."
    )
