# SPDX-License-Identifier: Apache-2.0
"""``yanshou analyse change BEFORE AFTER``: the ratio of two tables with one-sided 95 % bounds, without a campaign."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness.kit.baseline import SIDES
from harness.kit.files import bytes_of
from harness.model import Reading, Rule, Text
from harness.plugins import Request
from probes.change.comparison import Tables, compare
from probes.change.outcomes import ROLES, by_period, paired, rate_ratio
from probes.change.settings import TableSettings

_RISK, _READING = Fraction(1, 20), Reading("analysed", Text("分析", "analysed"), "", "")
_REQUEST = Request("analysed", _READING, None, Rule.GUARDED, _RISK, _RISK)
_WARNINGS = {"change.regression", "change.mix"}


def arguments(parser: ArgumentParser) -> None:
    """The command line."""
    parser.add_argument(
        "before",
        type=Path,
        metavar="BEFORE",
        help="前期的表（CSV、XLSX） / the table of the earlier period (CSV, XLSX)",
    )
    parser.add_argument("after", type=Path, metavar="AFTER", help="后期的表 / the table of the later period")
    parser.add_argument(
        "--measurand",
        choices=sorted(ROLES),
        help="缺省：两个表都能给出的第一个 / default: the first that both tables allow",
    )


def analyse(options: Namespace) -> dict[str, Any]:
    """What the command prints."""
    paths = dict(zip(SIDES, (options.before, options.after), strict=True))
    settings = TableSettings(before=(str(options.before),), after=(str(options.after),))
    sheets = [(side, side, settings.table(bytes_of(path), path.name, side)) for side, path in paths.items()]
    stated = set.intersection(*({field for each in sheet.cells.values() for field in each} for _, _, sheet in sheets))
    fitting = [name for name, roles in ROLES.items() if {roles.amount, roles.exposure} <= stated]
    roles = ROLES[options.measurand or (fitting or ["unit-cost"])[0]]
    view = compare(Tables(tuple(sheets)), roles)
    statistic = rate_ratio if roles.ledger else paired if len(view.cells.pairs()) > 1 else by_period
    outcome, sign = statistic(view, _REQUEST), 1 if roles.rise else -1
    found = outcome.estimate and (outcome.estimate.value, *(outcome.estimate.lower, outcome.estimate.upper)[::sign])
    named = zip(("ratio", "lower", "upper"), found or 3 * [None], strict=True)
    bounds = {name: None if each is None else 1 + sign * float(each) for name, each in named}
    warnings = [*(each.reason for each in outcome.lacks), *(r for r in outcome.remarks if r.code in _WARNINGS)]
    entry = {
        "path": str(options.after),
        **{side: _value(worth.values()) for side, worth in zip(SIDES, view.cells.worth(), strict=True)},
        **bounds,
        "change_percent": None if bounds["ratio"] is None else (bounds["ratio"] - 1) * 100,
        "paired": statistic is not rate_ratio,
        "control": view.cells.control,
        "warnings": [each.text.en for each in warnings],
        "events": [{"event": each.code, "text": each.text.en} for each in view.remarks],
    }
    return {"kind": "change", "files": [entry]}


def _value(worth: Any) -> dict[str, float | int]:
    return {"value": float(sum(each.amount for each in worth) / sum(each.exposure for each in worth)), "n": len(worth)}
