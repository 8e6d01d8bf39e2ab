# SPDX-License-Identifier: Apache-2.0
"""Settings for SNMP agents: who they are, and how they let us in."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Address, Cure, Port, Secret, Settings, wrong
from harness.spec.written import Line

_NO_AGENT = ("No SNMP agent is named.", "write agents: [10.30.0.1].")


def _some(agents: tuple[str, ...]) -> tuple[str, ...]:
    if not agents:
        raise wrong(*_NO_AGENT)
    return agents


class SnmpSettings(Settings):
    """SNMPv2c with a community, or SNMPv3 with a user (SHA-256, AES-128)."""

    agents: Annotated[tuple[Address, ...], AfterValidator(_some), Cure(_NO_AGENT[1])] = Field(
        description="addresses of the agents, like [10.30.0.1]."
    )
    port: Annotated[Port, Cure("write port: 161.")] = Field(161, description="their port.")
    community: Line = Field("public", description="the community, or env:NAME.")
    user: Line | None = Field(None, description="user of SNMPv3.")
    auth: Annotated[Secret | None, Cure("write auth: env:NAME.")] = Field(None, description="its authentication key.")
    privacy: Annotated[Secret | None, Cure("write privacy: env:NAME.")] = Field(None, description="its privacy key.")

    @model_validator(mode="after")
    def _with_keys(self) -> Self:
        for key in ("auth", "privacy"):
            if self.user is not None and getattr(self, key) is None:
                msg = f"{key} names no secret."
                raise wrong(msg, f"write {key}: env:NAME.", key)
        return self
