# SPDX-License-Identifier: Apache-2.0
"""How a unit is called in each language: ``台套`` is ``sets`` in English, ``packets`` is ``包`` in Chinese, ``ms`` is itself."""

from __future__ import annotations

from harness.quantity import Limit, Quantity, decimal_text

_PAIRS = """
台套 sets, 台（套） sets, 台 units, 套 sets, 个 , 家 organisations, 条 records, 件 items, 种 kinds, 项 items, 处 places,
点位 points, 人 people, 名 people, 户 households, 次 times, 座 sites, 辆 vehicles, 块 pieces, 份 copies, 组 groups,
类 kinds, 例 cases, 笔 transactions, 张 sheets, 路 channels, 站 stations, 只 pieces, 颗 pieces, 帧 frames, 包 packets,
秒 s, 分钟 min, 小时 h, 天 d, 日 d, 毫秒 ms, 微秒 µs, 纳秒 ns, 米 m, 厘米 cm, 毫米 mm, 公里 km, 瓦 W, 瓦时 Wh
"""
_ENGLISH = {
    zh: en for zh, _, en in (pair.strip().partition(" ") for pair in _PAIRS.replace("\n", " ").split(",")) if zh
}
_CHINESE = {
    "node": "个节点", "nodes": "个节点", "packet": "包", "packets": "包", "record": "条", "records": "条",
    "item": "项", "items": "项", "session": "次会话", "sessions": "次会话", "epoch": "个历元", "epochs": "个历元",
    "frame": "帧", "frames": "帧", "token": "个词元", "tokens": "个词元", "attempt": "次尝试", "attempts": "次尝试",
    "device": "台设备", "devices": "台设备", "request": "次请求", "requests": "次请求",
}  # fmt: skip


def unit_word(unit: str, lang: str) -> str:
    """The unit as ``lang`` writes it; the bare ratio has none."""
    if unit == "1":
        return ""
    counted, slash, per = unit.partition("/")
    table = _ENGLISH if lang == "en" else _CHINESE
    return table.get(counted, counted) + slash + table.get(per, per)


def quantity_words(quantity: Quantity, lang: str) -> str:
    """A quantity with its exact number: ``50 sets``."""
    number, unit = decimal_text(quantity.value), unit_word(quantity.unit, lang)
    return f"{number} {unit}" if unit else number


def limit_words(limit: Limit, lang: str) -> str:
    """A limit: ``≥ 50 sets``."""
    sign = limit.text.partition(" ")[0]
    return f"{sign} {quantity_words(limit.quantity, lang)}"
