# SPDX-License-Identifier: Apache-2.0
"""Settings for modems and CPEs that are asked about their radio: which, by which way, how often and how long."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Cure, DurationNs, Endpoint, FileName, In, Secret, Settings, Several, wrong
from harness.spec.written import Line

_NO_MODEM = ("No modem is named.", "write modems: [{serial: /dev/ttyUSB2}].")
_WAYS = ("serial", "tcp", "mmcli", "huawei")
_S_NS = 10**9


class ModemSettings(Settings):
    """One modem, by exactly one way of reaching it."""

    name: Line = Field("", title="名称；默认用其地址。", description="what to call it; by default its address.")
    serial: Line | None = Field(
        None, title="AT 串口，如 /dev/ttyUSB2。", description="serial port for AT commands, like /dev/ttyUSB2."
    )
    baud: int = Field(115_200, ge=300, le=4_000_000, title="串口速率。", description="speed of the serial port.")
    tcp: Annotated[Endpoint | None, Cure('write tcp: "10.20.0.7:2000".')] = Field(
        None, title="转发 AT 的 TCP 端口，如 10.20.0.7:2000。", description="TCP port that passes AT commands on."
    )
    mmcli: Line | None = Field(
        None,
        title="ModemManager 中的编号或路径，如 0（以 mmcli 询问）。",
        description="its number or path in ModemManager, asked by mmcli, like 0.",
    )
    huawei: Line | None = Field(
        None,
        title="华为 CPE 的网址，如 http://192.168.8.1/（需安装 yanshou[cpe]）。",
        description="address of a Huawei CPE, like http://192.168.8.1/ (needs yanshou[cpe]).",
    )
    user: Line | None = Field(None, title="CPE 的登录名。", description="the CPE's login.")
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, title="CPE 的口令，写 env:变量名。", description="its password, as env:NAME."
    )
    make: Literal["quectel", "simcom", "huawei", "fibocom", "other"] | None = Field(
        None,
        title="模组厂家：quectel、simcom、huawei、fibocom 或 other；不写则各家命令都问。",
        description="who made the modem: quectel, simcom, huawei, fibocom or other; unsaid, commands of all are tried.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        told = [each for each in _WAYS if getattr(self, each) is not None]
        if len(told) != 1:
            msg = f"A modem is reached by one way, here by {' and '.join(told) or 'none'}."
            raise wrong(msg, "write one of serial, tcp, mmcli, huawei.", told[-1] if told else "serial")
        if self.user is not None and self.password is None:
            raise wrong("password names no secret.", "write password: env:NAME.", "password")
        return self

    @property
    def way(self) -> str:
        """``at``, ``mmcli`` or ``huawei``."""
        return "mmcli" if self.mmcli is not None else "huawei" if self.huawei is not None else "at"

    @property
    def label(self) -> str:
        """Its name, or else where it is."""
        return self.name or str(next(value for each in _WAYS if (value := getattr(self, each)) is not None))


def _some(modems: tuple[ModemSettings, ...]) -> tuple[ModemSettings, ...]:
    if not modems:
        raise wrong(*_NO_MODEM)
    return modems


class RadioSettings(Settings):
    """Each modem is asked everything every so often, all of them side by side."""

    modems: Annotated[Several[ModemSettings], AfterValidator(_some), Cure(_NO_MODEM[1])] = Field(
        title="模组与 CPE。", description="the modems and CPEs."
    )
    every_ns: Annotated[int, In("ns", "100 ms", "10 min"), Cure("write every: 5 s.")] = Field(
        5 * _S_NS, alias="every", title="询问间隔，如 5 s。", description="how often each is asked, like 5 s."
    )
    duration_ns: DurationNs = Field(
        alias="duration", title="询问多久，如 30 min。", description="how long, like 30 min."
    )

    @model_validator(mode="after")
    def _different(self) -> Self:
        labels = [each.label for each in self.modems]
        twice = sorted({each for each in labels if labels.count(each) > 1})
        if twice:
            msg = f"Two modems are called {twice[0]}."
            raise wrong(msg, "give each a name of its own.", "modems")
        return self

    @property
    def planned_duration_s(self) -> Fraction:
        """As long as they are asked."""
        return Fraction(self.duration_ns, _S_NS)


class RadioExportSettings(Settings):
    """One table of radio states, as the management of CPEs or terminals exports it."""

    file: Annotated[FileName, Cure("write file: radio.csv.")] = Field(
        title="无线侧导出表（时刻、制式、IMEI、小区、RSRP…），CSV 或 XLSX。",
        description="the table of radio states (time, RAT, IMEI, cell, RSRP …), CSV or XLSX.",
    )
