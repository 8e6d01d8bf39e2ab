# SPDX-License-Identifier: Apache-2.0
"""A STEP physical file (ISO 10303-21) as columns: the number, class and bytes of every instance, and what its header says.

An independent census of IFC: no schema is compiled, no geometry is made. A file that is cut, a number that stands twice and a
schema that nobody knows are refused.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.kit.packed import unpacked
from harness.kit.unreadable import UnreadableError
from harness.model import Text
from probes.bim.formats import kernel
from probes.bim.formats.classes import SCHEMAS

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
MAX_BYTES = 1024 * 1024 * 1024
"""Of one model."""
_MOST_CLASSES = 4096
_HEADER = 4 * 1024 * 1024
"""Bytes at the top in which the header has to end."""
_USUAL_HEADER = 64 * 1024
_DATA = re.compile(rb"\bENDSEC\s*;\s*(?:/\*.*?\*/\s*)*DATA\s*(?:\([^;]*?\))?\s*;", re.DOTALL)
_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'([^']*)'", re.IGNORECASE)
_NAME = re.compile(rb"FILE_NAME\s*\((.*?)\)\s*;", re.IGNORECASE | re.DOTALL)
_STRING = re.compile(r"'((?:[^']|'')*)'")
_TOKENS = re.compile(rb"'(?:[^']|'')*'|/\*.*?\*/", re.DOTALL)
_OTHER_FORMS = (
    (b"<", "这是 ifcXML，不是 STEP 文本。", "This is ifcXML and no STEP text."),
    (b"{", "这是 ifcJSON，不是 STEP 文本。", "This is ifcJSON and no STEP text."),
)  # fmt: skip
_WIDE = re.compile(r"\\X2\\((?:[0-9A-F]{4})*)\\X0\\|\\X\\([0-9A-F]{2})|\\S\\(.)|\\P[A-I]\\")


@dataclass(frozen=True)
class Step:
    """The instances of one file in its order. ``names``: the classes in capitals, ``kinds`` points into them."""

    data: Bytes
    ids: Places
    first: Places
    last: Places
    kinds: NDArray[np.int32]
    names: tuple[str, ...]
    schema: str
    written_by: str

    @cached_property
    def order(self) -> Places:
        """Places by ascending number."""
        return np.argsort(self.ids, kind="stable")

    @cached_property
    def sorted_ids(self) -> Places:
        """Numbers, ascending."""
        return self.ids[self.order]

    def of(self, names: set[str] | frozenset[str]) -> Places:
        """The places of all instances of some classes (in capitals)."""
        wanted = np.array([each in names for each in self.names], bool)
        return np.flatnonzero(wanted[self.kinds]) if len(self.names) else np.empty(0, np.int64)

    def argument(self, rows: Places, which: int) -> tuple[Places, Places]:
        """Where an argument of some instances stands: first byte, byte behind."""
        starts, stops = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        kernel.argument(self.data, self.first[rows], self.last[rows], which, starts, stops)
        return starts, stops

    def texts(self, rows: Places, which: int) -> list[str]:
        """An argument as text, a string decoded; empty where it is left out."""
        return [
            value_of(self.data[start:stop].tobytes()) for start, stop in zip(*self.argument(rows, which), strict=True)
        ]

    def given(self, rows: Places, which: int) -> NDArray[np.bool_]:
        """Of which instances an argument is given: neither left out ($) nor derived (*)."""
        starts, stops = self.argument(rows, which)
        there = stops > starts
        letters = self.data[np.where(there, starts, 0)]
        given: NDArray[np.bool_] = there & (letters != ord("$")) & (letters != ord("*"))
        return given

    def references(self, rows: Places, which: int) -> tuple[Places, Places]:
        """The instances an argument refers to: (index into ``rows``, place among all); what is absent has the place -1."""
        starts, stops = self.argument(rows, which)
        room = int((stops - starts).sum()) // 2 + 1
        owners, numbers = np.empty(room, np.int64), np.empty(room, np.int64)
        count = kernel.references(self.data, starts, stops, owners, numbers)
        return owners[:count], self.places(numbers[:count])

    def places(self, numbers: Places) -> Places:
        """The places of instances by their numbers; -1 where there is none."""
        if not len(self.ids):
            return np.full(len(numbers), -1)
        at = np.minimum(np.searchsorted(self.sorted_ids, numbers), len(self.ids) - 1)
        return np.where(self.sorted_ids[at] == numbers, self.order[at], -1)


def census(data: bytes | Bytes) -> dict[str, int]:
    """How many instances of each class (in capitals) a file has: the independent cross-check, and nothing else."""
    step = read(data)
    counts = np.bincount(step.kinds, minlength=len(step.names))
    return dict(zip(step.names, counts.tolist(), strict=True))


def read(data: bytes | Bytes, name: str = "") -> Step:
    """The instances in ``data``; UnreadableError for what is no IFC, is cut, or has a number twice."""
    if isinstance(data, bytes):
        data = _unpacked(data, name)
    if len(data) > MAX_BYTES:
        raise _refused(
            name, f"模型文件超过 {MAX_BYTES >> 20} MiB。", f"The model is larger than {MAX_BYTES >> 20} MiB."
        )
    array = np.frombuffer(data, np.uint8) if isinstance(data, bytes) else data
    head = array[:_HEADER].tobytes()
    for opening, zh, en in _OTHER_FORMS:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(opening):
            raise _refused(name, zh, en)
    for size in (_USUAL_HEADER, _HEADER):
        plain = _TOKENS.sub(_blanked, head[:size])
        begin = _DATA.search(plain)
        if begin is not None:
            break
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ISO-10303-21") or begin is None:
        zh = "该文件不是 IFC（STEP 文本）：没有 ISO-10303-21 头或 DATA 段。"
        raise _refused(name, zh, "This is no IFC in STEP text: there is no ISO-10303-21 header or no DATA section.")
    schema = _schema(head[: begin.start()], plain, name)
    most = int(np.count_nonzero(array == ord(";"))) + 1
    ids, first, last = (np.empty(most, np.int64) for _ in range(3))
    kinds, names = np.empty(most, np.int32), np.empty((_MOST_CLASSES, 2), np.int64)
    how, where, count, classes = kernel.scan(array, begin.end(), ids, first, last, kinds, names)
    _whole(array, how, where, name)
    spelt = tuple(array[start:stop].tobytes().decode("ascii", "replace").upper() for start, stop in names[:classes])
    step = Step(
        array,
        ids[:count],
        first[:count],
        last[:count],
        kinds[:count],
        spelt,
        schema,
        _written_by(head[: begin.start()], plain),
    )
    twice = np.flatnonzero(step.sorted_ids[1:] == step.sorted_ids[:-1])
    if len(twice):
        number = int(step.sorted_ids[twice[0]])
        raise _refused(name, f"实例号 #{number} 出现了两次。", f"The instance number #{number} stands twice.")
    return step


def _unpacked(data: bytes, name: str) -> bytes:
    """The model in an ifcZIP archive or a compressed file; other bytes as they are."""
    if not data.startswith(b"PK"):
        return unpacked(data, MAX_BYTES, Text("模型文件", "model"), name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            models = [each for each in archive.infolist() if each.filename.lower().endswith((".ifc", ".ifcxml"))]
            if len(models) == 1 and models[0].file_size <= MAX_BYTES:
                with archive.open(models[0]) as inside:
                    return inside.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError):
        raise _refused(name, "ifcZIP 压缩包已损坏。", "The ifcZIP archive is damaged.") from None
    zh = "ifcZIP 压缩包里应有且只有一个模型，大小不超限。"
    raise _refused(name, zh, "An ifcZIP archive has one model in it, within the size that is read.")


def value_of(data: bytes) -> str:
    """An argument as text: a string without its apostrophes and escapes (ISO 10303-21 6.4.3), ``$`` and ``*`` as nothing."""
    text = data.decode("utf-8", "replace").strip()
    if text in {"$", "*", ""}:
        return ""
    found = _STRING.fullmatch(text)
    return text if found is None else _WIDE.sub(_letters, found[1].replace("''", "'"))


def _letters(found: re.Match[str]) -> str:
    if found[1] is not None:
        return bytes.fromhex(found[1]).decode("utf-16-be", "replace")
    if found[2] is not None:
        return chr(int(found[2], 16))
    return chr(min(ord(found[3]) + 128, 255)) if found[3] else ""


def _blanked(found: re.Match[bytes]) -> bytes:
    """A comment as blanks, a string as one that says nothing: of the same length, so that places stay."""
    text = found[0]
    return b" " * len(text) if text.startswith(b"/*") else b"'" + b"_" * (len(text) - 2) + b"'"


def _schema(head: bytes, plain: bytes, name: str) -> str:
    found = _SCHEMA.search(plain, 0, len(head))
    schema = head[found.start(1) : found.end(1)].decode("ascii", "replace").strip().upper() if found else ""
    if not any(schema == each or schema.startswith(f"{each}_") for each in SCHEMAS):
        shown = schema[:40] or "—"
        zh, en = f"不认识的 IFC 模式“{shown}”。", f"The schema {shown!r} is not known."
        raise UnreadableError(Text(zh, en), cure="export the model as IFC 2x3, IFC 4 or IFC 4.3.", where=name)
    return schema


def _written_by(head: bytes, plain: bytes) -> str:
    """What FILE_NAME says of the program that wrote the file: preprocessor and originating system."""
    found = _NAME.search(plain, 0, len(head))
    said = head[found.start(1) : found.end(1)].decode("utf-8", "replace") if found else ""
    strings = [value_of(f"'{each}'".encode()) for each in _STRING.findall(said)]
    return " / ".join(dict.fromkeys(each for each in strings[-3:-1] if each))


def _whole(data: Bytes, how: int, where: int, name: str) -> None:
    ending = data[max(0, len(data) - 4096) :].tobytes()
    if how == kernel.WHOLE and _DATA.search(data[where:].tobytes()) is not None:
        raise _refused(name, "该文件有不止一个 DATA 段。", "The file has more than one DATA section.")
    if how == kernel.WHOLE and b"END-ISO-10303-21" in ending and data[where : where + 6].tobytes().upper() == b"ENDSEC":
        return
    if how in {kernel.CUT, kernel.WHOLE}:
        raise _refused(name, "IFC 文件不完整，在中途断开。", "The IFC file is cut: it ends before END-ISO-10303-21.")
    line = int(np.count_nonzero(data[:where] == ord("\n"))) + 1
    zh, en = f"第 {line} 行不是 STEP 实例。", f"Line {line} is no STEP instance."
    raise _refused(f"{name}:{line}" if name else "", zh, en)


def _refused(where: str, zh: str, en: str) -> UnreadableError:
    return UnreadableError(Text(zh, en), cure="export the model again from the authoring program.", where=where)
