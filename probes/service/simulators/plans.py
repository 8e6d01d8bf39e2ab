# SPDX-License-Identifier: Apache-2.0
"""How a simulated endpoint answers, and how it errs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from harness.kit.settings import Address, DurationNs, Settings, Several

_MOST = 10_000
_Number = Annotated[int, Field(ge=1)]
Which = Several[_Number]


class EndpointPlan(Settings):
    """An OpenAI-compatible endpoint whose chunk times are known exactly, honest but for what is listed here.

    Requests are numbered from 1 in the order in which they arrive.
    """

    address: Address = Field("127.0.0.1", description="address it listens at.")
    slots: Annotated[int, Field(ge=0, le=_MOST)] = Field(
        0, description="requests that are served at the same time, others queue; 0: all."
    )
    first: DurationNs = Field(20_000_000, description="from the begin of service to the first token.")
    step: DurationNs = Field(2_000_000, description="from one token to the next.")
    tokens: Annotated[int, Field(ge=1, le=_MOST)] = Field(16, description="tokens of an answer.")
    per_chunk: Annotated[int, Field(ge=1, le=64)] = Field(1, description="tokens in a chunk.")
    reasoning: Annotated[int, Field(ge=0, le=_MOST)] = Field(0, description="leading tokens that are reasoning.")
    hidden: Annotated[int, Field(ge=0, le=_MOST)] = Field(
        0, description="tokens of reasoning that are counted and never shown."
    )
    usage: Literal["last", "every", "none"] = Field("last", description="which chunks state usage.")
    cached: Annotated[int, Field(ge=0, le=_MOST)] = Field(0, description="prompt tokens that it says were cached.")
    mark: bool = Field(True, description="whether answers end with [DONE].")
    dialect: Literal["plain", "crlf", "cr", "chatty"] = Field(
        "plain", description="line ends; chatty: comments and named events as well."
    )
    stamps: bool = Field(False, description="whether chunks state when the request came and when they left.")
    errors: Which = Field((), description="requests that are answered with 500.")
    busy: Which = Field((), description="requests that are answered with 429.")
    errors_200: Which = Field((), description="requests that are answered with 200 and an error as JSON.")
    errors_inside: Which = Field((), description="requests whose stream ends with an error.")
    html: Which = Field((), description="requests that are answered with a web page.")
    cut: Which = Field((), description="requests whose stream is cut in the middle.")
    early: Which = Field(
        (), description="requests whose connection is closed after the last mark, the message unfinished."
    )
    hang: Which = Field((), description="requests that are never answered.")
    malformed: Which = Field((), description="requests with a chunk that is no JSON.")
    empty: Which = Field((), description="requests that are answered without a token.")
    whole: Which = Field((), description="requests that are answered in one piece instead of a stream.")
    entries: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="entries of a catalogue that is written beside."
    )
    kind: Literal["solutions", "algorithms"] = Field("solutions", description="what the catalogue lists.")
    skins: Annotated[int, Field(ge=0, le=1000)] = Field(
        0, description="of these, the last ones, that are the first one under another name."
    )
    silent: Which = Field((), description="entries whose model answers with 404.")
