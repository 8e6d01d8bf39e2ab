# SPDX-License-Identifier: Apache-2.0
"""Forms of segments: how far they are whole, how they are cut, and that a grown segment keeps the cuts it had."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit import forms, lines
from harness.kit.forms import Form, Lines, Sections, Whole
from harness.plugins import Chunk

FORM = "test.rows/1"
HEAD = lines.Writer(FORM, {"who": "Ω"}).header


def kept(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "0001.jsonl"
    path.write_bytes(data)
    return path


def spans(form: Form, path: Path, start: int = 0) -> list[tuple[int, int]]:
    return [(each.start, each.stop) for each in form.chunks(path, start)]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms") / "segment"


def test_a_whole_segment_is_one_piece_and_every_byte_of_it_counts(scratch: Path) -> None:
    scratch.write_bytes(b"a\nb")
    assert Whole().whole(scratch, 0) == 3
    assert spans(Whole(), scratch) == [(0, -1)]
    assert spans(Whole(), scratch, 3) == []


def test_the_last_line_end_is_found_from_the_end_in_bounded_memory(scratch: Path) -> None:
    line = b"x" * 999 + b"\n"
    with scratch.open("wb") as file:
        for _ in range(40_000):
            file.write(line)
        file.write(b"y" * (3 << 20))
    tracemalloc.start()
    assert Lines().whole(scratch, 0) == 40_000_000
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_an_empty_segment_is_one_empty_piece(scratch: Path) -> None:
    scratch.write_bytes(b"")
    for form in (Lines(), Lines("f"), Lines(piece_bytes=8)):
        assert len(spans(form, scratch)) == 1


@given(st.lists(st.sampled_from([HEAD, b"{}\n", b"a long line of text\n", b"\n"]), max_size=30), st.data())
def test_pieces_cover_every_byte_once_end_with_lines_and_those_of_a_grown_segment_begin_as_before(
    scratch: Path, lines: list[bytes], data: st.DataObject
) -> None:
    content = b"".join(lines)
    shorter = data.draw(st.integers(0, len(content)))
    for form in (Lines(), Lines(FORM), Lines(piece_bytes=16)):
        scratch.write_bytes(content[:shorter])
        before = spans(form, scratch)
        scratch.write_bytes(content)
        after = spans(form, scratch)
        assert after[: len(before) - 1] == before[:-1]
        if after[0][1] >= 0:
            assert b"".join(content[start:stop] for start, stop in after) == content
            assert all(content[:stop].endswith(b"\n") for _, stop in after if stop)
        for at, (_, stop) in enumerate(after[:-1]):
            assert spans(form, scratch, stop) == after[at + 1 :]


def walked(path: Path, start: int) -> int:
    return start + len(path.name)


def pieces(path: Path, start: int) -> list[Chunk]:
    return [Chunk(path, start, 9)]


def test_sections_are_walked_by_functions_that_are_imported_when_they_are_needed(scratch: Path) -> None:
    form = Sections(f"{__name__}:walked", f"{__name__}:pieces")
    assert form.whole(scratch, 2) == 9
    assert spans(form, scratch, 2) == [(2, 9)]


def test_every_session_of_a_segment_is_a_chunk_and_what_stands_before_the_first_is_one_too(tmp_path: Path) -> None:
    one, two = HEAD + lines.line({"t": 1}), HEAD + lines.line({"t": 2}) * 3
    found = list(Lines(FORM).chunks(kept(tmp_path, one + two), 0))
    assert [(each.start, each.stop) for each in found] == [(0, len(one)), (len(one), len(one + two))]
    assert [len(list(lines.read(each, FORM))) for each in found] == [1, 3]
    stray = b"stray\n"
    found = list(Lines(FORM).chunks(kept(tmp_path, stray + one), 0))
    assert [(each.start, each.stop) for each in found] == [(0, len(stray)), (len(stray), len(stray + one))]


@given(st.lists(st.sampled_from([HEAD, b'{"t":1}\n', b"\n", b"x" * 40 + b"\n"]), max_size=30), st.integers(20, 90))
def test_headers_are_found_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], block: int
) -> None:
    path = kept(tmp_path_factory.mktemp("lines"), b"".join(parts))
    before = forms._BLOCK
    forms._BLOCK = block
    try:
        starts = {each.start for each in Lines(FORM).chunks(path, 0)}
        whole = Lines().whole(path, 0)
    finally:
        forms._BLOCK = before
    wanted = {sum(map(len, parts[:at])) for at, part in enumerate(parts) if part == HEAD}
    assert starts == wanted | {0}
    assert whole == path.stat().st_size


def test_a_longer_segment_begins_with_the_chunks_of_the_shorter_one_but_for_the_last(tmp_path: Path) -> None:
    data = b"".join(HEAD + lines.line({"t": at}) for at in range(6))
    short = list(Lines(FORM).chunks(kept(tmp_path, data[:-40]), 0))
    long = list(Lines(FORM).chunks(kept(tmp_path, data), 0))
    assert long[: len(short) - 1] == short[:-1]


@pytest.mark.parametrize(("data", "length"), [(b"", 0), (b"torn", 0), (b"a\n", 2), (b"a\nb", 2), (b"\n", 1)])
def test_whole_lines_end_at_the_last_line_feed(tmp_path: Path, data: bytes, length: int) -> None:
    assert Lines().whole(kept(tmp_path, data), 0) == length
