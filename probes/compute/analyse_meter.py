# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse meter FRAMES.json|FILE --protocol dlt645``: what recorded frames of an energy meter say."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.kit.files import bytes_of
from probes.compute.formats.power import told, unreadable
from probes.compute.formats.words import WORDS
from probes.compute.wire import dlt645

_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}(?:[\s,:;-]*(?:0x)?[0-9A-Fa-f]{2})*")
_RUN = re.compile(r"(?:(?:0x)?[0-9A-Fa-f]{2}(?![0-9A-Fa-f](?![0-9A-Fa-f]))[\s,:;-]?){12,}")
_LEAST_DIGITS = 24  # twelve bytes: the shortest frame


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="原始字节、十六进制文本行，或含十六进制的 JSON / bytes as they came, lines of hex, or JSON with hex in it",
    )
    parser.add_argument("--protocol", choices=("dlt645",), default="dlt645", help="DL/T 645-2007")


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    return {"kind": "meter", "files": [_entry(path) for path in options.files]}


def _entry(path: Path) -> dict[str, Any]:
    data = bytes_of(path)
    readings: list[dict[str, Any]] = []
    events: list[Any] = []
    count = 0
    for stream in streams(data, path.name):
        for frame in dlt645.frames(stream):
            count += 1
            if isinstance(frame, dlt645.Damaged):
                events.append(WORDS.reason("frame-damaged", why=frame.why))
            elif frame.reply:
                _reply(frame, readings, events)
    if not count:
        raise unreadable("no-frame", "give frames of DL/T 645, as 68 … 68 … 16.", path.name)
    return {"path": str(path), "readings": readings, "events": told(events)}


def _reply(frame: dlt645.Frame, readings: list[dict[str, Any]], events: list[Any]) -> None:
    if frame.refused:
        events.append(WORDS.reason("meter-refused", address=frame.address, why=frame.error))
        return
    function = frame.control & 0x1F
    if function == dlt645.ADDRESS:
        events.append(WORDS.reason("meter-address", address=frame.data[::-1].hex().upper() or frame.address))
        return
    if function not in {dlt645.READ, 0x12}:
        events.append(WORDS.reason("meter-other", address=frame.address, control=f"0x{frame.control:02X}"))
        return
    if frame.more or function == 0x12:
        events.append(WORDS.reason("meter-continued", address=frame.address, di=frame.di))
        return
    found = dlt645.values(frame)
    if isinstance(found, str):
        events.append(WORDS.reason("meter-unread", di=frame.di, why=found))
        return
    for di, value, unit in found:
        if value is None:
            events.append(WORDS.reason("meter-no-value", di=di))
        else:
            readings.append({"di": di, "value": float(value), "unit": unit})


def streams(data: bytes, name: str) -> Iterator[bytes]:
    """The byte streams in a file: hex inside JSON, hex on lines, else the bytes themselves."""
    text = data.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in {"{", "["}:
        yield from _strings(_document(text, name))
        return
    found = [_bytes(match[0]) for line in text.splitlines() for match in _RUN.finditer(line)]
    yield b"".join(found) if found else data


def _document(text: str, name: str) -> Any:
    """JSON as a whole, or a document a line."""
    for attempt in (lambda: json.loads(text), lambda: [json.loads(line) for line in text.splitlines() if line.strip()]):
        try:
            return attempt()
        except (ValueError, RecursionError):
            continue
    raise unreadable("no-json", "give whole JSON, or lines of hex.", name)


def _strings(value: Any) -> Iterator[bytes]:
    if isinstance(value, str):
        found = _hex(value)
        if found is not None:
            yield found
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list) and len(value) >= _LEAST_DIGITS // 2 and set(map(type, value)) == {int}:
        if all(0 <= each <= 255 for each in value):
            yield bytes(value)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _hex(text: str) -> bytes | None:
    """The bytes that a text writes in hexadecimal; None where it is none or too short for a frame."""
    plain = text.strip()
    if not _HEX.fullmatch(plain):
        return None
    found = _bytes(plain)
    return found if 2 * len(found) >= _LEAST_DIGITS else None


def _bytes(text: str) -> bytes:
    return bytes.fromhex(re.sub(r"0x|[\s,:;-]", "", text))
