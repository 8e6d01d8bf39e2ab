# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of AI services: events of the standard, an answer written by hand, a queue whose knee is known, hidden skins."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from harness.kit.validation import Case
from probes.service.digests.exchange import Exchange
from probes.service.formats import layout
from probes.service.formats.sse import Parser

_WHATWG = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"
_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
_MS = 10**6


def cases() -> Iterator[Case]:
    """Truths that were not computed by what they test."""
    for name, data in (
        ("lf", _WHATWG),
        ("crlf", _WHATWG.replace(b"\n", b"\r\n")),
        ("cr", _WHATWG.replace(b"\n", b"\r")),
    ):
        expected = ["first event", "second event", " third event"]
        yield Case(f"events-{name}", "WHATWG HTML 9.2.6, example", partial(_events, data), expected)
    yield Case("answer", "constructed", _answer, {"ttft_ms": 30, "tpot_ms": 10, "tokens": 5, "outputs": 3, "fault": ""})
    yield Case("skins-census", "constructed", partial(_hidden, 2, 20, 20), 2)
    yield Case("skins-half", "(1 - 10 * 9 / (20 * 19)) ** 11 > 5 %", partial(_hidden, 0, 10, 20), 11)
    yield Case("bisection", "constructed", _bisected, [3, 1, 2])


def _events(data: bytes) -> list[str]:
    parser = Parser()
    return [event.data for at in range(len(data)) for event in parser.feed(data[at : at + 1])]


def _answer() -> dict[str, Any]:
    """Sent at 100 ms; a role, then five tokens in three chunks at 130, 150 and 170 ms; usage at 400 ms is no token."""
    exchange, text = Exchange(0), '{{"choices":[{{"index":0,"delta":{{{}}}}}]}}'
    chunks = [
        (110, text.format('"role":"assistant","content":""')),
        (130, text.format('"content":"one "')),
        (150, text.format('"content":"two three "')),
        (170, text.format('"content":"four five"')),
        (400, '{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5}}'),
        (401, "[DONE]"),
    ]
    exchange.take({"r": 0, "due": 0, "at": 0, "ask": {"max_tokens": 8}})
    exchange.take({"r": 0, "conn": "new", "tcp": 90 * _MS, "sent": 100 * _MS})
    exchange.take({"r": 0, "t": 105 * _MS, "s": _HEAD})
    for at, data in chunks:
        exchange.take({"r": 0, "t": at * _MS, "s": f"data: {data}\n\n"})
    exchange.take({"r": 0, "t": 402 * _MS, "end": layout.ENDS[0]})
    said = exchange.answer.transcript
    first, last = said.first_ns or 0, said.last_ns or 0
    tokens = said.tokens(exchange.most) or 0
    return {
        "ttft_ms": (first - exchange.moments["sent"]) // _MS,
        "tpot_ms": Fraction(last - first, _MS * (tokens - 1)),
        "tokens": tokens,
        "outputs": said.outputs,
        "fault": exchange.fault[0],
    }


def _hidden(shown: int, size: int, population: int) -> int:
    from probes.service.measurands.entries import hidden

    return hidden(shown, size, population, Fraction(5, 100))


def _bisected() -> list[int]:
    """Seven loads of which the lowest three hold: the order in which they are tried."""
    from probes.service.digests.steps import following

    found: dict[int, str] = {}
    order = []
    while (place := following(found, 7)) is not None:
        order.append(place)
        found[place] = "PASS" if place < 3 else "FAIL"
    return order
