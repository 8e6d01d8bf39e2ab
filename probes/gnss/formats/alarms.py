# SPDX-License-Identifier: Apache-2.0
"""What receivers say of jamming, spoofing and simulation in sentences and messages that are not read otherwise. Pure.

Only words that are known to say that all is well are passed over; whatever else speaks of it is an alarm.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_STATE = re.compile(r"(?:PAIRSPF5?|PQTMJAMMINGSTATUS),(?:\d+,)?(?P<state>\d)")
_QUIET = {"0", "1"}
"""States of Airoha's and Quectel's detectors: not known, none; beyond them a warning, and no fix at all."""
_OF = r"(?:spoof\w*|jam\w*|simulat\w*|replay\w*)"
_FINE = re.compile(
    rf"(?:.*[,;\"\s])?(?:no|not|without)[ _](?:gnss |gps )?{_OF}(?:(?: or |/){_OF})?(?: (?:detected|found|indicated|present))?\W*"
    rf"|(?:.*[,;\"\s])?{_OF}(?: (?:state|status|detection|detector|indicator|ind|level|alarm|monitor\w*))*\s*[:=, ]\s*"
    r"(?:none|no|not|off|ok|0|false|normal|clear|disabled|enabled|on|(?:not|none) (?:detected|found))\W*"
)
_FALSE = ("spoo", "simu", "repla")
_DIGITS = re.compile(r"\d+")
_LONGEST = 60


class Alarm(NamedTuple):
    """``spoofed``: of spoofing, a simulator or a replay, else of jamming; ``words`` of the receiver, digits left out so that counters are one alarm."""

    spoofed: bool
    words: str


def alarm(body: bytes) -> Alarm | None:
    """What a sentence (from behind its '$' or '#' to before its '*') says of jamming, spoofing or simulation; None where it says that there is none."""
    text = body.decode("ascii", "replace")
    state, said = _STATE.fullmatch(text), text.casefold()
    if (state is not None and state["state"] in _QUIET) or (state is None and _FINE.fullmatch(said)):
        return None
    return Alarm(any(each in said for each in _FALSE), _DIGITS.sub("#", text)[:_LONGEST])
