# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for a capture of talkers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, InFile, Port, Settings, Several


class FlowsSettings(Settings):
    """A capture, and what of it is our own."""

    file: Annotated[FileName, InFile("put the capture beside the profile."), Cure("write file: core.pcapng.")] = Field(
        title="抓包文件：pcap 或 pcapng，可为 gzip、xz、zstd 压缩。",
        description="the capture: pcap or pcapng, plain or compressed by gzip, xz or zstd.",
    )
    ports: Annotated[Several[Port], Cure("write ports: [862]."), Criterial()] = Field(
        (862,),
        title="本项目反射端的 UDP 端口，其报文不计。",
        description="UDP ports of our own reflectors, whose packets are left out.",
    )
