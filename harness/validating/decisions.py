# SPDX-License-Identifier: Apache-2.0
"""The decision rules as a table: value, bounds and allowance against a limit, and the verdict that ILAC-G8 and JCGM 106 give."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from harness.decide import decide, scenario_verdict
from harness.kit.validation import Case
from harness.model import Criterion, Estimate, Judgement, Outcome, Reading, Rule, Text, Verdict
from harness.quantity import Limit

_TABLE = (
    # limit, rule, lower, value, upper, allowance, verdict
    ("<= 2 ms", "guarded", "1.0", "1.5", "1.9", "0", "PASS"),
    ("<= 2 ms", "guarded", "1.0", "1.5", "2.0", "0", "PASS"),
    ("<= 2 ms", "guarded", "1.0", "1.5", "2.0", "0.1", "INCONCLUSIVE"),
    ("<= 2 ms", "guarded", "1.0", "1.9", "2.1", "0", "INCONCLUSIVE"),
    ("<= 2 ms", "guarded", "2.0", "2.1", "2.2", "0", "INCONCLUSIVE"),
    ("<= 2 ms", "guarded", "2.01", "2.1", "2.2", "0", "FAIL"),
    ("<= 2 ms", "guarded", "2.01", "2.1", "2.2", "0.1", "INCONCLUSIVE"),
    ("< 2 ms", "guarded", "1.0", "1.5", "2.0", "0", "INCONCLUSIVE"),
    ("< 2 ms", "guarded", "1.0", "1.5", "1.999", "0", "PASS"),
    ("< 2 ms", "guarded", "2.0", "2.1", "2.2", "0", "FAIL"),
    (">= 2 ms", "guarded", "2.0", "2.5", "3.0", "0", "PASS"),
    (">= 2 ms", "guarded", "1.9", "2.5", "3.0", "0", "INCONCLUSIVE"),
    (">= 2 ms", "guarded", "1.0", "1.5", "1.9", "0", "FAIL"),
    (">= 2 ms", "guarded", "1.0", "1.5", "2.0", "0", "INCONCLUSIVE"),
    ("> 2 ms", "guarded", "2.0", "2.5", "3.0", "0", "INCONCLUSIVE"),
    ("> 2 ms", "guarded", "2.1", "2.5", "3.0", "0", "PASS"),
    ("== 2 ms", "guarded", "2", "2", "2", "0", "PASS"),
    ("== 2 ms", "guarded", "1.9", "2", "2.1", "0", "INCONCLUSIVE"),
    ("== 2 ms", "guarded", "2.1", "2.2", "2.3", "0", "FAIL"),
    ("<= 2 ms", "simple", "1.0", "1.99", "3.0", "0", "PASS"),
    ("<= 2 ms", "simple", "1.0", "2.01", "3.0", "0", "FAIL"),
    ("<= 2 ms", "stringent", "1.0", "1.5", "1.9", "0", "PASS"),
    ("<= 2 ms", "stringent", "1.0", "1.5", "1.95", "0", "INCONCLUSIVE"),
    ("<= 2 ms", "stringent", "2.01", "2.5", "3.0", "0", "FAIL"),
)  # fmt: skip
_SCENARIOS = (
    (("PASS", "PASS"), "PASS"),
    (("PASS", "INCONCLUSIVE"), "INCONCLUSIVE"),
    (("PASS", "INVALID", "INCONCLUSIVE"), "INVALID"),
    (("PASS", "INVALID", "FAIL"), "FAIL"),
    (("PASS", "NOT_TESTED"), "NOT_TESTED"),
    ((), "NOT_TESTED"),
)


def cases() -> Iterator[Case]:
    """Every row of both tables."""
    for number, (limit, rule, lower, value, upper, allowance, verdict) in enumerate(_TABLE, 1):
        run = partial(_verdict, limit, rule, (lower, value, upper, allowance))
        yield Case(f"rule-{number}", f"JCGM 106, ILAC-G8: {value} [{lower}, {upper}] ± {allowance}, {limit}, {rule}", run, verdict)  # fmt: skip
    for number, (verdicts, whole) in enumerate(_SCENARIOS, 1):
        yield Case(f"scenario-{number}", ", ".join(verdicts) or "no indicator", partial(_whole, verdicts), whole)


def _verdict(limit: str, rule: str, numbers: tuple[str, str, str, str]) -> str:
    lower, value, upper, allowance = map(Fraction, numbers)
    level = Fraction(19, 20)
    estimate = Estimate(value, "ms", 1, 1, lower, upper, level, Text("", ""), allowance)
    criterion = Criterion(Reading("r", Text("", ""), "m", "s"), Limit.parse(limit), Rule(rule), level)
    return decide(Outcome(estimate), criterion).verdict.value


def _whole(verdicts: tuple[str, ...]) -> str:
    return scenario_verdict([Judgement(Verdict(each), ()) for each in verdicts]).value
