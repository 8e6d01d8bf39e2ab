# SPDX-License-Identifier: Apache-2.0
"""A unit's own DOCX as the template of a paper: its headers, logo, page and styles stay, its places are filled in.

``{{number}}``, ``{{title}}``, ``{{kind}}``, ``{{date}}`` and ``{{digest}}`` may stand anywhere in it; the paper comes in the
place of the paragraph ``{{report}}``, or behind everything. What marks a paper (its nature, its number, simulated data, the
codes) is added to the template's header and footer on every page: no template can leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import UsageError
from harness.printable import printable
from reports.paper.blocks import Paper
from reports.writers.ooxml import STYLES, Dress

_PLACE = re.compile(r"\{\{\s*([a-z]+)\s*\}\}")
_REPORT = re.compile(r"\s*\{\{\s*report\s*\}\}\s*")
LARGEST = 32 << 20
"""Bytes of a template."""
_NAMES = {
    "heading 1": "Heading1", "heading 2": "Heading2", "heading 3": "Heading3", "list bullet": "ListBullet", "table grid": "TableGrid",
    "标题 1": "Heading1", "标题 2": "Heading2", "标题 3": "Heading3", "列表项目符号": "ListBullet", "网格型": "TableGrid",
}  # fmt: skip
"""Styles by the names that Word, WPS and their Chinese editions give them."""


def opened(path: Path) -> Any:
    """The template as python-docx reads it; UsageError where it is none."""
    from docx import Document

    try:
        content = path.read_bytes()[: LARGEST + 1]
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="name a DOCX file with --template.") from None
    try:
        return Document(BytesIO(content if len(content) <= LARGEST else b""))
    except Exception as defect:  # whatever a zip or an XML of strangers makes python-docx raise
        msg = f"{path} is no DOCX that can be a template."
        raise UsageError(
            msg, cure="save it in Word or WPS as .docx (not .dotx, .doc or .wps), at most 32 MB."
        ) from defect


def dress_of(document: Any) -> Dress:
    """The template's own styles, by name: their identifiers differ from office to office."""
    found = {
        _NAMES[name]: each.style_id for each in document.styles if (name := (each.name or "").casefold()) in _NAMES
    }
    return Dress(own=True, styles={ours: found[ours] for ours in STYLES if ours in found})


def filled(document: Any, paper: Paper) -> list[Any]:
    """Fill the template's places in; take out what follows the paragraph ``{{report}}`` and give it, to be put behind the paper."""
    year, month, day = paper.date
    said = {
        "number": paper.number,
        "title": paper.title,
        "kind": paper.left,
        "date": f"{year:04d}-{month:02d}-{day:02d}",
        "digest": paper.digest,
    }
    body, behind, seen = document.element.body, [], False
    for each in [one for one in body if one is not body.sectPr]:
        if seen:
            body.remove(each)
            behind.append(each)
        elif _REPORT.fullmatch(_said(each)):
            body.remove(each)
            seen = True
    parts = [body, *(each._element for each in _margins(document))]  # noqa: SLF001 - python-docx has no search
    for root in (*parts, *behind):
        _fill(root, said)
    return behind


def _said(element: Any) -> str:
    from docx.oxml.ns import qn

    return "".join(each.text or "" for each in element.iter(qn("w:t")))


def _margins(document: Any) -> Iterator[Any]:
    """Headers and footers that the template brings along."""
    for section in document.sections:
        for each in (section.header, section.footer, section.first_page_header, section.first_page_footer):
            if not each.is_linked_to_previous:
                yield each


def _fill(root: Any, said: Mapping[str, str]) -> None:
    """Every place below ``root``, also one that Word has cut into several runs."""
    from docx.oxml.ns import qn

    for paragraph in root.iter(qn("w:p")):
        texts = list(paragraph.iter(qn("w:t")))
        for match in reversed(list(_PLACE.finditer("".join(each.text or "" for each in texts)))):
            if match[1] in said:
                _replace(texts, match.span(), printable(said[match[1]]))


def _replace(texts: Iterable[Any], span: tuple[int, int], by: str) -> None:
    """``by`` for the letters of ``span`` in texts that stand one behind the other."""
    at = 0
    for each in texts:
        text = each.text or ""
        first, last = max(0, span[0] - at), min(len(text), span[1] - at)
        at += len(text)
        if first < last:
            each.text, by = text[:first] + by + text[last:], ""
            each.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


class Margin(NamedTuple):
    """A header or footer as the template has it: what stands in it, and the part whose pictures and links that names."""

    content: tuple[Any, ...]
    part: Any


def kept(margin: Any) -> Margin:
    """The header or footer before anything is added to it."""
    return Margin(tuple(deepcopy(each) for each in margin._element), margin.part)  # noqa: SLF001 - as above


def copied(source: Margin, target: Any) -> None:
    """What stands in a header or footer into another one, with the pictures and links it refers to."""
    from docx.oxml.ns import qn

    for each in list(target._element):  # noqa: SLF001
        target._element.remove(each)  # noqa: SLF001
    for each in source.content:
        made = deepcopy(each)
        for inner in made.iter():
            for name in (qn("r:embed"), qn("r:id"), qn("r:link")):
                if inner.get(name) in source.part.rels:
                    rel = source.part.rels[inner.get(name)]
                    to = rel.target_ref if rel.is_external else rel.target_part
                    inner.set(name, target.part.relate_to(to, rel.reltype, is_external=rel.is_external))
        target._element.append(made)  # noqa: SLF001
