# SPDX-License-Identifier: Apache-2.0
"""What ties paper to bundle: the seal's digest as a QR code and short for the eye, and a code of its own on every page.

A page's code is over the seal, the layout, the language, the number of the page and what stands on it without the code,
so that ``yanshou verify --page`` finds the page again and says what it reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from reports.paper.blocks import Paper
from reports.short import LENGTH, short

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base 32 without the letters that are mistaken for digits."""


class Page(NamedTuple):
    """A page or part of a paper: its code, which of how many it is, and its texts in order."""

    code: str
    layout: str
    number: int
    total: int
    texts: tuple[str, ...]


def page_of(paper: Paper, number: int, total: int, texts: Sequence[str]) -> Page:
    """The page of a paper with its code; what heads every page belongs to what stands on it."""
    heads = [each for each in (paper.left, paper.right, paper.watermark) if each]
    code = code_of(paper.digest, paper.layout, paper.lang, number, [*heads, *texts])
    return Page(code, paper.layout, number, total, tuple(texts))


def code_of(digest: str, layout: str, lang: str, number: int, texts: Sequence[str]) -> str:
    """Sixty bits of SHA-256 as twelve letters that a person can type."""
    said = json.dumps([digest, layout, lang, number, list(texts)], ensure_ascii=False)
    bits = int.from_bytes(hashlib.sha256(said.encode()).digest()[:8]) >> 4
    return short("".join(_LETTERS[bits >> 5 * at & 31] for at in reversed(range(LENGTH))))


def qr(digest: str) -> bytes:
    """The QR code as SVG (ISO/IEC 18004, level M)."""
    out = BytesIO()
    _symbol(digest).save(out, kind="svg", border=1, xmldecl=False, svgns=True)
    return out.getvalue()


@lru_cache(maxsize=4)
def qr_png(digest: str) -> bytes:
    """The QR code as PNG, eight pixels a module."""
    out = BytesIO()
    _symbol(digest).save(out, kind="png", border=1, scale=8)
    return out.getvalue()


@lru_cache(maxsize=4)
def qr_runs(digest: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """Modules a side, quiet zone of one included, and every dark run of a row: (first column, one beyond the last, row)."""
    rows = [[bool(each) for each in row] for row in _symbol(digest).matrix_iter(border=1)]
    runs = []
    for y, row in enumerate(rows):
        edges = [x for x, (before, now) in enumerate(zip([False, *row], [*row, False], strict=True)) if before != now]
        runs += [(first, last, y) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return len(rows), tuple(runs)


@lru_cache(maxsize=4)
def _symbol(digest: str) -> Any:
    """Kept: every foot of every format bears it, and to choose its mask takes longer than a page."""
    import segno

    return segno.make(f"yanshou:sha256:{digest}", error="m")
