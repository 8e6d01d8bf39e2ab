# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a register of terminals."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Cure, FileName, Settings


class TerminalsSettings(Settings):
    """One table."""

    register_name: Annotated[FileName, Cure("write register: nodes.csv.")] = Field(
        alias="register", title="终端登记表，CSV 或 XLSX。", description="the register of terminals, CSV or XLSX."
    )
