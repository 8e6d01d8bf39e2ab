# SPDX-License-Identifier: Apache-2.0
"""A look while a campaign records costs what was added since the last one, and sees what a fresh look would see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness import installed, summaries
from harness.evaluate import bundle_profile
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_journal
from harness.plugins import Trace
from harness.records import record_of
from harness.spec import Profile
from harness.summaries import Memory
from probes.gnss.formats import segments
from probes.gnss.simulators.receiver import device_of, nmea, simulate
from probes.network.instruments import stamp, tcp
from tests.conformance.campaigns import SITES
from tests.conformance.examples import gnss as gnss_examples
from tests.conformance.examples import network as network_examples

LOOKS, PIECE = 10, 40_000


@dataclass(frozen=True)
class Growing:
    """What a source writes from look to look, and how many bytes a look may cost beside the new ones."""

    probe: str
    data: Callable[[], bytes]
    settings: Mapping[str, Any]
    slack: int = 2 * PIECE


def _log() -> bytes:
    device = device_of({"duration": 3600})
    return nmea(device, simulate(device))


GROWING = {
    "packets in one session": Growing(
        "network.stamp", lambda: network_examples.packets(2500, 1), network_examples.TARGETS
    ),
    "sentences": Growing("gnss.nmea", _log, gnss_examples.RECEIVER),
    "lines, a session each time it began again": Growing(
        "network.tcp",
        lambda: b"".join(network_examples.connects(f"n{each}", 500) for each in range(LOOKS)),
        network_examples.TARGETS,
    ),
    "lines in one session": Growing(
        "network.tcp", lambda: network_examples.connects("n", 8000), network_examples.TARGETS
    ),
}


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Profile:
    """Any profile: what is asked of a trace is the same at every look."""
    done = SITES["register"].run(tmp_path_factory.mktemp("looks") / "site", lent=False)
    bundle = Bundle.open(done.root)
    assert record_of(bundle, read_journal(bundle.journal_path)).traces
    return bundle_profile(bundle)


@pytest.mark.parametrize("name", GROWING)
def test_a_look_costs_what_is_new_and_says_what_a_fresh_look_says(
    profile: Profile, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp, "CHUNK_BYTES", PIECE)
    monkeypatch.setattr(tcp, "CHUNK_BYTES", PIECE)
    monkeypatch.setattr(segments.cuts, "__defaults__", (PIECE, 0))
    cost = _counted(monkeypatch)
    growing, memory, costs = GROWING[name], Memory(), []
    data = growing.data()
    path = tmp_path / "0001.trace"
    settings = installed.probe(growing.probe).settings.model_validate(growing.settings)
    trace = Trace("s01.latency", "source", growing.probe, 1, (path,), settings)
    for look in range(1, LOOKS + 1):
        path.write_bytes(data[: len(data) * look // LOOKS])
        cost.clear()
        (seen,) = memory.summarise(profile, [trace]).values()
        costs.append(sum(cost))
        (fresh,) = Memory().summarise(profile, [trace]).values()
        assert seen == fresh
    new = len(data) / LOOKS
    assert len(data) > 3 * growing.slack, "an example that could not tell"
    assert max(costs) <= new + growing.slack, costs
    assert sum(costs[-3:]) <= sum(costs[:3]) + 3 * growing.slack, costs


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each chunk has that is summarised from now on."""
    honest, counted = summaries._summarise, []

    def summarise(job: summaries.Job) -> tuple[summaries.Job, Any]:
        chunk = job.chunk
        counted.append((chunk.path.stat().st_size if chunk.stop < 0 else chunk.stop) - chunk.start)
        return honest(job)

    monkeypatch.setattr(summaries, "_summarise", summarise)
    return counted
