# SPDX-License-Identifier: Apache-2.0
"""The settings of the four carriers: how many records, how often, and where the hospital's side is."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Criterial, Cure, DurationS, Endpoint, FileName, InFile, Port, Secret, Settings, wrong
from harness.spec.written import Line

_MOST = 20_000


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"{text!r} is no address on the web."
        raise wrong(msg, "write it like https://10.0.0.9:8443/fhir.")
    if parts.username is not None:
        raise wrong("the address has a password in it.", "write token: env:NAME.")
    return text.rstrip("/")


def _title(text: str) -> str:
    if not 1 <= len(text) <= 16 or not text.isascii() or "\\" in text or text != text.strip():
        msg = f"{text!r} is no application entity title."
        raise wrong(msg, "write at most 16 letters and digits.")
    return text


Url = Annotated[str, AfterValidator(_url)]
Title = Annotated[Line, AfterValidator(_title)]


class ExchangeSettings(Settings):
    """What is sent, and how it is looked for."""

    patients: Annotated[FileName, Cure("write patients: patients.csv.")] = Field(
        title="测试患者名单（标识、姓名），名单之外的人一律不收。",
        description="the list of test patients (identifier, name); nobody else's record is let in.",
    )
    count: Annotated[int, Field(ge=1, le=_MOST), Criterial()] = Field(
        300, title="发送多少条记录。", description="how many records are sent."
    )
    every: Annotated[DurationS, Criterial()] = Field(
        Fraction(1),
        title="平均多久发送一条（间隔随机）。",
        description="how often one is sent on average; the gaps are random.",
    )
    settle: DurationS = Field(
        Fraction(10),
        title="收到回执后最多找多久。",
        description="for how long a record is looked for after its receipt.",
    )
    patience: DurationS = Field(
        Fraction(600),
        title="中断时暂存的记录，最后一条之后还尝试送多久。",
        description="for how long after the last record those stored during an outage are still tried.",
    )
    tls: Annotated[FileName | None, InFile("put the hospital's CA certificate beside the profile.")] = Field(
        None,
        title="核对对方证书所用的 CA 证书文件（PEM）；写了它，MLLP 与 DICOM 也走 TLS。",
        description="the CA certificates (PEM) that the peer's is checked by; with it MLLP and DICOM go over TLS, too.",
    )
    timeout: DurationS = Field(Fraction(10), title="一次应答的时限。", description="how long an answer may take.")

    @property
    def planned_duration_s(self) -> Fraction:
        """From the first record to the last, about."""
        return Fraction(self.every) * self.count

    @property
    def place(self) -> str:
        """Where the records go, as a person says it."""
        raise NotImplementedError

    @property
    def peer(self) -> tuple[str, int]:
        """Host and port of where the records go."""
        raise NotImplementedError


class Hl7Settings(ExchangeSettings):
    """An MLLP port, and where the receiver's own list of messages is."""

    mllp: Annotated[Endpoint, Cure("write mllp: 10.0.0.9:2575.")] = Field(
        title="接收端的 MLLP 地址，如 10.0.0.9:2575。", description="the receiver's MLLP port, like 10.0.0.9:2575."
    )
    list: Annotated[Line, Cure("write list: http://10.0.0.9/received, or the file it is exported to.")] = Field(
        title="接收端自己的消息清单：网址，或其导出文件。",
        description="the receiver's own list of messages: an address on the web, or the file it is exported to.",
    )
    token: Secret | None = Field(
        None, title="清单网址的访问令牌：env:变量名。", description="access token of the list: env:NAME."
    )

    @property
    def place(self) -> str:
        """The port."""
        return str(self.mllp)

    @property
    def peer(self) -> tuple[str, int]:
        """The port."""
        return self.mllp


class FhirSettings(ExchangeSettings):
    """A FHIR R4 server."""

    url: Annotated[Url, Cure("write url: https://10.0.0.9/fhir.")] = Field(
        title="FHIR R4 服务的根地址。", description="the base address of the FHIR R4 server."
    )
    token: Secret | None = Field(None, title="访问令牌：env:变量名。", description="access token: env:NAME.")

    @property
    def place(self) -> str:
        """The address."""
        return self.url

    @property
    def peer(self) -> tuple[str, int]:
        """The server."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


class CdaSettings(FhirSettings):
    """A WebDAV folder of shared documents."""

    url: Annotated[Url, Cure("write url: https://10.0.0.9/documents.")] = Field(
        title="共享文档的 WebDAV 文件夹。", description="the WebDAV folder of shared documents."
    )


class DicomSettings(ExchangeSettings):
    """A DICOM node that stores, and how its list is read: DICOMweb, or C-FIND and C-MOVE to a port of ours."""

    tcp: Annotated[Endpoint, Cure("write tcp: 10.0.0.9:104.")] = Field(
        title="DICOM 节点，如 10.0.0.9:104。", description="the DICOM node, like 10.0.0.9:104."
    )
    called: Title = Field(title="对方的 AE 名称。", description="its application entity title.")
    calling: Title = Field("YANSHOU", title="本端的 AE 名称。", description="our application entity title.")
    web: Url | None = Field(
        None,
        title="DICOMweb 根地址；缺省用 C-FIND 与 C-MOVE。",
        description="the base address of its DICOMweb; by default C-FIND and C-MOVE are used.",
    )
    move_port: Port | None = Field(
        None,
        title="本端接收 C-MOVE 的端口；对方须登记本端。",
        description="our port for C-MOVE; the peer has to know us.",
    )
    token: Secret | None = Field(
        None, title="DICOMweb 的访问令牌：env:变量名。", description="access token of DICOMweb: env:NAME."
    )

    @model_validator(mode="after")
    def _a_way_back(self) -> Self:
        if (self.web is None) == (self.move_port is None):
            raise wrong("Objects are read back by DICOMweb or by C-MOVE.", "write web: or move_port:.", "web")
        return self

    @property
    def place(self) -> str:
        """Title and port."""
        return f"{self.called}@{self.tcp}"

    @property
    def peer(self) -> tuple[str, int]:
        """The port."""
        return self.tcp
