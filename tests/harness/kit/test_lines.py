# SPDX-License-Identifier: Apache-2.0
"""Traces of lines: what was written is read, what is damaged is counted, and no file is read as a whole."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DecodeError
from harness.kit import lines

FORM = "test.rows/1"
HEADER = lines.Writer(FORM, {"who": "Ω"}).header


def kept(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(data)
    return path


def test_rows_come_back_in_their_order_with_the_facts_of_the_session(tmp_path: Path) -> None:
    rows = [{"t": at, "text": "终端\n"} for at in range(5)]
    found = lines.read(kept(tmp_path, HEADER + b"".join(map(lines.line, rows))), 0, -1, FORM)
    assert found.facts == {"format": FORM, "who": "Ω"}
    assert list(found) == rows
    assert (found.damaged, list(found)) == (0, [])


@pytest.mark.parametrize(
    "noise", [b"{torn", b"[1]", b"1", b'{"a": NaN}', b"[" * 100_000, b'{"a": %b}' % (b"9" * 5000), b"\xff"]
)
def test_a_line_that_is_no_object_is_counted_and_the_next_one_is_read(tmp_path: Path, noise: bytes) -> None:
    found = lines.read(kept(tmp_path, HEADER + noise + b"\n\n" + lines.line({"t": 1})), 0, -1, FORM)
    assert list(found) == [{"t": 1}]
    assert found.damaged == 1


@pytest.mark.parametrize("data", [b"", b"\n", lines.Writer("test.rows/2", {}).header, b"[]\n", lines.line({"t": 1})])
def test_bytes_without_the_header_of_the_form_are_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"no record of the form test\.rows/1"):
        lines.read(kept(tmp_path, data), 0, -1, FORM)


def test_every_session_of_a_segment_is_a_chunk_and_what_stands_before_the_first_is_one_too(tmp_path: Path) -> None:
    one, two = HEADER + lines.line({"t": 1}), HEADER + lines.line({"t": 2}) * 3
    found = list(lines.chunks([kept(tmp_path, one + two)], FORM))
    assert [(each.start, each.stop) for each in found] == [(0, len(one)), (len(one), len(one + two))]
    assert [len(list(lines.read(each.path, each.start, each.stop, FORM))) for each in found] == [1, 3]
    stray = b"stray\n"
    found = list(lines.chunks([kept(tmp_path, stray + one)], FORM))
    assert [(each.start, each.stop) for each in found] == [(0, len(stray)), (len(stray), len(stray + one))]


@given(st.lists(st.sampled_from([HEADER, b'{"t":1}\n', b"\n", b"x" * 40 + b"\n"]), max_size=30), st.integers(20, 90))
def test_headers_are_found_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], block: int
) -> None:
    path = kept(tmp_path_factory.mktemp("lines"), b"".join(parts))
    before = lines._BLOCK
    lines._BLOCK = block
    try:
        starts = {each.start for each in lines.chunks([path], FORM)}
        whole = lines.whole(path)
    finally:
        lines._BLOCK = before
    wanted = {sum(map(len, parts[:at])) for at, part in enumerate(parts) if part == HEADER}
    assert starts == wanted | {0}
    assert whole == path.stat().st_size


def test_a_longer_segment_begins_with_the_chunks_of_the_shorter_one_but_for_the_last(tmp_path: Path) -> None:
    data = b"".join(HEADER + lines.line({"t": at}) for at in range(6))
    short = list(lines.chunks([kept(tmp_path, data[:-40])], FORM))
    long = list(lines.chunks([kept(tmp_path, data)], FORM))
    assert long[: len(short) - 1] == short[:-1]


@pytest.mark.parametrize(("data", "length"), [(b"", 0), (b"torn", 0), (b"a\n", 2), (b"a\nb", 2), (b"\n", 1)])
def test_whole_lines_end_at_the_last_line_feed(tmp_path: Path, data: bytes, length: int) -> None:
    assert lines.whole(kept(tmp_path, data)) == length


def test_neither_the_end_nor_the_sessions_nor_the_rows_need_memory_for_the_file(tmp_path: Path) -> None:
    path = kept(tmp_path, HEADER + lines.line({"t": 1}) * 2_000_000)
    tracemalloc.start()
    try:
        (chunk,) = lines.chunks([path], FORM)
        assert lines.whole(path) == path.stat().st_size == chunk.stop
        first = next(iter(lines.read(path, chunk.start, chunk.stop, FORM)))
        assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 4
    finally:
        tracemalloc.stop()
    assert first == {"t": 1}


def test_a_line_without_end_is_damaged_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE_BYTES", 64)
    found = lines.read(kept(tmp_path, HEADER + b"x" * 200 + b"\n" + lines.line({"t": 1})), 0, -1, FORM)
    assert list(found) == [{"t": 1}]
    assert found.damaged == 4


def test_numbers_that_json_does_not_have_are_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        lines.line({"t": float("nan")})
    assert json.loads(lines.line({"t": 1.5}))["t"] == 1.5
