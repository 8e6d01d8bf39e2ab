# SPDX-License-Identifier: Apache-2.0
"""The bodies of requests: a prompt that begins like no other, temperature 0, a fixed length, usage asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from probes.service.formats.schedule import prefix

PROMPTS = (
    "请用三段话说明一座中等城市怎样减少早高峰的拥堵，并举出两个可以量化的指标。",
    "Explain in three paragraphs how a bridge expands in summer, and what an engineer does about it.",
    "请为一家二十人的机械加工厂写一份设备点检制度的要点，逐条列出。",
    "Describe how a library could lend tools as well as books: rules, costs, and what may go wrong.",
    "请解释潮汐为什么一天两次，并说明武汉为什么看不到潮汐。",
)
"""Built-in prompts of a load."""
QUESTIONS = (
    "请用两百字左右描述一间雨夜里的小书店，写出声音、气味和一个顾客。",
    "Invent a short fable about a heron and a lock-keeper, with a moral in the last line.",
    "请给一位第一次养兰花的人写五条建议，每条说明理由。",
    "Explain to a curious twelve-year-old why ice floats, using one example from a kitchen.",
    "请列出一次社区旧物交换集市的筹备步骤，并指出最容易被忽略的一步。",
)
"""Built-in questions of a catalogue: open ones, to which two models do not give the same words."""
CHAT, COMPLETIONS = "/chat/completions", "/completions"


def lines_of(data: bytes) -> list[str]:
    """Prompts of a file, one a line, blank lines left out; ValueError where it is not UTF-8."""
    return [each.strip() for each in data.decode("utf-8-sig").splitlines() if each.strip()]


def digest(prompts: Sequence[str]) -> str:
    """SHA-256 of a set of prompts, a line each: of the file itself where it is plain UTF-8. What ``prompt_set`` declares."""
    return sha256("".join(f"{each}\n" for each in prompts).encode()).hexdigest()


def load_body(facts: Mapping[str, Any], prompts: Sequence[str], number: int) -> bytes:
    """The body of request ``number`` of a load; ``facts`` as in the header of its session."""
    prompt = f"[{prefix(str(facts['seed']), number)}] {prompts[number % len(prompts)]}"
    return body(facts, prompt)


def body(facts: Mapping[str, Any], prompt: str) -> bytes:
    """One request for ``prompt``: ``model``, ``max_tokens``, ``api``, and what else ``facts`` ask for."""
    chat = facts.get("api", "chat") == "chat"
    options = {"include_usage": True, **({"continuous_usage_stats": True} if facts.get("usage_in_chunks") else {})}
    asked = {
        "model": facts["model"],
        **({"messages": [{"role": "user", "content": prompt}]} if chat else {"prompt": prompt}),
        "max_tokens": facts["max_tokens"],
        "temperature": 0,
        "stream": True,
        "stream_options": options,
        **({"ignore_eos": True} if facts.get("ignore_eos") else {}),
    }
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
