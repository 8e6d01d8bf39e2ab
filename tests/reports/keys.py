# SPDX-License-Identifier: Apache-2.0
"""Machines' words in a report: keys with underscores, dotted codes, long numbers without groups; evidence may hold them, reports not."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import yaml

from reports.html import render
from reports.paper.blocks import Chart, texts_of
from reports.paper.layouts import papers

_FILES = {".csv", ".txt", ".md", ".log"}
_MACHINES = re.compile(
    r"(?<![A-Za-z0-9_./@-])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+"  # waiting_time
    r"|[a-z][a-z0-9]*(?:\.[a-z][a-z0-9-]*)+(?:/[a-z0-9-]+)?)"  # effort.below, s08.static.h/nmea
    r"(?![A-Za-z0-9_./])"
    r"|(?<![A-Za-z0-9_./,\u202f\u00a0-])[0-9]{7,}(?![A-Za-z0-9_/])"  # 30238990
)
_VERBATIM = {"style", "script", "pre", "blockquote"}
_DIGESTS = {"hash"}


def keys(bundle: Path, lang: str) -> list[str]:
    """Every machine's word that stands in a paper, a chart or on the page without being quoted from the evidence."""
    quoted = "\n".join(_quoted(bundle))
    found = set()
    for text in (*_printed(bundle, lang), *_page(bundle, lang)):
        for match in _MACHINES.finditer(text):
            word = match.group()
            if word not in quoted and not (bundle / "data" / word).exists() and word not in {bundle.name, bundle.stem}:
                found.add(f"{word!r} in {text.strip()[:160]!r}")
    return sorted(found)


def _quoted(bundle: Path) -> Iterator[str]:
    """What the profile's author wrote, its keys apart, and the text files of the evidence."""
    yield from _values(yaml.safe_load((bundle / "data/profile.yaml").read_text("utf-8")))
    results = json.loads((bundle / "data/results.json").read_bytes())
    for each in results["indicators"]:  # numbers that identify something are texts there
        yield from (
            cell
            for one in each["listings"]
            for row in one["rows"]
            for cell in row
            if isinstance(cell, str) and cell.isdigit()
        )
    for path in sorted((bundle / "data").rglob("*")):
        if path.suffix in _FILES and path.stat().st_size < 1 << 20:
            yield path.read_bytes().decode("utf-8", "ignore")


def _values(given: object) -> Iterator[str]:
    if isinstance(given, dict):
        for each in given.values():
            yield from _values(each)
    elif isinstance(given, list):
        for each in given:
            yield from _values(each)
    else:
        yield str(given)


def _printed(bundle: Path, lang: str) -> Iterator[str]:
    for paper in papers(bundle, lang):
        for block in (each for part in paper.parts for each in part):
            yield from texts_of(block)
            if isinstance(block, Chart):
                yield from re.findall(r">([^<>]+)<", block.svg)


def _page(bundle: Path, lang: str) -> Iterator[str]:
    root = html5lib.parse(render(bundle, lang)["html"].decode(), namespaceHTMLElements=False)
    yield from _below(root.find("body"))


def _below(element: object) -> Iterator[str]:
    tag = element.tag if isinstance(element.tag, str) else "style"
    if tag.rpartition("}")[2] in _VERBATIM or set(element.get("class", "").split()) & _DIGESTS:
        return
    yield element.text or ""
    for child in element:
        yield from _below(child)
        yield child.tail or ""
