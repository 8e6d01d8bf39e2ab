# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.presence``: births and wills of terminals on an MQTT broker, for the census and for drop rates."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from harness.errors import DecodeError
from harness.kit.broker import BrokerSettings, SubscriptionSource
from harness.kit.lines import Writer, read
from harness.kit.probe import Lines, Probe
from harness.kit.settings import Cure, wrong
from harness.model import Text
from harness.plugins import Asked, Chunk, Source
from harness.spec.written import Line
from probes.network.wire.topics import DEFAULTS, Pattern

if TYPE_CHECKING:
    from probes.network.traces.presence import Presence

_FORMAT = "yanshou.presence/1"
_BROKER_CLIENTS = "$SYS/broker/clients/connected"


def _topic(text: str) -> str:
    try:
        Pattern.of(text)
    except DecodeError as error:
        raise wrong(error.problem, error.cure) from None
    return text


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"this is no pattern: {error}."
        raise wrong(msg, "write words apart by |.") from None
    return text


_Words = Annotated[str, AfterValidator(_expression)]
_Identity = Literal["asset", "imei", "iccid", "mac", "address"]


class PresenceSettings(BrokerSettings):
    """Which messages say what of whom."""

    topic: Annotated[Line, AfterValidator(_topic), Cure("write topic: plant/{asset}/status.")] = Field(
        title="主题，身份处写花括号，如 plant/{asset}/status。",
        description="topic with holes for identities, like plant/{asset}/status.",
    )
    keys: dict[_Identity, str] = Field(
        default_factory=dict,
        title="JSON 载荷中各身份的键，如 {imei: imei}。",
        description="identities in JSON payloads by their keys there, like {imei: imei}.",
    )
    state: Line = Field("state", title="JSON 载荷中状态的键。", description="key of the state in JSON payloads.")
    online: _Words = Field(
        DEFAULTS["online"], title="表示在线的词（正则）。", description="what says that a terminal is there, a pattern."
    )
    offline: _Words = Field(
        DEFAULTS["offline"], title="遗嘱所用的词（正则）。", description="what a will says, a pattern."
    )
    farewell: _Words = Field(
        DEFAULTS["farewell"], title="正常下线所用的词（正则）。", description="what an orderly leave says, a pattern."
    )


class PresenceProbe(Probe["Presence", PresenceSettings]):
    """A line a second says that the subscription stands. What is no record of ours counts as damaged."""

    name, extension, settings, form = "network.presence", "jsonl", PresenceSettings, Lines(_FORMAT)
    title = Text("MQTT 上线与遗嘱消息", "Births and wills on an MQTT broker")
    summary = "probes.network.traces.presence:Presence"

    def source(self, settings: PresenceSettings, folder: Path) -> Source:
        """The subscriber."""
        session = settings.model_dump(include={"topic", "keys", "state", "online", "offline", "farewell"})
        topics = Pattern.of(settings.topic).filter, _BROKER_CLIENTS
        writer = Writer(_FORMAT, session)
        return SubscriptionSource(settings, folder, topics, writer, tick_s=1.0)

    def summarise(self, chunk: Chunk, asked: Asked) -> Presence:  # noqa: ARG002 - the interface of every probe
        """Births and wills."""
        from probes.network.traces import presence

        try:
            return presence.decode(read(chunk, _FORMAT))
        except DecodeError:
            return presence.nothing(damaged=1)


PROBE = PresenceProbe()
