# SPDX-License-Identifier: Apache-2.0
"""The reference of ``analyse network`` names every protocol and event there is; its commands and links are right."""

import re
import shlex
import shutil
from argparse import ArgumentParser
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.spec import find_scenario, parse_profile
from probes.network import analyse
from probes.network.capture import headers
from probes.network.measurands.words import WORDS
from probes.network.plans.captures import CaptureSettings

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs/reference/analyse-network.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/how-to/check-a-capture.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/how-to/write-a-profile.md").read_text("utf-8"), re.DOTALL)[0]
SOURCE = "".join(
    path.read_text(encoding="utf-8")
    for path in [ROOT / "probes/network/analyse.py", *(ROOT / "probes/network/capture").glob("*.py")]
)


def test_every_event_and_protocol_is_explained_and_no_other() -> None:
    assert set(re.findall(r'"(network\.[a-z0-9-]+)"', SOURCE)) == set(re.findall(r"`(network\.[a-z0-9-]+)`", REFERENCE))
    assert all(f"`{name}`" in REFERENCE for name in headers.NAMES)


@pytest.mark.parametrize("line", re.findall(r"yanshou analyse network (.+) --json", GUIDE))
def test_every_command_of_the_guide_is_accepted(line: str) -> None:
    parser = ArgumentParser(exit_on_error=False)
    analyse.arguments(parser)
    parser.parse_args(shlex.split(line))


@pytest.mark.parametrize("step", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_every_profile_of_the_guide_is_accepted(step: str, tmp_path: Path) -> None:
    for name in ("ue.pcap", "edge.pcap", "edge.pcapng.gz"):
        shutil.copy(ROOT / "profiles/edge.pcapng.gz", tmp_path / name)
    (tmp_path / "site.yaml").write_text(HEAD + step, encoding="utf-8")
    profile = parse_profile((HEAD + step).encode(), "site.yaml", find_scenario("s01").scenario)
    Bindings(profile, tmp_path / "site.yaml").check()


def test_settings_and_reasons_of_the_guide_exist() -> None:
    settings = {each.alias or name for name, each in CaptureSettings.model_fields.items()}
    assert all(code in WORDS.entries for code in re.findall(r"（`([a-z-]+)`）", GUIDE.partition("## 5")[2]))
    assert set(re.findall(r"^\| `([a-z_]+)`", GUIDE, re.MULTILINE)) == settings - {"file", "down", "field", "port"}


def test_every_link_is_there() -> None:
    for folder, text in ((ROOT / "docs/reference", REFERENCE), (ROOT / "docs/how-to", GUIDE)):
        assert all((folder / target).exists() for target in re.findall(r"\]\(([^)#:]+)\)", text))
