# SPDX-License-Identifier: Apache-2.0
"""Lines broken by the font's own widths, and a font with only the glyphs that were used. All lengths in mm."""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from typing import Any

from reports.writers.fonts import SIMPLIFIED, file_of, require

_PIECES = re.compile(r"[!-~\u00a1-\u2e7f]+|\s+|.", re.DOTALL)
_NEVER_FIRST = frozenset("，。、；：！？）】》”’」』…—,.;:!?)]}%")
_NEVER_LAST = frozenset("（【《“‘「『([{")


class Face:
    """A font's widths, and the characters that were set in it."""

    def __init__(self, style: str) -> None:
        """Read the widths of ``serif`` or ``sans``."""
        self.style = style
        self._units, self._widths = _metrics(style)
        self.used: set[str] = set()

    def width(self, text: str, size: float) -> float:
        """Of a text in letters of ``size``."""
        return sum(self._widths.get(ord(each), self._units) for each in text) * size / self._units

    def advances(self, text: str, size: float) -> list[float]:
        """From each character to the next."""
        return [round(self._widths.get(ord(each), self._units) * size / self._units, 3) for each in text[:-1]]

    def lines(self, text: str, size: float, width: float) -> list[str]:
        """The text in lines no wider than ``width``; Latin words are kept whole where they fit, commas never begin a line."""
        made: list[str] = []
        for paragraph in text.split("\n"):
            made += self._broken(paragraph, size, width)
        self.used.update(*made) if made else None
        return made

    def _broken(self, text: str, size: float, width: float) -> list[str]:
        lines, line, filled = [], "", 0.0
        for piece in self._pieces(text, size, width):
            wide = self.width(piece, size)
            if line and filled + wide > width and piece[0] not in _NEVER_FIRST:
                carried = ""
                while line and line[-1] in _NEVER_LAST:
                    line, carried = line[:-1], line[-1] + carried
                lines.append(line.rstrip())
                line, filled = carried, self.width(carried, size)
                if piece.isspace():
                    continue
            line, filled = line + piece, filled + wide
        return [*lines, line.rstrip()]

    def _pieces(self, text: str, size: float, width: float) -> list[str]:
        """Words and characters; a word wider than the line is cut."""
        found = []
        for piece in _PIECES.findall(text):
            while len(piece) > 1 and self.width(piece, size) > width:
                cut = max(1, int(len(piece) * width / self.width(piece, size)))
                found.append(piece[:cut])
                piece = piece[cut:]  # noqa: PLW2901 - what is left of it
            found.append(piece)
        return found

    def subset(self) -> bytes:
        """An OpenType font with the used glyphs alone, the same bytes for the same characters."""
        from fontTools import subset

        require(["".join(sorted(self.used))], self.style)
        options = subset.Options(notdef_outline=True, layout_features=[], hinting=False, recalc_timestamp=False)
        path = file_of(self.style)
        options.font_number = SIMPLIFIED if path.suffix == ".ttc" else -1
        font = subset.load_font(str(path), options, lazy=True)
        chooser = subset.Subsetter(options)
        chooser.populate(text="".join(sorted(self.used)))
        chooser.subset(font)
        out = BytesIO()
        font.save(out, reorderTables=True)
        font.close()
        return out.getvalue()


@cache
def _metrics(style: str) -> tuple[int, dict[int, int]]:
    """Units of an em, and the advance of every character."""
    from fontTools.ttLib import TTFont

    path = file_of(style)
    with TTFont(path, fontNumber=SIMPLIFIED if path.suffix == ".ttc" else -1, lazy=True) as font:
        table: Any = font["hmtx"]
        units: Any = font["head"]
        return int(units.unitsPerEm), {code: table[glyph][0] for code, glyph in font.getBestCmap().items()}
