# SPDX-License-Identifier: Apache-2.0
"""Traces of lines: what was written is read, what is damaged is counted, and no file is read as a whole."""

import json
import tracemalloc
from pathlib import Path

import pytest

from harness.errors import DecodeError
from harness.kit import lines
from harness.kit.forms import Lines
from harness.plugins import Chunk

FORM = "test.rows/1"
HEADER = lines.Writer(FORM, {"who": "Ω"}).header


def kept(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(data)
    return path


def test_rows_come_back_in_their_order_with_the_facts_of_the_session(tmp_path: Path) -> None:
    rows = [{"t": at, "text": "终端\n"} for at in range(5)]
    found = lines.read(Chunk(kept(tmp_path, HEADER + b"".join(map(lines.line, rows)))), FORM)
    assert found.facts == {"format": FORM, "who": "Ω"}
    assert list(found) == rows
    assert (found.damaged, list(found)) == (0, [])


@pytest.mark.parametrize(
    "noise", [b"{torn", b"[1]", b"1", b'{"a": NaN}', b"[" * 100_000, b'{"a": %b}' % (b"9" * 5000), b"\xff"]
)
def test_a_line_that_is_no_object_is_counted_and_the_next_one_is_read(tmp_path: Path, noise: bytes) -> None:
    found = lines.read(Chunk(kept(tmp_path, HEADER + noise + b"\n\n" + lines.line({"t": 1}))), FORM)
    assert list(found) == [{"t": 1}]
    assert found.damaged == 1


@pytest.mark.parametrize("data", [b"", b"\n", lines.Writer("test.rows/2", {}).header, b"[]\n", lines.line({"t": 1})])
def test_bytes_without_the_header_of_the_form_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"no record of the form test\.rows/1"):
        lines.read(Chunk(kept(tmp_path, data)), FORM)


def test_every_session_of_a_segment_is_read_alone(tmp_path: Path) -> None:
    one, two = HEADER + lines.line({"t": 1}), HEADER + lines.line({"t": 2}) * 3
    found = list(Lines(FORM).chunks(kept(tmp_path, one + two), 0))
    assert [(each.start, each.stop) for each in found] == [(0, len(one)), (len(one), len(one + two))]
    assert [len(list(lines.read(each, FORM))) for each in found] == [1, 3]
    assert [lines.data_of(each) for each in found] == [one, two]


def test_neither_the_end_nor_the_sessions_nor_the_rows_need_memory_for_the_file(tmp_path: Path) -> None:
    path = kept(tmp_path, HEADER + lines.line({"t": 1}) * 2_000_000)
    tracemalloc.start()
    try:
        (chunk,) = Lines(FORM).chunks(path, 0)
        assert Lines(FORM).whole(path, 0) == path.stat().st_size == chunk.stop
        first = next(iter(lines.read(chunk, FORM)))
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 4
    finally:
        tracemalloc.stop()
    assert first == {"t": 1}


def test_a_line_without_end_is_damaged_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 64)
    found = lines.read(Chunk(kept(tmp_path, HEADER + b"x" * 200 + b"\n" + lines.line({"t": 1}))), FORM)
    assert list(found) == [{"t": 1}]
    assert found.damaged == 4


def test_numbers_that_json_does_not_have_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        lines.line({"t": float("nan")})
    assert json.loads(lines.line({"t": 1.5}))["t"] == 1.5
