# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for nodes and points that are asked."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from harness.kit.settings import Cure, DurationS, Endpoint, FileName, In, Secret, Settings, Several, wrong
from harness.spec.written import Line
from probes.plant.wire import places


def _node(text: str) -> str:
    if places.node(text) is None:
        msg = f"{text!r} is no node of OPC UA."
        raise wrong(msg, "write ns=2;s=Pump1.Pressure, or ns=2;i=1001.")
    return text


def _point(text: str) -> str:
    if places.point(text) is None:
        msg = f"{text!r} is no point of Modbus."
        raise wrong(msg, "write unit/table/address/type, as 1/holding/100/float32.")
    return text


class PollSettings(Settings):
    """How long and how often is asked."""

    every_s: Annotated[Fraction, In("s", "100 ms", "1 h"), Cure("write every: 10 s.")] = Field(
        Fraction(10), alias="every", title="多久问一次，如 10 s。", description="how often, like 10 s."
    )
    duration_s: Annotated[DurationS, Cure("write duration: 24 h.")] = Field(
        alias="duration", title="记录多久，如 24 h。", description="how long, like 24 h."
    )
    register_name: FileName | None = Field(
        None,
        alias="register",
        title="资产登记表：其中的地址都会被问到。",
        description="the register of assets: every address in it that is one of these is asked for.",
    )

    @property
    def planned_duration_s(self) -> Fraction:
        """How long is asked."""
        return Fraction(self.duration_s)


class OpcuaSettings(PollSettings):
    """An OPC UA server and the nodes on it."""

    url: Annotated[Line, Cure("write url: opc.tcp://10.0.0.5:4840.")] = Field(
        title="服务器地址，如 opc.tcp://10.0.0.5:4840。", description="its address, like opc.tcp://10.0.0.5:4840."
    )
    nodes: Several[Annotated[Line, AfterValidator(_node)]] = Field(
        (), title="节点，如 [ns=2;s=Pump1]。", description="the nodes, like [ns=2;s=Pump1]."
    )
    user: Line | None = Field(None, title="用户名。", description="user name, where the server asks for one.")
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, title="口令所在：env:变量名。", description="where the password is: env:NAME."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.nodes and self.register_name is None:
            raise wrong("There is nothing to ask for.", "write nodes: or register:.", "nodes")
        if not self.url.startswith("opc.tcp://"):
            msg = f"{self.url!r} is no address of OPC UA."
            raise wrong(msg, "write url: opc.tcp://10.0.0.5:4840.", "url")
        return self


class ModbusSettings(PollSettings):
    """A Modbus device or gateway and the points behind it."""

    tcp: Endpoint | None = Field(
        None, title="主机与端口，如 10.0.0.5:502。", description="host and port, like 10.0.0.5:502."
    )
    serial: Line | None = Field(
        None, title="串口（RTU），如 /dev/ttyUSB0。", description="a serial port (RTU), like /dev/ttyUSB0."
    )
    baud: Annotated[int, Field(ge=300, le=4_000_000)] = Field(9600, title="波特率。", description="its speed.")
    parity: Literal["N", "E", "O"] = Field("N", title="校验：N、E 或 O。", description="its parity: N, E or O.")
    points: Several[Annotated[Line, AfterValidator(_point)]] = Field(
        (),
        title="测点：站号/表/地址/类型，如 [1/holding/100/float32]。",
        description="the points: unit/table/address/type, like [1/holding/100/float32].",
    )
    words: Literal["big", "little"] = Field(
        "big", title="多寄存器数值的字序：big 或 little。", description="order of the words of a value: big or little."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.tcp is None) == (self.serial is None):
            raise wrong(
                "A device is reached by tcp or by serial.", "write tcp: 10.0.0.5:502, or serial: /dev/ttyUSB0.", "tcp"
            )
        if not self.points and self.register_name is None:
            raise wrong("There is nothing to ask for.", "write points: or register:.", "points")
        return self
