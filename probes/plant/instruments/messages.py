# SPDX-License-Identifier: Apache-2.0
"""The probes ``plant.mqtt`` (a live subscription, MQTT 3.1.1 or 5, Sparkplug B included) and ``plant.capture`` (the same in a capture)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DecodeError
from harness.kit.files import FileSource
from harness.kit.lines import Session, Writer, read
from harness.kit.probe import Lines, Probe, Whole, late
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.digests.listening import Message
    from probes.plant.digests.signals import Signals
    from probes.plant.plans.messages import CaptureSettings, MessageSettings
    from probes.plant.traces.screens import Screen

_FORMAT = "yanshou.plant-mqtt/1"
_SILENT_NS = 3 * 10**9


class MessageProbe(Probe["Signals", "MessageSettings"]):
    """A line a message and a line a second that says the link stands. A session of another form counts as damaged."""

    name, extension, settings, form = (
        "plant.mqtt",
        "jsonl",
        late("probes.plant.plans.messages:MessageSettings"),
        Lines(_FORMAT),
    )
    title = WORDS.text("title-mqtt")
    summary = "probes.plant.digests.signals:Signals"

    def source(self, settings: MessageSettings, folder: Path) -> Source:
        """The subscriber."""
        from probes.plant.live.messages import MessageSource

        return MessageSource(settings, folder, Writer(_FORMAT, {"topics": list(settings.topics)}))

    def summarise(self, chunk: Chunk, asked: Asked) -> Signals:  # noqa: ARG002 - the interface of every probe
        """What was heard of every topic and device."""
        from probes.plant.digests.listening import signals
        from probes.plant.digests.signals import Signals

        try:
            rows = _Rows(read(chunk, _FORMAT))
        except DecodeError:
            return Signals(damaged=1)
        found = signals(rows, ())
        return Signals(found.sources, rows.spans, found.messages, rows.damaged, rows.breaks, found.kinds, found.told)


class _Rows:
    """The messages of a session; when the link stood, and what could not be read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._damaged = self.breaks = self._first = self._last = 0

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First and last moment; none where nothing was recorded."""
        return ((self._first, self._last),) if self._first else ()

    @property
    def damaged(self) -> int:
        """Lines that are none of ours."""
        return self._damaged + self._session.damaged

    def __iter__(self) -> Iterator[Message]:
        from probes.plant.digests.listening import Message

        for row in self._session:
            try:
                at = int(row["t"])
                message = None
                if "topic" in row:
                    payload = b64decode(row["payload"], validate=True)
                    message = Message(at, str(row["topic"]), payload, bool(row["retain"]))
            except (ValueError, KeyError, TypeError, AttributeError, Base64Error, OverflowError):
                self._damaged += 1
                continue
            self.breaks += bool(row.get("down"))
            self._first, self._last = min(self._first or at, at), max(self._last, at)
            if message is not None:
                yield message


class ShownProbe(Probe["Screen", "MessageSettings"]):
    """What a platform publishes of its assets: the asset that a payload names, else the last part of its topic, and its values."""

    name, extension, settings, form = (
        "plant.shown",
        "jsonl",
        late("probes.plant.plans.messages:MessageSettings"),
        Lines(_FORMAT),
    )
    title = WORDS.text("title-shown")
    summary = "probes.plant.traces.screens:Screen"

    def source(self, settings: MessageSettings, folder: Path) -> Source:
        """The subscriber."""
        return MQTT.source(settings, folder)

    def summarise(self, chunk: Chunk, asked: Asked) -> Screen:  # noqa: ARG002 - the interface of every probe
        """Each value at the time from which on it was shown; what the broker had kept shows nothing live."""
        from probes.plant.digests.listening import shown
        from probes.plant.traces.screens import Screen

        try:
            rows = _Rows(read(chunk, _FORMAT))
        except DecodeError:
            return Screen(remarks=(WORDS.reason("unreadable-session"),))
        return Screen(shown=shown(rows), zones=frozenset({"epoch"}))


class CaptureProbe(Probe["Signals", "CaptureSettings"]):
    """A file that is no capture counts as damaged."""

    name, extension, settings, form = (
        "plant.capture",
        "pcap",
        late("probes.plant.plans.messages:CaptureSettings"),
        Whole(),
    )
    title = WORDS.text("title-capture")
    summary = "probes.plant.digests.signals:Signals"

    def source(self, settings: CaptureSettings, folder: Path) -> Source:
        """The file, copied byte for byte."""
        return FileSource([folder / settings.file], Text("抓包文件", "capture"))

    def summarise(self, chunk: Chunk, asked: Asked) -> Signals:  # noqa: ARG002 - the interface of every probe
        """What was heard of every topic and device."""
        from probes.plant.digests.listening import Message, signals
        from probes.plant.digests.signals import Signals
        from probes.plant.wire.conversations import listen
        from probes.plant.wire.packets import Capture

        try:
            heard = listen(Capture(chunk.path))
        except DecodeError:
            return Signals(damaged=1)
        messages = (Message(at, each.topic, each.payload, each.retained) for at, each in heard.published())
        spans = [(heard.first_ns, heard.last_ns)] if heard.first_ns else []
        damaged = heard.encrypted + bool(heard.torn) + bool(heard.lost_bytes)
        return signals(messages, spans, damaged=damaged)


MQTT, CAPTURE, SHOWN = MessageProbe(), CaptureProbe(), ShownProbe()
