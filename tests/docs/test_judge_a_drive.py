# SPDX-License-Identifier: Apache-2.0
"""Every setting that the page on drives shows is accepted, and every remark it explains exists."""

import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.spec import find_scenario, parse_profile
from probes.network.measurands.words import WORDS
from probes.network.traces import logs

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "judge-a-drive.md").read_text(encoding="utf-8")
HEAD = """schema: yanshou.profile/1
scenario: s02
project:
  name: 行车测试
  applicant: {name: 示例企业01（洪山区）有限公司, uscc: 9142011177893287XL}
  period: {start: 2023-05-18, end: 2024-05-18}
  site: 武汉
test: {kind: on-site, organisation: 示例企业01（洪山区）有限公司, operator: 张三}
"""


@pytest.mark.parametrize("step", re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL))
def test_each_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text("asset_id,name,address\nA1,a,10.20.0.5\n", encoding="utf-8")
    (tmp_path / "drive.csv").write_text("sent_at,rtt\n1763740800000,5\n", encoding="utf-8")
    (tmp_path / "drive.nmea").write_bytes(b"")
    (tmp_path / "site.yaml").write_text(HEAD + step, encoding="utf-8")
    profile = parse_profile((HEAD + step).encode(), "site.yaml", find_scenario("s02").scenario)
    Bindings(profile, tmp_path / "site.yaml").check()


def test_columns_and_remarks_named_on_the_page_exist() -> None:
    for column in logs._FIELDS:
        assert f"`{column}`" in TEXT
    for code in ("resolution-too-coarse", "losses-unknown"):
        assert f"`{code}`" in TEXT
        assert code in WORDS.entries
