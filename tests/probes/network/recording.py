# SPDX-License-Identifier: Apache-2.0
"""What tests of recording say again and again: a source from settings as a profile writes them, and what is wrong in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.kit import lines
from harness.kit.broker import Message, kept
from harness.kit.settings import absent, findings
from harness.plugins import Source
from harness.spec.problems import Finding

HERE = Path()


def session_of(data: bytes, form: str) -> lines.Session:
    """The session that bytes hold."""
    return lines.session_of(filter(None, data.split(b"\n")), form)


def message(time_ns: int, topic: str, payload: bytes, *, retained: bool = False) -> bytes:
    """A message of a broker as it is recorded."""
    return lines.line(kept(Message(time_ns, topic, payload, retained)))


def source_of(probe: Any, given: Mapping[str, Any], folder: Path = HERE) -> Source:
    """The source for these settings."""
    source: Source = probe.source(probe.settings.parse(given), folder)
    return source


def wrong_in(probe: Any, given: Mapping[str, Any], folder: Path = HERE) -> list[Finding]:
    """Everything wrong with settings, and the files they name that are not there, as a profile is told."""
    return findings(probe.settings, given) or absent(probe.settings.parse(given), folder)
