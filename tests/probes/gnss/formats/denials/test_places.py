# SPDX-License-Identifier: Apache-2.0
"""RMC and GNS of a moment tell the place that GGA tells, with fewer digits perhaps; another place contradicts it, however the log is cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Verdict
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.formats.decode import Decoder, decode
from tests.probes.gnss.formats.test_modes import FEW, GSA, gga, log_of, sealed, verdict_of

COUNT = 40


def place(number: int, places: int = 7, north: float = 0.0, east: float = 0.0) -> str:
    """Where :func:`gga` is at that epoch, in so many decimals of a minute, moved by minutes."""
    moved = (number % 90) * 1e-7
    lat, lon = 30 + moved + north, 18 + moved + east
    return f"30{lat:0{3 + places}.{places}f},N,114{lon:0{3 + places}.{places}f},E"


def told(kind: str, clock: str, where: str, talker: str = "GN") -> bytes:
    if kind == "RMC":
        return sealed(f"{talker}RMC,{clock},A,{where},0.0,,211126,,,R,V")
    return sealed(f"{talker}GNS,{clock},{where},RNRR,24,0.6,57.5,-12.5,1.0,1,V")


def log(kind: str, where, *, first: bool = False, talker: str = "GN", wrong: set[int] | None = None) -> bytes:
    """Epochs of GGA and of another sentence with the place that ``where`` gives for its number."""
    out = []
    for number in range(COUNT):
        clock = f"0400{number:02d}.00"
        other = told(kind, clock, where(number) if wrong is None or number in wrong else place(number), talker)
        rest = told("RMC", clock, place(number)) if kind == "GNS" else b""
        out += [other, gga(clock, number), GSA, rest] if first else [gga(clock, number), GSA, other, rest]
    return b"".join(out)


KINDS, ORDERS = st.sampled_from(["RMC", "GNS"]), st.booleans()


@FEW
@given(KINDS, ORDERS, st.sampled_from([4e-5, -4e-5, 3e-4, 0.01, -0.4]), st.booleans())
def test_another_place_denies_the_fix(tmp_path: Path, kind: str, first: bool, away: float, north: bool) -> None:
    def where(number: int) -> str:
        return place(number, 7, away if north else 0.0, 0.0 if north else away)

    found = log_of(log(kind, where, first=first), tmp_path)
    assert found.unfixed.all()
    assert (found.beidou == 7).all()


@FEW
@given(KINDS, ORDERS, st.integers(2, 9))
def test_the_same_place_in_other_digits_does_not(tmp_path: Path, kind: str, first: bool, places: int) -> None:
    assert not log_of(log(kind, lambda number: place(number, places), first=first), tmp_path).unfixed.any()


@FEW
@given(KINDS, ORDERS, st.sets(st.integers(0, COUNT - 1), min_size=1, max_size=9))
def test_only_the_epochs_that_are_contradicted_are(tmp_path: Path, kind: str, first: bool, wrong: set[int]) -> None:
    data = log(kind, lambda number: place(number, 7, 1e-4), first=first, wrong=wrong)
    assert set(np.flatnonzero(log_of(data, tmp_path).unfixed)) == wrong


def test_what_a_filter_may_move_is_no_other_place(tmp_path: Path) -> None:
    assert not log_of(log("RMC", lambda number: place(number, 7, 2e-5, -2e-5)), tmp_path).unfixed.any()


@pytest.mark.parametrize("where", [",,,", "3030.0,N,,", ",,11418.0,E"])
def test_a_blank_is_no_other_place(tmp_path: Path, where: str) -> None:
    assert not log_of(log("RMC", lambda _: where), tmp_path).unfixed.any()


def test_another_receiver_may_be_elsewhere(tmp_path: Path) -> None:
    assert not log_of(log("RMC", lambda number: place(number, 7, 0.01), talker="GP"), tmp_path).unfixed.any()


@pytest.mark.parametrize("kind", ["RMC", "GNS"])
@pytest.mark.parametrize("first", [True, False])
def test_a_log_cut_anywhere_is_contradicted_at_the_same_epochs(tmp_path: Path, kind: str, first: bool) -> None:
    data = log(kind, lambda number: place(number, 7, 1e-4), first=first, wrong={0, 3, 4, 9, COUNT - 1})
    whole, path = log_of(data, tmp_path), tmp_path / "a.nmea"
    ends = [at + 2 for at in range(len(data)) if data[at : at + 2] == b"\r\n"]
    for cut in range(1, 24, 3):
        for second in (cut + 1, cut + 9):
            pieces = LogSummary(
                (decode(path, 0, ends[cut]), decode(path, ends[cut], ends[second]), decode(path, ends[second]))
            )
            assert (whole_log(pieces).unfixed == whole.unfixed).all()
            assert pieces.canonical_bytes() == LogSummary((decode(path),)).canonical_bytes()
    for block in (256, 700, 4096):
        decoder = Decoder(path.name, block=block)
        decoder.feed(data)
        assert (whole_log(LogSummary((decoder.finish(),))).unfixed == whole.unfixed).all()


def test_the_verdict_hears_it(tmp_path: Path) -> None:
    moved = log("RMC", lambda number: place(number, 7, 0.0002))
    assert verdict_of(moved, tmp_path) == (Verdict.INVALID, {"gnss.modes-contradict"})
    assert verdict_of(log("RMC", place), tmp_path) == (Verdict.PASS, set())
