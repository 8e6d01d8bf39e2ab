# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for models of buildings."""

from __future__ import annotations

from pydantic import Field

from harness.kit.settings import FileName, Settings, Several


class ModelSettings(Settings):
    """The models that hold the components."""

    files: Several[FileName] = Field(
        min_length=1,
        title="一个或多个 IFC 文件（2x3、4 或 4.3），构件库或工程模型，如 [library.ifc]。",
        description="one or several IFC files (2x3, 4 or 4.3), libraries or project models, like [library.ifc].",
    )
    ids: FileName | None = Field(
        None,
        title="各模型须满足的 IDS 文件，如 requirements.ids（需安装附加组件 bim）。",
        description="an IDS file that every model has to meet, like requirements.ids (needs the extra bim).",
    )
