# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a table of counters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Cure, FileName, Settings


class CountersSettings(Settings):
    """One table."""

    file: Annotated[FileName, Cure("write file: counters.csv.")] = Field(
        title="计数器表。", description="the table of counters."
    )
