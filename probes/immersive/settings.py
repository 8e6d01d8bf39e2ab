# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for logs of frames."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Criterial, Cure, FileName, RateHz, Settings


class FramesSettings(Settings):
    """A log, the application that is judged, and the device it ran on."""

    file: Annotated[FileName, Cure("write file: point-1.csv.")] = Field(
        title="帧记录文件。", description="the log of frames."
    )
    application: Annotated[str, Field(min_length=1), Criterial()] | None = Field(
        None,
        title="所判定的应用，如 viewer.exe；缺省时记录中的每个画面都须达标。",
        description="the application that is judged, like viewer.exe; by default every picture in the log has to conform.",
    )
    device: Annotated[Literal["headset", "phone", "computer", "screen"], Criterial()] = Field(
        title="设备类型。", description="the class of the device."
    )
    refresh: Annotated[RateHz, Criterial()] | None = Field(
        None, title="显示刷新率，如 72 Hz。", description="the display's refresh rate, like 72 Hz."
    )
