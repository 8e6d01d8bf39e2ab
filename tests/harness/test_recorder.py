# SPDX-License-Identifier: Apache-2.0
"""What the recorder journals of a segment that was never made, and under whose name a source speaks."""

import os
import signal
import threading
from pathlib import Path

import pytest

from harness.campaign import run
from harness.errors import Exit, InstrumentError, StorageError
from harness.evidence.journal import read_journal
from harness.evidence.segment import SegmentWriter
from harness.evidence.verify import verify
from harness.plugins import Sink
from harness.replay import replay
from tests.harness.scales import ScaleSource


def test_a_segment_that_was_announced_and_never_made_is_dropped_by_name_and_recorded_anew(
    scales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def full(path: Path) -> None:
            raise StorageError("recording failed: no space.", cure="free some.", where=str(path))

        patch.setattr(SegmentWriter, "create", full)
        with pytest.raises(StorageError):
            run(scales, tmp_path)
    done = run(scales, tmp_path, resume=True)
    events = read_journal(done.root / "data/journal.jsonl")
    told = [each.kind for each in events if each.kind.startswith("segment_")]
    assert told == ["segment_opened", "segment_dropped", "segment_opened", "segment_closed"]
    assert verify(done.root).defects == ()
    assert replay(done.root).identical


def test_what_a_source_says_stands_under_its_domains_name_so_that_it_cannot_speak_for_the_engine(
    scales: Path, tmp_path: Path
) -> None:
    events = read_journal(run(scales, tmp_path).root / "data/journal.jsonl")
    (tared,) = (each for each in events if each.kind.endswith("tared"))
    assert tared.kind == "scales.tared"
    assert {"indicator": "t09.heavy", "attempt": 1}.items() <= tared.body.items()


@pytest.mark.timeout(60)
def test_a_source_that_hangs_in_its_instrument_is_named_after_a_stop_and_the_campaign_goes_on_by_resume(
    scales: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, ended = threading.Event(), threading.Event()

    def hang(_source: ScaleSource, sink: Sink) -> None:
        sink.write(b"10\n")
        os.kill(os.getpid(), signal.SIGINT)
        over.wait(60)
        ended.set()

    with monkeypatch.context() as patch:
        patch.setattr("harness.recorder._END_S", 0.3)
        patch.setattr(ScaleSource, "record", hang)
        with pytest.raises(InstrumentError, match=r"^t09\.heavy/\S+ did not end within 0.3 s after the stop") as caught:
            run(scales, tmp_path)
    assert caught.value.exit_code == Exit.INSTRUMENT
    done = run(scales, tmp_path, resume=True)
    assert verify(done.root).defects == ()
    assert replay(done.root).identical
    over.set()
    assert ended.wait(60)
