# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for cameras."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.kit.settings import Cure, DurationS, Secret, Settings, wrong
from harness.spec.written import Line


class CameraSettings(Settings):
    """Where the platform gives the pictures of which camera."""

    cameras: Annotated[
        dict[str, Line], Field(min_length=1), Cure("write cameras: {CAM-01: rtsp://10.0.0.5/live/1}.")
    ] = Field(
        title="各摄像机的资产编号与平台画面地址。",
        description="address of each camera's picture on the platform by its asset number, like {CAM-01: rtsp://10.0.0.5/live/1}.",
    )
    user: Line | None = Field(None, title="用户名。", description="user name, where the platform asks for one.")
    password: Annotated[Secret | None, Cure("write password: env:NAME.")] = Field(
        None, title="口令所在：env:变量名。", description="where the password is: env:NAME."
    )
    key: Annotated[Secret, Cure("write key: env:YANSHOU_CODE, the same as for `yanshou serve codes`.")] = Field(
        title="二维码的密钥所在：env:变量名，与 yanshou serve codes 一致。",
        description="where the key of the codes is: env:NAME, the same as for `yanshou serve codes`.",
    )
    duration_s: Annotated[DurationS, Cure("write duration: 2 min.")] = Field(
        alias="duration",
        title="每台摄像机看多久，如 1 min。",
        description="how long each camera is watched, like 1 min.",
    )
    stills: bool = Field(True, title="是否保存出现二维码的画面。", description="whether pictures with a code are kept.")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        known: dict[str, str] = {}
        for name, address in self.cameras.items():
            first = known.setdefault(address, name)
            if first != name:
                msg = f"{first} and {name} have the same address: one picture shows one camera."
                raise wrong(msg, "write the address of each camera's own picture.", "cameras")
        return self
