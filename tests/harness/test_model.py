# SPDX-License-Identifier: Apache-2.0
import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from harness.model import Estimate, Figure, Judgement, Outcome, Reading, Text, Verdict
from harness.plugins import Chunk, Context, Trace

TEXT = Text("文", "text")
ESTIMATE = Estimate(1, "ms", 3, 3.0, 0, 2, Fraction(19, 20), "method")


@pytest.mark.parametrize(
    "record",
    [
        Reading("r", TEXT, "a.b", "count"),
        ESTIMATE,
        Outcome(ESTIMATE, figures=(Figure("ecdf", TEXT, "ms", {}),)),
        Judgement(Verdict.PASS, ()),
        Trace("s01.a", "stamp", "network.stamp", 1, (Path("x"),)),
        Chunk(Path("x")),
        Context("s01.a"),
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_record_travels_to_a_worker_and_back(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record


def test_a_text_speaks_both_languages() -> None:
    assert (TEXT.get("zh"), TEXT.get("en")) == ("文", "text")
