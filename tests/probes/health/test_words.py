# SPDX-License-Identifier: Apache-2.0
"""Every sentence of the domain is said somewhere, in both languages; what it refuses with is said in Chinese, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import probes.health
from harness.console.language import has_han
from harness.console.refusal import chinese
from harness.kit.proofreading import problems

RAISING = {"InstrumentError", "UsageError", "DecodeError", "ConnectionError", "ConnectionRefusedError"} | {
    *("ConnectionResetError", "TimeoutError", "wrong")
}


def sentences() -> Iterator[str]:
    """Every text that an error is raised with, its facts filled in."""
    for path in Path(probes.health.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        held = {
            each.targets[0].id: each.value
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) and each.targets[0].id == "cure"
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "msg":
                yield from said(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                given = node.args if node.func.id in RAISING else node.args[1:2] if node.func.id == "refuse" else []
                cures = [each.value for each in node.keywords if each.arg == "cure"]
                for each in [*given[:2], *cures]:
                    yield from said(held.get(each.id, each) if isinstance(each, ast.Name) else each)


def said(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Constant(value=str() as text) if " " in text:
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(each.value if isinstance(each, ast.Constant) else "X1" for each in values)
        case ast.IfExp(body=one, orelse=other):
            yield from (*said(one), *said(other))


INTERNAL = {"a key stands twice", "no bytes", "X1 is no JSON", "no whole number", "no event", "another record"}


def test_the_words_and_the_source_agree() -> None:
    assert problems("probes.health") == []


def test_what_is_refused_is_refused_in_chinese() -> None:
    found = set(sentences()) - INTERNAL
    assert len(found) > 40
    assert [each for each in found if not each.startswith("pip install") and not has_han(chinese(each))] == []
