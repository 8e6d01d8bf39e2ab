# SPDX-License-Identifier: Apache-2.0
"""Which form a file has: told by its first bytes, never by its name. What has none of the forms is refused by name."""

from __future__ import annotations

from collections.abc import Mapping

from harness.kit.tables.reading import decoded
from probes.compute.formats import events, loadgen, nvidia_smi, spl, table, tegrastats, tiny
from probes.compute.formats.events import NOUN as EVENT_NOUN
from probes.compute.formats.events import Events
from probes.compute.formats.power import NOUN, PowerLog, unreadable

POWER_FORMATS = (spl.FORMAT, nvidia_smi.FORMAT, tegrastats.FORMAT, tiny.FORMAT, table.FORMAT)


def power(
    data: bytes,
    name: str = "",
    columns: Mapping[str, str] | None = None,
    rails: tuple[str, ...] = (),
    interval_ms: int = 0,
) -> PowerLog:
    """The power log in ``data``; UnreadableError for what is none."""
    if not data.strip(b"\x00 \r\n\t"):
        raise unreadable("empty", "give a file with samples.", name)
    if tiny.is_tiny(data):
        return tiny.read(data, name)
    if data[:2] == b"PK":
        return table.read(data, name, columns)
    text = decoded(data, NOUN, name)
    head = text.lstrip("\r\n")[:4000]
    if spl.is_spl(head):
        return spl.read(text, name)
    if nvidia_smi.is_smi(head):
        return nvidia_smi.read(text, name)
    if tegrastats.is_tegrastats(head):
        return tegrastats.read(text, name, rails, interval_ms)
    return table.read(data, name, columns)


def workload(data: bytes, name: str = "") -> Events:
    """The event log in ``data``; UnreadableError for what is none."""
    if not data.strip(b"\x00 \r\n\t"):
        raise unreadable("empty", "give a log with calls.", name)
    text = "" if data[:2] == b"PK" else decoded(data, EVENT_NOUN, name)
    head = text.lstrip()[:8000]
    if loadgen.is_loadgen(head):
        return loadgen.read(text, name)
    if head.startswith("["):
        seconds = tiny.windows_of(text, name)
        return Events(tiny.FORMAT, [(round(a * 1e9), round(b * 1e9)) for a, b in seconds], "none")
    if head.startswith("{"):
        return events.read_lines(text, name)
    return events.read_table(data, name)
