# SPDX-License-Identifier: Apache-2.0
"""Reference answers we did not compute: R 4.2.2, NIST StRD, confseq (shared/data/statistics, SOURCES.md).

``parametrise("r_binomial")`` makes one test a case, with an ``id`` of file and number; a test that takes ``case`` gets
``Case(input, expected, rel_tol, abs_tol)``. Without the folder one test remains, which skips with the reason (fails in CI).
"""

import json
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLACES = [os.environ.get("YANSHOU_SHARED"), ROOT.parent / "shared", ROOT.parent.parent / "shared"]
FOLDER = next(
    (Path(p) / "data" / "statistics" for p in PLACES if p and (Path(p) / "data" / "statistics").is_dir()), None
)


@dataclass(frozen=True)
class Case:
    """One reference answer with the tolerance its file states."""

    input: dict[str, Any]
    expected: Any
    rel_tol: float
    abs_tol: float | None

    def close(self, got: float | None, key: str | int) -> bool:
        """Whether ``got`` agrees with ``expected[key]``: absolutely where the file says so, else relatively."""
        wanted = self.expected[key]
        if wanted is None or got is None:
            return wanted is None and got is None
        if self.abs_tol is not None:
            return abs(got - wanted) <= self.abs_tol
        return math.isclose(got, wanted, rel_tol=self.rel_tol, abs_tol=0.0)


def cases(name: str) -> list[Case]:
    """All cases of ``name``.json; empty without the folder."""
    if FOLDER is None:
        return []
    file = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    if "datasets" in file:
        return [Case({"data": d["data"], "name": d["name"]}, d["certified"], 1e-9, None) for d in file["datasets"]]
    tolerances = file["rel_tol"], file.get("abs_tol")
    return [Case(each["input"], each["expected"], *tolerances) for each in file["cases"]]


def parametrise(name: str) -> Callable[[Any], Any]:
    """Run a test once a case of ``name``.json."""
    found = cases(name)
    if not found:
        missing = [pytest.param(None, marks=pytest.mark.usefixtures("reference_folder"), id=name)]
        return pytest.mark.parametrize("case", missing)
    return pytest.mark.parametrize("case", [pytest.param(c, id=f"{name}-{i}") for i, c in enumerate(found)])
