# SPDX-License-Identifier: Apache-2.0
"""A file that is absent is called what it is: sources that read files share one reader, and each tells it its own noun."""

from pathlib import Path

import pytest

from harness import installed
from harness.errors import InstrumentError
from tests.conformance.examples import EXAMPLES, example

NOUNS = {
    "bim.model": "IFC model",
    "change.table": "table of before or after",
    "gnss.corrections": "recorded correction stream",
    "gnss.nmea": "receiver's log",
    "gnss.observations": "file of raw observations",
    "gnss.solution": "file of raw observations",
    "gnss.timing": "clock's log",
    "network.capture": "capture",
    "network.counters": "table of counters",
    "network.export": "export of terminals",
    "network.flows": "capture",
    "network.log": "log",
    "network.radio-export": "export of radio states",
    "network.terminals": "register of terminals",
    "network.track": "receiver's log",
    "register.organisations": "register",
    "register.population": "list",
    "register.registrations": "export of registrations",
    "register.resolutions-log": "export of resolutions",
}
"""What the files of each probe are, as a sentence names them; a probe that reads no file is not here."""
SPEAKS_OF_NO_FILE = {
    "network.icmp", "network.mqtt", "network.neighbours", "network.presence", "network.radio", "network.snmp",
    "network.stamp", "network.tcp",
}  # fmt: skip


def test_every_probe_is_asked_what_its_files_are() -> None:
    assert set(EXAMPLES) == NOUNS.keys() | SPEAKS_OF_NO_FILE


@pytest.mark.parametrize("name", NOUNS)
def test_an_absent_file_is_called_what_it_is_and_nothing_else(name: str, tmp_path: Path) -> None:
    trace = example(name, tmp_path / "example")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InstrumentError) as told:
        installed.probe(name).source(trace.settings, tmp_path / "empty").preflight()
    problem = told.value.problem
    assert problem.startswith(f"The {NOUNS[name]} "), problem
    assert "cannot be read" in problem
    others = {each for each in NOUNS.values() if each not in NOUNS[name] and NOUNS[name] not in each}
    assert not [each for each in others if f" {each} " in problem]
