# SPDX-License-Identifier: Apache-2.0
"""The reference of ``analyse network`` names every protocol and event there is; its commands and links are right."""

import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

import pytest

from probes.network import analyse
from probes.network.capture import headers

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (ROOT / "docs/reference/analyse-network.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/how-to/check-a-capture.md").read_text(encoding="utf-8")
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


def test_every_link_is_there() -> None:
    for folder, text in ((ROOT / "docs/reference", REFERENCE), (ROOT / "docs/how-to", GUIDE)):
        assert all((folder / target).exists() for target in re.findall(r"\]\(([^)#:]+)\)", text))
