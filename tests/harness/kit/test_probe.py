# SPDX-License-Identifier: Apache-2.0
"""The base of every probe: what an evidence-only probe has still to write, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from harness.kit.probe import Form, Lines, Probe, Whole
from harness.kit.settings import Criterial, FileName, Settings
from harness.model import Text
from harness.plugins import Asked, Chunk, Sink, Source, Trace
from harness.testing import check_probe, record


class LogSettings(Settings):
    file: FileName = Field(description="the log, like drive.csv.")


class LogSource:
    appendable = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def preflight(self) -> None:
        self._path.stat()

    def record(self, sink: Sink) -> None:
        sink.write(self._path.read_bytes())


@dataclass(frozen=True, slots=True)
class Count:
    lines: int

    def merge(self, other: Count) -> Count:
        return Count(self.lines + other.lines)


class LogProbe(Probe[Count, LogSettings]):
    name, extension = "toy.log", "log"
    form: Form = Lines(piece_bytes=4)
    title = Text("日志", "Log")
    summary, settings = f"{__name__}:Count", LogSettings

    def source(self, settings: LogSettings, folder: Path) -> Source:
        return LogSource(folder / settings.file)

    def summarise(self, chunk: Chunk, asked: Asked) -> Count:
        del asked
        return Count(chunk.path.read_bytes()[chunk.start : chunk.stop].count(b"\n"))


class StreamProbe(LogProbe):
    form = Whole()


def trace(*segments: Path) -> Trace:
    return Trace("s01.x", "log", "toy.log", 1, segments, LogSettings(file="drive.csv"))


def test_a_probe_gets_a_version_no_simulators_and_pieces_of_every_segment(tmp_path: Path) -> None:
    first, second = tmp_path / "0001.log", tmp_path / "0002.log"
    first.write_bytes(b"one\ntwo\nthree")
    second.write_bytes(b"four\n")
    probe = LogProbe()
    assert (probe.version, dict(probe.simulators)) == ("1", {})
    assert probe.whole(first) == 8
    found = list(probe.chunks(trace(first, second)))
    assert [(each.path.name, each.start, each.stop) for each in found] == [
        ("0001.log", 0, 4),
        ("0001.log", 4, 8),
        ("0001.log", 8, 13),
        ("0002.log", 0, 5),
    ]
    assert sum(probe.summarise(each, Asked()).lines for each in found) == 3


def test_what_was_summarised_before_is_not_cut_again(tmp_path: Path) -> None:
    first, second = tmp_path / "0001.log", tmp_path / "0002.log"
    for path in (first, second):
        path.write_bytes(b"one\ntwo\n")
    for probe in (LogProbe(), StreamProbe()):
        found = list(probe.chunks(trace(first, second)))
        for at, done in enumerate(found):
            assert list(probe.chunks(trace(first, second), done)) == found[at + 1 :]


def test_what_a_small_probe_says_and_does_conforms(tmp_path: Path) -> None:
    segment = tmp_path / "0001.log"
    segment.write_bytes(b"one\ntwo\nthree\n")
    (tmp_path / "torn").mkdir()
    check_probe(LogProbe(), trace(segment), Asked(), tmp_path / "torn")


class HeavySettings(LogSettings):
    heavy: int = Field(default=0, description="lines beyond so many are left out.")
    light: Annotated[int, Criterial()] = Field(default=0, description="as many are added.")


class QuietProbe(LogProbe):
    """Counts by a setting that no reader of the verdict sees."""

    settings = HeavySettings

    def summarise(self, chunk: Chunk, asked: Asked) -> Count:
        held = asked.settings
        assert isinstance(held, HeavySettings)
        return Count(min(held.heavy, 1) + held.light)


def test_a_probe_that_counts_by_a_setting_that_is_printed_nowhere_does_not_conform(tmp_path: Path) -> None:
    """What plug-ins of others are tested with notices as well."""
    segment = tmp_path / "0001.log"
    segment.write_bytes(b"one\ntwo\nthree\n")
    (tmp_path / "torn").mkdir()
    settings = HeavySettings(file="drive.csv")
    with pytest.raises(AssertionError, match=r"\['HeavySettings\.heavy'\] take part and are printed nowhere"):
        check_probe(QuietProbe(), trace(segment), Asked(settings=settings), tmp_path / "torn")


def test_settings_reach_the_source_as_a_record(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_bytes(b"one\n")
    assert record(LogProbe(), {"file": "drive.csv"}, tmp_path).data == b"one\n"
