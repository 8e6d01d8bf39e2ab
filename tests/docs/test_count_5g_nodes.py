# SPDX-License-Identifier: Apache-2.0
"""Every setting that the page on counting nodes shows is accepted, and every item of the listing it explains is there."""

import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.spec import find_scenario, parse_profile
from probes.network.measurands import census
from probes.network.measurands.words import WORDS

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "count-5g-nodes.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
STEPS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
FILES = {
    "nodes.csv": "asset_id,name,address,imei,mac,iccid\nA,a,10.0.0.7,001010000000016,,\n",
    "core.pcapng": "",
    "core.csv": "imei,iccid,mac,address,online\n001010000000016,,,,1\n",
}
OWN = "  s01.latency: {probe: network.stamp, targets: nodes.csv, duration: 1 min}\n"


@pytest.mark.parametrize("step", STEPS)
def test_every_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    text = HEAD + step + ("" if "s01.latency:" in step else OWN)
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    Bindings(parse_profile(text.encode(), "site.yaml", find_scenario("s01").scenario), tmp_path / "site.yaml").check()


def test_listing_items_and_remarks_named_on_the_page_exist() -> None:
    source = Path(str(census.__file__)).read_text(encoding="utf-8")
    items = [
        item
        for row in re.findall(r"^\| (`[a-z_0-9]+`(?:、`[a-z_0-9]+`)*) \|", TEXT, re.MULTILINE)
        for item in row.split("、")
    ]
    assert len(items) > 15
    for item in items:
        assert f'"{item.strip("`")}"' in source, item
    for code in ("single-source", "wills-unseen-by-probing", "broker-lost"):
        assert f"`{code}`" in TEXT
        assert code in WORDS.entries
