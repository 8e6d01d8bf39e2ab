# SPDX-License-Identifier: Apache-2.0
"""A simulated endpoint: what it says of each prompt, chunk by chunk, and the catalogue of what runs on it. Pure but for files."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from probes.service.simulators.plans import EndpointPlan

MODEL = "simulated-001"
_WORDS = [
    "河",
    "雨",
    "桥",
    "灯",
    "书",
    "山",
    "风",
    "船",
    "茶",
    "门",
    "the",
    "river",
    "lamp",
    "of",
    "quiet",
    "slate",
    "and",
    "seven",
    "gulls",
    "by",
    "morning",
    "where",
    "iron",
    "bends",
    "softly",
    "toward",
    "harbour",
    "light",
    "松",
    "石",
    "渡口",
    "铁轨",
    "清晨",
    "灰鹭",
    "木窗",
    "纸伞",
]


_NAMES = "江汉松柏云水星河金石木火文理工商农林渔牧光电声热天地风雷春夏秋冬东西南北"


class Chunk(NamedTuple):
    """A piece of an answer: when it is due after the begin of service in ns, and the event's data."""

    after_ns: int
    data: dict[str, Any] | str


def behaviour(model: str, plan: EndpointPlan) -> str:
    """Which model really answers: a skin is the first one."""
    number = int(model.rpartition("-")[2]) if model.rpartition("-")[2].isdigit() else 1
    return MODEL if plan.entries - plan.skins < number <= plan.entries else model


def words(model: str, prompt: str, count: int) -> list[str]:
    """The tokens that a model says to a prompt at temperature 0."""
    found = []
    for at in range(count):
        digest = hashlib.sha256(f"{model}\n{prompt}\n{at}".encode()).digest()
        found.append(_WORDS[digest[0] % len(_WORDS)] + " ")
    return found


def chunks(plan: EndpointPlan, model: str, prompt: str, most: int) -> Iterator[Chunk]:
    """The chunks of one answer, in order."""
    tokens = words(behaviour(model, plan), prompt, min(plan.tokens, most))
    usage = {"prompt_tokens": len(prompt) // 2 + 4, "total_tokens": 0}
    if plan.cached:
        usage["prompt_tokens_details"] = {"cached_tokens": plan.cached}  # type: ignore[assignment]
    yield Chunk(plan.first // 2, _chunk(model, {"role": "assistant", "content": ""}))
    for at in range(0, len(tokens), plan.per_chunk):
        text = "".join(tokens[at : at + plan.per_chunk])
        key = "reasoning_content" if at < plan.reasoning else "content"
        data = _chunk(model, {key: text})
        if plan.usage == "every":
            data["usage"] = {**usage, "completion_tokens": min(len(tokens), at + plan.per_chunk)}
        yield Chunk(plan.first + at * plan.step, data)
    end_ns = plan.first + (len(tokens) - 1) * plan.step
    yield Chunk(end_ns, _chunk(model, {}, "length"))
    if plan.usage != "none":
        said = {**usage, "completion_tokens": len(tokens) + plan.hidden}
        if plan.hidden:
            said["completion_tokens_details"] = {"reasoning_tokens": plan.hidden}  # type: ignore[assignment]
        yield Chunk(end_ns, {**_chunk(model, {}), "choices": [], "usage": said})
    if plan.mark:
        yield Chunk(end_ns, "[DONE]")


def framed(data: dict[str, Any] | str, dialect: str) -> bytes:
    """An event as bytes."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    end = {"crlf": "\r\n", "cr": "\r"}.get(dialect, "\n")
    lines = [": keep-alive", "", "event: message", "id: 1"] if dialect == "chatty" else []
    return end.join([*lines, f"data: {text}", "", ""]).encode()


def _chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [choice]}


def catalogue(plan: EndpointPlan, url: str, folder: Path) -> Path:
    """The catalogue of what runs here, as CSV in ``folder``, and a description of each entry beside it."""
    path, solutions = folder / f"{plan.kind}.csv", plan.kind == "solutions"
    noun, title = ("解决方案", "解决方案名称") if solutions else ("算法", "算法名称")
    rows = [("编号", title, "版本", "内容sha256", "接口地址", "模型名", "证明文件", "文件sha256")]
    for number in range(1, plan.entries + 1):
        letters = hashlib.sha256(f"{plan.kind}{number}".encode()).hexdigest()
        name = "".join(_NAMES[int(letters[2 * at : 2 * at + 2], 16) % len(_NAMES)] for at in range(5)) + noun
        file = f"{plan.kind[0].upper()}{number:03d}.txt"
        text = f"{name} 说明（演示）\n接口：{url}\n".encode()
        (folder / file).write_bytes(text)
        digest = hashlib.sha256(text).hexdigest()
        rows.append(
            (f"{plan.kind[0].upper()}-{number:03d}", name, "1.0", letters, url, f"simulated-{number:03d}", file, digest)
        )
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path
