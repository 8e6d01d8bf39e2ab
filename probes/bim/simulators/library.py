# SPDX-License-Identifier: Apache-2.0
"""A generator of component libraries (IFC 4): types with shapes of their own, near-copies of them, and how often each is placed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from pydantic import Field

from harness.kit.settings import Settings

_CLASSES = ("WALL", "BEAM", "COLUMN", "SLAB", "DOOR", "WINDOW")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
_HEAD = (
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION(('ViewDefinition [ReferenceView]'),'2;1');\n"
    "FILE_NAME('library.ifc','2023-09-04T00:00:00',(''),(''),'simulated','simulated library','');\n"
    "FILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n"
)


class LibrarySettings(Settings):
    """How many types, how many of them copies under another name, and how often each is placed."""

    types: Annotated[int, Field(ge=1, le=50_000)] = Field(5200, description="different types.")
    copies: Annotated[int, Field(ge=0, le=50_000)] = Field(0, description="further types that only bear another name.")
    placed: Annotated[int, Field(ge=0, le=20)] = Field(1, description="how often each type is placed.")


@contextmanager
def library(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``file``, the library."""
    settings = LibrarySettings.parse(config)
    with TemporaryDirectory(prefix="yanshou-library-") as name:
        path = Path(name) / "library.ifc"
        path.write_text(written(settings), "ascii")
        yield {"file": str(path)}


def identity(text: str) -> str:
    """A GlobalId: 22 characters, the first of them 0 to 3."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    letters = [_ALPHABET[number >> 6 * at & 63] for at in range(21)]
    return str(number >> 126 & 3) + "".join(letters)


def written(settings: LibrarySettings) -> str:
    """The file as STEP text."""
    rows = ["#1=IFCCARTESIANPOINT((0.,0.,0.));", "#2=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#1,$);"]
    rows.append(f"#3=IFCPROJECT('{identity('project')}',$,'library',$,$,$,$,(#2),$);")
    at = 10
    for number in range(settings.types + settings.copies):
        like = number % settings.types
        ifc_class = _CLASSES[like % len(_CLASSES)]
        rows += [
            f"#{at}=IFCCARTESIANPOINT(({1 + like}.,{like % 7}.5,0.));",
            f"#{at + 1}=IFCPOLYLINE((#1,#{at}));",
            f"#{at + 2}=IFCSHAPEREPRESENTATION(#2,'Body','Curve3D',(#{at + 1}));",
            f"#{at + 3}=IFCREPRESENTATIONMAP(#1,#{at + 2});",
            f"#{at + 4}=IFC{ifc_class}TYPE('{identity(f'type {number}')}',$,'family {number:05d}',$,$,$,(#{at + 3}),$,$,.NOTDEFINED.);",
            f"#{at + 5}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{at + 2}));",
        ]
        members = []
        for copy in range(settings.placed):
            members.append(f"#{at + 7 + copy}")
            rows.append(
                f"#{at + 7 + copy}=IFC{ifc_class}('{identity(f'{number} {copy}')}',$,'{number}-{copy}',$,$,$,#{at + 5},$,$);"
            )
        if members:
            rows.append(
                f"#{at + 6}=IFCRELDEFINESBYTYPE('{identity(f'relation {number}')}',$,$,$,({','.join(members)}),#{at + 4});"
            )
        at += 30
    return _HEAD + "\n".join(rows) + "\nENDSEC;\nEND-ISO-10303-21;\n"
