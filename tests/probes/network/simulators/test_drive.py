# SPDX-License-Identifier: Apache-2.0
"""A simulated drive: the break that is stated is the break that is found, at its place and between its cells."""

from pathlib import Path
from typing import Any

import pytest

from harness import installed
from harness.testing import Question, inputs_of
from probes.network.measurands.words import head
from probes.network.simulators.drive import simulate
from tests.probes.network.made import asked

FILES = {
    "packets": "network.simulated",
    "probes": "network.simulated",
    "track": "network.track",
    "radio": "network.radio-export",
}
SHORT = {"minutes": 8, "gap": 60, "longest": 400}


def driven(folder: Path, stream: str, *what: Any, **config: Any) -> Any:
    question = Question(*what, {})
    with simulate({**SHORT, **config}, folder) as made:
        inputs = []
        for name in (stream, "track", "radio"):
            probe, path = installed.probe(FILES[name]), Path(made[name])
            inputs += inputs_of(probe, path.read_bytes(), question, folder / name, {"file": path.name})
    return asked(inputs, question)


def test_the_longest_break_is_found_where_it_was_made(tmp_path: Path) -> None:
    over = {"interruption_over": "150 ms", "driven": "1 km"}
    found = driven(tmp_path, "packets", "network.mobility", "longest-interruption", "<= 500 ms", over)
    assert float(found.estimate.value) == pytest.approx(400, abs=40)
    (gap,) = found.listing["interruptions"]
    assert gap["handover"], "it is at a change of cell"
    assert not {each for each in found.lacks if "drive" in each.reason.code}
    assert found.listing["track"][head("length_m").en] == pytest.approx(4800, rel=0.01)


def test_random_moments_see_the_same_delays_and_losses(tmp_path: Path) -> None:
    p99 = {"q": "99 %", "lost": "over-limit", "driven": "1 km"}
    found = driven(tmp_path / "a", "probes", "network.rtt", "quantile", "<= 20 ms", p99)
    assert 9 < float(found.estimate.value) < 14
    clean = driven(tmp_path / "b", "probes", "network.loss", "ratio", "<= 1 %", {}, lost=0, gap=0, longest=0)
    assert clean.estimate.value == 0


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    told = []
    for seed in (1, 1, 2):
        with simulate({**SHORT, "seed": seed}, tmp_path) as made:
            told.append({key: Path(path).read_bytes() for key, path in made.items()})
    assert told[0] == told[1]
    assert told[0]["probes"] != told[2]["probes"]
