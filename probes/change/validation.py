# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of before and after: tables whose change is known because they were written so."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.kit.validation import Case

_COST, _HOURS = "产线,月份,成本（元）,产量（件）", "产线,月份,产量（件）,工时（h）"
_BEFORE = f"{_COST}\nL1,2023-01,1000,100\nL2,2023-01,2000,100\n"
_AFTER = f"{_COST}\nL1,2024-01,700,100\nL2,2024-01,3200,200\n"
_SLOW = f"{_HOURS}\nL1,2023-01,100,50\nL2,2023-01,300,50\n"
_QUICK = f"{_HOURS}\nL1,2024-01,150,50\nL2,2024-01,480,70\n"


def cases() -> Iterator[Case]:
    """Every case."""
    for name, measurand, tables, expected in (
        ("unit-cost", "unit-cost", (_BEFORE, _AFTER), [15, 2, 13, 2]),  # although the total cost rose
        ("productivity", "productivity", (_SLOW, _QUICK), [4, 2, 5.25, 2]),
    ):
        yield Case(name, "constructed", partial(_values, measurand, tables), expected, relative=1e-12)
    yield Case("blank-is-no-zero", "constructed", partial(_refused, _AFTER.replace(",700,", ",,")), True)
    yield Case("no-output-no-cost", "constructed", partial(_refused, _AFTER.replace("700,100", "700,0")), True)


def _values(measurand: str, tables: tuple[str, str]) -> list[float]:
    """Amount over exposure and lines, before and after, as ``yanshou analyse change`` prints them."""
    from argparse import Namespace
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from probes.change.analyse import analyse

    with TemporaryDirectory(prefix="yanshou-validation-") as name:
        paths = [Path(name) / f"{side}.csv" for side in ("before", "after")]
        for path, content in zip(paths, tables, strict=True):
            path.write_text(content, encoding="utf-8")
        (found,) = analyse(Namespace(before=paths[0], after=paths[1], measurand=measurand))["files"]
    return [found[side][key] for side in ("before", "after") for key in ("value", "n")]


def _refused(table: str) -> bool:
    from harness.kit.unreadable import UnreadableError
    from probes.change.rows import read

    try:
        read(table.encode(), "after.csv", {}, "", None)
    except UnreadableError:
        return True
    return False
