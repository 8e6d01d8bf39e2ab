# SPDX-License-Identifier: Apache-2.0
"""The reasons and remarks about captures, in both languages."""

from __future__ import annotations

from harness.model import Reason
from probes.network.measurands.sentences import reason

ONE_WAY_ONLY = reason(
    "one-way-only",
    "两点抓包只有单程时延，不能按往返时延评定；请改用单程读法。",
    "A capture at two points has one-way delays only and cannot be judged as round trips; choose a one-way reading.",
)
SWAPPED = reason(
    "files-swapped",
    "两点抓包的单程时延多数为负：两个文件写反了，或两点时钟不一致。",
    "Most one-way delays between the two capture points are negative: the files are swapped, or their clocks disagree.",
)
THIRD_PARTY = reason(
    "third-party-capture",
    "数据来自第三方抓包文件，不是本工具发送和记录的；抓包点、时钟与过滤条件由提供方负责。",
    "The data come from a capture that others recorded: where it was taken, its clock and its filter are theirs to answer for.",
)


def capture_drops(count: int) -> Reason:
    """Packets the capture lost."""
    return reason(
        "capture-drops",
        f"抓包程序自己丢失了 {count} 个报文，丢包不能归于网络；请加大缓冲区或缩小过滤范围后重新抓包。",
        f"The capture itself dropped {count} packets, so losses cannot be blamed on the network; capture again with a "
        "larger buffer or a narrower filter.",
    )


def ambiguous(count: int) -> Reason:
    """Identical payloads, of which not all were seen again."""
    return reason(
        "ambiguous-payloads",
        f"{count} 个报文的载荷相同且没有全部再次出现，配对不能确定；请用 field 指定一个编号。",
        f"{count} packets share their payload and were not all seen again, so their pairs are a guess; name a field.",
    )
