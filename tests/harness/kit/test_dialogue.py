# SPDX-License-Identifier: Apache-2.0
"""Questions and answers are kept as they were, a session a peer; who is silent is told."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.kit import lines
from harness.kit.dialogue import DialogueSource, Interview
from harness.kit.forms import Lines
from harness.testing import ScriptedPeer

FORM = "test.answers/1"


def interview(peers: dict[str, ScriptedPeer]) -> DialogueSource:
    return DialogueSource(Interview(list(peers), peers.__getitem__, "hello", ["height", {"id": 2}]), FORM, "test")


def test_every_peer_has_a_session_with_its_questions_and_answers(sink: Any, tmp_path: Path) -> None:
    peers = {each: ScriptedPeer(("height", 7), ({"id": 2}, [1, None, "终"])) for each in ("a", "b")}
    interview(peers).record(sink)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(sink.data)
    for chunk, name in zip(Lines(FORM).chunks(path, 0), "ab", strict=True):
        session = lines.read(chunk, FORM)
        assert session.facts["peer"] == name
        rows = list(session)
        assert [(each["ask"], each["answer"]) for each in rows] == [("height", 7), ({"id": 2}, [1, None, "终"])]
        assert all(each["ms"] >= 0 and each["t"] >= session.facts["t"] for each in rows)
    for peer in peers.values():
        assert peer.closed == 1
        peer.__exit__(None)


def test_a_peer_that_fails_leaves_nothing_half_told_and_is_an_event(sink: Any) -> None:
    silent = InstrumentError("It does not answer.")
    peers = {"a": ScriptedPeer(("height", 7), ({"id": 2}, silent)), "b": ScriptedPeer(("height", 7), ({"id": 2}, 1))}
    interview(peers).record(sink)
    assert sink.data.count(b'"peer":') == 1
    assert sink.events == [("test.peer-silent", {"peer": "a", "problem": "It does not answer."})]
    assert peers["a"].closed == 1


def test_silence_of_all_is_an_error(sink: Any) -> None:
    peers = {"a": ScriptedPeer(("height", InstrumentError("It does not answer.")))}
    with pytest.raises(InstrumentError, match="It does not answer"):
        interview(peers).record(sink)


def test_preflight_greets_each_and_names_the_first_that_is_silent() -> None:
    peers = {"a": ScriptedPeer(("hello", 1)), "b": ScriptedPeer(("hello", InstrumentError("b is silent.")))}
    with pytest.raises(InstrumentError, match="b is silent"):
        interview(peers).preflight()
    assert [each.closed for each in peers.values()] == [1, 1]


def test_a_script_takes_no_other_question_no_further_one_and_leaves_none_over() -> None:
    with ScriptedPeer(("a", 1)) as peer:
        with pytest.raises(AssertionError, match="'b' is asked, not 'a'"):
            ScriptedPeer(("a", 1)).ask("b")
        assert peer.ask("a") == 1
        with pytest.raises(AssertionError, match="beyond the script"):
            peer.ask("a")
    with pytest.raises(AssertionError, match="never asked"):
        ScriptedPeer(("a", 1)).__exit__(None)
