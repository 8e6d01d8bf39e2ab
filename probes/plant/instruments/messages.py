# SPDX-License-Identifier: Apache-2.0
"""The probes ``plant.mqtt`` (a live subscription, MQTT 3.1.1 or 5, Sparkplug B included) and ``plant.capture`` (the same in a capture)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from harness.errors import DecodeError
from harness.kit.broker import BrokerSettings
from harness.kit.files import FileSource
from harness.kit.lines import Session, Writer, read
from harness.kit.probe import Lines, Probe, Whole
from harness.kit.settings import Cure, FileName, InFile, Settings, Several, wrong
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from harness.spec.written import Line
from probes.plant.traces.words import WORDS

if TYPE_CHECKING:
    from probes.plant.digests.listening import Message
    from probes.plant.digests.signals import Signals
    from probes.plant.traces.screens import Screen

_FORMAT = "yanshou.plant-mqtt/1"
_SILENT_NS = 3 * 10**9


def _filter(text: str) -> str:
    levels = text.split("/")
    if any(
        ("#" in each and (each != "#" or at < len(levels) - 1)) or ("+" in each and each != "+")
        for at, each in enumerate(levels)
    ):
        msg = f"{text!r} is no filter of topics."
        raise wrong(msg, "write # alone at the end, and + alone between slashes.")
    return text


class MessageSettings(BrokerSettings):
    """Which topics the plant's values come on."""

    topics: Annotated[Several[Annotated[Line, AfterValidator(_filter)]], Cure("write topics: [plant/#].")] = Field(
        ("#",),
        title="订阅的主题；默认全部。",
        description="the topics that are listened to; all of them by default.",
    )
    version: Literal["3.1.1", "5"] = Field(
        "3.1.1", title="MQTT 版本：3.1.1 或 5。", description="version of MQTT, 3.1.1 or 5, in quotation marks."
    )


class MessageProbe(Probe["Signals", MessageSettings]):
    """A line a message and a line a second that says the link stands. A session of another form counts as damaged."""

    name, extension, settings, form = "plant.mqtt", "jsonl", MessageSettings, Lines(_FORMAT)
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


class ShownProbe(Probe["Screen", MessageSettings]):
    """What a platform publishes of its assets: the asset that a payload names, else the last part of its topic, and its values."""

    name, extension, settings, form = "plant.shown", "jsonl", MessageSettings, Lines(_FORMAT)
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


class CaptureSettings(Settings):
    """A capture of the plant's broker."""

    file: Annotated[FileName, InFile("put the capture beside the profile."), Cure("write file: broker.pcapng.")] = (
        Field(
            title="抓包文件：pcap 或 pcapng，可为 gzip、xz、zstd 压缩。",
            description="the capture: pcap or pcapng, plain or compressed by gzip, xz or zstd.",
        )
    )


class CaptureProbe(Probe["Signals", CaptureSettings]):
    """A file that is no capture counts as damaged."""

    name, extension, settings, form = "plant.capture", "pcap", CaptureSettings, Whole()
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
