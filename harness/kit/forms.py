# SPDX-License-Identifier: Apache-2.0
"""How a segment is made up: how far it is whole, and into which pieces it may be cut. Memory is bounded, whatever its size.

Pieces depend only on bytes in front of them, so those of a grown segment begin with those it had before, but for the last.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from harness.installed import resolve
from harness.kit import lines
from harness.plugins import Chunk

_BLOCK = 1 << 20


class Form(Protocol):
    """The make-up of a segment. ``start`` is the end of a piece that was cut before; nothing in front of it is read."""

    def whole(self, path: Path, start: int) -> int:
        """The end of the last whole record."""

    def chunks(self, path: Path, start: int) -> Iterable[Chunk]:
        """The pieces from ``start`` on; one for an empty segment."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A stream or a file that stands as it came: every byte counts, and a segment is one piece."""

    def whole(self, path: Path, start: int) -> int:  # noqa: ARG002 - the interface of every form
        """All of it."""
        return path.stat().st_size

    def chunks(self, path: Path, start: int) -> Iterable[Chunk]:
        """The segment."""
        return [] if start else [Chunk(path)]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines; an unfinished last one is torn.

    ``format``: lines of JSON, sessions one after the other, each begun by a line ``{"format": …}`` that names the format:
    a session a piece. ``piece_bytes``: lines that each stand alone, in pieces of about that size. Else a segment a piece.
    """

    format: str = ""
    piece_bytes: int = 0

    def whole(self, path: Path, start: int) -> int:
        """The end of the last whole line, looked for from the end of the file."""
        with path.open("rb") as file:
            end = file.seek(0, 2)
            while end > start:
                begin = max(start, end - _BLOCK)
                file.seek(begin)
                found = file.read(end - begin).rfind(b"\n")
                if found >= 0:
                    return begin + found + 1
                end = begin
        return start

    def chunks(self, path: Path, start: int) -> Iterable[Chunk]:
        """The pieces; bytes before the first header are one too, so that a reader refuses them by name."""
        if not self.format and not self.piece_bytes:
            return [] if start else [Chunk(path)]
        return self._pieces(path, start)

    def read(self, chunk: Chunk) -> lines.Session:
        """The session that is in a piece; DecodeError when there is none of this format."""
        return lines.read(chunk, self.format)

    def _pieces(self, path: Path, start: int) -> Iterator[Chunk]:
        size, begin = path.stat().st_size, start
        for cut in self._sessions(path, start) if self.format else self._ends(path, start):
            if begin < cut < size:
                yield Chunk(path, begin, cut)
                begin = cut
        if begin < size or not start:
            yield Chunk(path, begin, size)

    def _sessions(self, path: Path, start: int) -> Iterator[int]:
        """Where lines begin that open a session."""
        wanted = b'\n{"format":' + json.dumps(self.format).encode()
        with path.open("rb") as file:
            file.seek(start)
            kept, offset = b"\n", start - 1  # as if a line ended before
            while block := file.read(_BLOCK):
                data = kept + block
                found = data.find(wanted)
                while found >= 0:
                    yield offset + found + 1
                    found = data.find(wanted, found + 1)
                kept = data[-(len(wanted) - 1) :]
                offset += len(data) - len(kept)

    def _ends(self, path: Path, start: int) -> Iterator[int]:
        """The first end of a line at or after each further ``piece_bytes``."""
        with path.open("rb") as file:
            file.seek(start + self.piece_bytes - 1)
            while block := file.readline(_BLOCK):
                if block.endswith(b"\n"):
                    yield file.tell()
                    file.seek(self.piece_bytes - 1, 1)


@dataclass(frozen=True, slots=True)
class Sections:
    """A form that only its own decoder can walk: references ``module:function``, imported when they are first needed.

    ``whole_of(path, start)`` gives the end of the last whole record, ``pieces_of(path, start)`` the chunks.
    """

    whole_of: str
    pieces_of: str

    def whole(self, path: Path, start: int) -> int:
        """As the decoder says."""
        return cast("int", resolve(self.whole_of)(path, start))

    def chunks(self, path: Path, start: int) -> Iterable[Chunk]:
        """As the decoder cuts."""
        return cast("Iterable[Chunk]", resolve(self.pieces_of)(path, start))
