# SPDX-License-Identifier: Apache-2.0
"""Each room of the network domain imports only what stands before it, and no room is larger than a reader can name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import probes.network

ROOT = Path(probes.network.__path__[0])
ROOMS = ("wire", "traces", "capture", "digests", "plans", "measurands", "live", "simulators", "instruments", "")


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def room(name: str) -> str:
    """The room of a dotted name below ``probes.network``; empty: on top."""
    parts = name.split(".")
    return parts[2] if len(parts) > 2 and parts[2] in ROOMS else ""


def targets(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("probes.network"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_what_stands_before_it(path: Path) -> None:
    own = room(".".join(["probes", "network", *path.relative_to(ROOT).with_suffix("").parts]))
    for target in targets(path):
        assert ROOMS.index(room(target)) <= ROOMS.index(own), f"{path.name} imports {target}"


def test_no_room_has_more_than_twenty_modules() -> None:
    for folder in {path.parent for path in modules()}:
        assert len([path for path in folder.glob("*.py") if path.name != "__init__.py"]) <= 20, folder
