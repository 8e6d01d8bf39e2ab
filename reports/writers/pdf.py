# SPDX-License-Identifier: Apache-2.0
"""A paper as PDF/A-2b through typst: data go in as JSON, so that no text of a bundle is ever markup; same bundle, same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from reports.paper.blocks import Block, Chart, Grid, Heading, Paper, Paragraph, Points, Tile
from reports.paper.layouts import paper as paper_of
from reports.words import words
from reports.writers.code import qr, short
from reports.writers.fonts import folder_of, require, settable
from reports.writers.pictures import standalone

STANDARD = "a-2b"
_WIDEST = 720.0


def render(bundle_root: Path, lang: str = "zh", layout: str = "yanshou") -> dict[str, bytes]:
    """``{"LAYOUT.pdf": file}``; UsageError where a glyph or the typesetter is missing."""
    return {f"{layout}.pdf": pdf(paper_of(bundle_root, lang, layout))}


def pdf(paper: Paper) -> bytes:
    """The paper; UsageError where the typesetter is not installed or has no glyph for a character."""
    try:
        import typst
    except ModuleNotFoundError:
        raise UsageError("The typesetter typst is not installed.", cure='pip install "yanshou[reports]".') from None
    files, data = _data(paper)
    require(texts_of(paper))
    compiled: Any = typst.compile  # its stubs do not know files by name
    made = compiled(
        {
            "main.typ": resources.files("reports").joinpath("templates", "paper.typ").read_bytes(),
            "paper.json": json.dumps(data, ensure_ascii=False).encode(),
            "code.svg": qr(paper.digest),
            **files,
        },
        format="pdf", font_paths=folder_of(), ignore_system_fonts=True, pdf_standards=[STANDARD],
    )  # fmt: skip
    return bytes(made)


def texts_of(paper: Paper) -> Iterator[str]:
    """Every text on the paper, charts apart."""
    yield from (paper.title, paper.left, paper.right, paper.watermark)
    for block in (*paper.cover, *paper.blocks, *paper.annexes):
        match block:
            case Heading() | Paragraph():
                yield settable(block.text)
            case Points():
                yield from (settable(each) for each in block.texts)
            case Grid():
                yield from (settable(cell) for row in (block.head, *block.rows) for cell in row)
            case Tile():
                yield from map(settable, (block.caption, block.word, block.meaning))
            case Chart():
                yield settable(block.caption)
            case _:
                pass


def _data(paper: Paper) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The charts as files, and everything else as JSON values; hidden characters are written out."""
    files: dict[str, bytes] = {}

    def listed(blocks: Sequence[Block]) -> list[dict[str, Any]]:
        found = []
        for block in blocks:
            entry: dict[str, Any] = {"kind": type(block).__name__}
            if isinstance(block, Chart):
                name = f"chart-{len(files)}.svg"
                files[name] = standalone(block)
                entry |= {"file": name, "caption": settable(block.caption), "share": 100 * block.width / _WIDEST}
            else:
                entry |= _settable(asdict(block))
            found.append(entry)
        return found

    data = {
        "cover": listed(paper.cover),
        "blocks": listed(paper.blocks),
        "annexes": listed(paper.annexes),
        **{
            key: settable(getattr(paper, key))
            for key in ("title", "lang", "number", "left", "right", "watermark", "digest", "page")
        },
        "date": list(paper.date),
        "footer": words(paper.lang)("paper.digest", digest=short(paper.digest)),
    }
    return files, data


def _settable(value: Any) -> Any:
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, dict):
        return {key: _settable(each) for key, each in value.items()}
    return [_settable(each) for each in value] if isinstance(value, list | tuple) else value
