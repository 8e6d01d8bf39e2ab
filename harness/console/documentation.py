# SPDX-License-Identifier: Apache-2.0
"""``yanshou docs [PAGE]``: the documentation of this very version, without a network."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from harness.console.language import pick
from harness.errors import Exit, UsageError
from harness.printable import printable


def docs(options: Namespace) -> int:
    """List the pages, or print one of them."""
    root = _root()
    pages = {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.rglob("*.md"))}
    if options.page is None:
        sys.stdout.write(printable(root) + "\n")
        for name, path in pages.items():
            sys.stdout.write(f"  {name:<44} {printable(_title(path))}\n")
        return Exit.PASS
    wanted = options.page.removesuffix(".md")
    found = [name for name in pages if name == wanted or name.endswith(f"/{wanted}")]
    if not found:
        from difflib import get_close_matches

        near = get_close_matches(wanted, [name.rpartition("/")[2] for name in pages], 3, 0.5)
        msg = f"There is no page {options.page!r}."
        raise UsageError(msg, cure=f"did you mean {' or '.join(near)}?" if near else "yanshou docs lists the pages.")
    sys.stdout.write(printable(pages[found[0]].read_text("utf-8"), keep="\n") + "\n")
    return Exit.PASS


def _root() -> Path:
    """Beside the engine in an installed wheel, else in the checkout."""
    here = Path(__file__).resolve().parents[1]
    found = next((place for place in (here / "docs", here.parent / "docs") if (place / "index.md").is_file()), None)
    if found is None:
        raise UsageError("The documentation is not installed.", cure="reinstall the wheel of this version.")
    return found


def _title(path: Path) -> str:
    """The page's heading in one language."""
    first = path.read_text("utf-8").partition("\n")[0].removeprefix("# ").strip()
    zh, sign, en = first.partition(" / ")
    return pick(zh, en) if sign else first
