# SPDX-License-Identifier: Apache-2.0
"""A paper as PDF/A-2b through typst: data go in as JSON, so that no text of a bundle is ever markup; same bundle, same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from reports.paper.blocks import Block, Chart, Grid, Paper, texts_of
from reports.paper.layouts import paper as paper_of
from reports.paper.layouts import papers
from reports.words import words
from reports.writers.code import Page, page_of, qr
from reports.writers.fonts import require, settable, typesetter
from reports.writers.pictures import standalone

STANDARD = "a-2b"
MOST = 1_000_000
"""Bytes of a paper with structure tags; a longer one goes without them, and the page (HTML) is the edition that is read aloud."""
_WIDEST = 720.0


def render(bundle_root: Path, lang: str = "zh", layout: str = "yanshou") -> dict[str, bytes]:
    """``{"LAYOUT.pdf": file}``; UsageError where a glyph or the typesetter is missing."""
    return {f"{layout}.pdf": pdf(paper_of(bundle_root, lang, layout))}


def pages(bundle_root: Path, lang: str) -> Iterator[Page]:
    """Every page of every layout with its code and the texts that begin on it."""
    for paper in papers(bundle_root, lang):
        yield from _pages(paper, _files(paper))


def pdf(paper: Paper) -> bytes:
    """The paper; UsageError where the typesetter is not installed or has no glyph for a character."""
    try:
        import typst
    except ModuleNotFoundError:
        raise UsageError("The typesetter typst is not installed.", cure='pip install "yanshou[reports]".') from None
    files = _files(paper)
    codes = {"codes.json": json.dumps([each.code for each in _pages(paper, files)]).encode()}
    compiled: Any = typst.compile  # its stubs do not know files by name

    def made(*, tags: bool) -> bytes:
        return bytes(compiled(files | codes, format="pdf", pdf_standards=[STANDARD], pdf_tags=tags, **_faces()))

    tagged = made(tags=True)
    return tagged if len(tagged) <= MOST else made(tags=False)


def _faces() -> dict[str, Any]:
    return {"font_paths": typesetter(), "ignore_system_fonts": True}


def _pages(paper: Paper, files: dict[str, bytes]) -> list[Page]:
    """Which texts begin on which page, as the typesetter breaks them; the codes have a place of their own and move nothing."""
    import typst

    asked: Any = typst.query
    (found,) = json.loads(asked(files, "<marks>", field="value", **_faces()))
    texts = [settable(text) for part in paper.parts for block in part for text in texts_of(block)]
    total = max((page for _, page in found), default=1)
    begun: list[list[str]] = [[] for _ in range(total)]
    for at, page in found:
        begun[page - 1].append(texts[at])
    return [page_of(paper, number, total, said) for number, said in enumerate(begun, start=1)]


def _files(paper: Paper) -> dict[str, bytes]:
    """What the typesetter reads: the template, the paper, its charts, and no codes yet."""
    charts, data = _data(paper)
    require([*_all_texts(paper), *data["say"].values()])
    return {
        "main.typ": resources.files("reports").joinpath("templates", "paper.typ").read_bytes(),
        "paper.json": json.dumps(data, ensure_ascii=False).encode(),
        "codes.json": b"[]",
        "code.svg": qr(paper.digest),
        **charts,
    }


def _all_texts(paper: Paper) -> Iterator[str]:
    """Every text on the paper, charts apart."""
    yield from map(settable, (paper.title, paper.left, paper.right, paper.watermark))
    yield from (settable(text) for part in paper.parts for block in part for text in texts_of(block))


def _data(paper: Paper) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The charts as files, and everything else as JSON values; hidden characters are written out."""
    files: dict[str, bytes] = {}
    marks = count()

    def listed(blocks: Sequence[Block]) -> list[dict[str, Any]]:
        found = []
        for block in blocks:
            entry: dict[str, Any] = {"kind": type(block).__name__, "marks": [next(marks) for _ in texts_of(block)]}
            if isinstance(block, Chart):
                name = f"chart-{len(files)}.svg"
                files[name] = standalone(block)
                entry |= {"file": name, "caption": settable(block.caption), "share": 100 * block.width / _WIDEST}
            else:
                entry |= _settable(asdict(block))
                if isinstance(block, Grid):
                    entry["whole"] = block.whole
            found.append(entry)
        return found

    say = words(paper.lang)
    data = {
        "parts": [listed(each) for each in paper.parts],
        **{
            key: settable(getattr(paper, key))
            for key in ("title", "lang", "left", "right", "watermark", "digest", "page")
        },
        "date": list(paper.date),
        "say": {
            "digest": paper.foot,
            "code": say("paper.page-code", code="{code}"),
        },
    }
    return files, data


def _settable(value: Any) -> Any:
    if isinstance(value, str):
        return settable(value)
    if isinstance(value, dict):
        return {key: _settable(each) for key, each in value.items()}
    return [_settable(each) for each in value] if isinstance(value, list | tuple) else value
