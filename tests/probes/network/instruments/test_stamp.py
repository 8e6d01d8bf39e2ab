# SPDX-License-Identifier: Apache-2.0
"""The probes that send packets keep the house rules, and cut their traces alike however long they have grown."""

from pathlib import Path
from typing import Any

import pytest

from harness.plugins import Asked, Trace
from harness.testing import check_probe
from probes.network.instruments.icmp import PROBE as ICMP
from probes.network.instruments.stamp import PROBE as STAMP


def trace(probe: Any, path: Path) -> Trace:
    return Trace("s01.x", "x", probe.name, 1, (path,), probe.settings.parse({"targets": ["a"], "count": 5}))


@pytest.mark.parametrize("probe", [STAMP, ICMP], ids=lambda probe: probe.name)
def test_a_trace_of_several_sessions_in_several_pieces_keeps_the_house_rules(
    probe: Any, make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probes.network.instruments.stamp.CHUNK_BYTES", 4_000)
    path = tmp_path / "0001.pcapng"
    records = b"".join(make.record(0, slot, 1000) for slot in range(60))
    path.write_bytes((make.header(1) + records) * 2)
    assert len(list(probe.chunks(trace(probe, path)))) > 6
    (tmp_path / "torn").mkdir()
    check_probe(probe, trace(probe, path), Asked(), tmp_path / "torn")


def test_damage_at_the_end_belongs_to_the_last_piece_and_what_is_no_session_is_one(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "0001.pcapng"
    path.write_bytes(make.header(1) + make.record(0, 0, 1000) + b"torn")
    (chunk,) = STAMP.chunks(trace(STAMP, path))
    assert chunk.stop == path.stat().st_size
    assert STAMP.summarise(chunk, Asked()).damaged == 1
    for noise in (b"", b"noise"):
        path.write_bytes(noise)
        (chunk,) = STAMP.chunks(trace(STAMP, path))
        assert STAMP.summarise(chunk, Asked()).damaged == 1
