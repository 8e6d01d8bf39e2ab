# SPDX-License-Identifier: Apache-2.0
"""Compressed files of others, known by their first bytes: gzip, xz, bzip2 and zstd are opened, other archives are refused by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from typing import Any, BinaryIO, cast

from harness.kit.unreadable import UnreadableError
from harness.model import Text

PEEK = 6
BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading a broken stream raises."""
_ZSTD = b"\x28\xb5\x2f\xfd"
_OPENED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\0": "xz", b"BZh": "bzip2", _ZSTD: "zstd"}
_REFUSED = {
    b"\x04\x22\x4d\x18": ("lz4", "unpack it with `lz4 -d`."),
    b"PK\x03\x04": ("zip", "unpack it with `unzip`, and name the file inside."),
    b"7z\xbc\xaf": ("7z", "unpack it with `7z x`, and name the file inside."),
    b"Rar!": ("rar", "unpack it, and name the file inside."),
}
_PIECE = 2048  # of compressed bytes: what it may swell to stays far below memory


def packing(head: bytes) -> str:
    """How a file that begins with ``head`` is compressed; empty for a plain one. DecodeError for an archive that is not opened."""
    for magic, (name, cure) in _REFUSED.items():
        if head.startswith(magic):
            text = Text(f"该文件是 {name} 压缩包。", f"The file is a {name} archive.")
            raise UnreadableError(text, cure=cure)
    return next((name for magic, name in _OPENED.items() if head.startswith(magic)), "")


def opened(file: BinaryIO, kind: str) -> BinaryIO:
    """What is inside ``file``, which is compressed as :func:`packing` says; reading raises one of :data:`BROKEN`."""
    if kind == "gzip":
        return cast("BinaryIO", gzip.open(file))
    if kind == "xz":
        return cast("BinaryIO", lzma.open(file))
    if kind == "bzip2":
        return cast("BinaryIO", bz2.open(file))
    return cast("BinaryIO", _Frames(file))


def unpacked(data: bytes, most: int, noun: Text, name: str = "") -> bytes:
    """The bytes of a file, decompressed where need be; UnreadableError for a broken one, or for more than ``most`` bytes."""
    kind = packing(data[:PEEK]) if not data.startswith(b"PK") else ""
    if not kind:
        return data
    try:
        found = _read(opened(io.BytesIO(data), kind), most + 1)
    except BROKEN as error:
        text = Text(
            f"{noun.zh}的 {kind} 压缩已损坏（{error}）。",
            f"The {kind} compression of the {noun.en} is broken ({error}).",
        )
        raise UnreadableError(text, cure="copy or record it again.", where=name) from None
    if len(found) > most:
        text = Text(f"{noun.zh}解压后超过 {most >> 20} MiB。", f"The {noun.en} is larger than {most >> 20} MiB inside.")
        raise UnreadableError(text, cure="split it into several files.", where=name)
    return found


def _read(stream: BinaryIO, most: int) -> bytes:
    parts, size = [], 0
    while size < most and (part := stream.read(min(1 << 20, most - size))):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


class _Frames(io.RawIOBase):
    """Zstandard frames, one after the other; a stream that ends inside a frame is broken, as one of gzip would be."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._rest, self._out = file, b"", memoryview(b"")
        self._frame: Any = None

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, room: Any) -> int:
        """Fill ``room`` as far as the next piece goes; 0 at the end. EOFError or OSError where it is broken."""
        while not self._out:
            self._rest = self._rest or self._file.read(_PIECE)
            if not self._rest:
                if self._frame is not None:
                    msg = "the compressed file ends inside a frame"
                    raise EOFError(msg)
                return 0
            self._out = memoryview(self._decompressed())
        count = min(len(room), len(self._out))
        room[:count] = self._out[:count]
        self._out = self._out[count:]
        return count

    def _decompressed(self) -> bytes:
        import zstandard

        self._frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        try:
            found = cast("bytes", self._frame.decompress(self._rest))
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from None
        self._rest, done = (self._frame.unused_data, True) if self._frame.eof else (b"", False)
        self._frame = None if done else self._frame
        return found
