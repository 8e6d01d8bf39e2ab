# SPDX-License-Identifier: Apache-2.0
"""Requests as rows of fixed length: moments in ns of their session's clock, -1 where there was none, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOMENTS = ("due", "began", "dns", "tcp", "tls", "sent", "byte", "first", "last", "ended")
"""Due, begun, name known, connection, TLS, last byte sent, first byte back, first token, last token, end."""
REQUEST = np.dtype(
    [
        ("number", "<i8"),
        *((each, "<i8") for each in MOMENTS),
        ("early", "<i8"),
        ("longest", "<i8"),
        ("tokens", "<i4"),
        ("outputs", "<i4"),
        ("choices", "<i4"),
        ("prompt", "<i4"),
        ("cached", "<i4"),
        ("status", "<i4"),
        ("kept", "?"),
        ("fault", "S24"),
    ]
)
"""``early``: when the first token came at the earliest, where it was read late with others. ``longest``: between two chunks with text. ``tokens``: shown, by usage; -1 unknown. ``fault``: empty for a whole answer."""
DELTA = np.dtype([("gap", "<i8"), ("tokens", "<i4")])
"""Time since the last token before, and how many tokens came, where usage stands in every chunk."""
UNFINISHED = b"unfinished"
"""The fault of a request that was under way when the recording ended: nobody knows what would have come of it."""

Rows = NDArray[np.void]


def table(rows: Iterable[tuple[Any, ...]], dtype: np.dtype[np.void]) -> Rows:
    """Rows as a structured array."""
    return np.array(list(rows), dtype)


def good(rows: Rows) -> NDArray[np.bool_]:
    """Which requests were answered whole."""
    return np.asarray(rows["fault"] == b"")


def unfinished(rows: Rows) -> NDArray[np.bool_]:
    """Which requests nobody knows the end of."""
    return np.asarray(rows["fault"] == UNFINISHED)


def ttft_ns(rows: Rows, *, since: str = "sent") -> NDArray[np.int64]:
    """Time to the first token, from the last byte of the request (``sent``) or from the moment it was ``due``."""
    return np.asarray(rows["first"] - rows[since], np.int64)


def first_ms(rows: Rows, answered: NDArray[np.bool_], *, since: str = "sent") -> NDArray[np.float64]:
    """Time to the first token of every request in ms; of one that was not answered, infinite."""
    return np.where(answered, ttft_ns(rows, since=since) / 1e6, np.inf)


def per_token_ms(rows: Rows, answered: NDArray[np.bool_], *, longest: bool = False) -> NDArray[np.float64]:
    """Time per token of every request in ms, or its longest pause; nan for an answer of one token, infinite for none."""
    values = rows["longest"] / 1e6 if longest else np.nan_to_num(tpot_ns(rows) / 1e6, nan=np.inf)
    single = good(rows) & (rows["tokens"] > 0) & (rows["tokens"] <= rows["choices"])
    return np.where(single, np.nan, np.where(answered, values, np.inf))


def tpot_ns(rows: Rows) -> NDArray[np.float64]:
    """Time per token after the first, of each choice; nan where usage does not say how many there were, or fewer than two."""
    each = rows["tokens"] / np.maximum(rows["choices"], 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        span = (rows["last"] - rows["early"]) / (each - 1)
    return np.where((rows["tokens"] > 0) & (each > 1) & (rows["first"] >= 0), span, np.nan)
