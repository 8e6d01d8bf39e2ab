# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for births and wills on a broker."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from harness.errors import DecodeError
from harness.kit.broker import BrokerSettings
from harness.kit.settings import Criterial, Cure, wrong
from harness.spec.written import Line
from probes.network.wire.topics import DEFAULTS, Pattern


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

    topic: Annotated[Line, AfterValidator(_topic), Cure("write topic: plant/{asset}/status."), Criterial()] = Field(
        title="主题，身份处写花括号，如 plant/{asset}/status。",
        description="topic with holes for identities, like plant/{asset}/status.",
    )
    keys: Annotated[dict[_Identity, str], Criterial()] = Field(
        default_factory=dict,
        title="JSON 载荷中各身份的键，如 {imei: imei}。",
        description="identities in JSON payloads by their keys there, like {imei: imei}.",
    )
    state: Annotated[Line, Criterial()] = Field(
        "state", title="JSON 载荷中状态的键。", description="key of the state in JSON payloads."
    )
    online: Annotated[_Words, Criterial()] = Field(
        DEFAULTS["online"], title="表示在线的词（正则）。", description="what says that a terminal is there, a pattern."
    )
    offline: Annotated[_Words, Criterial()] = Field(
        DEFAULTS["offline"], title="遗嘱所用的词（正则）。", description="what a will says, a pattern."
    )
    farewell: Annotated[_Words, Criterial()] = Field(
        DEFAULTS["farewell"], title="正常下线所用的词（正则）。", description="what an orderly leave says, a pattern."
    )
