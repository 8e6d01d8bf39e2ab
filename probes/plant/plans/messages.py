# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for messages on a broker."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from harness.kit.broker import BrokerSettings
from harness.kit.settings import Cure, FileName, InFile, Settings, Several, wrong
from harness.spec.written import Line


def _filter(text: str) -> str:
    levels = text.split("/")
    if any(
        ("#" in each and (each != "#" or at < len(levels) - 1)) or ("+" in each and each != "+")
        for at, each in enumerate(levels)
    ):
        msg = f"{text!r} is no filter of topics."
        raise wrong(msg, "write # alone at the end, and + alone between slashes.")
    return text


class MessageSettings(BrokerSettings):
    """Which topics the plant's values come on."""

    topics: Annotated[Several[Annotated[Line, AfterValidator(_filter)]], Cure("write topics: [plant/#].")] = Field(
        ("#",),
        title="订阅的主题；默认全部。",
        description="the topics that are listened to; all of them by default.",
    )
    version: Literal["3.1.1", "5"] = Field(
        "3.1.1", title="MQTT 版本：3.1.1 或 5。", description="version of MQTT, 3.1.1 or 5, in quotation marks."
    )


class CaptureSettings(Settings):
    """A capture of the plant's broker."""

    file: Annotated[FileName, InFile("put the capture beside the profile."), Cure("write file: broker.pcapng.")] = (
        Field(
            title="抓包文件：pcap 或 pcapng，可为 gzip、xz、zstd 压缩。",
            description="the capture: pcap or pcapng, plain or compressed by gzip, xz or zstd.",
        )
    )
