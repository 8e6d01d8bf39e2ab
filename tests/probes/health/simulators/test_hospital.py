# SPDX-License-Identifier: Apache-2.0
"""The simulated hospital: what it is told to lose, double, alter and delay is found, no more and no less; an outage is got over."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.testing import inputs_of
from probes.health.measurands.ledger import view
from probes.health.simulators.hospital import hospital
from tests.probes.health.live.conftest import LOST, codes, ran

COUNT = 40
FAULTS = {"lost": 2, "doubled": 1, "altered": 3, "late": 1}


@pytest.fixture(scope="module")
def at() -> Iterator[Mapping[str, Any]]:
    config = {"count": COUNT, **FAULTS, "late_by": "1 s", "outage_after": 15, "outage": "200 ms", "page": 7}
    with hospital(config, Path()) as found:
        yield found


@pytest.mark.parametrize("transport", ["hl7", "fhir", "cda"])
def test_every_planted_fault_is_found(at: Mapping[str, Any], tmp_path: Path, transport: str) -> None:
    where = {
        "hl7": {"mllp": at["mllp"], "list": at["list"]},
        "fhir": {"url": at["fhir"]},
        "cda": {"url": at["documents"]},
    }
    given = {"patients": at["patients"], "count": COUNT, "settle": "1500 ms", **where[transport]}
    asked = replace(LOST, declared={"settle_time": "300 ms"})
    found = ran(transport, tmp_path, given, asked)
    assert (found.judgement.verdict, found.value) == ("FAIL", sum(FAULTS.values()))
    assert "outages" in codes(found.outcome)
    inputs = inputs_of(installed.probe(f"health.{transport}"), found.sink.data, asked, tmp_path / "again", given)
    fates = Counter(each.fate for each in view(inputs, asked.ask).carriers[0].fates)
    assert fates == {**FAULTS, "whole": COUNT - sum(FAULTS.values())}
