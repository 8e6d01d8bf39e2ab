# SPDX-License-Identifier: Apache-2.0
"""Lines broken by the font's own widths, and a font with only the glyphs that were used. All lengths in mm."""

from __future__ import annotations

import re
from functools import cache

from reports.writers.fonts import face_of, glyphs, require, subset

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
        """Words and characters; a word wider than the line is cut, a path between its folders."""
        found = []
        for piece in _PIECES.findall(text):
            while len(piece) > 1 and self.width(piece, size) > width:
                cut = max(1, int(len(piece) * width / self.width(piece, size)))
                cut = piece.rfind("/", 0, cut) + 1 or cut
                found.append(piece[:cut])
                piece = piece[cut:]  # noqa: PLW2901 - what is left of it
            found.append(piece)
        return found

    def subset(self) -> bytes:
        """An OpenType font with the used glyphs alone, the same bytes for the same characters."""
        require(["".join(sorted(self.used))], self.style)
        return subset(self.style, frozenset(self.used))


@cache
def _metrics(style: str) -> tuple[int, dict[int, int]]:
    """Units of an em, and the advance of every character."""
    import uharfbuzz

    face = face_of(style)
    font = uharfbuzz.Font(face)
    advances = {code: font.get_glyph_h_advance(font.get_nominal_glyph(code)) for code in glyphs(style)}
    return int(face.upem), advances
