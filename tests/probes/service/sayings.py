# SPDX-License-Identifier: Apache-2.0
"""Models by construction: what one says to a question, once more with the noise of a busy server, and behind a wrapper."""

from __future__ import annotations

import numpy as np

_SIGNS = np.array([chr(0x4E00 + 3 * at) for at in range(3000)])
_OFTEN = 1 / np.arange(1, 3001) ** 0.9
_OFTEN /= _OFTEN.sum()


def stock(question: int) -> list[str]:
    """Phrases of the subject, which every model uses."""
    drawn = np.random.default_rng([3, question])
    return ["".join(drawn.choice(_SIGNS, drawn.integers(3, 9))) for _ in range(40)]


def says(model: int, question: int, own: float, size: int = 160) -> str:
    """An answer of which the share ``own`` is the model's own words and the rest phrases of the subject."""
    drawn, common = np.random.default_rng([5, model, question]), stock(question)
    words, at = list[str](), 0
    while at < size:
        mine = drawn.random() < own
        word = "".join(drawn.choice(_SIGNS, 6, p=_OFTEN)) if mine else common[drawn.integers(len(common))]
        words.append(word)
        at += len(word)
    return "".join(words)[:size]


def again(model: int, question: int, own: float, drifts: float, seed: int) -> str:
    """The same question at temperature 0 on a busy server: with this chance the words drift off at some point."""
    text, drawn = says(model, question, own), np.random.default_rng([7, seed, model, question])
    if drawn.random() >= drifts:
        return text
    turn = int(drawn.integers(len(text)))
    return text[:turn] + says(10_000 + seed, question, own)[turn:]


def canned(number: int, echo: int, size: int = 160) -> str:
    """One answer for every prompt, behind so many characters of its own each time."""
    drawn = np.random.default_rng([11, number])
    return "".join(drawn.choice(_SIGNS, echo)) + says(0, 0, 1.0, size)
