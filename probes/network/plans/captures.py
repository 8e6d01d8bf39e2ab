# SPDX-License-Identifier: Apache-2.0
"""Settings for captures of others: which packets answer which, between which points, and how far clocks may be trusted."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.settings import (
    Criterial,
    Cure,
    DurationNs,
    FileName,
    In,
    InFile,
    Port,
    Settings,
    Several,
    Written,
    wrong,
)
from probes.network.wire.payload import PayloadField

_Capture = Annotated[FileName, InFile("put the capture beside the profile."), Cure("write file: site.pcapng.")]


class CaptureSettings(Settings):
    """One file, or two of the same packets at two points."""

    file: _Capture = Field(
        title="抓包文件：pcap 或 pcapng，可为 gzip、xz、zstd 压缩；两点抓包时为发送侧。",
        description="the capture: pcap or pcapng, plain or compressed by gzip, xz or zstd; of two points the sending side's.",
    )
    down: _Capture | None = Field(
        None,
        title="另一点的抓包文件，用于 pairing: two-point。",
        description="the capture at the other point, for pairing: two-point.",
    )
    pairing: Annotated[Literal["stamp", "icmp", "tcp", "field", "two-point"], Criterial()] = Field(
        "stamp",
        title="如何配对：stamp、icmp、tcp、field 或 two-point。",
        description="what answers what: stamp, icmp, tcp, field or two-point.",
    )
    ports: Annotated[Several[Port], Cure("write port: 862, or a list."), Criterial()] = Field(
        (),
        alias="port",
        title="反射端或 field 对端的 UDP 端口，可写多个。",
        description="UDP port of a reflector or of a field's peer, or several.",
    )
    field: Annotated[Annotated[PayloadField, Written(PayloadField.read, r"^[0-9]+:[1-8]$")] | None, Criterial()] = (
        Field(
            None,
            title='载荷中标识报文的数，如 "0:4"（偏移:字节数）。',
            description='number in the transport payload that identifies a packet, like "0:4".',
        )
    )
    nodes: Annotated[Literal["answering", "asking"], Criterial()] = Field(
        "answering",
        title="哪一端算节点：answering 应答端或 asking 请求端。",
        description="which end is the node: answering or asking.",
    )
    waiting_ns: Annotated[int, In("ns", "1 us", "1 h"), Cure("write waiting_time: 3 s."), Criterial()] = Field(
        3_000_000_000,
        alias="waiting_time",
        title="等待时间，超过即算丢失，如 3 s。",
        description="after which a reply counts as lost, like 3 s.",
    )
    clock_error_ns: Annotated[DurationNs | None, Criterial()] = Field(
        None,
        alias="clock_error",
        title="两点时钟之间误差的上界，如 1 us。",
        description="bound on the error between the clocks of two points, like 1 us.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        two = self.pairing == "two-point"
        if two and self.down is None:
            raise wrong("No capture of the other point is named.", "write down: edge.pcapng.", "down")
        if not two and (self.down is not None or self.clock_error_ns is not None):
            raise wrong("A second file needs two points.", "write pairing: two-point.", "pairing")
        if self.pairing == "field" and (self.field is None or not self.ports):
            raise wrong("Pairing by field needs field and port.", 'write field: "0:4", port: 9000.', "pairing")
        if self.field is not None and self.pairing not in {"field", "two-point"}:
            raise wrong("A field goes with pairing field or two-point.", "write pairing: field.", "pairing")
        return self
