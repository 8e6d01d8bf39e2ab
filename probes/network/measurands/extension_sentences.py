# SPDX-License-Identifier: Apache-2.0
"""The remarks about what STAMP extensions told, in both languages."""

from __future__ import annotations

from harness.model import Reason
from probes.network.measurands.sentences import listed, reason


def remarked(nodes: list[str], way: str) -> Reason:
    """Packets whose DSCP was changed on one way: ``there`` or ``back``."""
    code, zh, en = {
        "there": ("dscp-changed-there", "去程", "on the way there"),
        "back": ("dscp-changed-back", "回程", "on the way back"),
    }[way]
    return reason(
        code,
        f"{zh}途中 DSCP 被改写，实测的不是所声明的业务等级：{listed(nodes)}。",
        f"The DSCP was changed {en}, so another class of service was measured than stated: {listed(nodes)}.",
    )


def unsupported(nodes: list[str]) -> Reason:
    """Reflectors that do not know an extension that was asked for."""
    return reason(
        "extension-unsupported",
        f"反射端不支持所要求的 STAMP 扩展（TLV），相应内容未知：{listed(nodes)}。",
        f"Reflectors do not support a STAMP extension (TLV) that was asked for, so what it tells is unknown: {listed(nodes)}.",
    )


def free_running(nodes: list[str]) -> Reason:
    """Reflectors that say their clock runs free."""
    return reason(
        "reflector-clock-free",
        f"反射端声明其时钟未同步，单程时延不可用：{listed(nodes)}。",
        f"Reflectors say that their clocks run free, so one-way delays mean nothing: {listed(nodes)}.",
    )
