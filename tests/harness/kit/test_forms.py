# SPDX-License-Identifier: Apache-2.0
"""Forms of segments: how far they are whole, how they are cut, and that a grown segment keeps the cuts it had."""

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kit.forms import Form, Lines, Sections, Whole
from harness.plugins import Chunk

HEAD = b'{"format":"yanshou.toy/1","port":1}\n'


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


@pytest.mark.parametrize(("content", "whole"), [(b"", 0), (b"torn", 0), (b"a\n", 2), (b"a\nb\ntorn", 4)])
def test_lines_are_whole_up_to_the_last_line_end(scratch: Path, content: bytes, whole: int) -> None:
    scratch.write_bytes(content)
    assert Lines().whole(scratch, 0) == whole


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


def test_lines_with_sessions_are_cut_where_a_session_begins(scratch: Path) -> None:
    scratch.write_bytes(HEAD + b"{}\n{}\n" + HEAD + b"{}\n" + HEAD)
    one, two = len(HEAD) + 6, 2 * len(HEAD) + 9
    assert spans(Lines("yanshou.toy/1"), scratch) == [(0, one), (one, two), (two, two + len(HEAD))]


def test_bytes_before_the_first_header_are_a_piece_so_that_a_reader_refuses_them(scratch: Path) -> None:
    scratch.write_bytes(b"alien\n" + HEAD)
    assert spans(Lines("yanshou.toy/1"), scratch)[0] == (0, 6)


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
    for form in (Lines(), Lines("yanshou.toy/1"), Lines(piece_bytes=16)):
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
