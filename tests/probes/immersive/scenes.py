# SPDX-License-Identifier: Apache-2.0
"""Photographs by construction, with what real ones have in common: fields of all sizes (1/f), a sky over a ground, things with edges."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

WIDTH, HEIGHT = 192, 144
Way = Callable[[Image.Image, np.random.Generator], Image.Image]


@cache
def scene(seed: int) -> Image.Image:
    """One place."""
    drawn = np.random.default_rng([17, seed])
    across, down = np.fft.rfftfreq(WIDTH), np.fft.fftfreq(HEIGHT)
    size = np.hypot(across[None, :], down[:, None])
    size[0, 0] = 1.0
    waves = np.exp(2j * np.pi * drawn.random(size.shape)) / size
    fields = np.fft.irfft2(waves, (HEIGHT, WIDTH))
    sky = np.linspace(1.5, -1.5, HEIGHT)[:, None]
    seen = fields / fields.std() + sky
    for _ in range(12):
        left, top = drawn.integers(0, WIDTH - 20), drawn.integers(HEIGHT // 3, HEIGHT - 20)
        seen[top : top + drawn.integers(8, 60), left : left + drawn.integers(6, 50)] += drawn.normal(0, 1.2)
    low, high = np.percentile(seen, (1, 99))
    grey = np.clip((seen - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def saved(seen: Image.Image, quality: int = 85) -> bytes:
    """As a camera or a messenger saves it."""
    out = io.BytesIO()
    seen.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _cut(seen: Image.Image, share: float, left: float, top: float) -> Image.Image:
    """Without ``share`` of width and height, of which ``left`` and ``top`` are taken off on those sides."""
    width, height = seen.size
    x, y = share * width * left, share * height * top
    return seen.crop((round(x), round(y), round(x + width * (1 - share)), round(y + height * (1 - share))))


def _moved(seen: Image.Image, drawn: np.random.Generator) -> Image.Image:
    """What another photograph from a step beside shows: a tenth is gone on one side, and came on the other."""
    other = np.roll(np.asarray(seen), round(0.1 * seen.width), axis=1)
    other[:, : round(0.1 * seen.width)] = np.asarray(scene(int(drawn.integers(10**6, 10**7))))[
        :, : round(0.1 * seen.width)
    ]
    return Image.fromarray(other)


COPIES: Mapping[str, Way] = {
    "another quality": lambda seen, _: Image.open(io.BytesIO(saved(seen, 20))),
    "another size": lambda seen, drawn: seen.resize(
        (int(seen.width * drawn.uniform(0.3, 2)), int(seen.height * drawn.uniform(0.3, 2)))
    ),
    "mirrored": lambda seen, _: ImageOps.mirror(seen),
    "brighter, in grey": lambda seen, drawn: ImageEnhance.Brightness(seen.convert("L")).enhance(
        drawn.uniform(0.7, 1.4)
    ),
    "less contrast": lambda seen, drawn: ImageEnhance.Contrast(seen).enhance(drawn.uniform(0.5, 1.5)),
    "cut by a tenth around the middle": lambda seen, _: _cut(seen, 0.1, 0.5, 0.5),
    "cut by a quarter around the middle": lambda seen, _: _cut(seen, 0.25, 0.5, 0.5),
    "cut by a tenth anywhere": lambda seen, drawn: _cut(seen, 0.1, drawn.random(), drawn.random()),
    "cut by a quarter anywhere": lambda seen, drawn: _cut(seen, 0.25, drawn.random(), drawn.random()),
    "turned by two degrees": lambda seen, _: seen.rotate(2, Image.Resampling.BICUBIC),
    "another photograph from a step beside": _moved,
}
"""Ways to make one photograph look like two, and at the end one that really makes another."""
