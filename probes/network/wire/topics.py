# SPDX-License-Identifier: Apache-2.0
"""Topics of status messages, with holes where the identity of a terminal stands, and the words they use. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import DecodeError

IDENTITIES = ("asset", "imei", "iccid", "mac", "address")
DEFAULTS = {
    "online": "online|birth|connected|true|1|[ND]BIRTH|在线|上线",
    "offline": "offline|dead|lost|disconnected|false|0|[ND]DEATH|离线|掉线",
    "farewell": "bye|farewell|正常离线|下线",
}
"""Which words say that a terminal is there, that its will was published, that it took leave."""
_HOLES = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A topic with holes for identities, as ``plant/{asset}/status``: the filter to subscribe to, and the expression to match."""

    topic: str
    filter: str
    expression: re.Pattern[str]

    @classmethod
    def of(cls, topic: str) -> Pattern:
        """From the text of the settings; DecodeError for a hole that is no identity, or two in one level."""
        holes = _HOLES.findall(topic)
        wrong = set(holes) - {*IDENTITIES, "state"}
        levels = topic.split("/")
        if wrong or len(holes) != len(set(holes)) or any(len(_HOLES.findall(each)) > 1 for each in levels):
            msg = f"{topic!r} has a hole that is no identity, or two of one name or in one level."
            raise DecodeError(msg, cure=f"use {{{'}, {'.join(IDENTITIES)}}} or {{state}}, once and a level each.")
        wanted = "/".join("+" if _HOLES.search(level) else level for level in levels)
        parts = [_expression(level, last=at == len(levels) - 1) for at, level in enumerate(levels)]
        return cls(topic, wanted, re.compile("/".join(parts)))


def _expression(level: str, *, last: bool) -> str:
    if level == "#" and last:
        return ".*"
    if level == "+":
        return "[^/]*"
    hole = _HOLES.search(level)
    if hole is None:
        return re.escape(level)
    return f"{re.escape(level[: hole.start()])}(?P<{hole[1]}>[^/]+){re.escape(level[hole.end() :])}"
