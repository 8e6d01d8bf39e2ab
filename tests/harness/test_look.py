# SPDX-License-Identifier: Apache-2.0
"""Provisional verdicts of a real run over loopback, and of bundles whose ends are torn."""

import os
import re
import shutil
import signal
import threading
from multiprocessing import active_children
from pathlib import Path

import pytest

from harness.campaign import Campaign, Watch, run
from harness.console.progress import spoken, watching
from harness.evidence.bundle import Bundle
from harness.evidence.journal import read_growing_journal, read_journal
from harness.look import Show, looking
from harness.model import Text
from harness.replay import replay
from harness.watch.looker import Looker, looked
from harness.watch.now import Now
from tests.harness.loopback import profile


def look(root: Path, number: int) -> dict[str, str]:
    """What a fresh looker says of what holds at every look."""
    return spoken(looked(Looker(root, watchable=True), number))


SAID = re.compile(r"(PASS|FAIL|INCONCLUSIVE)( (不?通过|不确定))?( \(.+, n = \d+\))?")


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> tuple[Campaign, list[dict[str, str]]]:
    """A campaign that is looked at every half second, long enough on this machine for two looks, and what they said."""
    folder = tmp_path_factory.mktemp("looks")
    run(profile(folder, "warm", "1 s"), folder)  # what is compiled once is compiled before the looks
    for seconds in (12, 60, 180):  # how soon the looker's process has started is the machine's affair, not the claim's
        seen: list[dict[str, str]] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("harness.look.LOOK_S", 0.5)
            patch.setattr("harness.look._REST", 0)
            watch = Watch(look=lambda each, seen=seen: seen.append(spoken(each)))
            done = run(profile(folder, f"looks{seconds}", f"{seconds} s"), folder, watch=watch)
        if len(seen) >= 2:
            break
    return done, seen


def test_a_run_says_only_provisional_verdicts_of_what_may_be_watched(
    looked_at: tuple[Campaign, list[dict[str, str]]],
) -> None:
    _, seen = looked_at
    assert len(seen) >= 2
    assert {name for each in seen for name in each} == {"s01.latency", "s01.loss"}
    assert all(SAID.fullmatch(said) for each in seen for said in each.values())


def test_looking_changes_neither_the_results_nor_the_bundle(looked_at: tuple[Campaign, list[dict[str, str]]]) -> None:
    done, _ = looked_at
    assert replay(done.root).identical
    before = {path: path.read_bytes() for path in done.root.rglob("*") if path.is_file()}
    said = look(done.root, 3)
    assert set(said) == {"s01.latency", "s01.loss"}
    assert {path: path.read_bytes() for path in done.root.rglob("*") if path.is_file()} == before
    assert not any("holds at every look" in str(each) for each in done.evaluation.results["indicators"])


@pytest.mark.parametrize("journal_cut", [0, 1, 40, 5_000])
@pytest.mark.parametrize("segment_cut", [0, 1, 150, 100_000, 10**9])
def test_a_torn_end_of_journal_or_segment_gives_a_look_without_an_error(
    looked_at: tuple[Campaign, list[dict[str, str]]], tmp_path: Path, journal_cut: int, segment_cut: int
) -> None:
    root = tmp_path / "torn.bundle"
    shutil.copytree(looked_at[0].root, root)
    for path, cut in ((root / "data/journal.jsonl", journal_cut), *((each, segment_cut) for each in segments(root))):
        content = path.read_bytes()
        path.write_bytes(content[: max(0, len(content) - cut)])
    said = look(root, 1)
    assert all(SAID.fullmatch(each) for each in said.values())
    if journal_cut <= 40 and segment_cut <= 150:
        assert "s01.latency" in said


def segments(root: Path) -> list[Path]:
    return sorted((root / "data/traces").rglob("*.pcapng"))


def test_a_segment_that_the_journal_announced_and_that_is_not_there_yet_is_no_error(
    looked_at: tuple[Campaign, list[dict[str, str]]], tmp_path: Path
) -> None:
    root = tmp_path / "early.bundle"
    shutil.copytree(looked_at[0].root, root)
    for each in segments(root):
        each.unlink()
    assert look(root, 1) == {}
    assert look(tmp_path / "nowhere.bundle", 1) == {}


def test_a_growing_journal_reads_as_the_whole_lines_of_it(looked_at: tuple[Campaign, list[dict[str, str]]]) -> None:
    path = Bundle.open(looked_at[0].root).journal_path
    assert read_growing_journal(path) == read_journal(path)
    torn = path.parent.parent.parent / "torn.jsonl"
    torn.write_bytes(path.read_bytes()[:-3])
    assert read_growing_journal(torn) == read_journal(path)[:-1]


def test_a_run_shorter_than_the_first_look_starts_no_process(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.look.get_context", lambda _name: pytest.fail("a process was started"))
    seen: list[object] = []
    run(case, tmp_path / "out", watch=Watch(look=seen.append))
    assert not seen


def test_a_looker_that_dies_does_not_harm_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.look.LOOK_S", 0.2)
    monkeypatch.setattr("harness.look._serve", print)  # ends at once
    done = run(profile(tmp_path, "looks", "2 s"), tmp_path, watch=Watch(look=lambda _seen: None))
    assert replay(done.root).identical


@pytest.mark.timeout(60)
def test_a_looker_that_somebody_stopped_does_not_hold_the_end_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()

    def stop(*_: object) -> None:
        (looker,) = (each for each in active_children() if each.name == "looks")
        assert looker.pid is not None
        os.kill(looker.pid, signal.SIGSTOP)
        stopped.set()

    monkeypatch.setattr("harness.look.LOOK_S", 0.0)
    monkeypatch.setattr("harness.look._ask", stop)
    with looking(tmp_path, lambda _seen: None, 0):
        assert stopped.wait(30)
    assert not [each for each in active_children() if each.name == "looks"]


def test_a_terminal_that_takes_nothing_more_does_not_hold_the_end_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, over = threading.Event(), threading.Event()

    def show(_here: object, show: Show, *_: object) -> None:
        show({})

    def hang(_seen: object) -> None:
        shown.set()
        over.wait(60)

    monkeypatch.setattr("harness.look.LOOK_S", 0.0)
    monkeypatch.setattr("harness.look._LEAVE_S", 0.2)
    monkeypatch.setattr("harness.look._ask", show)
    with looking(tmp_path, hang, 0):
        assert shown.wait(30)
    assert not over.is_set()
    over.set()


def test_a_pipe_gets_a_line_a_look_that_calls_it_provisional(capsys: pytest.CaptureFixture[str]) -> None:
    with watching("demo") as watch:
        assert watch.look is not None
        title, proven = Text("丢包率", "loss"), {"value": 0.0, "lower": 0.0, "upper": 0.01, "n": 417}
        watch.look(
            {
                "s01.loss": Now("s01.loss", title, True, None, "always", "PASS", **proven),
                "s01.nodes": Now("s01.nodes", title, True, None, "end", "INCONCLUSIVE", value=3),
            }
        )
    (line,) = capsys.readouterr().err.splitlines()
    assert "provisional (anytime-valid)" in line
    assert "anytime-valid" in line
    assert "s01.loss: PASS (0, n = 417)" in line
    assert "s01.nodes" not in line  # its bounds hold at the planned end only
