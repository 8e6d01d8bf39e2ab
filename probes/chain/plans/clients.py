# SPDX-License-Identifier: Apache-2.0
"""Who asks, where a chain answers nobody without a name: the identity of a client of Fabric or ChainMaker."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from harness.kit.settings import FileName, SecretOrFile, Settings, wrong
from harness.spec.written import Line


class ClientSettings(Settings):
    """The identity by which the nodes are asked; it needs to read and to write nothing."""

    organisation: Line = Field(
        title="Fabric 的 MSP 名称（如 Org1MSP），或长安链的组织编号（org_id）。",
        description="Fabric: the MSP, like Org1MSP; ChainMaker: the organisation's org_id.",
    )
    certificate: FileName = Field(
        title="只读用户的签名证书（PEM）。", description="signing certificate of a user who may read (PEM)."
    )
    key: SecretOrFile = Field(
        title="签名证书的私钥：env:变量名，或文件（PKCS#8 PEM）。",
        description="the private key of that certificate: env:NAME, or a file (PKCS#8 PEM).",
    )
    tls_certificate: FileName | None = Field(
        None,
        title="双向 TLS 时客户端的 TLS 证书（PEM）。",
        description="the client's TLS certificate (PEM), where nodes ask for one.",
    )
    tls_key: SecretOrFile | None = Field(
        None, title="该 TLS 证书的私钥。", description="the private key of the TLS certificate."
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            msg = "a TLS certificate and its key belong together."
            raise wrong(msg, "write tls_certificate: and tls_key:, or neither.", "tls_key")
        return self
