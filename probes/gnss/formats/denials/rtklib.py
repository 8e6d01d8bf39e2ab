# SPDX-License-Identifier: Apache-2.0
"""How the head of an RTKLIB solution says it was computed, and which of that is what a receiver would have said at the time."""

from __future__ import annotations

import re

from harness.errors import DecodeError

_SAID = re.compile(r"%\s*(?P<name>pos mode|solution|amb res|val thres)\s*:\s*(?P<word>.*?)\s*$")
_AS_RECEIVED = {
    "pos mode": frozenset({"single", "dgps", "kinematic", "static-start"}),
    "solution": frozenset({"forward"}),
    "amb res": frozenset({"continuous", "instantaneous", "fix and hold", "fix-and-hold"}),
}
"""Filters that know later epochs, or that the place does not move, or the place itself, do better than a receiver could."""
LEAST_RATIO = 1.5
"""Between the second best and the best integers; below it nobody takes them for right (RTKLIB's own threshold is 3)."""


def least_ratio(line: str) -> float | None:
    """The threshold of the ratio that a line of a head states; DecodeError for a way to compute that is no receiver's, or a threshold that takes anything."""
    said = _SAID.match(line)
    if said is None:
        return None
    name, word = said["name"], said["word"].casefold()
    if name != "val thres":
        if word not in _AS_RECEIVED[name]:
            msg = f"This RTKLIB solution was computed with {name} {said['word']}."
            cure = "compute it forward in kinematic mode, as a receiver does, or hand in the receiver's own log."
            raise DecodeError(msg, cure=cure)
        return None
    try:
        least = float(word)
    except ValueError:
        least = 0.0
    if not least >= LEAST_RATIO:
        msg = f"This RTKLIB solution takes integers for right from a ratio of {said['word']} on."
        raise DecodeError(msg, cure="compute it again with a threshold of 1.5 or more; RTKLIB's own is 3.")
    return least
