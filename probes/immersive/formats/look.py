# SPDX-License-Identifier: Apache-2.0
"""What a picture looks like, in a few numbers that another quality, size, crop or mirroring hardly changes. Pure.

Each number has a bit for each of 8 × 8 pairs of neighbours in the picture made small: whether the left one is darker. Pictures of
two places differ in about half of the bits, copies of one in few.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from itertools import pairwise

_SIDE = 8
_KEPT = (1.0, 0.9, 0.8, 0.7)
"""Parts of width and height around the middle that a cropped copy may have left."""
_BITS_APART = 8
"""Bits of 64 in which two looks of one picture differ at most; by chance fewer than three pairs in 10¹⁰ are as near."""
_MOST_PIXELS = 300_000_000
Look = tuple[int, ...]


def look(data: bytes) -> Look:
    """The numbers of the whole picture, of it mirrored, then of its middle parts; empty for one that cannot be decoded."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data)) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if opened.width * opened.height > _MOST_PIXELS:
                return ()
            opened.draft("L", (512, 512))
            upright = ImageOps.exif_transpose(opened).convert("L")
            whole = upright.resize((min(512, upright.width), min(512, upright.height)), Image.Resampling.BOX)
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
    mirrored = ImageOps.mirror(whole)
    return (_bits(whole, 1.0), _bits(mirrored, 1.0), *(_bits(whole, each) for each in _KEPT[1:]))


def alike(one: Look, other: Look) -> bool:
    """Whether two looks are of one picture: either whole or mirrored is the other, or what a crop left of it."""
    return bool(one and other) and (_near(one[:2], other) or _near(other[:2], one))


def _near(whole: Sequence[int], others: Sequence[int]) -> bool:
    return any((each ^ seen).bit_count() <= _BITS_APART for each in whole for seen in others)


def _bits(picture: object, part: float) -> int:
    from PIL import Image

    assert isinstance(picture, Image.Image)  # noqa: S101 - look hands one over
    width, height = picture.size
    left, top = width * (1 - part) / 2, height * (1 - part) / 2
    small = picture.resize((_SIDE + 1, _SIDE), Image.Resampling.BOX, (left, top, width - left, height - top))
    values = list(small.tobytes())
    rows = (values[at : at + _SIDE + 1] for at in range(0, len(values), _SIDE + 1))
    found = 0
    for row in rows:
        for one, other in pairwise(row):
            found = found << 1 | (one < other)
    return found
