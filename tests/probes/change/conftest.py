# SPDX-License-Identifier: Apache-2.0
"""The answer that the measurands give to tables of both sides."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model import Judgement, Outcome
from harness.testing import Question, answer
from tests.probes.change.tables import inputs

_SEALED_NS = 1_672_531_200 * 10**9
"""The turn to 2023."""


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., tuple[Outcome, Judgement]]:
    """The outcome and the verdict of a measurand's statistic over tables of both sides."""

    def asked(
        before: str | list[str],
        after: str | list[str],
        measurand: str,
        statistic: str,
        limit: str = "",
        agreed: Collection[str] = (),
        sealed: bool = False,
        **settings: Any,
    ) -> tuple[Outcome, Judgement]:
        question = Question(f"change.{measurand}", statistic, limit, agreed=frozenset(agreed))
        asked = inputs(tmp_path, before, after, question, settings)
        if sealed:
            asked = tuple(replace(each, summary=replace(each.summary, sealed_ns=_SEALED_NS)) for each in asked)
        return answer(asked, question)

    return asked
