# SPDX-License-Identifier: Apache-2.0
"""What tests of plants share: the command, and a real broker."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from tests.ports import free_port
from tests.waiting import living, served

Analysed = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def analysed(capsys: pytest.CaptureFixture[str]) -> Analysed:
    """(exit code, the first file's findings, what was said beside it) of ``yanshou analyse``."""

    def run(*words: object) -> tuple[int, dict[str, Any], str]:
        code = main(["analyse", *map(str, words), "--json"])
        told = capsys.readouterr()
        return code, json.loads(told.out)["files"][0] if told.out else {}, told.err

    return run


def codes(found: dict[str, Any]) -> set[str]:
    """The events of a finding."""
    return {each["event"] for each in found["events"]}


@pytest.fixture
def mosquitto(peer: Callable[[str], str], tmp_path: Path) -> Iterator[int]:
    """A broker that lets everybody in; its port."""
    port, config = free_port(), tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\nuser root\n"
    )
    with living([peer("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as child:
        served(port, child)
        yield port
        child.terminate()
