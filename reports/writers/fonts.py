# SPDX-License-Identifier: Apache-2.0
"""Fonts with the glyphs of Chinese, found on this machine; a document embeds only what it uses, and a missing glyph is told.

Noto Sans/Serif CJK (OFL 1.1): Debian's fonts-noto-cjk, or any folder named in YANSHOU_FONTS. No font is in the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.printable import printable

FAMILIES = {"serif": "Noto Serif CJK SC", "sans": "Noto Sans CJK SC"}
_NAMES = {"serif": ("NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf", "NotoSerifSC-Regular.otf"),
          "sans": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf")}  # fmt: skip
_PLACES = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts", "~/Library/Fonts",
    "C:/Windows/Fonts", "~/AppData/Local/Microsoft/Windows/Fonts",
)  # fmt: skip
_APOSTROPHE = re.compile("(?<=[A-Za-z])\u2019(?=[a-z])")
_QUOTED = re.compile("(?<![\u2e80-\uffff])\u201c([^\u201c\u201d\u2e80-\uffff]*)\u201d")
_UNUSED = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx")
SIMPLIFIED = 2
"""Where the simplified Chinese shapes stand in Noto's collections."""


def folders() -> Iterator[Path]:
    """Where fonts are looked for: what YANSHOU_FONTS names first."""
    named = os.environ.get("YANSHOU_FONTS", "")
    yield from (Path(each) for each in named.split(os.pathsep) if each)
    yield from (Path(each).expanduser() for each in _PLACES)


@cache
def file_of(style: str) -> Path:
    """The font file for ``serif`` or ``sans``; UsageError that says how to get one."""
    for folder in folders():
        for name in _NAMES[style]:
            found = next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
            if found is not None:
                return found
    msg = "No font with the glyphs of Chinese (Noto Sans CJK, Noto Serif CJK) was found."
    raise UsageError(
        msg, cure="install fonts-noto-cjk, or name a folder with NotoSerifCJK-Regular.ttc in YANSHOU_FONTS."
    )


def settable(text: str) -> str:
    """The text with hidden characters written out, and with characters of the font's for those that it draws too wide.

    The narrow blank between digits becomes its plain one; apostrophes and quotation marks of English, which a Chinese font makes as
    wide as a letter, straight ones.
    """
    straight = _QUOTED.sub('"\\1"', _APOSTROPHE.sub("'", printable(text, keep="\n")))
    return straight.replace("\u202f", "\u00a0")


@cache
def typesetter() -> Any:
    """Both families as typst wants them, read once for all documents."""
    import typst

    folders = sorted({str(file_of(style).parent) for style in FAMILIES})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


@cache
def at_hand() -> bool:
    """Whether a font and the library that cuts it are there."""
    try:
        face_of("sans")
    except UsageError:
        return False
    return True


@cache
def face_of(style: str) -> Any:
    """The font as HarfBuzz reads it; UsageError where the library or the font is missing."""
    try:
        import uharfbuzz
    except ModuleNotFoundError:
        raise UsageError("uharfbuzz is not installed.", cure='pip install "yanshou[reports]".') from None
    path = file_of(style)
    blob = uharfbuzz.Blob.from_file_path(str(path))
    return uharfbuzz.Face(blob, SIMPLIFIED if path.suffix == ".ttc" else 0)


@cache
def glyphs(style: str) -> frozenset[int]:
    """The characters that the font has."""
    return frozenset(face_of(style).unicodes)


def require(texts: Iterable[str], style: str = "serif") -> None:
    """UsageError naming the first characters that the font has no glyph for, so that no empty box is ever printed."""
    wanted = {ord(each) for text in texts for each in text} - {ord("\n"), ord("\u200b")}
    missing = sorted(wanted - glyphs(style))
    if missing:
        shown = " ".join(f"U+{each:04X}" for each in missing[:5])
        msg = f"The font {file_of(style).name} has no glyph for {shown}."
        raise UsageError(msg, cure="correct the text, or name a folder with a fuller font in YANSHOU_FONTS.")


@lru_cache(maxsize=8)
def subset(style: str, characters: frozenset[str]) -> bytes:
    """An OpenType font with the glyphs of ``characters`` alone, the same bytes for the same characters."""
    import uharfbuzz

    wanted = uharfbuzz.SubsetInput()
    wanted.unicode_set.update(sorted(ord(each) for each in characters))
    wanted.layout_feature_tag_set.clear()
    wanted.drop_table_tag_set.update(int.from_bytes(each.encode()) for each in _UNUSED)
    flags = uharfbuzz.SubsetFlags
    wanted.flags = flags.NO_HINTING | flags.NO_LAYOUT_CLOSURE | flags.NOTDEF_OUTLINE
    return bytes(uharfbuzz.subset(face_of(style), wanted).blob.data)
