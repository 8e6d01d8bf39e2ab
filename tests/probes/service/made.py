# SPDX-License-Identifier: Apache-2.0
"""Traces of services without sockets: loads with chosen latencies, searches, calls of catalogues."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from probes.service.formats import layout, schedule

MS, S = 10**6, 10**9
START_NS = 1_700_000_000 * S
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
LOAD: dict[str, Any] = {"url": "http://10.0.0.1:8000/v1", "model": "m", "rate": "10/s", "duration": "30 s"}
SEARCH: dict[str, Any] = {
    "url": "http://10.0.0.1:8000/v1",
    "model": "m",
    "rates": ["1/s", "2/s", "4/s"],
    "requests": 400,
}
CALLS: dict[str, Any] = {"catalogue": "solutions.csv"}
TABLE_HEAD = "编号,名称,内容哈希,接口地址,模型名\n"
Each = Callable[[int], float]


def event(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> str:
    """One chunk as an event."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return f"data: {json.dumps({'choices': choices, **more}, ensure_ascii=False)}\n\n"


def answer(
    number: int,
    sent: int,
    first: int,
    step: int,
    tokens: int,
    *,
    usage: bool = True,
    fault: str = "",
    text: str = "词 ",
) -> Iterator[bytes]:
    """Lines of one answer; ``fault``: cut or refused."""
    if fault == "refused":
        yield layout.ended(number, sent, "refused", "Connection refused")
        return
    yield layout.connected(number, kept=False, stamps={"tcp": sent - MS // 10}, sent_ns=sent)
    yield layout.received(number, sent + first // 2, (HEAD + event({"role": "assistant", "content": ""})).encode())
    for at in range(tokens if not fault else tokens // 2):
        yield layout.received(number, sent + first + at * step, event({"content": text}).encode())
    end = sent + first + (tokens - 1) * step
    if fault:
        yield layout.ended(number, end, "reset")
        return
    said = {"usage": {"prompt_tokens": 9, "completion_tokens": tokens}} if usage else {}
    yield layout.received(number, end, (event({}, "stop") + event(None, **said) + "data: [DONE]\n\n").encode())
    yield layout.ended(number, end, "done")


def load(
    count: int = 100,
    ttft_ms: Each | float = 100.0,
    *,
    step_ms: float = 10.0,
    tokens: int = 3,
    fault: Callable[[int], str] = lambda _: "",
    usage: bool = True,
    seed: str = "made/0",
    rate: str = "10",
    arrivals: str = "poisson",
    at_ns: int = START_NS,
    text: Callable[[int], str] = lambda _: "词 ",
    **facts: Any,
) -> bytes:
    """A session of a load."""
    due = schedule.due(seed, Fraction(rate), count, periodic=arrivals == "periodic")
    told = {
        "kind": "load", "url": LOAD["url"], "model": "m", "rate": rate, "arrivals": arrivals, "seed": seed, "first": 0,
        "skipped": 0, "planned": count, "duration": due[-1] + 1, "max_tokens": 16, "prompts": "0" * 64, "session": 0, "t": at_ns,
    }  # fmt: skip
    lines = [layout.header({**told, **facts})]
    ask = json.dumps({"model": "m", "max_tokens": 16}).encode()
    for number, moment in enumerate(due):
        first = ttft_ms if isinstance(ttft_ms, (int, float)) else ttft_ms(number)
        lines.append(layout.begun(number, moment, moment, ask))
        lines += answer(
            number,
            moment + MS,
            round(first * MS),
            round(step_ms * MS),
            tokens,
            usage=usage,
            fault=fault(number),
            text=text(number),
        )
    return b"".join(lines)


def search(rates: Sequence[str], late: Callable[[str, int], bool], order: Sequence[int], count: int = 400) -> bytes:
    """A search: the loads at the places ``order``; a request that is ``late`` misses two seconds."""
    parts = []
    for place in order:
        rate = rates[place]
        facts = {"kind": "search", "place": place, "rates": list(rates), "requests": count}
        slow = [3000.0 if late(rate, number) else 50.0 + number % 7 for number in range(count)]
        parts.append(
            load(
                count,
                slow.__getitem__,
                seed=f"made/{place}",
                rate=rate,
                tokens=2,
                at_ns=START_NS + place * 3600 * S,
                **facts,
            )
        )
    return b"".join(parts)


def table(entries: int, *, same: Sequence[int] = ()) -> str:
    """A catalogue; the entries in ``same`` have the content hash of the first one."""
    rows = [
        f"S-{at:03d},方案{chr(0x4E00 + 7 * at)}{chr(0x5E00 + 11 * at)},{'0' if at in same else at:0>64},http://10.0.0.1:8000/v1,m-{at}\n"
        for at in range(entries)
    ]
    return TABLE_HEAD + "".join(rows)


def calls(
    entries: int,
    *,
    questions: int = 2,
    skins: Sequence[int] = (),
    silent: Sequence[int] = (),
    canned: Mapping[int, str] = MappingProxyType({}),
    places: Sequence[int] | None = None,
) -> bytes:
    """Calls of a catalogue; ``skins`` say what the first entry says, the ``silent`` ones are cut, ``canned`` ones say one thing."""
    lines = [layout.header({"kind": "calls", "questions": questions, "entries": entries, "t": START_NS})]
    ask = json.dumps({"model": "m", "max_tokens": 96}).encode()
    for place in range(entries) if places is None else places:
        for question in range(questions):
            number = place * questions + question
            lines.append(layout.begun(number, number * S, number * S, ask, entry=place, kind="chat", question=question))
            model = 0 if place in skins else place
            text = "".join(chr(0x4E00 + (997 * model + 31 * question + 13 * at) % 20000) for at in range(12))
            text = canned.get(place, text)
            fault = "cut" if place in silent else ""
            lines += answer(number, number * S + MS, 50 * MS, 5 * MS, 6, fault=fault, text=text)
    return b"".join(lines)


def write(folder: Path, name: str, text: str) -> Path:
    """A file in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
