# SPDX-License-Identifier: Apache-2.0
"""Speed of reports: the papers of a campaign in every format, once the libraries are loaded, and how large they become."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from harness import installed
from tests.bench.run import Bench
from tests.reports.conftest import build

_LIMITED = ("html", "pdf", "ofd")


@cache
def _bundle() -> Path:
    return build(Path(tempfile.mkdtemp(prefix="yanshou-bench-")))


def everything() -> dict[str, bytes]:
    """Every file that the installed formats make of the bundle; every cache of the last round is emptied first."""
    from reports import view
    from reports.writers import fonts, pictures

    for each in (view._results, view._pictures, pictures._drawn, fonts.subset):
        each.cache_clear()
    kinds = [each for each in installed.names("yanshou.reports") if each != "html-plain"]
    return {name: content for kind in kinds for name, content in installed.load("yanshou.reports", kind)(_bundle(), "zh").items()}  # fmt: skip


def largest() -> float:
    """MB of the largest of PDF, OFD and HTML."""
    return max(len(content) for name, content in everything().items() if name.split(".")[-1] in _LIMITED) / 1e6


def benches() -> list[Bench]:
    """A full report within three seconds, none of its files for readers above a megabyte."""
    return [
        Bench("report: every format of a campaign", everything, None, "within 3 s", floor=1 / 3, unit="reports"),
        Bench(
            "report: the largest of PDF, OFD, HTML",
            largest,
            None,
            "at most 1 MB",
            figure="smaller",
            most=1.0,
            unit="MB",
        ),
    ]
