# SPDX-License-Identifier: Apache-2.0
"""The known-truth cases come out."""

from harness.kit.validation import agrees
from probes.health.validation import cases


def test_every_case_comes_out() -> None:
    made = list(cases())
    assert len({each.name for each in made}) == len(made)
    assert [(each.name, each.run()) for each in made if not agrees(each.run(), each.expected)] == []
