# SPDX-License-Identifier: Apache-2.0
"""Files as traces: every byte, each file a segment, resumed at any byte, and one state of each file or none."""

from pathlib import Path

import pytest

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit import files
from harness.kit.files import FileSource
from harness.model import Text

LOG = Text("行驶日志", "drive log")


class Sink:
    """What a campaign keeps, in memory; stops after ``most`` blocks."""

    def __init__(self, most: int = 10**9, kept: tuple[bytes, ...] = (), state: dict | None = None) -> None:
        self.segments = [bytearray(each) for each in kept]
        self.state = state or {}
        self.documents: dict[str, bytes] = {}
        self.events: list[tuple[str, dict]] = []
        self._left, self._open = most, bool(kept)
        self.on_write = lambda: None

    @property
    def stopping(self) -> bool:
        return self._left <= 0

    @property
    def position(self) -> int:
        return sum(map(len, self.segments))

    def write(self, data: bytes) -> None:
        if not self._open:
            self.segments.append(bytearray())
            self._open = True
        self.segments[-1] += data
        self._left -= 1
        self.on_write()

    def roll(self) -> None:
        self._open = False

    def attach(self, name: str, data: bytes) -> None:
        self.documents[name] = data

    def event(self, kind: str, body: dict) -> None:
        self.events.append((kind, body))

    def checkpoint(self, state: dict) -> None:
        self.state = state

    def progress(self, done: float, total: float, text: str = "") -> None:
        assert 0 <= done <= total, text


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(files, "BLOCK", 7)


@pytest.fixture
def two(tmp_path):
    paths = [tmp_path / "up.log", tmp_path / "down.log"]
    paths[0].write_bytes(bytes(range(50)))
    paths[1].write_bytes(bytes(range(100, 140)))
    return paths


def whole(sink: Sink) -> list[bytes]:
    return [bytes(each) for each in sink.segments]


def test_every_file_becomes_a_segment_byte_for_byte_and_its_digest_is_journalled(two):
    sink = Sink()
    FileSource(two, LOG).record(sink)
    assert whole(sink) == [path.read_bytes() for path in two]
    ((kind, body),) = sink.events
    assert kind == "files.recorded"
    assert [(each["file"], each["bytes"]) for each in body["files"]] == [("up.log", 50), ("down.log", 40)]


@pytest.mark.parametrize("cut", range(91))
def test_a_recording_cut_at_any_byte_is_completed_on_resume(two, cut):
    first, second = (path.read_bytes() for path in two)
    kept = [part for part in (first[:cut], second[: max(0, cut - 50)]) if part]
    sink = Sink(kept=tuple(kept))
    FileSource(two, LOG).record(sink)
    assert whole(sink) == [first, second]


@pytest.mark.parametrize("blocks", range(1, 14))
def test_a_stop_ends_the_copy_and_the_rest_follows_on_resume(two, blocks):
    stopped = Sink(most=blocks)
    FileSource(two, LOG).record(stopped)
    assert stopped.events == [] or blocks == 14
    sink = Sink(kept=tuple(whole(stopped)), state=stopped.state)
    FileSource(two, LOG).record(sink)
    assert whole(sink) == [path.read_bytes() for path in two]


def test_a_file_that_changed_while_the_recording_rested_is_not_mixed(two):
    stopped = Sink(most=2)
    FileSource(two, LOG).record(stopped)
    two[1].write_bytes(b"another log")
    sink = Sink(kept=tuple(whole(stopped)), state=stopped.state)
    with pytest.raises(InstrumentError, match=r"drive log up.log, down.log was changed while the recording was interr"):
        FileSource(two, LOG).record(sink)
    assert whole(sink) == whole(stopped)


def test_a_file_that_grows_while_it_is_copied_is_refused(two):
    sink = Sink()
    sink.on_write = lambda: two[0].write_bytes(two[0].read_bytes() + b"more")
    with pytest.raises(InstrumentError, match=r"drive log up.log was changed while it was copied"):
        FileSource(two, LOG).record(sink)


def test_documents_are_kept_beside_the_trace_once(two, tmp_path):
    (tmp_path / "truth.csv").write_bytes(b"time,e,n,u")
    source = FileSource(two, LOG, attach={"reference.csv": tmp_path / "truth.csv"})
    sink = Sink()
    source.record(sink)
    assert sink.documents == {"reference.csv": b"time,e,n,u"}
    again = Sink(kept=tuple(whole(sink)))
    source.record(again)
    assert again.documents == {}


@pytest.mark.parametrize("attach", [False, True])
def test_a_missing_file_gives_one_sentence_with_the_right_noun(two, tmp_path, attach):
    absent = tmp_path / "absent.csv"
    source = FileSource(two, LOG, attach={"a": absent}) if attach else FileSource([absent], LOG)
    with pytest.raises(
        InstrumentError, match=r"The drive log absent.csv cannot be read: No such file.*Cure: check its"
    ):
        source.preflight()


def test_a_file_that_is_not_what_it_should_be_is_the_users_mistake_before_anything_is_recorded(two):
    def check(path: Path) -> None:
        if path.name == "down.log":
            raise DecodeError("This is no log.", cure="use another.", where="down.log:3")

    FileSource(two[:1], LOG, check=check).preflight()
    with pytest.raises(UsageError, match=r"down.log:3: This is no log. Cure: use another."):
        FileSource(two, LOG, check=check).preflight()


def test_a_source_has_an_extension_of_its_own_only_when_one_is_said(two):
    assert not hasattr(FileSource(two, LOG), "extension")
    assert FileSource(two, LOG, extension="xlsx").extension == "xlsx"
