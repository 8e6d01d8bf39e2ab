# SPDX-License-Identifier: Apache-2.0
"""The law of parts, for every measurand installed and each of its statistics: every part must be proven.

One of several parts that is invalid, missing or unproven is never PASS, and no part at all is none either. And of a source's
settings nothing has a say in any of it that is not printed with the verdict: what is read is watched (harness.testing).
"""

from contextlib import suppress
from pathlib import Path

import pytest

from harness import installed
from harness.errors import YanshouError
from harness.model import Verdict
from harness.testing import Question, answer
from tests.conformance.laws import ELSEWHERE, LAWS
from tests.conformance.laws.law import Law

STATISTICS = [
    (name, statistic)
    for name in installed.names(installed.MEASURANDS)
    for statistic in Question(name, "").record.statistics
]


def test_every_statistic_of_every_measurand_has_a_law() -> None:
    assert {(law.measurand, law.statistic) for law in LAWS} | set(ELSEWHERE) == set(STATISTICS)


@pytest.mark.parametrize("law", [law for law in LAWS if law.provable], ids=str)
def test_good_parts_alone_pass(law: Law, tmp_path: Path) -> None:
    question = law.question()
    assert answer(law.inputs(tmp_path, question), question)[1].verdict is Verdict.PASS


@pytest.mark.parametrize(("law", "bad"), [pytest.param(law, bad, id=f"{law}-{bad}") for law in LAWS for bad in law.bad])
def test_one_part_that_is_invalid_missing_or_unproven_is_never_pass(law: Law, bad: str, tmp_path: Path) -> None:
    question = law.question(spoilt=True)
    try:
        inputs = law.inputs(tmp_path, question, law.bad[bad])
    except YanshouError:  # the engine makes the indicator INVALID by it: tests/harness/test_evaluate.py
        return
    _, judgement = answer(inputs, question)
    assert judgement.verdict is not Verdict.PASS
    if not law.provable:
        alone = answer(law.inputs(tmp_path / "alone", question), question)[1]
        assert {each.code for each in judgement.reasons} > {each.code for each in alone.reasons}


@pytest.mark.parametrize(("name", "statistic"), STATISTICS)
def test_no_part_at_all_is_never_pass(name: str, statistic: str) -> None:
    parameters = {"of": ["农业"], "threshold": "2 ms", "survival_time": "1 s", "interval": "10 s"}
    for limit in _limits(name, statistic):
        with suppress(YanshouError):  # a refusal is INVALID
            assert answer([], Question(name, statistic, limit, parameters))[1].verdict is not Verdict.PASS


def _limits(name: str, statistic: str) -> list[str]:
    """The law's own limit, from either side."""
    own = next((law.limit for law in LAWS if (law.measurand, law.statistic) == (name, statistic)), "")
    return [own, own.replace("<=", ">=") if "<=" in own else own.replace(">=", "<=")] if own else [""]
