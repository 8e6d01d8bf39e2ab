# SPDX-License-Identifier: Apache-2.0
"""Evidence and constants that the installed measurands cannot use: refused with place and cure when a profile loads."""

from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.errors import SpecError
from harness.spec import load_profile
from tests.projects import head

PROFILE = head("s01")
CASES = [
    (
        "sources:\n  s01.latency: {probe: network.export, file: core.csv}\n",
        "site.yaml:10:24",
        "network.rtt (round-trip time) cannot use what network.export records.",
        "network.stamp",
    ),
    (
        "sources:\n  s01.latency:\n    targets: [192.0.2.7]\n    duration: 3 s\n    evidence: [{probe: network.export, file: core.csv}]\n",
        "site.yaml:13:24",
        "network.rtt (round-trip time) cannot use what network.export records.",
        "network.stamp",
    ),
    (
        "sources:\n  s01.nodes: {register: core.csv}\n  s01.latency: {evidence: [s01.nodes]}\n",
        "site.yaml:11:28",
        "network.rtt (round-trip time) cannot use what network.terminals records.",
        "network.stamp",
    ),
    (
        "declared:\n  s01.loss: {waiting_time: 3 m}\n",
        "site.yaml:10:28",
        "'3 m' is of dimension length, not time.",
        "unit of time",
    ),
]


@pytest.mark.parametrize(("sections", "where", "problem", "cure"), CASES)
def test_it_is_one_sentence_with_place_and_cure(
    sections: str, where: str, problem: str, cure: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(PROFILE + sections, encoding="utf-8")
    (tmp_path / "core.csv").write_text("asset_id\nT-001\n")
    with pytest.raises(SpecError) as caught:
        Bindings(load_profile(path), path).check()
    told = [each for each in caught.value.problems if problem in each.problem]
    assert [each.where for each in told] == [str(tmp_path / where)]
    assert cure in told[0].cure
