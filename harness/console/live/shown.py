# SPDX-License-Identifier: Apache-2.0
"""An indicator of the live view as words and numbers in the language of the run: terminal and page say the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.account.marks import shown_as
from harness.console.language import language, pick
from harness.console.tables import shown_in, word
from harness.model import Line, Text
from harness.quantity import Quantity, unit_of, unit_word
from harness.watch.now import ALWAYS, FINAL, Now

_DIGITS = 4
"""A value that moves is not read to six digits."""
_TONES = {"PASS": "good", "FAIL": "bad", "INVALID": "odd"}


def shown(now: Now) -> dict[str, Any]:
    """JSON values: texts as they are printed, and beside them the numbers a chart is drawn from, in the unit shown."""
    limit = None if now.limit is None else now.limit.quantity
    unit, factor = shown_in(now.unit, None if limit is None else limit.unit)
    numbers = {key: _times(getattr(now, key), factor) for key in ("value", "lower", "upper")}
    named = unit_word(unit, language())
    return {
        "id": now.id,
        "title": _said(now.title),
        "mandatory": now.mandatory,
        "unit": named,
        "n": now.n,
        "value": f"{_number(numbers['value'])} {named}".rstrip() if now.value is not None else "—",
        "bounds": _bounds(numbers, named),
        "limit": "" if now.limit is None else now.limit.words(language()),
        "verdict": _verdict(now),
        "tone": _tone(now),
        "holds": now.holds,
        "why": _said(now.why),
        "needed": _said(now.needed),
        "lines": [_line(each) for each in now.lines],
        "numbers": numbers | {"limit": None if limit is None or now.value is None else _in(limit, unit)},
    }


def distinct(nows: Iterable[Now]) -> list[dict[str, Any]]:
    """Each as :func:`shown`; what several indicators of one source tell alike is told once."""
    seen: set[str] = set()
    found = []
    for each in map(shown, nows):
        fresh = [line for line in each["lines"] if repr(line) not in seen]
        seen |= set(map(repr, fresh))
        found.append(each | {"lines": fresh})
    return found


def _in(limit: Quantity, unit: str) -> float | None:
    """The limit in the unit of the value; None where the two cannot be compared."""
    return float(limit.to(unit)) if unit_of(unit)[0] == limit.dimension else None


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.{_DIGITS}g}" if abs(value) < 10**_DIGITS else f"{value:,.0f}"


def _bounds(numbers: dict[str, float | None], unit: str) -> str:
    """``0.29 … 0.35 ms``; a side that nothing is known of is a dash; empty without either."""
    lower, upper = numbers["lower"], numbers["upper"]
    return "" if lower is None and upper is None else f"{_number(lower)} … {_number(upper)} {unit}".rstrip()


def _verdict(now: Now) -> str:
    """The word, and whether it may be leaned on: final, holding whenever one looks, or none yet."""
    if now.holds == FINAL:
        return word(shown_as(now.verdict, limited=now.limit is not None, valued=now.value is not None))
    if now.verdict == "NOT_TESTED":
        return word("NOT_TESTED")
    if now.holds == ALWAYS and now.verdict in {"PASS", "FAIL"}:
        return pick("暂定 ", "provisional ") + word(now.verdict)
    return pick("未定", "open") if now.holds == ALWAYS and now.limit is not None else pick("测量中", "measuring")


def _tone(now: Now) -> str:
    return "none" if now.verdict == "NOT_TESTED" else _TONES.get(now.verdict, "open")


def _line(line: Line) -> dict[str, Any]:
    return {"title": _said(line.title), "said": _said(line.said), "grave": line.grave, "names": list(line.names)}


def _said(text: Text | None) -> str:
    return "" if text is None else text.get(language())


def lasting(seconds: float | None) -> str:
    """``1:02:03``, ``4:05``; a dash where nobody knows."""
    if seconds is None:
        return "—"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
