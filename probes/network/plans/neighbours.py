# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for neighbour tables."""

from __future__ import annotations

from pydantic import Field

from harness.kit.settings import Settings


class NeighboursSettings(Settings):
    """Which tables."""

    interface: str = Field(
        "", title="网络接口，如 eth0；不写为全部。", description="network interface, like eth0; all without it."
    )
