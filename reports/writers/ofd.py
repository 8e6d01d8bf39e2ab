# SPDX-License-Identifier: Apache-2.0
"""A paper as OFD (GB/T 33190-2016): text that can be searched and copied in an embedded subset font, rules as paths, millimetres.

The unit's own seal client signs it afterwards: a place for the seal stands on the cover. Same bundle, same bytes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from harness.printable import printable
from reports.paper.blocks import Chart, Paper
from reports.paper.layouts import paper as paper_of
from reports.paper.layouts import papers
from reports.writers.code import Page, qr_runs
from reports.writers.flow import HEIGHT, WIDTH, Box, Code, Flow, Image, Line
from reports.writers.fonts import FAMILIES
from reports.writers.pictures import pngs
from reports.writers.setting import Face

_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FONT, _FIRST_IMAGE = 1, 10


def render(bundle_root: Path, lang: str = "zh", layout: str = "yanshou") -> dict[str, bytes]:
    """``{"LAYOUT.ofd": file}``; UsageError where a font or glyph is missing."""
    return {f"{layout}.ofd": ofd(paper_of(bundle_root, lang, layout))}


def pages(bundle_root: Path, lang: str) -> Iterator[Page]:
    """Every page of every layout with its code and its lines."""
    for each in papers(bundle_root, lang):
        yield from Flow(Face("serif")).paper(each)


def ofd(paper: Paper) -> bytes:
    """The paper; UsageError where no font with its glyphs is found."""
    face = Face("serif")
    flow = Flow(face)
    flow.paper(paper)
    charts = [each for part in paper.parts for each in part if isinstance(each, Chart)]
    files: dict[str, str | bytes] = {"OFD.xml": _entry(paper), "Doc_0/Res/font.otf": face.subset()}
    files |= {f"Doc_0/Res/{at}.png": data for at, data in enumerate(pngs(charts))}
    ids = iter(range(_FIRST_IMAGE + len(charts), 1 << 31))
    numbers = []
    for at, page in enumerate(flow.pages):
        numbers.append(next(ids))
        files[f"Doc_0/Pages/Page_{at}/Content.xml"] = _page(page, face, ids)
    files["Doc_0/PublicRes.xml"] = _fonts()
    files["Doc_0/DocumentRes.xml"] = _media(len(charts))
    files["Doc_0/Document.xml"] = _document(numbers, next(ids))
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda each: (each != "OFD.xml", each)):
            content = files[name]
            archive.writestr(
                zipfile.ZipInfo(name, _EPOCH),
                content if isinstance(content, bytes) else content.encode(),
                zipfile.ZIP_DEFLATED,
            )
    return out.getvalue()


def _entry(paper: Paper) -> str:
    year, month, day = paper.date
    identity = hashlib.sha256(f"{paper.digest} {paper.title} {paper.lang}".encode()).hexdigest()[:32]
    title = escape(printable(paper.title))
    return (
        f'{_HEAD}<ofd:OFD {_NAMESPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{identity}</ofd:DocID>'
        f"<ofd:Title>{title}</ofd:Title><ofd:CreationDate>{year:04d}-{month:02d}-{day:02d}</ofd:CreationDate>"
        "<ofd:Creator>yanshou</ofd:Creator></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document(pages: Sequence[int], last: int) -> str:
    listed = "".join(
        f'<ofd:Page ID="{number}" BaseLoc="Pages/Page_{at}/Content.xml"/>' for at, number in enumerate(pages)
    )
    box = f"0 0 {WIDTH:g} {HEIGHT:g}"
    return (
        f"{_HEAD}<ofd:Document {_NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>{box}</ofd:PhysicalBox>"
        "</ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes></ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    )


def _fonts() -> str:
    name = FAMILIES["serif"]
    return (
        f'{_HEAD}<ofd:Res {_NAMESPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="{_FONT}" FontName="{name}" FamilyName="{name}">'
        "<ofd:FontFile>font.otf</ofd:FontFile></ofd:Font></ofd:Fonts></ofd:Res>"
    )


def _media(count: int) -> str:
    listed = "".join(
        f'<ofd:MultiMedia ID="{_FIRST_IMAGE + at}" Type="Image" Format="PNG"><ofd:MediaFile>{at}.png</ofd:MediaFile></ofd:MultiMedia>'
        for at in range(count)
    )
    return f'{_HEAD}<ofd:Res {_NAMESPACE} BaseLoc="Res"><ofd:MultiMedias>{listed}</ofd:MultiMedias></ofd:Res>'


def _page(objects: Sequence[Line | Box | Image | Code], face: Face, ids: Iterator[int]) -> str:
    """Boxes lie below pictures, pictures below text."""
    layered = sorted(objects, key=lambda each: (isinstance(each, Line), isinstance(each, Image)))
    body = "".join(_object(each, face, next(ids)) for each in layered)
    return f'{_HEAD}<ofd:Page {_NAMESPACE}><ofd:Content><ofd:Layer ID="{next(ids)}" Type="Body">{body}</ofd:Layer></ofd:Content></ofd:Page>'


def _object(each: Line | Box | Image | Code, face: Face, number: int) -> str:
    match each:
        case Line():
            return _text(each, face, number)
        case Box():
            path = f"M 0 0 L {each.width:.3f} 0 L {each.width:.3f} {each.height:.3f} L 0 {each.height:.3f} C"
            fill = f'<ofd:FillColor Value="{each.fill}"/>' if each.fill else ""
            return (
                f'<ofd:PathObject ID="{number}" Boundary="{_boundary(each)}" LineWidth="0.18" Fill="{"true" if each.fill else "false"}">'
                f'<ofd:StrokeColor Value="{each.stroke}"/>{fill}<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>'
            )
        case Code():
            return (
                f'<ofd:PathObject ID="{number}" Boundary="{each.x:.3f} {each.y:.3f} {each.side:.3f} {each.side:.3f}" Stroke="false" Fill="true">'
                f'<ofd:FillColor Value="0 0 0"/><ofd:AbbreviatedData>{_squares(each)}</ofd:AbbreviatedData></ofd:PathObject>'
            )
        case Image():
            return (
                f'<ofd:ImageObject ID="{number}" Boundary="{_boundary(each)}" CTM="{each.width:.3f} 0 0 {each.height:.3f} 0 0" '
                f'ResourceID="{_FIRST_IMAGE + each.number}"/>'
            )


def _squares(code: Code) -> str:
    """Every dark run of the symbol as a rectangle of one path."""
    count, runs = qr_runs(code.digest)
    step = code.side / count
    return " ".join(
        f"M {first * step:.3f} {y * step:.3f} L {last * step:.3f} {y * step:.3f} L {last * step:.3f} {(y + 1) * step:.3f} L {first * step:.3f} {(y + 1) * step:.3f} C"
        for first, last, y in runs
    )


def _boundary(each: Box | Image) -> str:
    return f"{each.x:.3f} {each.y:.3f} {max(each.width, 0.1):.3f} {max(each.height, 0.1):.3f}"


def _text(line: Line, face: Face, number: int) -> str:
    width, advances = face.width(line.text, line.size), face.advances(line.text, line.size)
    delta = f" DeltaX={quoteattr(' '.join(f'{each:g}' for each in advances))}" if advances else ""
    weight = ' Weight="700" Stroke="true" LineWidth="0.1"' if line.bold else ""
    stroke = f'<ofd:StrokeColor Value="{line.colour}"/>' if line.bold else ""
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{line.x:.3f} {line.y:.3f} {width + 1:.3f} {line.size * 1.4:.3f}" Font="{_FONT}" Size="{line.size:.3f}"{weight}>'
        f'<ofd:FillColor Value="{line.colour}"/>{stroke}<ofd:TextCode X="0" Y="{line.size:.3f}"{delta}>{escape(line.text)}</ofd:TextCode></ofd:TextObject>'
    )
