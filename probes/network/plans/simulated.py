# SPDX-License-Identifier: Apache-2.0
"""What a profile says of a simulated record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Cure, FileName, Settings


class SimulatedSettings(Settings):
    """One record."""

    file: Annotated[FileName, Cure('write file: "@fleet.latency".')] = Field(
        title="模拟器写出的记录，如 @fleet.latency。",
        description="the record that the simulator wrote, like @fleet.latency.",
    )
