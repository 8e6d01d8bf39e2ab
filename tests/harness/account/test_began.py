# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from harness.account.began import Beginning, read_beginning
from harness.errors import EvidenceError


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("[]", ""), ('{"software": "yanshou"}', "software"), ('{"software": {"probes": {"x": 1}}}', "software.probes.x"),
        ('{"machine": []}', "machine"), ('{"machine": {"packages": 3}}', "machine.packages"), ('{"machine": {"kernel": 6}}', "machine.kernel"),
    ],
)  # fmt: skip
def test_a_campaign_in_another_form_is_one_clear_error(tmp_path: Path, content: str, place: str) -> None:
    path = tmp_path / "campaign.json"
    path.write_text(content, "utf-8")
    with pytest.raises(EvidenceError, match=rf"campaign\.json is not in the form yanshou\.campaign/1 \({place}: "):
        read_beginning(path)


def test_a_campaign_that_says_nothing_of_its_machine_has_none(tmp_path: Path) -> None:
    assert read_beginning(tmp_path / "campaign.json") == Beginning()
