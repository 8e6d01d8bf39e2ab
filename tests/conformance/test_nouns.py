# SPDX-License-Identifier: Apache-2.0
"""A file that is absent is called what it is: sources that read files share one reader, and each tells it its own noun."""

import re
from pathlib import Path

import pytest

from harness import installed
from harness.errors import InstrumentError
from harness.kit.files import FileSource
from tests.conformance.examples import every, example

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
"""What the files of a probe are, where the noun has no word of the probe's title or is known to the letter."""
SMALL = {"the", "and", "for", "from", "with", "what", "over", "that"}


def told(name: str, folder: Path) -> str | None:
    """What is said of an absent file; None for a probe that copies none."""
    trace = example(name, folder / "example")
    (folder / "empty").mkdir()
    source = installed.probe(name).source(trace.settings, folder / "empty")
    if not isinstance(source, FileSource) and name not in NOUNS:
        return None
    with pytest.raises(InstrumentError) as refused:
        source.preflight()
    return str(refused.value.problem)


def stems(text: str) -> set[str]:
    """How the words of a text begin: log and logs, energy and energies are of one kind."""
    return {word[:3] for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in SMALL}


def test_the_nouns_are_those_of_probes_that_exist() -> None:
    assert NOUNS.keys() <= every().keys()


@pytest.mark.parametrize("name", sorted(every()))
def test_an_absent_file_is_called_what_it_is_and_nothing_else(name: str, tmp_path: Path) -> None:
    problem = told(name, tmp_path)
    if problem is None:
        return
    found = re.fullmatch(r"The (?P<noun>.+) \S+ cannot be read: .+\.", problem)
    assert found, problem
    if name in NOUNS:
        assert found["noun"] == NOUNS[name]
    else:
        title = installed.probe(name).title.en
        assert stems(found["noun"]) & stems(title), f"{title} calls its file {found['noun']}"


def test_a_noun_of_another_kind_would_be_noticed() -> None:
    assert not stems("register") & stems(installed.probe("network.log").title.en)
