# SPDX-License-Identifier: Apache-2.0
"""Every setting that the page on measuring 5G latency shows is accepted, and every counter it explains exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.model import Reading
from harness.spec import find_scenario, parse_profile
from probes.network.live.reflector.reflector import Counts
from probes.network.measurands import loss
from probes.network.measurands.words import WORDS
from probes.network.plans.active import StampSettings

DOCS = Path(__file__).resolve().parents[2] / "docs/how-to"
TEXT = (DOCS / "measure-5g-latency.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]
STEPS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
FILES = {
    "nodes.csv": "asset_id,name,address,imei,mac,iccid\nA,a,10.0.0.7,001010000000016,,\n",
    "core.csv": "imei,iccid,mac,address,online\n001010000000016,,,,1\n",
    "omc.csv": "异常释放次数,建立成功次数,遗留次数,切换入次数\n1,20000,0,0\n",
}
OWN = "sources:\n  s01.latency: {probe: network.stamp, targets: nodes.csv, duration: 1 min}\n"


@pytest.mark.parametrize("step", STEPS)
def test_every_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    borrows = "s01.latency:" not in step
    text = HEAD + (OWN + step.removeprefix("sources:\n") if borrows else step)
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    profile = parse_profile(text.encode(), "site.yaml", find_scenario("s01").scenario)
    Bindings(profile, tmp_path / "site.yaml").check()


def test_the_reflectors_counters_are_all_explained() -> None:
    for field in fields(Counts):
        assert f"| `{field.name}` |" in TEXT


def test_settings_counts_and_remarks_named_on_the_page_exist() -> None:
    settings = {each.alias or name for name, each in StampSettings.model_fields.items()}
    for name in (
        "schedule",
        "key",
        "dscp",
        "extensions",
        "time_format",
        "load",
        "load_port",
        "load_steps",
        "load_step",
        "interface",
        "seed",
        "burst",
    ):
        assert f"`{name}`" in TEXT
        assert name in settings
    for name in ("late", "duplicate", "reordered", "alien", "foreign", "forged", "unsent"):
        assert f"`{name}`" in TEXT
        assert name in loss.COUNTS
    for code in re.findall(r"^\| `([a-z]+(?:-[a-z]+)+)`", TEXT, re.MULTILINE):
        assert code in WORDS.entries or code in {reading.name for reading in _readings()}


def _readings() -> list[Reading]:
    return list(find_scenario("s01").scenario.indicator("s01.dropout").readings)
