# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to a good file, the answer is a model or a SpecError that can be shown to a person."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.errors import SpecError

GOOD = sorted((Path(__file__).parent / "corpus" / "good").glob("*_full.yaml"))
SCRAPS = [
    "",
    " ",
    "\t",
    "\n",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!set ",
    '"',
    "'",
    "#",
    "|",
    ">",
    "%",
    "@",
    "? ",
    "<<: ",
    "---\n",
    "null",
    "~",
    "true",
    "12",
    "1e9",
    ".inf",
    "9" * 30,
    "t09.latency",
    "t09",
    "<= 1 ms",
    ">= 5",
    "0 台套",
    "95 %",
    "验收",
    "\x00",
    "\u2028",
    "\ufeff",
    "😀",
]
EDIT = st.tuples(
    st.sampled_from(["drop", "double", "swap", "insert", "replace", "cut"]),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.sampled_from(SCRAPS),
)
FREE = {
    "waiting_time",
    "longest_credible_burst",
    "register",
    "evidence",
    "reflectors",
}  # beside a probe's settings, or a name of the user's own
Edit = tuple[str, int, int, str]


def edited(text: str, edit: Edit) -> str:
    """``text`` with one line dropped, doubled or swapped, a scrap put in or in place of a word, or the end cut off."""
    what, here, there, scrap = edit
    lines = text.split("\n")
    row, other = here % len(lines), there % len(lines)
    if what == "drop":
        del lines[row]
    elif what == "double":
        lines.insert(other, lines[row])
    elif what == "swap":
        lines[row], lines[other] = lines[other], lines[row]
    elif what == "insert":
        column = there % (len(lines[row]) + 1)
        lines[row] = lines[row][:column] + scrap + lines[row][column:]
    elif what == "replace":
        words = lines[row].split(" ")
        words[there % len(words)] = scrap
        lines[row] = " ".join(words)
    else:
        lines[row:] = [lines[row][: there % (len(lines[row]) + 1)]]
    return "\n".join(lines)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(path=st.sampled_from(GOOD), edits=st.lists(EDIT, min_size=1, max_size=4))
def test_an_edited_file_gives_a_model_or_a_refusal_and_never_a_traceback(
    parse: Callable[[bytes, str], Any], path: Path, edits: list[Edit]
) -> None:
    text = path.read_text(encoding="utf-8")
    for edit in edits:
        text = edited(text, edit)
    content = text.encode("utf-8", "replace")
    try:
        model = parse(content, path.name)
    except SpecError as error:
        check_refusal(error, path.name, text)
    else:
        assert pickle.loads(pickle.dumps(model)) == model


def check_refusal(error: SpecError, name: str, text: str) -> None:
    """Every problem stands inside the file and on one line, and survives the way back from a worker."""
    for each in error.problems:
        place = each.where.removeprefix(f"{name}:").split(":")
        assert 1 <= int(place[0]) <= len(text.splitlines()) + 2
        assert int(place[1]) >= 1
        assert each.problem
        assert "\n" not in str(each)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_no_line_of_a_complete_file_is_ignored_when_its_key_is_misspelt(
    path: Path, parse: Callable[[bytes, str], Any]
) -> None:
    """Misspell the first key of each line in turn: refused every time, except where keys are a probe's business."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for row, line in enumerate(lines):
        indent, key = len(line) - len(line.lstrip(" -")), line.strip(" -").partition(":")[0]
        if not key or key.startswith(("#", "{")) or ":" not in line or key in FREE:
            continue
        broken = [*lines[:row], line[:indent] + "x" + line[indent:], *lines[row + 1 :]]
        with pytest.raises(SpecError):
            parse("\n".join(broken).encode(), path.name)
