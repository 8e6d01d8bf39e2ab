# SPDX-License-Identifier: Apache-2.0
"""Looks at bundles that are done, or were left in the middle: from the journal and the traces alone, and without a trace."""

import shutil
from pathlib import Path

import pytest

from harness.campaign import run
from harness.console.live.watcher import look_number
from harness.watch.looker import Looker, looked
from harness.watch.now import ALWAYS, FINAL, Now
from harness.watch.past import MOMENTS, past
from tests.harness.conftest import make_case


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed campaign of a register with documents."""
    folder = tmp_path_factory.mktemp("looker")
    return run(make_case(folder / "site"), folder / "out").root


def growing(root: Path) -> Looker:
    """A looker that does not know of the end."""
    looker = Looker(root)
    looker.read()
    looker.course = looker.course.until_judged()
    return looker


def test_a_finished_campaign_says_what_was_sealed(done: Path) -> None:
    looker = Looker(done)
    found = looked(looker, 1)
    assert looker.course.state == "sealed"
    assert {each.holds for each in found.values()} == {FINAL}
    assert found["t01.adopters"].value == 5
    assert found["t01.adopters"].limit is not None


def test_results_of_other_bytes_than_the_journal_speaks_of_are_not_the_last_word(done: Path, tmp_path: Path) -> None:
    root = tmp_path / "edited.bundle"
    shutil.copytree(done, root)
    results = root / "data/results.json"
    results.write_bytes(results.read_bytes().replace(b"FAIL", b"PASS").replace(b"INCONCLUSIVE", b"PASS") + b" ")
    found = looked(Looker(root), 1)
    assert found
    assert all(each.holds != FINAL for each in found.values())


def test_a_look_says_the_same_however_often_one_looks(done: Path) -> None:
    looker = growing(done)
    first = looker.look(2)
    assert first["t01.adopters"].value == 5
    for number in (4, 6, 8):
        assert looker.look(number) == first


def test_no_verdict_is_given_whose_bounds_hold_at_the_planned_end_only(done: Path) -> None:
    for each in growing(done).look(2).values():
        assert each.verdict == "INCONCLUSIVE" or each.holds == ALWAYS or each.verdict == "NOT_TESTED"


def test_the_past_is_looked_at_in_order_and_leaves_nothing_behind(done: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in done.rglob("*")}
    looker = Looker(done)
    looker.read()
    found: list[tuple[int, dict[str, Now]]] = list(past(looker, looker.course.last_ns, look_number))
    assert len(found) == MOMENTS - 1
    assert [moment for moment, _ in found] == sorted(moment for moment, _ in found)
    assert found[-1][1]["t01.adopters"].value == 5
    assert {path: path.stat().st_mtime_ns for path in done.rglob("*")} == before


def test_too_much_of_a_past_is_left_alone(done: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.watch.past.LARGEST", 10)
    looker = Looker(done)
    looker.read()
    assert list(past(looker, looker.course.last_ns, look_number)) == []


def test_the_looks_of_run_and_console_never_have_the_same_number() -> None:
    assert {look_number(at * 10**9) % 2 for at in range(0, 10_000, 7)} == {0}
    assert look_number(0) == 2


def test_nothing_is_looked_at_before_there_is_anything(tmp_path: Path) -> None:
    looker = Looker(tmp_path / "none.bundle")
    assert looked(looker, 1) == {}
    assert looker.course.state == "waiting"
