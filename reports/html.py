# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML file: offline, printable on A4, readable on a phone and in the dark."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator
from functools import cache, partial
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from harness.printable import printable
from reports.axes import element
from reports.census import census
from reports.charts import chart, interval, table
from reports.short import short
from reports.view import View, view
from reports.words import words
from reports.writers.code import Page, code_of, qr, qr_runs
from reports.writers.fonts import at_hand, glyphs, subset

if TYPE_CHECKING:
    from jinja2 import Environment


def render(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"html": file}`` for the bundle in folder ``bundle_root``, with the Chinese glyphs it uses where a font is at hand.

    EvidenceError when the bundle cannot be read.
    """
    return {"html": page(view(bundle_root, lang), embed=at_hand()).encode()}


def plain(bundle_root: Path, lang: str = "zh") -> dict[str, bytes]:
    """``{"html": file}`` without glyphs: smaller, and the same on a machine that has no font."""
    return {"html": page(view(bundle_root, lang)).encode()}


def pages(bundle_root: Path, lang: str) -> Iterator[Page]:
    """The one code of the file: only the browser knows where a printed page ends."""
    shown = view(bundle_root, lang)
    yield _coded(shown, _rendered(shown))


def page(shown: View, *, embed: bool = False) -> str:
    """The whole page; every value of the bundle is escaped, hidden characters are written out, no outside address is named."""
    content = _rendered(shown)
    style = f':root {{ --code: "{_coded(shown, content).code}"; }}'
    style += _FACE.format(base64.b64encode(_glyphs(content)).decode()) if embed else ""
    return content.replace(_PLACE, style, 1)  # the first: nothing of the bundle stands before it


_PLACE = "/* page */"
_FACE = (
    ' @font-face {{ font-family: "Yanshou Han"; src: url("data:font/otf;base64,{}") format("opentype");'
    " unicode-range: U+2E80-9FFF, U+F900-FAFF, U+FE30-FFEF, U+20000-323AF; }}"
)
_SILENT = re.compile(r"<style>.*?</style>|<[^>]*>", re.DOTALL)


def _glyphs(content: str) -> bytes:
    """A font with the Chinese characters of the page; what it lacks is left to the reader's own fonts."""
    return subset("sans", frozenset(each for each in content if ord(each) in glyphs("sans") and ord(each) >= 0x2E80))


def _coded(shown: View, content: str) -> Page:
    """The page with the code over its texts."""
    texts = tuple(filter(None, (unescape(each).strip() for each in _SILENT.sub("\n", content).split("\n"))))
    return Page(code_of(_sealed(shown), "html", shown.lang, 1, texts), "html", 1, 1, texts)


def _sealed(shown: View) -> str:
    """The digest that ties the page to its bundle."""
    return shown.seal.manifest or shown.seal.results


def _rendered(shown: View) -> str:
    content = (
        environment()
        .get_template("report.html.j2")
        .render(
            view=shown,
            t=words(shown.lang),
            place=_PLACE,
            chart=partial(chart, lang=shown.lang, tips=True),
            interval=partial(interval, lang=shown.lang, tips=True),
            census=partial(census, lang=shown.lang, tips=True),
            table=partial(table, lang=shown.lang),
            icon=icon,
            digest=words(shown.lang)("paper.digest", digest=short(_sealed(shown))),
            symbol=_symbol(_sealed(shown), words(shown.lang)("qr")),
            printed=base64.b64encode(qr(_sealed(shown))).decode(),
        )
    )
    return printable(content, keep="\n")


def _symbol(digest: str, title: str) -> Markup:
    """The QR code for the screen; on paper it stands at the foot of every page."""
    side, runs = qr_runs(digest)
    dark = " ".join(f"M{first} {y}h{last - first}v1H{first}z" for first, last, y in runs)
    parts = [element("title", title, id="qr"), element("path", d=dark)]
    return element(
        "svg", Markup("").join(parts), viewBox=f"0 0 {side} {side}", role="img", aria_labelledby="qr", class_="qr"
    )


_ICONS = {
    "PASS": "M5 12.5l4.5 4.5L19 7.5",
    "FAIL": "M6.5 6.5l11 11M17.5 6.5l-11 11",
    "INCONCLUSIVE": "M8.5 9.2c0-2 1.6-3.4 3.6-3.4s3.5 1.3 3.5 3.1c0 2.6-3.5 2.8-3.5 5.3M12.1 18v.1",
    "INVALID": "M6 18L18 6M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17",
    "NOT_TESTED": "M6 12h12",
}


def icon(verdict: str) -> Markup:
    """The sign of a verdict beside its word, so that colour is never the only carrier."""
    shape = Markup('<path d="{}"/>').format(_ICONS.get(verdict, _ICONS["NOT_TESTED"]))
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>').format(shape)


@cache
def environment() -> Environment:
    """The templates, with every value escaped and an unknown name refused."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["digest"] = _digest
    found.filters["shell"] = shlex.quote
    return found


def _digest(text: str) -> Markup:
    """A digest in groups of eight, so that a person can compare it and a line can break."""
    return Markup("<wbr>").join(escape(text[i : i + 8]) for i in range(0, len(text), 8))
