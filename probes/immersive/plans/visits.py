# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for visits to points on the web."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from harness.kit.settings import Criterial, Cure, DurationS, FileName, Settings, Several, wrong
from harness.spec.written import Line


class PointSettings(Settings):
    """One point on the web."""

    url: Annotated[
        str, Field(pattern=r"^https?://[^\s@/]+(/\S*)?$"), Cure("write url: https://example.com/point-1/.")
    ] = Field(title="体验页面的地址。", description="the address of its page, like https://example.com/point-1/.")
    kind: Annotated[Literal["xr", "web"], Criterial()] = Field(
        "xr",
        title="xr 为须戴头显进入的体验，web 为普通网页。",
        description="xr for an experience that has to be entered, web for a page that is only looked at.",
    )
    enter: Line | None = Field(
        None,
        title="进入按钮的 CSS 选择器；缺省自动寻找。",
        description="the CSS selector of the button that enters; by default it is looked for.",
    )


class VisitsSettings(Settings):
    """Which points are visited, how often and how long."""

    points: dict[Line, PointSettings] = Field(
        default_factory=dict,
        title="各点位的名称与地址。",
        description="the points by name, like {序厅: {url: https://example.com/1/}}.",
    )
    headset: FileName | None = Field(
        None,
        title="模拟头显的脚本：npm 包 iwer 中的 build/iwer.min.js；有 xr 点位时必填。",
        description="the script of the emulated headset, build/iwer.min.js of the npm package iwer; needed for points of kind xr.",
    )
    hosts: Several[Line] = Field(
        (),
        title="属于本平台的其他来源，如 https://cdn.example.com；其余来源的内容不算本平台的。",
        description="other origins that are the platform's own, like https://cdn.example.com; what comes from anywhere else is not counted as its own.",
    )
    visits: Annotated[int, Field(ge=1, le=10_000), Cure("write visits: 3.")] = Field(
        3,
        title="每个点位访问几次；每次清除缓存。",
        description="how often each point is visited, each time without a cache.",
    )
    stay_s: Annotated[DurationS, Cure("write stay: 6 s.")] = Field(
        alias="stay",
        default="6 s",
        validate_default=True,
        title="页面载入后停留多久；可交互时间要看到 5 s 的安静。",
        description="how long a page is watched after it has loaded; the time to interactive wants 5 s of quiet.",
    )
    timeout_s: Annotated[DurationS, Cure("write timeout: 30 s.")] = Field(
        alias="timeout",
        default="30 s",
        validate_default=True,
        title="等待载入的最长时间。",
        description="how long it is waited for a page to load.",
    )
    browser: Line | None = Field(
        None,
        title="浏览器程序；缺省为系统的 Chromium。",
        description="the browser's program; by default the system's Chromium.",
    )
    device: Annotated[Literal["headset", "phone", "computer", "screen"], Criterial()] = Field(
        "computer", title="运行浏览器的设备类型。", description="the class of the device that runs the browser."
    )
    stills: bool = Field(
        True, title="是否保存每次访问的截图。", description="whether a picture of the screen is kept of each visit."
    )
    recorded: FileName | None = Field(
        None,
        title="在别处录制的访问记录，代替现场访问。",
        description="visits that were recorded elsewhere, judged in place of visits made now.",
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.points and self.recorded is None:
            raise wrong("nothing is visited", "write points: {NAME: {url: https://…}}.", "points")
        if self.points and self.recorded is not None:
            raise wrong("points are visited now or a record is judged", "leave out points: or recorded:.", "recorded")
        if self.headset is None and any(each.kind == "xr" for each in self.points.values()):
            raise wrong(
                "points of kind xr are entered with an emulated headset",
                "write headset: iwer.min.js (npm install iwer), or kind: web.",
                "headset",
            )
        return self
