# SPDX-License-Identifier: Apache-2.0
"""Charts for paper: the same SVG as on the page, with its colours written into it, and as PNG for programs that want one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from typing import Any

from reports.paper.blocks import Chart
from reports.writers.fonts import FAMILIES, typesetter

_VARIABLE = re.compile(r"--([a-z-]+): ([^;]+);")
_RULE = re.compile(r"^\.(?:chart|c-)[^{]*\{[^}]*\}.*$", re.MULTILINE)
_USE = re.compile(r"var\(--([a-z-]+)\)")
PPI = 120


def standalone(chart: Chart) -> bytes:
    """The chart as an SVG file of its own."""
    head, rest = chart.svg.split(">", 1)
    if "xmlns=" not in head:
        head += ' xmlns="http://www.w3.org/2000/svg"'
    size = f' width="{chart.width:g}" height="{chart.height:g}"' if " width=" not in head else ""
    return f"{head}{size}><style>{_style()}</style>{rest}".encode()


@cache
def _style() -> str:
    """The rules of charts from the page's own style sheet, in its light colours."""
    sheet = resources.files("reports").joinpath("templates", "style.css").read_text("utf-8")
    light = sheet[: sheet.index("@media")]
    values = dict(_VARIABLE.findall(light)) | {"sans": f'"{FAMILIES["sans"]}"'}
    rules = "\n".join(each for each in _RULE.findall(sheet) if "[viewBox" not in each)
    return _USE.sub(lambda match: values[match[1]], rules)


def pngs(charts: Sequence[Chart]) -> list[bytes]:
    """Each chart as PNG at 120 points an inch; those of the last paper are kept for its next format."""
    return list(_drawn(tuple(charts))) if charts else []


@lru_cache(maxsize=2)
def _drawn(charts: tuple[Chart, ...]) -> tuple[bytes, ...]:
    """All in one pass, so that the fonts are read once."""
    import typst

    pages = [
        f'#page(width: {each.width:g}pt, height: {each.height:g}pt, margin: 0pt, image("{at}.svg", width: 100%))'
        for at, each in enumerate(charts)
    ]
    files = {f"{at}.svg": standalone(each) for at, each in enumerate(charts)}
    compiled: Any = typst.compile  # its stubs do not know files by name
    made = compiled(
        {"main.typ": "\n".join(pages).encode(), **files},
        format="png", ppi=PPI, font_paths=typesetter(), ignore_system_fonts=True,
    )  # fmt: skip
    with ThreadPoolExecutor() as executor:
        return tuple(executor.map(_few_colours, [made] if isinstance(made, bytes) else made))


def _few_colours(data: bytes) -> bytes:
    """The picture with at most 128 colours: a chart has few, and the file is a third of its size."""
    from PIL import Image

    out = BytesIO()
    Image.open(BytesIO(data)).convert("RGB").quantize(128, method=Image.Quantize.FASTOCTREE).save(out, "PNG")
    return out.getvalue()
