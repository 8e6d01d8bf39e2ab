# SPDX-License-Identifier: Apache-2.0
"""Settings for SNMP agents: who they are, and how they let us in."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Address, Cure, Port, PublicOrSecret, Secret, Settings, Several, wrong
from harness.spec.written import Line

_NO_AGENT = ("No SNMP agent is named.", "write agents: [10.30.0.1].")


def _some(agents: tuple[str, ...]) -> tuple[str, ...]:
    if not agents:
        raise wrong(*_NO_AGENT)
    return agents


class SnmpSettings(Settings):
    """SNMPv2c with a community, or SNMPv3 with a user (SHA-256, AES-128)."""

    agents: Annotated[Several[Address], AfterValidator(_some), Cure(_NO_AGENT[1])] = Field(
        title="代理的地址，如 [10.30.0.1]。", description="addresses of the agents, like [10.30.0.1]."
    )
    port: Annotated[Port, Cure("write port: 161.")] = Field(161, title="端口。", description="their port.")
    community: Annotated[PublicOrSecret, Cure("write community: env:NAME.")] = Field(
        "public",
        title="团体字：设备出厂的 public，或 env:变量名。",
        description="the community: public, as devices are delivered, or env:NAME.",
    )
    user: Line | None = Field(None, title="SNMPv3 用户。", description="user of SNMPv3.")
    auth: Annotated[Secret | None, Cure("write auth: env:NAME.")] = Field(
        None, title="认证密钥。", description="its authentication key."
    )
    privacy: Annotated[Secret | None, Cure("write privacy: env:NAME.")] = Field(
        None, title="加密密钥。", description="its privacy key."
    )

    @model_validator(mode="after")
    def _with_keys(self) -> Self:
        for key in ("auth", "privacy"):
            if self.user is not None and getattr(self, key) is None:
                msg = f"{key} names no secret."
                raise wrong(msg, f"write {key}: env:NAME.", key)
        return self
