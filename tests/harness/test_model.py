# SPDX-License-Identifier: Apache-2.0
import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from harness.kit.figures import Ecdf
from harness.model import Estimate, Judgement, Lack, Need, Outcome, Reading, Reason, Side, Text, Variant, Verdict
from harness.plugins import Ask, Asked, Chunk, Shown, Trace

TEXT = Text("文", "text")
ESTIMATE = Estimate(1, "ms", 3, 3.0, 0, 2, Fraction(19, 20), TEXT)


@pytest.mark.parametrize(
    "record",
    [
        Reading("r", TEXT, "a.b", "count"),
        ESTIMATE,
        Outcome(
            ESTIMATE,
            lacks=(Lack(Reason("a.b", TEXT), Side.BOTH),),
            need=Need(TEXT),
            variants={"v": Variant(TEXT, ESTIMATE)},
        ),
        Shown((Ecdf(TEXT, "ms", [1.0], [1.0]),)),
        Judgement(Verdict.PASS, ()),
        Trace("s01.a", "stamp", "network.stamp", 1, (Path("x"),), None),
        Chunk(Path("x")),
        Asked((Ask("s01.a"),)),
    ],
    ids=lambda record: type(record).__name__,
)
def test_every_record_travels_to_a_worker_and_back(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record


def test_a_text_speaks_both_languages() -> None:
    assert (TEXT.get("zh"), TEXT.get("en")) == ("文", "text")
