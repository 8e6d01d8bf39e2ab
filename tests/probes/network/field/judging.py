# SPDX-License-Identifier: Apache-2.0
"""What the profiles of the field inputs ask: delay, loss and drop-outs of one file."""

from pathlib import Path
from typing import Any

from harness.testing import Question, inputs_of
from tests.probes.network.made import ONE, P99, Answer, asked

DELAY = Question("network.rtt", "quantile", "<= 2 ms", P99, {"waiting_time": "3 s", **ONE})
LOSS = Question("network.loss", "ratio", "<= 1 %", {}, {"waiting_time": "3 s", **ONE})
DROPOUT = Question(
    "network.dropout", "session-ratio", "<= 0.05 %", {}, {"silent_after": "10 s", "longest_credible_outage": "30 s"}
)


def judged(probe: Any, data: bytes, name: str, question: Question, folder: Path, **settings: Any) -> Answer:
    """The engine's answer to a question about one file of others."""
    given = {"file": name, "waiting_time": "3 s", **settings}
    place = folder / f"{question.measurand} {name}"
    return asked(inputs_of(probe, data, question, place, given), question)
