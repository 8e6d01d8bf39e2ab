# SPDX-License-Identifier: Apache-2.0
"""Installed report formats, with the layouts that some of them take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from harness import installed
from harness.console.language import LANGUAGES, pick
from harness.errors import UsageError

_GROUP = "yanshou.reports"
_LAYOUT, _TEMPLATE = "layout", "template"
Writer = Callable[..., Mapping[str, bytes]]


def rendered(kind: str, root: Path, lang: str, layouts: str = "", template: Path | None = None) -> dict[str, bytes]:
    """Files of one format, a set for each of ``layouts`` (commas between); UsageError where the format has no layouts.

    ``template``: the unit's own document, for the formats that take one.
    """
    write: Writer = _dressed(installed.load(_GROUP, kind), template)
    if not layouts:
        return dict(write(root, lang))
    if not _takes(write, _LAYOUT):
        msg = pick(f"格式 {kind} 没有版式可选。", f"The format {kind} has no layouts.")
        raise UsageError(
            msg, cure=pick("去掉 --layout，或改用 pdf、docx、ofd。", "leave --layout out, or use pdf, docx or ofd.")
        )
    return {name: content for each in layouts.split(",") for name, content in write(root, lang, each.strip()).items()}


def require_template(template: Path | None, kinds: Sequence[str]) -> None:
    """UsageError where a template was named and none of the formats takes one."""
    if template is not None and not any(_takes(installed.load(_GROUP, kind), _TEMPLATE) for kind in kinds):
        msg = pick(f"{template} 没有用处：所选格式都不用模板。", f"{template} is of no use: no format takes it.")
        raise UsageError(msg, cure=pick("在 --format 中加上 docx。", "add docx to --format."))


def _dressed(write: Writer, template: Path | None) -> Writer:
    """The writer with the template, where it takes one."""
    return partial(write, template=template) if template is not None and _takes(write, _TEMPLATE) else write


def candidates(root: Path, name: str, template: Path | None = None) -> Iterator[tuple[str, str, str, bytes]]:
    """Format, language, ending and bytes of everything that the bundle gives and that a file called ``name`` may be."""
    parts = name.split(".")
    named = [kind for kind in installed.names(_GROUP) if kind.split("-", maxsplit=1)[0] in parts]
    for kind in named or installed.names(_GROUP):
        write: Writer = _dressed(installed.load(_GROUP, kind), template)
        for lang in [each for each in LANGUAGES if each in parts] or LANGUAGES:
            for layout in _layouts(write, parts):
                for suffix, content in write(root, lang, *layout).items():
                    yield kind, lang, suffix, content


def _layouts(write: Writer, parts: list[str]) -> list[tuple[str, ...]]:
    """The layout that stands before the ending of a file's name, where the format takes one."""
    return [(parts[-2],)] if _takes(write, _LAYOUT) and len(parts) > 2 else [()]


def _takes(write: Writer, name: str) -> bool:
    return name in inspect.signature(write).parameters
