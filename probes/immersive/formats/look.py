# SPDX-License-Identifier: Apache-2.0
"""What a picture looks like, in a few numbers that another quality, size, crop or mirroring hardly changes. Pure.

Each number has a bit for each of 8 × 8 pairs of neighbours in the picture made small: whether the left one is darker. Pictures of
two places differ in about half of the bits, copies of one in few. How often it errs: docs/explanations/alike.md.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_ROWS, _COLUMNS, _CELL = 8, 9, 32
_KEPT = {0.9: 5, 0.8: 7, 0.75: 7, 0.7: 7}
"""Parts of width and height that a cropped copy may have left, each at so many places across and down."""
_BITS_APART = 7
"""Bits of 64 in which two looks of one picture differ at most."""
_MOST_PIXELS = 300_000_000
Look = tuple[int, ...]


def look(data: bytes) -> Look:
    """The numbers of the whole picture, of it mirrored, then of its parts; empty for one that cannot be decoded."""
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > _MOST_PIXELS:
                return ()
            opened.draft("L", (512, 512))
            upright = ImageOps.exif_transpose(opened).convert("L")
            small = upright.resize((_COLUMNS * _CELL, _ROWS * _CELL), Image.Resampling.BOX)
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
        ZeroDivisionError,
        Warning,
        Image.DecompressionBombError,
    ):
        return ()
    sums = np.pad(np.asarray(small, np.int64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    whole = _cells(sums, 1.0, 0.0, 0.0)
    return (_bits(whole), _bits(whole[:, ::-1]), *(_bits(each) for each in _parts(sums)))


def alike(one: Look, other: Look) -> bool:
    """Whether two looks are of one picture: either whole or mirrored is the other, or what a crop left of it."""
    return bool(one and other) and (_near(one[:2], other) or _near(other[:2], one))


def _near(whole: Sequence[int], others: Sequence[int]) -> bool:
    return any((each ^ seen).bit_count() <= _BITS_APART for each in whole for seen in others)


def _parts(sums: np.ndarray) -> Iterator[np.ndarray]:
    """What a crop from any side may have left."""
    for part, places in _KEPT.items():
        free = (1 - part) / (places - 1)
        for down in range(places):
            yield from (_cells(sums, part, across * free, down * free) for across in range(places))


def _cells(sums: np.ndarray, part: float, left: float, top: float) -> np.ndarray:
    """Mean grey of 8 × 9 cells of a part of width and height that begins at these shares of them."""
    import numpy as np

    height, width = (each - 1 for each in sums.shape)
    rows = np.rint(height * (top + part * np.arange(_ROWS + 1) / _ROWS)).astype(np.int64)
    columns = np.rint(width * (left + part * np.arange(_COLUMNS + 1) / _COLUMNS)).astype(np.int64)
    held = np.diff(np.diff(sums[np.ix_(rows, columns)], axis=0), axis=1)
    means: np.ndarray = held / (np.diff(rows)[:, None] * np.diff(columns))
    return means


def _bits(means: np.ndarray) -> int:
    import numpy as np

    return int.from_bytes(np.packbits(means[:, :-1] < means[:, 1:]).tobytes(), "big")
